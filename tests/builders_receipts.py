"""Receipts of the log for tests: small logs of filler around one entry, signed with a site's log key."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from contracts.canonical import encode
from contracts.receipt import Disclosure, LogReceipt, log_key_id
from tests.builders_contracts import LOG_ORIGIN, NOON, TrustedSite


def a_receipt(
    site: TrustedSite, entry: "dict[str, object] | ToldEntry", *, index: int = 5, size: int = 8
) -> LogReceipt:
    """Return a good receipt for one entry in a log of `size` entries, the others being filler."""
    leaves = [f"filler {number}".encode() for number in range(size)]
    told = entry if isinstance(entry, ToldEntry) else ToldEntry(entry=entry, disclosures=())
    leaves[index] = encode(told.entry)
    return LogReceipt(
        index=index,
        leaf=leaves[index],
        proof=tuple(_inclusion_proof(leaves, index)),
        checkpoint=a_checkpoint(site, size, _root(leaves)),
        disclosures=told.disclosures,
    )


def a_checkpoint(site: TrustedSite, size: int, root: bytes, *, origin: str = LOG_ORIGIN) -> str:
    """Return a checkpoint signed by the log key, as a C2SP signed note."""
    body = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"
    signature = log_key_id(origin, site.log.public) + site.log.private.sign(body.encode())
    return f"{body}\n— {origin} {base64.b64encode(signature).decode()}\n"


@dataclass(frozen=True, kw_only=True)
class ToldEntry:
    """An entry, and what its receipt discloses."""

    entry: dict[str, object]
    disclosures: tuple[Disclosure, ...]


def a_view_entry(report_id: str, crops_sha256: str, *, now: datetime = NOON, **changes: object) -> ToldEntry:
    """Return the log entry that says: this alert is about to be shown. A change of `None` leaves a part out.

    `alert` and `crops` change what the entry commits to; `told` replaces what the receipt then discloses.
    """
    told = changes.pop("told", None)
    told_of = {"alert": report_id, "crops": crops_sha256}
    about = {name: changes.pop(name, value) for name, value in told_of.items()}
    payload = encode({key: value for key, value in about.items() if value is not None})
    entry: dict[str, object] = {
        "e": "candidate.view",
        "sn": 7,
        "src": "governance",
        "t": int(now.timestamp() * 1000),
        "v": 1,
        **changes,
    }
    entry["p"] = [{**_compartment(entry, payload), **cast("dict[str, object]", changes.get("p", {}))}]
    disclosed = Disclosure(group="subject", payload=told if isinstance(told, bytes) else payload, commit_key=COMMIT_KEY)
    return ToldEntry(entry={k: v for k, v in entry.items() if v is not None}, disclosures=(disclosed,))


COMMIT_KEY: Final = b"\x0c" * 32


def _compartment(entry: Mapping[str, object], payload: bytes) -> dict[str, object]:
    """Commit to the payload as docs/audit-log.md says, in words of this builder's own."""
    number = entry["sn"] if isinstance(entry["sn"], int) else 0
    context = f"{entry['e']}\0subject\0{entry['src']}\0".encode() + number.to_bytes(8, "big")
    mac = hmac.new(COMMIT_KEY, len(context).to_bytes(2, "big") + context + payload, hashlib.sha256)
    return {
        "c": base64.b64encode(mac.digest()).decode(),
        "d": 20_697,
        "g": "subject",
        "k": "00000000",
        "r": "log-subject",
        "x": base64.b64encode(bytes(32)).decode(),
    }


def _split(count: int) -> int:
    """Return the largest power of two smaller than `count` (RFC 6962, 2.1)."""
    return 1 << (count - 1).bit_length() - 1


def _root(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    middle = _split(len(leaves))
    return hashlib.sha256(b"\x01" + _root(leaves[:middle]) + _root(leaves[middle:])).digest()


def _inclusion_proof(leaves: list[bytes], index: int) -> list[bytes]:
    if len(leaves) == 1:
        return []
    middle = _split(len(leaves))
    if index < middle:
        return [*_inclusion_proof(leaves[:middle], index), _root(leaves[middle:])]
    return [*_inclusion_proof(leaves[middle:], index - middle), _root(leaves[:middle])]
