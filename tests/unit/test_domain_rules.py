"""Roles, log-ins, leases, review, retention and events: the small rules, by example."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.domain.accounts import (
    FREE_FAILURES,
    LONGEST_WAIT,
    Account,
    may_choose_password,
    may_use_password,
    wait_after,
)
from governance.domain.decisions import Decision
from governance.domain.deployments import (
    Deployment,
    DeploymentState,
    IssuedLease,
    covers,
    lease_end,
    may_lease,
    may_resume,
    may_start,
)
from governance.domain.events import SENTENCES, Event
from governance.domain.identifiers import (
    AccountId,
    AlertId,
    CameraId,
    DeploymentId,
    LeaseId,
    ObjectId,
    ReferenceId,
    SiteId,
    SlotId,
    WarrantId,
)
from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.organisations import Organisation
from governance.domain.references import may_enrol
from governance.domain.retention import RETENTION, DataClass, expiry, is_due
from governance.domain.review import (
    Alert,
    AlertState,
    Barred,
    Feature,
    Observation,
    Outcome,
    Review,
    Support,
    Withheld,
    combine,
    is_complete,
    may_review,
    withheld,
)
from governance.domain.roles import ALONE, MAY, Action, Role, may, may_hold
from governance.domain.warrants import WarrantState
from tests.builders_contracts import NOON
from tests.unit.test_domain_warrants import a_record

BEA, CAI, DAG = AccountId("bea"), AccountId("cai"), AccountId("dag")
NOBODY = Barred(applicant=AccountId("ada"), legal_officer=AccountId("lex"), enrollers=frozenset({AccountId("eva")}))


def an_alert_record(**changes: object) -> Alert:
    alert = Alert(
        alert_id=AlertId("a"),
        warrant_id=WarrantId("w"),
        deployment_id=DeploymentId("d"),
        reference_id=ReferenceId("r"),
        site_id=SiteId("s"),
        camera_id=CameraId("c"),
        lease_id=LeaseId("l"),
        state=AlertState.OPEN,
        report=ObjectId("o"),
        crops=ObjectId("p"),
        crops_sha256="",
        joined=0,
        captured_at=NOON,
        stream_time=4.0,
        created_at=NOON,
        due_at=NOON + timedelta(hours=24),
        concluded_at=None,
        expires_at=NOON + timedelta(days=183),
    )
    return replace(alert, **changes)  # type: ignore[arg-type]  # each test names a field


def a_review(reviewer: AccountId, support: Support, ordinal: int = 1) -> Review:
    return Review(
        alert_id=AlertId("a"),
        reviewer=reviewer,
        ordinal=ordinal,
        support=support,
        answer=ObjectId("o"),
        created_at=NOON,
        expires_at=NOON,
    )


# -- roles ------------------------------------------------------------------------------------------------------------


def test_every_action_stands_in_the_table_and_somebody_may_do_it() -> None:
    assert set(MAY) == set(Action)
    assert all(MAY.values())
    assert [action.value for action in Action] == sorted(action.value for action in Action)


@pytest.mark.law("B14")
def test_who_asks_never_decides() -> None:
    assert not may(frozenset({Role.APPLICANT}), Action.WARRANT_APPROVE).allowed
    assert not may(frozenset({Role.LEGAL_OFFICER}), Action.WARRANT_DRAFT).allowed
    assert not may(frozenset({Role.LEGAL_OFFICER}), Action.ALERT_REVIEW).allowed


@pytest.mark.law("0.2", "B6")
def test_the_region_and_the_administrator_may_not_know_of_candidates() -> None:
    for role in (Role.SITE_MANAGER, Role.ADMINISTRATOR):
        for action in (Action.ALERT_LIST, Action.ALERT_VIEW, Action.ALERT_REVIEW, Action.WARRANT_READ):
            assert not may(frozenset({role}), action).allowed


def test_no_role_may_do_nothing() -> None:
    assert not any(may(frozenset(), action).allowed for action in Action)


@pytest.mark.law("B14")
def test_duties_that_must_be_apart_are_apart() -> None:
    assert not may_hold([]).allowed
    for lonely in ALONE:
        assert may_hold([lonely]).allowed
        assert not any(may_hold([lonely, other]).allowed for other in set(Role) - {lonely})


# -- accounts ---------------------------------------------------------------------------------------------------------


def an_account(**changes: object) -> Account:
    account = Account(
        account_id=BEA,
        login="bea",
        organisation=Organisation.POLICE,
        roles=frozenset({Role.OPERATOR}),
        password_hash="",
        opening_hash=None,
        demo=False,
        failures=0,
        locked_until=None,
        known_failures=0,
        known_locked_until=None,
        on_shift_until=None,
        certified_until=NOON + timedelta(days=1),
        proposed_by=AccountId("adam"),
        confirmed_by=AccountId("lena"),
        confirmed_at=NOON,
        withdrawn_at=None,
        created_at=NOON,
        expires_at=NOON,
    )
    return replace(account, **changes)  # type: ignore[arg-type]  # each test names a field


WAITS = (0, 0, 0, 0, 15, 30, 60, 120, 240, 480, 600, 600)
"""Seconds to wait after so many failures, by hand."""


def test_after_three_failures_the_wait_doubles_and_is_bounded_to_minutes() -> None:
    assert [wait_after(failures).total_seconds() for failures in range(len(WAITS))] == list(WAITS)
    assert wait_after(10**9) == LONGEST_WAIT == timedelta(minutes=10)


def test_a_stranger_who_never_rests_guesses_152_times_on_the_first_day_and_144_times_on_the_next() -> None:
    account, now, guesses = an_account(), NOON, [0, 0]
    while now < NOON + timedelta(days=2):
        guesses[(now - NOON) // timedelta(days=1)] += 1
        account = account.failed(now)
        now = max(now, account.locked_until or now)
    # Both kinds of browser together are fewer than the 480 of five guesses in each quarter of an hour.
    assert guesses == [152, 144]


@given(st.lists(st.booleans(), max_size=30))
def test_failures_of_one_kind_of_browser_never_make_the_other_wait(failures: list[bool]) -> None:
    account = an_account()
    for known in failures:
        account = account.failed(NOON, known=known)
    for known in (True, False):
        assert account.is_locked(NOON, known=known) is (failures.count(known) > FREE_FAILURES)
        forgotten = account.succeeded(known=known)
        assert not forgotten.is_locked(NOON, known=known)
        assert forgotten.is_locked(NOON, known=not known) is account.is_locked(NOON, known=not known)


def test_only_operators_are_on_shift() -> None:
    later = NOON + timedelta(hours=1)
    assert an_account(on_shift_until=later).is_on_shift(NOON)
    assert not an_account(on_shift_until=later).is_on_shift(later)
    assert not an_account(on_shift_until=later, roles=frozenset({Role.APPLICANT})).is_on_shift(NOON)


def test_weak_passwords_are_refused() -> None:
    assert not may_use_password("short", "bea").allowed
    assert not may_use_password("I am Bea and nobody else", "bea").allowed
    assert may_use_password("correct horse battery", "bea").allowed


def test_an_own_password_is_another_than_the_one_before() -> None:
    before = "correct horse battery"
    assert not may_choose_password(before, login="bea", before=before).allowed
    assert not may_choose_password("short", login="bea", before=before).allowed
    assert may_choose_password("another horse battery", login="bea", before=before).allowed


# -- references, deployments, leases ----------------------------------------------------------------------------------


@pytest.mark.law("A3")
def test_only_a_photograph_the_issuer_saw_fills_an_empty_slot() -> None:
    one = SlotId("1")
    assert may_enrol(seen_by_issuer=["p"], photograph_sha256="p", filled=[], slot_id=one).allowed
    assert not may_enrol(seen_by_issuer=["p"], photograph_sha256="q", filled=[], slot_id=one).allowed
    assert not may_enrol(seen_by_issuer=[], photograph_sha256="p", filled=[], slot_id=one).allowed
    assert not may_enrol(seen_by_issuer=["p"], photograph_sha256="p", filled=[one], slot_id=one).allowed


def a_deployment_record(state: DeploymentState = DeploymentState.RUNNING) -> Deployment:
    return Deployment(
        deployment_id=DeploymentId("d"),
        warrant_id=WarrantId("w"),
        state=state,
        started_by=BEA,
        cameras=frozenset({CameraId("camera-1")}),
        profile_sha256="p",
        urgent=False,
        created_at=NOON,
        expires_at=NOON,
    )


def lease_decision(**changes: object) -> Decision:
    facts: dict[str, object] = {
        "deployment": a_deployment_record(),
        "warrant": a_record(state=WarrantState.ACTIVE),
        "camera_named": True,
        "care_area": False,
        "references": 1,
        "reviewers_on_shift": 2,
        "legal": SWEDEN_2026,
        "now": NOON,
    }
    return may_lease(**{**facts, **changes})  # type: ignore[arg-type]  # each test names a fact


@pytest.mark.law("A6", "A4", "B8", "E6")
@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"deployment": a_deployment_record(DeploymentState.SUSPENDED)}, "A6"),
        ({"deployment": a_deployment_record(DeploymentState.ENDED)}, "A6"),
        ({"warrant": a_record(state=WarrantState.ISSUED)}, "A6"),
        ({"warrant": a_record(state=WarrantState.REVOKED)}, "A6"),
        ({"now": NOON + timedelta(hours=1)}, "A4"),
        ({"now": NOON - timedelta(hours=2)}, "A4"),
        ({"camera_named": False}, "A4"),
        ({"care_area": True}, "B8"),
        ({"references": 0}, "A3"),
        ({"reviewers_on_shift": 1}, "E6"),
    ],
)
def test_a_lease_needs_everything_at_once(changes: dict[str, object], rule: str) -> None:
    assert lease_decision().allowed
    assert not lease_decision(**changes).allowed
    assert lease_decision(**changes).rule == rule


@pytest.mark.law("A4", "P1")
def test_a_lease_never_outlives_its_warrant() -> None:
    near_end = NOON + timedelta(hours=1) - timedelta(seconds=7)
    assert lease_end(a_record(), SWEDEN_2026, now=NOON) == NOON + timedelta(seconds=60)
    assert lease_end(a_record(), SWEDEN_2026, now=near_end) == NOON + timedelta(hours=1)
    greedy = replace(SWEDEN_2026, lease=timedelta(hours=1))
    assert lease_end(a_record(), greedy, now=NOON) == NOON + timedelta(seconds=60)


@pytest.mark.law("A3")
def test_an_empty_list_is_not_put_into_use() -> None:
    issued = a_record(state=WarrantState.ISSUED)
    assert may_start(issued, references=1, now=NOON).allowed
    assert may_start(issued, references=0, now=NOON).rule == "A3"
    assert not may_start(a_record(state=WarrantState.APPROVED), references=1, now=NOON).allowed
    assert not may_start(issued, references=1, now=issued.not_after).allowed


@pytest.mark.law("A16")
def test_only_what_was_stopped_goes_on_and_only_under_a_live_warrant() -> None:
    stopped = a_record(state=WarrantState.SUSPENDED)
    assert may_resume(a_deployment_record(DeploymentState.SUSPENDED), stopped, now=NOON).allowed
    assert not may_resume(a_deployment_record(DeploymentState.ENDED), stopped, now=NOON).allowed
    assert not may_resume(a_deployment_record(DeploymentState.SUSPENDED), stopped, now=stopped.not_after).allowed


@pytest.mark.law("A6")
def test_a_candidate_is_covered_only_by_a_lease_that_was_live() -> None:
    lease = IssuedLease(
        lease_id=LeaseId("l"),
        deployment_id=DeploymentId("d"),
        warrant_id=WarrantId("w"),
        site_id=SiteId("s"),
        camera_id=CameraId("c"),
        day_key_sha256="",
        gallery_sha256="",
        record=b"",
        created_at=NOON,
        ends_at=NOON + timedelta(seconds=60),
        expires_at=NOON,
    )

    def covered(captured: datetime, received: datetime) -> bool:
        return covers(lease, captured_at=captured, received_at=received).allowed

    minute = timedelta(minutes=1)
    assert covered(NOON, NOON)
    assert not covered(NOON + minute, NOON + minute)
    assert not covered(NOON - timedelta(seconds=6), NOON)
    assert not covered(NOON, NOON + timedelta(minutes=7))


# -- review -----------------------------------------------------------------------------------------------------------


@pytest.mark.law("A15", "E6")
@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ((), Outcome.PENDING),
        ((3,), Outcome.PENDING),
        ((2, 2), Outcome.CONFIRMED_LEAD),
        ((3, 2), Outcome.CONFIRMED_LEAD),
        ((3, 1), Outcome.DISPUTED),
        ((3, -3), Outcome.DISPUTED),
        ((0, 0), Outcome.DISPUTED),
        ((-1, -1), Outcome.DISMISSED),
        ((3, 1, 3), Outcome.CONFIRMED_LEAD),
        ((3, 1, 1), Outcome.DISMISSED),
        ((3, -1, 3), Outcome.DISMISSED),
        ((1, 1, 3), Outcome.DISMISSED),
        ((2, 2, -3), Outcome.CONFIRMED_LEAD),
        ((3, 3, 3, 3), Outcome.DISMISSED),
    ],
)
def test_answers_combine_as_the_rule_says(answers: tuple[int, ...], outcome: Outcome) -> None:
    assert combine([Support(answer) for answer in answers]) is outcome


def decide_review(reviewer: AccountId, given: list[Review] | None = None, *, viewed: bool = True) -> Decision:
    return may_review(an_alert_record(), reviewer, given or [], NOBODY, viewed=viewed, now=NOON)


@pytest.mark.law("A15")
def test_nobody_with_a_hand_in_the_warrant_reviews() -> None:
    for barred in ("ada", "lex", "eva"):
        assert decide_review(AccountId(barred)).rule == "A15"
        assert not decide_review(AccountId(barred)).allowed
    assert decide_review(BEA).allowed


@pytest.mark.law("A15", "E2", "E6")
def test_nobody_reviews_twice_or_unseen_or_too_late_or_as_one_too_many() -> None:
    first, second = a_review(BEA, Support.SUPPORT_SAME), a_review(CAI, Support.SUPPORT_SAME, 2)
    assert not decide_review(BEA, [first]).allowed
    assert not decide_review(BEA, viewed=False).allowed
    assert not decide_review(DAG, [first, second]).allowed
    assert decide_review(DAG, [first, a_review(CAI, Support.SUPPORT_DIFFERENT, 2)]).allowed
    overdue = an_alert_record(due_at=NOON)
    assert not may_review(overdue, BEA, [], NOBODY, viewed=True, now=NOON).allowed
    concluded = an_alert_record(state=AlertState.DISMISSED)
    assert not may_review(concluded, BEA, [], NOBODY, viewed=True, now=NOON).allowed


@pytest.mark.law("E1")
def test_everything_is_withheld_until_all_answers_are_in() -> None:
    first, second = a_review(BEA, Support.SUPPORT_SAME), a_review(CAI, Support.SUPPORT_SAME, 2)
    assert withheld(an_alert_record(), [first], BEA) == frozenset(Withheld)
    assert withheld(an_alert_record(state=AlertState.DISPUTED), [first, second], BEA) == frozenset(Withheld)
    confirmed = an_alert_record(state=AlertState.CONFIRMED_LEAD)
    assert withheld(confirmed, [first, second], BEA) == frozenset()
    assert withheld(confirmed, [first, second], DAG) == frozenset(Withheld)


@pytest.mark.law("E2")
def test_an_answer_is_locked_until_every_component_was_looked_at() -> None:
    seen = dict.fromkeys(Feature, Observation.NOT_COMPARABLE)
    assert is_complete(seen).allowed
    for feature in Feature:
        assert not is_complete({one: seen[one] for one in Feature if one is not feature}).allowed


# -- retention, events ------------------------------------------------------------------------------------------------


@pytest.mark.law("B1", "B11", "A14", "C12")
def test_every_class_has_a_rule_with_length_and_provision() -> None:
    assert set(RETENTION) == set(DataClass)
    assert all(rule.length > timedelta(0) and rule.provision and rule.source for rule in RETENTION.values())


@pytest.mark.law("C4")
def test_candidates_are_gone_after_a_day() -> None:
    due = expiry(DataClass.CANDIDATE, created_at=NOON)
    assert due == NOON + timedelta(hours=24)
    assert is_due(due, now=due)
    assert not is_due(due, now=due - timedelta(milliseconds=1))


def test_every_event_is_a_noun_and_a_verb_with_a_sentence() -> None:
    assert set(SENTENCES) == set(Event)
    assert [event.value for event in Event] == sorted(event.value for event in Event)
    for event in Event:
        noun, _, verb = event.value.partition(".")
        assert noun.replace("-", "").isalpha()
        assert verb.isalpha()
        assert SENTENCES[event].endswith(".")
