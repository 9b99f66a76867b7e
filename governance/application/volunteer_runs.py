"""Propose a run of seeded volunteers, and approve it: two people, on signed consents, on what C16 lets it rest on."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeVar

from contracts.errors import ContractError
from contracts.run_papers import Declared, RunPapers
from contracts.signature import Purpose, Signed, verified
from contracts.trust import TrustedRole
from contracts.volunteer_run import VolunteerRun as SignedRun
from contracts.volunteers import SiteClosure, VolunteerConsent
from governance.application.admitted_use import Use, is_admitted_beside_all
from governance.application.errors import BadInput, Conflict, NotUnderstood
from governance.application.governance import Governance
from governance.application.ports import LogValue, Transaction
from governance.application.procedure import acting, require
from governance.domain.decisions import Decision, allow, deny
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, CameraId, ReferenceId, SiteId, VolunteerId
from governance.domain.retention import DataClass, expiry
from governance.domain.roles import Action
from governance.domain.volunteers import (
    Age,
    ClosedSite,
    RunMode,
    RunState,
    Sex,
    Skin,
    Volunteer,
    VolunteerRun,
    Wanted,
    are_not_wanted,
    bands_of,
    may_approve_run,
    may_plan_run,
    rests_on_closed_site,
    rests_on_warrant,
)
from governance.domain.warrants import Warrant

_FORGOTTEN_AFTER: Final = timedelta(hours=1)
"""A run is counted and its people forgotten by the job; this late at the latest, should the job not have run."""
Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeRun:
    """Bring the file of the volunteers' trustee."""

    actor: AccountId
    papers: RunPapers


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveRun:
    """Let a run begin that somebody else proposed."""

    actor: AccountId
    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BelievedPapers:
    """The trustee's and the region's records, each signed by whom it must be."""

    run: SignedRun
    consents: tuple[VolunteerConsent, ...]
    closure: SiteClosure | None


def propose_run(governance: Governance, command: ProposeRun) -> str:
    """Take in a run with its consents. Nobody is looked for before a second person approved it.

    Raises:
        NotUnderstood: the file is malformed, or not signed by the trustee and the region that are pinned here.
        Refused: a rule forbids it (C11, C13, C16); the refusal is logged.
        Conflict: this run was proposed before.
    """
    papers, now = command.papers, governance.clock.now()
    said = believed_papers(governance, papers)
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.VOLUNTEER_PROPOSE)
        if tx.volunteer_runs.find(said.run.run_id) is not None:
            raise Conflict("This run was proposed before; the trustee signs another one.")
        warrant = _warrant_of(tx, said.run)
        run = _run_of(said, papers, command.actor, warrant, now=now)
        volunteers = _volunteers_of(said, papers, run, now=now)
        about: dict[str, LogValue] = {"actor": command.actor, "document": papers.run.sha256, "run": run.run_id}
        require(
            tx,
            may_plan_run(run, volunteers, profile_sha256=governance.profile_sha256, now=now),
            *plan_conditions(governance, tx, run, volunteers, said.closure, now=now),
            event=Event.VOLUNTEER_REFUSE,
            about=about,
        )
        tx.volunteer_runs.add(run)
        for one in volunteers:
            tx.volunteers.add(one)
        tx.log.append(Event.VOLUNTEER_PROPOSE, {**about, "count": len(volunteers), "site": run.site_id})
        tx.commit()
    return run.run_id


def approve_run(governance: Governance, command: ApproveRun) -> None:
    """Approve a run: every condition is asked anew.

    Raises:
        Refused: a rule forbids it (B14, C11, C16); the refusal is logged.
    """
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.VOLUNTEER_APPROVE)
        run = tx.volunteer_runs.get(command.run_id)
        about = about_run(run, command.actor)
        require(tx, may_approve_run(run, command.actor, now=now), event=Event.VOLUNTEER_REFUSE, about=about)
        volunteers = tx.volunteers.where(run_id=run.run_id)
        closure = believed_papers(governance, RunPapers.from_bytes(run.papers)).closure
        require(
            tx,
            may_plan_run(run, volunteers, profile_sha256=governance.profile_sha256, now=now),
            *plan_conditions(governance, tx, run, volunteers, closure, now=now),
            event=Event.VOLUNTEER_REFUSE,
            about=about,
        )
        tx.volunteer_runs.save(
            replace(run, state=RunState.APPROVED, approved_by=command.actor, approved_at=now),
        )
        tx.log.append(Event.VOLUNTEER_APPROVE, {**about, "count": len(volunteers)})
        tx.commit()


