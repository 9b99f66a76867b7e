"""Warrants: what may be applied for, by whom it is approved and issued, and how one lives and ends (A1 to A6, B14)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from governance.domain.decisions import Decision, all_of, allow, deny, refuse_where
from governance.domain.identifiers import AccountId, ObjectId, SlotId, WarrantId
from governance.domain.legal_profile import AgeBand, LegalProfile, Objective


class WarrantState(StrEnum):
    """Where a warrant stands."""

    DRAFTED = "drafted"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    ISSUED = "issued"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"
    REJECTED = "rejected"


_S: Final = WarrantState
NEXT: Final[Mapping[WarrantState, frozenset[WarrantState]]] = MappingProxyType(
    {
        _S.DRAFTED: frozenset({_S.SUBMITTED, _S.REVOKED, _S.EXPIRED}),
        _S.SUBMITTED: frozenset({_S.APPROVED, _S.REJECTED, _S.REVOKED, _S.EXPIRED}),
        _S.APPROVED: frozenset({_S.ISSUED, _S.REJECTED, _S.REVOKED, _S.EXPIRED}),
        _S.ISSUED: frozenset({_S.ACTIVE, _S.REJECTED, _S.REVOKED, _S.EXPIRED}),
        _S.ACTIVE: frozenset({_S.SUSPENDED, _S.REJECTED, _S.REVOKED, _S.EXPIRED}),
        _S.SUSPENDED: frozenset({_S.ACTIVE, _S.REJECTED, _S.REVOKED, _S.EXPIRED}),
        _S.REVOKED: frozenset(),
        _S.EXPIRED: frozenset(),
        _S.REJECTED: frozenset(),
    }
)
"""The whole life of a warrant. What ended does not begin again: only a new warrant does.

