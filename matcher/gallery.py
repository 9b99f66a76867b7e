"""The gallery of one authorisation: opened, verified reference by reference, held in one array, overwritten at the end.

Governance delivers it and can add nothing to it: each reference carries an enrolment signed by the centre's enrolment
matcher, for a slot of the issuer's warrant and a photograph that the issuer saw (law.md A3, C1).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from contracts.canonical import sha256_hex
from contracts.clock import CLOCK_TOLERANCE, Moment
from contracts.enrolment import Enrolment, box_sha256, request_of, template_context
from contracts.errors import ContractError, Malformed, SealRefused, SignatureRefused
from contracts.gallery_bundle import BUNDLE_LIFE, GalleryBundle, SealedReference
from contracts.permits import Permit
from contracts.sealing import OpeningKey, unseal
from contracts.signature import Purpose, verified
from contracts.trust import TrustedKeys, TrustedRole
from contracts.vocabulary import ReferenceId, SlotId
from matcher.errors import MatcherError
from matcher.faces.face import FloatArray
from matcher.held_templates import HeldTemplates, TemplateUnusable, copy_template
from matcher.wiping import LockedArray, unsafe_wipe_bytes


class GalleryRefusalReason(StrEnum):
    """Why a gallery is not opened."""

    DEMO_MIXED = "demo-mixed"
    MALFORMED = "malformed"
    OTHER_DEPLOYMENT = "other-deployment"
    OTHER_GALLERY = "other-gallery"
    OTHER_PHOTOGRAPH = "other-photograph"
    OTHER_PROFILE = "other-profile"
    OTHER_RUN = "other-run"
    OTHER_VOLUNTEER = "other-volunteer"
    OTHER_WARRANT = "other-warrant"
    SEAL = "seal"
    SIGNATURE = "signature"
    TOO_MANY_PERSONS = "too-many-persons"
    TOO_OLD = "too-old"


class GalleryRefused(MatcherError):
    """This gallery is not what the authorisation permits. One wrong reference refuses the whole of it."""

    def __init__(self, reason: GalleryRefusalReason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceEntry:
    """One row of a gallery: the opaque id, the slot of the warrant whose person it is of, and the enrolment's hash."""

    reference_id: ReferenceId
    slot_id: SlotId
    enrolment_sha256: str


class Gallery(HeldTemplates):
    """The references of one authorisation. Only `open_gallery` makes one."""

    def __init__(self, entries: tuple[ReferenceEntry, ...], templates: LockedArray, built_at: datetime) -> None:
        super().__init__(templates)
        self.entries = entries
        self.built_at = built_at


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryTerms:
    """What a gallery is opened against: the authority, the pinned keys, and the model profile that is loaded."""

    permit: Permit
    trusted: TrustedKeys
    profile_sha256: str
    dimensions: int


def open_gallery(bundle: bytes, terms: GalleryTerms, opening: OpeningKey, at: Moment) -> Gallery:
    """Verify a gallery bundle against an authorisation and open its templates.

    Raises:
        GalleryRefused: it is not the lease's bundle, or anything in it is not the warrant's (see the reasons).
    """
    read = _read_bundle(bundle, terms, at)
    enrolments = [_verified_enrolment(reference, terms) for reference in read.references]
    _require_person_count(enrolments, terms)
    templates = LockedArray(len(enrolments), terms.dimensions)
    try:
        for row, (reference, enrolment) in enumerate(zip(read.references, enrolments, strict=True)):
            _unseal_into(templates.array[row], reference, enrolment, opening)
    except MatcherError:
        templates.wipe()
        raise
    entries = tuple(
        ReferenceEntry(
            reference_id=reference.reference_id,
            slot_id=enrolment.slot_id,
            enrolment_sha256=reference.enrolment.sha256,
        )
        for reference, enrolment in zip(read.references, enrolments, strict=True)
    )
    return Gallery(entries, templates, read.built_at)


def require_young(built_at: datetime, at: Moment) -> None:
    """Refuse a gallery built more than a day ago, or in the future (law.md C1).

    Raises:
        GalleryRefused: it is.
    """
    age = at.now - built_at
    if not -CLOCK_TOLERANCE <= age < BUNDLE_LIFE:
        raise GalleryRefused(
            GalleryRefusalReason.TOO_OLD, "The gallery was not built within the last 24 hours; build it anew."
        )