def about_run(run: VolunteerRun, actor: AccountId | None) -> dict[str, LogValue]:
    """Return what every entry about a run says of it: opaque ids."""
    about: dict[str, LogValue] = {"run": run.run_id, "site": run.site_id}
    if actor is not None:
        about["actor"] = actor
    if run.warrant_id is not None:
        about["warrant"] = run.warrant_id
    return about


def believed_papers(governance: Governance, papers: RunPapers) -> BelievedPapers:
    """Return what trustee and region signed about a run, if all of it belongs together and their keys are pinned here.

    Raises:
        NotUnderstood: it does not, or is signed by somebody else.
    """
    trustee, region = governance.trusted.of(TrustedRole.VOLUNTEERS), governance.trusted.of(TrustedRole.REGION)
    try:
        run = SignedRun.from_bytes(verified(papers.run, Purpose.VOLUNTEER_RUN, trustee))
        consents = tuple(
            VolunteerConsent.from_bytes(verified(one, Purpose.VOLUNTEER_CONSENT, trustee)) for one in papers.consents
        )
        closure = (
            None
            if papers.closure is None
            else SiteClosure.from_bytes(verified(papers.closure, Purpose.SITE_CLOSURE, region))
        )
    except ContractError as error:
        raise NotUnderstood(str(error)) from error
    if sorted(one.sha256 for one in papers.consents) != sorted(run.consents):
        raise NotUnderstood("The consents in this file are not those that the run names.")
    if run.mode.value == RunMode.CLOSED_SITE and (
        papers.closure is None or papers.closure.sha256 != run.rests_on_sha256
    ):
        raise NotUnderstood("The run rests on a declaration that the site is closed, which is not in this file.")
    _require_same_environment(governance, papers)
    return BelievedPapers(run=run, consents=consents, closure=closure)


def _require_same_environment(governance: Governance, papers: RunPapers) -> None:
    held: list[tuple[TrustedRole, Signed]] = [(TrustedRole.VOLUNTEERS, one) for one in (papers.run, *papers.consents)]
    if papers.closure is not None:
        held.append((TrustedRole.REGION, papers.closure))
    for role, signed in held:
        key = governance.trusted.find(role, signed.key)
        if key is None or key.use is not governance.environment:
            raise NotUnderstood("Keys for DEMO use, for trials and for real use cannot be combined.")


def _run_of(
    said: BelievedPapers, papers: RunPapers, actor: AccountId, warrant: Warrant | None, *, now: datetime
) -> VolunteerRun:
    run, mode = said.run, RunMode(said.run.mode.value)
    return VolunteerRun(
        run_id=run.run_id,
        site_id=SiteId(run.site_id),
        mode=mode,
        rests_on_sha256=run.rests_on_sha256,
        warrant_id=None if warrant is None else warrant.warrant_id,
        cameras=frozenset(CameraId(one) for one in run.cameras),
        begins_at=run.begins_at,
        ends_at=run.ends_at,
        profile_sha256=run.profile_sha256,
        # What volunteers say of themselves is kept apart, and no site is told.
        papers=replace(papers, declared=()).to_bytes(),
        state=RunState.PROPOSED,
        proposed_by=actor,
        created_at=now,
        expires_at=expiry(DataClass.VOLUNTEER, created_at=now),
    )


def _volunteers_of(
    said: BelievedPapers, papers: RunPapers, run: VolunteerRun, *, now: datetime
) -> tuple[Volunteer, ...]:
    declared = {one.volunteer_id: one for one in papers.declared}
    if not set(declared) <= {one.volunteer_id for one in said.consents}:
        raise BadInput("Something is declared of somebody who is no volunteer of this run.")
    sha256 = {consent: signed.sha256 for consent, signed in zip(said.consents, papers.consents, strict=True)}
    return tuple(_volunteer(one, sha256[one], declared.get(one.volunteer_id), run, now=now) for one in said.consents)


