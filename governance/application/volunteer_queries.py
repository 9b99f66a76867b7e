"""What may be read of volunteers' runs: pseudonyms, times, numbers with their intervals (C11)."""

from dataclasses import dataclass, fields
from datetime import datetime

from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.application.procedure import acting
from governance.domain.identifiers import AccountId, CameraId, SiteId, WarrantId
from governance.domain.proportions import Limits, limits
from governance.domain.roles import Action
from governance.domain.volunteers import RunMode, RunState, SeededResult, Volunteer, VolunteerRun


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultLine:
    """One group's numbers; `rate` is the true-positive rate of its passes (TPIR), with its exact 95 % interval.

    There is none of no passes. The interval takes passes as independent, which those of one person are not.
    """

    result: SeededResult
    rate: float | None
    interval: Limits | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VolunteerLine:
    """One volunteer, by the pseudonym: how many passes were announced, whether enrolled; not how many were found."""

    volunteer: Volunteer
    announced: int
    enrolled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRun:
    """What a run is, without its signed papers."""

    run_id: str
    site_id: SiteId
    mode: RunMode
    warrant_id: WarrantId | None
    cameras: frozenset[CameraId]
    begins_at: datetime
    ends_at: datetime
    profile_sha256: str
    state: RunState
    withdrew: int
    unannounced: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """One run: while it lasts its volunteers and what was announced, afterwards what was counted."""

    run: ShownRun
    mine: bool
    volunteers: tuple[VolunteerLine, ...]
    results: tuple[ResultLine, ...]


def list_runs(governance: Governance, actor: AccountId) -> tuple[RunLine, ...]:
    """List every run, the newest first.

    Who was found so far is told to nobody before the run is over: else passes would be chosen by it.
    """
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.VOLUNTEER_LIST)
        return tuple(
            RunLine(
                run=_shown(run),
                mine=run.proposed_by == actor,
                volunteers=_lines(tx, run.run_id),
                results=tuple(result_line(one) for one in tx.seeded_results.where(run_id=run.run_id)),
            )
            for run in reversed(tx.volunteer_runs.where())
        )


def _shown(run: VolunteerRun) -> ShownRun:
    return ShownRun(**{one.name: getattr(run, one.name) for one in fields(ShownRun)})


def _lines(tx: Transaction, run_id: str) -> tuple[VolunteerLine, ...]:
    passes = [one.volunteer_id for one in tx.seeded_passes.where(run_id=run_id)]
    enrolled = {one.volunteer_id for one in tx.volunteer_references.where(run_id=run_id)}
    return tuple(
        VolunteerLine(
            volunteer=one,
            announced=passes.count(one.volunteer_id),
            enrolled=one.volunteer_id in enrolled,
        )
        for one in tx.volunteers.where(run_id=run_id)
    )


def result_line(result: SeededResult) -> ResultLine:
    """Return the numbers of one group with their rate: everything that was announced is in its denominator."""
    none = result.withheld or result.announced == 0
    return ResultLine(
        result=result,
        rate=None if none else result.found / result.announced,
        interval=None if none else limits(result.found, result.announced),
    )
