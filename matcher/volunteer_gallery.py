"""The volunteers' list of one run: opened under a `VerifiedVolunteerRun`, verified one by one, overwritten at the end.

It is no gallery of a warrant: it is opened under another authority, enrolled for another purpose and sealed in another
context, and nothing that takes the one takes the other (law.md C11, C16). Governance can put nobody on it: whoever is
on it consented by the trustee's signature, from the very photograph of the consent.
"""

from dataclasses import dataclass
from datetime import datetime

from contracts.canonical import sha256_hex
from contracts.clock import Moment
from contracts.enrolment import box_sha256
from contracts.errors import ContractError, Malformed, SignatureRefused
from contracts.sealing import OpeningKey
from contracts.signature import Purpose, verified
from contracts.trust import TrustedKeys, TrustedRole
from contracts.vocabulary import VolunteerId
from contracts.volunteer_enrolment import VolunteerEnrolment, volunteer_template_context
from contracts.volunteer_gallery import SealedVolunteer, VolunteerGallery
from contracts.volunteer_run import VerifiedVolunteerRun
from contracts.volunteers import VolunteerConsent
from matcher.errors import MatcherError
from matcher.faces.face import FloatArray
from matcher.gallery import GalleryRefusalReason, GalleryRefused, require_young, unseal_template
from matcher.held_templates import HeldTemplates
from matcher.wiping import LockedArray


class VolunteerTemplates(HeldTemplates):
    """The templates of those who stand, one row each. Only `open_volunteer_gallery` makes them."""

    def __init__(self, volunteers: tuple[VolunteerId, ...], templates: LockedArray, built_at: datetime) -> None:
        super().__init__(templates)
        self.volunteers = volunteers
        self.built_at = built_at


@dataclass(frozen=True, slots=True, kw_only=True)
class VolunteerTerms:
    """What the list is opened against: the run, the pinned keys, and the model profile that is loaded."""

    run: VerifiedVolunteerRun
    trusted: TrustedKeys
    profile_sha256: str
    dimensions: int


def open_volunteer_gallery(bundle: bytes, terms: VolunteerTerms, opening: OpeningKey, at: Moment) -> VolunteerTemplates:
    """Verify a list against its run and open its templates. It holds exactly those who stand, or is refused.

    Raises:
        GalleryRefused: it is not the lease's, or anybody on it is not as the run and their consent say.
    """
    read = _read(bundle, terms, at)
    consents = {one.volunteer_id: one for one in terms.run.volunteers}
    if {one.volunteer_id for one in read.references} != consents.keys():
        raise GalleryRefused(
            GalleryRefusalReason.OTHER_VOLUNTEER, "The list holds others than those of the run who still consent."
        )
    templates = LockedArray(len(read.references), terms.dimensions)
    try:
        for row, volunteer in enumerate(read.references):
            _open_into(templates.array[row], volunteer, consents[volunteer.volunteer_id], terms, opening)
    except MatcherError:
        templates.wipe()
        raise
    return VolunteerTemplates(tuple(one.volunteer_id for one in read.references), templates, read.built_at)


def _read(bundle: bytes, terms: VolunteerTerms, at: Moment) -> VolunteerGallery:
    if sha256_hex(bundle) != terms.run.lease.gallery_sha256:
        raise GalleryRefused(GalleryRefusalReason.OTHER_GALLERY, "The list is not the one that the lease names.")
    try:
        read = VolunteerGallery.from_bytes(bundle)
    except Malformed as error:
        raise GalleryRefused(GalleryRefusalReason.MALFORMED, str(error)) from error
    if read.run_id != terms.run.run.run_id:
        raise GalleryRefused(GalleryRefusalReason.OTHER_RUN, "The list belongs to another run.")
    require_young(read.built_at, at)
    return read


def _open_into(
    row: FloatArray, volunteer: SealedVolunteer, consent: VolunteerConsent, terms: VolunteerTerms, opening: OpeningKey
) -> None:
    """Open one template straight into its row, if it was enrolled from the photograph of this consent."""
    enrolment = _verified_enrolment(volunteer, terms)
    if enrolment.run_id != terms.run.run.run_id:
        raise GalleryRefused(GalleryRefusalReason.OTHER_RUN, "A volunteer was enrolled for another run.")
    named = {(one.volunteer_id, one.reference_id) for one in (volunteer, enrolment, consent)}
    if len(named) != 1:
        raise GalleryRefused(GalleryRefusalReason.OTHER_VOLUNTEER, "An enrolment is another volunteer's.")
    if enrolment.photograph_sha256 != consent.photograph_sha256:
        raise GalleryRefused(
            GalleryRefusalReason.OTHER_PHOTOGRAPH, "A volunteer was enrolled from a photograph that they did not give."
        )
    if enrolment.profile_sha256 != terms.profile_sha256:
        raise GalleryRefused(
            GalleryRefusalReason.OTHER_PROFILE, "A volunteer was enrolled with another model profile; enrol them anew."
        )
    if (enrolment.recipient, enrolment.template_sha256) != (opening.id, box_sha256(volunteer.sealed_template)):
        raise GalleryRefused(
            GalleryRefusalReason.SEAL, "A volunteer's sealed template is not the one that was enrolled for this site."
        )
    unseal_template(row, volunteer.sealed_template, opening, volunteer_template_context(enrolment))


def _verified_enrolment(volunteer: SealedVolunteer, terms: VolunteerTerms) -> VolunteerEnrolment:
    pinned = terms.trusted.find(TrustedRole.ENROLMENT, volunteer.enrolment.key)
    try:
        payload = verified(volunteer.enrolment, Purpose.VOLUNTEER_ENROLMENT, terms.trusted.of(TrustedRole.ENROLMENT))
        enrolment = VolunteerEnrolment.from_bytes(payload)
    except SignatureRefused as error:
        raise GalleryRefused(GalleryRefusalReason.SIGNATURE, str(error)) from error
    except ContractError as error:
        raise GalleryRefused(GalleryRefusalReason.MALFORMED, str(error)) from error
    if pinned is None or pinned.use is not terms.run.environment:
        raise GalleryRefused(
            GalleryRefusalReason.DEMO_MIXED, "A DEMO enrolment cannot be combined with a run that is not DEMO."
        )
    return enrolment
