"""Pages 13 to 16: data sheets, method, the gate, and how to do it again."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from benchmarks.report.blocks import Block, Command, Lead, Table, Text
from benchmarks.report.pages_verdict import STANDING
from benchmarks.report.words import percent, threshold

Found = Mapping[str, Any]
_DEFINED: Final = (
    ("FPIR", "searches for people not on the list with a candidate at or above the threshold ÷ all such searches"),
    (
        "FNIR",
        "searches for people on the list that do not find them first and at or above the threshold ÷ all such searches",
    ),
    ("SEL", "candidates at or above the threshold over searches for people not on the list ÷ those searches"),
    ("at the level of the system", "a picture that gave no search stays in: it alarms nobody and finds nobody"),
    ("95 % interval", "Clopper-Pearson over people, one search each: never too short, given this list"),
    ("joint limits", "the same at 100 − 5/K per cent for each of K groups (Bonferroni), so that all hold together"),
    ("in whole people", "both limits rounded outwards; of the figures with and without overlap the worse"),
    ("no interval", "where searches share people: what looks like thousands of trials is a few hundred people"),
)
_UNTESTED: Final = (
    "how errors fall where the poorest pictures are left out (error versus discard)",
    "masks, hats and glasses apart from those that people in the pictures happen to wear",
    "people who have aged since their photograph",
    "twins and close relatives",
    "whoever tries not to be found, or to be taken for another",
    "skin tone as measured; ethnicity is a word that others chose",
)


def data(found: Found) -> list[Block]:
    """Page 13."""
    blocks: list[Block] = []
    for sheet in found["data"]:
        known = [(name, str(sheet[name])) for name in ("source", "licence", "labels", "what") if sheet.get(name)]
        counts = [(name, f"{sheet[name]:,}") for name in ("people", "pictures") if isinstance(sheet.get(name), int)]
        rows = [*known, *counts, *(("to know", one) for one in sheet["caveats"])]
        blocks.append(Table(sheet["name"], ("", ""), rows))
    overlap = found["bias"]["overlap"]
    blocks.append(
        Table(
            "People and pictures in both sets",
            ("", ""),
            [
                ("the same photograph", f"{overlap['same_photograph']:,} probes"),
                ("seems to be the same person", f"{overlap['same_person']:,} probes"),
                ("left out of the figures without overlap", f"{overlap['excluded']:,} probes"),
                ("rule", overlap["rule"]),
                (
                    "judged by",
                    str(found["bias"].get("overlap_by") or "the other chain of models, which is not measured here"),
                ),
            ],
        )
    )
    blocks.append(
        Text(
            "Whether the models were trained on people of these sets is not known; where they were, the figures "
            "flatter."
        )
    )
    return blocks


def method(found: Found) -> list[Block]:
    """Page 14."""
    view2 = found["lfw_view2"]
    seeds = sorted({seed["seed"] for one in found["identification"] for seed in one["seeds"]})
    lengths = ", ".join(f"{one['enrolled']:,}" for one in found["identification"])
    return [
        Text(
            f"LFW View 2 through the whole chain: {view2['accuracy']:.4f} ± {view2['standard_error']:.4f} (S_E), "
            f"{view2['errors']} wrong of {view2['pairs']:,}, pictures without a face: {view2['failures_to_detect']}. "
            "It shows that the chain is put together rightly, and cannot rank models: published figures differ by a "
            "single pair."
        ),
        Table("What the words mean", ("", ""), _DEFINED),
        Table(
            "How it was done",
            ("", ""),
            [
                ("threshold", threshold(found["threshold"])),
                ("lists", f"{lengths} people of LFW, one photograph each"),
                (
                    "seeds",
                    f"{seeds[0]} to {seeds[-1]}: {len(seeds)} draws of who is on the list and who is in which half",
                ),
                ("list of the groups' pages", f"{found['bias']['enrolled']:,} people, seed 1"),
                ("groups", f"large enough from 3 ÷ {found['bias']['target']:g} people on (rule of three)"),
                (
                    "difference that could have been seen",
                    "exact conditional test, four times in five, corrected for all pairs",
                ),
                ("joint confidence", percent(0.95)),
            ],
        ),
        Text(f"Not tested: {'; '.join((*_missing(found), *_UNTESTED))}."),
        Text(
            "ISO/IEC 19795-1 and 19795-10 are followed in their terms and in the units that are counted; conformity "
            "is not claimed: one set has no identities, group labels are of others' eyes, and the scenario is "
            "photographs. Formulas, with sources: docs/metrics.md."
        ),
    ]


def _missing(found: Found) -> list[str]:
    absent = (
        ("stream", "video"),
        ("sensitivity", "smaller faces, blur, compression, light"),
        ("operation", "operation"),
    )
    return [words for name, words in absent if not found.get(name)]


def gate(found: Found) -> list[Block]:
    """Page 15."""
    told = found["gate"]
    rows: list[Sequence[str]] = [
        (f"{one['number']}. {one['asks']}", one["verdict"], one["found"], one["limit"], one["source"], one["why"])
        for one in told["items"]
    ]
    return [
        Lead(f"{told['verdict']}. FAIL and NOT DEMONSTRATED both block.", STANDING[told["verdict"]]),
        Table("Fifteen items", ("item", "verdict", "found", "limit", "source", "why"), rows),
    ]


def again(found: Found) -> list[Block]:
    """Page 16."""
    return [
        Text("From the data sets, which nobody may hand on with this report, and the program of the same version:"),
        Command(
            f"insyn evaluate report --profile {found['profile']} --data FOLDER --date {found['measured_on']} --out "
            "FOLDER"
        ),
        Text("The pages anew from evaluation.json alone, and whether signature and files hold:"),
        Command("insyn evaluate report --from evaluation.json --out FOLDER"),
        Command("insyn evaluate check-report --report FOLDER --keys trust.json"),
        Table(
            "What it was made from (SHA-256)",
            ("", "SHA-256"),
            [
                ("profile", found["profile_sha256"]),
                ("code", found["pipeline_sha256"]),
                ("pictures of LFW, in the order of their names", found["pictures_sha256"]),
                *((f"model: {part}", sha256) for part, sha256 in sorted(found["files"].items())),
            ],
        ),
        Table(
            "Files that are written with this page",
            ("file", "what"),
            [
                ("evaluation.json", "every number, for machines; its schema is docs/schemas/evaluation-1.json"),
                ("numbers.csv", "the same numbers, one a line"),
                ("*.svg", "each plot"),
                (
                    "signature.json",
                    "once it is signed: by whom, over the SHA-256 of every file here and of the profile",
                ),
            ],
        ),
        Text(
            "The log's entry of a report is evaluation.report, with the SHA-256 of evaluation.json: a report that is "
            "not in the log of an authority was not laid before that authority. A file cannot hold its own hash, so "
            "the entry's number stands in the log and not here."
        ),
    ]
