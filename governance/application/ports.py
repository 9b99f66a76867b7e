"""What the use cases need of the world. Adapters implement these; tests have fakes; nothing else is assumed."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol, TypeVar

from contracts.receipt import LogReceipt
from governance.application.kept_records import (
    DayErasure,
    ErasureDue,
    JoinedReport,
    LatestCounts,
    SealedObject,
    UsedNonce,
    View,
)
from governance.audit.draft import Appended, Draft
from governance.audit.leaf import Compartment, KeyRange, KeyRef
from governance.domain.accounts import Account, Session
from governance.domain.admissions import AcceptedAdmission, ProfileSuspension
from governance.domain.budget import Budget, BudgetKey, Charge
from governance.domain.certificates import Certificate
from governance.domain.deployments import Deployment, IssuedLease, LeaseAccount, RefusedLease
from governance.domain.events import Event
from governance.domain.hand_offs import Confirmation, Corroboration, HandOff, Intervention
from governance.domain.holds import Hold
from governance.domain.identifiers import (
    AccountId,
    AlertId,
    CameraId,
    CertificateId,
    DeploymentId,
    IncidentId,
    LeaseId,
    ListReportId,
    ObjectId,
    PublicationId,
    ReferenceId,
    RightsRequestId,
    SearchId,
    SiteId,
    VolunteerId,
    WarrantId,
    WatchlistId,
)
from governance.domain.incidents import HotSpot
from governance.domain.independence import CaseLeader, CaseLeaderKey
from governance.domain.list_reports import ListReport
from governance.domain.model_announcements import ModelAnnouncement
from governance.domain.named_cameras import EarlierRecord, FiledAssessment, NamedCamera
from governance.domain.narrowing import Narrowing
from governance.domain.notifications import KeptNotification
from governance.domain.operation_limit import DriftExplanation
from governance.domain.papers import Paper
from governance.domain.publications import Publication
from governance.domain.references import Reference
from governance.domain.registers import Camera, Site
from governance.domain.review import Alert, Review
from governance.domain.rights_requests import RightsRequest
from governance.domain.run_leases import IssuedRunLease, RefusedRunLease, VolunteerReference
from governance.domain.searches import RecordingSearch
from governance.domain.serious_incidents import KeptIncident
from governance.domain.site_evidence import CameraDocument, DocumentKind, SiteEvidence
from governance.domain.site_stops import KeptSiteStop
from governance.domain.transitions import Transition
from governance.domain.volunteers import SeededPass, SeededResult, Volunteer, VolunteerRun
from governance.domain.warrants import Warrant
from governance.domain.watchlists import Watchlist

KeyType = TypeVar("KeyType", contravariant=True)  # noqa: PLC0105 (the repository's key, in words)
Record = TypeVar("Record")

LogValue = str | int | bool
"""What a log entry's field may hold: an opaque id, a SHA-256, a count, a flag."""


class Clock(Protocol):
    """The wall clock, in aware UTC."""

    def now(self) -> datetime:
        """Return the present instant, to the millisecond."""


class Log(Protocol):
    """The transparency log, kept by the sequencer. `LogUnavailable` is raised wherever it cannot answer truly."""

    def append(self, request_id: str, drafts: Sequence[Draft]) -> Appended:
        """Append entries, contiguous and durable. The same request id again has the same answer.

        Raises:
            LogFull: too many wait; nothing was appended, try again.
            LogUnavailable: nothing is known of them.
        """

    def receipt(self, index: int) -> LogReceipt:
        """Return the verified receipt of an entry, under the newest checkpoint."""

    def checkpoint(self) -> str:
        """Return the signed note over the present head, verified."""

    def size(self) -> int:
        """Return the number of entries."""

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """Return the verified proof that the log of `new` entries extends the one of `old`."""

    def entries(self, *, first: int, count: int) -> tuple[bytes, ...]:
        """Return up to `count` leaves from the index `first` on."""

    def boxes(self, keys: Sequence[KeyRef]) -> Mapping[KeyRef, bytes]:
        """Return the sealed payloads of these keys; erased ones are missing."""

    def erase_boxes(self, ranges: Sequence[KeyRange]) -> int:
        """Erase the sealed payloads whose keys lie in these ranges; return how many there were."""

    def last_number(self, src: str) -> int:
        """Return the number of this producer's last entry; 0 where it never wrote."""


