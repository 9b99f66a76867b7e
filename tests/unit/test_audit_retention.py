"""Was everything destroyed on its day: planted cases are counted exactly, of a hundred thousand entries too."""

import random
from dataclasses import asdict

import pytest

from governance.audit.retention import (
    DAY_MS,
    GRACE_MS,
    Destruction,
    Hold,
    Kind,
    Retention,
    RetentionReport,
    end_of_day,
)
from governance.audit.vault_keys import LAST_NUMBER, KeyRange

DAY = 20_460
END = end_of_day(DAY)
LONG_AFTER = END + 30 * DAY_MS
HOUR = 3_600_000


def of(first: int, last: int | None = None, *, day: int = DAY, data_class: str = "log-subject") -> KeyRange:
    return KeyRange(data_class=data_class, day=day, first=first, last=first if last is None else last)


def whole(day: int = DAY, data_class: str = "log-subject") -> KeyRange:
    return of(0, LAST_NUMBER, day=day, data_class=data_class)


def destroyed(
    *ranges: KeyRange, at: int, index: int = 100, confirmed: int | None = -1, reason: str = "retention"
) -> Destruction:
    return Destruction(
        index=index, ranges=ranges, reason=reason, said_ms=at, confirmed_ms=at if confirmed == -1 else confirmed
    )


def keys(number: int = 1) -> Retention:
    retention = Retention()
    for one in range(number):
        retention.oblige(one, "log-subject", DAY, one)
    return retention


def the_count(report: RetentionReport, data_class: str = "log-subject") -> dict[str, object]:
    (count,) = [one for one in report.counts if one.data_class == data_class]
    return {name: value for name, value in asdict(count).items() if value and name != "data_class"}


@pytest.mark.parametrize(
    ("at", "counted"),
    [
        (END - DAY_MS - 1, {"early": 1, "whole_days": 1}),
        (END - DAY_MS, {"due": 1, "on_time": 1, "whole_days": 1}),
        (END + GRACE_MS, {"due": 1, "on_time": 1, "whole_days": 1}),
        (END + GRACE_MS + 1, {"due": 1, "late": 1, "latest_ms": GRACE_MS + 1, "whole_days": 1}),
    ],
)
def test_a_key_counts_as_destroyed_on_time_until_a_day_after_its_day_had_ended(
    at: int, counted: dict[str, int]
) -> None:
    retention = keys()
    retention.destroyed(destroyed(whole(), at=at, reason="decision"))
    assert the_count(retention.report(now_ms=LONG_AFTER)) == counted


@pytest.mark.parametrize(
    ("now", "counted"),
    [
        (END - 1, {"not_due": 1}),
        (END, {"due": 1, "in_grace": 1}),
        (END + GRACE_MS, {"due": 1, "in_grace": 1}),
        (END + GRACE_MS + 1, {"due": 1, "missing": 1}),
    ],
)
def test_a_key_that_nothing_destroyed_is_missing_a_day_after_its_day(now: int, counted: dict[str, int]) -> None:
    report = keys().report(now_ms=now)
    assert the_count(report) == counted
    assert [one.kind for one in report.lapses] == ([Kind.MISSING] if "missing" in counted else [])


def test_what_only_the_logs_own_clock_puts_on_time_is_counted_apart() -> None:
    nobody, later = keys(), keys()
    nobody.destroyed(destroyed(whole(), at=END, confirmed=None))
    later.destroyed(destroyed(whole(), at=END, confirmed=END + GRACE_MS + HOUR))
    for retention in (nobody, later):
        counted = the_count(retention.report(now_ms=LONG_AFTER))
        assert counted == {"due": 1, "on_time": 1, "unconfirmed": 1, "whole_days": 1}


def test_the_first_destruction_counts_and_a_second_changes_nothing() -> None:
    retention = keys(3)
    retention.destroyed(destroyed(of(1), at=END - 9 * DAY_MS, index=50, reason="decision"))
    retention.destroyed(destroyed(whole(), at=END + HOUR, index=60))
    retention.destroyed(destroyed(whole(), at=END + 9 * DAY_MS, index=70))
    assert the_count(retention.report(now_ms=LONG_AFTER)) == {"due": 2, "early": 1, "on_time": 2, "whole_days": 1}


def test_a_destruction_before_its_day_needs_somebodys_decision() -> None:
    retention = keys(2)
    retention.destroyed(destroyed(of(0), at=END - 5 * DAY_MS, reason="retention"))
    retention.destroyed(destroyed(of(1), at=END - 5 * DAY_MS, reason="request"))
    lapses = retention.report(now_ms=END - DAY_MS).lapses
    assert [(one.kind, one.key) for one in lapses] == [(Kind.TOO_EARLY, f"log-subject.{DAY}.00000000")]


def test_a_hold_puts_the_end_off_for_as_long_as_it_stands_and_a_day() -> None:
    held_until = END + 10 * DAY_MS
    for now, state in (
        (END + 5 * DAY_MS, "held"),
        (held_until + GRACE_MS, "held"),
        (held_until + GRACE_MS + 1, "missing"),
    ):
        retention = keys()
        retention.hold(Hold(index=5, ranges=(of(0),), from_ms=END - DAY_MS, until_ms=held_until))
        assert the_count(retention.report(now_ms=now)) == {"due": 1, state: 1}
    late = keys()
    late.hold(Hold(index=5, ranges=(of(0),), from_ms=END - DAY_MS, until_ms=held_until))
    late.destroyed(destroyed(of(0), at=held_until + GRACE_MS))
    assert the_count(late.report(now_ms=LONG_AFTER)) == {"due": 1, "on_time": 1}


