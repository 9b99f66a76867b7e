"""The table of legal parameters: each has a source, and a file may only narrow what is built in (A1, A2, A19)."""

from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest
import rfc8785

from governance.domain import eu_floor
from governance.domain.eu_floor import Annex, Objective, Provenance
from governance.domain.legal_parameter import Basis, Entry, Narrower, Status, is_narrower
from governance.domain.legal_profile import (
    ENTRIES,
    EU_AI_ACT,
    SWEDEN_2026,
    LegalProfile,
    builtin_profiles,
    keeps_the_floor,
)
from governance.domain.legal_profile_file import ProfileRefused, only_narrows, read_profile
from tests.builders_law import a_profile_file, a_table, as_written, edited

pytestmark = pytest.mark.law("A1", "A2")


def test_the_floor_is_that_of_the_act() -> None:
    """The act's own counts, from Art 5(1)(h), Annex II and Art 14(5)."""
    assert len(Objective) == 3
    assert len(Annex) == 16
    assert eu_floor.LEAST_MAXIMUM_PENALTY_YEARS == 4
    assert eu_floor.REVIEWERS == 2
    assert timedelta(hours=24) == eu_floor.URGENT_APPLICATION


@pytest.mark.law("A19")
def test_no_profile_can_name_a_forbidden_provenance_at_all() -> None:
    assert frozenset({Provenance.SCRAPED, Provenance.UNKNOWN}) == eu_floor.FORBIDDEN_PROVENANCES
    assert not any("provenance" in name for name in ENTRIES)


def test_each_parameter_has_its_requirement_source_and_status() -> None:
    for profile in builtin_profiles().values():
        for name in ENTRIES:
            basis = profile.basis(name)
            assert basis.law
            assert basis.source
            assert isinstance(basis.status, Status)


def test_every_field_is_a_parameter_of_the_table() -> None:
    """A plain field would stand in no hash and in no file."""
    assert {each.name for each in fields(LegalProfile)} - set(ENTRIES) == {"name", "version", "bases"}


def test_the_built_in_profiles_narrow_the_act() -> None:
    assert only_narrows(EU_AI_ACT, EU_AI_ACT).allowed
    assert only_narrows(SWEDEN_2026, SWEDEN_2026).allowed
    assert only_narrows(SWEDEN_2026, EU_AI_ACT).allowed
    assert not only_narrows(EU_AI_ACT, SWEDEN_2026).allowed
    assert all(keeps_the_floor(profile) for profile in builtin_profiles().values())


def test_sweden_has_one_controller_and_it_is_not_the_security_service() -> None:
    assert SWEDEN_2026.controllers == {"police-authority"}
    assert SWEDEN_2026.controllers < EU_AI_ACT.controllers


@pytest.mark.parametrize("profile", [SWEDEN_2026, EU_AI_ACT])
def test_the_hash_is_over_canonical_json(profile: LegalProfile) -> None:
    assert rfc8785.dumps(a_table(profile)) == profile.to_bytes()
    assert read_profile(profile.to_bytes()) == LegalProfile(
        **{name: getattr(profile, name) for name in (*ENTRIES, "name", "version")},
        bases={name: profile.basis(name) for name in ENTRIES},
    )
    assert read_profile(profile.to_bytes()).sha256 == profile.sha256


def test_a_file_that_narrows_is_another_profile() -> None:
    narrower = read_profile(a_profile_file(longest_window=86_400_000, objectives=["victim-search"]))
    assert narrower.longest_window == timedelta(days=1)
    assert narrower.objectives == {Objective.VICTIM_SEARCH}
    assert narrower.sha256 != SWEDEN_2026.sha256


def test_a_lawyer_may_correct_a_source_and_a_penalty() -> None:
    def correct(table: dict[str, Any]) -> None:
        table["parameters"]["longest_window"] |= {"source": "SFS 2026:1, 9 §", "status": "text"}
        table["parameters"]["offences"]["value"][0]["maximum_penalty_years"] = 10

    profile = read_profile(edited(SWEDEN_2026, correct))
    assert profile.basis("longest_window") == Basis(law="A4", source="SFS 2026:1, 9 §", status=Status.TEXT)
    assert profile.offences[0].maximum_penalty_years == 10


