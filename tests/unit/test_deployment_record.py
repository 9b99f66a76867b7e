"""A deployment's record (C7): what is counted, of what, what cannot be said, and what the public may not work out."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.vocabulary import Objective, WarrantType
from governance.application.reports.admitted import AdmittedModel
from governance.application.reports.codes import in_words
from governance.application.reports.deployment import DeploymentFacts, ListSize, deployment_record
from governance.application.reports.deployment_words import DEFINITIONS
from governance.application.reports.page import html_page
from governance.application.reports.report import Language, Report
from governance.domain.deployment_record import (
    AlertEnd,
    CameraSession,
    Faces,
    end_of,
    ended_at,
    faces_of,
    hours_of,
    is_kept_whole,
    lent_time,
    outcomes_of,
)
from governance.domain.deployments import Deployment, DeploymentState, IssuedLease
from governance.domain.hand_offs import Found
from governance.domain.identifiers import (
    AccountId,
    AlertId,
    CameraId,
    DeploymentId,
    LeaseId,
    ObjectId,
    ReferenceId,
    SiteId,
    WarrantId,
)
from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.review import Alert, AlertState, Review, Support
from governance.domain.transitions import Transition
from governance.domain.warrants import WarrantState
from tests.builders_admission import PROFILE_SHA256
from tests.builders_contracts import NOON

pytestmark = pytest.mark.law("C7")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
OURS, THEIRS = DeploymentId("ours"), DeploymentId("theirs")
ONE, OTHER = CameraId("camera-1"), CameraId("camera-2")
ENDS = {
    AlertEnd.CONFIRMED_LEAD: 6,
    AlertEnd.DISMISSED_BY_REVIEWERS: 20,
    AlertEnd.DISMISSED_BY_TIME: 1,
    AlertEnd.DISMISSED_WITH_THE_WARRANT: 0,
    AlertEnd.OPEN: 0,
    AlertEnd.WITHHELD: 3,
}


OUTCOMES = {
    Found.IDENTITY_RIGHT: 3,
    Found.IDENTITY_WRONG: 1,
    Found.NOT_STOPPED: 1,
    Found.UNKNOWN: 0,
    None: 1,
}


def facts(**changes: object) -> DeploymentFacts:
    values: dict[str, object] = {
        "state": "ended",
        "hours": ((NOON, NOON + timedelta(hours=3)),),
        "lent": timedelta(hours=2),
        "places": (("The hospital's entrance", ("the north door", "the south door")),),
        "objective": in_words(Objective.VICTIM_SEARCH),
        "offence": "kidnapping",
        "type": in_words(WarrantType.PRIOR),
        "model": AdmittedModel(profile_sha256=PROFILE_SHA256, admissions=(), demo=True),
        "lists": (ListSize(site="The entrance", begins=NOON, ends=NOON + DAY, listed=2, left_out=0),),
        "faces": Faces(tracks=1000, probed=700, not_compared={"too-small": 290, "blurred": 7}),
        "comparisons": 2100,
        "leases": 180,
        "leases_without_receipt": 0,
        "ends": ENDS,
        "outcomes": OUTCOMES,
        "joined": 4,
        **changes,
    }
    return DeploymentFacts(**values)  # type: ignore[arg-type]  # the test's own


def record(told: DeploymentFacts, *, public: bool) -> Report:
    return deployment_record(told, SWEDEN_2026, public=public, demo=True, now=NOON + DAY)


def numbers(report: Report) -> dict[str, tuple[object, object, object]]:
    """Return count, denominator and share by the number's English title."""
    rows = json.loads(report.to_json())["sections"][-1]["rows"]
    return {row[0]["en"]: (row[1], row[2], row[3]["en"] if row[3] else "") for row in rows}


def test_every_number_is_told_with_its_denominator_and_share() -> None:
    told = numbers(record(facts(), public=False))
    assert told["Faces followed"] == (1000, "", "")
    assert told["Faces compared"] == (700, 1000, "70.0000 %")
    assert told["Faces not compared"] == (297, 1000, "29.7000 %")
    assert told["Faces still followed"] == (3, 1000, "0.3000 %")
    assert told["– too small"] == (290, 1000, "29.0000 %")
    assert told["Alerts"] == (27, 700, "3.8571 %")
    assert told["Reviewed"] == (26, 27, "96.2963 %")
    assert told["Confirmed leads"] == (6, 27, "22.2222 %")
    assert told["Dismissed"][0] == 21
    assert told["Withheld by the centre"] == (3, "", "")
    assert told["True, by outcome"] == (3, 6, "50.0000 %")
    assert told["False, by outcome"] == (1, 6, "16.6667 %")
    assert told["Nobody was stopped"] == (1, 6, "16.6667 %")
    assert told["Outcome unknown"] == (0, 6, "0.0000 %")
    assert told["No outcome yet"] == (1, 6, "16.6667 %")


