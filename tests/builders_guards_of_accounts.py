"""What each guard over accounts, sessions and certificates refuses, and something like it that it lets pass."""

from collections.abc import Iterator, Mapping
from typing import Final

from governance.domain.organisations import BELONGS, Organisation
from governance.domain.roles import CONFIRMS, Role
from tests.builders_guards import AT, Case, Row, case, change, only, row


def _roles() -> Iterator[Case]:
    for role, owner in BELONGS.items():
        others = [one for one in Organisation if one is not owner]
        yield case(
            (),
            tuple(row("accounts", roles=f"{role.value} x", organisation=one.value) for one in others),
            row("accounts", roles=f"{role.value} x", organisation=owner.value),
        )


def _a_person(account_id: str, roles: str = "x", **values: object) -> Row:
    return row("accounts", account_id=account_id, login=account_id, roles=roles, **({"confirmed_by": "y"} | values))


def _confirmed_by(account_id: str) -> str:
    return only("account_id = 'x'", change("accounts", confirmed_by=f"'{account_id}'"))


def _confirming() -> Iterator[Case]:
    """Everybody of one role each, of whom some may confirm an account of another role."""
    everybody = tuple(_a_person(role.value, f"x {role.value}") for role in Role)
    taken_back = only("account_id = 'x'", change("accounts", confirmed_by="NULL"))
    for role, allowed in CONFIRMS.items():
        yield case(
            (*everybody, row("accounts", roles=f"{role.value} x")),
            tuple(_confirmed_by(one.value) for one in Role if one not in allowed),
            tuple(step for one in sorted(allowed) for step in (_confirmed_by(one.value), taken_back)),
        )


_FIRST_AUDITOR: Final = (
    row("accounts", roles="auditor"),
    _a_person("administrator", "administrator"),
    _a_person("officer", "legal-officer"),
    _a_person("before", "auditor", opening_hash="h"),
)
"""An auditor's account that nobody opened does not end the founding; it may have run out."""
_OPENED: Final = only("account_id = 'before'", change("accounts", opening_hash="NULL"))

