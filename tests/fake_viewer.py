"""The site's viewer, without pictures: what governance's tests put in its place."""

from contracts.authorisation import DayKey
from contracts.candidate_report import CandidateReport
from contracts.canonical import sha256_hex
from contracts.receipt import LogReceipt, disclosed, verify_receipt
from contracts.signature import Purpose, Signed
from contracts.vocabulary import DeploymentId as ContractDeploymentId
from governance.application.errors import Unavailable
from governance.application.ports import Pictures, Rescore
from governance.audit.leaf import Leaf
from governance.domain.identifiers import DeploymentId
from tests.builders_contracts import LOG_ORIGIN, TrustedSite


class FakeViewer:
    """Opens nothing without a good receipt for the entry it was asked about, as the real one."""

    def __init__(self, site: TrustedSite) -> None:
        self._site = site
        self.supports = True
        self.answers = True
        self.seen: set[int] = set()

    def day_key(self, deployment_id: DeploymentId, day: str) -> Signed:
        key = DayKey(deployment_id=ContractDeploymentId(deployment_id), day=day, public=self._site.day_opening.public)
        return self._site.viewer.sign(Purpose.DAY_KEY, key.to_bytes())

    def rescore(self, *, report: Signed, crops: bytes, enrolment: Signed, sealed_template: bytes) -> Rescore:
        if not self.answers:
            raise Unavailable("The viewer does not answer.")
        return Rescore(score=0.3, reaches_threshold=self.supports)

    def view(
        self, *, receipt: LogReceipt, report: Signed, crops: bytes, enrolment: Signed, sealed_crop: bytes
    ) -> Pictures:
        leaf = Leaf.from_bytes(verify_receipt(receipt, origin=LOG_ORIGIN, log_key=self._site.log.public))
        told, about = CandidateReport.from_bytes(report.payload), disclosed(receipt, "subject")
        assert leaf.event == "candidate.view"
        assert about["alert"] == told.report_id
        assert about["crops"] == told.crops_sha256 == sha256_hex(crops)
        assert receipt.index not in self.seen
        self.seen.add(receipt.index)
        return Pictures(probe_png=b"probe", reference_png=b"reference")
