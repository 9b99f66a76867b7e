"""The whole way of one warrant, from an application to an erased candidate, on a real database."""

from datetime import timedelta
from pathlib import Path

import pytest

from contracts.authorisation import LeaseAsk, verify
from contracts.clock import Moment
from contracts.gallery_bundle import GalleryBundle
from contracts.vocabulary import CameraId
from governance.application.accept_candidate import Acceptance, AcceptCandidate, accept_candidate
from governance.application.erase import expire_due
from governance.application.errors import NotFound, Refused
from governance.application.queries import list_alerts, list_deployments, read_alert
from governance.application.review_candidate import RecordReview, ViewCandidate, record_review, view_candidate
from governance.audit.leaf import KeyRef
from governance.domain.review import AlertState, Outcome, Support, Withheld
from tests.builders_applications import CAMERAS
from tests.builders_candidates import CROPS, a_report_for
from tests.builders_contracts import PROFILE, SITE, a_hash
from tests.builders_governance import OBSERVED, World, a_deployment, a_governance, an_alert, leases
from tests.builders_reviews import look


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


def answer(world: World, reviewer: int, support: Support, alert_id: str = "report-1") -> Outcome:
    actor = world.people.reviewers[reviewer]
    look(world, actor, alert_id)  # type: ignore[arg-type]  # an id
    command = RecordReview(actor=actor, alert_id=alert_id, observations=OBSERVED, support=support)  # type: ignore[arg-type]  # an id
    return record_review(world.governance, command)


def test_a_lease_is_what_the_site_verifies(world: World) -> None:
    a_deployment(world)
    unverified, gallery = leases(world).authorisations[0]
    ask = LeaseAsk(nonce=a_hash("n1"), asked_boot=1000.0)
    permit = verify(
        unverified,
        trusted=world.keys.trusted,
        site_id=SITE,
        camera_id=CameraId(CAMERAS[0]),
        profile=PROFILE,
        ask=ask,
        at=Moment(now=world.clock.now(), boot=1000.5),
    )
    assert permit.lease.expires_at - permit.lease.issued_at == timedelta(seconds=60)
    assert len(GalleryBundle.from_bytes(gallery).references) == permit.lease.person_count == 1


@pytest.mark.law("A9", "A13", "A15", "B3")
def test_two_reviewers_confirm_a_lead_and_only_then_learn_what_it_is_about(world: World) -> None:
    alert_id = an_alert(world)
    reviewer = world.people.reviewers[0]
    before = read_alert(world.governance, reviewer, alert_id)
    assert before.withheld == frozenset(Withheld)
    assert before.told is None
    assert answer(world, 0, Support.SUPPORT_SAME) is Outcome.PENDING
    assert read_alert(world.governance, reviewer, alert_id).withheld == frozenset(Withheld)
    assert answer(world, 1, Support.STRONG_SUPPORT_SAME) is Outcome.CONFIRMED_LEAD
    page = read_alert(world.governance, reviewer, alert_id)
    assert page.told is not None
    after = page.told.value
    assert after.score == pytest.approx(0.3)
    assert after.person == "Person A, born 1990-01-01"
    assert len(after.answers) == 2
    assert "lead.confirm" in world.events()


@pytest.mark.law("F2")
def test_a_dismissed_candidate_is_erased_at_once_with_receipts(world: World) -> None:
    alert_id = an_alert(world)
    answer(world, 0, Support.STRONG_SUPPORT_DIFFERENT)
    assert answer(world, 1, Support.LIMITED_SUPPORT_DIFFERENT) is Outcome.DISMISSED
    with pytest.raises(Refused, match="concluded"):
        view_candidate(world.governance, ViewCandidate(actor=world.people.reviewers[2], alert_id=alert_id))
    intended = [key for leaf in world.leaves() if leaf.event == "erasure.intend" for key in leaf.ranges("keys")]
    complete = [key for leaf in world.leaves() if leaf.event == "erasure.complete" for key in leaf.ranges("keys")]
    assert intended == complete
    erased = [
        KeyRef(data_class=one.data_class, day=one.day, number=number)
        for one in complete
        for number in range(one.first, one.last + 1)
    ]
    assert len(erased) == 4  # the report, the crops, two answers
    assert world.centre.store.derive(erased) == {}
    assert CROPS not in (world.folder / "insyn.db").read_bytes()