def _read_bundle(bundle: bytes, terms: GalleryTerms, at: Moment) -> GalleryBundle:
    grant = terms.permit.grant
    if sha256_hex(bundle) != grant.gallery_sha256:
        raise GalleryRefused(GalleryRefusalReason.OTHER_GALLERY, "The gallery is not the one that the lease names.")
    try:
        read = GalleryBundle.from_bytes(bundle)
    except Malformed as error:
        raise GalleryRefused(GalleryRefusalReason.MALFORMED, str(error)) from error
    if read.deployment_id != grant.deployment_id:
        raise GalleryRefused(GalleryRefusalReason.OTHER_DEPLOYMENT, "The gallery belongs to another deployment.")
    if grant.profile_sha256 != terms.profile_sha256:
        raise GalleryRefused(
            GalleryRefusalReason.OTHER_PROFILE, "The lease is for another model profile than the one installed here."
        )
    require_young(read.built_at, at)
    return read


def _verified_enrolment(reference: SealedReference, terms: GalleryTerms) -> Enrolment:
    """Return a reference's enrolment, signed by the pinned enrolment matcher and within the warrant."""
    pinned = terms.trusted.find(TrustedRole.ENROLMENT, reference.enrolment.key)
    try:
        payload = verified(reference.enrolment, Purpose.ENROLMENT, terms.trusted.of(TrustedRole.ENROLMENT))
        enrolment = Enrolment.from_bytes(payload)
    except SignatureRefused as error:
        raise GalleryRefused(GalleryRefusalReason.SIGNATURE, str(error)) from error
    except ContractError as error:
        raise GalleryRefused(GalleryRefusalReason.MALFORMED, str(error)) from error
    if pinned is None or pinned.use is not terms.permit.environment:
        raise GalleryRefused(
            GalleryRefusalReason.DEMO_MIXED, "A DEMO enrolment cannot be combined with a warrant that is not DEMO."
        )
    _require_within_warrant(enrolment, terms)
    return enrolment


def _require_within_warrant(enrolment: Enrolment, terms: GalleryTerms) -> None:
    warrant = terms.permit.warrant
    if enrolment.warrant_id != warrant.warrant_id:
        raise GalleryRefused(GalleryRefusalReason.OTHER_WARRANT, "A reference was enrolled for another warrant.")
    photographs = terms.permit.act.photographs.get(enrolment.slot_id)
    if photographs is None:
        raise GalleryRefused(GalleryRefusalReason.OTHER_WARRANT, "A reference fills a slot that the warrant has not.")
    if enrolment.photograph_sha256 not in photographs:
        raise GalleryRefused(
            GalleryRefusalReason.OTHER_PHOTOGRAPH, "A reference comes from a photograph that the issuer did not see."
        )
    if enrolment.profile_sha256 != terms.profile_sha256:
        raise GalleryRefused(
            GalleryRefusalReason.OTHER_PROFILE, "A reference was enrolled with another model profile; enrol it anew."
        )


def _require_person_count(enrolments: list[Enrolment], terms: GalleryTerms) -> None:
    """Count persons, not pictures (law.md A3)."""
    if len({enrolment.slot_id for enrolment in enrolments}) > terms.permit.grant.person_count:
        raise GalleryRefused(
            GalleryRefusalReason.TOO_MANY_PERSONS, "The gallery holds more persons than the lease permits."
        )


def _unseal_into(row: FloatArray, reference: SealedReference, enrolment: Enrolment, opening: OpeningKey) -> None:
    if enrolment.template_hash_for(opening.id) != box_sha256(reference.sealed_template):
        raise GalleryRefused(
            GalleryRefusalReason.SEAL, "A reference's sealed template is not the one that was enrolled for this site."
        )
    unseal_template(row, reference.sealed_template, opening, template_context(request_of(enrolment)))


def unseal_template(row: FloatArray, box: bytes, opening: OpeningKey, context: dict[str, str]) -> None:
    """Open one template straight into its row; the copy that the library made is overwritten.

    Raises:
        GalleryRefused: the box does not open in this context, or holds no template of the model profile.
    """
    try:
        plain = unseal(box, opening, context)
    except SealRefused as error:
        raise GalleryRefused(GalleryRefusalReason.SEAL, str(error)) from error
    try:
        copy_template(plain, row)
    except TemplateUnusable as error:
        raise GalleryRefused(GalleryRefusalReason.MALFORMED, str(error)) from error
    finally:
        unsafe_wipe_bytes(plain)
