"""What a witness says of a checkpoint: C2SP tlog-cosignature v1.0.1 (Ed25519, 0x04) and 1.1.0-rc.1 (ML-DSA-44, 0x06).

"At this time, this was the greatest tree of this log that I saw, and it extends every one that I saw before."
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from governance.audit.checkpoint import Checkpoint, parse_body
from governance.audit.errors import CheckpointRefused, NoteRefused
from governance.audit.note import (
    COSIGNATURE_ED25519,
    COSIGNATURE_ML_DSA_44,
    ED25519,
    Note,
    NoteSignature,
    Sign,
    VerifierKey,
    VerifySignature,
)

MAX_TIME: Final = 2**63 - 1
_TIME_BYTES: Final = 8
_SIGNATURE_BYTES: Final = {COSIGNATURE_ED25519: 64, COSIGNATURE_ML_DSA_44: 2420}
_ML_DSA_LABEL: Final = b"subtree/v1\n\x00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosignature:
    """A verified statement: by whom (the name under which the caller knows the key), and when (seconds since 1970)."""

    name: str
    time_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifiers:
    """The functions that check signatures. Without one for ML-DSA-44, such cosignatures count for nothing."""

    ed25519: VerifySignature
    ml_dsa_44: VerifySignature | None = None

    def for_key(self, key: VerifierKey) -> VerifySignature | None:
        """Return the function for this key's algorithm."""
        return self.ml_dsa_44 if key.algorithm == COSIGNATURE_ML_DSA_44 else self.ed25519


def cosign(body: str, *, time_s: int, key: VerifierKey, sign: Sign) -> str:
    """Return a witness's signature line over a checkpoint's text, its newline included.

    Raises:
        CheckpointRefused: the text is no checkpoint's.
        NoteRefused: the key is not a witness's, or the time is not one.
    """
    checkpoint = parse_body(body)
    if not 0 < time_s <= MAX_TIME:
        raise NoteRefused("A witness's time is whole seconds since 1970.")
    signature = time_s.to_bytes(_TIME_BYTES) + sign(cosigned_message(checkpoint, time_s=time_s, key=key))
    if len(signature) != _TIME_BYTES + _SIGNATURE_BYTES[key.algorithm]:
        raise NoteRefused("The witness's signature has not the length of its algorithm.")
    return NoteSignature(name=key.name, key_id=key.id, signature=signature).line


def cosigned_message(checkpoint: Checkpoint, *, time_s: int, key: VerifierKey) -> bytes:
    """Return the bytes that this witness's key signs for a checkpoint at this time.

    Raises:
        NoteRefused: the key is not one for cosignatures.
    """
    if key.algorithm == COSIGNATURE_ED25519:
        return f"cosignature/v1\ntime {time_s}\n{checkpoint.body()}".encode()
    if key.algorithm == COSIGNATURE_ML_DSA_44:
        return subtree_message(checkpoint, start=0, time_s=time_s, name=key.name)
    raise NoteRefused("A witness's key is for cosignatures (type 4 or 6), never for plain signatures.")


def subtree_message(checkpoint: Checkpoint, *, start: int, time_s: int, name: str) -> bytes:
    """Return what ML-DSA-44 signs: label, cosigner, time, origin, first and last leaf, hash. A checkpoint starts at 0.

    Raises:
        NoteRefused: name or origin is longer than 255 bytes, or a later start comes with a time.
    """
    if start and time_s:
        raise NoteRefused("A cosignature of a part of the tree states no time.")
    return b"".join(
        (
            _ML_DSA_LABEL,
            _prefixed(name),
            time_s.to_bytes(8),
            _prefixed(checkpoint.origin),
            start.to_bytes(8),
            checkpoint.size.to_bytes(8),
            checkpoint.root,
        )
    )


def split_time(signature: bytes, *, algorithm: int) -> tuple[int, bytes]:
    """Return the time that a cosignature states (seconds since 1970) and the bare signature.

    Raises:
        NoteRefused: its length is not that of a cosignature, or its time is beyond 2**63 - 1.
    """
    time_s = int.from_bytes(signature[:_TIME_BYTES])
    if len(signature) != _TIME_BYTES + _SIGNATURE_BYTES.get(algorithm, -1) or time_s > MAX_TIME:
        raise NoteRefused("This is not a cosignature: it must hold a time and a signature of its algorithm's length.")
    return time_s, signature[_TIME_BYTES:]


def verified_cosignatures(
    note: Note, witnesses: Mapping[str, VerifierKey], *, verify: Verifiers
) -> tuple[Cosignature, ...]:
    """Return what these witnesses said of a checkpoint. Other signers are ignored.

    One that states no time (zero) is verified, but says nothing about the log's newest state and is not returned. One
    witness may appear more than once, with several times.

    Raises:
        CheckpointRefused: the note holds no checkpoint, or a witness's cosignature is wrong: that refuses the whole.
        NoteRefused: a key among the witnesses is not for cosignatures.
    """
    checkpoint = parse_body(note.text)
    found: list[Cosignature] = []
    for name, key in witnesses.items():
        found.extend(
            Cosignature(name=name, time_s=time_s) for time_s in _times(note, checkpoint, key, verify) if time_s
        )
    return tuple(dict.fromkeys(found))


def _times(note: Note, checkpoint: Checkpoint, key: VerifierKey, verify: Verifiers) -> Iterator[int]:
    if key.algorithm == ED25519:
        raise NoteRefused("A witness's key is for cosignatures (type 4 or 6), never for plain signatures.")
    check = verify.for_key(key)
    if check is None:
        return
    for stated in note.signatures_of(key):
        try:
            time_s, signature = split_time(stated, algorithm=key.algorithm)
        except NoteRefused as error:
            raise CheckpointRefused("A witness's cosignature on the checkpoint is malformed.") from error
        if not check(key.public_key, signature, cosigned_message(checkpoint, time_s=time_s, key=key)):
            raise CheckpointRefused("A witness's cosignature on the checkpoint is wrong.")
        yield time_s


def _prefixed(text: str) -> bytes:
    data = text.encode()
    if not 1 <= len(data) <= 255:
        raise NoteRefused("For an ML-DSA-44 cosignature, a cosigner's name and a log's origin have 1 to 255 bytes.")
    return len(data).to_bytes(1) + data
