"""Pages 6 to 9: false alarms and misses by group, how far groups lie apart, crossed groups and children."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from benchmarks.accuracy.gate_items import MOST_MISSED
from benchmarks.report.blocks import Block, Lead, Picture, Table, Text
from benchmarks.report.plots import intervals
from benchmarks.report.words import OVERLAP, counted, fixed, interval, one_in, percent, times

Found = Mapping[str, Any]
_RATE_HEAD: Final = ("group", "people", "flagged", "rate", "95 % interval", "with overlap counted", "standing")
_LIMIT: Final = 1e-3
_KEPT: Final = ("without_overlap", "rate")
_MOST_ROWS: Final = 12
_CHILDREN: Final = 18


def false_alarms(found: Found) -> list[Block]:
    """Page 6."""
    crossing = _crossing(found, "ethnicity", "sex")
    if crossing is None:
        return [Text("The probes have no labels of sex and ethnicity, so nothing is known of groups.")]
    overlap = found["bias"]["overlap"]
    groups = worst_first(crossing["groups"], *_KEPT)
    return [
        Lead(_worst(groups)),
        Text(
            f"One threshold, a list of {found['bias']['enrolled']:,} people from LFW, one search for each person of "
            "UTKFace. Worst first, by the lower limit."
        ),
        _intervals("false-alarms", "False alarms by group, each rate between its limits", groups),
        Table("False alarms by ethnicity and sex, as annotated by others", _RATE_HEAD, _group_rows(groups)),
        Text(
            f"Left out of the first columns: {overlap['same_photograph']} probes whose photograph is in LFW and "
            f"{overlap['same_person']} who seem to be the same person ({overlap['rule']}). The model that is measured "
            "had no say in it. The worse of both figures counts for the gate."
        ),
        Text(
            "Standing: ok, there are people enough to show 1 in 1,000; insufficient, there are fewer than 3,000, so "
            "that even none flagged would not show it; empty, there is nobody, and so no rate."
        ),
    ]


def worst_first(groups: Sequence[Found], *which: str) -> list[Found]:
    """By the lower limit, which is shown, then by the upper, which cannot be excluded; the empty last."""

    def place(group: Found) -> tuple[float, float, str]:
        rate = group
        for name in which:
            rate = rate[name]
        limits = rate["interval"]
        return (-limits["lower"], -limits["upper"], group["name"]) if limits is not None else (1, 1, group["name"])

    return sorted(groups, key=place)


def _worst(groups: Sequence[Found]) -> str:
    worst = groups[0]
    rate = worst["without_overlap"]["rate"]
    return (
        f"Most often wrongly flagged: {worst['name']}, {counted(rate)} ({one_in(rate['value'])}; overlap left out), "
        f"{counted(worst['with_overlap']['rate'])} with overlap counted."
    )


def _intervals(name: str, title: str, groups: Sequence[Found]) -> Picture:
    rates = [(one["name"], one["without_overlap"]["rate"]) for one in groups]
    drawn = [
        (group, rate["value"] or 0.0, rate["interval"]["lower"], rate["interval"]["upper"])
        for group, rate in rates
        if rate["interval"] is not None
    ]
    return Picture(name, title, intervals(title, name, drawn, _LIMIT))


def _group_rows(groups: Sequence[Found]) -> list[Sequence[str]]:
    return [
        (
            one["name"],
            f"{one['without_overlap']['rate']['denominator']:,}",
            f"{one['without_overlap']['rate']['numerator']:,}",
            one_in(one["without_overlap"]["rate"]["value"]),
            interval(one["without_overlap"]["rate"]),
            counted(one["with_overlap"]["rate"]),
            one["without_overlap"]["status"],
        )
        for one in groups
    ]


def _crossing(found: Found, *labels: str) -> Found | None:
    return next((one for one in found["bias"]["crossings"] if sorted(one["labels"]) == sorted(labels)), None)


def misses(found: Found) -> list[Block]:
    """Page 7."""
    crossing = _crossing(found, "ethnicity", "sex")
    told = worst_first(found["misses_by_sex"], "rate")
    taken = worst_first([] if crossing is None else crossing["groups"], "not_acquired")
    return [
        Lead("Misses by ethnicity and by age are not known: LFW, whose people can be missed, says neither.", "open"),
        Text("A person who was missed in any picture counts as missed. Worst first."),
        Table(
            "People on the list who were missed (LFW, first seed)",
            ("sex", "missed", "rate", "95 % interval", "standing"),
            [
                (one["name"], counted(one["rate"]), one_in(one["rate"]["value"]), interval(one["rate"]), one["status"])
                for one in told
            ],
        ),
        Text(
            f"Standing, by another limit than for false alarms: at most {percent(MOST_MISSED)} missed. Ok, there are "
            f"{3 / MOST_MISSED:.0f} people or more, enough to show that if none is missed; insufficient, there are "
            "fewer; empty, there is nobody. It is no word on how many are missed."
        ),
        Table(
            "Pictures that gave no search (UTKFace): no face found, or too poor to compare",
            ("group", "how many", "rate", "95 % interval", "mean face, px", "mean sharpness"),
            [
                (
                    one["name"],
                    counted(one["not_acquired"]),
                    one_in(one["not_acquired"]["value"]),
                    interval(one["not_acquired"]),
                    fixed(one["mean_size_px"], 0),
                    fixed(one["mean_sharpness"], 4),
                )
                for one in taken
            ],
        ),
    ]


def differences(found: Found) -> list[Block]:
    """Page 8."""
    blocks: list[Block] = [_apart_lead(found)]
    blocks.append(
        Text(
            "Every two groups that have anybody are compared, also those too small for a claim of 1 in 1,000. Each of "
            "K groups gets an interval at 100 − 5/K per cent (Clopper-Pearson; Bonferroni's correction over the "
            "groups), so that all limits of one table, and every sentence that follows from it, hold together in 95 "
            "of 100 such tests. Each way to group people is corrected by itself, and holds for the list that was "
            "searched."
        )
    )
    for one in _shown(found):
        blocks += _compared(one)
    blocks.append(_ratios(found))
    blocks.append(
        Text("No difference found is not equality: a smaller ratio than the last columns name could not be seen.")
    )
    blocks.append(Table("What each comparison could have seen", _SEEN, _seen(found)))
    return blocks


def _shown(found: Found) -> list[Found]:
    """By ethnicity and sex crossed, without and with overlap."""
    return [one for one in found["comparisons"] if sorted(one["labels"]) == ["ethnicity", "sex"]]


def _apart_lead(found: Found) -> Lead:
    furthest = furthest_apart(found)
    if furthest is None:
        return Lead("No two groups' intervals lie apart. That is no proof that they are equal; see below.", "open")
    return Lead(f"The groups are not treated alike: {furthest}.", "fail")


def furthest_apart(found: Found) -> str | None:
    """The two groups that lie furthest apart, in words that every page and the README share; None where none do.

    Of the figures with overlap left out, as the tables of groups are; only where none lie apart there, of the others.
    """
    shown = _shown(found) or found["comparisons"]
    for which, words in OVERLAP.items():
        pairs = [one["pairs"][0] for one in shown if one["overlap"] == which and one["pairs"]]
        if pairs:
            widest = max(pairs, key=lambda one: one["factor"])
            return (
                f"the lower limit of {widest['worse']} lies above the upper limit of {widest['better']} by a factor of "
                f"{widest['factor']:.1f} ({words})"
            )
    return None


def _compared(told: Found) -> list[Block]:
    """One table of limits, one of the pairs that lie apart, and the sentence on what is not excluded."""
    which = OVERLAP[told["overlap"]]
    limits = worst_first(told["groups"])
    each = percent(told["confidence_each"])
    pairs = told["pairs"][:_MOST_ROWS]
    caption = f"Pairs that lie apart, {which}: {told['pairs_apart']} of {told['compared']}"
    return [
        Table(
            f"Limits that hold together, {which} ({each} each)",
            ("group", "flagged", "lower limit", "upper limit"),
            [
                (
                    one["name"],
                    f"{one['errors']:,} of {one['people']:,}",
                    one_in(one["interval"]["lower"]) if one["interval"]["lower"] else "none",
                    one_in(one["interval"]["upper"]),
                )
                for one in limits
            ],
        ),
        Table(
            caption if len(pairs) == told["pairs_apart"] else f"{caption}; the widest {len(pairs)}",
            ("the lower limit of", "lies above the upper limit of", "by a factor of"),
            [(one["worse"], one["better"], f"{one['factor']:.1f}") for one in pairs],
        )
        if pairs
        else Text(f"No pair lies apart, {which}, of {told['compared']} compared."),
        Text(not_excluded(told)),
    ]


def not_excluded(told: Found) -> str:
    """The plain sentence."""
    if told["worst"] is None or told["worst"] == told["best"]:
        return "There are no two groups to compare."
    value = told["not_excluded"]["value"]
    if value is None:
        return (
            f"We cannot exclude that {told['worst']} is any number of times worse than {told['best']}: nobody of "
            f"{told['best']} was flagged, so its rate may be next to nothing."
        )
    return f"We cannot exclude that {told['worst']} is {times(value)} worse than {told['best']}."


_SEEN: Final = (
    "groups by",
    "groups",
    "pairs apart",
    "cannot be excluded: worst and best",
    "how many times worse",
    "smallest ratio that could have been seen: two largest groups",
    "two smallest groups",
)


def _seen(found: Found) -> list[Sequence[str]]:
    return [
        (
            " × ".join(one["labels"]),
            f"{len(one['groups'])}",
            f"{one['pairs_apart']:,} of {one['compared']:,}",
            f"{one['worst']} and {one['best']}",
            "any number" if one["not_excluded"]["value"] is None else times(one["not_excluded"]["value"]),
            times(one["detectable"]["value"]),
            times(one["detectable_among_small"]["value"]),
        )
        for one in found["comparisons"]
        if one["overlap"] == "without_overlap"
    ]


def _ratios(found: Found) -> Table:
    rows = []
    for one in found["bias"]["crossings"]:
        told = one["differences"]
        known = told["ratio"]["value"] is not None
        rows.append(
            (
                " × ".join(one["labels"]),
                told["worst"] or "–",
                told["best"] or "–",
                fixed(told["ratio"]["value"], 1) if known else told["ratio"]["reason"],
                fixed(told["to_typical"]["value"], 1),
                fixed(told["bound"]["value"], 1),
            )
        )
    return Table(
        "As the gate counts them: only groups large enough for a claim of 1 in 1,000",
        ("groups by", "worst", "best", "worst / best", "worst / typical", "at least (by the limits)"),
        rows,
    )


def crossed(found: Found) -> list[Block]:
    """Page 9."""
    ages = _crossing(found, "age")
    if ages is None:
        return [Lead("The probes have no ages, so nothing is known of children or of old people.", "open")]
    children, others = _children(ages["groups"])
    blocks: list[Block] = [_of_children(children)]
    if children:
        blocks.append(Table("Children, by age", _RATE_HEAD, _group_rows(worst_first(children, *_KEPT))))
    blocks.append(
        _intervals("by-age", "False alarms by age, each rate between its limits", worst_first(ages["groups"], *_KEPT))
    )
    blocks.append(Table("Grown-ups, by age, worst first", _RATE_HEAD, _group_rows(worst_first(others, *_KEPT))))
    whole = _crossing(found, "age", "ethnicity", "sex")
    if whole is not None:
        some = [one for one in whole["groups"] if one["with_overlap"]["rate"]["denominator"]]
        groups = worst_first(some, *_KEPT)
        caption = f"By age, ethnicity and sex: the worst {min(20, len(groups))} of {len(groups)} that have anybody"
        blocks.append(Table(caption, _RATE_HEAD, _group_rows(groups[:20])))
        empty = len(whole["groups"]) - len(some)
        nobody = f"In {empty} further groups there is nobody, so of them nothing is known. " if empty else ""
        blocks.append(Text(f"{nobody}All of them, and every other way to cross the labels, stand in evaluation.json."))
    return blocks


def _children(groups: Sequence[Found]) -> tuple[list[Found], list[Found]]:
    young = [one for one in groups if _first_year(one["name"]) < _CHILDREN]
    return young, [one for one in groups if one not in young]


def _first_year(band: str) -> int:
    digits = band.split("–", maxsplit=1)[0]
    return int(digits) if digits.isdecimal() else _CHILDREN


def _of_children(children: Sequence[Found]) -> Lead:
    some = [one for one in children if one["without_overlap"]["rate"]["denominator"]]
    people = sum(one["without_overlap"]["rate"]["denominator"] for one in some)
    if not people:
        return Lead("There are no children in the data: nothing is known of them, and no claim covers them.", "open")
    bands = ", ".join(one["name"] for one in some)
    youngest = min(_first_year(one["name"]) for one in some)
    missing = f" Of children under {youngest} there is nobody in the data, so nothing is known." if youngest else ""
    return Lead(f"Children in the data: {people:,}, of the ages {bands}.{missing}", "open")
