"""A recording that lies on this machine: one regular file, named by the SHA-256 of its bytes (A12).

A live stream, a device, a folder and an address are never searched. That the file is still the same one is asked again
when the search is over; until then nothing of it is told to anybody.
"""

import hashlib
import os
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from contracts.vocabulary import SourceKind
from edge.errors import SourceRefused
from edge.source import CameraSource, parse_source
from insyn.errors import InsynError

_PIECE: Final = 1024 * 1024


class RecordingRefused(InsynError):
    """This is no recording that may be searched; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingAtHand:
    """A file as it was when it was looked at. Its path is the site's own and stands in nothing that is said."""

    source: CameraSource
    sha256: str
    identity: tuple[int, ...] = field(repr=False)

    def is_unchanged(self) -> bool:
        """Say whether the very same file lies there, byte by byte."""
        with suppress(RecordingRefused):
            again = take_recording(self.source.location)
            return (again.sha256, again.identity) == (self.sha256, self.identity)
        return False


def take_recording(text: str) -> RecordingAtHand:
    """Look at what somebody named, and hash it.

    Raises:
        RecordingRefused: it is no regular file on this machine, or it is empty or cannot be read.
    """
    try:
        source = parse_source(text)
    except SourceRefused as error:
        raise RecordingRefused(f"Only a recording is searched, a file on this machine. {error}") from error
    if source.kind is not SourceKind.FILE:
        raise RecordingRefused(
            "Only a recording is searched, a file on this machine: never a camera, a stream, an address or a folder."
        )
    try:
        return _hashed(source)
    except FileNotFoundError as error:
        raise RecordingRefused("There is no such file; check its path.") from error
    except OSError as error:
        raise RecordingRefused(
            "This cannot be read as a regular file of its own; give the recording itself, no link, pipe or device."
        ) from error


def _hashed(source: CameraSource) -> RecordingAtHand:
    # Not through a link, and without waiting for somebody at the other end of a pipe.
    descriptor = os.open(Path(source.location), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        before = os.fstat(file.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise OSError("not a regular file")
        if before.st_size == 0:
            raise RecordingRefused("This recording is empty; there is nothing to search.")
        digest = hashlib.sha256()
        while piece := file.read(_PIECE):
            digest.update(piece)
        if _identity(before) != _identity(os.fstat(file.fileno())):
            raise RecordingRefused("This file is still being written; only a closed recording is searched.")
    return RecordingAtHand(source=source, sha256=digest.hexdigest(), identity=_identity(before))


def _identity(found: os.stat_result) -> tuple[int, ...]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
