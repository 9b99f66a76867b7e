"""Narrowing a warrant after its issue: one slot or one camera less, never one more (A3, A4, law.md 4c)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from governance.domain.decisions import Decision, allow, deny, refuse_where
from governance.domain.identifiers import AccountId, ObjectId, WarrantId
from governance.domain.warrants import Warrant, WarrantState

_NARROWABLE: Final = frozenset({WarrantState.ISSUED, WarrantState.ACTIVE, WarrantState.SUSPENDED})


class NarrowedKind(StrEnum):
    """What a warrant can lose."""

    SLOT = "slot"
    CAMERA = "camera"


class NarrowedByRule(StrEnum):
    """The rules that take a person off a list without anybody's decision."""

    FOUND = "A9b"
    FALSE_ALERTS = "C5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """One slot or camera that a warrant does not allow any more. `why` is sealed; `actor` is nothing for a rule's own.

    `target` is the slot's or the camera's id. There is no way back: only a new warrant makes more.
    """

    warrant_id: WarrantId
    kind: NarrowedKind
    target: str
    actor: AccountId | None
    rule: str
    why: ObjectId | None
    created_at: datetime
    expires_at: datetime


def may_narrow(
    warrant: Warrant, kind: NarrowedKind, target: str, *, named: Collection[str], lost: Collection[str]
) -> Decision:
    """A3, A4: after its issue a warrant may lose a slot or camera that it names, once; before it all is refused."""
    rule = "A3" if kind is NarrowedKind.SLOT else "A4"
    return refuse_where(
        rule,
        (
            warrant.state not in _NARROWABLE,
            rule,
            "Only an issued warrant is narrowed; before its issue one bad slot or camera refuses the whole act.",
        ),
        (target not in named, rule, f"This warrant names no such {kind.value}."),
        (target in lost, rule, f"This {kind.value} is suspended already."),
    )


def is_narrowable(warrant: Warrant, *, now: datetime) -> bool:
    """Whether a warrant has a list that somebody can be taken off: it was issued, and is not over."""
    return warrant.state in _NARROWABLE and now < warrant.not_after


def is_open(target: str, lost: Collection[str]) -> Decision:
    """A3, A4: a slot or camera that was suspended stays so; only a new warrant allows it again."""
    if target in lost:
        return deny("A4", "This part of the warrant was suspended; only a new warrant allows it again.")
    return allow("A4")


def lost_of(narrowings: Collection[Narrowing], kind: NarrowedKind) -> frozenset[str]:
    """Return the ids of this kind that were taken from a warrant."""
    return frozenset(one.target for one in narrowings if one.kind is kind)
