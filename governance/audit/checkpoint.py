"""Checkpoints: a tree head in the text of C2SP tlog-checkpoint v1.0.0, in a signed note (Ed25519, type 0x01).

Three lines and no extensions: extension lines are not recommended, and no ML-DSA cosignature covers them. Signing and
verifying functions come in from outside, so this module needs the standard library only.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from governance.audit.base64_strict import decode64, encode64
from governance.audit.errors import CheckpointRefused, NoteRefused
from governance.audit.note import (
    ED25519,
    Note,
    NoteSignature,
    Sign,
    VerifierKey,
    VerifySignature,
    format_note,
    is_key_name,
    key_id,
    parse_note,
)

__all__ = [
    "Checkpoint",
    "Sign",
    "VerifySignature",
    "key_hash",
    "open_checkpoint",
    "parse_body",
    "signed_note",
    "verified_checkpoint",
]

SIZE: Final = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
"""How a size or an index is spelt wherever C2SP writes one: ASCII digits, no sign, no leading zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A log's origin, the number of its entries and its 32-byte root. Three lines, no extensions."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """Return the text that is signed, its last newline included."""
        return f"{self.origin}\n{self.size}\n{encode64(self.root)}\n"


def key_hash(name: str, public_key: bytes) -> bytes:
    """Return the four bytes by which a signed note names an Ed25519 key."""
    return key_id(name, ED25519, public_key)


def signed_note(checkpoint: Checkpoint, *, public_key: bytes, sign: Sign) -> str:
    """Return the checkpoint signed by the log.

    Raises:
        CheckpointRefused: the origin cannot be written in a note, or the root has not 32 bytes.
    """
    body = checkpoint.body()
    if parse_body(body) != checkpoint:
        raise CheckpointRefused("A checkpoint needs an origin without spaces or '+', a size and a root of 32 bytes.")
    signature = NoteSignature(
        name=checkpoint.origin, key_id=key_hash(checkpoint.origin, public_key), signature=sign(body.encode())
    )
    return format_note(Note(text=body, signatures=(signature,)))


def open_checkpoint(note: str, *, origin: str, public_key: bytes, verify: VerifySignature) -> Checkpoint:
    """Return the checkpoint of a signed note, if this log's key signed it.

    Unknown keys are ignored. A bad signature by the known key refuses the whole note.

    Raises:
        CheckpointRefused: malformed, of another log, or without a good signature.
    """
    try:
        key = VerifierKey(name=origin, algorithm=ED25519, public_key=public_key)
        parsed = parse_note(note)
    except NoteRefused as error:
        raise CheckpointRefused(str(error)) from error
    return verified_checkpoint(parsed, keys=(key,), verify=verify)


def verified_checkpoint(note: Note, *, keys: Sequence[VerifierKey], verify: VerifySignature) -> Checkpoint:
    """Return the checkpoint of a note that at least one of these Ed25519 log keys signed, and none of them wrongly.

    Several keys stand for the time of a rotation, in which old and new key both sign. All bear the log's origin.

    Raises:
        CheckpointRefused: it is no checkpoint, is of another log, or is not signed as it must be.
    """
    checkpoint = parse_body(note.text)
    own = [key for key in keys if key.name == checkpoint.origin and key.algorithm == ED25519]
    if not own:
        raise CheckpointRefused("This checkpoint is of another log.")
    message, found = note.text.encode(), False
    for key in own:
        for signature in note.signatures_of(key):
            if not verify(key.public_key, signature, message):
                raise CheckpointRefused("The log's signature on the checkpoint is wrong.")
            found = True
    if not found:
        raise CheckpointRefused("The checkpoint is not signed by the expected log key.")
    return checkpoint


def parse_body(body: str) -> Checkpoint:
    """Read the three lines of a checkpoint strictly. No signature is looked at.

    Raises:
        CheckpointRefused: they are not a checkpoint's, or there are more.
    """
    lines = body.split("\n")
    if len(lines) != 4 or lines[3] or not is_key_name(lines[0]) or not SIZE.fullmatch(lines[1]):
        raise CheckpointRefused("This is not the text of a checkpoint: origin, size and root, each on a line.")
    root = decode64(lines[2])
    if root is None or len(root) != 32:
        raise CheckpointRefused("The checkpoint's root is not the canonical base64 of 32 bytes.")
    return Checkpoint(origin=lines[0], size=int(lines[1]), root=root)