OF_ACCOUNTS: Final[Mapping[str, tuple[Case, ...]]] = {
    "accounts_of_one_organisation": tuple(_roles()),
    "accounts_begin_as_proposals": (
        case(
            tuple(row("accounts", account_id=one, login=one, confirmed_by="y") for one in ("a", "b")),
            (row("accounts", confirmed_by="a"), row("accounts", certified_until=AT), row("accounts", opening_hash="h")),
            row("accounts"),
        ),
    ),
    "accounts_confirmed_by_somebody_in_force": (
        case(
            (
                row("accounts", account_id="x", login="x"),
                row("accounts", account_id="asked", login="asked"),
                row("accounts", account_id="gone", login="gone", confirmed_by="y", withdrawn_at=AT),
                row("accounts", account_id="waits", login="waits", confirmed_by="y", opening_hash="h"),
                row("accounts", account_id="there", login="there", confirmed_by="y"),
            ),
            tuple(
                f"UPDATE accounts SET confirmed_by = '{one}' WHERE account_id = 'x'"  # noqa: S608 (our own names)
                for one in ("asked", "gone", "nobody", "waits", "x")
            ),
            "UPDATE accounts SET confirmed_by = 'there' WHERE account_id = 'x'",
        ),
    ),
    "accounts_keep_what_two_people_said": (
        case(
            row("accounts", confirmed_by="a", confirmed_at=AT, withdrawn_at=AT),
            (
                change("accounts", confirmed_by="'b'"),
                change("accounts", confirmed_by="NULL"),
                change("accounts", confirmed_at="1"),
                change("accounts", withdrawn_at="NULL"),
                change("accounts", withdrawn_at="1"),
            ),
            change("accounts", failures="1"),
        ),
    ),
    "accounts_certified_by_a_certificate": (
        case(
            (row("accounts"), row("certificates", ends_at=AT)),
            (
                change("accounts", certified_until=str(AT)),
                (change("certificates", confirmed_by="'a'"), change("accounts", certified_until=str(AT + 1))),
            ),
            (change("certificates", confirmed_by="'a'"), change("accounts", certified_until=str(AT))),
        ),
    ),
    "certificates_begin_as_proposals": (case((), row("certificates", confirmed_by="a"), row("certificates")),),
    "certificates_keep_their_confirmation": (
        case(
            row("certificates", confirmed_by="a"),
            (change("certificates", confirmed_by="'b'"), change("certificates", confirmed_by="NULL")),
            change("certificates", confirmed_by="'a'"),
        ),
    ),
    "accounts_confirmed_by_a_role_that_may": (
        *_confirming(),
        case(
            _FIRST_AUDITOR,
            (
                _confirmed_by("officer"),
                (_OPENED, _confirmed_by("administrator")),
                (
                    only("account_id = 'before'", change("accounts", opening_hash="NULL", withdrawn_at="1")),
                    _confirmed_by("administrator"),
                ),
            ),
            _confirmed_by("administrator"),
        ),
        case(
            (row("accounts", roles="administrator applicant"), *_FIRST_AUDITOR[1:]),
            _confirmed_by("administrator"),
            (change("accounts", roles="'administrator applicant legal-officer'"), _confirmed_by("officer")),
        ),
    ),
    "accounts_wait_for_their_owner": (
        case(
            row("accounts"),
            (change("accounts", confirmed_by="'a'"), change("accounts", opening_hash="'h'")),
            change("accounts", confirmed_by="'a'", opening_hash="'h'"),
        ),
        case(
            row("accounts", confirmed_by="a", opening_hash="h"),
            (
                change("accounts", opening_hash="'i'"),
                (change("accounts", opening_hash="NULL"), change("accounts", opening_hash="'h'")),
            ),
            change("accounts", opening_hash="NULL"),
        ),
    ),
    "accounts_opened_with_a_password_of_their_own": (
        case(
            row("accounts", confirmed_by="a", opening_hash="h"),
            change("accounts", opening_hash="NULL"),
            change("accounts", opening_hash="NULL", password_hash="'y'"),
        ),
    ),
    "accounts_keep_their_password": (
        case(
            row("accounts"),
            (
                change("accounts", password_hash="'y'"),
                change("accounts", password_hash="'y'", confirmed_by="'a'"),
            ),
            change("accounts", confirmed_by="'a'"),
        ),
        case(
            row("accounts", confirmed_by="a", opening_hash="h"),
            change("accounts", password_hash="'y'"),
            change("accounts", password_hash="'y'", opening_hash="NULL"),
        ),
        case(
            row("accounts", confirmed_by="a"),
            (
                (row("sessions"), change("accounts", password_hash="'y'")),
                change("accounts", password_hash="'y'", withdrawn_at="1"),
            ),
            (row("sessions", account_id="y"), change("accounts", password_hash="'y'")),
        ),
    ),
    "sessions_of_accounts_in_force": (
        case(
            row("accounts", confirmed_by="a"),
            (
                (change("accounts", confirmed_by="NULL"), row("sessions")),
                (change("accounts", opening_hash="'h'"), row("sessions")),
                (change("accounts", withdrawn_at="1"), row("sessions")),
                row("sessions", account_id="y"),
            ),
            row("sessions"),
        ),
    ),
    "certificates_confirmed_by_somebody_in_force": (
        case(
            (
                row("certificates", proposed_by="proposer"),
                *(_a_person(one) for one in ("proposer", "there", "x")),
                _a_person("asked", confirmed_by=None),
                _a_person("gone", withdrawn_at=AT),
                _a_person("waits", opening_hash="h"),
            ),
            tuple(
                change("certificates", confirmed_by=f"'{one}'")
                for one in ("asked", "gone", "nobody", "proposer", "waits", "x")
            ),
            change("certificates", confirmed_by="'there'"),
        ),
    ),
}
"""By the guard's name."""
