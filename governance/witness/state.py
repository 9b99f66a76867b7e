"""What a witness must never lose or bring back: its key and what it saw last, in one file that is replaced whole.

They are one object on purpose. Whoever restores an older copy restores a key that has cosigned more than it remembers:
such a witness could cosign a fork. So the file is in no backup, and a witness whose file is lost is retired.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from governance.audit.base64_strict import decode64, encode64
from governance.audit.canonical import canonical, parse_canonical
from governance.audit.errors import CanonicalRefused, NoteRefused
from governance.audit.merkle import EMPTY_ROOT
from governance.audit.note import COSIGNATURE_ED25519, VerifierKey, is_key_name
from governance.witness.errors import WitnessRetired, WitnessUnusable

_KIND: Final = "insyn/witness/1"
_FILE: Final = "witness"
_LARGEST: Final = 16 * 1024 * 1024
_RETIRED: Final = "This witness is retired: it signs nothing. Make a new one (`insyn witness keygen`) with a new key."
_LOST: Final = (
    "There is no witness in this folder. If there was one, it is retired with its file: make a new one "
    "(`insyn witness keygen`, another folder), and tell the logs its new key."
)
_DAMAGED: Final = (
    "The witness's file is damaged, so what it saw last is not known: it is retired. Put back no copy; make a new "
    "witness (`insyn witness keygen`, another folder), and tell the logs its new key."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The greatest tree of one log that was cosigned, when last (seconds since 1970), and the log's own note on it."""

    size: int = 0
    root: bytes = EMPTY_ROOT
    time_s: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A witness: its name, its key (empty once retired), and what it saw last of each log."""

    name: str
    seed: bytes = field(repr=False)
    public: bytes
    seen: Mapping[str, Seen]

    @property
    def verifier(self) -> VerifierKey:
        """The key by which everybody verifies this witness's cosignatures."""
        return VerifierKey(name=self.name, algorithm=COSIGNATURE_ED25519, public_key=self.public)

    def require_in_office(self) -> None:
        """Accept a witness that is not retired.

        Raises:
            WitnessRetired: it is.
        """
        if not self.seed:
            raise WitnessRetired(_RETIRED)

    def sign(self, message: bytes) -> bytes:
        """Sign.

        Raises:
            WitnessRetired: there is no key any more.
        """
        self.require_in_office()
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)

    def having_seen(self, origin: str, seen: Seen) -> "State":
        """Return the state after one more cosignature."""
        return replace(self, seen={**self.seen, origin: seen})

    def to_bytes(self) -> bytes:
        """Return the file's bytes: canonical JSON and, on a line of its own, the SHA-256 of that."""
        seen = {
            origin: {"note": one.note, "root": encode64(one.root), "size": one.size, "time": one.time_s}
            for origin, one in self.seen.items()
        }
        value = {
            "kind": _KIND,
            "name": self.name,
            "public": encode64(self.public),
            "seed": encode64(self.seed),
            "seen": seen,
        }
        data = canonical(value)
        return data + b"\n" + sha256(data).hexdigest().encode() + b"\n"


