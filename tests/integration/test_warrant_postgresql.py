"""Warrants on PostgreSQL: the same guards refuse; of two officers at once one wins, the other gets a sentence."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from governance.application.deployments import RevokeWarrant, revoke_warrant
from governance.application.errors import Refused
from governance.application.narrow_warrant import NarrowWarrant, narrow_warrant
from governance.domain.narrowing import NarrowedKind
from governance.domain.roles import Role
from governance.domain.warrants import WarrantState
from tests.builders_applications import CAMERAS
from tests.builders_contracts import a_trusted_site
from tests.builders_governance import (
    SetClock,
    World,
    a_deployment,
    a_submitted_warrant,
    an_account,
    furnish,
    leases,
    reopen,
)
from tests.builders_postgresql import a_postgresql_server
from tests.builders_warrants import an_approved_urgent, an_urgent_deployment
from tests.integration.test_warrant_life import approving, at_once, state_of

RACE = "Somebody else changed this at the same time. Nothing was changed; load it again."
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with a_postgresql_server() as server:
        url = server.url.replace("postgresql://", "postgresql+psycopg://")
        folder: Path = tmp_path_factory.mktemp("postgresql")
        world = reopen(folder, a_trusted_site(), SetClock(), database_url=url)
        yield furnish(world)
        world.close()


@pytest.mark.law("B14")
def test_of_two_legal_officers_who_approve_at_once_exactly_one_wins(world: World) -> None:
    second = an_account(world, "lea", Role.LEGAL_OFFICER)
    for _ in range(5):
        warrant_id = a_submitted_warrant(world)
        officers = (world.people.legal_officer, second)
        told = at_once(*(partial(approving, world, warrant_id, one) for one in officers))
        won, lost = sorted(told)
        assert won == ""
        assert state_of(world, warrant_id) is WarrantState.APPROVED
        # Whose transaction saw the other's approval is told the rule; whose did not is told to load it again.
        assert lost in {"A warrant that is approved cannot become approved.", RACE}


@pytest.mark.law("A3", "A4", "A6")
def test_a_warrant_lives_is_narrowed_and_ends_there_too(world: World) -> None:
    _, warrant_id = a_deployment(world)
    assert leases(world, nonce="live").authorisations
    officer = world.people.legal_officer
    command = NarrowWarrant(
        actor=officer, warrant_id=warrant_id, kind=NarrowedKind.CAMERA, target=CAMERAS[0], why="The wrong side."
    )
    narrow_warrant(world.governance, command)
    assert not leases(world, nonce="narrowed").authorisations
    revoke_warrant(world.governance, RevokeWarrant(actor=officer, warrant_id=warrant_id, why="It is over."))
    with pytest.raises(Refused):
        revoke_warrant(world.governance, RevokeWarrant(actor=officer, warrant_id=warrant_id, why="Again."))
    with world.governance.database.transaction() as tx:
        assert tx.object_ids(warrant=warrant_id) == ()


@pytest.mark.law("A6", "A7")
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("UPDATE warrants SET state = 'rejected' WHERE warrant_id = :w", "by a record of who and why"),
        ("UPDATE warrants SET type = 'prior' WHERE warrant_id = :w", "does not change"),
        ("UPDATE warrants SET decision = 'another' WHERE warrant_id = :w", "attached decision does not change"),
        (
            (
                "INSERT INTO holds SELECT o.object_id, 'asked', 'defence', 'r', 1000000, w.applicant, NULL, NULL, NULL,"
                " NULL, FALSE, '', o.created_at, o.expires_at FROM objects o JOIN warrants w ON w.details = o.object_id"
                " WHERE w.warrant_id = :w"
            ),
            "within the longest",
        ),
        (
            (
                "INSERT INTO budgets SELECT warrant_id, 's', 'p', 1, 1, 0, 9, applicant, NULL, NULL, NULL, created_at,"
                " expires_at FROM warrants WHERE warrant_id = :w"
            ),
            "nothing tolerated",
        ),
    ],
)
def test_its_guards_refuse_what_sqlites_refuse(world: World, change: str, sentence: str) -> None:
    warrant_id, _ = an_approved_urgent(world)
    with world.engine.begin() as connection, pytest.raises(IntegrityError, match=sentence):
        connection.execute(text(change), {"w": warrant_id})


@pytest.mark.law("A7")
def test_an_urgent_warrant_begins_there_too(world: World) -> None:
    _, warrant_id, _ = an_urgent_deployment(world)
    assert state_of(world, warrant_id) is WarrantState.ACTIVE
