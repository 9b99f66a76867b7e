"""Offline proofs that an entry stands in a log: the text of C2SP tlog-proof@v1.

Index, inclusion proof and the signed checkpoint in one file. Reading verifies nothing.
"""

from dataclasses import dataclass
from typing import Final

from governance.audit.base64_strict import decode64, encode64
from governance.audit.checkpoint import SIZE
from governance.audit.errors import NoteRefused, ProofRefused
from governance.audit.note import decoded

MAX_HASHES: Final = 63
"""No tree whose size fits in 64 bits is higher."""

_HEADER: Final = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogProof:
    """An entry's place, the way from its hash to the root, and the signed checkpoint as it was given. Not verified.

    `extra` is bound by nothing: nobody may believe it.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None


def format_proof(proof: LogProof) -> str:
    """Return the proof as text.

    Raises:
        ProofRefused: it could not be read back as it is.
    """
    extra = "" if proof.extra is None else f"extra {encode64(proof.extra)}\n"
    hashes = "".join(f"{encode64(value)}\n" for value in proof.hashes)
    text = f"{_HEADER}\n{extra}index {proof.index}\n{hashes}\n{proof.checkpoint}"
    if parse_proof(text) != proof:
        raise ProofRefused("A proof with these parts would be read as another one.")
    return text


def parse_proof(proof: bytes | str) -> LogProof:
    """Read a proof strictly. Neither the way to the root nor the checkpoint is verified.

    Raises:
        ProofRefused: it is not the text of one.
    """
    try:
        head, separator, checkpoint = decoded(proof).partition("\n\n")
    except NoteRefused as error:
        raise ProofRefused("A proof is UTF-8 text without control characters, and not endless.") from error
    lines = head.split("\n")
    if lines.pop(0) != _HEADER or not separator or not checkpoint.endswith("\n"):
        raise ProofRefused(f"This is not a proof: it must begin with {_HEADER} and end in a checkpoint.")
    extra = _extra(lines.pop(0)) if lines and lines[0].startswith("extra ") else None
    index = _index(lines.pop(0) if lines else "")
    if len(lines) > MAX_HASHES:
        raise ProofRefused(f"A proof has at most {MAX_HASHES} hashes.")
    return LogProof(index=index, hashes=parse_hashes(lines), checkpoint=checkpoint, extra=extra)


def parse_hashes(lines: list[str]) -> tuple[bytes, ...]:
    """Read one hash per line: the canonical base64 of 32 bytes.

    Raises:
        ProofRefused: a line is something else.
    """
    hashes = []
    for line in lines:
        value = decode64(line)
        if value is None or len(value) != 32:
            raise ProofRefused("A hash of the proof is not the canonical base64 of 32 bytes.")
        hashes.append(value)
    return tuple(hashes)


def _extra(line: str) -> bytes:
    extra = decode64(line.removeprefix("extra "))
    if not extra:
        raise ProofRefused("The proof's extra data is not canonical base64, or empty.")
    return extra


def _index(line: str) -> int:
    word, _, number = line.partition(" ")
    if word != "index" or not SIZE.fullmatch(number):
        raise ProofRefused("The proof's index is written: index, space, decimal digits without a leading zero.")
    return int(number)
