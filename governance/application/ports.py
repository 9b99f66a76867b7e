"""What the use cases need of the world. Adapters implement these; tests have fakes; nothing else is assumed."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from contracts.enrolment import EnrolmentRequest
from contracts.receipt import LogReceipt
from contracts.signature import Signed
from governance.domain.accounts import Account, Session
from governance.domain.deployments import Deployment, IssuedLease
from governance.domain.events import Event
from governance.domain.identifiers import (
    AccountId,
    AlertId,
    CameraId,
    DeploymentId,
    LeaseId,
    ObjectId,
    ReferenceId,
    SiteId,
    WarrantId,
)
from governance.domain.references import Reference
from governance.domain.registers import Camera, Site
from governance.domain.retention import DataClass
from governance.domain.review import Alert, Review
from governance.domain.warrants import Warrant

KeyType = TypeVar("KeyType", contravariant=True)  # noqa: PLC0105 (the repository's key, in words)
Record = TypeVar("Record")

LogValue = str | int | bool
"""What a log entry's field may hold: an opaque id, a SHA-256, a count, a flag."""


class Clock(Protocol):
    """The wall clock, in aware UTC."""

    def now(self) -> datetime:
        """Return the present instant, to the millisecond."""


class TransparencyLog(Protocol):
    """The log as one transaction sees it: what is appended becomes true together with the change it records."""

    def append(self, event: Event, fields: Mapping[str, LogValue]) -> int:
        """Append one entry inside the transaction and return its index.

        Raises:
            StorageFailed: the entry cannot be written. Nothing may be shown then.
        """

    def receipt(self, index: int) -> LogReceipt:
        """Return the receipt of a committed entry, its inclusion proof verified. Call it after the commit.

        Raises:
            StorageFailed: it cannot be proven now. Nothing may be shown then (invariant 4).
        """


class Repository(Protocol[KeyType, Record]):
    """Records of one kind, inside one transaction."""

    def add(self, record: Record) -> None:
        """Add a new record.

        Raises:
            Conflict: it exists already, or the database refuses it.
        """

    def find(self, key: KeyType) -> Record | None:
        """Return the record, or nothing."""

    def get(self, key: KeyType) -> Record:
        """Return the record.

        Raises:
            NotFound: there is none.
        """

    def save(self, record: Record) -> None:
        """Write a changed record.

        Raises:
            Conflict: the database refuses the change.
        """

    def remove(self, key: KeyType) -> None:
        """Remove a record, its bytes overwritten."""

    def where(self, **equal: object) -> tuple[Record, ...]:
        """Return the records whose fields equal these, oldest first. Without conditions: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedObject:
    """Something personal at rest: AES-256-GCM under a key of its own that is not in the database (law.md P3, F3)."""

    object_id: ObjectId
    data_class: DataClass
    box: bytes
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureDue:
    """The intent to erase one object, kept until it is done: what was begun is finished after a crash."""

    object_id: ObjectId
    intent: int
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


class Transaction(Protocol):
    """One transaction: records, log and commit together or not at all."""

    accounts: Repository[AccountId, Account]
    alerts: Repository[AlertId, Alert]
    cameras: Repository[CameraId, Camera]
    counts: Repository[tuple[CameraId, str], LatestCounts]
    deployments: Repository[DeploymentId, Deployment]
    erasures: Repository[ObjectId, ErasureDue]
    joined: Repository[str, JoinedReport]
    leases: Repository[LeaseId, IssuedLease]
    nonces: Repository[str, UsedNonce]
    objects: Repository[ObjectId, SealedObject]
    references: Repository[ReferenceId, Reference]
    reviews: Repository[tuple[AlertId, AccountId], Review]
    sessions: Repository[str, Session]
    sites: Repository[SiteId, Site]
    views: Repository[int, View]
    warrants: Repository[WarrantId, Warrant]
    log: TransparencyLog

    def commit(self) -> None:
        """Make everything so far durable.

        Raises:
            StorageFailed: it could not be written; nothing of it is true.
        """

    def discard(self) -> None:
        """Forget everything since the last commit and begin anew, in the same place."""

    def object_ids(self, *, due_by: datetime | None = None) -> tuple[ObjectId, ...]:
        """Return the ids of all sealed objects, or of those whose time is over by then. No box is read."""

    def live_leases(self, deployment_id: DeploymentId, now: datetime) -> int:
        """Count a deployment's leases that have not run out."""

    def remove_due(self, now: datetime) -> int:
        """Remove every record whose time is over, but no sealed object and no log entry. Return how many."""


