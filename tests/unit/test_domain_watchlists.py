"""Watchlists: at most a day old, of those who stand, and byte for byte what was built (C1)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.domain.identifiers import DeploymentId, ReferenceId, SiteId, WarrantId, WatchlistId
from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.watchlists import (
    LONGEST_LIFE,
    Watchlist,
    is_due,
    is_the_built_one,
    list_end,
    may_lend_list,
    newest,
)
from tests.unit.test_domain_photographs import WARRANT

pytestmark = pytest.mark.law("C1")

LEGAL = SWEDEN_2026
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
A, B = ReferenceId("a"), ReferenceId("b")


def a_list(**changes: Any) -> Watchlist:
    values: dict[str, Any] = {
        "watchlist_id": WatchlistId("l"),
        "deployment_id": DeploymentId("d"),
        "warrant_id": WarrantId("w"),
        "site_id": SiteId("s"),
        "listed": frozenset({A}),
        "left_out": frozenset(),
        "gallery_sha256": "0" * 64,
        "created_at": NOON,
        "ends_at": NOON + DAY,
        "destroyed_at": None,
        "expires_at": NOON + DAY,
    }
    return Watchlist(**{**values, **changes})


@given(st.timedeltas(timedelta(0), timedelta(days=400)), st.timedeltas(timedelta(seconds=1), timedelta(days=40)))
def test_no_profile_and_no_warrant_makes_a_list_live_longer_than_a_day(life: timedelta, left: timedelta) -> None:
    warrant = replace(WARRANT, not_after=NOON + left)
    end = list_end(warrant, replace(LEGAL, watchlist_life=life), now=NOON)
    assert end <= NOON + LONGEST_LIFE
    assert end <= warrant.not_after
    assert end <= NOON + life


@pytest.mark.parametrize(
    ("after", "live"),
    [
        (timedelta(0), True),
        (DAY - timedelta(milliseconds=1), True),
        (DAY, False),
        (DAY * 2, False),
        (-timedelta(milliseconds=1), False),
    ],
)
def test_a_list_is_lent_within_its_day_and_no_longer(after: timedelta, live: bool) -> None:  # noqa: FBT001 (a table's column)
    assert a_list().is_live(NOON + after) is live
    assert may_lend_list(a_list(), [A], now=NOON + after).allowed is live


def test_a_list_that_is_missing_destroyed_empty_or_of_somebody_erased_is_not_lent() -> None:
    assert not may_lend_list(None, [A], now=NOON).allowed
    assert not may_lend_list(a_list(destroyed_at=NOON), [A], now=NOON).allowed
    assert not may_lend_list(a_list(listed=frozenset()), [A], now=NOON).allowed
    assert not may_lend_list(a_list(), [B], now=NOON).allowed
    assert may_lend_list(a_list(), [A, B], now=NOON).allowed


def test_other_bytes_than_the_built_ones_are_not_lent() -> None:
    assert is_the_built_one(a_list(), "0" * 64).allowed
    assert not is_the_built_one(a_list(), "1" * 64).allowed


def test_a_list_is_due_when_it_grows_old_or_somebody_comes_or_goes() -> None:
    later = NOON + LEGAL.watchlist_renewal
    assert is_due(None, [A], legal=LEGAL, now=NOON)
    assert not is_due(a_list(), [A], legal=LEGAL, now=later - timedelta(seconds=1))
    assert is_due(a_list(), [A], legal=LEGAL, now=later)
    assert is_due(a_list(), [A, B], legal=LEGAL, now=NOON)
    assert is_due(a_list(), [], legal=LEGAL, now=NOON)
    assert not is_due(a_list(left_out=frozenset({B})), [A, B], legal=LEGAL, now=NOON)


def test_the_newest_live_list_is_the_one() -> None:
    old, new = a_list(), a_list(watchlist_id=WatchlistId("n"), created_at=NOON + timedelta(hours=1))
    assert newest([new, old], now=NOON + timedelta(hours=2)) is new
    assert newest([new, old], now=NOON) is old
    assert newest([new, old], now=NOON + DAY * 3) is None
