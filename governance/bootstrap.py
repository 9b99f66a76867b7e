"""The one place that knows what is plugged in."""

import hashlib
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from sqlalchemy import Engine

from contracts.admission import ProfileFacts
from contracts.believed_issuers import listed_for
from contracts.errors import ContractError
from contracts.signature import SigningKey
from contracts.trust import PinnedKey, TrustedKeys, TrustedRole
from governance.adapters.centre_clients import EnrolmentClient, ViewerClient
from governance.adapters.compartment_sealer import CommittingSealer
from governance.adapters.data_folder import DataFolder
from governance.adapters.db.database import SqlDatabase, open_engine, sqlite_url
from governance.adapters.db.kept_tables import kept_tables
from governance.adapters.db.migrate import upgrade
from governance.adapters.hot_spots import BinomialHotSpots
from governance.adapters.key_files import case_key, read_signing_key, read_trusted_keys, require_newest_issuers
from governance.adapters.legal_files import read_attestation, read_legal_profile
from governance.adapters.log.anchors import Anchors
from governance.adapters.log.client import SequencerClient
from governance.adapters.log.due_stamps import DueStamps, NoTimeStamps, read_authorities
from governance.adapters.log.openssl import Openssl
from governance.adapters.log.timestamps import AuthorityHttp, TimeStamping
from governance.adapters.log.witness_http import WitnessHttp
from governance.adapters.log.witnessing import Witnessing
from governance.adapters.notification_courier import NotificationCourier, read_ways
from governance.adapters.profile_memory import require_not_put_back
from governance.adapters.signatures import VERIFIERS
from governance.adapters.system import Argon2Hasher, SystemClock, SystemRandomness
from governance.adapters.vault_client import VaultClient
from governance.adapters.without_witnesses import NoWitnesses
from governance.adapters.witnessed_vault import WitnessesForVault
from governance.application.admissions import measured_by
from governance.application.announce_model import announce_model
from governance.application.case_leaders import remembered_keys, say_which_key
from governance.application.erase import expire_due
from governance.application.errors import StorageFailed
from governance.application.governance import Governance
from governance.application.journal import Journal
from governance.application.log_errors import log_errors
from governance.application.ports import Database, TimeStamps, Witnesses
from governance.application.take_in_admission import take_in_admission
from governance.audit.errors import LogError
from governance.audit.policy import parse_policy
from governance.audit.vault_keys import CLASSES
from governance.domain.legal_profile import LegalProfile
from governance.domain.operation import may_operate
from governance.domain.retention import may_start
from governance.domain.rights_requests import has_times
from governance.settings import Settings
from signed_pdf.process import ConfinedReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Governance on one data folder. Close it, or use it as a context manager."""

    governance: Governance
    engine: Engine
    folder: DataFolder
    time_stamps: TimeStamps
    clients: tuple[EnrolmentClient, ViewerClient, SequencerClient, VaultClient, NotificationCourier]

    def close(self) -> None:
        """Give everything back."""
        for client in self.clients:
            client.close()
        self.engine.dispose()
        self.folder.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def build(settings: Settings) -> Running:
    """Plug everything in: take the data folder, migrate the database, take up where the log ends.

    What a crash left unfinished is finished before anybody is served.

    Raises:
        DataFolderInUse: another server runs on it.
        StorageFailed: something that is needed is missing, unsafe or damaged; nothing starts then.
        Unavailable: the viewer does not answer.
    """
    _require_rules()
    folder = DataFolder(settings.data)
    try:
        return _build_on(settings, folder)
    except BaseException:
        # The lock must not outlive a start that failed; the error itself goes on.
        folder.release()
        raise


def _require_rules() -> None:
    """Refuse to start where anything would be kept without a rule for its destruction (B11).

    Raises:
        StorageFailed: a table or a class of keys has none; the sentence names it.
    """
    decision = may_start(kept_tables(), CLASSES)
    if not decision.allowed:
        raise StorageFailed(f"{decision.reason} Nothing starts until governance.domain.retention has one.")


def _build_on(settings: Settings, folder: DataFolder) -> Running:
    trusted = read_trusted_keys(settings.trust)
    require_newest_issuers(trusted, settings.data / "issuers-version")
    lease_key = read_signing_key(settings.lease_key)
    own = _pinned(trusted, lease_key, TrustedRole.GOVERNANCE)
    trusted = listed_for(trusted, own.use)
    demo, profile = own.demo, _profile(settings)
    legal = _legal_profile(settings, trusted, demo=demo)
    log, vault = SequencerClient(settings.sequencer_socket), VaultClient(settings.vault_socket)
    viewer, enrolment = ViewerClient(settings.viewer_socket), EnrolmentClient(settings.enrolment_socket)
    courier = NotificationCourier(read_ways(settings.notifications) if settings.notifications else {})
    reference_key = viewer.public_reference_key()
    engine = open_engine(settings.database_url or sqlite_url(settings.database))
    upgrade(engine)
    clock, sealer, randomness = SystemClock(), CommittingSealer(), SystemRandomness()
    witnesses = _witnesses(settings, clock, log=log, vault=vault)
    time_stamps = _time_stamps(settings, clock, log=log, witnesses=witnesses)
    journal = Journal(log=log, vault=vault, witnesses=witnesses, sealer=sealer, clock=clock, randomness=randomness)
    database = SqlDatabase(engine, journal)
    with log_errors():
        journal.start(database.settled)
    governance = Governance(
        clock=clock,
        database=database,
        log=log,
        log_origin=settings.log_origin,
        log_key=_log_key(trusted),
        journal=journal,
        witnesses=witnesses,
        vault=vault,
        sealer=sealer,
        hasher=Argon2Hasher(),
        randomness=randomness,
        enrolment=enrolment,
        viewer=viewer,
        hot_spots=BinomialHotSpots(),
        courier=courier,
        lease_key=lease_key,
        case_key=_case_key(settings, database, lease_key),
        trusted=trusted,
        viewer_reference_key=reference_key,
        legal=legal,
        profile_sha256=settings.profile_sha256,
        profile=profile,
        model=_model(profile),
        environment=own.use,
        admitted_age_bands=settings.admitted_age_bands,
        measured_rate=measured_by(trusted.admission, settings.profile_sha256),
        demo=demo,
        reads_pdf=ConfinedReader(),
    )
    announce_model(governance)
    take_in_admission(governance)
    expire_due(governance)
    return Running(
        governance=governance,
        engine=engine,
        folder=folder,
        time_stamps=time_stamps,
        clients=(enrolment, viewer, log, vault, courier),
    )


def _legal_profile(settings: Settings, trusted: TrustedKeys, *, demo: bool) -> LegalProfile:
    """Return the legal profile in use.

    Raises:
        StorageFailed: it cannot be used, was replaced here before, or is a DRAFT and this is neither demonstration nor
            trial (law.md 0.1).
    """
    legal = read_legal_profile(settings.trust, trusted, demo=demo)
    attested = read_attestation(settings.trust, trusted, demo=demo)
    for decision in (may_operate(legal, attested, demo=demo, now=SystemClock().now()), has_times(legal)):
        if not decision.allowed:
            raise StorageFailed(decision.reason)
    require_not_put_back(legal.sha256, settings.data / "legal-profiles")
    return legal


def _case_key(settings: Settings, database: Database, lease_key: SigningKey) -> bytes:
    """Return the key under which former case leaders are remembered, and say beside each that it is this one (0.4).

    Raises:
        StorageFailed: it is missing or another one, and they would be forgotten.
    """
    with database.transaction() as tx:
        key = case_key(settings.case_key, lease_key, remembered_keys(tx))
        say_which_key(tx, key)
        tx.commit()
    return key


def _profile(settings: Settings) -> bytes | None:
    """Return the model profile's bytes, where they are named.

    Raises:
        StorageFailed: they cannot be read, or are another profile's.
    """
    if settings.profile is None:
        return None
    try:
        profile = settings.profile.read_bytes()
    except OSError as error:
        raise StorageFailed(f"The model profile {settings.profile} cannot be read: {error.strerror}.") from error
    if hashlib.sha256(profile).hexdigest() != settings.profile_sha256:
        raise StorageFailed("The model profile's file is not the profile that the settings name by its hash.")
    return profile


def _model(profile: bytes | None) -> ProfileFacts | None:
    """Return what rules ask of the model profile, where the installation names the profile itself.

    Raises:
        StorageFailed: the file is no profile.
    """
    if profile is None:
        return None
    try:
        return ProfileFacts.from_canonical(profile)
    except ContractError as error:
        raise StorageFailed(f"The model profile that is named here cannot be read: {error}") from error


def _witnesses(settings: Settings, clock: SystemClock, *, log: SequencerClient, vault: VaultClient) -> Witnesses:
    """Return the witnesses that the pinned policy names, or none where no policy is pinned.

    Raises:
        StorageFailed: the policy cannot be read, or the controller's own witnesses could satisfy it.
    """
    if settings.log_policy is None or settings.anchors is None:
        return NoWitnesses()
    try:
        witnessing = Witnessing(
            policy=parse_policy(settings.log_policy.read_bytes()),
            log_source=log,
            anchors=Anchors(settings.anchors),
            verify=VERIFIERS,
            ask=WitnessHttp(ca_file=settings.ca_file),
            now=clock.now,
            controllers=settings.controllers,
        )
    except OSError as error:
        raise StorageFailed(f"The log's policy {settings.log_policy} cannot be read: {error.strerror}.") from error
    except LogError as error:
        raise StorageFailed(f"The log's policy cannot be used. {error}") from error
    return WitnessesForVault(witnessing, log=log, vault=vault)


def _time_stamps(settings: Settings, clock: SystemClock, *, log: SequencerClient, witnesses: Witnesses) -> TimeStamps:
    """Return what asks the pinned authorities, or nothing where none is pinned.

    What witnesses cosigned last is stamped, so that one anchor bears both; without witnesses the newest checkpoint.

    Raises:
        StorageFailed: the file of authorities cannot be read.
    """
    if settings.time_stamps is None or settings.anchors is None:
        return NoTimeStamps()
    try:
        text = settings.time_stamps.read_text(encoding="utf-8")
        authorities = read_authorities(text, settings.time_stamps.parent)
        ask = AuthorityHttp(ca_file=settings.ca_file)
    except (OSError, UnicodeDecodeError) as error:
        raise StorageFailed(f"The file of time-stamping authorities {settings.time_stamps} cannot be read.") from error
    except LogError as error:
        raise StorageFailed(f"The time-stamping authorities cannot be used. {error}") from error
    stamping = TimeStamping(Anchors(settings.anchors), authorities, ask=ask, now=clock.now, second=Openssl.installed())
    newest = witnesses.newest if witnesses.are_configured else log.checkpoint
    return DueStamps(stamping, newest, now=clock.now)


def _log_key(trusted: TrustedKeys) -> bytes:
    pinned = trusted.of(TrustedRole.LOG)
    if len(pinned) != 1:
        raise StorageFailed("The file of trusted keys must pin exactly one log key.")
    return next(iter(pinned.values()))


def _pinned(trusted: TrustedKeys, key: SigningKey, role: TrustedRole) -> PinnedKey:
    pinned = trusted.find(role, key.id)
    if pinned is None:
        raise StorageFailed(f"Governance's {role.value} key is not pinned in the file of trusted keys.")
    return pinned
