"""A model profile, threshold and all, is public before a warrant can use it (C6).

The first one of an installation changes nothing and can be used at once. Each other is announced a while before; the
one before it is not used any more from the announcement on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from governance.domain.decisions import Decision, allow, deny
from governance.domain.legal_profile import LegalProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAnnouncement:
    """One announcement: the profile's hash, its threshold where the installation names the profile, and from when.

    `number` counts them from one: a profile that comes back is a change too.
    """

    number: int
    profile_sha256: str
    threshold: float | None
    usable_from: datetime
    created_at: datetime
    expires_at: datetime


def newest(announced: Sequence[ModelAnnouncement]) -> ModelAnnouncement | None:
    """Return the announcement that holds; nothing where there is none."""
    return max(announced, key=lambda one: one.number, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `begins_at` until before `ends_at`; `None` is still."""

    begins_at: datetime
    ends_at: datetime | None

    def holds(self, at: datetime) -> bool:
        """Say whether an instant lies in it."""
        return self.begins_at <= at and (self.ends_at is None or at < self.ends_at)


def announced_in(
    announced: Sequence[ModelAnnouncement], profile_sha256: str, *, since: datetime | None = None
) -> tuple[Period, ...]:
    """C6, A18: return when this profile was the announced one, in their order; of what was before `since`, nothing."""
    ordered = sorted(announced, key=lambda one: one.number)
    periods = []
    for one, following in zip_longest(ordered, ordered[1:]):
        ends_at = None if following is None else following.created_at
        begins_at = one.created_at if since is None else max(one.created_at, since)
        if one.profile_sha256 == profile_sha256 and (ends_at is None or begins_at < ends_at):
            periods.append(Period(begins_at=begins_at, ends_at=ends_at))
    return tuple(periods)


def must_be_announced(announced: Sequence[ModelAnnouncement], profile_sha256: str) -> bool:
    """C6: say whether the profile that governance was started with is another than the one that was announced last."""
    last = newest(announced)
    return last is None or last.profile_sha256 != profile_sha256


def usable_from(announced: Sequence[ModelAnnouncement], legal: LegalProfile, *, now: datetime) -> datetime:
    """C6: return from when a profile that is announced now can be used."""
    return now if newest(announced) is None else now + legal.model_notice


def may_use_model(announced: Sequence[ModelAnnouncement], profile_sha256: str, *, now: datetime) -> Decision:
    """C6: a warrant uses the profile that was announced last, and only from its time on."""
    last = newest(announced)
    if last is None or last.profile_sha256 != profile_sha256:
        return deny("C6", "This model profile is not the one that was announced to the public last.")
    if now < last.usable_from:
        return deny("C6", "This model profile was changed lately; it is public for a while before it is used.")
    return allow("C6")