def test_a_hold_that_comes_too_late_or_ended_before_saves_nothing() -> None:
    for begin, until in ((END + GRACE_MS + 1, END + 9 * DAY_MS), (END - 9 * DAY_MS, END - DAY_MS)):
        retention = keys()
        retention.hold(Hold(index=5, ranges=(of(0),), from_ms=begin, until_ms=until))
        assert the_count(retention.report(now_ms=END + 5 * DAY_MS)) == {"due": 1, "missing": 1}


@pytest.mark.parametrize("by", ["entry", "keys"])
def test_a_hold_that_is_cleared_ends_there_and_only_for_what_was_cleared(by: str) -> None:
    retention = keys(2)
    retention.hold(Hold(index=5, ranges=(of(0), of(1)), from_ms=END, until_ms=END + 20 * DAY_MS))
    at = END + 2 * DAY_MS
    retention.clear(at_ms=at, of=[5] if by == "entry" else [], ranges=[of(0)] if by == "keys" else [])
    counted = the_count(retention.report(now_ms=at + GRACE_MS + 1))
    assert counted == ({"due": 2, "missing": 2} if by == "entry" else {"due": 2, "held": 1, "missing": 1})


def test_a_key_that_is_destroyed_while_a_hold_forbids_it_is_named() -> None:
    retention = keys()
    retention.hold(Hold(index=5, ranges=(of(0),), from_ms=END, until_ms=END + 9 * DAY_MS))
    retention.destroyed(destroyed(whole(), at=END + HOUR, index=9))
    (lapse,) = retention.report(now_ms=LONG_AFTER).lapses
    assert (lapse.kind, lapse.index, lapse.other) == (Kind.WHILE_HELD, 0, 9)


def test_a_key_that_is_given_twice_is_named_with_both_entries() -> None:
    retention = keys(2)
    retention.oblige(17, "log-subject", DAY, 1)
    (lapse,) = retention.report(now_ms=END - 1).lapses
    assert (lapse.kind, lapse.index, lapse.other) == (Kind.TWICE_GIVEN, 17, 1)


def test_classes_and_days_are_counted_apart() -> None:
    retention = keys()
    retention.oblige(1, "candidate", DAY, 0)
    retention.oblige(2, "log-subject", DAY + 1, 0)
    retention.destroyed(destroyed(whole(), at=END))
    report = retention.report(now_ms=end_of_day(DAY + 1) + GRACE_MS)
    assert the_count(report) == {"due": 2, "in_grace": 1, "on_time": 1, "whole_days": 1}
    assert the_count(report, "candidate") == {"due": 1, "missing": 1}


def plant(entries: int, erased: int, seed: int) -> None:
    """Plant late, held, missing and early keys among many, at places that chance chooses, and count them again."""
    chance = random.Random(seed)  # noqa: S311  # a seeded story: the same in every run
    retention = Retention()
    numbers: dict[tuple[str, int], int] = {}
    every: list[KeyRange] = []
    for index in range(entries):
        data_class = chance.choice(("log-subject", "log-operator", "candidate"))
        day = DAY + chance.randrange(20)
        number = numbers.get((data_class, day), 0)
        numbers[data_class, day] = number + 1
        retention.oblige(index, data_class, day, number)
        every.append(of(number, day=day, data_class=data_class))
    planted = chance.sample(range(entries), erased)
    kinds = {place: chance.choice(("early", "late", "held", "missing")) for place in planted}
    wanted = {kind: sum(one == kind for one in kinds.values()) for kind in ("early", "late", "held", "missing")}
    longest = 0
    for place, kind in kinds.items():
        one = every[place]
        match kind:
            case "early":
                at = end_of_day(one.day) - 3 * DAY_MS
                retention.destroyed(destroyed(one, at=at, reason="decision"))
            case "late":
                late = GRACE_MS + chance.randrange(1, 9 * DAY_MS)
                longest = max(longest, late)
                retention.destroyed(destroyed(one, at=end_of_day(one.day) + late))
            case "held":
                hold = Hold(index=1, ranges=(one,), from_ms=end_of_day(one.day), until_ms=LONG_AFTER + 40 * DAY_MS)
                retention.hold(hold)
            case _:
                pass
    for place, one in enumerate(every):
        if place not in kinds:
            retention.destroyed(destroyed(one, at=end_of_day(one.day) + HOUR))
    report = retention.report(now_ms=LONG_AFTER + 20 * DAY_MS)
    found = {kind: sum(getattr(count, kind) for count in report.counts) for kind in wanted}
    assert found == wanted
    assert sum(count.on_time for count in report.counts) == entries - erased
    assert sum(count.due for count in report.counts) == entries - wanted["early"]
    assert max(count.latest_ms for count in report.counts) == longest
    assert {one.index for one in report.lapses if one.kind is Kind.MISSING} == {
        place for place, kind in kinds.items() if kind == "missing"
    }


def test_a_planted_set_is_counted_exactly() -> None:
    for seed in range(20):
        plant(300, 60, seed)


@pytest.mark.torture
def test_a_planted_set_among_a_hundred_thousand_is_counted_exactly() -> None:
    plant(100_000, 10_000, 1)
