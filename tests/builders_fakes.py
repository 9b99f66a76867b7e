"""What lies outside a governance, as fakes: the matcher that enrols, and the viewer."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from contracts.authorisation import DayKey
from contracts.candidate_report import CandidateReport
from contracts.canonical import sha256_hex
from contracts.enrolment import Enrolment, EnrolmentRequest, box_sha256
from contracts.look_alike import ListedReference
from contracts.receipt import LogReceipt, disclosed, verify_receipt
from contracts.signature import Purpose, Signed, key_id
from contracts.vocabulary import DeploymentId as ContractDeploymentId
from contracts.volunteer_enrolment import VolunteerEnrolment, VolunteerEnrolmentRequest
from governance.application.errors import Unavailable
from governance.application.findings import Finding
from governance.application.picture_ports import EnrolmentAnswer, Pictures, Rescore, VolunteerAnswer
from governance.audit.leaf import Leaf
from governance.domain.identifiers import DeploymentId
from tests.builders_contracts import LOG_ORIGIN, TrustedSite
from tests.builders_watchlist import a_look_alike_report

THRESHOLD: Final = 0.45
NO_PICTURES: Final = Pictures(probe_png=b"probe", reference_png=b"reference")
LARGE_ENOUGH: Final = Finding(code="size", sentence="The face is large enough.", acceptable=True)


class FakeEnrolmentMatcher:
    """Signs boxes of nothing, as the enrolment matcher would sign real ones. `spoil` changes the answer.

    `finds` is what it says of a photograph that is only looked at.
    """

    def __init__(self, site: TrustedSite, *, finds: Finding = LARGE_ENOUGH) -> None:
        self._site = site
        self._finds = finds
        self.examined: list[EnrolmentRequest] = []
        self.asked: list[EnrolmentRequest] = []
        self.volunteers: list[VolunteerEnrolmentRequest] = []
        self.signer = site.enrolment
        self.spoil: dict[str, Any] = {}

    def enrol(self, request: EnrolmentRequest, photograph: bytes) -> EnrolmentAnswer:
        self.asked.append(request)
        boxes = {key_id(bytes.fromhex(public)): b"template for " + public.encode() for public in request.recipients}
        enrolment = Enrolment(
            warrant_id=request.warrant_id,
            slot_id=request.slot_id,
            photograph_sha256=sha256_hex(photograph),
            profile_sha256=request.profile_sha256,
            template_sha256=tuple((key, box_sha256(box)) for key, box in boxes.items()),
            crop_sha256=box_sha256(b"a sealed crop"),
        )
        answer = EnrolmentAnswer(
            enrolment=self.signer.sign(Purpose.ENROLMENT, enrolment.to_bytes()),
            sealed_templates=boxes,
            sealed_crop=b"a sealed crop",
            findings=(LARGE_ENOUGH,),
        )
        return replace(answer, **self.spoil)

    def enrol_volunteer(self, request: VolunteerEnrolmentRequest, photograph: bytes) -> VolunteerAnswer:
        self.volunteers.append(request)
        box = b"template for " + request.recipient.encode()
        enrolment = VolunteerEnrolment(
            run_id=request.run_id,
            volunteer_id=request.volunteer_id,
            reference_id=request.reference_id,
            photograph_sha256=sha256_hex(photograph),
            profile_sha256=request.profile_sha256,
            recipient=key_id(bytes.fromhex(request.recipient)),
            template_sha256=box_sha256(box),
        )
        answer = VolunteerAnswer(
            enrolment=self.signer.sign(Purpose.VOLUNTEER_ENROLMENT, enrolment.to_bytes()),
            sealed_template=box,
            findings=(LARGE_ENOUGH,),
        )
        return replace(answer, **self.spoil)

    def examine(self, request: EnrolmentRequest, photograph: bytes) -> tuple[Finding, ...]:
        self.examined.append(request)
        return (self._finds,)

    def close(self) -> None:
        """Nothing to close."""


class FakeViewer:
    """Opens nothing without a good receipt for the entry it was asked about, as the real one."""

    def __init__(self, site: TrustedSite, *, score: float = 0.3, pictures: Pictures = NO_PICTURES) -> None:
        self._site = site
        self._pictures = pictures
        self.score = score
        self.supports = True
        self.near = False
        self.answers = True
        self.seen: set[int] = set()

    def public_reference_key(self) -> bytes:
        """Return the key that references are sealed to."""
        return self._site.viewer_opening.public

    def day_key(self, deployment_id: DeploymentId, day: str) -> Signed:
        key = DayKey(deployment_id=ContractDeploymentId(deployment_id), day=day, public=self._site.day_opening.public)
        return self._site.viewer.sign(Purpose.DAY_KEY, key.to_bytes())

    def rescore(self, *, report: Signed, crops: bytes, enrolment: Signed, sealed_template: bytes) -> Rescore:
        if not self.answers:
            raise Unavailable("The viewer does not answer.")
        return Rescore(score=self.score, reaches_threshold=self.supports and self.score <= THRESHOLD)

    def look_alikes(self, listed: Sequence[ListedReference]) -> Signed:
        return a_look_alike_report(self._site, listed, near=self.near)

    def view(
        self, *, receipt: LogReceipt, report: Signed, crops: bytes, enrolment: Signed, sealed_crop: bytes
    ) -> Pictures:
        leaf = Leaf.from_bytes(verify_receipt(receipt, origin=LOG_ORIGIN, log_key=self._site.log.public))
        told, about = CandidateReport.from_bytes(report.payload), disclosed(receipt, "subject")
        assert leaf.event in {"candidate.view", "hand-off.open"}
        assert about["alert"] == told.report_id
        assert about["crops"] == told.crops_sha256 == sha256_hex(crops)
        assert receipt.index not in self.seen
        self.seen.add(receipt.index)
        return self._pictures

    def close(self) -> None:
        """Nothing to close."""
