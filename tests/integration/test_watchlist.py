"""A deployment's list in a real governance: built at the start, anew each day, gone at the end (C1, C2, C13)."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from contracts.gallery_bundle import GalleryBundle
from governance.application.build_watchlist import renew_watchlists
from governance.application.deployments import (
    ResumeDeployment,
    RevokeWarrant,
    StartDeployment,
    SuspendDeployment,
    resume_deployment,
    revoke_warrant,
    start_deployment,
    suspend_deployment,
)
from governance.application.enrol_reference import EnrolReference, enrol_reference
from governance.application.notify_authorities import deliver_due
from governance.domain.identifiers import DeploymentId, WarrantId
from governance.domain.watchlists import Watchlist
from tests.builders_governance import (
    PHOTOGRAPH,
    World,
    a_deployment,
    a_governance,
    a_slot_application,
    an_issued_warrant,
    leases,
    slot_of,
)
from tests.builders_watchlist import an_origin

pytestmark = pytest.mark.law("C1")

RENEWAL = timedelta(hours=12)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


def lists(world: World) -> tuple[Watchlist, ...]:
    with world.governance.database.transaction() as tx:
        return tx.watchlists.where()


def keep_on_shift(world: World) -> None:
    """Shifts end after some hours; these tests are about lists."""
    with world.engine.begin() as connection:
        connection.execute(text("UPDATE accounts SET on_shift_until = 4102444800000 WHERE on_shift_until IS NOT NULL"))


def lent(world: World, nonce: str) -> int:
    return len(leases(world, nonce=nonce).authorisations)


def revoke(world: World, warrant_id: WarrantId) -> None:
    command = RevokeWarrant(actor=world.people.legal_officer, warrant_id=warrant_id, why="It is over.")
    revoke_warrant(world.governance, command)


def refusal(world: World) -> str:
    return str([entry.fields for entry in world.entries() if entry.event == "lease.refuse"][-1]["rule"])


def test_the_start_builds_a_list_and_the_log_names_its_gallery(world: World) -> None:
    a_deployment(world)
    (built,) = lists(world)
    assert built.ends_at - built.created_at <= timedelta(hours=24)
    entry = next(entry for entry in world.entries() if entry.event == "watchlist.build")
    assert entry.fields["gallery"] == built.gallery_sha256
    assert entry.fields["count"] == 1
    ((_, gallery),) = leases(world, nonce="n").authorisations
    assert GalleryBundle.from_bytes(gallery).built_at == built.created_at
    lease = next(entry for entry in world.entries() if entry.event == "lease.issue")
    assert lease.fields["gallery"] == built.gallery_sha256


def test_without_a_list_of_the_day_nothing_is_lent_and_a_new_one_is_built(world: World) -> None:
    a_deployment(world, not_after=world.clock.now() + timedelta(days=5))
    # Else the authorities' silence would stop it after a day as well (A10).
    assert deliver_due(world.governance) == 2
    keep_on_shift(world)
    world.clock.advance(timedelta(hours=24))
    assert lent(world, "old") == 0
    assert refusal(world) == "C1"
    assert renew_watchlists(world.governance) == 1
    assert lent(world, "new") == 1
    old, new = lists(world)
    assert old.destroyed_at == new.created_at == world.clock.now()
    assert old.gallery_sha256 != new.gallery_sha256


def test_a_list_is_built_anew_long_before_it_is_over_and_not_twice(world: World) -> None:
    a_deployment(world, not_after=world.clock.now() + timedelta(days=5))
    assert renew_watchlists(world.governance) == 0
    world.clock.advance(RENEWAL - timedelta(seconds=1))
    assert renew_watchlists(world.governance) == 0
    world.clock.advance(timedelta(seconds=1))
    assert renew_watchlists(world.governance) == 1
    assert renew_watchlists(world.governance) == 0


def test_at_the_end_the_list_is_destroyed_with_a_receipt(world: World) -> None:
    _, warrant_id = a_deployment(world)
    revoke_warrant(
        world.governance, RevokeWarrant(actor=world.people.legal_officer, warrant_id=warrant_id, why="It is over.")
    )
    assert all(one.destroyed_at is not None for one in lists(world))
    entry = next(entry for entry in world.entries() if entry.event == "watchlist.destroy")
    assert (entry.fields["count"], entry.fields["warrant"]) == (1, warrant_id)
    assert renew_watchlists(world.governance) == 0


def test_a_stop_that_lasted_builds_the_list_anew(world: World) -> None:
    deployment_id, _ = a_deployment(world)
    officer = world.people.legal_officer
    suspend_deployment(world.governance, SuspendDeployment(actor=officer, deployment_id=deployment_id))
    world.clock.advance(timedelta(hours=3))
    assert renew_watchlists(world.governance) == 0
    resume_deployment(world.governance, ResumeDeployment(actor=officer, deployment_id=deployment_id))
    assert lists(world)[-1].created_at == world.clock.now()


def an_ageing_person(world: World) -> tuple[DeploymentId, WarrantId]:
    """Somebody who is 39 today and 40 tomorrow."""
    world.governance = replace(world.governance, admitted_age_bands=frozenset({"18-39"}))
    now = world.clock.now()
    warrant_id = an_issued_warrant(
        world, slots=(a_slot_application(age_band="18-39"),), not_after=now + timedelta(days=5)
    )
    tomorrow = (now + timedelta(days=1)).date()
    command = EnrolReference(
        actor=world.people.enroller,
        warrant_id=warrant_id,
        slot_id=slot_of(world, warrant_id),
        photograph=PHOTOGRAPH,
        origin=an_origin(born_on=date(tomorrow.year - 40, tomorrow.month, tomorrow.day)),
    )
    enrol_reference(world.governance, command)
    officer = world.people.legal_officer
    return start_deployment(world.governance, StartDeployment(actor=officer, warrant_id=warrant_id)), warrant_id


@pytest.mark.law("C2", "C13")
def test_age_counts_anew_when_the_list_is_built_anew(world: World) -> None:
    """39 today and 40 tomorrow: of a band that is admitted no longer."""
    an_ageing_person(world)
    keep_on_shift(world)
    assert lent(world, "today") == 1
    world.clock.advance(timedelta(hours=13))
    assert renew_watchlists(world.governance) == 1
    assert lent(world, "tomorrow") == 0
    entry = next(entry for entry in world.entries() if entry.event == "watchlist.refuse")
    assert (entry.fields["rule"], entry.fields["allowed"]) == ("C13", False)
    assert lists(world)[-1].listed == frozenset()
    # It is not tried again each minute.
    assert renew_watchlists(world.governance) == 0


@pytest.mark.parametrize(
    "change",
    [
        "ends_at = created_at + 86400001",
        "created_at = created_at + 1",
        "listed = 'somebody'",
        "gallery_sha256 = 'another'",
    ],
)
def test_the_database_keeps_a_list_as_it_was_built(world: World, change: str) -> None:
    a_deployment(world)
    with world.engine.begin() as connection, pytest.raises(IntegrityError):
        connection.execute(text(f"UPDATE watchlists SET {change}"))  # noqa: S608 (the table above)


def test_the_database_lets_no_destroyed_list_come_back(world: World) -> None:
    _, warrant_id = a_deployment(world)
    revoke_warrant(
        world.governance, RevokeWarrant(actor=world.people.legal_officer, warrant_id=warrant_id, why="It is over.")
    )
    with world.engine.begin() as connection, pytest.raises(IntegrityError):
        connection.execute(text("UPDATE watchlists SET destroyed_at = NULL"))


@pytest.mark.parametrize("change", ["destroyed_at = created_at", "left_out = 'x'"])
def test_the_database_lends_no_list_but_a_live_one(world: World, change: str) -> None:
    a_deployment(world)
    assert lent(world, "n") == 1
    columns = _columns(world)
    values = ", ".join("'another'" if name == "lease_id" else name for name in columns)
    insert = f"INSERT INTO leases ({', '.join(columns)}) SELECT {values} FROM leases"  # noqa: S608 (our own columns)
    with world.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER watchlists_keeps_what_was_written"))
        connection.execute(text(f"UPDATE watchlists SET {change}"))  # noqa: S608 (the table above)
        if change.startswith("left_out"):
            connection.execute(text(insert))
        else:
            with pytest.raises(IntegrityError):
                connection.execute(text(insert))


def _columns(world: World) -> list[str]:
    with world.engine.connect() as connection:
        rows: Any = connection.execute(text("SELECT * FROM leases"))
        return list(rows.keys())
