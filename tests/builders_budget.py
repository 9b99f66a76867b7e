"""Budgets and charges for tests: approved numbers, and alerts that count against them."""

from datetime import timedelta
from typing import Any

from governance.domain.budget import Budget, Charge, Verdict
from governance.domain.identifiers import AccountId, AlertId, ReferenceId, SiteId, WarrantId
from tests.builders_contracts import NOON, PROFILE_SHA256, SITE


def a_budget(**changes: Any) -> Budget:
    """Return a budget of one false alert a day at 1,000 passages a day, of which none has been yet."""
    budget: dict[str, Any] = {
        "warrant_id": WarrantId("w1"),
        "site_id": SiteId(SITE),
        "profile_sha256": PROFILE_SHA256,
        "expected_milli": 1000,
        "passages_per_day": 1000,
        "passages": 0,
        "tolerated": 0,
        "approved_by": AccountId("lex"),
        "stopped_at": None,
        "resume_asked_by": None,
        "resumed_by": None,
        "created_at": NOON,
        "expires_at": NOON + timedelta(days=30),
    }
    return Budget(**(budget | changes))


def charges(count: int, *, verdict: str = "pending", reference: str = "r1", first: int = 0) -> tuple[Charge, ...]:
    """Return the charges of so many alerts of one reference."""
    return tuple(
        Charge(
            alert_id=AlertId(f"a{number}"),
            warrant_id=WarrantId("w1"),
            site_id=SiteId(SITE),
            profile_sha256=PROFILE_SHA256,
            reference_id=ReferenceId(reference),
            verdict=Verdict(verdict),
            created_at=NOON,
            expires_at=NOON + timedelta(days=30),
        )
        for number in range(first, first + count)
    )
