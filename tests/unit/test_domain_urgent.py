"""The rules of urgent warrants, searching afterwards, independent issuers, attached decisions (A6, A7, A12, 0.4)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.canonical import sha256_hex
from governance.domain.attachments import LARGEST_DECISION, may_attach
from governance.domain.decisions import denials
from governance.domain.identifiers import ObjectId, WarrantId
from governance.domain.independence import has_independent_issuer
from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.papers import Paper, PaperKind
from governance.domain.post_remote import has_one_probe, is_live_type
from governance.domain.submission import CHECKS, may_submit
from governance.domain.urgent import (
    UrgentUse,
    has_urgent_substance,
    is_in_urgent_time,
    is_not_silent,
    is_registered_in_time,
    may_begin,
    may_confirm,
    may_take_receipt,
    urgent_use,
)
from governance.domain.warrants import WarrantState, WarrantType
from tests.builders_applications import A_PDF, a_slot_application, an_application
from tests.builders_contracts import ISSUER_NAME, NOON, a_hash
from tests.unit.test_domain_warrants import AROUND, a_record

HOUR, LEAST = timedelta(hours=1), timedelta(milliseconds=1)
USE = UrgentUse(begun_at=NOON, received_at=None, confirmed=False, registered_at=None)


def a_paper(kind: PaperKind, *, dated: datetime = NOON, taken: datetime = NOON) -> Paper:
    return Paper(
        paper_sha256=a_hash(kind.value),
        warrant_id=WarrantId("w"),
        kind=kind,
        record=ObjectId("o"),
        dated=dated,
        created_at=taken,
        expires_at=NOON + timedelta(days=230),
    )


# -- A7 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.law("A7")
def test_known_answers_of_the_urgent_times() -> None:
    """24 h to the receipt, 72 h to the decision, both from the second signature, exclusive."""
    received = replace(USE, received_at=NOON + 23 * HOUR)
    for use, at, allowed in (
        (USE, NOON + 24 * HOUR - LEAST, True),
        (USE, NOON + 24 * HOUR, False),
        (received, NOON + 24 * HOUR, True),
        (received, NOON + 72 * HOUR - LEAST, True),
        (received, NOON + 72 * HOUR, False),
        (replace(USE, confirmed=True), NOON + 1000 * HOUR, True),
    ):
        assert is_not_silent(use, SWEDEN_2026, now=at).allowed is allowed


@pytest.mark.law("A7")
def test_a_confirmation_lengthens_nothing() -> None:
    """24 h without the receipt, 72 h with it, whatever the issuer confirmed: worked out by hand."""
    received = replace(USE, received_at=NOON + 23 * HOUR)
    for use, at, allowed in (
        (replace(USE, confirmed=True), NOON + 24 * HOUR - LEAST, True),
        (replace(USE, confirmed=True), NOON + 24 * HOUR, False),
        (replace(received, confirmed=True), NOON + 24 * HOUR, True),
        (replace(received, confirmed=True), NOON + 72 * HOUR - LEAST, True),
        (replace(received, confirmed=True), NOON + 72 * HOUR, False),
    ):
        assert is_in_urgent_time(use, SWEDEN_2026, now=at).allowed is allowed
        assert is_not_silent(use, SWEDEN_2026, now=at).allowed


@pytest.mark.law("A7")
@given(hours=st.integers(0, 100), received=st.booleans(), confirmed=st.booleans())
def test_more_answers_of_the_issuer_never_end_it_sooner(hours: int, *, received: bool, confirmed: bool) -> None:
    now = NOON + hours * HOUR
    use = replace(USE, received_at=NOON if received else None, confirmed=confirmed)
    if is_not_silent(USE, SWEDEN_2026, now=now).allowed:
        assert is_not_silent(use, SWEDEN_2026, now=now).allowed
    assert is_not_silent(use, SWEDEN_2026, now=now).allowed or not confirmed


@pytest.mark.law("A7")
def test_a_receipt_is_logged_within_a_day_and_a_decision_before_the_silence() -> None:
    assert may_take_receipt(USE, SWEDEN_2026, dated=NOON, now=NOON + 24 * HOUR - LEAST).allowed
    assert not may_take_receipt(USE, SWEDEN_2026, dated=NOON, now=NOON + 24 * HOUR).allowed
    assert not may_take_receipt(USE, SWEDEN_2026, dated=NOON + LEAST, now=NOON).allowed
    assert not may_take_receipt(None, SWEDEN_2026, dated=NOON, now=NOON).allowed
    assert may_confirm(USE, SWEDEN_2026, now=NOON + 24 * HOUR - LEAST).allowed
    assert not may_confirm(USE, SWEDEN_2026, now=NOON + 24 * HOUR).allowed
    assert not may_confirm(None, SWEDEN_2026, now=NOON).allowed


@pytest.mark.law("A7")
def test_what_two_officers_signed_begins_once_and_not_from_the_future() -> None:
    urgent = a_record(type=WarrantType.URGENT, state=WarrantState.APPROVED)
    assert may_begin(urgent, begun_at=NOON, legal=SWEDEN_2026, now=NOON).allowed
    assert not may_begin(urgent, begun_at=NOON + LEAST, legal=SWEDEN_2026, now=NOON).allowed
    assert not may_begin(urgent, begun_at=NOON - 24 * HOUR, legal=SWEDEN_2026, now=NOON).allowed
    assert not may_begin(replace(urgent, type=WarrantType.PRIOR), begun_at=NOON, legal=SWEDEN_2026, now=NOON).allowed
    longest = replace(urgent, not_after=urgent.not_before + 72 * HOUR)
    assert may_begin(longest, begun_at=NOON, legal=SWEDEN_2026, now=NOON).allowed
    longer = replace(urgent, not_after=urgent.not_before + 72 * HOUR + LEAST)
    assert not may_begin(longer, begun_at=NOON, legal=SWEDEN_2026, now=NOON).allowed


@pytest.mark.law("A7")
def test_how_far_it_has_come_is_read_from_its_papers_by_when_they_were_taken_in() -> None:
    urgent = a_record(type=WarrantType.URGENT)
    second = a_paper(PaperKind.COUNTERSIGNATURE, dated=NOON - HOUR, taken=NOON)
    receipt = a_paper(PaperKind.RECEIPT, dated=NOON, taken=NOON + 2 * HOUR)
    assert urgent_use(urgent, [receipt]) is None
    assert urgent_use(a_record(), [second]) is None
    use = urgent_use(urgent, [second, receipt])
    assert use == UrgentUse(begun_at=NOON - HOUR, received_at=NOON + 2 * HOUR, confirmed=False, registered_at=None)


@pytest.mark.law("A5")
def test_registration_may_wait_a_day_and_no_longer() -> None:
    assert is_registered_in_time(USE, SWEDEN_2026, now=NOON + 24 * HOUR - LEAST).allowed
    assert not is_registered_in_time(USE, SWEDEN_2026, now=NOON + 24 * HOUR).allowed
    assert is_registered_in_time(replace(USE, registered_at=NOON), SWEDEN_2026, now=NOON + 99 * HOUR).allowed


@pytest.mark.law("A7")
def test_an_urgent_application_is_for_72_hours_and_not_a_moment_more() -> None:
    longest = an_application(warrant_type="urgent", not_before=NOON, not_after=NOON + 72 * HOUR)
    assert has_urgent_substance(longest, SWEDEN_2026).allowed
    assert not has_urgent_substance(replace(longest, not_after=NOON + 72 * HOUR + LEAST), SWEDEN_2026).allowed
    assert has_urgent_substance(replace(longest, warrant_type="prior", not_after=NOON + 99 * HOUR), SWEDEN_2026).allowed


@pytest.mark.law("A5", "A7")
def test_urgency_never_excuses_the_impact_assessment() -> None:
    window = {"not_before": NOON, "not_after": NOON + 48 * HOUR, "warrant_type": "urgent"}
    assert not denials(may_submit(an_application(**window), AROUND, now=NOON))
    (denied,) = denials(may_submit(an_application(**window, impact_assessment_sha256=""), AROUND, now=NOON))
    assert denied.rule == "A5"


# -- A12 --------------------------------------------------------------------------------------------------------------


@pytest.mark.law("A12")
def test_a_search_afterwards_needs_no_annex_ii_offence_and_everything_else() -> None:
    application = an_application(
        warrant_type="post-remote",
        recorded_until=NOON - 24 * HOUR,
        offence_code="aggravated-theft",
        statute="brottsbalken 8:4",
        maximum_penalty_years=6,
    )
    assert not denials(may_submit(application, AROUND, now=NOON))


@pytest.mark.law("A12")
@pytest.mark.parametrize(
    "changes",
    [
        {"slots": (a_slot_application(photographs=(a_hash("a"), a_hash("b"))),)},
        {"slots": (a_slot_application(), a_slot_application(person="B", photographs=(a_hash("b"),)))},
        {"case_reference": " "},
        {"offence_code": ""},
        {"recorded_until": None},
        {"recorded_until": NOON - 24 * HOUR + LEAST},
        {"recorded_until": NOON + HOUR, "first_identification": True},
    ],
)
def test_a_search_afterwards_is_refused_without_one_probe_a_case_an_offence_and_closed_recordings(
    changes: dict[str, object],
) -> None:
    values = {"warrant_type": "post-remote", "recorded_until": NOON - 24 * HOUR, **changes}
    decision = has_one_probe(an_application(**values), SWEDEN_2026, now=NOON)
    assert not decision.allowed
    assert decision.rule == "A12"


@pytest.mark.law("A12")
def test_a_first_identification_may_search_sooner_but_never_live() -> None:
    application = an_application(warrant_type="post-remote", recorded_until=NOON - HOUR, first_identification=True)
    assert has_one_probe(application, SWEDEN_2026, now=NOON).allowed
    assert not is_live_type(a_record(type=WarrantType.POST_REMOTE)).allowed
    assert is_live_type(a_record()).allowed


# -- 0.4, B14 ---------------------------------------------------------------------------------------------------------


@pytest.mark.law("0.4")
@pytest.mark.parametrize(
    ("leader", "former", "allowed"),
    [
        ("none", (), True),
        ("prosecutor-7", (), True),
        (ISSUER_NAME, (), False),
        (f"  {ISSUER_NAME.upper()} ", (), False),
        ("prosecutor-7", (ISSUER_NAME,), False),
        ("prosecutor-7", (ISSUER_NAME.upper(),), False),
        (" ", (), False),
    ],
)
def test_who_leads_or_led_the_case_issues_nothing_in_it(leader: str, former: tuple[str, ...], allowed: bool) -> None:  # noqa: FBT001 (the table's)
    assert has_independent_issuer(an_application(case_leader=leader), former).allowed is allowed


# -- the attached decision --------------------------------------------------------------------------------------------


@pytest.mark.law("A6")
@pytest.mark.parametrize(
    ("document", "named", "sentence"),
    [
        (b"<html>no PDF</html>%%EOF", None, "not a PDF"),
        (b" %PDF-1.7 %%EOF", None, "not a PDF"),
        (b"%PDF-1.7 cut off", None, "its end is missing"),
        (b"%PDF-1.7 %%EOF" + b" " * 2000, None, "its end is missing"),
        (A_PDF, a_hash("another"), "another document"),
        (b"", None, "not a PDF"),
        (b"%PDF-1.7" + b" " * LARGEST_DECISION + b"%%EOF", None, "at most 10 MiB"),
    ],
)
def test_what_is_no_pdf_or_another_one_is_not_attached(document: bytes, named: str | None, sentence: str) -> None:
    decision = may_attach(document, named or sha256_hex(document))
    assert not decision.allowed
    assert sentence in decision.reason


@pytest.mark.law("A6")
def test_a_pdf_with_the_named_hash_is_attached_and_without_one_nothing_is_submitted() -> None:
    assert may_attach(A_PDF, sha256_hex(A_PDF)).allowed
    (denied,) = denials(may_submit(an_application(), replace(AROUND, decision_attached=False), now=NOON))
    assert denied.rule == "A6"


def test_each_question_of_the_checklist_has_its_rule() -> None:
    assert len(may_submit(an_application(), AROUND, now=NOON)) == len(CHECKS) == len({one for one, _ in CHECKS})
