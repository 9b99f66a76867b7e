"""What an entry of the log may say, field by field, and in which sealed group it lies: a closed list.

Each group is sealed under a key of its own with its own end, so that opening who acted does not open about whom, and
what is about a person goes first (law.md A13, A14, F3). What stands in no group stands in clear and is about nobody.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from governance.domain.retention import DataClass


class Group(StrEnum):
    """The sealed groups of an entry, in the order in which they stand in it."""

    CONTEXT = "context"
    """Which case, camera, lease: long enough to account for a deployment."""
    OPERATOR = "operator"
    """Which account acted, or was acted upon: as long as anybody may be held to it."""
    SUBJECT = "subject"
    """Which alert, reference, picture: gone first."""


_GROUPS: Final[Mapping[str, Group | None]] = MappingProxyType(
    {
        "actor": Group.OPERATOR,
        "alert": Group.SUBJECT,
        "allowed": None,
        "camera": Group.CONTEXT,
        "count": None,
        "crops": Group.SUBJECT,
        "d": Group.SUBJECT,
        "deployment": Group.CONTEXT,
        "document": Group.CONTEXT,
        "gallery": Group.CONTEXT,
        "incident": Group.CONTEXT,
        "key": Group.CONTEXT,
        "lease": Group.CONTEXT,
        "method": None,
        "outcome": Group.SUBJECT,
        "photograph": Group.SUBJECT,
        "profile": Group.CONTEXT,
        "provenance": Group.CONTEXT,
        "purpose": Group.CONTEXT,
        "recording": Group.CONTEXT,
        "reference": Group.SUBJECT,
        "report": Group.SUBJECT,
        "request": Group.CONTEXT,
        "rule": None,
        "run": Group.CONTEXT,
        "search": Group.CONTEXT,
        "site": Group.CONTEXT,
        "slot": Group.SUBJECT,
        "subject": Group.OPERATOR,
        "volunteer": Group.SUBJECT,
        "warrant": Group.CONTEXT,
    }
)

_RETENTION: Final[Mapping[Group, DataClass]] = MappingProxyType(
    {
        Group.CONTEXT: DataClass.LOG_CONTEXT,
        Group.OPERATOR: DataClass.LOG_OPERATOR,
        Group.SUBJECT: DataClass.LOG_SUBJECT,
    }
)


class UnknownField(ValueError):
    """A field that the closed list does not have. The sentence names the field, never its value."""


def group_of(field: str) -> Group | None:
    """Return the group in which a field is sealed, or nothing if it stands in clear.

    Raises:
        UnknownField: the log has no such field.
    """
    if field not in _GROUPS:
        raise UnknownField(f"The log has no field '{field}'; add it to governance.domain.log_fields first.")
    return _GROUPS[field]


def retention_of(group: Group) -> DataClass:
    """Return the class that says how long a group can be opened."""
    return _RETENTION[group]
