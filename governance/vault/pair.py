"""The two copies of the vault's keys, and its memory: compared on start, written together, made whole by `repair`.

The twin lies in another folder, best on another disk. What one write leaves between them, because it was cut off, is
completed on start. Everything else is refused with a sentence: which copy is missing, damaged, older or another.
"""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from governance.audit.puncturable import KeyTree, intersection
from governance.vault.disk import Copy, Disk
from governance.vault.errors import VaultUnusable
from governance.vault.seen_file import Memory, SeenFile
from governance.vault.state import ID_BYTES, NO_STATE, Damaged, Day, Head, Place, State, decode

REPAIR: Final = "`python -m governance.vault_service repair`"
"""The command that makes a lost copy anew from the other one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What stands in one copy: a state and its file's hash, or neither with the reason in a word."""

    name: str
    state: State | None
    digest: bytes
    problem: str = ""


class Pair:
    """Both copies and the memory, held by this process alone. After a failed write they are read anew before use.

    Every method raises `VaultUnusable` where the copies or their disks are not as they must be.
    """

    def __init__(
        self,
        home: Path,
        twin: Path,
        *,
        disk: Disk | None = None,
        fresh_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        disk = disk or Disk()
        self.fresh_bytes = fresh_bytes
        self._locks: list[int] = []
        self._state: State | None = None
        self._digest = NO_STATE
        self._memory = Memory()
        self.loads = 0
        """How often the copies were read; after each time nothing is known of numbers promised and not given out."""
        self.completed = 0
        """How many writes that were cut off were completed."""
        with _said():
            for folder in (home, twin):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                folder.chmod(0o700)
            if home.samefile(twin):
                raise VaultUnusable("The vault's two copies lie in one folder; give the twin another one.")
            try:
                for folder in (home, twin):
                    self._locks.append(_locked(folder))
            except VaultUnusable:
                self.close()
                raise
        self._copies = (("the vault's own copy", Copy(home, disk)), ("its twin", Copy(twin, disk)))
        self._seen = SeenFile(home, disk)

    def close(self) -> None:
        """Overwrite what is in memory, and give the folders back."""
        self._forget()
        for lock in self._locks:
            os.close(lock)
        self._locks = []

    def current(self) -> State:
        """Return the state that both copies confirm."""
        if self._state is None:
            with _said():
                self._load()
        if self._state is None:
            raise VaultUnusable("The vault's keys could not be read.")
        return self._state

    @property
    def head(self) -> Head:
        """The newest log head that was remembered. Ask `current` first."""
        return self._memory.head

    def save(self, days: Mapping[Place, Day]) -> None:
        """Make new days the state of both copies. Seeds that are in it no more are overwritten, on disk and here."""
        old = self.current()
        new = State(
            vault_id=old.vault_id,
            generation=old.generation + 1,
            previous=self._digest,
            seen=self._memory.head,
            days=MappingProxyType(dict(days)),
        )
        # Until both copies confirm, nothing is known of either.
        self._state = None
        try:
            with _said():
                digest = self._write(new)
                self._remember(new.generation, self._memory.head)
        except VaultUnusable:
            old.wipe()
            new.wipe()
            raise
        self._state, self._digest = new, digest
        old.wipe(but=new)

    def see(self, head: Head) -> None:
        """Remember a log's head durably."""
        state = self.current()
        try:
            with _said():
                self._remember(state.generation, head)
        except VaultUnusable:
            self._forget()
            raise

    def repair(self) -> str:
        """Make a lost, damaged or older copy anew from the other, and say what was done. No destroyed key comes back.

        Where both can be read and differ, only what both hold is kept.
        """
        with _said():
            reads = [_read(name, copy) for name, copy in self._copies]
            usable = [one for one in reads if one.state is not None]
            memory = self._remembered()
            newest = _newest(usable)
            if memory is not None and newest.generation < memory.generation:
                raise VaultUnusable(
                    "What is left of the vault is older than the vault remembers: keys destroyed since would come "
                    "back. Put a newer copy back; nothing was changed."
                )
            merged = _merged([one.state for one in usable if one.state is not None])
            content_of = max(usable, key=_generation)
            new = replace(merged, generation=newest.generation + 1, previous=content_of.digest)
            self._seen.create(_repaired(memory, new))
            self._write(new)
            self._seen.create(replace(_repaired(memory, new), generation=new.generation))
            new.wipe()
        self._forget()
        return "Both copies of the vault's keys are whole again; what only one of them held is gone."

    def _load(self) -> None:
        self.loads += 1
        reads = [_read(name, copy) for name, copy in self._copies]
        memory = self._remembered()
        if all(one.problem == "missing" for one in reads) and (memory is None or memory.generation == 0):
            self._create()
            return
        state, digest = self._agreed(reads, memory)
        for _, copy in self._copies:
            copy.tidy()
        if memory is None:
            raise VaultUnusable(f"The vault's memory of the log is missing; see what happened, then run {REPAIR}.")
        if memory.generation > state.generation:
            raise VaultUnusable(
                "Both copies of the vault's keys are older than the vault remembers: somebody put old ones in their "
                "place, and keys destroyed since would come back. Put the newest ones back."
            )
        head = max(memory.head, state.seen, key=Head.order)
        self._memory = replace(memory, head=head)
        if memory.generation < state.generation:
            self._remember(state.generation, head)
        self._state, self._digest = state, digest

    def _create(self) -> None:
        new = State(
            vault_id=self.fresh_bytes(ID_BYTES), generation=1, previous=NO_STATE, seen=Head(), days=MappingProxyType({})
        )
        self._seen.create(Memory())
        self._memory = Memory()
        digest = self._write(new)
        self._remember(new.generation, new.seen)
        self._state, self._digest = new, digest

    def _agreed(self, reads: list[_Read], memory: Memory | None) -> tuple[State, bytes]:
        """Return the state that both copies have, or had before an interrupted write, which is completed."""
        newer, older = sorted(reads, key=_generation, reverse=True)
        if newer.state is None:
            raise VaultUnusable("Neither copy of the vault's keys can be read; put one back from where it is kept.")
        if older.state is None:
            begun = older.problem == "missing" and newer.state.generation == 1 and memory == Memory()
            if not begun:
                raise VaultUnusable(f"Of the vault's keys {older.name} is {older.problem}; run {REPAIR}.")
        elif older.state.vault_id != newer.state.vault_id:
            raise VaultUnusable("The two copies are of different vaults; put the right twin in its place.")
        elif newer.digest == older.digest:
            older.state.wipe()
            return newer.state, newer.digest
        elif (newer.state.generation, newer.state.previous) != (older.state.generation + 1, older.digest):
            if newer.state.generation == older.state.generation:
                raise VaultUnusable(f"The two copies of the vault's keys differ; see what happened, then run {REPAIR}.")
            raise VaultUnusable(
                f"Of the vault's keys {older.name} is older than the other copy: somebody put an old one in its place, "
                f"or its disk lost writes. See what happened, then run {REPAIR}."
            )
        if older.state is not None:
            older.state.wipe()
        dict(self._copies)[older.name].write(content := newer.state.encode())
        content[:] = bytes(len(content))
        self.completed += 1
        return newer.state, newer.digest

    def _write(self, state: State) -> bytes:
        """Write both copies, the twin first; return the file's hash."""
        content = state.encode()
        digest = hashlib.sha256(content).digest()
        try:
            for _, copy in reversed(self._copies):
                copy.write(content)
        finally:
            content[:] = bytes(len(content))
        return digest

    def _remember(self, generation: int, head: Head) -> None:
        memory = Memory(serial=self._memory.serial + 1, generation=generation, head=head)
        self._seen.write(memory)
        self._memory = memory

    def _remembered(self) -> Memory | None:
        try:
            return self._seen.read()
        except Damaged as error:
            raise VaultUnusable(f"{error} See what happened, remove the file `seen`, then run {REPAIR}.") from error

    def _forget(self) -> None:
        if self._state is not None:
            self._state.wipe()
        self._state = None


@contextmanager
def _said() -> Iterator[None]:
    """Turn the disks' errors into one sentence."""
    try:
        yield
    except OSError as error:
        raise VaultUnusable(
            f"The vault's disks cannot be used ({os.strerror(error.errno or 0)}). Nothing is given out or confirmed "
            "until they can."
        ) from error


def _locked(folder: Path) -> int:
    lock = os.open(folder / "vault.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise VaultUnusable("Another vault runs on one of these folders; end it first.") from error
    return lock


def _read(name: str, copy: Copy) -> _Read:
    content = copy.read()
    if content is None:
        return _Read(name=name, state=None, digest=NO_STATE, problem="missing")
    digest = hashlib.sha256(content).digest()
    try:
        return _Read(name=name, state=decode(content), digest=digest)
    except Damaged:
        return _Read(name=name, state=None, digest=NO_STATE, problem="damaged")
    finally:
        content[:] = bytes(len(content))


def _generation(read: _Read) -> int:
    return 0 if read.state is None else read.state.generation


def _newest(usable: list[_Read]) -> State:
    states = [one.state for one in usable if one.state is not None]
    if not states:
        raise VaultUnusable("Neither copy of the vault's keys can be read; put one back from where it is kept.")
    if len({state.vault_id for state in states}) != 1:
        raise VaultUnusable("The two copies are of different vaults; put the right twin in its place.")
    return max(states, key=lambda state: state.generation)


def _merged(states: list[State]) -> State:
    """Return what both states hold. A day that only the newer one knows is new; one that it does not know is gone."""
    ordered = sorted(states, key=_number)
    older, newer = ordered[0], ordered[-1]
    days: dict[Place, Day] = {}
    for place in older.days.keys() | newer.days.keys():
        old, new = older.days.get(place), newer.days.get(place)
        if old is not None and new is not None:
            days[place] = Day(reserved=max(old.reserved, new.reserved), tree=intersection(old.tree, new.tree))
        elif new is not None and older.generation < newer.generation:
            days[place] = new
        else:
            days[place] = Day(reserved=max(one.reserved for one in (old, new) if one), tree=KeyTree(seeds=()))
    seen = max(older.seen, newer.seen, key=Head.order)
    return replace(newer, seen=seen, days=MappingProxyType(days))


def _repaired(memory: Memory | None, state: State) -> Memory:
    """Return the memory as it was, or as far as a copy knows it, of the generation before the copies are written."""
    if memory is not None:
        return memory
    return Memory(serial=1, generation=state.generation - 1, head=state.seen)


def _number(state: State) -> int:
    return state.generation
