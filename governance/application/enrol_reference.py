"""Enrol: one person slot of an issued warrant is filled, once, from a photograph the issuer saw (A3, A19, C1, C2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from contracts.canonical import sha256_hex
from contracts.enrolment import Enrolment, EnrolmentRequest, box_sha256
from contracts.errors import ContractError
from contracts.fields import MAX_TEXT
from contracts.issued_act import believed_act
from contracts.signature import Purpose, key_id, verified
from contracts.trust import TrustedRole
from contracts.vocabulary import SlotId as ContractSlotId
from contracts.vocabulary import WarrantId as ContractWarrantId
from contracts.warrant import PersonSlot
from contracts.warrant import Warrant as Act
from governance.application.admissions import admitted_bands, is_admitted_at_all
from governance.application.boxes import Boxes
from governance.application.errors import BadInput, NotFound, NotUnderstood
from governance.application.findings import Finding, KnownPhotograph
from governance.application.governance import Governance
from governance.application.narrow_warrant import lost
from governance.application.papers import open_act
from governance.application.picture_ports import EnrolmentAnswer
from governance.application.ports import LogValue, Transaction
from governance.application.procedure import acting, require
from governance.application.reviewers import has_not_reviewed
from governance.application.vault import Keeping, for_step, keep
from governance.domain.ages import has_admitted_age, is_minor
from governance.domain.decisions import allow, deny
from governance.domain.eu_floor import Provenance
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, CameraId, ReferenceId, SlotId, WarrantId
from governance.domain.legal_time import legal_day
from governance.domain.narrowing import NarrowedKind, is_open
from governance.domain.provenance import Origin, may_use_photograph
from governance.domain.references import Reference, may_enrol, may_enrol_another
from governance.domain.retention import DataClass, expiry
from governance.domain.roles import Action
from governance.domain.warrants import Warrant, WarrantState

LARGEST_PHOTOGRAPH: Final = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """What a photograph is to fill."""

    warrant: Warrant
    act: Act
    slot: PersonSlot


_OPEN: Final = frozenset({WarrantState.ISSUED, WarrantState.ACTIVE, WarrantState.SUSPENDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolReference:
    """Fill a slot. The photograph's bytes are passed on unopened and kept nowhere."""

    actor: AccountId
    warrant_id: WarrantId
    slot_id: SlotId
    photograph: bytes
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class ExaminePhotograph:
    """See what would be found about a photograph before it is enrolled. Nothing is made or kept of it."""

    actor: AccountId
    warrant_id: WarrantId
    slot_id: SlotId
    photograph: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """The new reference, and what was found about the photograph. A minor's waits for a second signature (C2)."""

    reference_id: ReferenceId
    findings: tuple[Finding, ...]
    waits: bool


def enrol_reference(governance: Governance, command: EnrolReference) -> Enrolled:
    """Fill a person slot of an issued warrant.

    Raises:
        EnrolmentRefused: no face, two faces, too small, not an image: what the enrolment matcher says.
        Refused: the rules forbid it (A3, A19, B2, C2, C13).
        NotUnderstood: the answer is not signed by the pinned enrolment matcher, or not for what was asked.
    """
    require_bounded(command.origin)
    with governance.database.transaction() as tx:
        place = _require_permitted(governance, tx, command)
        _require_usable(governance, tx, place, command)
        request = _request(governance, tx, place, command)
    # The matcher is asked outside any transaction: nobody waits for a photograph.
    answer = governance.enrolment.enrol(request, command.photograph)
    _require_answer(governance, request, answer)
    with governance.database.transaction() as tx:
        # The rules are asked again: the world may have moved while the matcher worked.
        place = _require_permitted(governance, tx, command)
        _require_usable(governance, tx, place, command)
        reference = _reference(governance, tx, place, command, answer)
        tx.references.add(reference)
        tx.log.append(
            Event.REFERENCE_ENROL,
            _about(command)
            | {
                "document": answer.enrolment.sha256,
                "profile": request.profile_sha256,
                "provenance": reference.provenance.value,
                "reference": reference.reference_id,
            },
        )
        tx.commit()
    return Enrolled(reference_id=reference.reference_id, findings=answer.findings, waits=not reference.is_live)


