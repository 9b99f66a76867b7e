"""A printed checkpoint: what a scanner reads from the sheet is the signed note, byte for byte."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.adapters.log.printing import HOW_TO_CHECK, Sheet, html_page, svg_page
from governance.audit.checkpoint import Checkpoint, signed_note
from governance.audit.cosignature import cosign
from governance.audit.errors import LogUnavailable
from governance.audit.note import COSIGNATURE_ML_DSA_44, NoteSignature, VerifierKey, format_note, parse_note
from tests.builders_tiles import LOG_KEY, numbered, tiled_log
from tests.builders_witness import WITNESS_KEYS, witness_key

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
NOTE = tiled_log(numbered(70_000)).note


def with_cosignatures(note: str, count: int) -> str:
    parsed = parse_note(note)
    lines = [
        cosign(parsed.text, time_s=1_800_000_000, key=witness_key(number), sign=WITNESS_KEYS[number].private.sign)
        for number in range(count)
    ]
    return note + "".join(lines)


def picture(page: str, *, scale: int = 4) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    """Draw the code of a page from its path, as a printer does."""
    path = re.search(r' d="([^"]+)"', page)
    assert path is not None
    dark = [(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", path[1])]
    side = max(x for x, _ in dark) + 5
    image = np.full((side * scale, side * scale), 255, np.uint8)
    for x, y in dark:
        image[y * scale : (y + 1) * scale, x * scale : (x + 1) * scale] = 0
    return image


def scanned(page: str) -> bytes:
    text, _, _ = cv2.QRCodeDetectorAruco().detectAndDecode(picture(page))
    return text.encode()


@pytest.mark.parametrize("page", [svg_page, html_page])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_code_holds_the_signed_note_byte_for_byte(page: Callable[..., str], count: int) -> None:
    note = with_cosignatures(NOTE, count)
    sheet = Sheet.of(note)
    assert sheet.note == note
    assert scanned(page(sheet, printed=NOON)) == note.encode()


def test_a_line_that_does_not_fit_on_paper_is_left_out_and_the_others_stay() -> None:
    key = VerifierKey(name="witness.example/quantum", algorithm=COSIGNATURE_ML_DSA_44, public_key=bytes(1312))
    long_line = NoteSignature(name=key.name, key_id=key.id, signature=bytes(8 + 2420))
    both = with_cosignatures(NOTE, 1)
    whole = format_note(parse_note(both).with_signatures([long_line]))
    assert whole != both
    assert Sheet.of(whole).note == both
    only_long = format_note(parse_note(NOTE).with_signatures([long_line])).replace(NOTE.split("\n\n")[1], "")
    with pytest.raises(LogUnavailable, match="no checkpoint with an Ed25519 signature"):
        Sheet.of(only_long)


def test_more_cosignatures_than_a_code_can_hold_are_refused() -> None:
    parsed = parse_note(NOTE)
    line = parse_note(with_cosignatures(NOTE, 1)).signatures[-1]
    many = [NoteSignature(name=f"witness.example/{n}", key_id=line.key_id, signature=line.signature) for n in range(30)]
    with pytest.raises(LogUnavailable, match="more cosignatures"):
        Sheet.of(format_note(parsed.with_signatures(many)))


@pytest.mark.parametrize("note", ["", "no note", "a\nb\n\n— a AAAAAAAA\n", NOTE.replace("70000", "seventy")])
def test_what_is_no_checkpoint_is_not_printed(note: str) -> None:
    with pytest.raises(LogUnavailable):
        Sheet.of(note)


@pytest.mark.parametrize("page", [svg_page, html_page])
def test_a_person_can_read_what_the_code_says(page: Callable[..., str]) -> None:
    log = tiled_log(numbered(70_000))
    text = page(Sheet.of(log.note), printed=NOON)
    root = log.checkpoint.root.hex()
    assert "70000" in text
    assert log.checkpoint.origin in text
    assert "2026-06-01 12:00 UTC" in text
    assert root[:8] + " " + root[8:16] in text
    assert "insyn-verify" in HOW_TO_CHECK
    assert all(word in text for word in HOW_TO_CHECK.split())


@pytest.mark.parametrize("page", [svg_page, html_page])
def test_an_origin_is_a_text_and_never_markup(page: Callable[..., str]) -> None:
    evil = Checkpoint(origin='a<script>alert("x")</script>&amp;', size=3, root=bytes(32))
    text = page(Sheet.of(signed_note(evil, public_key=LOG_KEY.public, sign=LOG_KEY.private.sign)), printed=NOON)
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "http://" not in text.replace('xmlns="http://www.w3.org/2000/svg"', "")


@settings(max_examples=25, deadline=None)
@given(
    origin=st.from_regex(r"[a-z]{1,20}\.example/[a-z0-9/ä-üß€]{1,60}", fullmatch=True),
    size=st.integers(0, 2**53),
    root=st.binary(min_size=32, max_size=32),
)
def test_whatever_log_it_is_the_scanner_reads_the_note(origin: str, size: int, root: bytes) -> None:
    checkpoint = Checkpoint(origin=origin, size=size, root=root)
    note = signed_note(checkpoint, public_key=LOG_KEY.public, sign=LOG_KEY.private.sign)
    assert scanned(svg_page(Sheet.of(note), printed=NOON)) == note.encode()
