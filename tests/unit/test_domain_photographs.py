"""Where photographs come from, how old they and their persons are, and who signs for a minor (A19, B2, C2, C13)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from governance.domain.ages import age_on, band_of, has_admitted_age, is_minor
from governance.domain.eu_floor import Provenance
from governance.domain.identifiers import AccountId, ObjectId, ReferenceId, SlotId, WarrantId
from governance.domain.legal_profile import SWEDEN_2026, AgeBand
from governance.domain.legal_time import legal_day
from governance.domain.provenance import Release, may_use_photograph
from governance.domain.references import Reference, may_confirm, may_enrol_another
from governance.domain.warrants import Warrant, WarrantState
from tests.builders_watchlist import an_origin

LEGAL = SWEDEN_2026
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ADULTS = frozenset({"18-39", "40-64"})


def refusals(objective: str = "victim-search", *, minor: bool = False, **changes: Any) -> list[str]:
    decisions = may_use_photograph(an_origin(**changes), objective=objective, minor=minor, legal=LEGAL, now=NOON)
    return [decision.rule for decision in decisions if not decision.allowed]


# -- provenance -------------------------------------------------------------------------------------------------------


@pytest.mark.law("A19")
@pytest.mark.parametrize("provenance", ["scraped", "unknown", "", "the internet", "Seized", "open-profile"])
def test_a_scraped_unknown_or_unlisted_source_is_refused(provenance: str) -> None:
    assert refusals(provenance=provenance) == ["A19"]


@pytest.mark.law("A19")
@pytest.mark.parametrize(
    "provenance", [one.value for one in Provenance if one.value not in {"scraped", "unknown", "open-profile"}]
)
def test_every_lawful_source_is_taken_for_a_missing_person(provenance: str) -> None:
    assert refusals(provenance=provenance) == []


@pytest.mark.law("A19")
@pytest.mark.parametrize(
    ("release", "refused"), [("none", True), ("", True), ("seized", False), ("by-its-owner", False)]
)
def test_an_open_profile_needs_its_owner_or_a_seizure(release: str, refused: bool) -> None:  # noqa: FBT001 (a table's column)
    assert (refusals(provenance="open-profile", release=release) == ["A19"]) is refused
    # A release makes nothing of what is forbidden altogether.
    assert refusals(provenance="scraped", release=release) == ["A19"]


@pytest.mark.law("A19")
def test_a_familys_photograph_searches_for_nobody_but_the_missing() -> None:
    assert refusals(objective="perpetrator-search", provenance="family") == ["A19"]
    assert refusals(objective="imminent-threat", provenance="family") == ["A19"]


@pytest.mark.law("C2")
@pytest.mark.parametrize("source", ["", "  ", "x", " y  "])
def test_a_source_that_nobody_finds_again_is_refused(source: str) -> None:
    assert refusals(source=source) == ["C2"]


@pytest.mark.law("C2")
@pytest.mark.parametrize(
    ("taken_on", "minor", "refused"),
    [
        (None, False, True),
        (date(2026, 3, 2), False, False),
        (date(2026, 3, 3), False, True),
        (date(2021, 3, 3), False, False),
        (date(2021, 3, 2), False, True),
        (date(2024, 3, 3), True, False),
        (date(2024, 3, 2), True, True),
        (date(1, 1, 1), False, True),
    ],
)
def test_a_photograph_is_current_or_refused(taken_on: date | None, minor: bool, refused: bool) -> None:  # noqa: FBT001 (a table's columns)
    assert (refusals(minor=minor, taken_on=taken_on) == ["C2"]) is refused


@pytest.mark.law("C2")
def test_a_photograph_from_before_the_birth_is_refused() -> None:
    assert refusals(taken_on=date(2025, 6, 1), born_on=date(2025, 6, 2)) == ["C2"]


def test_the_forbidden_releases_are_a_closed_list() -> None:
    assert {one.value for one in Release} == {"none", "seized", "by-its-owner"}


# -- ages: known answers, counted by hand -----------------------------------------------------------------------------


@pytest.mark.law("C2")
@pytest.mark.parametrize(
    ("born_on", "day", "age"),
    [
        (date(2008, 3, 2), date(2026, 3, 1), 17),
        (date(2008, 3, 2), date(2026, 3, 2), 18),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2008, 2, 29), date(2028, 2, 29), 20),
        (date(2008, 12, 31), date(2026, 1, 1), 17),
        (date(2026, 3, 2), date(2026, 3, 2), 0),
        (date(2026, 3, 3), date(2026, 3, 2), -1),
    ],
)
def test_age_is_counted_in_full_years(born_on: date, day: date, age: int) -> None:
    assert age_on(born_on, day) == age


@pytest.mark.law("C2")
@pytest.mark.parametrize(
    ("instant", "day"),
    [
        # An hour ahead of UTC in winter, two in summer; the clocks change on 29 March and 25 October 2026.
        (datetime(2026, 1, 1, 22, 59, 59, tzinfo=UTC), date(2026, 1, 1)),
        (datetime(2026, 1, 1, 23, 0, tzinfo=UTC), date(2026, 1, 2)),
        (datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC), date(2026, 3, 28)),
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), date(2026, 3, 30)),
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), date(2026, 10, 26)),
    ],
)
def test_a_legal_day_is_stockholms(instant: datetime, day: date) -> None:
    assert legal_day(instant, LEGAL) == day


def test_an_instant_without_an_offset_has_no_legal_day() -> None:
    with pytest.raises(ValueError, match="offset"):
        legal_day(datetime(2026, 1, 1), LEGAL)  # noqa: DTZ001 (the point)


@pytest.mark.law("C2")
def test_somebody_comes_of_age_at_midnight_in_stockholm() -> None:
    born = date(2008, 7, 1)
    last, first = datetime(2026, 6, 30, 21, 59, 59, tzinfo=UTC), datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert is_minor("12-17", born, legal_day(last, LEGAL))
    assert not is_minor("12-17", born, legal_day(first, LEGAL))


@pytest.mark.law("C2")
@pytest.mark.parametrize(
    ("signed", "minor"),
    [("0-11", True), ("12-17", True), ("unknown", True), ("nonsense", True), ("18-39", False), ("65-up", False)],
)
def test_without_a_day_of_birth_the_signed_band_counts_and_unknown_is_a_minor(signed: str, minor: bool) -> None:  # noqa: FBT001 (a table's column)
    assert is_minor(signed, None, date(2026, 3, 2)) is minor


@pytest.mark.law("C13")
@pytest.mark.parametrize(
    ("signed", "born_on", "refused"),
    [
        ("18-39", None, False),
        ("12-17", None, True),
        ("unknown", None, True),
        ("18-39", date(1990, 1, 1), False),
        ("18-39", date(2009, 1, 1), True),
        ("18-39", date(1980, 1, 1), True),
        # Turned eighteen yesterday: signed as a minor, and of a band that is admitted.
        ("12-17", date(2008, 3, 1), False),
        # Eighteen for a year: nobody signed as a minor can be this old.
        ("12-17", date(2007, 3, 1), True),
        ("unknown", date(1990, 1, 1), False),
        ("18-39", date(1800, 1, 1), True),
        ("18-39", date(2030, 1, 1), True),
    ],
)
def test_the_age_of_the_day_is_the_signed_one_and_admitted(signed: str, born_on: date | None, refused: bool) -> None:  # noqa: FBT001 (a table's column)
    decision = has_admitted_age(signed, born_on, admitted=ADULTS, legal=LEGAL, now=NOON)
    assert decision.allowed is not refused
    assert decision.rule in {"C13", "C2"}


def test_no_band_is_admitted_by_an_empty_list() -> None:
    assert not has_admitted_age("18-39", None, admitted=(), legal=LEGAL, now=NOON).allowed


def test_what_is_no_persons_age_is_unknown() -> None:
    assert [band_of(age) for age in (-1, 0, 11, 12, 17, 18, 39, 40, 64, 65, 130, 131)] == [
        AgeBand.UNKNOWN,
        AgeBand.UNDER_12,
        AgeBand.UNDER_12,
        AgeBand.TO_17,
        AgeBand.TO_17,
        AgeBand.TO_39,
        AgeBand.TO_39,
        AgeBand.TO_64,
        AgeBand.TO_64,
        AgeBand.FROM_65,
        AgeBand.FROM_65,
        AgeBand.UNKNOWN,
    ]


# -- one at a time, and two for a minor -------------------------------------------------------------------------------


@pytest.mark.law("B2")
def test_one_account_enrols_so_many_an_hour() -> None:
    just, before = NOON - timedelta(minutes=1), NOON - timedelta(hours=1)
    most = LEGAL.enrolments_per_hour
    assert may_enrol_another([just] * (most - 1), legal=LEGAL, now=NOON).allowed
    assert not may_enrol_another([just] * most, legal=LEGAL, now=NOON).allowed
    assert may_enrol_another([before] * most, legal=LEGAL, now=NOON).allowed
    # A clock that was set back forgets nothing.
    assert not may_enrol_another([NOON + timedelta(hours=2)] * most, legal=LEGAL, now=NOON).allowed


def a_reference(**changes: Any) -> Reference:
    values: dict[str, Any] = {
        "reference_id": ReferenceId("r"),
        "warrant_id": WarrantId("w"),
        "slot_id": SlotId("s"),
        "photograph_sha256": "0" * 64,
        "provenance": Provenance.FAMILY,
        "minor": True,
        "enrolled_by": AccountId("enroller"),
        "confirmed_by": None,
        "boxes": ObjectId("b"),
        "origin": ObjectId("o"),
        "created_at": NOON,
        "expires_at": NOON,
    }
    return Reference(**{**values, **changes})


WARRANT = Warrant(
    warrant_id=WarrantId("w"),
    state=WarrantState.ISSUED,
    applicant=AccountId("applicant"),
    legal_officer=AccountId("officer"),
    issuer="court",
    details=ObjectId("d"),
    act=None,
    act_sha256=None,
    signature_key=None,
    signature=None,
    not_before=NOON,
    not_after=NOON,
    created_at=NOON,
    expires_at=NOON,
)


@pytest.mark.law("C2")
def test_a_minors_slot_lives_from_the_second_signature_on() -> None:
    assert not a_reference().is_live
    assert a_reference(confirmed_by=AccountId("second")).is_live
    assert a_reference(minor=False).is_live


@pytest.mark.law("C2", "B14")
@pytest.mark.parametrize("actor", ["enroller", "applicant", "officer"])
def test_whoever_had_a_hand_in_it_does_not_sign_second(actor: str) -> None:
    assert not may_confirm(a_reference(), WARRANT, AccountId(actor)).allowed


@pytest.mark.law("C2")
def test_only_a_minors_unsigned_slot_is_signed() -> None:
    other = AccountId("other")
    assert may_confirm(a_reference(), WARRANT, other).allowed
    assert not may_confirm(a_reference(minor=False), WARRANT, other).allowed
    assert not may_confirm(a_reference(confirmed_by=AccountId("second")), WARRANT, other).allowed