class Database(Protocol):
    """Where transactions come from. One writer at a time."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Begin a transaction. Leaving it without a commit undoes it."""

    def scrub(self) -> None:
        """Overwrite what was deleted wherever the database may still hold it (its write-ahead log)."""


class ObjectKeys(Protocol):
    """Keys of sealed objects, one each, outside the database and its backups (law.md F3)."""

    def create(self, object_id: ObjectId) -> bytes:
        """Make and keep a new 32-byte key, durably, before anything is sealed with it."""

    def get(self, object_id: ObjectId) -> bytes | None:
        """Return the key, or nothing if it was destroyed."""

    def destroy(self, object_id: ObjectId) -> None:
        """Overwrite and remove the key. Doing it again changes nothing."""

    def ids(self) -> Iterable[ObjectId]:
        """Return the ids of all keys there are."""


class Sealer(Protocol):
    """Authenticated encryption of one object: AES-256-GCM, bound to the object's id."""

    def seal(self, object_id: ObjectId, key: bytes, plaintext: bytes) -> bytes:
        """Return the sealed box."""

    def open(self, object_id: ObjectId, key: bytes, box: bytes) -> bytes:
        """Open a box.

        Raises:
            NotFound: it does not open with this key.
        """


class PasswordHasher(Protocol):
    """argon2id."""

    def hash(self, password: str) -> str:
        """Return the salted hash to keep."""

    def is_right(self, password_hash: str, password: str) -> bool:
        """Say whether this is the password."""

    def waste_time(self, password: str) -> None:
        """Take as long as `is_right` would, for a log-in name that does not exist."""


class Randomness(Protocol):
    """The operating system's random source."""

    def identifier(self) -> str:
        """Return a new opaque identifier of 32 hexadecimal digits."""

    def token(self) -> str:
        """Return a new secret token for a session: 32 bytes, URL-safe."""

    def salt(self) -> str:
        """Return 32 random bytes as 64 hexadecimal digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What the enrolment matcher found about a photograph's quality."""

    code: str
    sentence: str
    acceptable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentAnswer:
    """The enrolment matcher's answer. Governance can open none of the boxes."""

    enrolment: Signed
    sealed_templates: Mapping[str, bytes]
    sealed_crop: bytes
    findings: tuple[Finding, ...]


class EnrolmentMatcher(Protocol):
    """The matcher at the centre that turns a photograph into a sealed template, in a process of its own."""

    def enrol(self, request: EnrolmentRequest, photograph: bytes) -> EnrolmentAnswer:
        """Post the unopened bytes and return the answer.

        Raises:
            EnrolmentRefused: no face, two faces, too small, not an image.
            Unavailable: it does not answer.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescore:
    """The viewer's own comparison of a report's crops with the reference."""

    score: float
    reaches_threshold: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """The two pictures of one view, as PNG, on their way to one reviewer. Never stored."""

    probe_png: bytes
    reference_png: bytes


class Viewer(Protocol):
    """The small process that opens one candidate after its receipt, and re-scores before anybody sees it."""

    def day_key(self, deployment_id: DeploymentId, day: str) -> Signed:
        """Return the signed day key of a deployment and day, made on first use."""

    def rescore(self, *, report: Signed, crops: bytes, enrolment: Signed, sealed_template: bytes) -> Rescore:
        """Compare anew.

        Raises:
            NotUnderstood: the report or its crops will never be opened; nothing of them is kept.
            Unavailable: the viewer does not answer.
        """

    def view(
        self, *, receipt: LogReceipt, report: Signed, crops: bytes, enrolment: Signed, sealed_crop: bytes
    ) -> Pictures:
        """Open the pictures of one candidate for one view that the receipt proves to be logged."""
