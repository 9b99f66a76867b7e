"""What must hold before a volunteers' run is lent to a camera, asked anew at each lease and while it runs (C11, C16).

The signed papers are believed anew each time: a key that is pinned no more ends the run at the next question.
"""

from dataclasses import dataclass
from datetime import datetime

from contracts.errors import ContractError
from contracts.run_papers import RunPapers
from governance.application.errors import NotUnderstood
from governance.application.governance import Governance
from governance.application.lease_conditions import LeaseCase, may_lend
from governance.application.ports import LogValue, Transaction
from governance.application.vault import is_standing
from governance.application.volunteer_runs import (
    BelievedPapers,
    about_run,
    believed_papers,
    closed_site,
    plan_conditions,
)
from governance.domain.decisions import Decision, all_of, deny
from governance.domain.deployments import Deployment, DeploymentState
from governance.domain.events import Event
from governance.domain.registers import Camera, may_be_lent
from governance.domain.retention import DataClass, expiry
from governance.domain.run_leases import RefusedRunLease, VolunteerReference, is_closed_now, may_lend_run
from governance.domain.site_stops import site_may_go_on
from governance.domain.volunteers import RunMode, VolunteerRun, may_plan_run


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCase:
    """What one lease of a run would be made for: one run, one camera, one moment."""

    run: VolunteerRun
    camera: Camera
    now: datetime


def standing_volunteers(governance: Governance, tx: Transaction, run: VolunteerRun) -> tuple[VolunteerReference, ...]:
    """Return the templates of who consents and is enrolled, by pseudonym: none that was erased or is about to be."""
    found = sorted(tx.volunteer_references.where(run_id=run.run_id), key=lambda one: one.volunteer_id)
    return tuple(one for one in found if is_standing(governance, tx, one.boxes))


def papers_of_run(governance: Governance, run: VolunteerRun) -> tuple[RunPapers, BelievedPapers] | None:
    """Return a run's papers as they travel and as they are believed now, or nothing if they are not."""
    try:
        papers = RunPapers.from_bytes(run.papers)
        return papers, believed_papers(governance, papers)
    except (ContractError, NotUnderstood):
        return None


def may_lend_here(governance: Governance, tx: Transaction, case: RunCase) -> Decision:
    """C11, C16: ask every condition; one denial is enough. Whether somebody can be opened is seen when it is done."""
    run, camera, now = case.run, case.camera, case.now
    enrolled = standing_volunteers(governance, tx, run)
    under_way = may_lend_run(run, site_id=camera.site_id, camera_id=camera.camera_id, enrolled=len(enrolled), now=now)
    if not under_way.allowed:
        return under_way
    read = papers_of_run(governance, run)
    if read is None:
        return deny("P1", "What was signed about this run is not believed here any more.")
    _, said = read
    volunteers = tx.volunteers.where(run_id=run.run_id)
    return all_of(
        "C16",
        (
            may_be_lent(camera),
            site_may_go_on(tx.site_stops.where(site_id=camera.site_id)),
            may_plan_run(run, volunteers, profile_sha256=governance.profile_sha256, now=now),
            *plan_conditions(governance, tx, run, volunteers, said.closure, now=now),
            _holds_here(governance, tx, case, said),
        ),
    )


def _holds_here(governance: Governance, tx: Transaction, case: RunCase, said: BelievedPapers) -> Decision:
    """C16: what the run rests on holds at this camera now: the site is closed, or the warrant may be lent here."""
    run, camera = case.run, case.camera
    if run.mode is RunMode.CLOSED_SITE:
        closed = None if said.closure is None else closed_site(said.closure)
        return is_closed_now(run, closed, camera_id=camera.camera_id, now=case.now)
    return all_of(
        "C16",
        (
            may_lend(
                governance,
                tx,
                LeaseCase(deployment=one, warrant=tx.warrants.get(one.warrant_id), camera=camera, now=case.now),
            )
            for one in _running_at(tx, camera)
            if one.warrant_id == run.warrant_id
        ),
    )


def _running_at(tx: Transaction, camera: Camera) -> list[Deployment]:
    running = tx.deployments.where(state=DeploymentState.RUNNING)
    return [one for one in running if camera.camera_id in one.cameras]


def remember_run_answer(tx: Transaction, case: RunCase, answer: Decision) -> None:
    """Log a refusal when it is another one than before, not at each of the questions that a matcher asks."""
    key = (case.run.run_id, case.camera.camera_id)
    before = tx.run_refusals.find(key)
    if before is not None and (before.rule, before.reason) == (answer.rule, answer.reason) and not answer.allowed:
        return
    if before is not None:
        tx.run_refusals.remove(key)
    if answer.allowed:
        return
    tx.run_refusals.add(
        RefusedRunLease(
            run_id=case.run.run_id,
            camera_id=case.camera.camera_id,
            rule=answer.rule,
            reason=answer.reason,
            created_at=case.now,
            expires_at=expiry(DataClass.VOLUNTEER, created_at=case.now, no_later_than=case.run.expires_at),
        )
    )
    tx.log.append(
        Event.VOLUNTEER_REFUSE,
        {**about_camera(case), "allowed": False, "rule": answer.rule},
    )


def about_camera(case: RunCase) -> dict[str, LogValue]:
    """Return what every entry about a run at a camera says: opaque ids."""
    return {**about_run(case.run, None), "camera": case.camera.camera_id}
