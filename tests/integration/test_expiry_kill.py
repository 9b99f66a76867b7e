"""The expiry job killed after each of its steps: what is due goes once and for all, what is held stays (B1, B15, F3).

Three alerts of one day: nobody holds the first, the hold on the second is just over, the third is held. The job is
killed as a power cut does it, after every entry, every destruction and every commit; then a server starts again.
"""

import os
import shutil
import signal
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Connection, text

from governance.adapters.log.sequencer import Sequencer
from governance.application.erase import expire_due
from governance.application.holds import AskHold, AtHold, approve_hold, ask_hold, read_held
from governance.application.retention_standing import read_retention
from governance.audit.leaf import KeyRef
from governance.audit.vault_keys import LAST_NUMBER
from governance.domain.holds import Basis
from governance.domain.identifiers import AlertId, ObjectId
from governance.domain.retention import due_day
from governance.domain.roles import Role
from governance.vault.vault import KeyVault
from tests.builders_centre import end_sequencers
from tests.builders_contracts import NOON, a_trusted_site
from tests.builders_governance import (
    People,
    SetClock,
    World,
    a_deployment,
    a_governance,
    an_account,
    another_alert,
    reopen,
)

pytestmark = pytest.mark.law("B1", "B15", "F3")

DAY: Final = timedelta(days=1)
BACK: Final = NOON + 3 * DAY
"""When the server runs again: all three alerts are due since the second day, and the second one's hold is over."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A folder that a server left, and what lies in it."""

    folder: Path
    people: People
    due: frozenset[str]
    """Everything whose time is over and that nobody holds, the object of the hold that is over among it."""
    held: ObjectId


def left(folder: Path, *, ran: bool) -> Place:
    """Leave a folder behind; `ran` says whether the job ran until the day before it comes back."""
    world = a_governance(folder)
    a_deployment(world)
    for name in ("free", "over", "held"):
        another_alert(world, report_id=name)
    second = an_account(world, "liv", Role.LEGAL_OFFICER)
    reports = {name: report_of(world, name) for name in ("free", "over", "held")}
    for name, days in (("over", 2), ("held", 9)):
        _hold(world, reports[name], days, approvers=(second, world.people.auditor))
    with world.governance.database.transaction() as tx:
        due = frozenset(tx.object_ids(due_by=BACK)) - {reports["held"]}
    if ran:
        world.clock.at = NOON + 1.75 * DAY
        expire_due(world.governance)
    people = world.people
    world.close()
    end_sequencers()
    return Place(folder=folder, people=people, due=due, held=reports["held"])


def _hold(world: World, held: ObjectId, days: int, *, approvers: tuple[Any, ...]) -> None:
    command = AskHold(
        actor=world.people.legal_officer,
        object_id=held,
        basis=Basis.COMPLAINT,
        until_day=due_day(world.clock.now()) + days,
        why="A complaint was made about this alert.",
    )
    ask_hold(world.governance, command)
    for actor in approvers:
        approve_hold(world.governance, AtHold(actor=actor, object_id=held))


def report_of(world: World, alert: str) -> ObjectId:
    with world.governance.database.transaction() as tx:
        report = tx.alerts.get(AlertId(alert)).report
    assert report is not None
    return report


