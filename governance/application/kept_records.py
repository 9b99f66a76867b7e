"""Records that are kept and are no part of the law's own words: sealed objects, what is due, what was used or seen."""

from dataclasses import dataclass
from datetime import datetime

from governance.domain.identifiers import AccountId, AlertId, CameraId, ObjectId, WarrantId
from governance.domain.retention import DataClass


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedObject:
    """Something personal at rest, sealed under a key of the vault that the id names (law.md P3, F3)."""

    object_id: ObjectId
    data_class: DataClass
    warrant_id: WarrantId | None
    commitment: bytes
    box: bytes
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureDue:
    """The intent to erase one object, kept until it is done: what was begun is finished after a crash.

    `intent` is the index of the entry that says so; it has none until that entry stands in the log.
    """

    object_id: ObjectId
    intent: int | None
    reason: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DayErasure:
    """The intent to erase all keys of one class and due day, kept until it is done."""

    data_class: str
    day: int
    intent: int
    kept_apart: frozenset[str]
    """Numbers of keys that a hold keeps: all others of the day go."""
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedNonce:
    """A nonce of a lease request. It is good once."""

    nonce: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestCounts:
    """The last counts of one camera session, as the site signed them (numbers only)."""

    camera_id: CameraId
    session: str
    serial: int
    counts: bytes
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedReport:
    """A further candidate report that joined an alert: its id alone, so that it is taken in once."""

    report_id: str
    alert_id: AlertId
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One reviewer has looked at one alert, by the log entry `log_index`."""

    alert_id: AlertId
    reviewer: AccountId
    log_index: int
    created_at: datetime
    expires_at: datetime
