"""The keys that candidates are sealed to: one for each deployment and day, made here, destroyed here.

A destroyed key leaves a mark, so that it is never made again: what was sealed to it stays closed (invariant 6).
"""

import os
import re
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from contracts.authorisation import DayKey
from contracts.canonical import sha256_hex
from contracts.sealing import OpeningKey
from contracts.signature import Purpose, Signed, SigningKey
from contracts.vocabulary import DeploymentId
from matcher.errors import MatcherError
from matcher.keys import opened_key
from matcher.wiping import unsafe_wipe_bytes

KEY_LIFE: Final = timedelta(days=31)
"""Alerts are gone after at most 31 days (law.md C4), so their keys are too."""

_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_AHEAD: Final = timedelta(days=1)


class DayKeyRefused(MatcherError):
    """There is no such day key, and none will be made."""


class DayKeys:
    """The day keys of all deployments, in one folder that only this process reads."""

    def __init__(self, folder: Path, signing_key: SigningKey, now: Callable[[], datetime]) -> None:
        self._folder = folder
        self._signing_key = signing_key
        self._now = now

    def issue(self, deployment_id: str, day: str) -> Signed:
        """Return the signed day key, making it the first time.

        Raises:
            DayKeyRefused: the day is not about today, or its key was destroyed.
        """
        self.destroy_old()
        path = self._path(deployment_id, day)
        self._require_current(day)
        if _mark(path).exists():
            raise DayKeyRefused("The key of this day was destroyed and is never made again.")
        if not path.exists():
            _write_new(path, OpeningKey.generate())
        return self._signing_key.sign(Purpose.DAY_KEY, self._record(deployment_id, day, path).to_bytes())

    def find(self, deployment_id: str, around: datetime, day_key_sha256: str) -> Path:
        """Return the file of the key that a report names by hash: of the report's day, or the one before.

        Raises:
            DayKeyRefused: it is not here (any more).
        """
        for days in (0, -1, 1):
            day = (around + timedelta(days=days)).astimezone(UTC).strftime("%Y-%m-%d")
            path = self._path(deployment_id, day)
            if path.exists() and sha256_hex(self._record(deployment_id, day, path).to_bytes()) == day_key_sha256:
                return path
        raise DayKeyRefused("The key that these crops were sealed to is not here, or was destroyed.")

    def destroy(self, deployment_id: str, day: str) -> None:
        """Destroy a key: overwritten, removed, and marked. Destroying it again changes nothing.

        On a disk that moves blocks about, the overwriting reaches the old ones only by the disk's own erasure.
        """
        path = self._path(deployment_id, day)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _mark(path).touch(mode=0o600)
        _overwrite_and_remove(path)

    def destroy_old(self) -> int:
        """Destroy all keys older than `KEY_LIFE`; return how many."""
        oldest = (self._now() - KEY_LIFE).strftime("%Y-%m-%d")
        old = [path for path in self._folder.glob("*/*.key") if path.stem < oldest]
        for path in old:
            _mark(path).touch(mode=0o600)
            _overwrite_and_remove(path)
        return len(old)

    def _record(self, deployment_id: str, day: str, path: Path) -> DayKey:
        with opened_key(path) as key:
            return DayKey(deployment_id=DeploymentId(deployment_id), day=day, public=key.public)

    def _path(self, deployment_id: str, day: str) -> Path:
        try:
            written = date.fromisoformat(day).isoformat()
        except ValueError as error:
            raise DayKeyRefused("A day is written like 2026-01-31.") from error
        if written != day or not _IDENTIFIER.fullmatch(deployment_id):
            raise DayKeyRefused("A day key is named by a deployment and a day like 2026-01-31.")
        return self._folder / deployment_id / f"{day}.key"

    def _require_current(self, day: str) -> None:
        now = self._now()
        earliest, latest = (now - KEY_LIFE).strftime("%Y-%m-%d"), (now + _AHEAD).strftime("%Y-%m-%d")
        if not earliest <= day <= latest:
            raise DayKeyRefused("A day key is made for today or tomorrow, and kept for 31 days.")


def _mark(path: Path) -> Path:
    return path.with_suffix(".destroyed")


def _write_new(path: Path, key: OpeningKey) -> None:
    """Write a key so that a crash leaves all of it or none; two that write at once end with one key."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret = key.secret
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            file.write(secret)
            os.fsync(file.fileno())
        os.link(name, path)
    except FileExistsError:
        pass
    except OSError as error:
        raise DayKeyRefused("The day key cannot be stored; free some space on the disk.") from error
    finally:
        unsafe_wipe_bytes(secret)
        Path(name).unlink(missing_ok=True)


def _overwrite_and_remove(path: Path) -> None:
    try:
        with path.open("r+b", buffering=0) as file:
            file.write(os.urandom(32))
            os.fsync(file.fileno())
        path.unlink()
    except FileNotFoundError:
        return