def test_outcomes_are_those_of_leads_each_once() -> None:
    leads = [AlertId(f"alert-{number}") for number in range(4)]
    found = {leads[0]: Found.IDENTITY_RIGHT, leads[1]: None, AlertId("no-lead"): Found.IDENTITY_WRONG}
    counted = outcomes_of(leads, found)
    assert counted == {**dict.fromkeys(Found, 0), Found.IDENTITY_RIGHT: 1, None: 3}
    assert sum(counted.values()) == len(leads)


def test_every_number_is_defined_in_both_languages() -> None:
    for number in DEFINITIONS:
        assert number.definition.en.endswith(".")
        assert number.definition.sv.endswith(".")
        assert number.definition.en != number.definition.sv
        assert number.of is None or number.of in {one.name for one in DEFINITIONS}
    page = html_page(record(facts(), public=False), Language.SWEDISH)
    assert "av de följda ansiktena" in page
    assert "22,2222 %" in page


def test_what_no_branch_of_the_system_knows_yet_says_so() -> None:
    told = numbers(record(facts(), public=False))
    count = told["False, by group of people"][0]
    assert isinstance(count, dict)
    assert count["value"] is None
    assert "anybody's group" in count["why"]["en"]


def test_what_is_not_kept_any_more_is_unsaid_and_never_nought() -> None:
    gone = facts(
        lent=None, offence=None, lists=None, faces=None, comparisons=None, leases=None, leases_without_receipt=None,
        ends=None, outcomes=None, joined=None,
    )  # fmt: skip
    for count, _, share in numbers(record(gone, public=False)).values():
        assert isinstance(count, dict)
        assert count["value"] is None
        assert share == ""
    assert "cannot be said: what it is counted from is no longer kept" in html_page(
        record(gone, public=True), Language.ENGLISH
    )


def test_the_public_is_told_no_small_count_and_nothing_that_gives_one_away() -> None:
    told = numbers(record(facts(), public=True))
    hidden = {"withheld": True}
    assert told["Alerts"][0] == 27
    assert told["– by time"][0] == hidden
    # One alert alone could be worked out from the sum, so a second part goes with it, and each sum of theirs.
    assert told["Confirmed leads"][0] == hidden
    assert told["Reviewed"][0] == hidden
    assert told["Dismissed"][0] == hidden
    assert told["Faces still followed"][0] == hidden
    assert told["Withheld by the centre"][0] == hidden
    lists = json.loads(record(facts(), public=True).to_json())["sections"][4]["rows"]
    assert lists[0][3] == hidden


def test_the_public_is_told_what_came_of_leads_only_where_their_number_is_told() -> None:
    many = {**ENDS, AlertEnd.CONFIRMED_LEAD: 20, AlertEnd.DISMISSED_BY_TIME: 0}
    outcomes = {**dict.fromkeys(OUTCOMES, 0), Found.IDENTITY_RIGHT: 12, Found.IDENTITY_WRONG: 8}
    told = numbers(record(facts(ends=many, outcomes=outcomes), public=True))
    assert told["Confirmed leads"][0] == 20
    assert (told["True, by outcome"][0], told["False, by outcome"][0]) == (12, 8)
    assert numbers(record(facts(), public=True))["True, by outcome"][0] == {"withheld": True}
    # The leads are withheld so that one alert cannot be worked out; what came of all of them would give both away.
    hidden = {**ENDS, AlertEnd.CONFIRMED_LEAD: 12, AlertEnd.DISMISSED_BY_REVIEWERS: 40, AlertEnd.DISMISSED_BY_TIME: 1}
    all_right = {**dict.fromkeys(OUTCOMES, 0), Found.IDENTITY_RIGHT: 12}
    told = numbers(record(facts(ends=hidden, outcomes=all_right), public=True))
    assert told["Confirmed leads"][0] == told["True, by outcome"][0] == {"withheld": True}


counts = st.integers(0, 12)


