"""C5: the budget of false alerts, whatever the numbers: nothing that helps comes from starting anew or from waiting."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.domain.budget import (
    Charge,
    Verdict,
    goes_on,
    may_agree_to_resume,
    may_approve,
    may_join,
    may_lend_from,
    may_settle,
    reference_goes_on,
    tail,
    uncredited,
)
from governance.domain.identifiers import AccountId, AlertId, WarrantId
from governance.domain.legal_profile import SWEDEN_2026
from tests.builders_budget import a_budget, charges
from tests.builders_contracts import NOON

pytestmark = pytest.mark.law("C5")

counts = st.integers(min_value=0, max_value=200)
means = st.fractions(min_value=0, max_value=300, max_denominator=1000)
verdicts = st.lists(st.sampled_from(list(Verdict)), max_size=30)


def charged(given_verdicts: list[Verdict]) -> tuple[Charge, ...]:
    return tuple(
        replace(one, alert_id=AlertId(f"a{number}"), verdict=verdict)
        for number, (one, verdict) in enumerate(zip(charges(len(given_verdicts)), given_verdicts, strict=True))
    )


@given(counts, means)
def test_a_tail_is_a_share_and_falls_with_the_count(count: int, mean: Fraction) -> None:
    assert 0.0 <= tail(count + 1, mean) <= tail(count, mean) + 1e-12 <= 1.0 + 1e-12


@given(counts, means, means)
def test_a_tail_grows_with_the_mean(count: int, mean: Fraction, more: Fraction) -> None:
    assert tail(count, mean) <= tail(count, mean + more) + 1e-9


@given(verdicts, st.integers(min_value=0, max_value=10**6))
def test_one_more_alert_never_lets_a_stopped_deployment_go_on(found: list[Verdict], passages: int) -> None:
    budget = a_budget(passages=passages)
    if not goes_on(budget, charged(found), SWEDEN_2026).allowed:
        assert not goes_on(budget, charged([*found, Verdict.FALSE]), SWEDEN_2026).allowed


@given(verdicts, st.integers(min_value=0, max_value=10**6))
def test_only_right_credits_back(found: list[Verdict], passages: int) -> None:
    """Pending, timed out, wrong and unknown weigh the same."""
    budget = a_budget(passages=passages)
    worst = [Verdict.RIGHT if one is Verdict.RIGHT else Verdict.FALSE for one in found]
    assert goes_on(budget, charged(found), SWEDEN_2026) == goes_on(budget, charged(worst), SWEDEN_2026)
    assert uncredited(charged(found)) == len(found) - found.count(Verdict.RIGHT)


@given(verdicts)
def test_another_budgets_charges_change_nothing(found: list[Verdict]) -> None:
    budget = a_budget()
    elsewhere = tuple(replace(one, warrant_id=WarrantId("w2")) for one in charged(found))
    assert goes_on(budget, elsewhere, SWEDEN_2026).allowed


@given(verdicts, st.integers(min_value=0, max_value=10**6))
def test_a_new_deployment_begins_with_what_the_last_one_spent(found: list[Verdict], passages: int) -> None:
    """No deployment stands in a budget or a charge, so whatever is asked, it is asked of the same account."""
    budget = a_budget(passages=passages)
    assert {"deployment", "deployment_id"}.isdisjoint(Charge.__dataclass_fields__)
    later = replace(budget, passages=passages)
    assert goes_on(later, charged(found), SWEDEN_2026) == goes_on(budget, charged(found), SWEDEN_2026)


@given(verdicts, st.integers(min_value=0, max_value=10**6))
def test_whatever_was_let_go_on_stops_again_at_the_next_alert_that_is_not_right(
    found: list[Verdict], passages: int
) -> None:
    budget = a_budget(passages=passages)
    spent = uncredited(charged(found))
    if goes_on(budget, charged(found), SWEDEN_2026).allowed:
        return
    resumed = replace(budget, tolerated=spent)
    assert goes_on(resumed, charged(found), SWEDEN_2026).allowed
    more = replace(charges(1)[0], alert_id=AlertId("more"))
    # However many passages there were since: what two people let go on has no further room.
    for since in (0, 10**9):
        later = replace(resumed, passages=passages + since)
        assert goes_on(later, charged(found), SWEDEN_2026).allowed
        assert not goes_on(later, (*charged(found), more), SWEDEN_2026).allowed


@given(st.integers(min_value=10, max_value=10**4), st.integers(min_value=0, max_value=10**9))
def test_the_cap_holds_however_many_passages_there_were(count: int, passages: int) -> None:
    assert not goes_on(a_budget(passages=passages), charges(count), SWEDEN_2026).allowed


@given(verdicts)
def test_a_reference_goes_at_its_second_false_alert_and_for_nothing_else(found: list[Verdict]) -> None:
    assert reference_goes_on(charged(found), SWEDEN_2026).allowed is (found.count(Verdict.FALSE) < 2)


@given(verdicts, st.integers(min_value=0, max_value=20), st.integers(min_value=0, max_value=10**6))
def test_what_joined_an_alert_counts_with_it_once_it_was_false_and_never_before(
    found: list[Verdict], joins: int, passages: int
) -> None:
    budget = a_budget(passages=passages)
    for verdict in Verdict:
        alert, *others = (
            replace(one, alert_id=AlertId(f"j{number}"), verdict=verdict, joins=AlertId("j0") if number else None)
            for number, one in enumerate(charges(joins + 1))
        )
        alone, together = (*charged(found), alert), (*charged(found), alert, *others)
        more = joins if verdict is Verdict.FALSE else 0
        assert uncredited(together) == uncredited(alone) + more
        # What joined only ever brings the stop nearer, and takes nobody off a list.
        if not goes_on(budget, alone, SWEDEN_2026).allowed:
            assert not goes_on(budget, together, SWEDEN_2026).allowed
        assert reference_goes_on(together, SWEDEN_2026) == reference_goes_on(alone, SWEDEN_2026)


@given(st.sampled_from([None, *Verdict]))
def test_a_candidate_joins_only_what_nobody_has_an_outcome_for(verdict: Verdict | None) -> None:
    charge = None if verdict is None else replace(charges(1)[0], verdict=verdict)
    assert may_join(charge).allowed is (verdict is Verdict.PENDING)


@given(st.sampled_from(list(Verdict)), st.sampled_from(list(Verdict)))
def test_a_verdict_is_given_once(first: Verdict, second: Verdict) -> None:
    allowed = may_settle(charged([first])[0], second).allowed
    assert allowed is (first is Verdict.PENDING and second is not Verdict.PENDING)


@given(st.integers(min_value=-5, max_value=5000), st.integers(min_value=-5, max_value=10**7))
def test_no_budget_is_approved_above_the_days_limit_or_the_outer_limit(milli: int, passages: int) -> None:
    decision = may_approve(expected_milli=milli, passages_per_day=passages, legal=SWEDEN_2026, demo=False)
    lawful = 1 <= milli <= 1000 and passages >= 1 and milli * 1000 <= 1000 * passages
    assert decision.allowed is lawful


def test_without_a_budget_nothing_is_lent() -> None:
    assert not may_lend_from(None, (), SWEDEN_2026).allowed


def test_a_stopped_budget_lends_nothing_even_if_its_charges_were_credited() -> None:
    assert not may_lend_from(a_budget(stopped_at=NOON, passages=10**6), (), SWEDEN_2026).allowed


def test_a_stop_is_lifted_by_two_people_of_two_organisations() -> None:
    stopped = a_budget(stopped_at=NOON, resume_asked_by=AccountId("lex"))
    ask = {"budget": stopped, "asked_from": "police"}
    other = AccountId("ola")
    assert may_agree_to_resume(**ask, agrees=other, organisation="supervisory-authority").allowed
    assert not may_agree_to_resume(**ask, agrees=other, organisation="police").allowed
    assert not may_agree_to_resume(**ask, agrees=AccountId("lex"), organisation="supervisory-authority").allowed
    unasked = replace(stopped, resume_asked_by=None)
    assert not may_agree_to_resume(
        unasked, agrees=other, organisation="supervisory-authority", asked_from="police"
    ).allowed
