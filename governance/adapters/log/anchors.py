"""Checkpoints that others saw, as files: `anchors/<size>.note`, its time-stamp `<size>.tsr` and `<size>.chain.pem`.

The newest cosigned checkpoint lies among them, and as `cosigned.note` beside the folder, where its times are renewed
while the log rests. A note that was stamped is never changed again: the stamp is over its very bytes.
"""

import re
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Final

from governance.adapters.log.guard import write_durably
from governance.audit.checkpoint import parse_body
from governance.audit.cosignature import split_time
from governance.audit.errors import CheckpointRefused, LogUnavailable, NoteRefused
from governance.audit.note import COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44, NoteSignature, parse_note

SPACING: Final = timedelta(minutes=10)
"""Anchors that lie closer than this are thinned out, but for the newest and the stamped ones."""

_NOTE: Final = re.compile(r"(0|[1-9][0-9]{0,15})\.note", re.ASCII)
_RENEWAL: Final = re.compile(r"(0|[1-9][0-9]{0,15})\.renewal-([1-9][0-9]{0,3})\.tsr", re.ASCII)
_MODE: Final = 0o644
_UNWRITABLE: Final = "The log's anchors cannot be written; free the disk or mend the folder's rights."
_UNREADABLE: Final = "The log's anchors cannot be read; mend the folder's rights."


class Anchors:
    """The folder `anchors` of one log's folder. It is made when the first anchor is kept."""

    def __init__(self, log_folder: Path, *, spacing: timedelta = SPACING) -> None:
        self.folder = log_folder / "anchors"
        self._newest = log_folder / "cosigned.note"
        self._spacing_s = spacing.total_seconds()

    def sizes(self) -> list[int]:
        """Return the sizes of which a note is kept, in order."""
        return sorted(int(found[1]) for found in map(_NOTE.fullmatch, self._names()) if found)

    def note(self, size: int) -> str | None:
        """Return the note that is kept of this size."""
        data = self._read(self.folder / f"{size}.note")
        return None if data is None else data.decode("utf-8", "replace")

    def newest(self) -> str | None:
        """Return the newest cosigned note that was kept. It is not verified."""
        data = self._read(self._newest)
        return None if data is None else data.decode("utf-8", "replace")

    def keep_newest(self, note: str) -> None:
        """Keep a cosigned note as the newest one, and as an anchor.

        Raises:
            LogUnavailable: the disk refuses; nothing that was kept is lost.
        """
        self.keep(note)
        self._write(self._newest, note.encode())

    def keep(self, note: str) -> None:
        """Keep a note as the anchor of its size, unless one with as many signatures, or a stamped one, is there.

        Raises:
            LogUnavailable: it is no checkpoint, or the disk refuses.
        """
        size, signatures = _size_and_signatures(note)
        kept = self.note(size)
        if kept is not None and (self.is_stamped(size) or _size_and_signatures(kept)[1] >= signatures):
            return
        self._write(self.folder / f"{size}.note", note.encode())
        self._thin_out()

    def is_stamped(self, size: int) -> bool:
        """Say whether there is a time-stamp over the note of this size."""
        return (self.folder / f"{size}.tsr").exists()

    def stamp(self, size: int) -> tuple[bytes, bytes] | None:
        """Return the time-stamp over the note of this size, and the certificates kept with it."""
        token, chain = self._read(self.folder / f"{size}.tsr"), self._read(self.folder / f"{size}.chain.pem")
        return None if token is None else (token, chain or b"")

    def keep_stamp(self, size: int, token: bytes, chain: bytes) -> None:
        """Keep a time-stamp and its certificates. One that is there is never replaced: it is renewed.

        Raises:
            LogUnavailable: there is one already, or the disk refuses.
        """
        if self.is_stamped(size):
            raise LogUnavailable("This checkpoint is stamped already; its time-stamp is renewed, never replaced.")
        self._write(self.folder / f"{size}.chain.pem", chain)
        self._write(self.folder / f"{size}.tsr", token)

    def renewals(self, size: int) -> list[tuple[bytes, bytes]]:
        """Return the renewals of a time-stamp in their order, each with its certificates."""
        found: dict[int, tuple[bytes, bytes]] = {}
        for name in map(_RENEWAL.fullmatch, self._names()):
            if name and int(name[1]) == size:
                token = self._read(self.folder / name[0])
                chain = self._read(self.folder / f"{size}.renewal-{name[2]}.chain.pem")
                found[int(name[2])] = (token or b"", chain or b"")
        return [found[number] for number in sorted(found)]

    def keep_renewal(self, size: int, token: bytes, chain: bytes) -> None:
        """Keep one more time-stamp over a stamp and all that renewed it before.

        Raises:
            LogUnavailable: the disk refuses.
        """
        number = len(self.renewals(size)) + 1
        self._write(self.folder / f"{size}.renewal-{number}.chain.pem", chain)
        self._write(self.folder / f"{size}.renewal-{number}.tsr", token)

    def _thin_out(self) -> None:
        """Remove the last anchor but one where those before and after it lie close together."""
        sizes = self.sizes()
        if len(sizes) < 3 or self.is_stamped(sizes[-2]):
            return
        first, last = (_earliest(self.note(size)) for size in (sizes[-3], sizes[-1]))
        if first is not None and last is not None and last - first < self._spacing_s:
            (self.folder / f"{sizes[-2]}.note").unlink(missing_ok=True)

    def _names(self) -> list[str]:
        try:
            return [path.name for path in self.folder.iterdir()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise LogUnavailable(_UNREADABLE) from error

    def _read(self, path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise LogUnavailable(_UNREADABLE) from error

    def _write(self, path: Path, content: bytes) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_durably(path, content, mode=_MODE)
        except OSError as error:
            raise LogUnavailable(_UNWRITABLE) from error


def stated_times(signatures: Iterable[NoteSignature]) -> list[int]:
    """Return the times (seconds since 1970) that lines shaped like cosignatures state. Nothing is verified."""
    times = []
    for signature in signatures:
        for algorithm in (COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44):
            try:
                times.append(split_time(signature.signature, algorithm=algorithm)[0])
            except NoteRefused:
                continue
    return [time_s for time_s in times if time_s]


def _earliest(note: str | None) -> int | None:
    try:
        return None if note is None else min(stated_times(parse_note(note).signatures), default=None)
    except NoteRefused:
        return None


def _size_and_signatures(note: str) -> tuple[int, int]:
    try:
        parsed = parse_note(note)
        return parse_body(parsed.text).size, len(parsed.signatures)
    except (NoteRefused, CheckpointRefused) as error:
        raise LogUnavailable("What is to be kept as an anchor, or is kept as one, is no checkpoint.") from error
