"""What a log sends to a witness, and what comes back: the bodies of `add-checkpoint` in C2SP tlog-witness v1.0.0."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from governance.audit.base64_strict import encode64
from governance.audit.checkpoint import SIZE
from governance.audit.errors import NoteRefused, ProofRefused, RequestRefused
from governance.audit.note import decoded
from governance.audit.proof import MAX_HASHES, parse_hashes

CONFLICT_TYPE: Final = "text/x.tlog.size"
"""The media type of a 409 answer that states a size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddCheckpoint:
    """The size that the log believes the witness to hold, the consistency proof from there, and the signed checkpoint.

    The note is as it came: neither parsed nor verified.
    """

    old: int
    proof: tuple[bytes, ...]
    note: str


def format_request(old: int, proof: Sequence[bytes], note: str) -> bytes:
    """Return the body of a request.

    Raises:
        RequestRefused: it could not be read back as it is.
    """
    hashes = "".join(f"{encode64(value)}\n" for value in proof)
    body = f"old {old}\n{hashes}\n{note}".encode()
    if parse_request(body) != AddCheckpoint(old=old, proof=tuple(proof), note=note):
        raise RequestRefused("A request with these parts would be read as another one.")
    return body


def parse_request(body: bytes) -> AddCheckpoint:
    """Read the body of a request strictly; the witness answers 400 where this refuses.

    Raises:
        RequestRefused: it is not one: too long, not UTF-8, a bad size, more than 63 hashes, or no checkpoint.
    """
    try:
        head, separator, note = decoded(body).partition("\n\n")
    except NoteRefused as error:
        raise RequestRefused("A request is UTF-8 text without control characters, and not endless.") from error
    first, *hashes = head.split("\n")
    word, _, size = first.partition(" ")
    if word != "old" or not SIZE.fullmatch(size):
        raise RequestRefused("A request begins: old, space, decimal digits without a leading zero.")
    if not separator or not note:
        raise RequestRefused("A request ends in an empty line and a signed checkpoint.")
    if len(hashes) > MAX_HASHES:
        raise RequestRefused(f"A request has at most {MAX_HASHES} hashes.")
    try:
        proof = parse_hashes(hashes)
    except ProofRefused as error:
        raise RequestRefused(str(error)) from error
    return AddCheckpoint(old=int(size), proof=proof, note=note)


def format_conflict(size: int) -> bytes:
    """Return the body of a 409 answer: the size that the witness last cosigned."""
    return f"{size}\n".encode()


def parse_conflict(body: bytes) -> int:
    """Read the body of a 409 answer.

    Raises:
        RequestRefused: it states no size.
    """
    text = body.decode("ascii", "replace") if len(body) <= 32 else ""
    if not text.endswith("\n") or not SIZE.fullmatch(text[:-1]):
        raise RequestRefused("The witness refused without a size: its answer is not decimal digits and a newline.")
    return int(text[:-1])