def examine_photograph(governance: Governance, command: ExaminePhotograph) -> tuple[Finding, ...]:
    """Say what would be found about a photograph that may fill this slot. Only those that the issuer saw are looked at.

    Raises:
        EnrolmentRefused: no face, two faces, not an image.
        Refused: the rules forbid it (A3, A6).
    """
    with governance.database.transaction() as tx:
        place = _require_permitted(governance, tx, command)
        request = _request(governance, tx, place, command)
        tx.log.append(Event.REFERENCE_EXAMINE, _about(command))
        # The entry comes first: there is no look at a photograph that the log does not tell of.
        tx.commit()
    return governance.enrolment.examine(request, command.photograph)


def _about(command: EnrolReference | ExaminePhotograph) -> dict[str, str]:
    return {
        "actor": command.actor,
        "photograph": sha256_hex(command.photograph),
        "slot": command.slot_id,
        "warrant": command.warrant_id,
    }


def _require_permitted(governance: Governance, tx: Transaction, command: EnrolReference | ExaminePhotograph) -> _Place:
    """Return the warrant and the slot, if this photograph may fill it now."""
    if len(command.photograph) > LARGEST_PHOTOGRAPH:
        raise BadInput("A photograph has at most 20 MiB.")
    acting(tx, command.actor, Action.REFERENCE_ENROL)
    warrant = tx.warrants.get(command.warrant_id)
    live = warrant.state in _OPEN and governance.clock.now() < warrant.not_after
    about = {"actor": command.actor, "warrant": warrant.warrant_id}
    require(tx, allow("A6") if live else deny("A6", "References are enrolled under an issued warrant."), about=about)
    require(tx, has_not_reviewed(tx, warrant, command.actor), about=about)
    act, seen = _seen_by_issuer(governance, tx, warrant, about)
    slot = next((slot for slot in act.slots if SlotId(slot.slot_id) == command.slot_id), None)
    if slot is None:
        raise NotFound("This warrant has no such person slot.")
    taken = {reference.slot_id for reference in tx.references.where(warrant_id=warrant.warrant_id)}
    closed = lost(tx, warrant.warrant_id, NarrowedKind.SLOT)
    require(tx, is_open(command.slot_id, closed), about=_about(command))
    decision = may_enrol(
        seen_by_issuer=seen[slot.slot_id],
        photograph_sha256=sha256_hex(command.photograph),
        filled=taken,
        slot_id=command.slot_id,
    )
    require(tx, decision, about=_about(command))
    return _Place(warrant=warrant, act=act, slot=slot)


def _require_usable(governance: Governance, tx: Transaction, place: _Place, command: EnrolReference) -> None:
    """Ask where the photograph comes from, how old the person is today, and whether this is one of too many."""
    now, legal = governance.clock.now(), governance.legal
    enrolled_at = [one.created_at for one in tx.references.where(enrolled_by=command.actor)]
    require(
        tx,
        *may_use_photograph(
            command.origin,
            objective=place.act.objective,
            minor=_is_minor(governance, place, command),
            legal=legal,
            now=now,
        ),
        has_admitted_age(
            place.slot.age_band,
            command.origin.born_on,
            admitted=admitted_bands(governance),
            legal=legal,
            now=now,
        ),
        may_enrol_another(enrolled_at, legal=legal, now=now),
        is_admitted_at_all(governance, tx, now=now),
        about=_about(command),
    )


def _is_minor(governance: Governance, place: _Place, command: EnrolReference) -> bool:
    today = legal_day(governance.clock.now(), governance.legal)
    return is_minor(place.slot.age_band, command.origin.born_on, today)


def require_bounded(origin: Origin) -> None:
    """Refuse a source that nobody could have meant.

    Raises:
        BadInput: it is too long.
    """
    if len(origin.source) > MAX_TEXT:
        raise BadInput(f"A source has at most {MAX_TEXT} characters.")


