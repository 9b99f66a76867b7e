"""Governance's tables and guards in PostgreSQL: they come, refuse, go and come again, as in SQLite."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from governance.adapters.db.database import open_engine
from governance.adapters.db.guards import GUARDS
from governance.adapters.db.migrate import downgrade, upgrade
from tests.builders_postgresql import a_postgresql_server

pytestmark = [pytest.mark.slow, pytest.mark.law("A10", "A13", "A16")]

ROWS = (
    (
        "INSERT INTO site_stops (stop_id, site_id, pressed_at, record, created_at, expires_at)"
        " VALUES ('s', 'x', 1, '', 1, 2)"
    ),
    (
        "INSERT INTO notifications (notification_id, deployment_id, authority, record, attempts, next_attempt_at,"
        " acknowledged_at, acknowledgement, created_at, expires_at) VALUES ('n', 'd', 'a', '', 0, 1, 5, '1', 1, 2)"
    ),
    (
        "INSERT INTO leases (lease_id, deployment_id, warrant_id, site_id, camera_id, day_key_sha256, gallery_sha256,"
        " record, ends_at, ended_at, comparisons, end_receipt, created_at, expires_at)"
        " VALUES ('l', 'd', 'w', 'x', 'c', '', '', '', 5, 5, 1, '1', 1, 9)"
    ),
    (
        "INSERT INTO searches (search_id, warrant_id, reference_id, site_id, camera_id, recording_sha256,"
        " recorded_from, recorded_until, state, asked_by, approved_by, approved_at, created_at, expires_at)"
        " VALUES ('r', 'w', 'p', 'x', 'c', 'h', 1, 2, 'approved', 'a', 'b', 4, 3, 9)"
    ),
    (
        "INSERT INTO searches (search_id, warrant_id, reference_id, site_id, camera_id, recording_sha256,"
        " recorded_from, recorded_until, state, asked_by, approved_by, approved_at, begun_at, ends_at, order_sha256,"
        " day_key_sha256, created_at, expires_at)"
        " VALUES ('q', 'w', 'p', 'x', 'c', 'h', 1, 2, 'begun', 'a', 'b', 4, 5, 6, 'o', 'k', 3, 9)"
    ),
    (
        "INSERT INTO alerts (alert_id, warrant_id, search_id, reference_id, site_id, camera_id, lease_id, state,"
        " crops_sha256, joined, captured_at, stream_time, due_at, created_at, expires_at)"
        " VALUES ('v', 'w', 'q', 'p', 'x', 'c', 'q', 'open', '', 0, 1, 1, 9, 7, 9)"
    ),
)
REFUSED = (
    "UPDATE leases SET ended_at = 6",
    "UPDATE leases SET comparisons = 7",
    "UPDATE notifications SET acknowledged_at = NULL, acknowledgement = NULL",
    "UPDATE notifications SET record = '2'",
    "UPDATE site_stops SET record = '2'",
    (
        "UPDATE searches SET state = 'begun', begun_at = 5, ends_at = 6, order_sha256 = 'o', day_key_sha256 = 'k'"
        " WHERE search_id = 'r'"
    ),
    "UPDATE searches SET state = 'approved' WHERE search_id = 'q'",
    "UPDATE searches SET recording_sha256 = 'g'",
    "UPDATE searches SET order_sha256 = 'p', ends_at = 60007 WHERE search_id = 'q'",
    "UPDATE alerts SET deployment_id = 'd'",
    (
        "INSERT INTO alerts SELECT 'u', warrant_id, NULL, reference_id, site_id, camera_id, lease_id, state, report,"
        " crops, crops_sha256, joined, captured_at, stream_time, due_at, concluded_at, escalated, created_at,"
        " expires_at, 'r' FROM alerts"
    ),
    (
        "INSERT INTO charges (alert_id, warrant_id, site_id, profile_sha256, reference_id, verdict, created_at,"
        " expires_at) VALUES ('v', 'w', 'x', 'm', 'p', 'pending', 7, 9)"
    ),
    (
        "INSERT INTO reviews (alert_id, reviewer, ordinal, support, answer, created_at, expires_at)"
        " VALUES ('v', 'a', 1, 2, 'x', 7, 9)"
    ),
    (
        "INSERT INTO leases (lease_id, deployment_id, warrant_id, site_id, camera_id, day_key_sha256, gallery_sha256,"
        " record, ends_at, created_at, expires_at) VALUES ('m', 'd', 'w', 'x', 'c', '', '', '', 5, 1, 9)"
    ),
)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with a_postgresql_server() as server:
        made = open_engine(server.url.replace("postgresql://", "postgresql+psycopg://"))
        yield made
        made.dispose()


def test_the_tables_go_and_come_again_and_every_guard_with_them(engine: Engine) -> None:
    upgrade(engine)
    downgrade(engine, "base")
    upgrade(engine)
    with engine.connect() as connection:
        names = set(connection.execute(text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")).scalars())
    assert names == {guard.name[:63] for guard in GUARDS}


def test_what_was_signed_or_pressed_is_not_changed_there_either(engine: Engine) -> None:
    upgrade(engine)
    with engine.begin() as connection:
        # Rows without those that they name, put there past every guard.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for row in ROWS:
            connection.execute(text(row))
    for change in REFUSED:
        with pytest.raises(IntegrityError), engine.begin() as connection:
            connection.execute(text(change))
