"""Checkpoints that others saw: read, verified, and held against the log that is audited.

Each is a signed note of the log, cosigned by witnesses or time-stamped by an authority. Whatever it says of a size must
be what the audited log was at that size: a log that was cut, rewritten or put back cannot also be the one they saw.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from governance.audit.anchored_time import Anchor
from governance.audit.checkpoint import Checkpoint, parse_body, verified_checkpoint
from governance.audit.cosignature import Cosignature, Verifiers, verified_cosignatures
from governance.audit.errors import CheckpointRefused, LogError, NoteRefused
from governance.audit.note import Note, VerifierKey, parse_note
from governance.audit.policy import Policy
from governance.audit.problems import Layer, Problems
from governance.verifier.time_stamp import renewal_subject

FOLDER: Final = "anchors/"
NOTE: Final = ".note"
STAMP: Final = ".tsr"
CHAIN: Final = ".chain.pem"

_NAME: Final = re.compile(
    r"(?P<size>0|[1-9][0-9]{0,15})\.(?:(?P<kind>note)|(?:renewal-(?P<renewal>[1-9][0-9]{0,3})\.)?(?P<stamp>tsr|chain\.pem))",
    re.ASCII,
)

Stamp = Callable[[bytes, bytes, bytes | None], int]
"""(time-stamp, stamped bytes, certificates that came with it) -> its time in ms since 1970; LogError where refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one file says of the log at one size, and when, as far as anybody who counts says so."""

    checkpoint: Checkpoint
    file: str
    layer: Layer
    cosignatures: tuple[Cosignature, ...] = ()
    time_ms: int | None = None
    said_by: str = "the log itself"

    @property
    def anchors(self) -> Iterator[Anchor]:
        """The anchor that it is, if it states a time."""
        if self.time_ms is not None:
            yield Anchor(
                size=self.checkpoint.size,
                root=self.checkpoint.root,
                time_ms=self.time_ms,
                file=self.file,
                said_by=self.said_by,
            )


class LogKeys(Protocol):
    """Which keys may sign for the log: its chain, or simply the pinned ones."""

    @property
    def every(self) -> tuple[VerifierKey, ...]:
        """All of them."""

    def of_size(self, size: int, *, time_ms: int | None) -> tuple[VerifierKey, ...]:
        """Return those that may sign a checkpoint of this size."""


@dataclass(frozen=True, slots=True)
class PinnedKeys:
    """The keys that the policy pins for one log, and no others."""

    every: tuple[VerifierKey, ...]

    def of_size(self, _size: int, *, time_ms: int | None) -> tuple[VerifierKey, ...]:  # noqa: ARG002  # as `LogKeys`
        """Return all of them."""
        return self.every


class Readings:
    """Reads and verifies notes against the pinned policy and the log's keys. What is wrong is named."""

    def __init__(self, *, policy: Policy, keys: LogKeys, verify: Verifiers, problems: Problems) -> None:
        self._policy, self._log_keys, self._verify, self._problems = policy, keys, verify, problems

    def note(self, file: str, data: bytes) -> Seen | None:
        """Return what a signed note says, or nothing where it is not believed."""
        try:
            note = parse_note(data)
            size = parse_body(note.text).size
            keys = self._log_keys.of_size(size, time_ms=None)
            checkpoint = verified_checkpoint(note, keys=keys, verify=self._verify.ed25519)
        except (CheckpointRefused, NoteRefused) as error:
            self._problems.wrong(Layer.SIGNATURE, file, "checkpoint", f"{file} is no checkpoint of this log. {error}")
            return None
        seen = Seen(checkpoint=checkpoint, file=file, layer=Layer.SIGNATURE)
        return self._cosigned(seen, note)

    def _cosigned(self, seen: Seen, note: Note) -> Seen:
        try:
            found = verified_cosignatures(note, self._policy.witness_keys, verify=self._verify)
        except (CheckpointRefused, NoteRefused) as error:
            self._problems.wrong(Layer.WITNESS, seen.file, "cosignature", f"{seen.file} is not believed. {error}")
            return seen
        for name in unknown_signers(note, self._keys()):
            sentence = f"{seen.file} bears a signature by '{name}' under a key that neither policy nor log knows."
            self._problems.finding(Layer.WITNESS, seen.file, "signature", sentence)
        if not found:
            return seen
        time_s = self._policy.time_at_latest(found)
        names = sorted({one.name for one in found})
        return replace(
            seen,
            layer=Layer.WITNESS,
            cosignatures=found,
            time_ms=None if time_s is None else time_s * 1000,
            said_by=" and ".join(names),
        )

    def _keys(self) -> tuple[VerifierKey, ...]:
        return (*self._log_keys.every, *self._policy.witness_keys.values())


