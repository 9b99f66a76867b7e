"""The sequencer over its Unix socket, with the methods that it has itself. Safe to be used by many threads."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx

from contracts.errors import ContractError
from contracts.receipt import LogReceipt
from governance.adapters.log.wire import (
    ERRORS,
    appended_from_json,
    bytes_from_text,
    bytes_list,
    draft_to_json,
    key_from_text,
    number_from,
    text_from,
)
from governance.audit.draft import Appended, Draft
from governance.audit.errors import EntryRefused, LogUnavailable
from governance.audit.leaf import KeyRange, KeyRef

_Answer = TypeVar("_Answer")

_TIMEOUT: Final = httpx.Timeout(30.0, connect=3.0)
_LIMITS: Final = httpx.Limits(max_connections=128, max_keepalive_connections=128, keepalive_expiry=10)
_SILENT: Final = "The sequencer does not answer; see that it runs, then try again."
_NOT_UNDERSTOOD: Final = "The sequencer answered something that it should not; see that both are of one version."


class SequencerClient:
    """A sequencer in another process. Whatever goes wrong on the way is `LogUnavailable`."""

    def __init__(self, socket: Path) -> None:
        self._client = httpx.Client(
            transport=httpx.HTTPTransport(uds=str(socket), limits=_LIMITS),
            base_url="http://sequencer",
            timeout=_TIMEOUT,
        )

    def identity(self) -> tuple[str, bytes]:
        """Return the log's origin and the public key that signs it, as the sequencer says."""
        value = self._get("/identity")
        return _understood(lambda: (text_from(value["origin"]), bytes_from_text(value["public_key"])))

    def append(self, request_id: str, drafts: Sequence[Draft]) -> Appended:
        """Append entries, contiguous and durable. The same request again has the same answer.

        If the connection is cut it is sent once more: the sequencer knows a request by its id.

        Raises:
            EntryRefused: a draft is no entry of this log, or its number is not its producer's next.
            ClockWentBack: the sequencer's clock lies more than a second before the last entry.
            LogFull: too many wait; nothing of this was written.
            LogUnavailable: it is not known to be written.
        """
        value = self._twice(
            "POST", "/append", {"drafts": [draft_to_json(draft) for draft in drafts], "request_id": request_id}
        )
        return _understood(lambda: appended_from_json(value))

    def receipt(self, index: int) -> LogReceipt:
        """Return the receipt of an entry, which the sequencer verified; whoever acts on it verifies it again."""
        value = self._post("/receipt", {"index": index})
        try:
            return LogReceipt.from_json(value)
        except ContractError as error:
            raise LogUnavailable(_NOT_UNDERSTOOD) from error

    def checkpoint(self) -> str:
        """Return the signed note over the newest committed head."""
        value = self._get("/head")
        return _understood(lambda: text_from(value["checkpoint"]))

    def cosigned(self) -> str | None:
        """Return the newest checkpoint that the witnesses cosigned, if witnesses are configured and there is one."""
        value = self._get("/head")
        return _understood(lambda: None if value["cosigned"] is None else text_from(value["cosigned"]))

    def size(self) -> int:
        """Return the number of committed entries."""
        value = self._get("/size")
        return _understood(lambda: number_from(value["size"]))

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """Return the proof that the log of `new` entries extends the one of `old`; none where it is trivial."""
        value = self._post("/consistency", {"new": new, "old": old})
        return _understood(lambda: bytes_list(value["proof"]))

    def entries(self, *, first: int, count: int) -> tuple[bytes, ...]:
        """Return up to `count` committed leaves from an index on. They are not proven."""
        value = self._post("/entries", {"count": count, "first": first})
        return _understood(lambda: bytes_list(value["leaves"]))

    def boxes(self, keys: Sequence[KeyRef]) -> Mapping[KeyRef, bytes]:
        """Return the sealed payloads of these keys; erased ones are missing."""
        value = self._post("/boxes", {"keys": [key.text for key in keys]})
        return _understood(lambda: {key_from_text(key): bytes_from_text(box) for key, box in value["boxes"].items()})

    def erase_boxes(self, ranges: Sequence[KeyRange]) -> int:
        """Erase the sealed payloads whose keys lie in these ranges; return how many there were."""
        value = self._post("/erase-boxes", {"ranges": [one.to_json() for one in ranges]})
        return _understood(lambda: number_from(value["count"]))

    def last_number(self, src: str) -> int:
        """Return the number of this producer's last committed entry; 0 where it never wrote."""
        value = self._post("/last-number", {"src": src})
        return _understood(lambda: number_from(value["number"]))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _get(self, path: str) -> Any:
        return self._twice("GET", path, None)

    def _post(self, path: str, body: dict[str, object]) -> Any:
        try:
            return self._twice("POST", path, body)
        except EntryRefused as error:
            raise LogUnavailable(str(error)) from error

    def _twice(self, method: str, path: str, body: dict[str, object] | None) -> Any:
        """Ask, and once more if the connection is cut: nothing that is asked does harm a second time."""
        try:
            return self._once(method, path, body)
        except _Cut:
            return self._once(method, path, body)

    def _once(self, method: str, path: str, body: dict[str, object] | None) -> Any:
        try:
            answer = self._client.request(method, path, json=body)
        except (httpx.ConnectError, httpx.TimeoutException) as error:
            raise LogUnavailable(_SILENT) from error
        except httpx.HTTPError as error:
            raise _Cut(_SILENT) from error
        try:
            value = answer.json()
            if answer.status_code != httpx.codes.OK:
                raise ERRORS[value["error"]](str(value["detail"]))
        except (ValueError, KeyError, TypeError) as error:
            raise LogUnavailable(_NOT_UNDERSTOOD) from error
        return value


class _Cut(LogUnavailable):
    """The connection was cut while the answer was awaited."""


def _understood(read: Callable[[], _Answer]) -> _Answer:
    try:
        return read()
    except (KeyError, TypeError, AttributeError, EntryRefused) as error:
        raise LogUnavailable(_NOT_UNDERSTOOD) from error