@given(st.fixed_dictionaries(dict.fromkeys(AlertEnd, counts)), st.dictionaries(st.sampled_from("abc"), counts), counts)
def test_no_withheld_alert_or_face_can_be_worked_out(
    ends: Mapping[AlertEnd, int], reasons: Mapping[str, int], probed: int
) -> None:
    """Whatever is told besides: a hidden part could still be nought short of five or five and more."""
    faces = Faces(tracks=probed + sum(reasons.values()), probed=probed, not_compared=reasons)
    told = numbers(record(facts(ends=ends, faces=faces), public=True))
    shown = {title: count for title, (count, _, _) in told.items() if isinstance(count, int)}
    small = SWEDEN_2026.smallest_public_count
    assert all(count == 0 or count >= small for title, count in shown.items() if title not in {"Alerts", *SUMS})
    whole = {**{end: ends[end] for end in AlertEnd if end is not AlertEnd.WITHHELD}}
    if "Alerts" in shown:
        hidden = [count for end, count in whole.items() if TITLES[end] not in shown]
        assert not hidden or sum(hidden) - (len(hidden) - 1) >= small


SUMS = {"Faces followed", "Faces not compared", "Reviewed", "Dismissed"}
TITLES = {
    AlertEnd.CONFIRMED_LEAD: "Confirmed leads",
    AlertEnd.DISMISSED_BY_REVIEWERS: "– by reviewers",
    AlertEnd.DISMISSED_BY_TIME: "– by time",
    AlertEnd.DISMISSED_WITH_THE_WARRANT: "– with the warrant",
    AlertEnd.OPEN: "Open",
}


def test_nothing_personal_stands_in_it() -> None:
    for language in Language:
        page = html_page(record(facts(), public=True), language)
        for word in ("camera-1", "warrant-1", "CASE-"):
            assert word not in page


def a_lease(deployment: DeploymentId, camera: CameraId, begins: datetime, **changes: object) -> IssuedLease:
    lease = IssuedLease(
        lease_id=LeaseId(f"{deployment}-{camera}-{begins}"),
        deployment_id=deployment,
        warrant_id=WarrantId("warrant-1"),
        site_id=SiteId("site-1"),
        camera_id=camera,
        day_key_sha256="",
        gallery_sha256="",
        record=b"",
        created_at=begins,
        ends_at=begins + MINUTE,
        expires_at=begins + DAY,
    )
    return replace(lease, **changes)  # type: ignore[arg-type]  # the test's own


def a_session(until: datetime, *, after: datetime | None = None, camera: CameraId = ONE) -> CameraSession:
    return CameraSession(camera_id=camera, after=after, until=until, tracks=10, probed=6, not_compared={"blurred": 3})


def test_faces_are_those_of_sessions_in_which_this_deployment_alone_compared() -> None:
    leases = [a_lease(OURS, ONE, NOON), a_lease(OURS, OTHER, NOON)]
    sessions = [a_session(NOON + MINUTE), a_session(NOON + MINUTE, camera=OTHER)]
    assert faces_of(OURS, sessions, leases) == Faces(tracks=20, probed=12, not_compared={"blurred": 6})


def test_faces_that_cannot_be_told_apart_are_unsaid() -> None:
    before, during = a_lease(THEIRS, ONE, NOON - DAY), a_lease(OURS, ONE, NOON)
    one = a_session(NOON + MINUTE)
    assert faces_of(OURS, [one], [before, during]) is None
    # A session that begins after the other deployment's is its own.
    apart = [a_session(NOON - DAY + MINUTE), replace(one, after=NOON - DAY + MINUTE)]
    assert faces_of(OURS, apart, [before, during]) == Faces(tracks=10, probed=6, not_compared={"blurred": 3})


@pytest.mark.parametrize("until", [NOON - timedelta(minutes=2), NOON - DAY])
def test_a_lease_that_no_session_covers_leaves_the_sum_unsaid(until: datetime) -> None:
    early = a_lease(OURS, ONE, until - MINUTE)
    assert faces_of(OURS, [a_session(until)], [early, a_lease(OURS, ONE, NOON)]) is None
    assert faces_of(OURS, [], [early]) is None


def test_a_renewed_lease_is_no_time_twice_and_two_cameras_are() -> None:
    renewed = [a_lease(OURS, ONE, NOON), a_lease(OURS, ONE, NOON + timedelta(seconds=40))]
    assert lent_time(renewed, now=NOON + DAY) == timedelta(seconds=100)
    assert lent_time([*renewed, a_lease(OURS, OTHER, NOON)], now=NOON + DAY) == timedelta(seconds=160)
    stopped = a_lease(OURS, ONE, NOON, ended_at=NOON + timedelta(seconds=5))
    assert lent_time([stopped], now=NOON + DAY) == timedelta(seconds=5)


