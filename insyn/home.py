"""Where everything lies that is built or stored at run time: one folder, INSYN_HOME, never in git."""

import fcntl
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contracts.admission import FILE_NAME as ADMISSION_FILE_NAME
from contracts.issuer_list import FILE_NAME
from insyn.errors import InsynError

_LONGEST_FOLDER: Final = 70
"""A Unix socket's path has at most 107 bytes (sun_path); the names of ours take up to 37."""
FIRST_LOG: Final = "log"
"""The folder of the first log of a home."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folder INSYN_HOME and its rooms. In real life each room is another organisation's machine."""

    root: Path

    @property
    def trust(self) -> Path:
        """The pinned keys."""
        return self.root / "trust.json"

    @property
    def issuers(self) -> Path:
        """The list of issuers, signed by two organisations; beside the pinned keys, and carried here as they are."""
        return self.trust.with_name(FILE_NAME)

    @property
    def admission(self) -> Path:
        """What admits the model profile, signed by both roles; beside the pinned keys too. A demonstration has none."""
        return self.trust.with_name(ADMISSION_FILE_NAME)

    @property
    def governance(self) -> Path:
        """The database and governance's own key."""
        return self.root / "governance"

    @property
    def log(self) -> Path:
        """The transparency log that runs: its database, its key, its tiles and anchors."""
        return self.root / self.log_name

    @property
    def log_guard(self) -> Path:
        """What the log's guard saw: outside the log's own folder, so that a copy put back does not bring it along."""
        return self.guard_of(self.log_name)

    @property
    def log_name(self) -> str:
        """The name of the folder of the log that runs: the first one, or the one that `log_now` names."""
        try:
            return self.log_now.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return FIRST_LOG

    @property
    def log_now(self) -> Path:
        """The file that names the folder of the log that runs. Replacing it makes the next log the running one."""
        return self.root / "log-now"

    @property
    def log_next(self) -> Path:
        """The file that tells of a succession that was begun, until it is finished."""
        return self.root / "log-next"

    @property
    def log_archive(self) -> Path:
        """The logs that were closed or given up, each as an export that can only be read."""
        return self.root / "log-archive"

    @property
    def pinned_log(self) -> Path:
        """The origin of the log that this machine's people believe. Carried here by people, as `trust` is."""
        return self.root / "log-origin"

    def guard_of(self, log_name: str) -> Path:
        """Return the folder of the guard of the log in the folder of this name."""
        guards = self.root / "log-guard"
        return guards if log_name == FIRST_LOG else guards / log_name

    @property
    def log_policy(self) -> Path:
        """Whose signatures on the log count here: its keys and its witnesses. Carried here by people, as `trust` is."""
        return self.root / "log-policy"

    @property
    def time_stamps(self) -> Path:
        """The time-stamping authorities that are asked, where people name some."""
        return self.root / "time-stamps"

    @property
    def profile(self) -> Path:
        """The model profile that the centre runs with, in the bytes that its hash is over."""
        return self.root / "profile.json"

    @property
    def vault(self) -> Path:
        """The key vault's first copy."""
        return self.root / "vault"

    @property
    def vault_twin(self) -> Path:
        """The key vault's second copy; in real life on another machine's disk."""
        return self.root / "vault-twin"

    @property
    def enrolment(self) -> Path:
        """The centre's enrolment matcher."""
        return self.root / "centre" / "enrolment"

    @property
    def viewer(self) -> Path:
        """The centre's viewer."""
        return self.root / "centre" / "viewer"

    def site(self, site_id: str) -> Path:
        """One site's matcher."""
        return self.root / "site" / site_id

    @property
    def authority(self) -> Path:
        """The issuing authority's key: here for the demonstration only."""
        return self.root / "authority"

    @property
    def organisations(self) -> Path:
        """The keys of the organisations that sign the list of issuers: here for the demonstration only."""
        return self.root / "organisations"

    @property
    def supervisors(self) -> Path:
        """The authorities that are told of each use, each with its key and desk: here for the demonstration only."""
        return self.root / "supervisors"

    @property
    def notifications(self) -> Path:
        """The file that names the way to each of them, where people name one."""
        return self.root / "notifications.json"

    @property
    def region(self) -> Path:
        """The region's key: here for the demonstration only."""
        return self.root / "region"

    @property
    def run(self) -> Path:
        """Sockets and locks of running processes."""
        return self.root / "run"

    @property
    def sockets(self) -> Path:
        """Where processes find one another: inside, or in a short private folder where that path would be too long."""
        if len(os.fsencode(self.run)) <= _LONGEST_FOLDER:
            return self.run
        name = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"insyn-{name}"

    @property
    def logs(self) -> Path:
        """What the processes say: states and counts, nothing of anybody."""
        return self.root / "logs"


@contextmanager
def held_alone(home: Home) -> Iterator[None]:
    """Hold this folder for one running system. The lock ends with the process, however it dies.

    Raises:
        InsynError: a system runs on it already.
    """
    home.run.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(home.run / "system.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InsynError(
                f"A system runs on the folder {home.root} already; end it first (Ctrl-C there), "
                "or choose another folder with INSYN_HOME."
            ) from error
        yield
    finally:
        os.close(lock)


def open_home() -> Home:
    """Return the home named by INSYN_HOME, or ./var; make it if it is missing.

    Raises:
        InsynError: it cannot be made or written.
    """
    root = Path(os.environ.get("INSYN_HOME") or "var").absolute()
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise InsynError(f"The folder {root} (INSYN_HOME) cannot be made: {error.strerror}.") from error
    if not os.access(root, os.W_OK):
        raise InsynError(f"The folder {root} (INSYN_HOME) cannot be written; choose another.")
    return Home(root)


def at_home(given: Path | None) -> Home:
    """Return the home that a command was given, else the one named by INSYN_HOME, or ./var. Nothing is made."""
    return Home((given or Path(os.environ.get("INSYN_HOME") or "var")).absolute())


def make_private(folder: Path) -> None:
    """Make a folder that its owner alone can enter, or see that it is one.

    Raises:
        InsynError: it cannot be made, or is another's.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = folder.lstat()
    except OSError as error:
        raise InsynError(f"The folder {folder} cannot be made: {error.strerror}.") from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise InsynError(f"The folder {folder} belongs to somebody else; choose a shorter path for INSYN_HOME.")
    folder.chmod(0o700)
