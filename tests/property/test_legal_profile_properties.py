"""Whatever a profile file says: what it allows, the built-in profile and the act allow too (A1, A2, A4)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.domain.decisions import allow
from governance.domain.deployments import lease_end
from governance.domain.legal_profile import ENTRIES, EU_AI_ACT, SWEDEN_2026, LegalProfile
from governance.domain.legal_profile_file import ProfileRefused, read_profile
from governance.domain.submission import may_submit
from governance.domain.warrants import Surroundings
from tests.builders_applications import a_camera_application, an_application
from tests.builders_contracts import ISSUER_NAME, NOON, PROFILE_SHA256
from tests.builders_law import a_profile_file, a_table
from tests.unit.test_domain_warrants import a_record

pytestmark = pytest.mark.law("A1", "A2", "A4")

NAMES = st.sampled_from(sorted(ENTRIES))


def within(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Return lists and objects of something; `st.recursive` would throw away what grows too large."""
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)


PLAIN: st.SearchStrategy[object] = (
    st.none() | st.booleans() | st.integers(-5, 10**10) | st.floats(0, 1) | st.text(max_size=8)
)
JSON = PLAIN | within(PLAIN | within(PLAIN))


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Return a file with some values moved either way, or replaced by anything."""
    values: dict[str, object] = {}
    table = a_table()["parameters"]
    for name in dict.fromkeys(draw(st.lists(NAMES, min_size=1, max_size=4))):
        value = table[name]["value"]
        if isinstance(value, bool | str):
            values[name] = draw(JSON)
        elif isinstance(value, int):
            values[name] = draw(st.integers(0, 2 * value) | JSON)
        elif isinstance(value, float):
            values[name] = draw(st.floats(0, 1, exclude_min=True))
        else:
            kept = draw(st.lists(st.booleans(), min_size=len(value), max_size=len(value)))
            values[name] = sorted((one for one, keep in zip(value, kept, strict=True) if keep), key=str)
    return a_profile_file(**values)


def read_or_nothing(data: bytes) -> LegalProfile | None:
    try:
        return read_profile(data)
    except ProfileRefused:
        return None


def allowed(legal: LegalProfile, days: int, cameras: int, offence: int, objective: str) -> bool:
    register = {f"camera-{number}": False for number in range(12)}
    row = SWEDEN_2026.offences[offence % len(SWEDEN_2026.offences)]
    application = an_application(
        objective=objective,
        offence_code=row.code.value,
        statute=row.statute,
        maximum_penalty_years=row.maximum_penalty_years,
        cameras=tuple(
            replace(
                a_camera_application(f"camera-{number}"), reason=f"She is seen at this stop each day, number {number}"
            )
            for number in range(cameras)
        ),
        not_before=NOON,
        not_after=NOON + timedelta(days=days),
    )
    around = Surroundings(
        legal=legal,
        cameras=register,
        issuers={ISSUER_NAME},
        profile_sha256=PROFILE_SHA256,
        admitted_age_bands={"18-39", "40-64"},
        profile_admitted=allow("P4"),
        decision_attached=True,
    )
    return all(decision.allowed for decision in may_submit(application, around, now=NOON))


@given(
    files(),
    st.integers(1, 16),
    st.integers(1, 4),
    st.integers(0, 12),
    st.sampled_from(["victim-search", "imminent-threat", "perpetrator-search"]),
)
def test_what_a_file_allows_the_built_in_profile_allows(
    data: bytes, days: int, cameras: int, offence: int, objective: str
) -> None:
    profile = read_or_nothing(data)
    if profile is not None and allowed(profile, days, cameras, offence, objective):
        assert allowed(SWEDEN_2026, days, cameras, offence, objective)
        assert allowed(EU_AI_ACT, days, cameras, offence, objective)


@given(files())
def test_no_file_lengthens_a_lease_or_a_review_or_does_without_the_second_reviewer(data: bytes) -> None:
    profile = read_or_nothing(data)
    if profile is not None:
        assert lease_end(a_record(), profile, now=NOON) <= lease_end(a_record(), SWEDEN_2026, now=NOON)
        assert profile.review_time <= SWEDEN_2026.review_time
        assert profile.reviewers_needed >= 2
        assert all(row.maximum_penalty_years >= 4 for row in profile.offences)


@given(NAMES, JSON)
def test_a_file_is_read_or_refused_by_a_sentence(name: str, value: object) -> None:
    profile = read_or_nothing(a_profile_file(**{name: value}))
    if profile is not None:
        assert read_profile(profile.to_bytes()) == profile


def test_the_strategy_does_make_files_that_are_accepted() -> None:
    """Else the properties above would hold of nothing."""
    assert (
        read_or_nothing(a_profile_file(longest_window=86_400_000, most_persons=2, largest_camera_share=0.1)) is not None
    )
    assert allowed(SWEDEN_2026, 2, 2, 4, "victim-search")