def unknown_signers(note: Note, keys: Sequence[VerifierKey]) -> tuple[str, ...]:
    """Return the names on a note's signature lines that are none of these keys'."""
    known = {(key.name, key.id) for key in keys}
    return tuple(line.name for line in note.signatures if (line.name, line.key_id) not in known)


def read_anchors(
    read: Callable[[str], bytes | None],
    paths: Iterable[str],
    readings: Readings,
    *,
    stamp: Stamp | None,
    problems: Problems,
) -> tuple[Seen, ...]:
    """Return what the files of the folder `anchors` say. Without `stamp`, time-stamps are not looked at."""
    found: list[Seen] = []
    for file in sorted(path for path in paths if path.startswith(FOLDER)):
        name = _NAME.fullmatch(file.removeprefix(FOLDER))
        if name is None:
            sentence = f"{file!a} is none of the files that an export has there: <size>.note, .tsr or .chain.pem."
            problems.finding(Layer.WITNESS, file, "file", sentence)
        elif name["kind"] is not None:
            found.extend(_of_note(read, file, int(name["size"]), readings, problems))
        elif name["stamp"] == "tsr" and stamp is not None:
            found.extend(_of_stamp(read, file, name, stamp, problems))
    return tuple(found)


def _of_note(
    read: Callable[[str], bytes | None], file: str, size: int, readings: Readings, problems: Problems
) -> Iterator[Seen]:
    data = read(file)
    if data is None:
        problems.wrong(Layer.WITNESS, file, "file", f"{file} is missing or cannot be read.")
        return
    seen = readings.note(file, data)
    if seen is None:
        return
    if seen.checkpoint.size != size:
        sentence = f"{file} holds a checkpoint of {seen.checkpoint.size} entries: it lies under another one's name."
        problems.wrong(Layer.WITNESS, file, "checkpoint", sentence)
    yield seen


def _of_stamp(
    read: Callable[[str], bytes | None], file: str, name: re.Match[str], stamp: Stamp, problems: Problems
) -> Iterator[Seen]:
    beside = file.removesuffix(STAMP) + CHAIN
    token, stamped = read(file), read(f"{FOLDER}{name['size']}{NOTE}")
    if token is None or stamped is None:
        sentence = (
            f"{file} or the checkpoint that it stamps ({FOLDER}{name['size']}{NOTE}) is missing or cannot be read."
        )
        problems.wrong(Layer.TIME_STAMP, file, "time-stamp", sentence)
        return
    try:
        time_ms = stamp(token, _subject(read, stamped, name), read(beside))
        checkpoint = parse_body(parse_note(stamped).text)
    except LogError as error:
        sentence = f"{file} is no time-stamp over {FOLDER}{name['size']}{NOTE} by an authority that you named. {error}"
        problems.wrong(Layer.TIME_STAMP, file, "time-stamp", sentence)
        return
    # A renewal shows that an older stamp still holds; when the checkpoint stood, the older one says.
    if name["renewal"] is None:
        yield Seen(
            checkpoint=checkpoint,
            file=file,
            layer=Layer.TIME_STAMP,
            time_ms=time_ms,
            said_by="the time-stamping authority",
        )


def _subject(read: Callable[[str], bytes | None], note: bytes, name: re.Match[str]) -> bytes:
    """Return what a time-stamp is over: the note, or for a renewal also all stamps before it."""
    if name["renewal"] is None:
        return note
    stems = [f"{FOLDER}{name['size']}"]
    stems += [f"{FOLDER}{name['size']}.renewal-{number}" for number in range(1, int(name["renewal"]))]
    return renewal_subject(note, [(read(stem + STAMP) or b"", read(stem + CHAIN) or b"") for stem in stems])


def compare_seen(
    seen: Iterable[Seen], *, size: int, roots: dict[int, bytes], entries_after: Callable[[int], str], problems: Problems
) -> None:
    """Hold what others saw against the roots that the audited log has at those sizes."""
    for one in sorted(seen, key=lambda one: one.checkpoint.size):
        saw = one.checkpoint.size
        if saw > size:
            sentence = (
                f"{one.said_by} saw this log with {saw} entries ({one.file}), and here it has {size}: "
                "it was cut, or an older copy was put in its place."
            )
            problems.wrong(one.layer, "checkpoint", "size", sentence)
        elif roots.get(saw) not in (None, one.checkpoint.root):
            sentence = (
                f"{one.said_by} saw another log of {saw} entries ({one.file}) than the one that lies here: "
                "entries before that were rewritten, and signed anew."
            )
            problems.wrong(one.layer, entries_after(saw), f"entries 0 to {saw - 1}", sentence)