class WitnessFile:
    """The folder of one witness. Reading and replacing happen under a lock that also other processes heed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.path = folder / _FILE

    def create(self, name: str) -> State:
        """Make a new witness with a fresh key.

        Raises:
            WitnessUnusable: there is one already, the name cannot stand in a note, or the disk refuses.
        """
        if not is_key_name(name):
            raise WitnessUnusable("A witness's name is not empty and holds neither spaces nor '+'.")
        key = Ed25519PrivateKey.generate()
        state = State(name=name, seed=key.private_bytes_raw(), public=key.public_key().public_bytes_raw(), seen={})
        with self.locked():
            if self.path.exists():
                raise WitnessUnusable(f"There is a witness in {self._folder} already; it is not overwritten.")
            self.replace(state)
        return state

    def read(self) -> State:
        """Return the witness as it is now.

        Raises:
            WitnessUnusable: the file is missing, damaged, or readable by others.
        """
        try:
            with self.path.open("rb") as file:
                mode, data = os.fstat(file.fileno()).st_mode, file.read(_LARGEST)
        except FileNotFoundError as error:
            raise WitnessUnusable(_LOST) from error
        except OSError as error:
            raise WitnessUnusable(f"The witness's file cannot be read: {error.strerror}; mend its rights.") from error
        if mode & 0o077:
            raise WitnessUnusable("The witness's file can be read by others; set its mode to 0600, or retire it.")
        return _state(data)

    def retire(self) -> State:
        """Take the key away for good; name, public key and what was seen stay, so that it can be said who it was.

        Raises:
            WitnessUnusable: the file cannot be read or replaced.
        """
        with self.locked():
            before = self.read()
            retired = replace(before, seed=b"")
            _overwrite(self.path, len(before.to_bytes()))
            self.replace(retired)
        return retired

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the witness alone: from reading what was seen to having stored what is seen now.

        Raises:
            WitnessUnusable: the folder cannot be used.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self._folder / f"{_FILE}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise WitnessUnusable(f"The witness's folder cannot be used: {error.strerror}; mend its rights.") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def replace(self, state: State) -> None:
        """Put this state in the old one's place, durably; after a crash there is one of the two, whole.

        Raises:
            WitnessUnusable: the disk refuses. Which of the two holds is then told by reading.
        """
        new = self.path.with_name(f"{_FILE}.new")
        try:
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(state.to_bytes())
                file.flush()
                os.fsync(file.fileno())
            new.replace(self.path)
            _synchronise(self._folder)
        except OSError as error:
            raise WitnessUnusable(
                f"The witness cannot store what it saw, so it signs nothing: {error.strerror}; free the disk."
            ) from error


def _state(data: bytes) -> State:
    head, _, rest = data.partition(b"\n")
    if rest != sha256(head).hexdigest().encode() + b"\n":
        raise WitnessUnusable(_DAMAGED)
    try:
        value = parse_canonical(head)
    except CanonicalRefused as error:
        raise WitnessUnusable(_DAMAGED) from error
    match value:
        case {"kind": str(kind), "name": str(name), "public": str(public), "seed": str(seed), "seen": dict(seen)}:
            return _checked(kind, name, _decoded(public), _decoded(seed), seen)
        case _:
            raise WitnessUnusable(_DAMAGED)


def _checked(kind: str, name: str, public: bytes, seed: bytes, seen: Mapping[str, object]) -> State:
    if kind != _KIND or len(seed) not in (0, 32):
        raise WitnessUnusable(_DAMAGED)
    if seed and Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw() != public:
        raise WitnessUnusable(_DAMAGED)
    state = State(name=name, seed=seed, public=public, seen={origin: _seen(one) for origin, one in seen.items()})
    try:
        state.verifier  # noqa: B018  # made to be checked
    except NoteRefused as error:
        raise WitnessUnusable(_DAMAGED) from error
    return state


def _seen(value: object) -> Seen:
    match value:
        case {"note": str(note), "root": str(root), "size": int(size), "time": int(time_s)} if size >= 0 <= time_s:
            found = Seen(size=size, root=_decoded(root), time_s=time_s, note=note)
            if len(found.root) == len(EMPTY_ROOT):
                return found
    raise WitnessUnusable(_DAMAGED)


def _decoded(text: str) -> bytes:
    data = decode64(text)
    if data is None:
        raise WitnessUnusable(_DAMAGED)
    return data


def _overwrite(path: Path, count: int) -> None:
    """Write zeros over a file that holds a key. On some disks the old blocks live on; the operator's guide says so."""
    try:
        with path.open("r+b") as file:
            file.write(bytes(count))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise WitnessUnusable(f"The witness's key cannot be overwritten: {error.strerror}.") from error


def _synchronise(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
