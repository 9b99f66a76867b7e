"""What each guard over drift and what lets a profile go on refuses, and something like it that it lets pass (A18)."""

from collections.abc import Mapping
from typing import Final

from tests.builders_guards import Case, case, change, row

_TWO: Final = (
    row("accounts", account_id="a", login="a", organisation="police"),
    row("accounts", account_id="b", login="b", organisation="supervisory-authority"),
    row("accounts", account_id="c", login="c", organisation="police"),
)


OF_OPERATION: Final[Mapping[str, tuple[Case, ...]]] = {
    "profile_suspensions_lifted_on_the_report_that_was_named": (
        case(
            row("profile_suspensions", lift_asked_by="a", lift_report_sha256="r"),
            (
                change("profile_suspensions", lift_report_sha256="'s'", lifted_at="1"),
                change("profile_suspensions", lift_report_sha256="NULL", lifted_at="1"),
            ),
            # Asked anew, on whatever report admits it then; and let go on by that one.
            (
                change("profile_suspensions", lift_asked_by="'c'", lift_report_sha256="'s'"),
                change("profile_suspensions", lifted_at="1"),
            ),
        ),
    ),
    "drift_explanations_begin_unagreed": (
        case((), row("drift_explanations", agreed_by="b"), row("drift_explanations")),
    ),
    "drift_explanations_by_two_organisations": (
        case(
            (*_TWO, row("drift_explanations", explained_by="a")),
            (change("drift_explanations", agreed_by="'a'"), change("drift_explanations", agreed_by="'c'")),
            change("drift_explanations", agreed_by="'b'"),
        ),
    ),
}
"""By the guard's name."""
