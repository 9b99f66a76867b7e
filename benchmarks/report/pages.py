"""The sixteen pages, each from the evaluation's JSON alone. What was not measured is said as plainly as what was."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from benchmarks.report import pages_conditions, pages_groups, pages_rates, pages_record, pages_verdict
from benchmarks.report.blocks import Block, Page

Found = Mapping[str, Any]
_PAGES: Final[tuple[tuple[str, Callable[[Found], list[Block]]], ...]] = (
    ("Verdict", pages_verdict.verdict),
    ("What was tested", pages_verdict.tested),
    ("Accuracy in whole people", pages_verdict.whole_people),
    ("Trade-off between false alarms and misses", pages_rates.traded),
    ("The length of the list", pages_rates.length),
    ("Groups: false alarms", pages_groups.false_alarms),
    ("Groups: misses", pages_groups.misses),
    ("Are the differences real?", pages_groups.differences),
    ("Crossed groups, age, children", pages_groups.crossed),
    ("Sensitivity and video", pages_conditions.sensitivity),
    ("Failures", pages_conditions.failures),
    ("In operation", pages_conditions.operation),
    ("Data sheets", pages_record.data),
    ("Method", pages_record.method),
    ("The gate", pages_record.gate),
    ("Do it again", pages_record.again),
)


def pages(found: Found) -> tuple[Page, ...]:
    """All pages in order, of an evaluation that is complete (`benchmarks.report.derived`)."""
    return tuple(Page(title, tuple(make(found))) for title, make in _PAGES)


def title(found: Found) -> str:
    """What the report is called."""
    return f"Evaluation of the model profile {found['profile']}"
