"""Warrants that their issuer took back: this site never again honours them, whatever anybody sends (law.md A8).

The signed records lie in one file beside the site's keys, because the matcher's process ends with each authority. They
hold opaque ids and hashes. One is kept until the warrant's own end; after that its window refuses it.
"""

import os
import threading
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from contracts.canonical import decode, encode
from contracts.errors import ContractError
from contracts.fields import Fields
from contracts.issuer_stops import StopRecord, read_stop
from contracts.signature import Signed
from contracts.trust import TrustedKeys
from contracts.vocabulary import WarrantId
from matcher.errors import MatcherError

_KIND: Final = "insyn/stopped-warrants/1"
_KEPT_AT_LEAST: Final = timedelta(days=60)
"""Longer than any warrant waits and lasts, in case the record states its end wrongly."""
_Key = tuple[str, str]
"""The warrant's hash, and the issuer who spoke."""
_Kept = tuple[Signed, StopRecord]


class StoppedRefused(MatcherError):
    """The file of stopped warrants cannot be read or written: without it the site honours no warrant."""


class StoppedWarrants:
    """The warrants that are stopped at this site. Safe to use from several threads."""

    def __init__(self, path: Path, trusted: TrustedKeys) -> None:
        """Read the file, if there is one. What is in it was verified when it came; the list may have changed since.

        Raises:
            StoppedRefused: it is damaged.
        """
        self._path = path
        self._trusted = trusted
        self._lock = threading.Lock()
        self._kept = _read(path)

    def take(self, stops: Iterable[Signed], now: datetime) -> frozenset[WarrantId]:
        """A8: verify, remember, and return whose warrants these records stop. What is not the issuer's stops nothing.

        Raises:
            StoppedRefused: they cannot be kept. The caller ends then, and so does every authority.
        """
        new: dict[_Key, _Kept] = {}
        for signed in stops:
            try:
                record = read_stop(signed, self._trusted, now)
            except ContractError:
                continue
            new[record.warrant_sha256, record.said.issuer] = (signed, record)
        with self._lock:
            fresh = {key: one for key, one in new.items() if key not in self._kept}
            if fresh:
                standing = {key: one for key, one in self._kept.items() if now < _kept_until(one[1])}
                _write(self._path, [signed for signed, _ in (*standing.values(), *fresh.values())])
                self._kept = {**standing, **fresh}
        return frozenset(record.warrant_id for _, record in new.values())

    def holds(self, warrant_sha256: str, issuer: str) -> bool:
        """Say whether the issuer of the warrant of this hash took it back. Another issuer's word does not count."""
        with self._lock:
            return (warrant_sha256, issuer) in self._kept


def _kept_until(record: StopRecord) -> datetime:
    return max(record.not_after, record.said.issued_at + _KEPT_AT_LEAST)


def _read(path: Path) -> dict[_Key, _Kept]:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StoppedRefused(f"The file of stopped warrants {path.name} cannot be read: {error.strerror}.") from error
    try:
        fields = Fields(decode(data), "file of stopped warrants")
        fields.kind(_KIND)
        signed = fields.items("stops", Signed.from_json)
        fields.end()
        records = [(one, StopRecord.of(one.payload)) for one in signed]
    except ContractError as error:
        raise StoppedRefused(
            f"The file of stopped warrants {path.name} is damaged; restore it, or no warrant is honoured here."
        ) from error
    return {(record.warrant_sha256, record.said.issuer): (one, record) for one, record in records}


def _write(path: Path, stops: list[Signed]) -> None:
    new = path.with_name(path.name + ".new")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(encode({"kind": _KIND, "stops": [one.to_json() for one in stops]}))
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        raise StoppedRefused(f"The file of stopped warrants cannot be written: {error.strerror}.") from error
