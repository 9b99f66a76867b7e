"""Drop a volunteer who withdrew, end a run: count its passes, keep the numbers, forget everybody (C11, C16)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from contracts.canonical import encode, sha256_hex
from governance.application.governance import Governance
from governance.application.ports import LogValue, Transaction
from governance.application.procedure import acting, require
from governance.application.stop_runs import stop_leases_of
from governance.application.vault import finish_erasures, intend_erasure
from governance.application.volunteer_runs import about_run
from governance.application.withdrawals import with_withdrawal
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, VolunteerId
from governance.domain.retention import DataClass, expiry
from governance.domain.roles import Action
from governance.domain.volunteers import (
    RunMode,
    RunState,
    SeededResult,
    Tally,
    Volunteer,
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
        now = governance.clock.now()
        for one in tx.seeded_passes.where(volunteer_id=volunteer.volunteer_id):
            tx.seeded_passes.remove(one.pass_id)
        _forget(governance, tx, [volunteer])
        signed = with_withdrawal(governance, run, volunteer.volunteer_id, now=now)
        run = replace(run, withdrew=run.withdrew + 1, withdrawals=signed)
        tx.volunteer_runs.save(run)
        about = {**about_run(run, command.actor), "volunteer": volunteer.volunteer_id}
        tx.log.append(Event.VOLUNTEER_WITHDRAW, about)
        stop_leases_of(tx, run, rule="C11", now=now)
        if not tx.volunteers.where(run_id=run.run_id):
            _end(governance, tx, run, about_run(run, command.actor))
        tx.commit()
    finish_erasures(governance)


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
    finish_erasures(governance)


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
    ended = replace(run, state=RunState.ENDED, ended_at=now, papers=_FORGOTTEN, withdrawals=None)
    tx.volunteer_runs.save(ended)
    for one in passes:
        tx.seeded_passes.remove(one.pass_id)
    _forget(governance, tx, volunteers)
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
    stop_leases_of(tx, run, rule="C16", now=now)


def _forget(governance: Governance, tx: Transaction, volunteers: Iterable[Volunteer]) -> None:
    """Forget volunteers with their templates, whose keys go first."""
    for volunteer in volunteers:
        reference = tx.volunteer_references.find(volunteer.volunteer_id)
        if reference is not None:
            intend_erasure(governance, tx, reference.boxes, reason="decision")
            tx.volunteer_references.remove(reference.volunteer_id)
        tx.volunteers.remove(volunteer.volunteer_id)


def _commitment(run: VolunteerRun, counted: tuple[Tally, ...]) -> str:
    """Return the SHA-256 of all numbers, so that none can be changed later without its showing."""
    groups = [
        [one.parted_by, one.group_name, one.volunteers, one.announced, one.found, one.withheld] for one in counted
    ]
    return sha256_hex(encode([run.run_id, run.profile_sha256, run.withdrew, run.unannounced, groups]))
