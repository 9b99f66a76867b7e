"""How long everything is kept: one rule per class of data, with its length and its destruction provision (B1, B11, F3).

No class without a rule; expiry is fixed when a thing is made and never lengthened, only reached sooner (invariant 6).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from governance.domain.decisions import Decision, allow, deny
from governance.domain.legal_profile import Status


class DataClass(StrEnum):
    """Every class of data that is kept at all."""

    ACCOUNT = "account"
    CANDIDATE = "candidate"
    COUNT = "count"
    HOLD = "hold"
    INTERVENTION = "intervention"
    LEASE = "lease"
    LOG = "log"
    LOG_CONTEXT = "log-context"
    LOG_OPERATOR = "log-operator"
    LOG_SUBJECT = "log-subject"
    REFERENCE = "reference"
    REGISTER = "register"
    REVIEW = "review"
    RIGHTS = "rights"
    SESSION = "session"
    VOLUNTEER = "volunteer"
    WARRANT = "warrant"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRule:
    """How long a class is kept from the moment it is made, why, and under which provision it is destroyed (B11)."""

    length: timedelta
    provision: str
    source: str
    status: Status


_GENERAL: Final = "14 § arkivförordningen (1991:446), the authority's destruction decision"
_PERSONAL: Final = "14 § arkivförordningen (1991:446); 2 kap. 17 § brottsdatalagen (2018:1177)"

RETENTION: Final[Mapping[DataClass, RetentionRule]] = MappingProxyType(
    {
        DataClass.ACCOUNT: RetentionRule(
            length=timedelta(days=730), provision=_GENERAL, source="design", status=Status.DESIGN
        ),
        DataClass.CANDIDATE: RetentionRule(
            length=timedelta(hours=24), provision=_PERSONAL, source="C4: alerts at most 24 h", status=Status.SECONDARY
        ),
        DataClass.COUNT: RetentionRule(
            length=timedelta(days=365), provision=_GENERAL, source="C7; numbers of nobody", status=Status.DESIGN
        ),
        DataClass.HOLD: RetentionRule(
            length=timedelta(days=730),
            provision=_GENERAL,
            source="B15: who held what, why and until when, beyond the longest hold",
            status=Status.DESIGN,
        ),
        DataClass.INTERVENTION: RetentionRule(
            length=timedelta(days=730),
            provision=_PERSONAL,
            source="B12: until the complaint period of the legal profile is over, this at the latest",
            status=Status.DESIGN,
        ),
        DataClass.LEASE: RetentionRule(
            length=timedelta(days=183), provision=_GENERAL, source="A13, A14: at least six months", status=Status.TEXT
        ),
        DataClass.LOG: RetentionRule(
            length=timedelta(days=365 * 10), provision=_GENERAL, source="A14; commitments only", status=Status.DESIGN
        ),
        DataClass.LOG_CONTEXT: RetentionRule(
            length=timedelta(days=730),
            provision=_GENERAL,
            source="A14: which case, camera and lease an entry was about",
            status=Status.DESIGN,
        ),
        DataClass.LOG_OPERATOR: RetentionRule(
            length=timedelta(days=365 * 5),
            provision=_GENERAL,
            source="B7: whoever acted can be held to it for five years",
            status=Status.GENERAL,
        ),
        DataClass.LOG_SUBJECT: RetentionRule(
            length=timedelta(days=183),
            provision=_PERSONAL,
            source="A13, A14: at least six months; whom an entry was about",
            status=Status.TEXT,
        ),
        DataClass.REFERENCE: RetentionRule(
            length=timedelta(days=44),
            provision=_PERSONAL,
            source="C1: gone when the warrant is over, this at the latest",
            status=Status.DESIGN,
        ),
        DataClass.REGISTER: RetentionRule(
            length=timedelta(days=365 * 5), provision=_GENERAL, source="B7: five years", status=Status.GENERAL
        ),
        DataClass.REVIEW: RetentionRule(
            length=timedelta(days=183), provision=_PERSONAL, source="A13: who verified", status=Status.TEXT
        ),
        DataClass.RIGHTS: RetentionRule(
            length=timedelta(days=730),
            provision=_PERSONAL,
            source="B13: that somebody asked and was answered; what they wrote goes earlier",
            status=Status.DESIGN,
        ),
        DataClass.SESSION: RetentionRule(
            length=timedelta(hours=12), provision=_GENERAL, source="design", status=Status.DESIGN
        ),
        DataClass.VOLUNTEER: RetentionRule(
            length=timedelta(days=38),
            provision=_PERSONAL,
            source="C11: gone when the run is over or the consent withdrawn; the longest consent and run at the latest",
            status=Status.DESIGN,
        ),
        DataClass.WARRANT: RetentionRule(
            length=timedelta(days=230),
            provision=_PERSONAL,
            source="A14: six months after the longest lead time and window",
            status=Status.DESIGN,
        ),
    }
)


def expiry(data_class: DataClass, *, created_at: datetime, no_later_than: datetime | None = None) -> datetime:
    """Return when something made now is erased. A limit can only bring it forward.

    Raises:
        KeyError: the class has no rule; what has no rule cannot be kept.
    """
    due = created_at + RETENTION[data_class].length
    return due if no_later_than is None else min(due, no_later_than)


def may_start(
    tables: Mapping[str, DataClass | None],
    classes: Iterable[str],
    rules: Mapping[DataClass, RetentionRule] = RETENTION,
) -> Decision:
    """B11: decide whether the program may start: every table and every class of keys has a rule with a provision.

    `tables` are all tables with the class that each names, `classes` those that the vault has keys for. No rule would
    mean for ever, so nothing starts.
    """
    without = sorted(name for name, named in tables.items() if named is None or not _is_rule(rules, named))
    if without or not tables:
        return deny("B11", f"No rule with a destruction provision: {', '.join(without) or 'no table at all'}.")
    known = {one.value for one in rules if _is_rule(rules, one)}
    unknown = sorted(set(classes) - known)
    if unknown:
        return deny("B11", f"Keys of a class without a retention rule: {', '.join(unknown)}.")
    return allow("B11")


def _is_rule(rules: Mapping[DataClass, RetentionRule], data_class: DataClass) -> bool:
    rule = rules.get(data_class)
    return rule is not None and rule.length > timedelta(0) and bool(rule.provision.strip())


def in_words() -> str:
    """Return every class with its rule as a table for people (Markdown), as docs/retention.md holds it."""
    heads = "| class | kept for | destroyed under | why so long | status |\n|---|---|---|---|---|\n"
    return heads + "".join(
        f"| `{one.value}` | {_span(rule.length)} | {rule.provision} | {rule.source} | {rule.status.value} |\n"
        for one, rule in sorted(RETENTION.items())
    )


def _span(length: timedelta) -> str:
    return f"{length.days} days" if length >= timedelta(days=2) else f"{length // timedelta(hours=1)} hours"


def due_day(expires_at: datetime) -> int:
    """Return the UTC day on which a thing's time ends, as days since 1970: at that day's end its key is gone."""
    return int(expires_at.timestamp()) // 86_400


def is_due(expires_at: datetime, *, now: datetime) -> bool:
    """Say whether something must be gone by now. At `expires_at` itself it must."""
    return now >= expires_at
