"""Whatever a report is, only one of the profile in use and of its year is laid before the authority (C10, A17)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.domain.evaluation_reports import LaidReport, may_lay_report

pytestmark = pytest.mark.law("C10", "A17")
TODAY = date(2026, 11, 26)
PROFILES = st.sampled_from(("a" * 64, "b" * 64))


@given(PROFILES, PROFILES, st.integers(-800, 800), st.booleans())
def test_nothing_else_is_laid_down(of: str, in_use: str, days: int, for_less: bool) -> None:  # noqa: FBT001
    report = LaidReport(profile_sha256=of, measured_on=TODAY + timedelta(days=days), for_less=for_less)
    decision = may_lay_report(report, in_use=in_use, today=TODAY)
    assert decision.allowed == (of == in_use and -365 <= days <= 0 and not for_less)
    assert decision.rule in {"A17", "C10"}
