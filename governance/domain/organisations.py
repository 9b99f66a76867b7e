"""Which organisations take part, and which role belongs to which of them (B14, 0.2, B6).

The region supplies sites and cameras and never sees a candidate. The issuing authority signs offline and the witness
organisations run their own programs: neither has a log-in here, so no role belongs to them.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from governance.domain.decisions import Decision, allow, deny
from governance.domain.roles import Role


class Organisation(StrEnum):
    """Who takes part. Two roles of different organisations are never one person's."""

    REGION = "region"
    """Supplies sites, cameras and signs; never sees a warrant's person, a reference or a match."""
    POLICE = "police"
    """The controller."""
    ISSUING_AUTHORITY = "issuing-authority"
    """Court or prosecutor; its key is offline, elsewhere."""
    SUPERVISORY_AUTHORITY = "supervisory-authority"
    WITNESS = "witness"


BELONGS: Final[Mapping[Role, Organisation]] = MappingProxyType(
    {
        Role.ADMINISTRATOR: Organisation.POLICE,
        Role.APPLICANT: Organisation.POLICE,
        Role.AUDITOR: Organisation.SUPERVISORY_AUTHORITY,
        Role.DATA_PROTECTION_OFFICER: Organisation.POLICE,
        Role.LEGAL_OFFICER: Organisation.POLICE,
        Role.OPERATOR: Organisation.POLICE,
        Role.PATROL: Organisation.POLICE,
        Role.SENIOR_OPERATOR: Organisation.POLICE,
        Role.SITE_MANAGER: Organisation.REGION,
    }
)
"""Whose people hold a role. Each role has one organisation."""


def organisation_of(roles: Iterable[Role]) -> Organisation | None:
    """Return the one organisation of these roles, or nothing where they are none's or of several."""
    found = {BELONGS[role] for role in roles}
    return next(iter(found)) if len(found) == 1 else None


def may_belong(organisation: Organisation, roles: Iterable[Role]) -> Decision:
    """B6, B14: an account's roles are those of its own organisation."""
    if organisation_of(roles) is not organisation:
        return deny("B14", f"These roles are not all roles of the organisation {organisation.value}.")
    return allow("B14")
