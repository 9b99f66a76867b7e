"""The table of who may do what, as a document: `python -m insyn.roles_document` writes docs/roles.md (B14).

It is generated from `governance.domain.roles`; a test holds the page against the code.
"""

from pathlib import Path
from typing import Final

from governance.domain.organisations import BELONGS, Organisation
from governance.domain.roles import ALONE, CONFIRMS, MAY, WITHDRAWS, Role

_HEAD: Final = """# Who may do what

Generated from `governance/domain/roles.py` and `governance/domain/organisations.py` by
`python -m insyn.roles_document`; do not edit it. An action that is missing here is allowed to nobody. Each page
declares the actions of which one is enough, and a test calls every page as every role.

Issuing authorities and witness organisations have no log-in: they sign files, elsewhere. An account is proposed by an
administrator, with a first password, and confirmed by a second person, who alone is shown its opening code; both are
kept, and the database refuses one who is the other, or whose role may not confirm it. It is in force when whoever it is
for opened it, with a password of their own.
"""


def roles_document() -> str:
    """Return the page."""
    return "\n".join((_HEAD, *_roles(), "", *_actions(), ""))


def _roles() -> list[str]:
    lines = ["## Roles", "", "| role | organisation | alone | confirmed by | ended by |", "|---|---|---|---|---|"]
    lines += [
        f"| {_name(role)} | {BELONGS[role].value.replace('-', ' ')} | {'yes' if role in ALONE else 'no'} |"
        f" {_names(CONFIRMS[role])} | {_names(WITHDRAWS[role])} |"
        for role in sorted(Role)
    ]
    without = [one.value.replace("-", " ") for one in Organisation if one not in BELONGS.values()]
    first = "The first auditor is confirmed by a second administrator; nobody else who watches ever is."
    return [*lines, "", f"No role: {', '.join(without)}. {first}"]


def _actions() -> list[str]:
    lines = ["## Actions", "", "| action | roles |", "|---|---|"]
    return [*lines, *(f"| `{action.value}` | {_names(MAY[action])} |" for action in sorted(MAY))]


def _names(roles: frozenset[Role]) -> str:
    return ", ".join(_name(role) for role in sorted(roles))


def _name(role: Role) -> str:
    return role.value.replace("-", " ")


if __name__ == "__main__":
    Path("docs/roles.md").write_text(roles_document(), encoding="utf-8")
