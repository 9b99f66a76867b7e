"""The rules by which a volunteers' run is lent to a camera (C11, C16)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.volunteer_run import RUN_LEASE_LIMIT
from governance.domain.decisions import Decision
from governance.domain.identifiers import AccountId, CameraId, LeaseId, ReferenceId, SiteId, VolunteerId
from governance.domain.run_leases import (
    RUN_LEASE,
    IssuedRunLease,
    is_closed_now,
    is_lent_beside,
    is_under_way,
    may_enrol_volunteer,
    may_lend_run,
    run_lease_end,
)
from governance.domain.volunteers import ClosedSite, RunMode, RunState, Volunteer, VolunteerRun
from tests.builders_contracts import NOON, PROFILE_SHA256, a_hash

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
GATE, HALL, SITE = CameraId("gate"), CameraId("hall"), SiteId("site-1")
PICTURE = a_hash("photograph")
CLOSED = ClosedSite(site_id=SITE, cameras=(GATE,), closed_from=NOON - HOUR, closed_until=NOON + HOUR)
MOMENTS = st.integers(min_value=-7200, max_value=7200).map(lambda seconds: NOON + timedelta(seconds=seconds))


def a_run(**changes: Any) -> VolunteerRun:
    """Return an approved run on a closed site, an hour before noon to an hour after it."""
    run = VolunteerRun(
        run_id="run-1",
        site_id=SITE,
        mode=RunMode.CLOSED_SITE,
        rests_on_sha256=a_hash("closure"),
        warrant_id=None,
        cameras=frozenset({GATE}),
        begins_at=NOON - HOUR,
        ends_at=NOON + HOUR,
        profile_sha256=PROFILE_SHA256,
        papers=b"papers",
        state=RunState.APPROVED,
        proposed_by=AccountId("lex"),
        created_at=NOON - DAY,
        expires_at=NOON + DAY,
    )
    return replace(run, **changes)


def a_volunteer(**changes: Any) -> Volunteer:
    volunteer = Volunteer(
        volunteer_id=VolunteerId("v1"),
        run_id="run-1",
        reference_id=ReferenceId("reference-v1"),
        photograph_sha256=PICTURE,
        consent_sha256=a_hash("consent"),
        of_age=True,
        given_at=NOON - DAY,
        until=NOON + DAY,
        sex=None,
        age=None,
        skin=None,
        created_at=NOON - DAY,
        expires_at=NOON + DAY,
    )
    return replace(volunteer, **changes)


def enrol(
    volunteer: Volunteer | None, *, picture: str = PICTURE, enrolled: Any = (), now: datetime = NOON, **run: Any
) -> Decision:
    return may_enrol_volunteer(a_run(**run), volunteer, photograph_sha256=picture, enrolled=enrolled, now=now)


ENROLMENTS: list[tuple[str, str, Callable[[], Decision]]] = [
    ("nobody", "C11", lambda: enrol(None)),
    ("somebody of another run", "C11", lambda: enrol(a_volunteer(run_id="run-2"))),
    ("another photograph", "C11", lambda: enrol(a_volunteer(), picture=a_hash("another"))),
    ("twice", "C11", lambda: enrol(a_volunteer(), enrolled=[VolunteerId("v1")])),
    ("a run that nobody approved", "C16", lambda: enrol(a_volunteer(), state=RunState.PROPOSED)),
    ("a run that is over", "C16", lambda: enrol(a_volunteer(), state=RunState.ENDED)),
    ("a run whose time is over", "C16", lambda: enrol(a_volunteer(), now=NOON + HOUR)),
    ("a consent that is over", "C16", lambda: enrol(a_volunteer(until=NOON))),
]


@pytest.mark.law("C11")
@pytest.mark.parametrize(("what", "rule", "asked"), ENROLMENTS, ids=[what for what, _, _ in ENROLMENTS])
def test_nobody_is_enrolled_but_from_their_own_photograph_for_an_approved_run(
    what: str, rule: str, asked: Callable[[], Decision]
) -> None:
    decision = asked()
    assert (decision.allowed, decision.rule) == (False, rule), what


@pytest.mark.law("C11")
def test_a_volunteer_of_an_approved_run_is_enrolled_also_before_it_begins() -> None:
    assert enrol(a_volunteer()).allowed
    assert enrol(a_volunteer(), enrolled=[VolunteerId("v2")], now=NOON - 2 * HOUR).allowed


def lend(
    *, camera: CameraId = GATE, site: SiteId = SITE, enrolled: int = 1, now: datetime = NOON, **run: Any
) -> Decision:
    return may_lend_run(a_run(**run), site_id=site, camera_id=camera, enrolled=enrolled, now=now)


LOANS: list[tuple[str, str, Callable[[], Decision]]] = [
    ("a run that nobody approved", "C16", lambda: lend(state=RunState.PROPOSED)),
    ("a run that is over", "C16", lambda: lend(state=RunState.ENDED)),
    ("before its time", "C16", lambda: lend(now=NOON - HOUR - timedelta(milliseconds=1))),
    ("at its end", "C16", lambda: lend(now=NOON + HOUR)),
    ("another camera", "C16", lambda: lend(camera=HALL)),
    ("another site", "C16", lambda: lend(site=SiteId("site-2"))),
    ("nobody enrolled", "C11", lambda: lend(enrolled=0)),
]


@pytest.mark.law("C11", "C16")
@pytest.mark.parametrize(("what", "rule", "asked"), LOANS, ids=[what for what, _, _ in LOANS])
def test_a_run_is_not_lent(what: str, rule: str, asked: Callable[[], Decision]) -> None:
    decision = asked()
    assert (decision.allowed, decision.rule) == (False, rule), what
    assert lend().allowed


@pytest.mark.law("C16")
@given(now=MOMENTS, state=st.sampled_from(RunState), camera=st.sampled_from([GATE, HALL]), enrolled=st.integers(0, 2))
def test_whatever_is_lent_is_under_way_at_its_camera_with_somebody_on_its_list(
    now: datetime, state: RunState, camera: CameraId, enrolled: int
) -> None:
    allowed = lend(now=now, state=state, camera=camera, enrolled=enrolled).allowed
    assert allowed == (is_under_way(a_run(state=state), now=now) and camera == GATE and enrolled > 0)


@pytest.mark.law("C16")
@given(now=MOMENTS)
def test_a_closed_site_is_closed_from_its_first_moment_until_before_its_last(now: datetime) -> None:
    closed = is_closed_now(a_run(), CLOSED, camera_id=GATE, now=now)
    assert closed.allowed == (CLOSED.closed_from <= now < CLOSED.closed_until)


@pytest.mark.law("C16")
def test_what_the_region_did_not_declare_is_open() -> None:
    asked = (
        is_closed_now(a_run(), None, camera_id=GATE, now=NOON),
        is_closed_now(a_run(), CLOSED, camera_id=HALL, now=NOON),
        is_closed_now(a_run(), replace(CLOSED, site_id="site-2"), camera_id=GATE, now=NOON),
        is_closed_now(a_run(mode=RunMode.INSIDE_WARRANT), CLOSED, camera_id=GATE, now=NOON),
    )
    assert [(one.allowed, one.rule) for one in asked] == [(False, "C16")] * 4


@pytest.mark.law("C16")
def test_inside_a_warrant_its_very_act_is_lent_by_the_same_answer() -> None:
    run = a_run(mode=RunMode.INSIDE_WARRANT, rests_on_sha256=a_hash("act"))
    assert is_lent_beside(run, [a_hash("another"), a_hash("act")]).allowed
    for acts in ([], [a_hash("another")]):
        assert not is_lent_beside(run, acts).allowed
    assert not is_lent_beside(a_run(), [a_run().rests_on_sha256]).allowed, "a closed site rests on no warrant"


@pytest.mark.law("C16")
@given(now=MOMENTS, rests_until=MOMENTS)
def test_no_lease_of_a_run_outlives_the_run_what_it_rests_on_or_a_minute(now: datetime, rests_until: datetime) -> None:
    ends = run_lease_end(a_run(), rests_until=rests_until, now=now)
    assert ends <= min(now + RUN_LEASE, a_run().ends_at, rests_until)
    assert ends in {now + RUN_LEASE, a_run().ends_at, rests_until}


def test_site_and_centre_agree_on_the_longest_lease_of_a_run() -> None:
    assert RUN_LEASE == RUN_LEASE_LIMIT == timedelta(seconds=60)


def test_a_lease_of_a_run_runs_until_its_time_or_until_the_site_said_that_it_ended() -> None:
    lease = IssuedRunLease(
        lease_id=LeaseId("lease"),
        run_id="run-1",
        site_id=SITE,
        camera_id=GATE,
        created_at=NOON,
        ends_at=NOON + MINUTE,
        expires_at=NOON + HOUR,
    )
    assert lease.is_running(NOON)
    assert not lease.is_running(NOON + MINUTE)
    assert not replace(lease, ended_at=NOON).is_running(NOON)
