"""Pages 4 and 5: how false alarms are traded against misses, and what a longer list does."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from benchmarks.report.blocks import Block, Picture, Table, Text
from benchmarks.report.panels import Along, Counts, panels
from benchmarks.report.plots import Line, trade_off
from benchmarks.report.words import OVERLAP, compared_by, counted, fixed, one_in, threshold

Found = Mapping[str, Any]
_ROWS: Final = 12


def traded(found: Found) -> list[Block]:
    """Page 4."""
    told = found["trade_off"]
    curves = [("everybody", told), *((one["group"], one) for one in told.get("by_sex", []))]
    people = told["people_not_listed"]
    return [
        Text(
            "A stricter threshold flags fewer innocent people and misses more of those who are looked for. LFW, a "
            f"list of {told['enrolled']:,}; everything by one threshold for all, as a site has one. Identification "
            "with a threshold: an alarm is raised or it is not; nothing is ranked for anybody to pick from."
        ),
        Picture(
            "trade-off",
            "False alarms against misses at every threshold; each mark is the profile's own threshold",
            trade_off("False alarms against misses", [_line(name, one) for name, one in curves]),
        ),
        Text(
            f"The marks are the profile's own threshold ({threshold(found['threshold'])}) on each curve; the dotted "
            f"line joins them. {_unseen(curves)}On grey ground fewer than three of {people:,} people stand behind a "
            "point of the curve of everybody; left of one of a group's people nothing of it is drawn."
        ),
        Table("At the profile's own threshold", _OWN, [_own(name, one) for name, one in curves]),
        Table(
            "The curve of everybody in numbers",
            (compared_by(found["threshold"]), "FPIR", "FNIR", "SEL"),
            _points(found),
        ),
        Text(
            "FPIR: of people not on the list, how many are flagged. FNIR: of searches for people on it, how many do "
            "not find them. SEL: candidates that a reviewer looks at for each innocent passer-by; it is counted at "
            "the profile's own threshold alone."
        ),
        *_along_thresholds(found),
    ]


_OWN: Final = ("who", "not on the list", "flagged", "searches of listed people", "missed")


def _line(name: str, told: Found) -> Line:
    operating = told["operating"]["fpir"], told["operating"]["fnir"]
    points = [(one["fpir"], one["fnir"]) for one in told["points"]]
    return Line(name, points, operating, told["people_not_listed"])


def _unseen(curves: Sequence[tuple[str, Found]]) -> str:
    unseen = [name for name, one in curves if not one["operating"]["fpir"] or not one["operating"]["fnir"]]
    return f"Without an error there, and so without a mark: {', '.join(unseen)}. " if unseen else ""


def _own(name: str, told: Found) -> tuple[str, ...]:
    here, strangers, listed = told["operating"], told["people_not_listed"], told["searches_listed"]
    return (
        name,
        f"{strangers:,}",
        f"{round(here['fpir'] * strangers):,} ({one_in(here['fpir'])})",
        f"{listed:,}",
        f"{round(here['fnir'] * listed):,} ({one_in(here['fnir'])})",
    )


def _points(found: Found) -> list[Sequence[str]]:
    told, own = found["trade_off"], found["threshold"]
    some = [*told["points"][:: max(1, len(told["points"]) // _ROWS)], told["operating"]]
    longest = max(found["identification"], key=lambda one: one["enrolled"])
    selectivity = fixed(longest["seeds"][0]["at_profile"]["selectivity"]["value"], 4)
    return [
        (
            fixed(abs(one["threshold"]), 4) + (" (the profile's own)" if one["threshold"] == own else ""),
            one_in(one["fpir"]),
            one_in(one["fnir"]),
            selectivity if one["threshold"] == own else "–",
        )
        for one in sorted(some, key=lambda one: one["threshold"])
    ]


def _along_thresholds(found: Found) -> list[Block]:
    told = found.get("false_alarms_by_threshold")
    if told is None:
        return [Text("False alarms of each group at other thresholds were not counted.")]
    places = told["thresholds"]
    words = compared_by(found["threshold"])
    along = Along(places, words, found["threshold"], logarithmic=False, decimals=2)
    kept = sorted({*range(0, len(places), 3), places.index(found["threshold"])})
    rows = [(fixed(abs(places[at]), 4), *(f"{one['false_alarms'][at]:,}" for one in told["groups"])) for at in kept]
    return [
        *_panels("by-threshold", "False alarms of each group at other thresholds", along, told),
        Table("People flagged at other thresholds (UTKFace, overlap left out)", _heads(words, told), rows),
    ]


def _heads(first: str, told: Found) -> list[str]:
    return [first, *(f"{one['group']} ({one['people']:,})" for one in told["groups"])]


def _panels(name: str, title: str, along: Along, told: Found) -> list[Block]:
    everybody, *groups = [Counts(one["group"], one["people"], one["false_alarms"]) for one in told["groups"]]
    shown = f"{title}; grey behind: everybody; dashed: where the profile works"
    return [Picture(name, shown, panels(title, name, along, everybody, groups or [everybody]))]


def length(found: Found) -> list[Block]:
    """Page 5."""
    return [
        Text(
            "A longer list flags more innocent people: everybody on it is one more whom a passer-by may resemble. "
            "All of this was measured; nothing on this page is computed from another length."
        ),
        Table(
            "LFW, ten seeds, at the profile's own threshold, at the level of the system",
            (*_LISTS, _chosen(found)),
            _lists(found),
        ),
        *_along_lists(found),
    ]


_LISTS: Final = (
    "people on the list",
    "FPIR, lowest and highest seed",
    "people flagged in any seed",
    "FNIR, lowest and highest seed",
)


def _chosen(found: Found) -> str:
    return f"threshold that other people would have chosen ({compared_by(found['threshold'])})"


def _lists(found: Found) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = []
    for one in found["identification"]:
        false, missed = one["fpir_range"], one["fnir_range"]
        chosen = [seed["at_calibrated"]["threshold"] for seed in one["seeds"]]
        rows.append(
            (
                f"{one['enrolled']:,}",
                f"{one_in(false[0])} to {one_in(false[1])}",
                counted(one["people_ever_alarmed"]),
                f"{one_in(missed[0])} to {one_in(missed[1])}",
                f"{fixed(abs(min(chosen)), 3)} to {fixed(abs(max(chosen)), 3)}",
            )
        )
    return rows


def _along_lists(found: Found) -> list[Block]:
    told = found.get("false_alarms_by_list")
    if told is None:
        return [Text("False alarms of each group on shorter lists were not counted.")]
    lengths = told["lengths"]
    along = Along(lengths, "people on the list", lengths[-1], logarithmic=True, decimals=0)
    rows = [
        (f"{length:,}", *(f"{one['false_alarms'][at]:,}" for one in told["groups"]))
        for at, length in enumerate(lengths)
    ]
    return [
        *_panels("by-list", "False alarms of each group on shorter lists", along, told),
        Table(
            "People flagged on lists that are parts of one another (UTKFace, overlap left out)",
            _heads("people on the list", told),
            rows,
        ),
        Table(
            f"The longest list that is shown to keep 1 in 1,000 ({_counted_ways(told)})",
            ("group", "people", "list"),
            _longest(found),
        ),
        *_shown_by_thresholds(found.get("list_limits")),
        Text(
            f"Fewer than {found['longest_lists'][0]['people_needed']:,} people cannot show 1 in 1,000 on any list, "
            "even if none of them is flagged."
        ),
    ]


def _counted_ways(told: Found) -> str:
    both = all("with_overlap" in one for one in told["groups"])
    return "by the worse of overlap left out and counted" if both else OVERLAP["without_overlap"]


def _shown_by_thresholds(told: Found | None) -> list[Block]:
    """The longest list that each group bears, where it was looked for at further thresholds."""
    if not told:
        return []
    rows = [
        (
            f"{threshold(one['threshold'])} ({one['which']})",
            group["group"],
            f"{group['people']:,}",
            "not shown" if group["demonstrated"] is None else f"{group['demonstrated']:,}",
            group["why"],
        )
        for one in told["thresholds"]
        for group in one["groups"]
    ]
    ways = f" (overlap: {told['overlap']})" if "overlap" in told else ""
    caption = f"The longest list that is shown, by threshold{ways}"
    return [Table(caption, ("threshold", "group", "people", "list", "why"), rows)]


def _longest(found: Found) -> list[Sequence[str]]:
    return [
        (
            one["group"],
            f"{one['people']:,}",
            f"{one['longest']:,}"
            if one["longest"] is not None
            else ("too few people" if one["people"] < one["people_needed"] else "none of those tested"),
        )
        for one in found["longest_lists"]
    ]
