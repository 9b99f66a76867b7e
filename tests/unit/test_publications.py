"""What is published and answered, by the calendar: after the delay, when it is settled, never twice (C7, C15)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.application.reports.report import (
    Cell,
    Phrase,
    Report,
    ReportKind,
    Section,
    Table,
    Unsaid,
    read_report,
    same,
)
from governance.domain.deployments import Deployment, DeploymentState, IssuedLease
from governance.domain.identifiers import AccountId, CameraId, DeploymentId, WarrantId
from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.legal_time import legal_day
from governance.domain.model_announcements import ModelAnnouncement, may_use_model, must_be_announced, usable_from
from governance.domain.public_answers import PublicAnswer, is_settled, public_answer
from governance.domain.publications import (
    days_of,
    kept_since,
    may_publish_deployment,
    may_publish_year,
    spans_of,
    years_to_publish,
)
from tests.builders_contracts import NOON

TICK = timedelta(milliseconds=1)
DAY = date(2026, 3, 2)
# The 2 March ends in Stockholm at 23:00 UTC; 14 days of the longest window, 7 of delay and 1 for the work follow.
SETTLED = datetime(2026, 3, 24, 23, tzinfo=UTC)
LONG_AGO = date(2021, 1, 1)
CAMERA = CameraId("camera-1")


def asked(published: set[date], *, now: datetime, untold: date | None = None, day: date = DAY) -> PublicAnswer:
    return public_answer(published, day, SWEDEN_2026, untold_since=untold, kept_since=LONG_AGO, now=now)


@pytest.mark.law("C15")
@pytest.mark.parametrize(
    ("now", "published", "free"),
    [
        (NOON, PublicAnswer.MATCHED, PublicAnswer.NOTHING_YET),
        (SETTLED - TICK, PublicAnswer.MATCHED, PublicAnswer.NOTHING_YET),
        (SETTLED, PublicAnswer.MATCHED, PublicAnswer.NOT_MATCHED),
    ],
)
def test_a_day_is_called_free_only_once_nothing_of_it_can_be_withheld(
    now: datetime, published: PublicAnswer, free: PublicAnswer
) -> None:
    assert asked({DAY}, now=now) is published
    assert asked({DAY + timedelta(days=1)}, now=now) is free
    assert asked(set(), now=now) is free
    # From the first day of what is not published yet, no day is called free, however late its end was entered.
    assert asked(set(), now=now, untold=DAY) is PublicAnswer.NOTHING_YET
    assert asked(set(), now=now, untold=DAY - timedelta(days=1)) is PublicAnswer.NOTHING_YET
    assert asked(set(), now=now, untold=DAY + timedelta(days=1)) is free
    assert asked({DAY}, now=now, untold=DAY) is published


@pytest.mark.law("C15")
@given(
    st.timedeltas(timedelta(0), timedelta(days=300)),
    st.timedeltas(timedelta(0), SWEDEN_2026.longest_window + SWEDEN_2026.public_answer_delay),
    st.dates(date(2025, 11, 1), date(2026, 12, 31)),
)
def test_what_is_withheld_in_time_changes_no_answer(later: timedelta, since: timedelta, day: date) -> None:
    """A deployment that runs, or ended within the delay, began on a day that is not settled: asking tells nothing."""
    begun = NOON + later
    now = begun + since
    assert asked(set(), now=now, untold=legal_day(begun, SWEDEN_2026), day=day) is asked(set(), now=now, day=day)


@pytest.mark.law("C15")
@given(st.sets(st.dates(date(2026, 1, 1), date(2026, 12, 31))), st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_before_it_is_settled_an_answer_is_yes_or_the_same_sentence(published: set[date], day: date) -> None:
    now = datetime(2026, 6, 1, 12, tzinfo=UTC)
    answer = asked(published, now=now, day=day)
    if day in published:
        assert answer is PublicAnswer.MATCHED
    elif day >= date(2026, 5, 11):
        # 21 days and a day for the work before noon of 1 June: 10 May is settled, 11 May is not.
        assert answer is PublicAnswer.NOTHING_YET
    else:
        assert answer is PublicAnswer.NOT_MATCHED


@pytest.mark.law("C15")
def test_a_shorter_window_of_a_file_settles_nothing_sooner() -> None:
    """An older warrant may still have the longer one."""
    shorter = replace(SWEDEN_2026, longest_window=timedelta(days=3))
    assert not is_settled(DAY, shorter, now=SETTLED - TICK).allowed
    assert is_settled(DAY, shorter, now=SETTLED).allowed


@pytest.mark.law("C15")
def test_what_is_no_longer_kept_is_not_called_free() -> None:
    since = kept_since(timedelta(days=1825), SWEDEN_2026, now=NOON)
    assert since == date(2021, 3, 4)
    answer = public_answer(set(), date(2021, 3, 3), SWEDEN_2026, untold_since=None, kept_since=since, now=NOON)
    assert answer is PublicAnswer.NO_LONGER_KEPT


@pytest.mark.law("C7", "C15")
def test_a_deployment_is_published_once_and_after_its_delay() -> None:
    delay = SWEDEN_2026.public_answer_delay
    for ended, published, now in ((None, False, NOON), (NOON, False, NOON + delay - TICK), (NOON, True, NOON + delay)):
        assert not may_publish_deployment(ended, SWEDEN_2026, published=published, now=now).allowed
    assert may_publish_deployment(NOON, SWEDEN_2026, published=False, now=NOON + delay).allowed


@pytest.mark.law("A11", "C15")
def test_a_year_is_published_once_and_when_its_last_day_is_settled() -> None:
    """2026 ends in Stockholm at 23:00 UTC on 31 December; 22 days later it is 22 January."""
    settled = datetime(2027, 1, 22, 23, tzinfo=UTC)
    assert not may_publish_year(2026, SWEDEN_2026, published=False, now=settled - TICK).allowed
    assert may_publish_year(2026, SWEDEN_2026, published=False, now=settled).allowed
    assert not may_publish_year(2026, SWEDEN_2026, published=True, now=settled).allowed
    # It waits for a deployment of its year that is not published yet, and for none that began in the next.
    for untold, allowed in ((date(2026, 12, 31), False), (date(2025, 3, 1), False), (date(2027, 1, 1), True)):
        assert may_publish_year(2026, SWEDEN_2026, published=False, untold_since=untold, now=settled).allowed is allowed
    # A log that begins in the last hour of a UTC year begins in the next legal one.
    assert years_to_publish(datetime(2025, 12, 31, 23, 30, tzinfo=UTC), SWEDEN_2026, now=settled) == (2026,)
    assert years_to_publish(datetime(2025, 12, 31, 22, 30, tzinfo=UTC), SWEDEN_2026, now=settled - TICK) == (2025,)


@pytest.mark.law("C15")
@pytest.mark.parametrize(
    ("begun", "ended", "days"),
    [
        (datetime(2026, 3, 2, 22, 59, tzinfo=UTC), datetime(2026, 3, 2, 23, tzinfo=UTC), {2}),
        (datetime(2026, 3, 2, 22, 59, tzinfo=UTC), datetime(2026, 3, 2, 23, 0, 1, tzinfo=UTC), {2, 3}),
        (datetime(2026, 3, 2, 23, tzinfo=UTC), datetime(2026, 3, 2, 23, 1, tzinfo=UTC), {3}),
        (datetime(2026, 3, 2, 12, tzinfo=UTC), datetime(2026, 3, 2, 12, tzinfo=UTC), {2}),
        # On the night of the 29th the clock is put forward: the 29th ends at 22:00 UTC.
        (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 22, 0, 1, tzinfo=UTC), {28, 29, 30}),
    ],
)
def test_a_camera_compared_on_the_legal_days_of_its_leases(begun: datetime, ended: datetime, days: set[int]) -> None:
    found = days_of([(CAMERA, begun, ended)], SWEDEN_2026)
    assert found == {CAMERA: frozenset(date(2026, 3, day) for day in days)}


A_DEPLOYMENT = Deployment(
    deployment_id=DeploymentId("d-1"),
    warrant_id=WarrantId("w-1"),
    state=DeploymentState.ENDED,
    started_by=AccountId("lisa"),
    cameras=frozenset({CAMERA, CameraId("camera-2")}),
    profile_sha256="0" * 64,
    urgent=False,
    created_at=NOON,
    expires_at=NOON + timedelta(days=200),
)


@pytest.mark.law("C15")
def test_where_leases_are_gone_every_camera_counts_for_the_whole_use() -> None:
    leases: list[IssuedLease] = []
    hours = [(NOON, NOON + timedelta(hours=1))]
    assert spans_of(A_DEPLOYMENT, leases, hours, whole=True, now=NOON) == ()
    spans = spans_of(A_DEPLOYMENT, leases, hours, whole=False, now=NOON)
    assert {camera for camera, _, _ in spans} == A_DEPLOYMENT.cameras


# -- C6 --------------------------------------------------------------------------------------------------------------


def announced(number: int, profile: str, at: datetime, *, later: timedelta = timedelta(0)) -> ModelAnnouncement:
    return ModelAnnouncement(
        number=number,
        profile_sha256=profile,
        threshold=0.45,
        usable_from=at + later,
        created_at=at,
        expires_at=at + timedelta(days=1825),
    )


@pytest.mark.law("C6")
def test_a_changed_model_is_public_a_day_before_it_is_used() -> None:
    first = announced(1, "a", NOON)
    assert usable_from([], SWEDEN_2026, now=NOON) == NOON
    assert may_use_model([first], "a", now=NOON).allowed
    changed_at = NOON + timedelta(days=5)
    assert usable_from([first], SWEDEN_2026, now=changed_at) == datetime(2026, 3, 8, 12, tzinfo=UTC)
    both = [announced(2, "b", changed_at, later=SWEDEN_2026.model_notice), first]
    usable = changed_at + SWEDEN_2026.model_notice
    assert not may_use_model(both, "b", now=usable - TICK).allowed
    assert may_use_model(both, "b", now=usable).allowed
    # The one before is used no more from the announcement on, and nothing is used that was never announced.
    assert not may_use_model(both, "a", now=usable).allowed
    assert not may_use_model([], "a", now=NOON).allowed


@pytest.mark.law("C6")
def test_a_model_that_comes_back_is_a_change_too() -> None:
    history = [announced(1, "a", NOON), announced(2, "b", NOON + TICK)]
    assert must_be_announced([], "a")
    assert must_be_announced(history, "a")
    assert not must_be_announced(history, "b")


# -- a record as it was published -------------------------------------------------------------------------------------

PHRASES = st.builds(Phrase, en=st.text(), sv=st.text())
CELLS: st.SearchStrategy[Cell] = st.one_of(st.none(), st.integers(), st.text(), PHRASES, st.builds(Unsaid, why=PHRASES))
TABLES = st.builds(
    Table,
    headings=st.lists(PHRASES, max_size=3).map(tuple),
    rows=st.lists(st.lists(CELLS, max_size=3).map(tuple), max_size=3).map(tuple),
)
SECTIONS = st.builds(
    Section, title=PHRASES, paragraphs=st.lists(PHRASES, max_size=2).map(tuple), table=st.none() | TABLES
)


@pytest.mark.law("C7")
@given(st.lists(SECTIONS, max_size=3), st.booleans(), st.sampled_from(ReportKind))
def test_a_record_is_read_back_as_it_was_published(sections: list[Section], demo: bool, kind: ReportKind) -> None:  # noqa: FBT001 (drawn)
    report = Report(
        kind=kind, law="C7", title=same("A record"), made_at=NOON, public=True, demo=demo, sections=tuple(sections)
    )
    assert read_report(report.to_json()) == report
