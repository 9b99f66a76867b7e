"""What each guard over holds, and over how long a thing is kept, refuses, and something like it that it lets pass."""

from collections.abc import Mapping
from typing import Final

from governance.audit.vault_keys import OBJECT_CLASSES
from tests.builders_guards import AT, DAY, TODAY, Case, Row, case, change, only, row

_DAYS: Final = {
    "candidate": 1,
    "hold": 730,
    "intervention": 730,
    "reference": 44,
    "review": 183,
    "volunteer": 38,
    "warrant": 230,
}
"""So long is a kept object of each class there at most, written down by hand."""
_HOLDABLE: Final = ("candidate", "intervention", "review", "warrant")


def _a_watcher(account_id: str, roles: str, organisation: str = "police", **values: object) -> Row:
    there = {"login": account_id, "roles": roles, "organisation": organisation, "confirmed_by": "y"}
    return row("accounts", account_id=account_id, **(there | values))


def _set_by(*approvers: str) -> str:
    first, second = (f"'{one}'" for one in approvers)
    return change("holds", state="'in-force'", first_approver=first, second_approver=second)


_ASKED: Final = (
    row("holds", state="asked", asked_by="asker"),
    _a_watcher("asker", "legal-officer x"),
    _a_watcher("officer", "legal-officer"),
    _a_watcher("inside", "x data-protection-officer"),
    _a_watcher("auditor", "auditor", "supervisory-authority"),
)
_NOT_IN_FORCE: Final = tuple(
    only("account_id = 'auditor'", change("accounts", **{column: value}))
    for column, value in (("confirmed_by", "NULL"), ("opening_hash", "'h'"), ("withdrawn_at", "1"))
)

OF_HOLDS: Final[Mapping[str, tuple[Case, ...]]] = {
    "holds_begin_as_asked": (
        case(
            row("objects"),
            (
                row("holds", state="in-force"),
                row("holds", state="asked", first_approver="a"),
                row("holds", state="asked", object_id="none"),
                row("holds", state="asked", created_at=AT + DAY),
            ),
            row("holds", state="asked", created_at=AT + DAY - 1),
        ),
    ),
    "holds_end_within_the_longest": (
        case((), row("holds", until_day=TODAY + 183), row("holds", until_day=TODAY + 182)),
    ),
    "holds_are_set_before_the_due_time": (
        case(
            (row("objects"), row("holds", state="asked")),
            (
                change("holds", state="'in-force'", in_force_at=str(AT + DAY)),
                ("DELETE FROM objects", change("holds", state="'in-force'", in_force_at=str(AT))),
            ),
            change("holds", state="'in-force'", in_force_at=str(AT + DAY - 1)),
        ),
    ),
    "holds_end_once": (
        case(
            row("holds", state="cleared"),
            (change("holds", state="'in-force'"), change("holds", state="'asked'")),
            change("holds", set_apart="TRUE"),
        ),
        case(row("holds", state="in-force"), change("holds", state="'asked'"), change("holds", state="'cleared'")),
    ),
    "erasures_of_nothing_that_is_held": (
        case(
            row("holds", state="in-force"),
            row("erasures"),
            (change("holds", state="'cleared'"), row("erasures")),
        ),
    ),
    "objects_that_are_held_stay": (
        case(
            (row("objects"), row("holds", state="in-force")),
            "DELETE FROM objects",
            (change("holds", state="'cleared'"), "DELETE FROM objects"),
        ),
    ),
    "holds_of_a_closed_list": (
        case(
            row("objects", data_class="review"),
            (
                *(
                    (change("objects", data_class=f"'{one}'"), row("holds"))
                    for one in sorted(OBJECT_CLASSES - set(_HOLDABLE))
                ),
                (row("alerts", crops="x"), row("holds")),
            ),
            (
                row("alerts", crops="y", report="x"),
                *(
                    step
                    for one in _HOLDABLE
                    for step in (change("objects", data_class=f"'{one}'"), row("holds"), "DELETE FROM holds")
                ),
            ),
        ),
    ),
    "holds_set_by_a_watcher": (
        case(
            _ASKED,
            (
                _set_by("officer", "nobody"),
                _set_by("officer", "inside"),
                _set_by("inside", "officer"),
                *((gone, _set_by("officer", "auditor")) for gone in _NOT_IN_FORCE),
                (
                    only("account_id = 'auditor'", change("accounts", roles="'patrol'")),
                    _set_by("officer", "auditor"),
                ),
            ),
            _set_by("officer", "auditor"),
        ),
        case(_ASKED, _set_by("officer", "inside"), _set_by("auditor", "inside")),
        # Where nobody elsewhere is in force, whoever watches from inside does.
        *(
            case(
                (*_ASKED, gone),
                (_set_by("officer", "asker"), _set_by("officer", "auditor")),
                _set_by("officer", "inside"),
            )
            for gone in _NOT_IN_FORCE
        ),
    ),
    # Ends within their class: B1.
    "objects_end_within_their_class": tuple(
        case(
            (),
            row("objects", data_class=one, expires_at=AT + _DAYS[one] * DAY + 1),
            row("objects", data_class=one, expires_at=AT + _DAYS[one] * DAY),
        )
        for one in sorted(OBJECT_CLASSES)
    ),
    "interventions_end_within_their_class": (
        case(
            (),
            row("interventions", expires_at=AT + 730 * DAY + 1),
            row("interventions", expires_at=AT + 730 * DAY),
        ),
    ),
}
"""By the guard's name."""
