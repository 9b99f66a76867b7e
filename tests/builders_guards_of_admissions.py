"""What each guard over suspended model profiles refuses, and something like it that it lets pass."""

from collections.abc import Mapping
from typing import Final

from tests.builders_guards import AT, Case, case, change, row

_LIFTED: Final = {"lifted_by": "'b'", "lifted_at": str(AT)}
_ASKED: Final = row("profile_suspensions", lift_asked_by="a")

OF_ADMISSIONS: Final[Mapping[str, tuple[Case, ...]]] = {
    "profile_suspensions_begin_unlifted": (
        case(
            (),
            (
                row("profile_suspensions", lift_asked_by="a"),
                row("profile_suspensions", lifted_by="a"),
                row("profile_suspensions", lifted_at=AT),
            ),
            row("profile_suspensions"),
        ),
    ),
    "profile_suspensions_lifted_by_two": (
        case(
            _ASKED,
            (
                change("profile_suspensions", lifted_at=str(AT)),
                change("profile_suspensions", lifted_at=str(AT), lifted_by="'a'"),
                change("profile_suspensions", lift_asked_by="'c'", **_LIFTED),
                change("profile_suspensions", lift_asked_by="NULL", **_LIFTED),
            ),
            change("profile_suspensions", **_LIFTED),
        ),
        case(
            row("profile_suspensions"),
            change("profile_suspensions", lift_asked_by="'a'", **_LIFTED),
            (change("profile_suspensions", lift_asked_by="'a'"), change("profile_suspensions", **_LIFTED)),
        ),
    ),
    "profile_suspensions_lifted_by_two_organisations": (
        case(
            (
                _ASKED,
                *(
                    row("accounts", account_id=one, login=one, organisation=of)
                    for one, of in (("a", "police"), ("b", "police"), ("c", "supervisory-authority"))
                ),
            ),
            change("profile_suspensions", **_LIFTED),
            change("profile_suspensions", lifted_by="'c'", lifted_at=str(AT)),
        ),
    ),
    "profile_suspensions_stay_lifted": (
        case(
            row("profile_suspensions", lift_asked_by="a", lifted_by="b", lifted_at=AT),
            (
                change("profile_suspensions", lifted_at="NULL"),
                change("profile_suspensions", lifted_at=str(AT + 1)),
                change("profile_suspensions", lifted_by="'c'"),
                change("profile_suspensions", lift_asked_by="NULL"),
                change("profile_suspensions", lift_asked_by="'c'"),
            ),
            change("profile_suspensions", lifted_at=str(AT)),
        ),
    ),
    "profile_suspensions_stay_until_lifted": (
        case(
            row("profile_suspensions"),
            "DELETE FROM profile_suspensions",
            (change("profile_suspensions", lifted_at=str(AT)), "DELETE FROM profile_suspensions"),
        ),
    ),
}
"""By the guard's name."""
