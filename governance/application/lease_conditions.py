"""What must hold before a lease: one condition to a function, each answers with its own rule (A4, A6, A10, E6 …).

All of them are asked before anything of the warrant is opened. Whoever adds a reason to stop adds a function here and
names it in `CONDITIONS`; whatever it denies, nothing is lent, and within one lease nothing is compared (invariant 2).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from contracts.notification import Authority
from governance.application.admitted_use import Use, is_admitted_beside_all
from governance.application.build_watchlist import current_list, standing_references
from governance.application.charge_budget import charges_of
from governance.application.governance import Governance
from governance.application.named_cameras import is_assessed_as_named, looks_as_named
from governance.application.narrow_warrant import lost
from governance.application.notify_authorities import is_acknowledged
from governance.application.papers import has_all_papers, use_of
from governance.application.ports import Transaction
from governance.application.reviewers import reviewers_on_shift
from governance.domain.budget import may_lend_from
from governance.domain.decisions import Decision, all_of, allow, deny
from governance.domain.deployments import Deployment, RefusedLease, may_lease
from governance.domain.events import Event
from governance.domain.model_announcements import may_use_model
from governance.domain.narrowing import NarrowedKind, is_open
from governance.domain.notifications import are_told
from governance.domain.post_remote import is_live_type
from governance.domain.registers import Camera, is_within_hours, may_be_lent
from governance.domain.retention import DataClass, expiry
from governance.domain.site_evidence import may_be_used
from governance.domain.site_stops import site_may_go_on
from governance.domain.urgent import is_in_urgent_time, is_not_silent, is_registered_in_time
from governance.domain.warrants import Warrant, WarrantType
from governance.domain.watchlists import may_lend_list


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseCase:
    """What one lease would be made for: one deployment's warrant, one camera, one moment."""

    deployment: Deployment
    warrant: Warrant
    camera: Camera
    now: datetime


Condition = Callable[[Governance, Transaction, LeaseCase], Decision]


def is_in_force(governance: Governance, tx: Transaction, case: LeaseCase) -> Decision:
    """A3, A4, A6, B8, E6: deployment and warrant live, camera named, somebody on the list, reviewers there."""
    return may_lease(
        deployment=case.deployment,
        warrant=case.warrant,
        camera_named=case.camera.camera_id in case.deployment.cameras,
        care_area=not may_be_lent(case.camera).allowed,
        references=len(standing_references(governance, tx, case.warrant)),
        reviewers_on_shift=reviewers_on_shift(tx, case.warrant, now=case.now),
        legal=governance.legal,
        now=case.now,
    )


def has_its_papers(governance: Governance, tx: Transaction, case: LeaseCase) -> Decision:
    """A6, A7, A3: the act, and what was signed about it, was not erased."""
    return has_all_papers(governance, tx, case.warrant)


def is_not_narrowed(governance: Governance, tx: Transaction, case: LeaseCase) -> Decision:  # noqa: ARG001 (as all)
    """A4: the camera was not taken from the warrant since its issue."""
    return is_open(case.camera.camera_id, lost(tx, case.warrant.warrant_id, NarrowedKind.CAMERA))


def camera_is_as_named(governance: Governance, tx: Transaction, case: LeaseCase) -> Decision:  # noqa: ARG001 (as all)
    """A4: the camera looks where it looked when the act was written, or sees less."""
    return looks_as_named(tx, case.warrant.warrant_id, case.camera)


def assessment_is_as_named(governance: Governance, tx: Transaction, case: LeaseCase) -> Decision:  # noqa: ARG001 (as all)
    """A5: no newer impact assessment was handed in for the camera since the act was written."""
    return is_assessed_as_named(tx, case.warrant.warrant_id, case.camera.camera_id)


def camera_is_in_its_hours(governance: Governance, tx: Transaction, case: LeaseCase) -> Decision:  # noqa: ARG001 (as all)
    """B7: the camera may be used at this time of the day, to the end of the lease."""
    ends = case.now + governance.legal.lease
    return all_of("B7", (is_within_hours(case.camera, governance.legal, now=at) for at in (case.now, ends)))


def has_list_of_the_day(governance: Governance, tx: Transaction, case: LeaseCase) -> Decision:
    """C1: the site's list was built within the day, and everybody on it still stands."""
    watchlist = current_list(governance, tx, case.deployment, case.camera.site_id)
    standing = {one.reference_id for one in standing_references(governance, tx, case.warrant)}
    return may_lend_list(watchlist, standing, now=case.now)


def site_may_be_used(governance: Governance, tx: Transaction, case: LeaseCase) -> Decision:  # noqa: ARG001 (as all)
    """B7, B8, C9, C14: the site's evidence lives and meets the threshold; the camera has documents and sign."""
    return may_be_used(
        case.camera,
        tx.evidence.find(case.camera.site_id),
        tx.documents.where(camera_id=case.camera.camera_id),
        now=case.now,
    )


def issuers_are_listed(governance: Governance, tx: Transaction, case: LeaseCase) -> Decision:
    """P1: the list of issuers pinned here is in its time. After its end nobody has issued anything."""
    del tx
    if governance.trusted.issuers_at(case.now):
        return allow("P1")
    return deny("P1", "No list of issuers is in its time; two organisations sign a new one.")


