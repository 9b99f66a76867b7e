"""Months of use, and what a report declared of a profile, for tests."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any, Final

from governance.domain.admissions import ProfileSuspension, SuspensionGround
from governance.domain.in_operation import Row
from governance.domain.operation_limit import Declared
from tests.builders_contracts import NOON

PROFILE: Final = "a" * 64
REPORT: Final = "b" * 64
TRACKS: Final = "tracks, by the site"


def a_month(label: str = "2026-01", **values: Any) -> Row:
    """Return a month in which 100,000 faces made ten alerts: eight true, one false, one unconfirmed."""
    given: Mapping[str, Any] = {
        "label": label,
        "begins": date.fromisoformat(f"{label}-01"),
        "faces": 100_000,
        "counted_how": TRACKS,
        "alerts": 10,
        "true_alerts": 8,
        "false_alerts": 1,
        "unconfirmed": 1,
        **values,
    }
    return Row(**given)


def some_false(label: str, false: int, faces: int = 100_000) -> Row:
    """Return a month in which so many alerts, all false, came of so many faces."""
    return a_month(label, faces=faces, alerts=false, true_alerts=0, false_alerts=false, unconfirmed=0)


def a_report(lower: float | None = 1e-4, upper: float | None = 5e-4, limit: Fraction = Fraction(1, 1000)) -> Declared:
    """Return what a report declared: one in 10,000 to one in 2,000, unless told otherwise."""
    return Declared(profile_sha256=PROFILE, report_sha256=REPORT, limit=limit, lower=lower, upper=upper)


def a_suspension(**values: Any) -> ProfileSuspension:
    """Return a suspension of the profile for false alerts, in force, of which nobody has said anything."""
    given: Mapping[str, Any] = {
        "suspension_id": "5" * 32,
        "profile_sha256": PROFILE,
        "ground": SuspensionGround.FALSE_ALERTS,
        "suspended_by": None,
        "lift_asked_by": None,
        "lift_report_sha256": None,
        "lifted_by": None,
        "lifted_at": None,
        "created_at": NOON,
        "expires_at": NOON,
        **values,
    }
    return ProfileSuspension(**given)