@pytest.mark.law("E6")
def test_a_dispute_goes_to_a_third_reviewer_and_is_never_overridden(world: World) -> None:
    an_alert(world)
    assert answer(world, 0, Support.STRONG_SUPPORT_SAME) is Outcome.PENDING
    assert answer(world, 1, Support.SUPPORT_DIFFERENT) is Outcome.DISPUTED
    assert answer(world, 2, Support.STRONG_SUPPORT_SAME) is Outcome.DISMISSED


def test_a_report_that_the_centre_does_not_support_is_never_seen(world: World) -> None:
    a_deployment(world)
    world.viewer.supports = False
    report = a_report_for(leases(world), world)
    command = AcceptCandidate(report=report, crops=CROPS)
    assert accept_candidate(world.governance, command) is Acceptance.NOT_SUPPORTED
    (line,) = list_alerts(world.governance, world.people.reviewers[0])
    assert line.state is AlertState.DISMISSED
    assert not line.may_look
    assert "candidate.dismiss" in world.events()
    assert "candidate.accept" not in world.events()


def test_a_report_is_taken_in_once(world: World) -> None:
    a_deployment(world)
    command = AcceptCandidate(report=a_report_for(leases(world), world), crops=CROPS)
    assert accept_candidate(world.governance, command) is Acceptance.ACCEPTED
    assert accept_candidate(world.governance, command) is Acceptance.KNOWN
    assert len(list_alerts(world.governance, world.people.reviewers[0])) == 1


def test_a_further_candidate_joins_the_alert(world: World) -> None:
    alert_id = an_alert(world)
    report = a_report_for(leases(world, nonce="n2"), world, report_id="report-2", joins=alert_id, crops_sha256=None)
    command = AcceptCandidate(report=report, crops=None)
    assert accept_candidate(world.governance, command) is Acceptance.JOINED
    assert accept_candidate(world.governance, command) is Acceptance.KNOWN
    (line,) = list_alerts(world.governance, world.people.reviewers[0])
    assert line.joined == 1


@pytest.mark.law("C4", "E6")
def test_time_runs_out_and_the_alert_is_dismissed_and_erased(world: World) -> None:
    alert_id = an_alert(world)
    answer(world, 0, Support.STRONG_SUPPORT_SAME)
    world.clock.advance(timedelta(hours=24))
    ended = expire_due(world.governance)
    assert ended.alerts == 1
    line = read_alert(world.governance, world.people.reviewers[0], alert_id).line
    assert line.state is AlertState.DISMISSED
    assert expire_due(world.governance).objects == 0


@pytest.mark.law("C1")
def test_a_warrant_runs_out_and_its_references_go(world: World) -> None:
    a_deployment(world)
    world.clock.advance(timedelta(days=2))
    assert not leases(world).authorisations
    assert expire_due(world.governance).warrants == 1
    (line,) = list_deployments(world.governance, world.people.auditor)
    assert line.state.value == "ended"
    assert "warrant.expire" in world.events()


@pytest.mark.law("0.2", "B6")
def test_the_region_never_sees_a_candidate(world: World) -> None:
    alert_id = an_alert(world)
    for actor in (world.people.site_manager, world.people.administrator, world.people.auditor):
        with pytest.raises(Refused):
            list_alerts(world.governance, actor)
        with pytest.raises(Refused):
            read_alert(world.governance, actor, alert_id)
        with pytest.raises(Refused):
            view_candidate(world.governance, ViewCandidate(actor=actor, alert_id=alert_id))


def test_whoever_enrolled_does_not_even_learn_of_the_alert(world: World) -> None:
    alert_id = an_alert(world)
    assert not list_alerts(world.governance, world.people.enroller)
    with pytest.raises(NotFound):
        read_alert(world.governance, world.people.enroller, alert_id)
    with pytest.raises(Refused) as refused:
        view_candidate(world.governance, ViewCandidate(actor=world.people.enroller, alert_id=alert_id))
    assert refused.value.rule == "A15"
