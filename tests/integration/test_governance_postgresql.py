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
)
REFUSED = (
    "UPDATE leases SET ended_at = 6",
    "UPDATE leases SET comparisons = 7",
    "UPDATE notifications SET acknowledged_at = NULL, acknowledgement = NULL",
    "UPDATE notifications SET record = '2'",
    "UPDATE site_stops SET record = '2'",
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