@pytest.mark.parametrize(
    "values",
    [
        {"longest_window": 15 * 86_400_000},
        {"lease": 60_001},
        {"lease": 0},
        {"least_maximum_penalty_years": 3},
        {"least_maximum_penalty_years": 19},
        {"most_persons": 11},
        {"largest_camera_share": 0.26},
        {"reviewers_needed": 1},
        {"zone": "Europe/London"},
        {"any_statute": True},
        {"controllers": ["police-authority", "security-service"]},
        {"objectives": ["victim-search", "keep-order"]},
        {"group_words": ["gang"]},
        {"shortest_reason": 19},
        {"watchlist_life": 86_400_001},
    ],
)
def test_a_file_that_widens_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ProfileRefused):
        read_profile(a_profile_file(**values))


def _row(table: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = table["parameters"]["offences"]["value"][0]
    return row


@pytest.mark.parametrize(
    "edit",
    [
        lambda table: _row(table).update(statute="brottsbalken 12:1"),
        lambda table: _row(table).update(code="graffiti"),
        lambda table: _row(table).update(maximum_penalty_years=3),
        lambda table: _row(table).update(objectives=["victim-search"]),
    ],
    ids=["another statute", "no kind of Annex II", "below four years", "another objective"],
)
def test_a_row_that_is_not_built_in_is_refused(edit: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(ProfileRefused):
        read_profile(edited(SWEDEN_2026, edit))


def test_under_the_act_alone_a_file_names_its_own_statutes_within_the_annex() -> None:
    def name_a_statute(table: dict[str, Any]) -> None:
        _row(table).update(statute="rikoslaki 34:3", maximum_penalty_years=10)

    assert read_profile(edited(EU_AI_ACT, name_a_statute)).offences[0].statute == "rikoslaki 34:3"
    with pytest.raises(ProfileRefused, match="offences"):
        read_profile(edited(EU_AI_ACT, lambda table: _row(table).update(statute="x", maximum_penalty_years=3)))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xff", "not JSON"),
        (b"[]", "exactly these entries"),
        (b"[" * 100_000, "not JSON"),
        (as_written(a_table() | {"kind": "insyn/legal-profile/2"}), "kind"),
        (as_written(a_table() | {"name": "sverige"}), "begins from"),
        (as_written(a_table() | {"name": []}), "begins from"),
        (as_written(a_table() | {"more": 1}), "exactly these entries"),
        (as_written(a_table() | {"version": ""}), "version"),
        (SWEDEN_2026.to_bytes() + b"\n", "canonical"),
        (a_profile_file(lease="60000"), "whole number"),
        (a_profile_file(lease=True), "whole number"),
        (a_profile_file(largest_camera_share=True), "share"),
        (a_profile_file(any_statute=0), "true or false"),
        (a_profile_file(objectives="victim-search"), "list"),
        (a_profile_file(objectives=[["victim-search"]]), "text"),
        (edited(SWEDEN_2026, lambda table: table["parameters"].pop("lease")), "exactly these entries"),
        (edited(SWEDEN_2026, lambda table: table["parameters"]["lease"].update(law="A4")), "serves requirement"),
        (edited(SWEDEN_2026, lambda table: table["parameters"]["lease"].update(status=[])), "one of"),
        (edited(SWEDEN_2026, lambda table: table["parameters"]["lease"].update(source="a\nb")), "one line"),
    ],
)
def test_bad_files_get_one_clear_sentence(data: bytes, words: str) -> None:
    with pytest.raises(ProfileRefused, match=words) as refused:
        read_profile(data)
    assert "\n" not in str(refused.value)


def test_what_may_rise_has_an_end() -> None:
    """B1: a file cannot make something be kept for ever by moving it the one way that it may move."""
    rising = [entry for entry in ENTRIES.values() if entry.narrower is Narrower.HIGHER]
    assert rising
    assert all(entry.limit is not None for entry in rising)
    entry = Entry(basis=Basis(law="B1", source="x", status=Status.DESIGN), narrower=Narrower.HIGHER, limit=3)
    assert [is_narrower(value, 2, entry) for value in (1, 2, 3, 4)] == [False, True, True, False]