def _volunteer(
    consent: VolunteerConsent, sha256: str, declared: Declared | None, run: VolunteerRun, *, now: datetime
) -> Volunteer:
    gone = run.ends_at + _FORGOTTEN_AFTER
    return Volunteer(
        volunteer_id=VolunteerId(consent.volunteer_id),
        run_id=consent.run_id,
        reference_id=ReferenceId(consent.reference_id),
        photograph_sha256=consent.photograph_sha256,
        consent_sha256=sha256,
        of_age=consent.of_age,
        given_at=consent.given_at,
        until=consent.until,
        sex=_word(Sex, None if declared is None else declared.sex),
        age=_word(Age, None if declared is None else declared.age),
        skin=_word(Skin, None if declared is None else declared.skin),
        created_at=now,
        expires_at=expiry(DataClass.VOLUNTEER, created_at=now, no_later_than=max(gone, now)),
    )


def _word(words: type[Word], said: str | None) -> Word | None:
    try:
        return None if said is None else words(said)
    except ValueError as error:
        raise BadInput("A volunteer said something of themselves that is not one of the listed words.") from error


def _is_of_known_cameras(tx: Transaction, run: VolunteerRun) -> Decision:
    """C16, B8: every camera of the run is one of the register at this site, and none where people are cared for."""
    for camera_id in run.cameras:
        camera = tx.cameras.find(camera_id)
        if camera is None or camera.site_id != run.site_id:
            return deny("C16", "A camera of the run is not in the register of this site.")
        if camera.care_area:
            return deny("B8", "A camera where people are cared for is never used.")
    return allow("C16")


def plan_conditions(
    governance: Governance,
    tx: Transaction,
    run: VolunteerRun,
    volunteers: tuple[Volunteer, ...],
    closure: SiteClosure | None,
    *,
    now: datetime,
) -> tuple[Decision, ...]:
    """C16, B8, P4: what must hold of the world when a run is proposed, and again when it is approved."""
    return (
        _is_of_known_cameras(tx, run),
        nobody_is_wanted(tx, volunteers),
        _rests(tx, run, closure, now=now),
        _is_admitted(governance, tx, run, volunteers, now=now),
    )


def nobody_is_wanted(tx: Transaction, volunteers: tuple[Volunteer, ...]) -> Decision:
    """C16: ask whether anybody of these stands under a warrant, by reference or by photograph."""
    references = tx.references.where()
    wanted = Wanted(
        references=frozenset(one.reference_id for one in references),
        photographs=frozenset(one.photograph_sha256 for one in references),
    )
    return are_not_wanted(volunteers, wanted)


def _is_admitted(
    governance: Governance, tx: Transaction, run: VolunteerRun, volunteers: tuple[Volunteer, ...], *, now: datetime
) -> Decision:
    """P4, C13: the profile is admitted for them together with every other list and run at these cameras."""
    beside = (
        one
        for one in tx.volunteer_runs.where(state=RunState.APPROVED)
        if one.run_id != run.run_id
        and one.cameras & run.cameras
        and one.begins_at < run.ends_at
        and run.begins_at < one.ends_at
    )
    use = Use(
        persons=len(volunteers) + sum(len(tx.volunteers.where(run_id=one.run_id)) for one in beside),
        cameras=[camera for one in run.cameras if (camera := tx.cameras.find(one)) is not None],
        age_bands=bands_of(volunteers),
    )
    return is_admitted_beside_all(governance, tx, use, now=now)


def _rests(tx: Transaction, run: VolunteerRun, closure: SiteClosure | None, *, now: datetime) -> Decision:
    """C16: ask what the run rests on, by its mode."""
    if run.mode is RunMode.INSIDE_WARRANT:
        warrant = None if run.warrant_id is None else tx.warrants.find(run.warrant_id)
        deployments = () if warrant is None else tx.deployments.where(warrant_id=warrant.warrant_id)
        return rests_on_warrant(run, warrant, next(iter(deployments), None), now=now)
    return rests_on_closed_site(run, None if closure is None else closed_site(closure))


def closed_site(closure: SiteClosure) -> ClosedSite:
    """Return what the region declared, as the rules ask for it."""
    return ClosedSite(
        site_id=closure.site_id,
        cameras=closure.cameras,
        closed_from=closure.closed_from,
        closed_until=closure.closed_until,
    )


def _warrant_of(tx: Transaction, run: SignedRun) -> Warrant | None:
    if run.mode.value != RunMode.INSIDE_WARRANT:
        return None
    return next(iter(tx.warrants.where(act_sha256=run.rests_on_sha256)), None)
