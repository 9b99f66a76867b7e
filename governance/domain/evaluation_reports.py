"""The report of an evaluator on the model profile is laid before the authority, which examines it itself (C10, A17).

What it says is not asked here: one that says FAIL is laid down as one that says PASS. It admits nothing.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from governance.domain.decisions import Decision, refuse_where

LONGEST_AGE: Final = timedelta(days=365)
"""Evidence that is older says nothing of today (evaluation gate, item 14)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidReport:
    """What is asked of a report: of which profile it is, when was measured, and whether its key is for uses as here.

    `for_less` says that its evaluator signs for a use of less weight than the one here: DEMO for a trial, either for
    what is real.
    """

    profile_sha256: str
    measured_on: date
    for_less: bool


def may_lay_report(report: LaidReport, *, in_use: str, today: date) -> Decision:
    """C10: a report is of the profile in use, of the last twelve months, and signed for a use like this one."""
    return refuse_where(
        "C10",
        (report.profile_sha256 != in_use, "C10", "This report is of another model profile than the one in use here."),
        (report.measured_on > today, "C10", "This report was measured on a day that has not come."),
        (today - report.measured_on > LONGEST_AGE, "A17", "This report is older than twelve months; measure again."),
        (
            report.for_less,
            "C10",
            "The key that signed this report is for demonstrations or trials only, and not for the use here.",
        ),
    )
