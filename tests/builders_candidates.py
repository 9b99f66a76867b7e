"""What a site says of a face at or above the threshold, signed as the site signs it."""

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from contracts.authorisation import Lease
from contracts.candidate_report import CandidateReport
from contracts.gallery_bundle import GalleryBundle
from contracts.lease_request import LeaseAnswer
from contracts.signature import Purpose, Signed
from contracts.warrant import Warrant

if TYPE_CHECKING:
    from tests.builders_governance import World

CROPS: Final = b"a sealed box of crops"


def a_report_for(answer: LeaseAnswer, world: "World", *, report_id: str = "report-1", **changes: Any) -> Signed:
    """A site's signed report of a candidate under the first lease of an answer."""
    unverified, gallery = answer.authorisations[0]
    lease = Lease.from_bytes(unverified.lease.payload)
    reference = GalleryBundle.from_bytes(gallery).references[0]
    report = CandidateReport(
        report_id=report_id,
        site_id=lease.site_id,
        camera_id=lease.camera_id,
        deployment_id=lease.deployment_id,
        warrant_id=Warrant.from_bytes(unverified.warrant.payload).warrant_id,
        lease_id=lease.lease_id,
        reference_id=reference.reference_id,
        enrolment_sha256=reference.enrolment.sha256,
        profile_sha256=lease.profile_sha256,
        score=0.3,
        threshold=0.45,
        captured_at=world.clock.now(),
        stream_time=1.0,
        crops_sha256=sha256(CROPS).hexdigest(),
        day_key_sha256=lease.day_key_sha256,
        joins=None,
    )
    return world.keys.site.sign(Purpose.CANDIDATE_REPORT, replace(report, **changes).to_bytes())