Before its issue an applicant withdraws (revoked) and a legal officer refuses (rejected); after it the issuer rejects
what was urgent (A8), and issuer or legal officer revoke.
"""


class WarrantType(StrEnum):
    """When the issuer speaks (A6, A7, A12)."""

    PRIOR = "prior"
    """The issuer decides first. The rule."""
    URGENT = "urgent"
    """Two officers begin; the issuer decides within the urgent times."""
    POST_REMOTE = "post-remote"
    """One photograph against recorded material or the list, never live."""


class SubjectKind(StrEnum):
    """Who a slot may mean. There is no kind for a group (A3)."""

    NAMED = "named"
    UNKNOWN_OF_PHOTOGRAPHS = "unknown-of-photographs"
    """Unknown, but the person of these photographs, in this case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotApplication:
    """One person as applied for. Free text and strings, as somebody typed them; the rules decide what they are worth.

    `photographs` are SHA-256 of the photographs that the issuer will see. `person` says who is meant, for people.
    """

    slot_id: SlotId
    subject_kind: str
    person: str
    age_band: str
    necessity: str
    photographs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraApplication:
    """One camera as applied for, and why this person is expected there (A4, C14)."""

    camera_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """The content of an application for a warrant, before anybody agreed to anything."""

    objective: str
    offence_code: str
    statute: str
    maximum_penalty_years: int
    case_reference: str
    issuer: str
    slots: tuple[SlotApplication, ...]
    cameras: tuple[CameraApplication, ...]
    not_before: datetime
    not_after: datetime
    impact_assessment_sha256: str
    registration_number: str
    decision_sha256: str
    profile_sha256: str
    warrant_type: str = "prior"
    case_leader: str = "none"
    """The opaque id of the prosecutor who leads the case (0.4); "none" where nobody does."""
    recorded_until: datetime | None = None
    """A12: when the recordings end that a search afterwards is to search."""
    first_identification: bool = False
    """A12: the first identification of a suspect from objective facts, which may search sooner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warrant:
    """One warrant's record: where it stands and who did what. Its words are sealed objects, outside this record.

    `details` is the sealed application, `act` the sealed canonical bytes that the issuer signs. `expires_at` is when
    all of it is erased, fixed when the record was made.
    """

    warrant_id: WarrantId
    state: WarrantState
    applicant: AccountId
    legal_officer: AccountId | None
    issuer: str
    details: ObjectId
    act: ObjectId | None
    act_sha256: str | None
    signature_key: str | None
    signature: bytes | None
    not_before: datetime
    not_after: datetime
    created_at: datetime
    expires_at: datetime
    type: WarrantType = WarrantType.PRIOR
    decision: ObjectId | None = None
    """The attached decision, sealed (A6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the rules on an application need to know of the world."""

    legal: LegalProfile
    cameras: Mapping[str, bool]
    """The camera register: id, and whether it is in a care area."""
    issuers: Collection[str]
    profile_sha256: str
    admitted_age_bands: Collection[str]
    profile_admitted: Decision
    """P4: whether a signed evaluation admits the profile for so many persons at these cameras."""
    former_leaders: Collection[str] = ()
    """The prosecutors who lead this case or ever led it (0.4)."""
    decision_attached: bool = False
    """Whether the PDF of the reasoned decision lies with the application (A6)."""
    replaced_assessments: Collection[str] = ()
    """The impact assessments of the cameras asked for that a newer one took the place of (A5)."""


def has_lawful_objective(application: Application, legal: LegalProfile) -> Decision:
    """A1, B9, C8: the objective is one of the closed list, and the legal profile has it."""
    if application.objective not in set(Objective):
        return deny("A1", "The law knows three objectives only; this is none of them.")
    if application.objective not in legal.objectives:
        return deny("A1", "The legal profile in force does not allow this objective.")
    return allow("A1")


def has_listed_offence(application: Application, legal: LegalProfile) -> Decision:
    """A2: the pair of offence and statute stands in the table, with its penalty, and serves this objective."""
    row = legal.find(application.offence_code, application.statute)
    if row is None:
        return deny("A2", "This offence under this statute is not in the table of offences a warrant may name.")
    if row.maximum_penalty_years != application.maximum_penalty_years:
        return deny("A2", "The maximum penalty is not the one the table has for this statute.")
    if row.maximum_penalty_years < legal.least_maximum_penalty_years:
        return deny("A2", f"The maximum penalty is below {legal.least_maximum_penalty_years} years.")
    # An objective that is none at all is A1's refusal.
    if application.objective in set(Objective) and application.objective not in row.objectives:
        return deny("A2", "This offence does not serve this objective.")
    return allow("A2")


def names_single_persons(application: Application, legal: LegalProfile) -> Decision:
    """A3, B2: each slot is one person with photographs, a reason and a description of their own; groups are refused."""
    slots = application.slots
    single = all_of("A3", (_is_single_person(slot, legal) for slot in slots))
    if slots and not single.allowed:
        return single
    photographs = [photograph for slot in slots for photograph in slot.photographs]
    same_person = not _all_different([_plain(slot.person) for slot in slots])
    same_reason = not _all_different([_plain(slot.necessity) for slot in slots])
    return refuse_where(
        "A3",
        (not slots, "A3", "An application without a person asks for nothing."),
        (len(slots) > legal.most_persons, "A3", f"A warrant names at most {legal.most_persons} persons."),
        (not _all_different(photographs), "A3", "One photograph cannot stand for two persons, nor twice for one."),
        (same_person, "A3", "Each person slot describes one person; two are the same."),
        (same_reason, "B2", "Strict necessity is shown for each person; two slots give the same reason."),
    )


def _is_single_person(slot: SlotApplication, legal: LegalProfile) -> Decision:
    if slot.subject_kind not in set(SubjectKind):
        return deny("A3", "A slot means one specifically targeted person; there is no entry for a category.")
    if not slot.photographs:
        return deny("A3", "Each person slot needs a photograph of that person that the issuer has seen.")
    if not _plain(slot.person) or set(_plain(slot.person).split()) & legal.group_words:
        return deny("A3", "A slot means one specifically targeted person, never a group or its members.")
    if len(slot.necessity.strip()) < legal.shortest_reason:
        asked = f"Say for each person, in {legal.shortest_reason} characters or more,"
        return deny("B2", f"{asked} why it is strictly necessary to look for them in this way.")
    return allow("A3")


def names_explicit_cameras(application: Application, around: Surroundings) -> Decision:
    """A4, B8, C14: cameras of the register by name, few of them, each with a reason of its own, none in a care area."""
    named = [camera.camera_id for camera in application.cameras]
    if not named:
        return deny("A4", "An application without a camera asks for nothing.")
    if not _all_different(named):
        return deny("A4", "A camera is named twice.")
    if any(camera_id not in around.cameras for camera_id in named):
        return deny("A4", "Each camera is named by its id in the register; there are no wildcards and no areas.")
    if len(named) > around.legal.most_cameras(len(around.cameras)):
        return deny("A4", "This is too large a share of all cameras: a warrant is never for a whole city.")
    if any(around.cameras[camera_id] for camera_id in named):
        return deny("B8", "A camera in a care area is never used.")
    return _has_distinct_reasons(application.cameras, around.legal)


def _has_distinct_reasons(cameras: Sequence[CameraApplication], legal: LegalProfile) -> Decision:
    if any(len(camera.reason.strip()) < legal.shortest_reason for camera in cameras):
        asked = f"Say for each camera, in {legal.shortest_reason} characters or more,"
        return deny("C14", f"{asked} why this person is expected there.")
    if not _all_different([_plain(camera.reason) for camera in cameras]):
        return deny("C14", "Each camera needs a reason of its own; two are the same.")
    return allow("A4")


def has_bounded_window(application: Application, legal: LegalProfile, *, now: datetime) -> Decision:
    """A4: a half-open window `[not_before, not_after)`, with time zones, neither too long nor over nor far off."""
    begin, end = application.not_before, application.not_after
    if begin.tzinfo is None or end.tzinfo is None:
        return deny("A4", "The window's times need an explicit offset from UTC.")
    if begin >= end:
        return deny("A4", "The window ends before it begins.")
    if end <= now:
        return deny("A4", "The window is over already.")
    if end - begin > legal.longest_window:
        return deny("A4", f"The window is longer than {legal.longest_window.days} days.")
    if begin - now > legal.longest_lead_time:
        return deny("A4", f"The window begins more than {legal.longest_lead_time.days} days ahead.")
    return allow("A4")


def is_assessed_and_registered(application: Application) -> Decision:
    """A5, A6, B5: the impact assessment and the reasoned decision are named by hash, the registration by number."""
    if not _is_sha256(application.impact_assessment_sha256):
        return deny("A5", "The fundamental rights impact assessment is named by the SHA-256 of its text.")
    if not application.registration_number.strip():
        return deny("A5", "The system's registration number in the EU register is missing.")
    if not _is_sha256(application.decision_sha256):
        return deny("A6", "The reasoned request is named by the SHA-256 of its text.")
    return allow("A5")


def has_known_issuer(application: Application, around: Surroundings) -> Decision:
    """P1: the issuing authority's key is pinned here. No issuers means no warrants."""
    if application.issuer not in around.issuers:
        return deny("P1", "This issuing authority's key is not pinned here.")
    return allow("P1")


def has_admitted_profile(application: Application, around: Surroundings) -> Decision:
    """C6, P4, C13: the model profile is the one in use, threshold and all, and admitted for what it is asked for."""
    if application.profile_sha256 != around.profile_sha256:
        return deny("P4", "The application names another model profile than the one in use.")
    bands = {slot.age_band for slot in application.slots}
    if not bands <= set(AgeBand):
        return deny("C13", "An age band is not one of the list.")
    if around.profile_admitted.allowed and not bands <= set(around.admitted_age_bands):
        return deny("C13", "The model profile has not passed its evaluation for the age band of one person.")
    return around.profile_admitted


def may_move(warrant: Warrant, to: WarrantState) -> Decision:
    """Decide whether a warrant may pass into this state."""
    if to in NEXT[warrant.state]:
        return allow("A6")
    return deny("A6", f"A warrant that is {warrant.state.value} cannot become {to.value}.")


def may_revoke(warrant: Warrant) -> Decision:
    """A6: what was approved or issued is revoked; what is only applied for is withdrawn or refused."""
    if warrant.state in {WarrantState.DRAFTED, WarrantState.SUBMITTED}:
        return deny("A6", "This is not approved yet: it is withdrawn by its applicant, or refused.")
    return may_move(warrant, WarrantState.REVOKED)


def may_withdraw(warrant: Warrant, actor: AccountId) -> Decision:
    """B14: an applicant takes back their own application until the issuer has signed."""
    if actor != warrant.applicant:
        return deny("B14", "Only whoever drafted an application withdraws it.")
    if warrant.state not in {WarrantState.DRAFTED, WarrantState.SUBMITTED, WarrantState.APPROVED}:
        return deny("A6", f"A warrant that is {warrant.state.value} is not withdrawn; a legal officer revokes it.")
    return may_move(warrant, WarrantState.REVOKED)


def may_refuse(warrant: Warrant) -> Decision:
    """A8: a legal officer refuses what is not issued yet; what is issued only its issuer rejects."""
    if warrant.state not in {WarrantState.SUBMITTED, WarrantState.APPROVED}:
        return deny("A8", f"A warrant that is {warrant.state.value} cannot be refused.")
    return may_move(warrant, WarrantState.REJECTED)


def may_redraft(warrant: Warrant, actor: AccountId) -> Decision:
    """B14, A6: a draft is changed by whoever drafted it, and by nobody once it was submitted."""
    if actor != warrant.applicant:
        return deny("B14", "Only whoever drafted an application changes it.")
    if warrant.state is not WarrantState.DRAFTED:
        return deny("A6", f"An application that is {warrant.state.value} is not changed any more; draft another.")
    return allow("A6")


def may_submit_own(warrant: Warrant, actor: AccountId) -> Decision:
    """B14: an application is submitted by whoever drafted it."""
    if actor != warrant.applicant:
        return deny("B14", "Only whoever drafted an application submits it.")
    return may_move(warrant, WarrantState.SUBMITTED)


def may_approve(warrant: Warrant, approver: AccountId, *, now: datetime) -> Decision:
    """B14, A6: another person than the applicant approves, while there is still time."""
    if approver == warrant.applicant:
        return deny("B14", "Whoever applied for a warrant cannot approve it.")
    if now >= warrant.not_after:
        return deny("A4", "The window is over already.")
    return may_move(warrant, WarrantState.APPROVED)


def may_import(warrant: Warrant, *, issuer_is: str, act_sha256: str, now: datetime) -> Decision:
    """A6, B14: what comes back is signed by the issuer it names, over exactly the approved bytes, in time."""
    if issuer_is != warrant.issuer:
        return deny("P1", "The warrant was signed by another issuer than the one applied to.")
    if warrant.legal_officer is None or len({warrant.applicant, warrant.legal_officer, issuer_is}) != 3:
        return deny("B14", "Applicant, legal officer and issuer are three different people.")
    if warrant.act_sha256 is None or act_sha256 != warrant.act_sha256:
        return deny("A6", "The signed bytes are not the approved ones.")
    if now >= warrant.not_after:
        return deny("A4", "The window is over already.")
    return may_move(warrant, WarrantState.ISSUED)


def is_in_window(warrant: Warrant, *, now: datetime) -> Decision:
    """A4: `[not_before, not_after)`; at `not_after` itself the authority is gone."""
    if warrant.not_before <= now < warrant.not_after:
        return allow("A4")
    return deny("A4", "The warrant is not in its time.")


def _plain(text: str) -> str:
    return " ".join("".join(letter if letter.isalnum() else " " for letter in text.casefold()).split())


def _all_different(values: Sequence[str]) -> bool:
    return len(set(values)) == len(values)


def _is_sha256(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")