class Witnesses(Protocol):
    """The organisations that cosign the log, as this machine's pinned policy names them."""

    @property
    def are_configured(self) -> bool:
        """Whether there are any. Where there are none, nothing is asked of them, and every page says so."""

    def require_cosigned(self, size: int) -> None:
        """Have the log of at least this size cosigned by the policy's quorum, now.

        Raises:
            LogUnavailable: they do not answer, or refuse.
        """

    def require_fresh(self, now: datetime) -> None:
        """Accept that the quorum confirmed the log within the last 15 minutes.

        Raises:
            LogUnavailable: it did not.
        """

    def newest(self) -> str | None:
        """Return the newest checkpoint that the quorum cosigned, if there is one."""

    def refresh(self) -> None:
        """Have the newest checkpoint cosigned. To be called every minute.

        Raises:
            LogUnavailable: the log or the vault does not answer. Too few witnesses are no error yet.
        """


class TimeStamps(Protocol):
    """The authorities that say when the log was what it is."""

    def look(self) -> None:
        """Have stamped what is due. To be called every minute.

        Raises:
            LogError: no authority answers as it must, or the disk refuses; the next look tries again.
        """


class Destroyed(Protocol):
    """What became of a destruction."""

    @property
    def before(self) -> bytes:
        """The inventory's root before it."""

    @property
    def after(self) -> bytes:
        """The inventory's root after it."""

    @property
    def count(self) -> int:
        """How many allotted keys went."""


class KeyVault(Protocol):
    """The puncturable key store, a process that another organisation can run. `LogUnavailable` where it says no."""

    def allot(self, requests: Sequence[tuple[str, int]]) -> Sequence[tuple[KeyRef, bytes]]:
        """Return a fresh key for each (class, due day), in order. No key is ever given out as fresh twice."""

    def release(
        self, keys: Sequence[KeyRef], receipt: LogReceipt, consistency: Sequence[bytes]
    ) -> Mapping[KeyRef, bytes]:
        """Return keys that a fresh entry of the log lets out; destroyed ones are missing."""

    def destroy(
        self, ranges: Sequence[KeyRange], receipt: LogReceipt, consistency: Sequence[bytes], cosigned: str | None
    ) -> Destroyed:
        """Destroy keys that an entry of the log names, in both copies. Doing it again changes nothing."""

    def witnessed(self, note: str, consistency: Sequence[bytes] = ()) -> int:
        """Take a cosigned checkpoint; return the time (seconds since 1970) that its quorum states.

        `consistency` proves that the smaller of it and what `seen` says extends to the larger.
        """

    def seen(self) -> tuple[int, bytes]:
        """Return size and root of the last checkpoint that the vault believed."""

    def days(self) -> Sequence[tuple[str, int]]:
        """Return every (class, due day) of which a key may still live."""

    def inventory_root(self) -> bytes:
        """Return the root of the vault's inventory as it is now."""


class SealedPayload(Protocol):
    """A payload sealed for the log or for an object."""

    @property
    def commitment(self) -> bytes:
        """The keyed commitment to the payload: 32 bytes."""

    @property
    def box(self) -> bytes:
        """The sealed box."""

    @property
    def box_sha256(self) -> bytes:
        """The hash of the box: 32 bytes."""


class CompartmentSealer(Protocol):
    """Committing encryption under one key of the vault: whoever opens the box opens it to one payload only."""

    def seal(self, key: bytes, context: bytes, payload: bytes) -> SealedPayload:
        """Return commitment and box."""

    def open(self, key: bytes, context: bytes, commitment: bytes, box: bytes) -> bytes:
        """Open a box.

        Raises:
            NotFound: it does not open with this key, or to another payload than the one committed to.
        """


class TransactionLog(Protocol):
    """The log as one transaction sees it: what is appended stands in the log before the change is committed."""

    def append(
        self,
        event: Event,
        fields: Mapping[str, LogValue],
        *,
        body: Mapping[str, object] | None = None,
        then: Callable[[int], None] | None = None,
    ) -> int:
        """Stage one entry and return its handle, good within this transaction.

        `then` is told the entry's index after it stands in the log and before the change is committed.
        """

    def oblige(self, compartment: Compartment) -> None:
        """Commit the next entry to a sealed object that this transaction keeps."""

    def receipt(self, handle: int) -> LogReceipt:
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


class HotSpots(Protocol):
    """The statistic that says which places stand out against all others (C14)."""

    def compare(self, counts: Mapping[str, int]) -> Mapping[str, HotSpot]:
        """Return how each place stands against all of them together."""