def _seen_by_issuer(
    governance: Governance, tx: Transaction, warrant: Warrant, about: Mapping[str, LogValue]
) -> tuple[Act, Mapping[ContractSlotId, frozenset[str]]]:
    """A3: return the act, and which photographs the issuer saw of each person: in it, and by signed amendment.

    Raises:
        NotUnderstood: what was signed is not believed any more, as the site would not believe it either.
    """
    papers, _ = open_act(governance, tx, warrant, for_step("enrol", about))
    try:
        issued = believed_act(papers, governance.trusted, governance.clock.now(), governance.reads_pdf)
    except ContractError as error:
        raise NotUnderstood(str(error)) from error
    return issued.warrant, issued.photographs


def _request(
    governance: Governance, tx: Transaction, place: _Place, command: EnrolReference | ExaminePhotograph
) -> EnrolmentRequest:
    """Ask for a template sealed to each site whose cameras the warrant names, and to the viewer."""
    sites = {tx.cameras.get(CameraId(camera.camera_id)).site_id for camera in place.act.cameras}
    openers = [tx.sites.get(site_id).opening_public for site_id in sorted(sites)]
    recipients = dict.fromkeys(public.hex() for public in [*openers, governance.viewer_reference_key])
    return EnrolmentRequest(
        warrant_id=ContractWarrantId(place.warrant.warrant_id),
        slot_id=ContractSlotId(command.slot_id),
        photograph_sha256=sha256_hex(command.photograph),
        profile_sha256=place.act.profile_sha256,
        recipients=tuple(recipients),
    )


def _require_answer(governance: Governance, request: EnrolmentRequest, answer: EnrolmentAnswer) -> None:
    """Verify the matcher's signature, and that the boxes are the signed ones, for what was asked."""
    try:
        payload = verified(answer.enrolment, Purpose.ENROLMENT, governance.trusted.of(TrustedRole.ENROLMENT))
        enrolment = Enrolment.from_bytes(payload)
    except ContractError as error:
        raise NotUnderstood(str(error)) from error
    recipients = {key_id(bytes.fromhex(public)) for public in request.recipients}
    same = (
        enrolment.warrant_id == request.warrant_id
        and enrolment.slot_id == request.slot_id
        and enrolment.photograph_sha256 == request.photograph_sha256
        and enrolment.profile_sha256 == request.profile_sha256
        and enrolment.crop_sha256 == box_sha256(answer.sealed_crop)
        and {key for key, _ in enrolment.template_sha256} == recipients == set(answer.sealed_templates)
        and all(enrolment.template_hash_for(k) == box_sha256(box) for k, box in answer.sealed_templates.items())
    )
    if not same:
        raise NotUnderstood("The enrolment matcher answered something else than what was asked.")


def _reference(
    governance: Governance, tx: Transaction, place: _Place, command: EnrolReference, answer: EnrolmentAnswer
) -> Reference:
    now, warrant = governance.clock.now(), place.warrant
    keeping = Keeping(data_class=DataClass.REFERENCE, warrant=warrant.warrant_id, no_later_than=warrant.not_after)
    boxes = Boxes(enrolment=answer.enrolment, sealed_templates=answer.sealed_templates, sealed_crop=answer.sealed_crop)
    known = KnownPhotograph(origin=command.origin, findings=answer.findings)
    return Reference(
        reference_id=ReferenceId(governance.randomness.identifier()),
        warrant_id=warrant.warrant_id,
        slot_id=command.slot_id,
        photograph_sha256=sha256_hex(command.photograph),
        provenance=Provenance(command.origin.provenance),
        minor=_is_minor(governance, place, command),
        enrolled_by=command.actor,
        confirmed_by=None,
        boxes=keep(governance, tx, boxes.to_bytes(), keeping),
        origin=keep(governance, tx, known.to_bytes(), keeping),
        created_at=now,
        expires_at=expiry(DataClass.WARRANT, created_at=now, no_later_than=warrant.expires_at),
    )