def a_step(ordinal: int, after: WarrantState, at: datetime) -> Transition:
    return Transition(
        warrant_id=WarrantId("warrant-1"),
        ordinal=ordinal,
        before=None,
        after=after,
        actor=None,
        rule="A4",
        why=None,
        created_at=at,
        expires_at=at + DAY,
    )


@pytest.mark.law("C7", "C15")
def test_hours_are_those_in_use_and_the_end_is_for_good() -> None:
    steps = [
        a_step(1, WarrantState.ISSUED, NOON - DAY),
        a_step(2, WarrantState.ACTIVE, NOON),
        a_step(3, WarrantState.SUSPENDED, NOON + MINUTE),
        a_step(4, WarrantState.ACTIVE, NOON + 5 * MINUTE),
    ]
    now = NOON + DAY
    assert hours_of(steps, now=now) == ((NOON, NOON + MINUTE), (NOON + 5 * MINUTE, None))
    assert ended_at(steps) is None
    over = [*steps, a_step(5, WarrantState.REVOKED, NOON + 9 * MINUTE)]
    assert hours_of(over, now=now)[-1] == (NOON + 5 * MINUTE, NOON + 9 * MINUTE)
    assert ended_at(over) == NOON + 9 * MINUTE


def an_alert(state: AlertState, **changes: object) -> Alert:
    alert = Alert(
        alert_id=AlertId("alert-1"),
        warrant_id=WarrantId("warrant-1"),
        deployment_id=OURS,
        reference_id=ReferenceId("reference-1"),
        site_id=SiteId("site-1"),
        camera_id=ONE,
        lease_id=LeaseId("lease-1"),
        state=state,
        report=ObjectId("object-1"),
        crops=None,
        crops_sha256="",
        joined=0,
        captured_at=NOON,
        stream_time=0.0,
        created_at=NOON,
        due_at=NOON + MINUTE,
        concluded_at=NOON + timedelta(seconds=30),
        expires_at=NOON + DAY,
    )
    return replace(alert, **changes)  # type: ignore[arg-type]  # the test's own


def a_review(ordinal: int, support: Support) -> Review:
    return Review(
        alert_id=AlertId("alert-1"),
        reviewer=AccountId(f"reviewer-{ordinal}"),
        ordinal=ordinal,
        support=support,
        answer=ObjectId("answer"),
        created_at=NOON,
        expires_at=NOON + DAY,
    )


AGAINST = [a_review(1, Support.SUPPORT_DIFFERENT), a_review(2, Support.SUPPORT_DIFFERENT)]


@pytest.mark.parametrize(
    ("alert", "given", "end"),
    [
        (an_alert(AlertState.CONFIRMED_LEAD), [], AlertEnd.CONFIRMED_LEAD),
        (an_alert(AlertState.OPEN), [], AlertEnd.OPEN),
        (an_alert(AlertState.DISPUTED), AGAINST, AlertEnd.OPEN),
        (an_alert(AlertState.DISMISSED, report=None), [], AlertEnd.WITHHELD),
        (an_alert(AlertState.DISMISSED), AGAINST, AlertEnd.DISMISSED_BY_REVIEWERS),
        (an_alert(AlertState.DISMISSED), AGAINST[:1], AlertEnd.DISMISSED_WITH_THE_WARRANT),
        (an_alert(AlertState.DISMISSED, concluded_at=NOON + MINUTE), AGAINST[:1], AlertEnd.DISMISSED_BY_TIME),
    ],
)
def test_each_alert_has_one_end(alert: Alert, given: list[Review], end: AlertEnd) -> None:
    assert end_of(alert, given) is end


def test_a_record_is_whole_until_the_first_of_its_rows_goes() -> None:
    deployment = Deployment(
        deployment_id=OURS,
        warrant_id=WarrantId("warrant-1"),
        state=DeploymentState.ENDED,
        started_by=AccountId("lisa"),
        cameras=frozenset(),
        profile_sha256="",
        urgent=False,
        created_at=NOON,
        expires_at=NOON + 230 * DAY,
    )
    assert is_kept_whole(deployment, now=NOON + 183 * DAY - timedelta(milliseconds=1))
    assert not is_kept_whole(deployment, now=NOON + 183 * DAY)