class Transaction(Protocol):
    """One transaction: records, log and commit together or not at all."""

    accounts: Repository[AccountId, Account]
    alerts: Repository[AlertId, Alert]
    budgets: Repository[BudgetKey, Budget]
    cameras: Repository[CameraId, Camera]
    charges: Repository[AlertId, Charge]
    confirmations: Repository[str, Confirmation]
    corroborations: Repository[str, Corroboration]
    case_leaders: Repository[tuple[str, str], CaseLeader]
    case_leader_keys: Repository[tuple[str, str], CaseLeaderKey]
    certificates: Repository[CertificateId, Certificate]
    counts: Repository[tuple[CameraId, str], LatestCounts]
    day_erasures: Repository[tuple[str, int], DayErasure]
    admissions: Repository[str, AcceptedAdmission]
    deployments: Repository[DeploymentId, Deployment]
    documents: Repository[tuple[CameraId, DocumentKind], CameraDocument]
    drift_explanations: Repository[tuple[str, str], DriftExplanation]
    earlier_records: Repository[str, EarlierRecord]
    erasures: Repository[ObjectId, ErasureDue]
    evidence: Repository[SiteId, SiteEvidence]
    filed_assessments: Repository[tuple[CameraId, str], FiledAssessment]
    holds: Repository[ObjectId, Hold]
    hand_offs: Repository[str, HandOff]
    interventions: Repository[ObjectId, Intervention]
    rights_requests: Repository[RightsRequestId, RightsRequest]
    serious_incidents: Repository[IncidentId, KeptIncident]
    joined: Repository[str, JoinedReport]
    lease_refusals: Repository[tuple[DeploymentId, CameraId], RefusedLease]
    leases: Repository[LeaseId, IssuedLease]
    nonces: Repository[str, UsedNonce]
    notifications: Repository[str, KeptNotification]
    objects: Repository[ObjectId, SealedObject]
    model_announcements: Repository[int, ModelAnnouncement]
    papers: Repository[str, Paper]
    profile_suspensions: Repository[str, ProfileSuspension]
    publications: Repository[PublicationId, Publication]
    references: Repository[ReferenceId, Reference]
    searches: Repository[SearchId, RecordingSearch]
    reviews: Repository[tuple[AlertId, AccountId], Review]
    sessions: Repository[str, Session]
    named_cameras: Repository[tuple[WarrantId, CameraId], NamedCamera]
    narrowings: Repository[tuple[WarrantId, str, str], Narrowing]
    site_stops: Repository[str, KeptSiteStop]
    sites: Repository[SiteId, Site]
    transitions: Repository[tuple[WarrantId, int], Transition]
    views: Repository[int, View]
    warrants: Repository[WarrantId, Warrant]
    volunteers: Repository[VolunteerId, Volunteer]
    volunteer_runs: Repository[str, VolunteerRun]
    volunteer_references: Repository[VolunteerId, VolunteerReference]
    run_leases: Repository[LeaseId, IssuedRunLease]
    run_refusals: Repository[tuple[str, CameraId], RefusedRunLease]
    seeded_passes: Repository[str, SeededPass]
    seeded_results: Repository[tuple[str, str, str], SeededResult]
    watchlists: Repository[WatchlistId, Watchlist]
    list_reports: Repository[ListReportId, ListReport]
    log: TransactionLog

    def commit(self, *, witnessed: bool = False) -> None:
        """Write the staged entries to the log, then make everything so far durable.

        `witnessed` changes take effect only once the witnesses cosigned their entries, where there are any.

        Raises:
            StorageFailed: log or database could not be written, or no witness answered; nothing of it is true.
        """

    def state_root(self) -> bytes:
        """Return the root over the rows of the watched tables, as they lie there now: 32 bytes."""

    def discard(self) -> None:
        """Forget everything since the last commit and begin anew, in the same place."""

    def object_ids(self, *, due_by: datetime | None = None, warrant: WarrantId | None = None) -> tuple[ObjectId, ...]:
        """Return the ids of all sealed objects, or of one warrant's, or of those whose time is over. No box is read."""

    def lease_account(self, deployment_id: DeploymentId, now: datetime) -> LeaseAccount:
        """Return how a deployment's leases stand."""

    def was_lent(self, deployment_id: DeploymentId, camera_id: CameraId, *, since: datetime, until: datetime) -> bool:
        """Say whether a deployment had a lease to a camera, which the site took, at any moment of this time."""

    def running_leases(self, site_id: SiteId, now: datetime) -> tuple[IssuedLease, ...]:
        """Return a site's leases under which may still be compared, as far as is known here."""

    def remove_due(self, now: datetime) -> int:
        """Remove every record whose time is over, but no sealed object and no log entry. Return how many.

        What stops something, a suspension or a stop, stays for as long as nobody lifted it.

        If rows of watched tables go, an entry must say so in this transaction.
        """

    def has_changes_to_tell(self) -> bool:
        """Say whether rows of watched tables changed that no staged entry accounts for yet."""


class Database(Protocol):
    """Where transactions come from. One writer at a time."""

    @property
    def changes(self) -> int:
        """How many changes this process has committed: whoever waits for one looks whether the number grew."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Begin a transaction. Leaving it without a commit undoes it."""

    def scrub(self) -> None:
        """Overwrite what was deleted wherever the database may still hold it (its write-ahead log)."""


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
