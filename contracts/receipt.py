"""A log receipt: proof that an entry stands in the transparency log, verified by whoever is asked to show something.

Verification follows RFC 9162, 2.1.3.2, iteratively; the log generates its proofs by other code (RFC 6962, 2.1.1). The
checkpoint is a C2SP tlog-checkpoint in a signed note, its signature Ed25519 (type 0x01).

An entry's leaf tells nothing of anybody: it holds commitments to sealed groups of fields. A receipt can disclose one
to whoever must know what the entry is about; the group is then held against its commitment.
"""

import base64
import binascii
import hashlib
import hmac
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contracts.canonical import decode
from contracts.errors import Malformed, ReceiptRefused
from contracts.fields import Fields, format_bytes

_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
_ED25519: Final = b"\x01"
_MAX_SIGNATURES: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """One sealed group of an entry, told to whoever gets the receipt: its canonical payload, the key of its commitment.

    The commitment's key opens no box: it shows that the payload is the one that was committed to, and nothing else.
    """

    group: str
    payload: bytes = field(repr=False)
    commit_key: bytes = field(repr=False)

    def to_json(self) -> dict[str, object]:
        """Return the disclosure as a JSON object."""
        return {
            "commit_key": format_bytes(self.commit_key),
            "group": self.group,
            "payload": format_bytes(self.payload),
        }

    @classmethod
    def from_json(cls, value: object) -> "Disclosure":
        """Read a disclosure.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(value, "disclosure")
        disclosure = cls(
            group=fields.identifier("group"),
            payload=fields.binary("payload"),
            commit_key=fields.binary("commit_key", length=32),
        )
        fields.end()
        return disclosure


@dataclass(frozen=True, slots=True, kw_only=True)
class LogReceipt:
    """One entry's bytes, its place, and the way from it to a signed checkpoint. Not yet verified."""

    index: int
    leaf: bytes
    proof: tuple[bytes, ...]
    checkpoint: str
    disclosures: tuple[Disclosure, ...] = field(default=(), repr=False)

    def disclosing(self, disclosures: tuple[Disclosure, ...]) -> "LogReceipt":
        """Return this receipt with what it discloses of its entry."""
        return replace(self, disclosures=disclosures)

    @property
    def size(self) -> int:
        """The size that the checkpoint names. Nothing about it is verified.

        Raises:
            ReceiptRefused: it names none.
        """
        lines = self.checkpoint.split("\n", 2)
        if len(lines) != 3 or not _SIZE.fullmatch(lines[1]):
            raise ReceiptRefused("This is not a checkpoint of the expected log.")
        return int(lines[1])

    def to_json(self) -> dict[str, object]:
        """Return the receipt as a JSON object."""
        return {
            "checkpoint": self.checkpoint,
            "disclosures": [one.to_json() for one in self.disclosures],
            "index": self.index,
            "leaf": format_bytes(self.leaf),
            "proof": [format_bytes(node) for node in self.proof],
        }

    @classmethod
    def from_json(cls, value: object) -> "LogReceipt":
        """Read a receipt.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(value, "log receipt")
        receipt = cls(
            index=fields.integer("index", minimum=0, maximum=2**53 - 1),
            leaf=fields.binary("leaf"),
            proof=fields.items("proof", _node),
            checkpoint=fields.text("checkpoint"),
            disclosures=fields.items("disclosures", Disclosure.from_json),
        )
        fields.end()
        return receipt


def _node(value: object) -> bytes:
    return Fields({"node": value}, "proof").binary("node", length=32)


def log_key_id(origin: str, public_key: bytes) -> bytes:
    """Return the four bytes by which a signed note names an Ed25519 key (C2SP signed-note)."""
    return hashlib.sha256(origin.encode() + b"\n" + _ED25519 + public_key).digest()[:4]


def verify_receipt(receipt: LogReceipt, *, origin: str, log_key: bytes) -> bytes:
    """Return the entry's bytes, proven to stand in the log of this origin and key.

    Raises:
        ReceiptRefused: the checkpoint is not this log's, its signature is wrong, or the proof leads elsewhere.
    """
    size, root = _open_checkpoint(receipt.checkpoint, origin, log_key)
    leaf_hash = hashlib.sha256(b"\x00" + receipt.leaf).digest()
    if _root_from(leaf_hash, receipt.index, size, receipt.proof) != root:
        raise ReceiptRefused("The inclusion proof does not lead to the checkpoint's root.")
    return receipt.leaf


def disclosed(receipt: LogReceipt, group: str) -> Mapping[str, object]:
    """Return the fields of one disclosed group, held against the commitment in the leaf. Verify the receipt first.

    Raises:
        ReceiptRefused: the receipt does not disclose the group, the entry has no such group or two, or it is another.
    """
    told = [one for one in receipt.disclosures if one.group == group]
    if len(told) != 1:
        raise ReceiptRefused("The receipt does not disclose what its entry is about.")
    context, commitment = _committed(receipt.leaf, group)
    bound = struct.pack(">H", len(context)) + context + told[0].payload
    if not hmac.compare_digest(hmac.digest(told[0].commit_key, bound, "sha256"), commitment):
        raise ReceiptRefused("What the receipt discloses is not what its entry committed to.")
    try:
        fields = decode(told[0].payload)
    except Malformed as error:
        raise ReceiptRefused("What the receipt discloses is not what an entry holds.") from error
    if not isinstance(fields, dict):
        raise ReceiptRefused("What the receipt discloses is not what an entry holds.")
    return fields


def _committed(leaf: bytes, group: str) -> tuple[bytes, bytes]:
    """Return the context and the commitment of the one group of this name, as the leaf has them."""
    refusal = ReceiptRefused("The log entry is not as this version writes them.")
    try:
        entry = decode(leaf)
    except Malformed as error:
        raise refusal from error
    match entry:
        case {"v": 1, "e": str(event), "src": str(source), "sn": int(number), "p": list(groups)} if 0 < number < 2**53:
            found = [one for one in groups if isinstance(one, dict) and one.get("g") == group]
        case _:
            raise refusal
    if len(found) != 1 or not isinstance(found[0].get("c"), str):
        raise ReceiptRefused("The log entry has no such group.")
    context = b"\x00".join([event.encode(), group.encode(), source.encode(), struct.pack(">Q", number)])
    return context, _decode64(found[0]["c"])


def _open_checkpoint(note: str, origin: str, log_key: bytes) -> tuple[int, bytes]:
    """Verify a signed checkpoint of three lines and return its tree size and root hash."""
    body, separator, signatures = note.partition("\n\n")
    lines = body.split("\n")
    if not separator or len(lines) != 3 or lines[0] != origin or not _SIZE.fullmatch(lines[1]):
        raise ReceiptRefused("This is not a checkpoint of the expected log.")
    _require_signature(body.encode() + b"\n", signatures, origin, log_key)
    root = _decode64(lines[2])
    if len(root) != 32:
        raise ReceiptRefused("The checkpoint's root hash has not 32 bytes.")
    return int(lines[1]), root


def _require_signature(signed: bytes, signatures: str, origin: str, log_key: bytes) -> None:
    """Require one good signature of the log. Unknown keys are ignored; a bad signature of a known key is not."""
    lines = signatures.split("\n")
    if lines.pop() != "" or not 1 <= len(lines) <= _MAX_SIGNATURES:
        raise ReceiptRefused("The checkpoint's signature lines are not as a signed note has them.")
    found = False
    for line in lines:
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        if dash != "—" or not name or not encoded:
            raise ReceiptRefused("A signature line of the checkpoint is malformed.")
        data = _decode64(encoded)
        if name != origin or data[:4] != log_key_id(origin, log_key):
            continue
        _require_good(signed, data[4:], log_key)
        found = True
    if not found:
        raise ReceiptRefused("The checkpoint is not signed by the pinned log key.")


def _require_good(signed: bytes, signature: bytes, log_key: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(log_key).verify(signature, signed)
    except (InvalidSignature, ValueError) as error:
        raise ReceiptRefused("The log's signature on the checkpoint is wrong.") from error


def _decode64(text: str) -> bytes:
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ReceiptRefused("The checkpoint holds something that is not base64.") from error
    if format_bytes(data) != text:
        raise ReceiptRefused("The checkpoint spells something in base64 otherwise than it must be spelt.")
    return data


def _root_from(leaf_hash: bytes, index: int, size: int, proof: tuple[bytes, ...]) -> bytes:
    """Follow RFC 9162, 2.1.3.2: from a leaf's hash to the root that the proof implies."""
    if not 0 <= index < size:
        raise ReceiptRefused("The entry's index lies outside the checkpoint's tree.")
    node, last, current = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            raise ReceiptRefused("The inclusion proof is too long.")
        if node & 1 or node == last:
            current = _parent(sibling, current)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            current = _parent(current, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise ReceiptRefused("The inclusion proof is too short.")
    return current


def _parent(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
