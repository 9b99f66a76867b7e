"""Two ways to an authority: HTTP to its receiving server, or a folder from which people carry files (A10).

In the folder a notification lies as `<id>.json`; its acknowledgement is expected beside it as `<id>.ack.json`.
"""

import ipaddress
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx

from contracts.canonical import encode
from contracts.errors import Malformed
from contracts.notification import Authority
from contracts.signature import Signed
from governance.application.errors import NotUnderstood, StorageFailed, Unavailable

_LARGEST_ANSWER: Final = 64 * 1024
_TIME_OUT: Final = httpx.Timeout(5.0)


class NotificationCourier:
    """Carries to addresses (`https://…`, `http://` on this machine alone) or folders, one for each authority."""

    def __init__(self, ways: Mapping[str, str]) -> None:
        self._ways = dict(ways)
        self._client = httpx.Client(timeout=_TIME_OUT, follow_redirects=False, trust_env=False)
        for way in self._ways.values():
            _require_safe(way)

    def deliver(self, authority: str, notification_id: str, signed: Signed) -> Signed | None:
        """Hand over, and return the acknowledgement if there is one yet.

        Raises:
            Unavailable: nobody takes it, or no way to this authority is named.
            NotUnderstood: the answer is no acknowledgement.
        """
        way = self._ways.get(authority)
        if way is None:
            raise Unavailable(f"No way to the {authority} authority is named; name one in the file of ways.")
        if "://" in way:
            return self._post(way, signed)
        return _lay_down(Path(way), notification_id, signed)

    def has_way(self, authority: str) -> bool:
        """Say whether a way to this authority is named."""
        return authority in self._ways

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _post(self, address: str, signed: Signed) -> Signed:
        try:
            answer = self._client.post(address.rstrip("/") + "/notifications", content=encode(signed.to_json()))
        except httpx.HTTPError as error:
            raise Unavailable("The authority's server does not answer; it is tried again.") from error
        if not answer.is_success or len(answer.content) > _LARGEST_ANSWER:
            raise Unavailable("The authority's server did not take the notification; it is tried again.")
        return _read(answer.content)


def read_ways(path: Path) -> Mapping[str, str]:
    """Read the file that names the way to each authority: a JSON object of addresses or folders.

    Raises:
        StorageFailed: it cannot be read.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StorageFailed(f"The file of ways to the authorities {path} cannot be read.") from error
    if not isinstance(value, dict) or not all(isinstance(way, str) for way in value.values()):
        raise StorageFailed(f"The file of ways to the authorities {path} is not a JSON object of texts.")
    known = sorted(authority.value for authority in Authority)
    if not value.keys() <= set(known):
        raise StorageFailed(f"The file of ways to the authorities {path} may name {' and '.join(known)} alone.")
    return value


def _lay_down(folder: Path, notification_id: str, signed: Signed) -> Signed | None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        answer = folder / f"{notification_id}.ack.json"
        if answer.exists():
            return _read(answer.read_bytes())
        partial = folder / f"{notification_id}.partial"
        partial.write_bytes(encode(signed.to_json()))
        partial.replace(folder / f"{notification_id}.json")
    except OSError as error:
        raise Unavailable("The folder of an authority's notifications cannot be used; mend its rights.") from error
    return None


def _read(content: bytes) -> Signed:
    try:
        return Signed.from_json(json.loads(content))
    except (ValueError, RecursionError, Malformed) as error:
        raise NotUnderstood("The authority's answer is no acknowledgement.") from error


def _require_safe(way: str) -> None:
    parts = urlsplit(way)
    if "://" not in way or parts.scheme == "https":
        return
    if parts.scheme != "http" or not _is_loopback(parts.hostname):
        raise StorageFailed("The way to an authority is https://…, http:// on this machine alone, or a folder.")


def _is_loopback(host: str | None) -> bool:
    try:
        return host is not None and ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
