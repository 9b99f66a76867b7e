"""Checkpoints: a tree head in the text of C2SP tlog-checkpoint, signed as C2SP signed-note says (Ed25519, type 0x01).

Signing and verifying functions come in from outside, so this module needs the standard library only.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from governance.audit.errors import CheckpointRefused

Sign = Callable[[bytes], bytes]
"""Signs a message with the log's Ed25519 key: 64 bytes."""

VerifySignature = Callable[[bytes, bytes, bytes], bool]
"""(public key of 32 bytes, signature of 64 bytes, message) -> whether the Ed25519 signature is good."""

_ED25519: Final = b"\x01"
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
_NAME: Final = re.compile(r"[^\s+]+")
_MAX_SIGNATURES: Final = 100
_MAX_CHARACTERS: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A log's origin, the number of its entries and its 32-byte root. Three lines, no extensions."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """Return the text that is signed, its last newline included."""
        return f"{self.origin}\n{self.size}\n{_encode64(self.root)}\n"


def key_hash(name: str, public_key: bytes) -> bytes:
    """Return the four bytes by which a signed note names an Ed25519 key."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public_key).digest()[:4]


def signed_note(checkpoint: Checkpoint, *, public_key: bytes, sign: Sign) -> str:
    """Return the checkpoint signed by the log.

    Raises:
        CheckpointRefused: the origin cannot be written in a note, or the root has not 32 bytes.
    """
    if not _NAME.fullmatch(checkpoint.origin) or len(checkpoint.root) != 32 or checkpoint.size < 0:
        raise CheckpointRefused("A checkpoint needs an origin without spaces or '+', a size and a root of 32 bytes.")
    body = checkpoint.body()
    signature = key_hash(checkpoint.origin, public_key) + sign(body.encode())
    return f"{body}\n— {checkpoint.origin} {_encode64(signature)}\n"


def open_checkpoint(note: str, *, origin: str, public_key: bytes, verify: VerifySignature) -> Checkpoint:
    """Return the checkpoint of a signed note, if this log's key signed it.

    Unknown keys are ignored. A bad signature by the known key refuses the whole note.

    Raises:
        CheckpointRefused: malformed, of another log, or without a good signature.
    """
    if len(note) > _MAX_CHARACTERS:
        raise CheckpointRefused("This checkpoint is too long to be one.")
    body, separator, signatures = note.rpartition("\n\n")
    if not separator:
        raise CheckpointRefused("This is not a signed checkpoint.")
    checkpoint = parse_body(body + "\n")
    if checkpoint.origin != origin:
        raise CheckpointRefused("This checkpoint is of another log.")
    _require_signature(body + "\n", signatures, name=origin, public_key=public_key, verify=verify)
    return checkpoint


def parse_body(body: str) -> Checkpoint:
    """Read the three lines of a checkpoint strictly. No signature is looked at.

    Raises:
        CheckpointRefused: they are not a checkpoint's, or there are more.
    """
    lines = body.split("\n")
    if len(lines) != 4 or lines[3] or not _NAME.fullmatch(lines[0]) or not _SIZE.fullmatch(lines[1]):
        raise CheckpointRefused("This is not the text of a checkpoint.")
    root = _decode64(lines[2])
    if len(root) != 32:
        raise CheckpointRefused("The checkpoint's root has not 32 bytes.")
    return Checkpoint(origin=lines[0], size=int(lines[1]), root=root)


def _require_signature(body: str, signatures: str, *, name: str, public_key: bytes, verify: VerifySignature) -> None:
    lines = signatures.split("\n")
    if lines.pop() or not 1 <= len(lines) <= _MAX_SIGNATURES:
        raise CheckpointRefused("The checkpoint's signature lines are not as a signed note has them.")
    expected, found = key_hash(name, public_key), False
    for signer, key, signature in map(_signature_line, lines):
        if signer != name or key != expected:
            continue
        if not verify(public_key, signature, body.encode()):
            raise CheckpointRefused("The log's signature on the checkpoint is wrong.")
        found = True
    if not found:
        raise CheckpointRefused("The checkpoint is not signed by the expected log key.")


def _signature_line(line: str) -> tuple[str, bytes, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if dash != "—" or not _NAME.fullmatch(name):
        raise CheckpointRefused("A signature line of the checkpoint is malformed.")
    data = _decode64(encoded)
    if len(data) < 5:
        raise CheckpointRefused("A signature line of the checkpoint is too short.")
    return name, data[:4], data[4:]


def _encode64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _decode64(text: str) -> bytes:
    """Decode canonical base64 only: one value, one spelling."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise CheckpointRefused("The checkpoint holds something that is not base64.") from error
    if _encode64(data) != text:
        raise CheckpointRefused("The checkpoint holds base64 with stray bits.")
    return data