def site_is_not_stopped(governance: Governance, tx: Transaction, case: LeaseCase) -> Decision:  # noqa: ARG001 (as all)
    """A16: no stop that was pressed at the site is unreleased."""
    return site_may_go_on(tx.site_stops.where(site_id=case.camera.site_id))


def authorities_are_told(governance: Governance, tx: Transaction, case: LeaseCase) -> Decision:
    """A10, A7: both authorities were written to, and signed for it in time."""
    kept = tx.notifications.where(deployment_id=case.deployment.deployment_id)
    return are_told(
        (one if is_acknowledged(governance, one) else replace(one, acknowledged_at=None) for one in kept),
        authorities=frozenset(authority.value for authority in Authority),
        urgent=case.deployment.urgent,
        legal=governance.legal,
        now=case.now,
    )


def is_of_its_type(governance: Governance, tx: Transaction, case: LeaseCase) -> Decision:
    """A5, A7, A12: an urgent warrant is in its own times and registered; a search afterwards is never live."""
    use = use_of(tx, case.warrant)
    if use is None and case.warrant.type is WarrantType.URGENT:
        return deny("A7", "No second officer's signature is kept here; an urgent warrant does not begin without it.")
    if use is None:
        return is_live_type(case.warrant)
    begun = allow("A7") if use.begun_at <= case.now else deny("A7", "The urgent warrant has not begun.")
    asked = (is_not_silent, is_in_urgent_time, is_registered_in_time)
    return all_of("A7", (begun, *(rule(use, governance.legal, now=case.now) for rule in asked)))


def is_within_budget(governance: Governance, tx: Transaction, case: LeaseCase) -> Decision:
    """C5: a budget of false alerts was approved for this warrant at this site, and goes on."""
    key = (case.warrant.warrant_id, case.camera.site_id, case.deployment.profile_sha256)
    return may_lend_from(tx.budgets.find(key), charges_of(tx, key), governance.legal)


def model_is_public(governance: Governance, tx: Transaction, case: LeaseCase) -> Decision:  # noqa: ARG001 (as all)
    """C6: the model profile of the deployment is the one that was announced last, and its time has come."""
    return may_use_model(tx.model_announcements.where(), case.deployment.profile_sha256, now=case.now)


def profile_is_admitted(governance: Governance, tx: Transaction, case: LeaseCase) -> Decision:
    """P4: a signed evaluation admits the profile for all whom a passer-by is compared with here, and none suspends it.

    The ages stand in the act, which is not open yet: `profile_is_admitted_for` asks the same with them.
    """
    return profile_is_admitted_for(governance, tx, case, age_bands=())


def profile_is_admitted_for(
    governance: Governance, tx: Transaction, case: LeaseCase, *, age_bands: Collection[str]
) -> Decision:
    """P4, C13: the same for the age bands of the act's slots. What was put into use before another goes on."""
    use = Use(
        persons=len(standing_references(governance, tx, case.warrant)),
        cameras=[case.camera],
        age_bands=age_bands,
        of=case.deployment,
    )
    return is_admitted_beside_all(governance, tx, use, now=case.now)


CONDITIONS: Final[tuple[Condition, ...]] = (
    is_in_force,
    is_of_its_type,
    has_its_papers,
    is_not_narrowed,
    camera_is_as_named,
    assessment_is_as_named,
    site_may_be_used,
    camera_is_in_its_hours,
    is_within_budget,
    has_list_of_the_day,
    issuers_are_listed,
    model_is_public,
    profile_is_admitted,
    site_is_not_stopped,
    authorities_are_told,
)
"""Every condition. The first denial is the answer; the order is that in which people can do something about it."""


def may_lend(governance: Governance, tx: Transaction, case: LeaseCase) -> Decision:
    """A6, A10: ask every condition; one denial is enough."""
    return all_of("A6", (condition(governance, tx, case) for condition in CONDITIONS))


def remember_answer(tx: Transaction, case: LeaseCase, answer: Decision) -> None:
    """Log a refusal when it is another one than before, not at each of the questions that a matcher asks."""
    key = (case.deployment.deployment_id, case.camera.camera_id)
    before = tx.lease_refusals.find(key)
    if before is not None and (answer.allowed or before.rule != answer.rule or before.reason != answer.reason):
        tx.lease_refusals.remove(key)
    elif before is not None:
        return
    if answer.allowed:
        return
    # A refusal keeps nothing that it names: it goes with the deployment, at once where that should be gone already.
    latest = max(case.now, case.deployment.expires_at)
    tx.lease_refusals.add(
        RefusedLease(
            deployment_id=case.deployment.deployment_id,
            camera_id=case.camera.camera_id,
            rule=answer.rule,
            reason=answer.reason,
            created_at=case.now,
            expires_at=expiry(DataClass.LEASE, created_at=case.now, no_later_than=latest),
        )
    )
    about = {"camera": case.camera.camera_id, "deployment": case.deployment.deployment_id}
    tx.log.append(
        Event.LEASE_REFUSE, {**about, "allowed": False, "rule": answer.rule, "warrant": case.warrant.warrant_id}
    )
