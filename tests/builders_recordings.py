"""Searches of recordings on a small governance, for tests: asked for, approved, begun, found something, ended."""

from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

from contracts.authorisation import LeaseAsk
from contracts.candidate_report import CandidateReport
from contracts.clock import Moment
from contracts.gallery_bundle import GalleryBundle
from contracts.search_order import SearchOrder, VerifiedSearchOrder, verify_order
from contracts.search_records import SearchAnswer, SearchEnding, SearchReceipt, SearchRequest
from contracts.signature import Purpose, Signed
from governance.application.accept_candidate import Acceptance, AcceptCandidate, accept_candidate
from governance.application.deployments import RevokeWarrant, revoke_warrant
from governance.application.order_search import order_search
from governance.application.review_candidate import RecordReview, record_review
from governance.application.search_recording import ApproveSearch, AskSearch, approve_search, ask_search
from governance.domain.identifiers import AccountId, AlertId, SearchId, WarrantId
from governance.domain.review import Outcome, Support
from governance.domain.searches import Recording
from tests.builders_applications import CAMERAS, a_camera_application, a_slot_application
from tests.builders_candidates import CROPS
from tests.builders_contracts import NOON, PROFILE, SITE, a_hash
from tests.builders_governance import OBSERVED, World, an_enrolled_warrant
from tests.builders_reviews import look

HOUR = timedelta(hours=1)
FILM = a_hash("film")
ANOTHER_PERSON = (a_slot_application(person="Person B, born 1980-01-01"),)
TWO_CAMERAS = (a_camera_application(CAMERAS[0]), a_camera_application(CAMERAS[1]))


def a_search_warrant(world: World, **changes: Any) -> WarrantId:
    values = {"warrant_type": "post-remote", "recorded_until": NOON - 24 * HOUR, **changes}
    warrant_id, _ = an_enrolled_warrant(world, **values)
    return warrant_id


def a_recording(**changes: Any) -> Recording:
    recording = Recording(
        camera_id=CAMERAS[0], sha256=FILM, recorded_from=NOON - 26 * HOUR, recorded_until=NOON - 25 * HOUR
    )
    return replace(recording, **changes)


def asked(world: World, warrant_id: WarrantId, *, actor: AccountId | None = None, **changes: Any) -> SearchId:
    command = AskSearch(
        actor=actor or world.people.reviewers[2], warrant_id=warrant_id, recording=a_recording(**changes)
    )
    return ask_search(world.governance, command)


def approved(world: World, warrant_id: WarrantId, **changes: Any) -> SearchId:
    search_id = asked(world, warrant_id, **changes)
    approve_search(world.governance, ApproveSearch(actor=world.people.legal_officer, search_id=search_id))
    return search_id


def a_search_request(world: World, search_id: SearchId, *, nonce: str = "n1", **changes: Any) -> Signed:
    request = SearchRequest(
        site_id=SITE,
        search_id=search_id,
        recording_sha256=FILM,
        nonce=a_hash(nonce),
        asked_at=world.clock.now(),
    )
    return world.keys.site.sign(Purpose.SEARCH_REQUEST, replace(request, **changes).to_bytes())


def ordered(world: World, search_id: SearchId, **changes: Any) -> SearchAnswer:
    return order_search(world.governance, a_search_request(world, search_id, **changes)).value


def verified(world: World, answer: SearchAnswer, *, recording: str = FILM) -> VerifiedSearchOrder:
    return verify_order(
        answer.order,
        trusted=world.keys.trusted,
        site_id=SITE,
        recording_sha256=recording,
        profile=PROFILE,
        ask=LeaseAsk(nonce=a_hash("n1"), asked_boot=1000.0),
        at=Moment(now=world.clock.now(), boot=1000.5),
    )


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A search that was begun, with its order."""

    warrant_id: WarrantId
    search_id: SearchId
    answer: SearchAnswer

    @property
    def order_sha256(self) -> str:
        return self.answer.order.order.sha256

    @property
    def order(self) -> SearchOrder:
        return SearchOrder.from_bytes(self.answer.order.order.payload)


def begun(world: World, **changes: Any) -> Begun:
    warrant_id = a_search_warrant(world, **changes)
    search_id = approved(world, warrant_id)
    return Begun(warrant_id=warrant_id, search_id=search_id, answer=ordered(world, search_id))


def a_report(world: World, one: Begun, *, report_id: str = "report-1", **changes: Any) -> Signed:
    order = one.order
    report = CandidateReport(
        report_id=report_id,
        site_id=order.site_id,
        camera_id=order.camera_id,
        deployment_id=order.deployment_id,
        warrant_id=one.warrant_id,  # type: ignore[arg-type]  # the same word in two packages
        lease_id=order.lease_id,
        reference_id=order.reference_id,
        enrolment_sha256=GalleryBundle.from_bytes(one.answer.gallery).references[0].enrolment.sha256,
        profile_sha256=order.profile_sha256,
        score=0.3,
        threshold=0.45,
        captured_at=world.clock.now(),
        stream_time=90.0,
        crops_sha256=sha256(CROPS).hexdigest(),
        day_key_sha256=order.day_key_sha256,
        joins=None,
    )
    return world.keys.site.sign(Purpose.CANDIDATE_REPORT, replace(report, **changes).to_bytes())


def found(world: World, one: Begun, **changes: Any) -> Acceptance:
    crops = None if changes.get("joins") else CROPS
    return accept_candidate(world.governance, AcceptCandidate(report=a_report(world, one, **changes), crops=crops))


def a_receipt(world: World, search_id: SearchId, **changes: Any) -> Signed:
    receipt = SearchReceipt(
        site_id=SITE,
        search_id=search_id,
        ending=SearchEnding.COMPLETE,
        ended_at=world.clock.now(),
        frames=1500,
        faces=7,
        compared=5,
        candidates=1,
    )
    return world.keys.site.sign(Purpose.SEARCH_RECEIPT, replace(receipt, **changes).to_bytes())


def answer(world: World, reviewer: int, support: Support) -> Outcome:
    actor, alert_id = world.people.reviewers[reviewer], AlertId("report-1")
    look(world, actor, alert_id)
    return record_review(
        world.governance, RecordReview(actor=actor, alert_id=alert_id, observations=OBSERVED, support=support)
    )


def revoke(world: World, warrant_id: WarrantId) -> None:
    revoke_warrant(
        world.governance,
        RevokeWarrant(actor=world.people.legal_officer, warrant_id=warrant_id, why="The person was found."),
    )


def kept(world: World) -> list[Any]:
    with world.governance.database.transaction() as tx:
        return list(tx.searches.where())
