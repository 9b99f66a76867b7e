"""The key vault over its Unix socket, with the methods that it has itself. Safe to be used by many threads."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx

from contracts.receipt import LogReceipt
from governance.audit.base64_strict import encode64
from governance.audit.errors import LogError, LogUnavailable
from governance.audit.inventory import Destroyed, Inventory
from governance.audit.leaf import KeyRange, KeyRef

_T = TypeVar("_T")
_TIMEOUT: Final = httpx.Timeout(30.0, connect=3.0)
_SILENT: Final = "The key vault does not answer; see that it runs, then try again."
_NOT_UNDERSTOOD: Final = "The key vault answered something that it should not; see that both are of one version."


class VaultClient:
    """A key vault in another process. Whatever goes wrong, its refusals too, is `LogUnavailable` with one sentence."""

    def __init__(self, socket: Path) -> None:
        self._client = httpx.Client(
            transport=httpx.HTTPTransport(uds=str(socket)), base_url="http://vault", timeout=_TIMEOUT
        )

    def allot(self, requests: Sequence[tuple[str, int]]) -> tuple[tuple[KeyRef, bytes], ...]:
        """Return a fresh key for each (class, due day), in order. What is lost on the way stays lost."""
        value = self._asked("/keys", {"requests": [list(one) for one in requests]})
        keys = _read(lambda: tuple((KeyRef.parse(name), _key(secret)) for name, secret in value["keys"]))
        if [(key.data_class, key.day) for key, _ in keys] != list(requests):
            raise LogUnavailable(_NOT_UNDERSTOOD)
        return keys

    def release(
        self, keys: Sequence[KeyRef], receipt: LogReceipt, consistency: Sequence[bytes]
    ) -> Mapping[KeyRef, bytes]:
        """Return the keys that a fresh entry lists under `opens`, each once. Destroyed ones are missing."""
        body: dict[str, object] = {
            "consistency": [encode64(node) for node in consistency],
            "keys": [key.text for key in keys],
            "receipt": _bare(receipt),
        }
        value = self._asked("/releases", body)
        return _read(lambda: {KeyRef.parse(name): _key(secret) for name, secret in value["keys"].items()})

    def destroy(
        self, ranges: Sequence[KeyRange], receipt: LogReceipt, consistency: Sequence[bytes], cosigned: str | None
    ) -> Destroyed:
        """Destroy the keys that an `erasure.intend` lists. When this returns both of the vault's copies confirm it."""
        body: dict[str, object] = {
            "consistency": [encode64(node) for node in consistency],
            "cosigned": cosigned,
            "ranges": [one.to_json() for one in ranges],
            "receipt": _bare(receipt),
        }
        value = self._asked("/destructions", body)
        return _read(
            lambda: Destroyed(before=_key(value["before"]), after=_key(value["after"]), count=int(value["count"]))
        )

    def witnessed(self, note: str, consistency: Sequence[bytes] = ()) -> int:
        """Hand the vault a cosigned checkpoint; return the time (seconds since 1970) that the quorum states."""
        value = self._asked("/witnessed", {"consistency": [encode64(node) for node in consistency], "note": note})
        return _read(lambda: int(value["time_s"]))

    def seen(self) -> tuple[int, bytes]:
        """Return size and root of the last checkpoint that the vault believed: what `consistency` must start from."""
        value = self._got("/seen")
        return _read(lambda: (int(value["size"]), _key(value["root"])))

    def days(self) -> tuple[tuple[str, int], ...]:
        """Return every (class, due day) of which a key may still live."""
        value = self._got("/days")
        return _read(lambda: tuple((str(data_class), int(day)) for data_class, day in value["days"]))

    def inventory(self) -> Inventory:
        """Return what the vault holds, without a key in it."""
        answer = self._sent("GET", "/inventory")
        try:
            return Inventory.from_bytes(answer.content)
        except LogError as error:
            raise LogUnavailable(_NOT_UNDERSTOOD) from error

    def inventory_root(self) -> bytes:
        """Return the root of the vault's inventory, as it is now: 32 bytes."""
        value = self._got("/inventory/root")
        return _read(lambda: _key(value["root"]))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _asked(self, path: str, body: dict[str, object]) -> Any:
        return _json(self._sent("POST", path, body))

    def _got(self, path: str) -> Any:
        return _json(self._sent("GET", path))

    def _sent(self, method: str, path: str, body: dict[str, object] | None = None) -> httpx.Response:
        try:
            answer = self._client.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise LogUnavailable(_SILENT) from error
        if answer.status_code != httpx.codes.OK:
            raise LogUnavailable(_sentence(answer))
        return answer


def _bare(receipt: LogReceipt) -> dict[str, object]:
    """Return the receipt without what it discloses: the vault is told of keys, never of what an entry is about."""
    return receipt.disclosing(()).to_json()


def _sentence(answer: httpx.Response) -> str:
    value = _json(answer)
    sentence = value.get("detail") if isinstance(value, dict) else None
    return sentence if isinstance(sentence, str) else _NOT_UNDERSTOOD


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError as error:
        raise LogUnavailable(_NOT_UNDERSTOOD) from error


def _key(value: object) -> bytes:
    data = base64.b64decode(str(value), validate=True)
    if len(data) != 32:
        raise ValueError
    return data


def _read(read: Callable[[], _T]) -> _T:
    try:
        return read()
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error, LogError) as error:
        raise LogUnavailable(_NOT_UNDERSTOOD) from error
