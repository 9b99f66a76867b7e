"""The README's false-match rates, written between two marks from the committed reports, and from nothing else.

`python -m insyn.readme_rates` writes them, `--check` says whether they are what the reports say.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.report.pages_groups import furthest_apart
from benchmarks.report.words import NOT_KNOWN, OVERLAP, counted, interval, one_in, threshold
from insyn.errors import InsynError

README: Final = Path("README.md")
REPORTS: Final = Path("docs/evaluation")
BEGIN: Final = "<!-- Written by insyn evaluate publish from docs/evaluation; do not edit. -->"
END: Final = "<!-- The end of what is written from docs/evaluation. -->"
NOTHING: Final = (
    "No report is committed yet. `make evaluation DATA=FOLDER` measures both profiles on LFW and UTKFace, and writes "
    "this."
)

_FLAGGED: Final = "of 10,000 of UTKFace not listed, wrongly flagged, by the worse way to count overlap"
_OF_LFW: Final = "of 10,000 of LFW not listed, over all lists drawn"

Found = Mapping[str, Any]


def committed(folder: Path) -> list[Found]:
    """Read each profile's numbers, in the order of their names; none where no report lies there.

    Raises:
        InsynError: a file cannot be read.
    """
    paths = sorted(folder.glob("*/evaluation.json")) if folder.is_dir() else []
    try:
        return [json.loads(path.read_bytes()) for path in paths]
    except (OSError, ValueError) as error:
        raise InsynError(f"A report in {folder} cannot be read; write the reports anew.") from error


def rewritten(readme: str, reports: Sequence[Found]) -> str:
    """Return the README with what the reports say between its marks.

    Raises:
        InsynError: the marks are not there, once each and in order.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or END in before or BEGIN in after or END in after:
        raise InsynError(f"{README} must have its two marks once each, around the rates.")
    return f"{before}{BEGIN}\n{rates(reports)}\n{END}{after}"


def rates(reports: Sequence[Found]) -> str:
    """What stands between the marks."""
    if not reports:
        return NOTHING
    return "\n\n".join((_conditions(reports), _profiles(reports), _groups(reports), *_said(reports), _caveats(reports)))


def _conditions(reports: Sequence[Found]) -> str:
    days = sorted({one["measured_on"] for one in reports})
    return (
        f"Measured on {' and '.join(days)}, by `insyn evaluate publish`: people of UTKFace, one picture each, "
        f"searched for on a list of {reports[0]['bias']['enrolled']:,} people of LFW; one threshold for all. Beside "
        f"them LFW's own people on lists of {reports[0]['in_whole_people']['enrolled_lfw']:,} others of LFW. The table "
        "of groups leaves out who seems to be in both sets (overlap left out)."
    )


def _profiles(reports: Sequence[Found]) -> str:
    heads = ("profile", "threshold", "LFW View 2", _FLAGGED, _OF_LFW, "of 100 listed, found", "gate")
    lines = [f"| {' | '.join(heads)} |", "|---|---|---|---|---|---|---|"]
    for one in reports:
        view2, people = one["lfw_view2"], one["in_whole_people"]
        lines.append(
            f"| [`{one['profile']}`](docs/evaluation/{one['profile']}/evaluation.html) | {threshold(one['threshold'])} "
            f"| {view2['accuracy']:.4f} ± {view2['standard_error']:.4f} "
            f"| {_between(people['flagged_of_10000'])} ({OVERLAP.get(people['flagged_overlap'], NOT_KNOWN)}) "
            f"| {_between(people['flagged_of_10000_lfw'])} | {_between(people['found_of_100'])} "
            f"| {one['gate']['verdict']} |"
        )
    return "\n".join(lines)


def _between(limits: Sequence[int] | None) -> str:
    return NOT_KNOWN if limits is None else f"between {limits[0]:,} and {limits[1]:,}"


def _groups(reports: Sequence[Found]) -> str:
    names = [one["profile"] for one in reports]
    head = "| group | " + " | ".join(f"{name}: flagged | 95 % interval" for name in names) + " |"
    tables = [{group["name"]: group["without_overlap"]["rate"] for group in _crossed(one)} for one in reports]
    order = sorted({name for table in tables for name in table}, key=lambda name: (-_lower(tables[0].get(name)), name))
    rows = [f"| {name} | " + " | ".join(f"{_flagged(table.get(name))}" for table in tables) + " |" for name in order]
    return "\n".join((head, "|---|" + "---|---|" * len(names), *rows))


def _crossed(found: Found) -> Sequence[Found]:
    crossings = found["bias"]["crossings"]
    return next((one["groups"] for one in crossings if sorted(one["labels"]) == ["ethnicity", "sex"]), [])


def _lower(rate: Found | None) -> float:
    return -1.0 if rate is None or rate["interval"] is None else float(rate["interval"]["lower"])


def _flagged(rate: Found | None) -> str:
    if rate is None or rate["interval"] is None:
        return "nobody | –"
    return f"{counted(dict(rate))} ({one_in(rate['value'])}) | {interval(dict(rate))}"


def _said(reports: Sequence[Found]) -> list[str]:
    said = []
    for one in reports:
        furthest = furthest_apart(one)
        said.append(
            f"`{one['profile']}`: {furthest}, by limits that hold for all groups together."
            if furthest is not None
            else f"`{one['profile']}`: no two groups' joint limits lie apart, which is no proof that they are equal."
        )
    return said


def _caveats(reports: Sequence[Found]) -> str:
    small = {group["without_overlap"]["status"] for one in reports for group in _crossed(one)} - {"ok"}
    few = " No group has people enough to show 1 in 1,000." if small and "ok" not in small else ""
    return (
        "Photographs, not cameras; ethnicity and sex as others judged them; people who seem to be in both sets were "
        f"found by the other profile.{few} No profile is admitted by this: each report says what stands in the way, "
        "and what would change it."
    )


def main(arguments: Sequence[str]) -> int:
    """Write the README's rates, or with `--check` only say whether they are current."""
    try:
        before = README.read_text(encoding="utf-8")
        after = rewritten(before, committed(REPORTS))
    except InsynError as error:
        print(f"insyn: {error}", file=sys.stderr)
        return 1
    if "--check" in arguments:
        if before != after:
            print(
                "insyn: README.md does not say what docs/evaluation says: python -m insyn.readme_rates", file=sys.stderr
            )
        return int(before != after)
    README.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
