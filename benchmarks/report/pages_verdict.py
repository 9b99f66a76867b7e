"""Pages 1 to 3: the verdict, what was tested, and accuracy in whole people."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from benchmarks.report.blocks import Block, Lead, Picture, Table, Text
from benchmarks.report.icons import hundred, ten_thousand
from benchmarks.report.words import NOT_KNOWN, OVERLAP, counted, fixed, interval, one_in, threshold

Found = Mapping[str, Any]
STANDING: Final = {"PASS": "pass", "FAIL": "fail", "NOT DEMONSTRATED": "open"}
_MEANS: Final = {
    "PASS": "it may be used, inside the envelope that was tested and nowhere else.",
    "FAIL": "it may not be used outside demonstrations: at least one limit is exceeded.",
    "NOT DEMONSTRATED": "it may not be used outside demonstrations: nobody has shown that it keeps every limit.",
}


def verdict(found: Found) -> list[Block]:
    """Page 1."""
    said, people = found["gate"]["verdict"], found["in_whole_people"]
    blocking = [one for one in found["gate"]["items"] if one["verdict"] != "PASS"]
    return [
        Lead(f"{said}: {_MEANS[said]}", STANDING[said]),
        Text(f"{flagged(people)} {_found(people)}"),
        Table("The profile", ("", ""), _facts(found)),
        Table("What would change the verdict", ("", "would it help?"), would_change(found)),
        Table(
            f"What stands in the way: {len(blocking)} of {len(found['gate']['items'])} items",
            ("item", "verdict", "why"),
            [(f"{one['number']}. {one['asks']}", one["verdict"], one["why"]) for one in blocking],
        ),
    ]


def flagged(people: Found) -> str:
    """Of whom, by which way to count, and on how many lists: a figure that does not say so can be the kinder one."""
    return f"{_flagged_who_pass(people)} {_flagged_of_lists_set(people)}"


def _flagged_who_pass(people: Found) -> str:
    limits = people["flagged_of_10000"]
    if limits is None:
        return "How many people who are not on the list are wrongly flagged was not measured."
    return (
        f"Out of 10,000 people not on the list, between {limits[0]:,} and {limits[1]:,} are wrongly flagged (UTKFace, "
        f"{OVERLAP[people['flagged_overlap']]}: the worse of both ways to count who seems to be in both sets)."
    )


def _flagged_of_lists_set(people: Found) -> str:
    limits, lists = people["flagged_of_10000_lfw"], people["lists_lfw"]
    if limits is None:
        return "Of people of LFW, whose others are on the list, nobody was searched for."
    drawn = "one list" if lists == 1 else f"{lists} lists, from the lowest limit of any to the highest"
    return (
        f"Out of 10,000 people of LFW, whose others are on the list: between {limits[0]:,} and {limits[1]:,} ({drawn})."
    )


def _found(people: Found) -> str:
    limits = people["found_of_100"]
    if limits is None:
        return "How many people on the list are found was not measured."
    return f"Out of 100 on the list who pass, between {limits[0]} and {limits[1]} are found."


def _facts(found: Found) -> list[Sequence[str]]:
    lists = found["longest_lists"]
    longest = lists[0]["longest"] if lists else None
    camera = "stream" in found
    return [
        ("threshold", f"{threshold(found['threshold'])}, one for everybody"),
        ("list that was tested", f"{found['bias']['enrolled']:,} people"),
        ("list whose false alarms are shown to keep 1 in 1,000", "none" if longest is None else f"{longest:,} people"),
        ("cameras", "rendered footage (page 10)" if camera else "none: only photographs were tested"),
        ("measured on", found["measured_on"]),
        ("evidence until", found["valid_until"]),
        (
            "signed by",
            (
                "not signed when this was written: a signature is made over this page. One that was made since lies "
                "beside it as signature.json, and insyn evaluate check-report says whose it is and whether it holds"
            ),
        ),
    ]


def would_change(found: Found) -> list[Sequence[str]]:
    """A row for each of the three that an authority can do."""
    told = found["would_change"]
    return [
        ("a shorter list", _shorter(told)),
        ("fewer camera-hours", _fewer(told)),
        ("more people tested", _more(told)),
    ]


def _shorter(told: Found) -> str:
    if told["too_many"] is None:
        return "Not known: nobody was searched for who is not on the list."
    if told["longest"] is None:
        return "Not shown: on none of the lists that were tested do so many people show 1 in 1,000."
    return f"Yes, for false alarms of all people together: {told['longest']:,} people were tested and keep 1 in 1,000."


def _fewer(told: Found) -> str:
    if told["too_many"]:
        return "No: of those who pass, more than 1 in 1,000 are flagged, however few pass."
    return (
        "Only where a site's budget of false alerts, divided by those who pass it, is stricter than 1 in 1,000; a "
        "shorter time makes that limit looser, and nothing else better."
    )


def _more(told: Found) -> str:
    if told["too_many"]:
        return f"No: {told['alarms']:,} of {told['people']:,} are too many already; more people would show it again."
    if told["people_needed"] is None:
        return "Hardly: the rate lies so near 1 in 1,000 that no likely number of people would show it."
    return f"Yes: {told['people_needed']:,} people of whom as small a part alarms would show 1 in 1,000."


def tested(found: Found) -> list[Block]:
    """Page 2."""
    files = [(part, sha256) for part, sha256 in sorted(found["files"].items())]
    return [
        Text(
            f"The profile {found['profile']}, and nothing else: another file, alignment or threshold is another "
            "profile."
        ),
        Table(
            "Bound by SHA-256",
            ("part", "SHA-256"),
            [("profile", found["profile_sha256"]), ("code", found["pipeline_sha256"]), *files],
        ),
        Table(
            "How it decides",
            ("", ""),
            [
                ("threshold", threshold(found["threshold"])),
                ("how it was chosen", _choice(found)),
                *_chosen(found),
                ("list", f"{found['bias']['enrolled']:,} people, one photograph each"),
                ("pictures of one person", "compared one by one; a track of a camera would be fused first"),
            ],
        ),
        *_record(found.get("profile_record")),
        Text(
            "The program that runs computes the same hashes from its own files, and refuses what is not this profile. "
            "Where each model comes from, and what is declared of its training: docs/models.md."
        ),
    ]


def _record(record: Found | None) -> list[Block]:
    """The profile itself, whose hash stands above: parts, licences, alignment, limits of quality."""
    if record is None:
        return []
    above = "sha256"
    rows = [(where, value) for where, value in _leaves("", record) if value and not where.endswith(above)]
    return [Table("The profile, in full", ("", ""), rows)]


def _leaves(where: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name in sorted(value):
            yield from _leaves(f"{where}, {name}" if where else str(name).replace("_", " "), value[name])
    elif isinstance(value, list):
        yield where.replace("_", " "), ", ".join(json.dumps(one) for one in value)
    else:
        yield where.replace("_", " "), f"{value:g}" if isinstance(value, float) else str(value)


def _chosen(found: Found) -> list[Sequence[str]]:
    """The threshold that this evaluation would choose on other people, where it looked for one."""
    told = found.get("calibration")
    if told is None:
        return []
    value, reason = told["threshold"]["value"], told["threshold"]["reason"]
    said = f"{value:.4g} in the unit of {told['score']}" if value is not None else f"none. {reason}"
    return [(f"what {told['people']:,} other people would choose for 1 in {1 / told['target_fpir']:,.0f}", said)]


def _choice(found: Found) -> str:
    item = next(one for one in found["gate"]["items"] if one["number"] == 12)
    return str(item["why"])


def whole_people(found: Found) -> list[Block]:
    """Page 3."""
    told, everybody = found["in_whole_people"], found["bias"]["everybody"]
    longest = max(found["identification"], key=lambda one: one["enrolled"])
    first = longest["seeds"][0]["at_profile"]
    rows = [
        ("not on the list, flagged (UTKFace, overlap counted)", *_rate(everybody["with_overlap"]["rate"])),
        ("the same, overlap left out", *_rate(everybody["without_overlap"]["rate"])),
        ("not on the list, flagged (LFW, first seed)", *_rate(first["people_alarmed"])),
        ("on the list, found in every picture (LFW, first seed)", *_found_row(told)),
        ("on the list, missed in a search (LFW, first seed)", *_rate(first["fnir"]["system"])),
        ("on the list, and somebody else came first", *_rate(first["wrong_identity"]["system"])),
    ]
    return [
        *_pictures(told),
        Table(
            f"At a list of {longest['enrolled']:,} and the profile's own threshold",
            ("who", "how many", "as a rate", "95 % interval"),
            rows,
        ),
        Table("A day on which so many people pass who are not on the list", _DAY, _days(told)),
        Text("How many people pass a site is for the site to count. That a face is not found at all comes on top."),
    ]


_DAY: Final = ("people who pass", "wrongly flagged, at least", "at most")


def _days(told: Found) -> list[Sequence[str]]:
    limits = told["flagged_of_10000"]
    if limits is None:
        return []
    low, high = limits
    return [
        (f"{people:,}", f"{low * people // 10_000:,}", f"{-(-high * people // 10_000):,}")
        for people in (1_000, 10_000, 100_000)
    ]


def _rate(rate: Found) -> tuple[str, str, str]:
    return counted(dict(rate)), one_in(rate["value"]), interval(dict(rate))


def _found_row(told: Found) -> tuple[str, str, str]:
    limits, people = told["found_of_100"], told["listed_people"]
    if limits is None:
        return NOT_KNOWN, NOT_KNOWN, NOT_KNOWN
    share = fixed(100 * told["found_people"] / people, 1)
    return f"{told['found_people']:,} of {people:,}", f"{share} of 100", f"{limits[0]} to {limits[1]} of 100"


def _pictures(told: Found) -> list[Block]:
    made: list[Block] = []
    if (limits := told["found_of_100"]) is not None:
        words = ("are found at least", "may be found or missed", "are missed at least")
        title = f"Of 100 people on the list, {limits[0]} to {limits[1]} are found"
        made.append(Picture("found", title, hundred(title, "found", limits[0], limits[1], words)))
    if (limits := told["flagged_of_10000"]) is not None:
        words = ("are wrongly flagged at least", "may be", "are not")
        title = f"Of 10,000 people not on the list, {limits[0]:,} to {limits[1]:,} are wrongly flagged"
        made.append(Picture("flagged", title, ten_thousand(title, "flagged", limits[0], limits[1], words)))
    return made
