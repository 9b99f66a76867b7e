"""The sixteen pages, each from the evaluation's JSON alone. What was not measured is said as plainly as what was."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from benchmarks.report.blocks import Block, Lead, Page, Picture, Table, Text
from benchmarks.report.plots import Line, bars, trade_off
from benchmarks.report.words import counted, fixed, interval, one_in, out_of

Found = Mapping[str, Any]
_STANDING: Final = {"PASS": "pass", "FAIL": "fail", "NOT DEMONSTRATED": "open"}
_RATE_HEAD: Final = ("group", "people", "false alarms", "rate", "95 % interval", "with overlap counted", "standing")


def pages(found: Found) -> tuple[Page, ...]:
    """All pages in order."""
    made = (
        ("Verdict", _verdict),
        ("What was tested", _tested),
        ("Accuracy in whole people", _whole_people),
        ("Trade-off between false alarms and misses", _trade_off),
        ("The length of the list", _length),
        ("Groups: false alarms", _false_alarms),
        ("Groups: misses", _misses),
        ("Are the differences real?", _differences),
        ("Crossed groups and age", _crossed),
        ("Sensitivity", _sensitivity),
        ("Failures", _failures),
        ("In operation", _operation),
        ("Data sheets", _data),
        ("Method", _method),
        ("The gate", _gate),
        ("Do it again", _again),
    )
    return tuple(Page(title, tuple(make(found))) for title, make in made)


def title(found: Found) -> str:
    """What the report is called."""
    return f"Evaluation of the model profile {found['profile']}, {found['measured_on']}"


def _everybody(found: Found) -> Found:
    return dict(found["bias"]["everybody"])


def _longest(found: Found) -> Found:
    return dict(max(found["identification"], key=lambda one: one["enrolled"]))


def _verdict(found: Found) -> list[Block]:
    verdict, everybody = found["gate"]["verdict"], _everybody(found)["with_overlap"]["rate"]
    blocking = [one for one in found["gate"]["items"] if one["verdict"] != "PASS"]
    return [
        Lead(f"{verdict}: this profile {_may(verdict)} outside demonstrations.", _STANDING[verdict]),
        Text(
            f"Of 10,000 people who are not on a list of {found['bias']['enrolled']:,}, "
            f"{out_of(10_000, everybody)} are wrongly "
            f"flagged (UTKFace's people, overlap counted). Of listed people in LFW, see page 7."
        ),
        Table(
            "What stands in the way",
            ("item", "verdict", "why"),
            [(one["asks"], one["verdict"], one["why"]) for one in blocking],
        ),
    ]


def _may(verdict: str) -> str:
    return "may be used" if verdict == "PASS" else "may not be used"


def _tested(found: Found) -> list[Block]:
    files = [(part, sha256) for part, sha256 in sorted(found["files"].items())]
    return [
        Text(
            f"The profile {found['profile']}, and nothing else: another file, alignment or threshold is "
            "another profile."
        ),
        Table(
            "Bound by SHA-256",
            ("part", "SHA-256"),
            [("profile", found["profile_sha256"]), ("code", found["pipeline_sha256"]), *files],
        ),
        Text(
            f"Threshold {fixed(found['threshold'], 4)} where higher is more alike (a distance is negated), one "
            "for everybody."
        ),
    ]


def _whole_people(found: Found) -> list[Block]:
    everybody, lists = _everybody(found), _longest(found)
    first = lists["seeds"][0]["at_profile"]
    rows = [
        (
            "searched for, and not on the list (UTKFace)",
            counted(everybody["with_overlap"]["rate"]),
            interval(everybody["with_overlap"]["rate"]),
        ),
        (
            "the same, without who seems to be in both sets",
            counted(everybody["without_overlap"]["rate"]),
            interval(everybody["without_overlap"]["rate"]),
        ),
        ("not on the list (LFW, first seed)", counted(first["people_alarmed"]), interval(first["people_alarmed"])),
        (
            "on the list and missed, by search (LFW, first seed)",
            counted(first["fnir"]["system"]),
            interval(first["fnir"]["system"]),
        ),
        (
            "on the list, and somebody else was first",
            counted(first["wrong_identity"]["system"]),
            interval(first["wrong_identity"]["system"]),
        ),
    ]
    return [
        Text(
            "A day at a site is these rates times its people. How many pass there is for the site to count; it "
            "is not in this report."
        ),
        Table(
            f"At a list of {lists['enrolled']:,} and the profile's own threshold",
            ("who", "how many", "95 % interval"),
            rows,
        ),
    ]


def _trade_off(found: Found) -> list[Block]:
    told = found["trade_off"]
    people = told["people_not_listed"]
    points = [(one["fpir"], one["fnir"]) for one in told["points"]]
    operating = (told["operating"]["fpir"], told["operating"]["fnir"])
    svg = trade_off(
        "False alarms against misses",
        [Line(found["profile"], points, operating)],
        smallest_shown=1 / people,
        smallest_sure=min(1.0, 3 / people),
    )
    some = told["points"][:: max(1, len(told["points"]) // 12)]
    rows = [(fixed(one["threshold"], 4), one_in(one["fpir"]), f"{one['fnir']:.3f}") for one in some]
    here = (
        "the operating point has no false alarm among them and is not drawn"
        if operating[0] == 0
        else "the ring is the operating point"
    )
    return [
        Picture("trade-off", "FPIR and FNIR at every threshold", svg),
        Text(
            f"{people:,} people who are not listed; {here}. On grey ground fewer than three alarms stand behind "
            "a point; left of "
            f"1 in {people:,} nothing can be drawn."
        ),
        Table("The same in numbers", ("threshold", "FPIR", "FNIR"), rows),
    ]


def _length(found: Found) -> list[Block]:
    rows = []
    for one in found["identification"]:
        false, missed = one["fpir_range"], one["fnir_range"]
        chosen = [seed["at_calibrated"] for seed in one["seeds"]]
        thresholds = [seed["threshold"] for seed in chosen]
        rows.append(
            (
                f"{one['enrolled']:,}",
                f"{one_in(false[0])} to {one_in(false[1])}",
                counted(one["people_ever_alarmed"]),
                f"{missed[0]:.3f} to {missed[1]:.3f}",
                f"{fixed(min(thresholds), 3)} to {fixed(max(thresholds), 3)}",
            )
        )
    head = (
        "people on the list",
        "FPIR, lowest and highest seed",
        "people who alarmed in any seed",
        "FNIR",
        "threshold that the other half would choose",
    )
    return [
        Text("Measured, not computed: each length was searched with ten seeds. A longer list alarms more."),
        Table("LFW, at the profile's own threshold, at the level of the system", head, rows),
    ]


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


def _false_alarms(found: Found) -> list[Block]:
    crossing = _crossing(found, "ethnicity", "sex")
    if crossing is None:
        return [Text("The probes have no labels of sex and ethnicity, so nothing is known of groups.")]
    drawn = [
        (one["name"], rate["value"] or 0.0, rate["interval"]["lower"], rate["interval"]["upper"])
        for one in crossing["groups"]
        if (rate := one["without_overlap"]["rate"])["interval"] is not None
    ]
    overlap = found["bias"]["overlap"]
    return [
        Text(
            f"One threshold, a list of {found['bias']['enrolled']:,} people from LFW, one search for each "
            "person. Worst first."
        ),
        Picture("false-alarms", "Each group's rate between its limits", bars("False alarms", drawn, 1e-3)),
        Table("False alarms by ethnicity and sex, as annotated by others", _RATE_HEAD, _group_rows(crossing["groups"])),
        Text(
            f"Left out of the first columns: {overlap['same_photograph']} probes whose photograph is in LFW and "
            f"{overlap['same_person']} "
            f"who seem to be the same person ({overlap['rule']}). The model that is measured had no say in it."
        ),
    ]


def _misses(found: Found) -> list[Block]:
    rows = [(one["name"], counted(one["rate"]), interval(one["rate"]), one["status"]) for one in found["misses_by_sex"]]
    crossing = _crossing(found, "ethnicity", "sex")
    taken = (
        []
        if crossing is None
        else [(one["name"], counted(one["not_acquired"]), interval(one["not_acquired"])) for one in crossing["groups"]]
    )
    return [
        Text(
            "LFW says nothing of ethnicity or age, so misses by those are not known. A person missed in any "
            "picture counts as missed."
        ),
        Table(
            "People on the list who were missed (LFW, first seed)", ("sex", "missed", "95 % interval", "standing"), rows
        ),
        Table("Pictures that gave no template (UTKFace)", ("group", "how many", "95 % interval"), taken),
    ]


def _differences(found: Found) -> list[Block]:
    rows = []
    for one in found["bias"]["crossings"]:
        told = one["differences"]
        rows.append(
            (
                " × ".join(one["labels"]),
                told["worst"] or "–",
                told["best"] or "–",
                fixed(told["ratio"]["value"], 1) if told["ratio"]["value"] is not None else told["ratio"]["reason"],
                fixed(told["to_typical"]["value"], 1),
                fixed(told["bound"]["value"], 1),
            )
        )
    head = ("groups by", "worst", "best", "worst / best", "worst / typical", "at least (by the limits)")
    seen = found["gate"]["items"][7]
    return [
        Text("Only groups that are large enough stand here. No difference found is not equality."),
        Table("How far groups lie apart", head, rows),
        Text(f"What the test could have seen: {seen['found']}. {seen['why']}"),
    ]


def _crossed(found: Found) -> list[Block]:
    blocks: list[Block] = [
        Text("Children stand by themselves; a group without people is listed where the labels could make it.")
    ]
    for labels in (("age",), ("age", "ethnicity", "sex")):
        crossing = _crossing(found, *labels)
        if crossing is not None:
            blocks.append(Table(f"By {' × '.join(labels)}, worst first", _RATE_HEAD, _group_rows(crossing["groups"])))
    return blocks


def _sensitivity(_found: Found) -> list[Block]:
    return [Lead("NOT MEASURED: thresholds nearby, smaller faces, blur, compression and light.", "open")]


def _failures(found: Found) -> list[Block]:
    told = found["acquisition"]
    rows = [(why, f"{many:,}") for why, many in sorted(told["reasons"].items(), key=lambda one: (-one[1], one[0]))]
    return [
        Text(
            f"In LFW no face was found in {counted(told['failures_to_detect'])} pictures; with the quality "
            f"limits, {counted(told['failures_to_acquire'])} gave no search."
        ),
        Table("Why", ("reason", "pictures"), rows),
        Text("No photograph is shown: the sets' licences and the people in them forbid it."),
    ]


def _operation(_found: Found) -> list[Block]:
    return [Lead("NOT IN OPERATION: there are no deployments to count.", "open")]


def _data(found: Found) -> list[Block]:
    blocks: list[Block] = []
    for sheet in found["data"]:
        rows = [
            ("source", sheet["source"]),
            ("licence", sheet["licence"]),
            ("labels", sheet["labels"]),
            ("what", sheet["what"]),
        ]
        blocks.append(Table(sheet["name"], ("", ""), [*rows, *(("to know", one) for one in sheet["caveats"])]))
    return blocks


def _method(found: Found) -> list[Block]:
    view2 = found["lfw_view2"]
    return [
        Text(
            f"LFW View 2 through the whole chain: {view2['accuracy']:.4f} ± {view2['standard_error']:.4f} "
            f"(S_E), {view2['errors']} wrong of "
            f"{view2['pairs']:,}, {view2['failures_to_detect']} pictures without a face. It shows that the "
            "chain is put together rightly."
        ),
        Text(
            "Definitions, formulas and intervals: docs/metrics.md. Intervals are of people; where trials share "
            "people and no interval is given, that is said."
        ),
        Text(
            "Not tested: video, distance, masks, other cameras, the light of a place, people who have aged "
            "since their photograph."
        ),
    ]


def _gate(found: Found) -> list[Block]:
    rows = [
        (str(one["number"]), one["asks"], one["verdict"], one["found"], one["limit"], one["source"])
        for one in found["gate"]["items"]
    ]
    return [
        Table(
            "Fifteen items; FAIL and NOT DEMONSTRATED both block",
            ("no.", "asks", "verdict", "found", "limit", "source"),
            rows,
        )
    ]


def _again(found: Found) -> list[Block]:
    return [
        Text(f"insyn evaluate report --profile {found['profile']} --data FOLDER --out FOLDER"),
        Text(
            f"The pictures, in the order of their names, have the SHA-256 {found['pictures_sha256']} over the "
            "hashes of their contents."
        ),
        Text("evaluation.json beside this file has every number on every page."),
    ]
