"""Drop a volunteer who withdrew, end a run: count its passes, keep the numbers, forget everybody (C11, C16)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from contracts.canonical import encode, sha256_hex
from governance.application.governance import Governance
from governance.application.ports import LogValue, Transaction
from governance.application.procedure import acting, require
from governance.application.volunteer_runs import about_run
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, VolunteerId
from governance.domain.retention import DataClass, expiry
from governance.domain.roles import Action
from governance.domain.volunteers import (
    RunMode,
    RunState,
    SeededResult,
    Tally,
    VolunteerRun,
    is_run_over,
    may_end_run,
    tally,
)
from governance.domain.warrants import NEXT

_FORGOTTEN: Final = b"forgotten"
"""What stands in place of a run's signed records when it is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawVolunteer:
    """A volunteer withdrew their consent, in whatever way."""

    actor: AccountId
    volunteer_id: VolunteerId


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRun:
    """End a run before its time."""

    actor: AccountId
    run_id: str


def withdraw_volunteer(governance: Governance, command: WithdrawVolunteer) -> None:
    """Forget a volunteer and their passes at once: one person suffices, and no reason is asked for.

    Their passes go out of every number: nothing is counted of somebody who does not want it. With nobody left the run
    is over.
    """
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.VOLUNTEER_END)
        volunteer = tx.volunteers.get(command.volunteer_id)
        run = tx.volunteer_runs.get(volunteer.run_id)
        for one in tx.seeded_passes.where(volunteer_id=volunteer.volunteer_id):
            tx.seeded_passes.remove(one.pass_id)
        tx.volunteers.remove(volunteer.volunteer_id)
        run = replace(run, withdrew=run.withdrew + 1)
        tx.volunteer_runs.save(run)
        about = {**about_run(run, command.actor), "volunteer": volunteer.volunteer_id}
        tx.log.append(Event.VOLUNTEER_WITHDRAW, about)
        if not tx.volunteers.where(run_id=run.run_id):
            _end(governance, tx, run, about_run(run, command.actor))
        tx.commit()


def end_run(governance: Governance, command: EndRun) -> None:
    """End a run now; what was announced for later is not counted.

    Raises:
        Refused: it is over already; the refusal is logged.
    """
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.VOLUNTEER_END)
        run = tx.volunteer_runs.get(command.run_id)
        about = about_run(run, command.actor)
        require(tx, may_end_run(run), event=Event.VOLUNTEER_REFUSE, about=about)
        _end(governance, tx, run, about)
        tx.commit()


def end_runs_that_are_over(governance: Governance, tx: Transaction) -> int:
    """End every run whose time is over, or whose warrant ended: nobody has to remember it. Return how many."""
    now = governance.clock.now()
    over = [
        run
        for state in (RunState.PROPOSED, RunState.APPROVED)
        for run in tx.volunteer_runs.where(state=state)
        if is_run_over(run, now=now) or _warrant_is_over(tx, run, now)
    ]
    for run in over:
        _end(governance, tx, run, about_run(run, None))
    return len(over)


def _warrant_is_over(tx: Transaction, run: VolunteerRun, now: datetime) -> bool:
    if run.mode is not RunMode.INSIDE_WARRANT or run.warrant_id is None:
        return False
    warrant = tx.warrants.find(run.warrant_id)
    return warrant is None or not NEXT[warrant.state] or now >= warrant.expires_at


def _end(governance: Governance, tx: Transaction, run: VolunteerRun, about: dict[str, LogValue]) -> None:
    now = governance.clock.now()
    volunteers, passes = tx.volunteers.where(run_id=run.run_id), tx.seeded_passes.where(run_id=run.run_id)
    counted = tally(volunteers, passes, ended_at=now)
    tx.volunteer_runs.save(replace(run, state=RunState.ENDED, ended_at=now, papers=_FORGOTTEN))
    for one in passes:
        tx.seeded_passes.remove(one.pass_id)
    for volunteer in volunteers:
        tx.volunteers.remove(volunteer.volunteer_id)
    for group in counted:
        tx.seeded_results.add(
            SeededResult(
                run_id=run.run_id,
                parted_by=group.parted_by,
                group_name=group.group_name,
                profile_sha256=run.profile_sha256,
                volunteers=group.volunteers,
                announced=group.announced,
                found=group.found,
                withheld=group.withheld,
                created_at=now,
                expires_at=expiry(DataClass.COUNT, created_at=now),
            )
        )
    everybody = counted[0]
    numbers = {"candidates": everybody.found}
    said = {**about, "count": everybody.announced, "document": _commitment(run, counted)}
    tx.log.append(Event.VOLUNTEER_END, said, body=numbers)


def _commitment(run: VolunteerRun, counted: tuple[Tally, ...]) -> str:
    """Return the SHA-256 of all numbers, so that none can be changed later without its showing."""
    groups = [
        [one.parted_by, one.group_name, one.volunteers, one.announced, one.found, one.withheld] for one in counted
    ]
    return sha256_hex(encode([run.run_id, run.profile_sha256, run.withdrew, run.unannounced, groups]))
