"""What the pages say beyond what the runs counted: computed anew from the counts each time, and never read.

So a number that somebody edited in one place contradicts the others, and an older file gets what is new.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import takewhile
from typing import Any, Final

from benchmarks.metrics.intervals import clopper_pearson, lower_limit, upper_limit
from benchmarks.metrics.pairs import Counted, apart
from benchmarks.metrics.plain_values import plain
from benchmarks.metrics.sample_size import people_for_claim

Found = Mapping[str, Any]
LIMIT: Final = 1e-3
"""The FPIR that is never exceeded (evaluation gate, item 3)."""
VALID_DAYS: Final = 365
_PAIRS_KEPT: Final = 20
_COUNTED: Final = ("without_overlap", "with_overlap")
_DIGITS: Final = 10
_MOST_ALARMS: Final = 200


def complete(found: Found) -> dict[str, Any]:
    """The evaluation with what follows from it, every number at ten digits: noise of a machine is no finding."""
    whole: dict[str, Any] = steady(found)
    added: dict[str, Any] = steady(
        {
            "comparisons": _comparisons(whole),
            "identification": [_with_operating(one) for one in whole["identification"]],
            "in_whole_people": _in_whole_people(whole),
            "longest_lists": longest_lists(whole),
            "would_change": _would_change(whole),
            "valid_until": (date.fromisoformat(whole["measured_on"]) + timedelta(days=VALID_DAYS)).isoformat(),
        }
    )
    return whole | added


def steady(value: Any) -> Any:
    """The same value with each fraction at so many digits that it is the same on every machine."""
    if isinstance(value, Mapping):
        return {name: steady(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [steady(one) for one in value]
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}") + 0.0  # and no zero below zero
    return value


def _with_operating(one: Found) -> dict[str, Any]:
    """A length of list with its first seed's figures at the profile's own threshold, where a machine looks for them."""
    seed = one["seeds"][0]["at_profile"]
    at = {"threshold": seed["threshold"], "fpir": seed["fpir"]["system"], "fnir": seed["fnir"]["system"]}
    return {**one, "N": one["enrolled"], "seed": one["seeds"][0]["seed"], **at}


def _comparisons(found: Found) -> list[dict[str, Any]]:
    """For each way to group people, and with and without overlap: which groups plainly lie apart."""
    told = []
    for crossing in found["bias"]["crossings"]:
        for which in _COUNTED:
            rates = [(one["name"], one[which]["rate"]) for one in crossing["groups"]]
            whole = plain(apart([Counted(name, rate["numerator"], rate["denominator"]) for name, rate in rates]))
            pairs = whole.pop("pairs")
            told.append(
                {
                    "labels": crossing["labels"],
                    "overlap": which,
                    "pairs_apart": len(pairs),
                    "pairs": pairs[:_PAIRS_KEPT],
                    **whole,
                }
            )
    return told


def _in_whole_people(found: Found) -> dict[str, Any]:
    """Of 10,000 who are not listed and of 100 who are: between how many, outwards, by the worse of the figures."""
    everybody = found["bias"]["everybody"]
    rates = {which: everybody[which]["rate"] for which in _COUNTED if everybody[which]["rate"]["denominator"]}
    worse = max(rates, key=lambda which: rates[which]["interval"]["upper"], default=None)
    flagged = None if worse is None else rates[worse]
    listed = found_people(found)
    return {
        "flagged_of_10000": None
        if flagged is None
        else _outwards(10_000, flagged["numerator"], flagged["denominator"]),
        "flagged_overlap": worse,
        **_of_the_lists_set(found),
        "found_of_100": None if listed is None else _outwards(100, *listed),
        "listed_people": None if listed is None else listed[1],
        "found_people": None if listed is None else listed[0],
    }


def _of_the_lists_set(found: Found) -> dict[str, Any]:
    """The same of people of the set that the lists are of, on its longest lists.

    From the lowest limit of any list to the highest: lists were drawn by chance, and none speaks for the others.
    """
    longest = max(found["identification"], key=lambda one: one["enrolled"])
    rates = [seed["at_profile"]["people_alarmed"] for seed in longest["seeds"]]
    limits = [_outwards(10_000, one["numerator"], one["denominator"]) for one in rates if one["denominator"]]
    spans = [min(low for low, _ in limits), max(high for _, high in limits)] if limits else None
    return {"flagged_of_10000_lfw": spans, "lists_lfw": len(limits), "enrolled_lfw": longest["enrolled"]}


def found_people(found: Found) -> tuple[int, int] | None:
    """Listed people of whom every picture was found, and all who were looked for; None where nobody was."""
    missed = [one["rate"] for one in found["misses_by_sex"]]
    people = sum(one["denominator"] for one in missed)
    return (people - sum(one["numerator"] for one in missed), people) if people else None


def _outwards(number: int, part: int, whole: int) -> list[int]:
    limits = clopper_pearson(part, whole)
    return [int(limits.lower * number), -int(-limits.upper * number // 1)]


def longest_lists(found: Found) -> list[dict[str, Any]]:
    """For everybody and each group, the longest tested list whose false alarms are shown to keep the limit.

    With overlap left out and, where that was counted on shorter lists, with it: the shorter of both. Where ten lists
    were drawn, the one that alarms most counts too: one lucky list shows nothing.
    """
    told = found.get("false_alarms_by_list")
    if told is None:
        return []
    drawn = _demonstrated(found)
    return [
        {
            "group": one["group"],
            "people": one["people"],
            "longest": _shorter(
                *(_longest(told["lengths"], way["false_alarms"], way["people"]) for way in _ways(one)),
                *([drawn[one["group"]]] if one["group"] in drawn else []),
            ),
            "people_needed": people_for_claim(LIMIT),
        }
        for one in told["groups"]
    ]


def _ways(group: Found) -> list[Found]:
    return [group, *([group["with_overlap"]] if "with_overlap" in group else [])]


def _demonstrated(found: Found) -> dict[str, int | None]:
    """What ten lists demonstrate of each group at the profile's own threshold; nothing, where none were drawn."""
    judged = found.get("list_limits", {}).get("thresholds", [])
    return {one["group"]: one["demonstrated"] for at in judged if at["which"] == "profile" for one in at["groups"]}