@pytest.fixture(scope="module", params=[False, True], ids=["a week off", "until the day before"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return left(tmp_path_factory.mktemp("left"), ran=request.param)


# -- the blow ---------------------------------------------------------------------------------------------------------


def killed_after(folder: Path, moment: int) -> bool:
    """Run the job in a process that is killed after so many steps; say whether it was, before it was through."""
    child = os.fork()
    if child == 0:
        try:
            _run_until(folder, moment)
        except BaseException:  # noqa: BLE001 (the child of a fork may not come back to the tests)
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def _run_until(folder: Path, moment: int) -> None:
    world = reopen(folder, a_trusted_site(), SetClock(BACK))
    left_over = [moment]
    for owner, names in STEPS.items():
        for name in names:
            setattr(owner, name, _killing(getattr(owner, name), left_over))
    expire_due(world.governance)


STEPS: Final[Mapping[type, tuple[str, ...]]] = {
    Connection: ("commit",),
    KeyVault: ("destroy",),
    Sequencer: ("append", "erase_boxes"),
}
"""Whatever the job does that lasts."""


def _killing(step: Callable[..., Any], left_over: list[int]) -> Callable[..., Any]:
    def counted(*arguments: Any, **named: Any) -> Any:
        done = step(*arguments, **named)
        left_over[0] -= 1
        if left_over[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    return counted


# -- afterwards -------------------------------------------------------------------------------------------------------


def copied(place: Place, folder: Path) -> Path:
    shutil.copytree(place.folder, folder)
    return folder


def started_again(place: Place, folder: Path) -> World:
    """Start a server on a folder, as it comes back."""
    world = reopen(folder, a_trusted_site(), SetClock(BACK))
    world.people = place.people
    return world


def receipts(world: World) -> tuple[Counter[str], Counter[str]]:
    """Count the standing entries that say of an object's key that it was destroyed: by its name, and with its day."""
    leaves = world.leaves()
    voided = {index for leaf in leaves if leaf.event == "change.void" for index in leaf.indices()}
    kept = {one.key for leaf in leaves for one in leaf.compartments if one.group == "object"}
    named: Counter[str] = Counter()
    with_its_day: Counter[str] = Counter()
    for index, leaf in enumerate(leaves):
        if leaf.event != "erasure.complete" or index in voided:
            continue
        ranges = leaf.ranges("keys")
        whole = any(one.last == LAST_NUMBER for one in ranges)
        (with_its_day if whole else named).update(key.text for key in kept if any(key in one for one in ranges))
    return named, with_its_day


def require_all_right(world: World, place: Place) -> None:
    """See that everything due is gone, row, key and receipt, once; and that what is held can be opened."""
    keys = [KeyRef.parse(one) for one in place.due]
    with world.engine.connect() as connection:
        rows = set(connection.execute(text("SELECT object_id FROM objects")).scalars())
        assert connection.execute(text("SELECT count(*) FROM erasures")).scalar() == 0
        assert connection.execute(text("SELECT count(*) FROM day_erasures")).scalar() == 0
    assert not rows & place.due
    assert world.centre.store.derive(keys) == {}
    named, with_its_day = receipts(world)
    assert {one: named[one] for one in place.due} == dict.fromkeys(place.due, 1)
    assert set(with_its_day.values()) == {1}
    assert place.held in rows
    assert named[place.held] == with_its_day[place.held] == 0
    opened = read_held(world.governance, AtHold(actor=place.people.auditor, object_id=place.held))
    assert opened.value.startswith(b"{")


@pytest.mark.slow
def test_killed_after_any_step_it_is_finished_by_the_next_start(place: Place, tmp_path: Path) -> None:
    for moment in _until_it_is_through(place, tmp_path):
        world = started_again(place, tmp_path / f"{moment}")
        expire_due(world.governance)
        require_all_right(world, place)
        size = world.log.size()
        assert expire_due(world.governance).objects == 0
        assert world.log.size() == size
        world.close()
        end_sequencers()


def _until_it_is_through(place: Place, tmp_path: Path) -> Iterator[int]:
    """Kill the job after its first step, its second, and so on, each in a copy of its own, until it has no more."""
    for moment in range(1, 200):
        if not killed_after(copied(place, tmp_path / f"{moment}"), moment):
            assert moment > 10
            return
        yield moment
    raise AssertionError("The job does not end.")


@pytest.mark.slow
def test_killed_again_and_again_it_still_comes_to_its_end(place: Place, tmp_path: Path) -> None:
    """Each start comes two steps further than the start before it, and none undoes what one before it did."""
    folder = copied(place, tmp_path / "again")
    moment = 2
    while killed_after(folder, moment):
        moment += 2
    world = started_again(place, folder)
    require_all_right(world, place)
    world.close()


# -- late -------------------------------------------------------------------------------------------------------------


def test_what_is_late_is_seen_until_the_job_ran_and_what_is_held_is_not_late(place: Place, tmp_path: Path) -> None:
    world = started_again(place, copied(place, tmp_path / "left"))
    with world.governance.database.transaction() as tx:
        there = frozenset(tx.object_ids()) & place.due
    before = read_retention(world.governance, place.people.auditor)
    # What the hold that is over kept is late with everything else.
    assert before.is_late
    assert (before.late_objects, before.held) == (len(there), 1)
    expire_due(world.governance)
    after = read_retention(world.governance, place.people.auditor)
    assert not after.is_late
    assert (after.late_objects, after.late_days, after.waiting, after.held) == (0, 0, 0, 1)
    world.close()


def test_late_is_an_hour_after_the_end_and_not_before(place: Place, tmp_path: Path) -> None:
    world = started_again(place, copied(place, tmp_path / "left"))
    expire_due(world.governance)
    with world.governance.database.transaction() as tx:
        ends = min(tx.objects.get(one).expires_at for one in tx.object_ids() if one != place.held)
    # Months later; by then the third alert's hold is over, and what it kept is late.
    assert _late_at(world, place, ends + timedelta(hours=1) - timedelta(milliseconds=1)) == 1
    assert _late_at(world, place, ends + timedelta(hours=1)) > 1
    world.close()


def test_what_a_hold_kept_is_late_an_hour_after_the_hold_and_not_before(place: Place, tmp_path: Path) -> None:
    world = started_again(place, copied(place, tmp_path / "left"))
    expire_due(world.governance)
    with world.engine.begin() as connection:
        # Nothing but what is held is left to be late.
        connection.execute(text("DELETE FROM objects WHERE object_id <> :held"), {"held": place.held})
    over = datetime.fromtimestamp((due_day(NOON) + 10) * DAY.total_seconds(), UTC)
    assert _late_at(world, place, over + timedelta(hours=1) - timedelta(milliseconds=1)) == 0
    assert _late_at(world, place, over + timedelta(hours=1)) == 1
    world.close()


def _late_at(world: World, place: Place, at: datetime) -> int:
    world.clock.at = at
    return read_retention(world.governance, place.people.auditor).late_objects
