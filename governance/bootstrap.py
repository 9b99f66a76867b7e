"""The one place that knows what is plugged in."""

from dataclasses import dataclass
from types import TracebackType
from typing import Self

from sqlalchemy import Engine

from contracts.signature import SigningKey
from contracts.trust import PinnedKey, TrustedKeys, TrustedRole
from governance.adapters.centre_clients import EnrolmentClient, ViewerClient
from governance.adapters.data_folder import DataFolder
from governance.adapters.db.database import SqlDatabase, open_engine, sqlite_url
from governance.adapters.db.migrate import upgrade
from governance.adapters.db.repositories import storage_errors
from governance.adapters.key_files import read_signing_key, read_trusted_keys
from governance.adapters.log_guard import GuardFile
from governance.adapters.log_store import TransparencyLog
from governance.adapters.object_keys import ObjectKeyFolder
from governance.adapters.sealer import AesGcmSealer
from governance.adapters.system import Argon2Hasher, SystemClock, SystemRandomness
from governance.application.erase import expire_due
from governance.application.errors import StorageFailed
from governance.application.governance import Governance
from governance.audit.errors import LogError
from governance.domain.legal_profile import SWEDEN_2026
from governance.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Governance on one data folder. Close it, or use it as a context manager."""

    governance: Governance
    engine: Engine
    log: TransparencyLog
    folder: DataFolder
    clients: tuple[EnrolmentClient, ViewerClient]

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
    """Plug everything in: take the data folder, migrate the database, check the log against its guard.

    What a crash left unfinished is finished before anybody is served.

    Raises:
        DataFolderInUse: another server runs on it.
        StorageFailed: something that is needed is missing, unsafe or damaged; nothing starts then.
        Unavailable: the viewer does not answer.
    """
    folder = DataFolder(settings.data)
    try:
        return _build_on(settings, folder)
    except BaseException:
        # The lock must not outlive a start that failed; the error itself goes on.
        folder.release()
        raise


def _build_on(settings: Settings, folder: DataFolder) -> Running:
    trusted = read_trusted_keys(settings.trust)
    lease_key, log_key = read_signing_key(settings.lease_key), read_signing_key(settings.log_key)
    _pinned(trusted, log_key, TrustedRole.LOG)
    log = TransparencyLog(origin=settings.log_origin, key=log_key, guard=GuardFile(settings.log_guard))
    viewer, enrolment = ViewerClient(settings.viewer_socket), EnrolmentClient(settings.enrolment_socket)
    reference_key = viewer.public_reference_key()
    engine = open_engine(settings.database_url or sqlite_url(settings.database))
    upgrade(engine)
    _start_log(log, engine)
    clock = SystemClock()
    governance = Governance(
        clock=clock,
        database=SqlDatabase(engine, log, clock),
        object_keys=ObjectKeyFolder(settings.object_keys),
        sealer=AesGcmSealer(),
        hasher=Argon2Hasher(),
        randomness=SystemRandomness(),
        enrolment=enrolment,
        viewer=viewer,
        lease_key=lease_key,
        trusted=trusted,
        viewer_reference_key=reference_key,
        legal=SWEDEN_2026,
        profile_sha256=settings.profile_sha256,
        admitted_age_bands=settings.admitted_age_bands,
        demo=_pinned(trusted, lease_key, TrustedRole.GOVERNANCE).demo,
    )
    expire_due(governance)
    return Running(governance=governance, engine=engine, log=log, folder=folder, clients=(enrolment, viewer))


def _start_log(log: TransparencyLog, engine: Engine) -> None:
    try:
        with storage_errors(), engine.begin() as connection:
            log.start(connection)
    except LogError as error:
        raise StorageFailed(str(error)) from error


def _pinned(trusted: TrustedKeys, key: SigningKey, role: TrustedRole) -> PinnedKey:
    pinned = trusted.find(role, key.id)
    if pinned is None:
        raise StorageFailed(f"Governance's {role.value} key is not pinned in the file of trusted keys.")
    return pinned