def _shorter(*lengths: int | None) -> int | None:
    known = [length for length in lengths if length is not None]
    return min(known) if len(known) == len(lengths) else None


def _longest(lengths: Sequence[int], alarms: Sequence[int], people: int) -> int | None:
    """The longest list below which every shorter one keeps it too."""
    if not people:
        return None
    kept = takewhile(lambda one: upper_limit(one[1], people) <= LIMIT, zip(lengths, alarms, strict=True))
    return max((length for length, _ in kept), default=None)


def _would_change(found: Found) -> dict[str, Any]:
    """Which of the three would help: a shorter list, fewer camera-hours, more people tested."""
    rates = [found["bias"]["everybody"][which]["rate"] for which in _COUNTED]
    counted = [(one["numerator"], one["denominator"]) for one in rates if one["denominator"]]
    if not counted:
        return {"too_many": None, "longest": None, "people_needed": people_for_claim(LIMIT)}
    alarms, people = max(counted, key=lambda one: upper_limit(*one))
    lists = longest_lists(found)
    too_many = lower_limit(alarms, people) > LIMIT
    return {
        "alarms": alarms,
        "people": people,
        "too_many": too_many,
        "longest": lists[0]["longest"] if lists else None,
        "people_needed": None if too_many or alarms / people >= LIMIT else _needed(alarms / people),
    }


def _needed(rate: float) -> int | None:
    """The fewest people who would show the limit if so large a part of them alarmed again; None beyond all reason."""
    for alarms in range(_MOST_ALARMS):
        people = people_for_claim(LIMIT, alarms)
        if people * rate <= alarms + 1:
            return people
    return None
