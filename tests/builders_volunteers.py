"""Volunteers' runs for tests: signed and bound to one another, as `builders_contracts` makes live authorisations.

unverified, ask = a_blue_list(site)                           # on a closed site
unverified, ask = a_blue_list(site, inside=a_permit(site))    # inside a live warrant
gallery = a_blue_gallery([a_sealed_volunteer(site)])          # and its templates: `gallery_sha256` names their bytes
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from contracts.authorisation import LeaseAsk, VerifiedAuthorisation
from contracts.camera import CameraRecord
from contracts.canonical import sha256_hex
from contracts.clock import Moment
from contracts.enrolment import box_sha256
from contracts.lent_run import UnverifiedVolunteerRun
from contracts.sealing import seal
from contracts.signature import Purpose, SigningKey
from contracts.vocabulary import ReferenceId, VolunteerId
from contracts.volunteer_enrolment import VolunteerEnrolment, volunteer_template_context
from contracts.volunteer_gallery import SealedVolunteer, VolunteerGallery
from contracts.volunteer_run import RUN_LEASE_LIMIT, RunLease, RunMode, VolunteerRun
from contracts.volunteers import ConsentWithdrawal, SiteClosure, VolunteerConsent
from tests.builders_contracts import (
    AT_NOON,
    CAMERA,
    NOON,
    PROFILE_SHA256,
    SITE,
    TrustedSite,
    a_camera,
    a_hash,
    a_template,
    an_ask,
)

RUN: Final = "run-1"
HOUR: Final = timedelta(hours=1)


def a_consent(name: str = "volunteer-1", **changes: Any) -> VolunteerConsent:
    """Return the consent of one volunteer to the run of the day."""
    consent = VolunteerConsent(
        run_id=RUN,
        volunteer_id=VolunteerId(name),
        reference_id=ReferenceId(f"reference-of-{name}"),
        photograph_sha256=a_hash(f"photograph of {name}"),
        text_sha256=a_hash("what they read"),
        paper_sha256=a_hash(f"what {name} signed"),
        of_age=True,
        given_at=NOON - 48 * HOUR,
        until=NOON + 48 * HOUR,
    )
    return replace(consent, **changes)


def a_closure(**changes: Any) -> SiteClosure:
    """Return the region's declaration that the site is closed from an hour before noon for three hours."""
    closure = SiteClosure(site_id=SITE, cameras=(CAMERA,), closed_from=NOON - HOUR, closed_until=NOON + 2 * HOUR)
    return replace(closure, **changes)


def a_run(**changes: Any) -> VolunteerRun:
    """Return a run on a closed site; what binds it is filled in by `a_blue_list`."""
    run = VolunteerRun(
        run_id=RUN,
        site_id=SITE,
        mode=RunMode.CLOSED_SITE,
        rests_on_sha256=a_hash("closure"),
        cameras=(CAMERA,),
        begins_at=NOON - HOUR,
        ends_at=NOON + HOUR,
        profile_sha256=PROFILE_SHA256,
        consents=(a_hash("consent"),),
    )
    return replace(run, **changes)


def a_run_lease(**changes: Any) -> RunLease:
    """Return the lease of a run for a minute."""
    lease = RunLease(
        lease_id="lease-of-run-1",
        run_sha256=a_hash("run"),
        site_id=SITE,
        camera_id=CAMERA,
        standing=(VolunteerId("volunteer-1"),),
        gallery_sha256=a_hash("gallery"),
        nonce=a_hash("nonce"),
        issued_at=NOON,
        expires_at=NOON + RUN_LEASE_LIMIT,
    )
    return replace(lease, **changes)


def a_withdrawal(name: str = "volunteer-1", **changes: Any) -> ConsentWithdrawal:
    """Return the word that a volunteer withdrew."""
    withdrawal = ConsentWithdrawal(run_id=RUN, volunteer_id=VolunteerId(name), withdrawn_at=NOON)
    return replace(withdrawal, **changes)


