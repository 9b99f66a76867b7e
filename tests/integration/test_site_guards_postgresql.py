"""What the database refuses about sites and cameras, in PostgreSQL as in SQLite (B7, B8, C9, C14)."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from governance.adapters.db import tables
from governance.adapters.db.database import open_engine
from governance.adapters.db.guards import GUARDS
from governance.adapters.db.migrate import upgrade
from governance.domain.organisations import Organisation
from governance.domain.roles import Role
from tests.builders_contracts import NOON
from tests.builders_postgresql import a_postgresql_server
from tests.builders_sites import a_camera_of_the_register, some_documents, some_evidence

pytestmark = [pytest.mark.slow, pytest.mark.law("B7", "B8", "C9", "C14")]
OURS = {"leases_never_in_a_care_area", "leases_only_with_documents", "leases_only_with_evidence"}
TIMES = {"created_at": NOON, "expires_at": NOON + timedelta(days=900)}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with a_postgresql_server() as server:
        engine = open_engine(server.url.replace("postgresql://", "postgresql+psycopg://", 1))
        upgrade(engine)
        with engine.begin() as connection:
            # Deployment, warrant and list of the day have their own guards and tests.
            others = {guard.name for guard in GUARDS if guard.table == "leases" and guard.operation == "INSERT"} - OURS
            for name in others:
                connection.execute(text(f"DROP TRIGGER {name} ON leases"))
            connection.execute(insert(tables.ACCOUNTS).values(_account()))
            site: dict[str, Any] = {"site_id": "site-1", "title": "North", "key": "k", "opening_public": b"k" * 32}
            connection.execute(insert(tables.SITES).values(site | TIMES))
            connection.execute(insert(tables.CAMERAS).values(asdict(a_camera_of_the_register(serial=5))))
        yield engine
        engine.dispose()


def _account() -> dict[str, Any]:
    given: dict[str, Any] = {"account_id": "siv", "login": "siv", "roles": frozenset({Role.SITE_MANAGER})}
    rest = {
        "password_hash": "x",
        "demo": False,
        "failures": 0,
        "known_failures": 0,
        "organisation": Organisation.REGION,
        "proposed_by": "ada",
    }
    return given | rest | TIMES


def lend(engine: Engine, *, evidence: bool, documents: int, **camera: object) -> str:
    """Try to put a lease in, and return what the database says; all of it is undone again."""
    with engine.connect() as connection, connection.begin() as begun:
        for name, value in camera.items():
            connection.execute(text(f"UPDATE cameras SET {name} = :value"), {"value": value})  # noqa: S608 (of this test)
        if evidence:
            connection.execute(insert(tables.EVIDENCE).values(asdict(some_evidence())))
        for document in some_documents()[:documents]:
            connection.execute(insert(tables.DOCUMENTS).values(asdict(document)))
        names = dict.fromkeys(("lease_id", "deployment_id", "warrant_id", "day_key_sha256", "gallery_sha256"), "x")
        row = names | {"site_id": "site-1", "camera_id": "camera-1", "record": b"", "ends_at": NOON} | TIMES
        try:
            connection.execute(insert(tables.LEASES).values(row | {"ends_at": NOON + timedelta(seconds=60)}))
        except SQLAlchemyError as error:
            return str(error)
        finally:
            begun.rollback()
    return ""


def test_a_lease_needs_evidence_documents_and_an_open_camera(engine: Engine) -> None:
    assert "(C14)" in lend(engine, evidence=False, documents=3)
    assert "(B7, C9)" in lend(engine, evidence=True, documents=2)
    assert "(B8)" in lend(engine, evidence=True, documents=3, care_area=True)
    assert "(B8)" in lend(engine, evidence=True, documents=3, healthcare=True)
    # With all of it the row is refused for what it points to, and for nothing of ours.
    assert "foreign key" in lend(engine, evidence=True, documents=3)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("UPDATE cameras SET care_area = true", "UPDATE cameras SET care_area = false"),
        ("UPDATE cameras SET healthcare = true", "UPDATE cameras SET healthcare = false"),
        ("SELECT 1", "UPDATE cameras SET serial = 4, payload = 'x'"),
        ("SELECT 1", "UPDATE evidence SET threshold = 0.5"),
        ("SELECT 1", "UPDATE evidence SET expires_at = expires_at + 1"),
        ("SELECT 1", "UPDATE documents SET sha256 = repeat('1', 64)"),
    ],
)
def test_what_was_said_of_a_site_is_not_written_over(engine: Engine, first: str, then: str) -> None:
    with engine.connect() as connection, connection.begin() as begun:
        connection.execute(insert(tables.EVIDENCE).values(asdict(some_evidence())))
        connection.execute(insert(tables.DOCUMENTS).values(asdict(some_documents()[0])))
        connection.execute(text(first))
        with pytest.raises(IntegrityError):
            connection.execute(text(then))
        begun.rollback()


def test_a_hot_spot_that_the_numbers_do_not_show_cannot_be_put_in(engine: Engine) -> None:
    with engine.connect() as connection, connection.begin() as begun:
        with pytest.raises(IntegrityError, match="as_the_numbers_say"):
            connection.execute(insert(tables.EVIDENCE).values(asdict(some_evidence()) | {"ratio_low": 1.4}))
        begun.rollback()
