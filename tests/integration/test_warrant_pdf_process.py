"""A matcher as it runs has a court's PDF read by a child of its own, and lends what it says (A6, P1)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from contracts.authorisation import UnverifiedAuthorisation
from contracts.issuer_list import ListedCertificate
from contracts.lease_request import LeaseAnswer, LeaseRequest
from contracts.pdf_act import PdfAct
from contracts.signature import Signed
from contracts.vocabulary import IssuerType
from tests.builders_contracts import CAMERA, ISSUER_NAME, SITE, a_listed_issuer, an_enrolment_request, an_issuer_list
from tests.builders_pdf import Court, a_court, a_pdf, signed
from tests.builders_processes import FakeGovernance, Lender, World, as_jpeg, astronaut, enrolled, today, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.law("A6", "P1")]

NOW = datetime.now(UTC).replace(microsecond=0)
COURT = a_court(begins=NOW - timedelta(days=1), ends=NOW + timedelta(days=1))


def list_court(world: World) -> None:
    """Pin a list that names the court's certificate."""
    certificate = ListedCertificate(
        name=ISSUER_NAME,
        issuer_type=IssuerType.COURT,
        certificate_sha256=COURT.sha256,
        demo=True,
        valid_from=datetime(2020, 1, 1, tzinfo=UTC),
        valid_to=datetime(2100, 1, 1, tzinfo=UTC),
    )
    listed = an_issuer_list(a_listed_issuer(world.keys.issuer, demo=True), certificates=(certificate,))
    world.keys = replace(world.keys, trusted=replace(world.keys.trusted, issuers=listed))
    world.keys.pin_in(world.home)


class CourtLender:
    """Lends a warrant as PDF in the place of one that a key signed."""

    def __init__(self, lender: Lender, court: Court) -> None:
        self.lender, self.court = lender, court
        self.pdf_of: dict[bytes, bytes] = {}

    def __call__(self, request: LeaseRequest) -> bytes:
        answer = LeaseAnswer.from_bytes(self.lender(request))
        lent = tuple((self.as_pdf(unverified), gallery) for unverified, gallery in answer.authorisations)
        return replace(answer, authorisations=lent).to_bytes()

    def as_pdf(self, unverified: UnverifiedAuthorisation) -> UnverifiedAuthorisation:
        act = unverified.warrant.payload
        if act not in self.pdf_of:
            self.pdf_of[act] = signed(a_pdf(act).to_bytes(), self.court)
        return replace(unverified, warrant=PdfAct(payload=act, certificate=COURT.sha256, pdf=self.pdf_of[act]))


def test_a_running_matcher_lends_by_a_courts_pdf_and_by_no_other(world: World, governance: FakeGovernance) -> None:
    list_court(world)
    photograph = as_jpeg(astronaut())
    with world.process("matcher.enrolment_service"), world.process("matcher.viewer_service"):
        enrolment = enrolled(world, world.ready("enrolment"), photograph)
        asked = {"deployment_id": "deployment-1", "day": today()}
        day_key = world.ready("viewer").post("/day-keys", json=asked).json()["day_key"]
    lender = Lender(world, enrolment, an_enrolment_request(photograph).photograph_sha256, Signed.from_json(day_key))
    with world.process("matcher.service", governance.url):
        edge = world.ready(f"matcher-{SITE}")
        governance.lend = CourtLender(lender, a_court())
        before = governance.requests
        edge.get(f"/authorisations/{CAMERA}")
        wait_for(lambda: governance.requests > before + 1)
        assert not edge.get(f"/authorisations/{CAMERA}").json()["authorisations"]
        governance.lend = CourtLender(lender, COURT)
        lent = wait_for(lambda: edge.get(f"/authorisations/{CAMERA}").json()["authorisations"])
        assert lent[0]["authorisation"]["warrant"]["certificate"] == COURT.sha256
