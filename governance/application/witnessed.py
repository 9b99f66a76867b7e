"""How lately other organisations confirmed the log, for the line that every page carries."""

from datetime import UTC, datetime, timedelta
from typing import Final

from governance.application.ports import Witnesses
from governance.audit.cosignature import split_time
from governance.audit.errors import LogError, NoteRefused
from governance.audit.note import COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44, parse_note

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def cosigned_at(witnesses: Witnesses) -> datetime | None:
    """Return the earliest time that the newest cosigned checkpoint states; nothing where there is none, or no answer.

    For people's eyes: that the quorum is met, and lately, is checked elsewhere before anything is shown.
    """
    try:
        note = witnesses.newest()
        times = [] if note is None else _stated(note)
    except LogError:
        return None
    return _EPOCH + timedelta(seconds=min(times)) if times else None


def _stated(note: str) -> list[int]:
    times = []
    for signature in parse_note(note).signatures:
        for algorithm in (COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44):
            try:
                time_s, _ = split_time(signature.signature, algorithm=algorithm)
            except NoteRefused:
                continue
            if 0 < time_s < _LATEST:
                times.append(time_s)
    return times


_LATEST: Final = 253_402_300_799
"""The last second of the year 9999."""
