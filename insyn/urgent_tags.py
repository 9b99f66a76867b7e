"""The supervisor's tags of urgent warrants: who was urgent before, recognisable to nobody else, and forgotten (A7).

A tag is HMAC-SHA256 of a digest under a random key of its own. Tag and key lie in one row, in the supervisor's file
alone, and go together on the day after the bar. Nothing links one row to another, nor a row to a person.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from contracts.urgent_tags import TagRequest
from governance.domain.legal_profile import LegalProfile
from governance.domain.legal_time import after_legal_days
from insyn.errors import InsynError

_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 9998


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """One tagged person, photograph or case of one urgent warrant, until `until` (seconds since 1970)."""

    warrant_id: str
    key: str
    tag: str
    until: int

    def is_of(self, digest: str) -> bool:
        """Say whether this digest was tagged."""
        return hmac.compare_digest(self.tag, _tag(bytes.fromhex(self.key), digest))


class TagFile:
    """The supervisor's file. Each use of it first forgets what is over."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def answer(self, request: TagRequest, legal: LegalProfile, *, now: datetime) -> bool:
        """A7: say whether nobody of this request was urgent before; if so, tag them until the bar is over.

        The same request again has the same answer: a warrant does not bar itself.

        Raises:
            InsynError: the file cannot be read or written; nothing is answered then.
        """
        tags = self._standing(now)
        own = [tag for tag in tags if tag.warrant_id == request.warrant_id]
        others = [tag for tag in tags if tag.warrant_id != request.warrant_id]
        if any(tag.is_of(digest) for tag in others for digest in request.digests):
            self._write(tags)
            return False
        until = int(after_legal_days(request.ends_at, legal.urgent_bar_days, legal).timestamp())
        untagged = [digest for digest in request.digests if not any(tag.is_of(digest) for tag in own)]
        fresh = [_new_tag(request, digest, until) for digest in untagged]
        self._write([*tags, *fresh])
        return True

    def end(self, warrant_id: str, ended_at: datetime, legal: LegalProfile, *, now: datetime) -> int:
        """Count the bar from when an urgent use truly ended, which can only shorten it. Return how many tags changed.

        Raises:
            InsynError: the file cannot be read or written.
        """
        until = int(after_legal_days(ended_at, legal.urgent_bar_days, legal).timestamp())
        tags, changed = [], 0
        for tag in self._standing(now):
            shorter = tag.warrant_id == warrant_id and until < tag.until
            changed += shorter
            tags.append(Tag(warrant_id=tag.warrant_id, key=tag.key, tag=tag.tag, until=until) if shorter else tag)
        self._write(tags)
        return changed

    def forget(self, *, now: datetime) -> int:
        """Destroy what is over, key and tag; return how many are left.

        Raises:
            InsynError: the file cannot be read or written.
        """
        tags = self._standing(now)
        self._write(tags)
        return len(tags)

    def _standing(self, now: datetime) -> list[Tag]:
        if not self._path.exists():
            return []
        try:
            rows = json.loads(self._path.read_bytes())
            return [tag for tag in (Tag(**row) for row in rows) if now.timestamp() < tag.until]
        except (OSError, ValueError, TypeError) as error:
            raise InsynError(f"The supervisor's tags {self._path} cannot be read; nothing is answered.") from error

    def _write(self, tags: Sequence[Tag]) -> None:
        """Write anew, for the owner alone: overwrite what was there first, so that what is forgotten is gone."""
        partial = self._path.with_suffix(".partial")
        try:
            partial.unlink(missing_ok=True)
            partial.touch(mode=0o600)
            partial.write_bytes(json.dumps([asdict(tag) for tag in tags], indent=1).encode())
            if self._path.exists():
                size = self._path.stat().st_size
                with self._path.open("r+b") as old:
                    old.write(b"\x00" * size)
                    old.flush()
            partial.replace(self._path)
        except OSError as error:
            raise InsynError(f"The supervisor's tags {self._path} cannot be written: {error.strerror}.") from error


def _new_tag(request: TagRequest, digest: str, until: int) -> Tag:
    key = secrets.token_bytes(32)
    return Tag(warrant_id=request.warrant_id, key=key.hex(), tag=_tag(key, digest), until=until)


def _tag(key: bytes, digest: str) -> str:
    return hmac.new(key, bytes.fromhex(digest), hashlib.sha256).hexdigest()


def as_utc(text: str) -> datetime:
    """Return an instant that was written with an offset.

    Raises:
        InsynError: it is none.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise InsynError("Write the instant such as 2026-03-02T12:00+01:00.") from error
    if instant.tzinfo is None:
        raise InsynError("Write the instant with its offset from UTC, such as 2026-03-02T12:00+01:00.")
    # Asked before it is converted: at the ends of the calendar an offset, or thirty days, lead outside it.
    if not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
        raise InsynError(f"Write an instant of the years {_FIRST_YEAR} to {_LAST_YEAR}; this one is too far off.")
    return instant.astimezone(UTC)
