"""P4, C13: for every envelope and every use, what runs lies inside, and whatever is asked more stays outside."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.admission import Envelope, NotAdmitted, ProfileUse, admits
from contracts.model_profile import ProfileClass, ScoreKind
from contracts.vocabulary import CameraClass
from tests.builders_contracts import NOON, PROFILE, AProfile, an_admission, an_envelope

pytestmark = pytest.mark.law("P4", "C13")

BANDS = ("0-11", "12-17", "18-39", "40-64", "65-up", "unknown")
CLASSES: tuple[CameraClass | None, ...] = (*CameraClass, None)
ENVELOPES = st.builds(
    an_envelope,
    tested_list=st.integers(1, 5000),
    score=st.sampled_from(ScoreKind),
    threshold=st.floats(0, 1),
    camera_classes=st.sets(st.sampled_from(CameraClass)).map(lambda some: tuple(sorted(some))),
    age_bands=st.sets(st.sampled_from(BANDS)).map(lambda some: tuple(sorted(some))),
    passages_a_day=st.integers(1, 10**6),
    camera_hours_a_day=st.integers(1, 500),
)
USES = st.builds(
    ProfileUse,
    environment=st.sampled_from(ProfileClass),
    persons=st.integers(0, 6000),
    camera_classes=st.sets(st.sampled_from(CLASSES), max_size=2),
    age_bands=st.sets(st.sampled_from(BANDS), max_size=3),
    camera_hours_a_day=st.floats(0, 600),
    passages_a_day=st.integers(0, 2 * 10**6),
)
PROFILES = st.builds(
    lambda profile_class, threshold, score: replace(
        PROFILE,
        profile_class=profile_class,
        comparison=replace(PROFILE.comparison, threshold=threshold, score=score),
    ),
    st.sampled_from(ProfileClass),
    st.floats(0, 1),
    st.sampled_from(ScoreKind),
)
TIMES = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def is_inside(envelope: Envelope, profile: AProfile, use: ProfileUse) -> bool:
    """Say it once more, in other words than the rule's: 9 in 10 of the list were tested, as like or more."""
    likeness = -1 if profile.comparison.score is ScoreKind.EUCLIDEAN_DISTANCE else 1
    return (
        9 * use.persons <= 10 * envelope.tested_list
        and envelope.score is profile.comparison.score
        and likeness * profile.comparison.threshold >= likeness * envelope.threshold
        and not set(use.camera_classes) - set(envelope.camera_classes)
        and not set(use.age_bands) - set(envelope.age_bands)
        and use.camera_hours_a_day <= envelope.camera_hours_a_day
        and use.passages_a_day <= envelope.passages_a_day
    )


@given(envelope=ENVELOPES, profile=PROFILES, use=USES, now=TIMES)
def test_what_runs_is_inside_and_in_time_and_what_is_not_says_why(
    envelope: Envelope, profile: AProfile, use: ProfileUse, now: datetime
) -> None:
    admission = an_admission(profile_class=profile.profile_class, envelope=envelope)
    answer = admits(admission, profile, use, now=now)
    strict = list(ProfileClass).index
    may_be_here = strict(profile.profile_class) >= strict(use.environment)
    in_time = admission.admitted_at <= now < admission.expires_at
    needs_none = profile.profile_class is ProfileClass.DEMO
    assert answer.admitted == (may_be_here and (needs_none or (in_time and is_inside(envelope, profile, use))))
    assert answer.admitted == (answer.reason is None)


@given(profile=PROFILES, use=USES, now=TIMES)
def test_without_a_report_only_a_demonstration_runs(profile: AProfile, use: ProfileUse, now: datetime) -> None:
    runs = admits(None, profile, use, now=now).admitted
    assert runs == (profile.profile_class is use.environment is ProfileClass.DEMO)


MORE: dict[str, Any] = {
    "persons": lambda use: use.persons + 1,
    "camera_hours_a_day": lambda use: use.camera_hours_a_day + 1,
    "passages_a_day": lambda use: use.passages_a_day + 1,
    "age_bands": lambda use: {*use.age_bands, "0-11"},
    "camera_classes": lambda use: {*use.camera_classes, None},
}


@given(envelope=ENVELOPES, use=USES, part=st.sampled_from(sorted(MORE)))
def test_who_asks_for_more_is_never_let_where_less_was_refused(envelope: Envelope, use: ProfileUse, part: str) -> None:
    profile = replace(PROFILE, comparison=replace(PROFILE.comparison, score=envelope.score))
    admission = an_admission(envelope=envelope)
    less, more = (admits(admission, profile, one, now=NOON) for one in (use, replace(use, **{part: MORE[part](use)})))
    assert less.admitted or not more.admitted


@given(beyond=st.timedeltas(timedelta(0), timedelta(days=4000)))
def test_after_its_end_no_report_admits_anything_ever_again(beyond: timedelta) -> None:
    admission = an_admission()
    use = ProfileUse(environment=ProfileClass.OPERATIONAL, persons=0, camera_classes=(), age_bands=())
    assert admits(admission, PROFILE, use, now=admission.expires_at + beyond).reason is NotAdmitted.EXPIRED
