"""Offline proofs and requests to witnesses are read in one spelling only."""

from collections.abc import Callable

import pytest

from governance.audit.add_checkpoint import (
    AddCheckpoint,
    format_conflict,
    format_request,
    parse_conflict,
    parse_request,
)
from governance.audit.errors import ProofRefused, RequestRefused
from governance.audit.proof import LogProof, format_proof, parse_proof
from tests.builders_tiles import numbered, tiled_log

NOTE = tiled_log(numbered(5)).note
HASHES = (b"\x01" * 32, b"\x02" * 32)
PROOF = LogProof(index=3, hashes=HASHES, checkpoint=NOTE)


@pytest.mark.parametrize(
    "proof",
    [
        PROOF,
        LogProof(index=0, hashes=(), checkpoint=NOTE),
        LogProof(index=3, hashes=HASHES, checkpoint=NOTE, extra=b"\x00opaque"),
        LogProof(index=2**53 - 1, hashes=(b"\x07" * 32,) * 63, checkpoint=NOTE),
    ],
)
def test_a_proof_is_read_back_as_it_was_written(proof: LogProof) -> None:
    assert parse_proof(format_proof(proof)) == proof
    assert parse_proof(format_proof(proof).encode()) == proof


@pytest.mark.parametrize(
    "proof",
    [
        LogProof(index=-1, hashes=(), checkpoint=NOTE),
        LogProof(index=0, hashes=(b"short",), checkpoint=NOTE),
        LogProof(index=0, hashes=(bytes(32),) * 64, checkpoint=NOTE),
        LogProof(index=0, hashes=(), checkpoint=""),
        LogProof(index=0, hashes=(), checkpoint="no newline"),
        LogProof(index=0, hashes=(), checkpoint=NOTE, extra=b""),
    ],
)
def test_a_proof_that_would_be_read_otherwise_is_not_written(proof: LogProof) -> None:
    with pytest.raises(ProofRefused):
        format_proof(proof)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("@v1", "@v2"),
        lambda text: " " + text,
        lambda text: text.replace("index 3", "index 03"),
        lambda text: text.replace("index 3", "index +3"),
        lambda text: text.replace("index 3", "index  3"),
        lambda text: text.replace("index 3", "index 3 "),
        lambda text: text.replace("index 3", "index 1_0"),
        lambda text: text.replace("index 3", "index \uff13"),
        lambda text: text.replace("index 3", "index -0"),
        lambda text: text.replace("index 3", "Index 3"),
        lambda text: text.replace("index 3", "index " + "9" * 30),
        lambda text: text.replace("index 3\n", ""),
        lambda text: text.replace("index 3\n", "index 3\nindex 3\n"),
        lambda text: text.replace("index 3\n", "index 3\nextra AAAA\n"),
        lambda text: text.replace("index 3\n", "extra \nindex 3\n"),
        lambda text: text.replace("index 3\n", "extra AA==\nextra AA==\nindex 3\n"),
        lambda text: text.replace("index 3\n", "extra AB==\nindex 3\n"),
        lambda text: text.replace("index 3\n", "index 3\nAQ==\n"),
        lambda text: text.replace("AQE=\n", "AQF=\n"),
        lambda text: text.replace("AQE=\n", "AQE\n"),
        lambda text: text.replace("\n\n", "\n"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("AQE=\n", "AQE=\u2028"),
        lambda text: text.split("\n\n")[0] + "\n\n",
        lambda text: text[: text.index("index")],
        lambda _text: "",
    ],
)
def test_a_changed_proof_is_refused(change: Callable[[str], str]) -> None:
    text = format_proof(PROOF)
    assert change(text) != text
    with pytest.raises(ProofRefused):
        parse_proof(change(text))


def test_a_proof_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(ProofRefused):
        parse_proof(format_proof(PROOF).encode() + b"\xff\n")


@pytest.mark.parametrize(("old", "hashes"), [(0, ()), (3, HASHES), (7, (b"\x07" * 32,) * 63)])
def test_a_request_is_read_back_as_it_was_written(old: int, hashes: tuple[bytes, ...]) -> None:
    body = format_request(old, hashes, NOTE)
    assert parse_request(body) == AddCheckpoint(old=old, proof=hashes, note=NOTE)


@pytest.mark.parametrize(
    ("old", "hashes", "note"), [(-1, (), NOTE), (1, (b"short",), NOTE), (1, (bytes(32),) * 64, NOTE), (1, (), "")]
)
def test_a_request_that_would_be_read_otherwise_is_not_written(old: int, hashes: tuple[bytes, ...], note: str) -> None:
    with pytest.raises(RequestRefused):
        format_request(old, hashes, note)


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.replace(b"old 3", b"old 03"),
        lambda body: body.replace(b"old 3", b"old +3"),
        lambda body: body.replace(b"old 3", b"old  3"),
        lambda body: body.replace(b"old 3", b"old 3 "),
        lambda body: body.replace(b"old 3", b"old 1_0"),
        lambda body: body.replace(b"old 3", "old ３".encode()),
        lambda body: body.replace(b"old 3", b"OLD 3"),
        lambda body: body.replace(b"old 3\n", b""),
        lambda body: body.replace(b"\n\n", b"\n", 1),
        lambda body: body.replace(b"AQE=\n", b"AQF=\n"),
        lambda body: body.replace(b"\n", b"\r\n"),
        lambda body: body.replace(b"\n", b"\n\n", 1).split(b"\n\n", 1)[0],
        lambda body: b"\xff" + body,
        lambda _body: b"",
        lambda body: body + b"x" * 1_000_000,
    ],
)
def test_a_changed_request_is_refused(change: Callable[[bytes], bytes]) -> None:
    body = format_request(3, HASHES, NOTE)
    assert change(body) != body
    with pytest.raises(RequestRefused):
        parse_request(change(body))


@pytest.mark.parametrize("size", [0, 1, 123_456])
def test_the_size_in_a_conflict_is_read_back(size: int) -> None:
    assert parse_conflict(format_conflict(size)) == size


@pytest.mark.parametrize(
    "body", [b"", b"3", b"+3\n", b"03\n", b"3\n\n", b" 3\n", b"3\r\n", b"\xff\n", b"9" * 40 + b"\n"]
)
def test_a_conflict_without_a_size_is_refused(body: bytes) -> None:
    with pytest.raises(RequestRefused):
        parse_conflict(body)
