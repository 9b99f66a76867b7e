"""Budgets, hand-offs, records of interventions and holds in PostgreSQL: the same guards refuse as in SQLite."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from governance.adapters.db.database import open_engine
from governance.adapters.db.migrate import upgrade
from tests.builders_postgresql import a_postgresql_server

pytestmark = [pytest.mark.slow, pytest.mark.law("A9b", "B1", "B12", "B15", "C5", "E7")]

_LONG = 100 * 86_400_000
_ACCOUNT = (
    "INSERT INTO accounts (account_id, login, organisation, roles, password_hash, demo, failures, proposed_by,"
    " confirmed_by, confirmed_at, created_at, expires_at)"
    " VALUES ('{0}', '{0}', '{1}', '{2}', '', FALSE, 0, 'x', 'y', 1, 1, 9)"
)
_ALERT = (
    "INSERT INTO alerts (alert_id, warrant_id, deployment_id, reference_id, site_id, camera_id, lease_id, state,"
    " crops, crops_sha256, joined, captured_at, stream_time, due_at, created_at, expires_at)"
    " VALUES ('{0}', 'w', 'd', 'r', 's', 'c', 'l', 'confirmed-lead', 'crop', '', 0, 1, 0, 1, 1, 9)"
)
_CHARGE = (
    "INSERT INTO charges (alert_id, warrant_id, site_id, profile_sha256, reference_id, verdict, joins, created_at,"
    " expires_at) VALUES ('{0}', 'w', 's', 'p', 'r', '{1}', {2}, 1, 9)"
)
_HAND_OFF = (
    "INSERT INTO hand_offs (hand_off_id, alert_id, warrant_id, slot_id, reference_id, patrol, sent_by, state, found,"
    " opened_index, due_at, created_at, expires_at)"
    " VALUES ('{0}', '{0}', 'w', 's', 'r', 'pia', 'bea', '{1}', {2}, {3}, 9, 1, 9)"
)
_OBJECT = (
    "INSERT INTO objects (object_id, data_class, commitment, box, created_at, expires_at)"
    " VALUES ('{0}', '{1}', '', '', 1, {2})"
)
_HOLD = (
    "INSERT INTO holds (object_id, state, basis, reason, until_day, asked_by, set_apart, erase_after, created_at,"
    " expires_at) VALUES ('{0}', 'asked', 'defence', 'r', 0, '{1}', FALSE, '', 1, 9)"
)
_INTERVENTION = (
    "INSERT INTO interventions (record, alert_id, warrant_id, said, created_at, expires_at)"
    " VALUES ('{0}', '{0}', 'w', '{1}', 1, {2})"
)
_CONFIRMATION = "INSERT INTO confirmations VALUES ('{0}', '{1}', 'r', 1, 9)"
_SET = "UPDATE holds SET state = 'in-force', first_approver = '{0}', second_approver = '{1}', in_force_at = 2"

ROWS = (
    *(_ACCOUNT.format(one, "police", "legal-officer") for one in ("lex", "lea", "liv")),
    _ACCOUNT.format("dora", "police", "data-protection-officer"),
    _ACCOUNT.format("ola", "supervisory-authority", "auditor"),
    _ACCOUNT.format("pia", "police", "patrol"),
    _ACCOUNT.format("bea", "police", "operator"),
    *(_ALERT.format(one) for one in ("fresh", "seen", "right")),
    _CHARGE.format("right", "pending", "NULL"),
    _CHARGE.format("more", "pending", "'right'"),
    _CHARGE.format("false", "false", "NULL"),
    _HAND_OFF.format("fresh", "sent", "NULL", "NULL"),
    _HAND_OFF.format("seen", "acknowledged", "NULL", "5"),
    _HAND_OFF.format("right", "concluded", "'identity-right'", "6"),
    "INSERT INTO reviews VALUES ('right', 'liv', 1, 2, 'a', 1, 9)",
    _INTERVENTION.format("wrong", "identity-wrong", 9),
    _OBJECT.format("report", "candidate", 9),
    _OBJECT.format("crop", "candidate", 9),
    _OBJECT.format("boxes", "reference", 9),
    _HOLD.format("report", "lex"),
    "INSERT INTO certificates VALUES ('k', 'bea', 9, 'lea', NULL, 1, 9)",
)
REFUSED = (
    (_CHARGE.format("late", "pending", "'false'"), "has not come to its end"),
    (_CHARGE.format("late", "pending", "'nothing'"), "has not come to its end"),
    ("UPDATE charges SET joins = 'right' WHERE alert_id = 'false'", "does not change"),
    ("UPDATE charges SET verdict = 'right' WHERE alert_id IN ('right', 'more')", "a patrol and a second person"),
    *((_CONFIRMATION.format("right", one), "had a part") for one in ("pia", "bea", "liv")),
    (_CONFIRMATION.format("seen", "lex"), "found right"),
    (
        "UPDATE hand_offs SET state = 'concluded', found = 'unknown', opened_index = 9 WHERE alert_id = 'fresh'",
        "follows",
    ),
    ("UPDATE hand_offs SET state = 'opened' WHERE alert_id = 'fresh'", "not shown"),
    ("UPDATE hand_offs SET state = 'overdue', found = 'unknown' WHERE alert_id = 'seen'", "a record that stays"),
    ("UPDATE hand_offs SET state = 'recalled' WHERE alert_id = 'seen'", "a record that stays"),
    (
        "UPDATE hand_offs SET state = 'concluded', found = 'identity-wrong' WHERE alert_id = 'seen'",
        "a record that stays",
    ),
    ("UPDATE interventions SET said = 'unknown'", "stays one"),
    (_INTERVENTION.format("long", "unknown", 8 * _LONG), "longer than its class"),
    (_OBJECT.format("long", "candidate", 86_400_002), "longer than its class"),
    (_HOLD.format("crop", "lex"), "no photograph"),
    (_HOLD.format("boxes", "lex"), "no photograph"),
    (_SET.format("dora", "lea"), "from elsewhere"),
    (_SET.format("liv", "lea"), "from elsewhere"),
    ("UPDATE certificates SET confirmed_by = 'nobody'", "another person"),
)
ALLOWED = (
    _CONFIRMATION.format("right", "lex"),
    "UPDATE charges SET verdict = 'right' WHERE alert_id IN ('right', 'more')",
    _INTERVENTION.format("seen", "unknown", 9),
    "UPDATE hand_offs SET state = 'overdue', found = 'unknown' WHERE alert_id = 'seen'",
    "UPDATE interventions SET said = 'identity-wrong'",
    _OBJECT.format("day", "candidate", 86_400_001),
    _SET.format("ola", "lea"),
    "UPDATE certificates SET confirmed_by = 'lex'",
)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with a_postgresql_server() as server:
        made = open_engine(server.url.replace("postgresql://", "postgresql+psycopg://"))
        upgrade(made)
        with made.begin() as connection:
            # Rows without those that they name, put there past every guard.
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            for row in ROWS:
                connection.execute(text(row))
        yield made
        made.dispose()


@pytest.mark.parametrize(("change", "sentence"), REFUSED)
def test_its_guards_refuse_what_sqlites_refuse(engine: Engine, change: str, sentence: str) -> None:
    with pytest.raises(IntegrityError, match=sentence), engine.begin() as connection:
        connection.execute(text(change))


def test_what_the_rules_allow_its_guards_let_through(engine: Engine) -> None:
    with engine.connect() as connection:
        for change in ALLOWED:
            connection.execute(text(change))
        connection.rollback()
