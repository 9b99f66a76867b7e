"""Who acts in the demonstration, and who may log in to look: one account per role, with a random password of its own.

The passwords lie in one file that its owner alone reads. They are good for DEMO data on this machine only.
"""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from insyn.demonstration.visitor import Visitor
from insyn.errors import InsynError

ADMINISTRATOR: Final = "administrator"
SECOND_ADMINISTRATOR: Final = "administrator-2"
APPLICANT: Final = "applicant"
AUDITOR: Final = "auditor"
LEGAL_OFFICER: Final = "legal-officer"
PATROL: Final = "patrol"
SITE_MANAGER: Final = "site-manager"
REVIEWERS: Final = ("reviewer-1", "reviewer-2")
"""They review in the demonstration."""
VISITORS: Final = ("operator-1", "operator-2")
"""The visitor's own two log-ins: for the alert that is left."""
CONFIRMED_BY: Final = {
    SECOND_ADMINISTRATOR: (AUDITOR, SITE_MANAGER),
    AUDITOR: (LEGAL_OFFICER,),
    LEGAL_OFFICER: (APPLICANT, PATROL, *REVIEWERS, *VISITORS),
}
"""Whose account needs whom as the second person, in the order in which they can be asked: the auditor begins."""

ROLES: Final = {
    ADMINISTRATOR: "administrator",
    SECOND_ADMINISTRATOR: "administrator",
    APPLICANT: "applicant",
    AUDITOR: "auditor",
    LEGAL_OFFICER: "legal-officer",
    PATROL: "patrol",
    SITE_MANAGER: "site-manager",
    **dict.fromkeys((*REVIEWERS, *VISITORS), "operator"),
}


@dataclass(frozen=True, slots=True)
class People:
    """The log-ins and their passwords."""

    passwords: dict[str, str]

    def log_in(self, address: str, login: str) -> Visitor:
        """Open a session for one of them."""
        return Visitor(address, login, self.passwords[login])


def invent_people() -> People:
    """Make a random password for everybody."""
    return People({login: secrets.token_urlsafe(12) for login in ROLES})


def save_people(people: People, path: Path) -> None:
    """Write the log-ins where only their owner reads."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(people.passwords, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def load_people(path: Path) -> People:
    """Read the log-ins.

    Raises:
        InsynError: the file is missing or damaged.
    """
    try:
        passwords = json.loads(path.read_text(encoding="utf-8"))
        return People({login: str(passwords[login]) for login in ROLES})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InsynError("The demonstration's log-ins are missing or damaged; run `make demo-reset`.") from error
