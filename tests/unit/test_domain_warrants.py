"""What may be applied for: each refusal by its rule (law.md A1 to A6, B2, B8, B14, C13, C14)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from governance.domain.decisions import Decision, all_of, allow, denials
from governance.domain.identifiers import AccountId, ObjectId, WarrantId
from governance.domain.legal_profile import OFFENCES, SWEDEN_2026, Annex, Objective
from governance.domain.submission import may_submit
from governance.domain.warrants import (
    NEXT,
    Application,
    Surroundings,
    Warrant,
    WarrantState,
    is_in_window,
    may_approve,
    may_import,
    may_move,
    may_submit_own,
)
from tests.builders_applications import CAMERAS, a_camera_application, a_slot_application, an_application
from tests.builders_contracts import ISSUER_NAME, NOON, PROFILE_SHA256, a_hash

AROUND = Surroundings(
    legal=SWEDEN_2026,
    cameras={**dict.fromkeys(CAMERAS, False), "ward-1": True},
    issuers={ISSUER_NAME},
    profile_sha256=PROFILE_SHA256,
    admitted_age_bands={"18-39", "40-64"},
    profile_admitted=allow("P4"),
    decision_attached=True,
)
ADA, LEX = AccountId("ada"), AccountId("lex")


def a_record(**changes: object) -> Warrant:
    record = Warrant(
        warrant_id=WarrantId("w"),
        state=WarrantState.SUBMITTED,
        applicant=ADA,
        legal_officer=None,
        issuer=ISSUER_NAME,
        details=ObjectId("d"),
        act=None,
        act_sha256=None,
        signature_key=None,
        signature=None,
        not_before=NOON - timedelta(hours=1),
        not_after=NOON + timedelta(hours=1),
        created_at=NOON,
        expires_at=NOON + timedelta(days=230),
    )
    return replace(record, **changes)  # type: ignore[arg-type]  # each test names a field


def refused(application: Application) -> list[str]:
    return [decision.rule for decision in denials(may_submit(application, AROUND, now=NOON))]


@pytest.mark.law("A1", "A2", "A3", "A4", "A5", "A6")
def test_a_lawful_application_is_allowed_by_every_rule() -> None:
    assert refused(an_application()) == []


def test_a_decision_has_no_truth_value() -> None:
    with pytest.raises(TypeError, match="allowed"):
        bool(allow("A1"))


def test_a_policy_without_rules_allows_nothing() -> None:
    assert not all_of("A1", []).allowed


@pytest.mark.law("A1", "A2", "A3", "A4", "A5", "A6", "B2", "B5", "B8", "B9", "C8", "C13", "C14", "P1", "P4")
@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"objective": "keep-order"}, "A1"),
        ({"objective": ""}, "A1"),
        ({"offence_code": "graffiti", "statute": "brottsbalken 12:1", "maximum_penalty_years": 2}, "A2"),
        ({"offence_code": "fare-dodging", "statute": "brottsbalken 9:2", "maximum_penalty_years": 1}, "A2"),
        ({"offence_code": "kidnapping", "statute": "brottsbalken 12:1"}, "A2"),
        ({"maximum_penalty_years": 3}, "A2"),
        ({"objective": "victim-search", "offence_code": "sabotage", "statute": "brottsbalken 13:5"}, "A2"),
        ({"slots": ()}, "A3"),
        ({"slots": (a_slot_application(subject_kind="category"),)}, "A3"),
        ({"slots": (a_slot_application(person="Members of gang X"),)}, "A3"),
        ({"slots": (a_slot_application(person="medlemmar i Nätverket"),)}, "A3"),
        ({"slots": (a_slot_application(photographs=()),)}, "A3"),
        ({"slots": (a_slot_application(), a_slot_application(person="B", necessity="x" * 30))}, "A3"),
        ({"slots": (a_slot_application(), a_slot_application(person="B", photographs=(a_hash("b"),)))}, "B2"),
        ({"slots": (a_slot_application(necessity="because"),)}, "B2"),
        ({"cameras": ()}, "A4"),
        ({"cameras": (a_camera_application("*"),)}, "A4"),
        ({"cameras": (a_camera_application("Stockholm"),)}, "A4"),
        ({"cameras": tuple(a_camera_application(camera) for camera in CAMERAS)}, "A4"),
        ({"cameras": (a_camera_application(), a_camera_application())}, "A4"),
        ({"cameras": (a_camera_application("ward-1"),)}, "B8"),
        ({"cameras": (a_camera_application(reason="there"),)}, "C14"),
        ({"cameras": tuple(a_camera_application(c, reason="They live in this town.") for c in CAMERAS[:2])}, "C14"),
        ({"not_after": NOON + timedelta(days=15)}, "A4"),
        ({"not_after": NOON}, "A4"),
        ({"not_before": NOON + timedelta(days=40), "not_after": NOON + timedelta(days=41)}, "A4"),
        ({"not_before": NOON + timedelta(days=1), "not_after": NOON + timedelta(days=1)}, "A4"),
        ({"not_before": NOON.replace(tzinfo=None)}, "A4"),
        ({"impact_assessment_sha256": ""}, "A5"),
        ({"registration_number": " "}, "A5"),
        ({"decision_sha256": "none"}, "A6"),
        ({"issuer": "somebody"}, "P1"),
        ({"profile_sha256": a_hash("another")}, "P4"),
        ({"slots": (a_slot_application(age_band="0-11"),)}, "C13"),
        ({"slots": (a_slot_application(age_band="unknown"),)}, "C13"),
        ({"slots": (a_slot_application(age_band="any"),)}, "C13"),
    ],
)
def test_the_law_refuses_by_its_rule(changes: dict[str, object], rule: str) -> None:
    assert refused(an_application(**changes)) == [rule]


@pytest.mark.law("A2")
def test_the_table_of_offences_is_annex_ii_with_four_years_or_more() -> None:
    assert len(Annex) == 16
    assert all(row.maximum_penalty_years >= 4 and row.objectives and row.source for row in OFFENCES)
    assert len({(row.code, row.statute) for row in OFFENCES}) == len(OFFENCES)
    assert not {"graffiti", "fare-dodging"} & {row.code.value for row in OFFENCES}


@pytest.mark.law("B14")
def test_applicant_cannot_approve_own_warrant() -> None:
    assert may_approve(a_record(), ADA, now=NOON).rule == "B14"
    assert not may_approve(a_record(), ADA, now=NOON).allowed
    assert may_approve(a_record(), LEX, now=NOON).allowed


def test_nobody_submits_anothers_draft() -> None:
    assert not may_submit_own(a_record(state=WarrantState.DRAFTED), LEX).allowed
    assert may_submit_own(a_record(state=WarrantState.DRAFTED), ADA).allowed


def decide_import(**changes: object) -> Decision:
    approved = a_record(state=WarrantState.APPROVED, legal_officer=LEX, act_sha256=a_hash("act"))
    return may_import(
        replace(approved, **changes),  # type: ignore[arg-type]  # each test names a field
        issuer_is=ISSUER_NAME,
        act_sha256=a_hash("act"),
        now=NOON,
    )


@pytest.mark.law("A6", "P1", "B14")
def test_only_the_approved_bytes_come_back_and_only_from_their_issuer() -> None:
    assert decide_import().allowed
    assert decide_import(act_sha256=a_hash("other")).rule == "A6"
    assert decide_import(issuer="another-court").rule == "P1"
    assert decide_import(legal_officer=None).rule == "B14"
    assert decide_import(legal_officer=ADA).rule == "B14"
    assert decide_import(not_after=NOON).rule == "A4"
    assert not decide_import(state=WarrantState.SUBMITTED).allowed


@pytest.mark.law("A6")
def test_what_ended_does_not_begin_again() -> None:
    for ended in (WarrantState.REVOKED, WarrantState.EXPIRED, WarrantState.REJECTED):
        assert not NEXT[ended]
        assert not any(may_move(a_record(state=ended), to).allowed for to in WarrantState)


@pytest.mark.law("A4")
def test_the_window_is_half_open() -> None:
    record = a_record()
    assert is_in_window(record, now=record.not_before).allowed
    assert not is_in_window(record, now=record.not_after).allowed


@pytest.mark.law("A1")
def test_an_objective_that_the_profile_in_force_left_out_is_refused() -> None:
    narrower = replace(AROUND, legal=replace(SWEDEN_2026, objectives=frozenset({Objective.IMMINENT_THREAT})))
    assert [decision.rule for decision in denials(may_submit(an_application(), narrower, now=NOON))] == ["A1"]


@pytest.mark.law("A1", "A2", "A4")
def test_another_number_or_list_is_another_legal_profile() -> None:
    same = replace(SWEDEN_2026, version=SWEDEN_2026.version)
    others = [
        replace(SWEDEN_2026, most_persons=11),
        replace(SWEDEN_2026, offences=OFFENCES[1:]),
        replace(SWEDEN_2026, lease=timedelta(seconds=59)),
        replace(SWEDEN_2026, group_words=frozenset({"gang"})),
    ]
    assert same.sha256 == SWEDEN_2026.sha256
    assert len({other.sha256 for other in others} | {same.sha256}) == 5
