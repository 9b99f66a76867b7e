"""Where one log lies, and how a command works on it while the sequencer is stopped: under the same locks and checks."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from contracts.signature import SigningKey
from governance.adapters.data_folder import DataFolder
from governance.adapters.key_files import read_signing_key
from governance.adapters.log.guard import GuardFile, synchronise_folder, write_durably
from governance.adapters.log.sequencer import Sequencer
from governance.adapters.log.signing import HeadSigner
from governance.adapters.log.sqlite_store import SqliteStore
from governance.audit.draft import Appended, Draft
from governance.audit.errors import LogUnavailable
from governance.audit.note import ED25519, VerifierKey

SOURCE: Final = "log"
"""The producer's name under which the log numbers what it says about itself: keys, closing, beginning."""

_PAGE: Final = 4096

Now = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPlace:
    """One log's folder (keys, `database/log.db`, `anchors/`), its guard file elsewhere, and its origin."""

    folder: Path
    guard: Path
    origin: str

    @property
    def key(self) -> Path:
        """The key that signs."""
        return self.folder / "log.key"

    @property
    def old_key(self) -> Path:
        """The key that signs along while another one takes over."""
        return self.folder / "log.old.key"

    @property
    def given_up_key(self) -> Path:
        """Where the key lies from the instant on at which the log was given up: nothing signs with it any more."""
        return self.folder / "log.given-up.key"

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "database" / "log.db"

    @property
    def anchors(self) -> Path:
        """Where checkpoints that others cosigned or stamped are kept."""
        return self.folder / "anchors"

    def signing_keys(self) -> tuple[SigningKey, ...]:
        """Return the keys that sign, the newest first.

        Raises:
            StorageFailed: one is missing, damaged, or others may read it.
        """
        key = read_signing_key(self.key)
        old = [read_signing_key(self.old_key)] if self.old_key.exists() else []
        return (key, *(one for one in old if one.seed != key.seed))

    def verifier(self, key: SigningKey) -> VerifierKey:
        """Return the public half as others pin it."""
        return VerifierKey(name=self.origin, algorithm=ED25519, public_key=key.public)


@contextmanager
def held(place: LogPlace) -> Iterator[None]:
    """Hold a log's folder, as its sequencer does while it runs.

    Raises:
        DataFolderInUse: the sequencer runs.
    """
    if not place.folder.is_dir():
        raise LogUnavailable("There is no log in this folder; name the folder of the system with --home.")
    folder = DataFolder(place.folder)
    try:
        yield
    finally:
        folder.release()


@contextmanager
def working(place: LogPlace, keys: Sequence[SigningKey], *, now: Now) -> Iterator[Sequencer]:
    """Run the log's sequencer inside this process. The folder is held by the caller.

    Raises:
        LogError: the log must not run on this database.
    """
    signer = HeadSigner(place.origin, keys)
    store = SqliteStore(place.database)
    try:
        sequencer = Sequencer(store=store, guard=GuardFile(place.guard, signer), signer=signer, now=now)
        try:
            yield sequencer
        finally:
            sequencer.halt()
    finally:
        store.close()


def say(log: Sequencer, *drafts: tuple[str, dict[str, object]]) -> Appended:
    """Append what the log says about itself: events with their bodies, in one request."""
    first = log.last_number(SOURCE) + 1
    numbered = [
        Draft(event=event, src=SOURCE, sn=number, body=body) for number, (event, body) in enumerate(drafts, start=first)
    ]
    return log.append(f"log-{first}", numbered)


def all_entries(log: Sequencer) -> Iterator[bytes]:
    """Yield every entry in order."""
    for first in range(0, log.size(), _PAGE):
        yield from log.entries(first=first, count=_PAGE)


def write_seed(path: Path, seed: bytes) -> None:
    """Write a new key's seed durably, readable by its owner alone."""
    write_durably(path, seed, mode=0o600)


def destroy_seed(path: Path) -> None:
    """Overwrite a seed where it lies, and remove the file. One that is gone already is no error."""
    try:
        with path.open("r+b") as file:
            size = os.fstat(file.fileno()).st_size
            file.write(bytes(size))
            file.flush()
            os.fsync(file.fileno())
    except FileNotFoundError:
        return
    path.unlink()
    synchronise_folder(path.parent)
