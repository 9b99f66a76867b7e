"""What holds of the rules whatever comes: a warrant's life, review, retention."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from governance.domain.decisions import allow, denials
from governance.domain.identifiers import AccountId
from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.retention import RETENTION, DataClass, expiry
from governance.domain.review import Outcome, Support, combine
from governance.domain.submission import may_submit
from governance.domain.warrants import (
    Surroundings,
    Warrant,
    WarrantState,
    is_in_window,
    may_approve,
    may_import,
    may_move,
)
from tests.builders_applications import a_camera_application, a_slot_application, an_application
from tests.builders_contracts import ISSUER_NAME, NOON, PROFILE_SHA256, a_hash
from tests.unit.test_domain_warrants import a_record

SUPPORTS = st.sampled_from(list(Support))
TEXT = st.text(max_size=40)


@pytest.mark.law("A15")
@given(st.lists(SUPPORTS, max_size=5))
def test_no_lead_without_two_who_support_it(supports: list[Support]) -> None:
    if combine(supports) is Outcome.CONFIRMED_LEAD:
        assert sum(support >= Support.SUPPORT_SAME for support in supports) >= 2


@given(SUPPORTS, SUPPORTS)
def test_the_order_of_two_answers_does_not_matter(first: Support, second: Support) -> None:
    assert combine([first, second]) is combine([second, first])


@pytest.mark.law("E6")
@given(SUPPORTS, SUPPORTS, SUPPORTS)
def test_a_third_never_overrides_who_spoke_against(first: Support, second: Support, third: Support) -> None:
    if combine([first, second]) is Outcome.DISPUTED and min(first, second, third) < 0:
        assert combine([first, second, third]) is Outcome.DISMISSED


@pytest.mark.law("A4")
@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3650)))
def test_nobody_approves_and_nothing_is_in_force_after_the_window(late: timedelta) -> None:
    after = a_record().not_after + late
    assert not may_approve(a_record(), AccountId("lex"), now=after).allowed
    assert not is_in_window(a_record(), now=after).allowed


@pytest.mark.law("B1")
@given(st.sampled_from(list(DataClass)), st.timedeltas(timedelta(-400), timedelta(4000)))
def test_no_limit_lengthens_what_the_rule_says(data_class: DataClass, limit: timedelta) -> None:
    due = expiry(data_class, created_at=NOON, no_later_than=NOON + limit)
    assert due <= NOON + RETENTION[data_class].length
    assert due <= NOON + limit


@pytest.mark.law("A1", "A2")
@given(objective=TEXT, offence=TEXT, statute=TEXT, penalty=st.integers(-5, 99), camera=TEXT, band=TEXT, kind=TEXT)
def test_no_free_text_talks_the_rules_into_a_yes(
    *, objective: str, offence: str, statute: str, penalty: int, camera: str, band: str, kind: str
) -> None:
    around = Surroundings(
        legal=SWEDEN_2026,
        cameras={"camera-1": False},
        issuers={ISSUER_NAME},
        profile_sha256=PROFILE_SHA256,
        admitted_age_bands={"18-39"},
        profile_admitted=allow("P4"),
        decision_attached=True,
    )
    application = an_application(
        objective=objective,
        offence_code=offence,
        statute=statute,
        maximum_penalty_years=penalty,
        cameras=(a_camera_application(camera),),
        slots=(a_slot_application(age_band=band, subject_kind=kind),),
    )
    rules = {decision.rule for decision in denials(may_submit(application, around, now=NOON))}
    assert {"A1", "A2", "A3", "A4", "C13"} <= rules


class WarrantLife(RuleBasedStateMachine):
    """Any sequence of steps: what is in force was approved by another and signed, and what ended stays ended."""

    def __init__(self) -> None:
        super().__init__()
        self.warrant: Warrant = a_record(state=WarrantState.DRAFTED)
        self.ended = False

    @rule(approver=st.sampled_from(["ada", "lex"]), hours=st.integers(0, 2))
    def approve(self, approver: str, hours: int) -> None:
        if may_approve(self.warrant, AccountId(approver), now=NOON + timedelta(hours=hours)).allowed:
            self.warrant = a_record(
                state=WarrantState.APPROVED, legal_officer=AccountId(approver), act_sha256=a_hash("act")
            )

    @rule(issuer=st.sampled_from([ISSUER_NAME, "ada", "lex"]), act=st.sampled_from(["act", "other"]))
    def bring_back(self, issuer: str, act: str) -> None:
        if may_import(self.warrant, issuer_is=issuer, act_sha256=a_hash(act), now=NOON).allowed:
            assert (issuer, act) == (ISSUER_NAME, "act")
            self.move(WarrantState.ISSUED)

    @rule(to=st.sampled_from([s for s in WarrantState if s not in {WarrantState.APPROVED, WarrantState.ISSUED}]))
    def step(self, to: WarrantState) -> None:
        if may_move(self.warrant, to).allowed:
            self.move(to)

    def move(self, to: WarrantState) -> None:
        assert not self.ended
        self.warrant = a_record(state=to, legal_officer=self.warrant.legal_officer, act_sha256=self.warrant.act_sha256)
        self.ended = to in {WarrantState.REVOKED, WarrantState.EXPIRED, WarrantState.REJECTED}

    @invariant()
    def in_force_means_approved_by_another(self) -> None:
        if self.warrant.state in {WarrantState.ISSUED, WarrantState.ACTIVE, WarrantState.SUSPENDED}:
            assert self.warrant.legal_officer == AccountId("lex")
            assert self.warrant.act_sha256 == a_hash("act")


TestWarrantLife = WarrantLife.TestCase