def a_blue_list(
    site: TrustedSite,
    *,
    at: Moment = AT_NOON,
    inside: VerifiedAuthorisation | None = None,
    consents: Sequence[VolunteerConsent] = (a_consent(), a_consent("volunteer-2")),
    closure: SiteClosure | None = None,
    camera: CameraRecord | None = None,
    run: Mapping[str, Any] | None = None,
    papers: Mapping[str, Any] | None = None,
    **changes: Any,
) -> tuple[UnverifiedVolunteerRun, LeaseAsk]:
    """Return signed records that belong together, and the request that they answer. `changes` are of the lease."""
    ask = an_ask(at=at)
    closed = (closure or a_closure()) if inside is None else closure
    rests_on = sha256_hex(closed.to_bytes()) if inside is None and closed is not None else ""
    rests_on = rests_on if inside is None else inside.lease.warrant_sha256
    made = a_run(
        **{
            "mode": RunMode.CLOSED_SITE if inside is None else RunMode.INSIDE_WARRANT,
            "rests_on_sha256": rests_on,
            "consents": tuple(sha256_hex(one.to_bytes()) for one in consents),
            **(run or {}),
        }
    )
    lease = a_run_lease(
        **{
            "run_sha256": sha256_hex(made.to_bytes()),
            "standing": tuple(dict.fromkeys(one.volunteer_id for one in consents)),
            "nonce": ask.nonce,
            **changes,
        }
    )
    unverified = UnverifiedVolunteerRun(
        run=site.volunteers.sign(Purpose.VOLUNTEER_RUN, made.to_bytes()),
        consents=tuple(site.volunteers.sign(Purpose.VOLUNTEER_CONSENT, one.to_bytes()) for one in consents),
        camera=site.region.sign(Purpose.CAMERA, (camera or a_camera()).to_bytes()),
        lease=site.governance.sign(Purpose.VOLUNTEER_LEASE, lease.to_bytes()),
        closure=None if closed is None else site.region.sign(Purpose.SITE_CLOSURE, closed.to_bytes()),
    )
    return replace(unverified, **(papers or {})), ask


def a_sealed_volunteer(
    site: TrustedSite,
    template: npt.NDArray[np.float32] | None = None,
    *,
    name: str = "volunteer-1",
    enroller: SigningKey | None = None,
    **changes: Any,
) -> SealedVolunteer:
    """Return one volunteer of the blue list, enrolled by `enroller` (default: the pinned enrolment key)."""
    consent = a_consent(name)
    enrolment = VolunteerEnrolment(
        run_id=RUN,
        volunteer_id=consent.volunteer_id,
        reference_id=consent.reference_id,
        photograph_sha256=consent.photograph_sha256,
        profile_sha256=PROFILE_SHA256,
        recipient=site.opening.id,
        template_sha256="",
    )
    enrolment = replace(enrolment, **changes)
    plain = np.ascontiguousarray(a_template() if template is None else template, "<f4").tobytes()
    box = seal(plain, site.opening.public, volunteer_template_context(enrolment))
    if "template_sha256" not in changes:
        enrolment = replace(enrolment, template_sha256=box_sha256(box))
    return SealedVolunteer(
        volunteer_id=consent.volunteer_id,
        reference_id=consent.reference_id,
        enrolment=(enroller or site.enrolment).sign(Purpose.VOLUNTEER_ENROLMENT, enrolment.to_bytes()),
        sealed_template=box,
    )


def a_blue_gallery(volunteers: Sequence[SealedVolunteer], **changes: Any) -> bytes:
    """Return the bytes of a volunteers' gallery, built ten minutes before noon."""
    gallery = VolunteerGallery(run_id=RUN, built_at=NOON - timedelta(minutes=10), references=tuple(volunteers))
    return replace(gallery, **changes).to_bytes()
