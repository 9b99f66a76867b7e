"""The process that reads a hostile PDF reaches nothing, ends in time, and is asked once for each file (A6)."""

import importlib.util
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest

import signed_pdf.process
from contracts.errors import SignatureRefused
from contracts.pdf_act import MOST_PDF_BYTES, PdfReading
from signed_pdf.process import ConfinedReader, carried_act
from tests.builders_contracts import a_warrant
from tests.builders_pdf import a_court, a_pdf, a_stream, by_hand, signed

pytestmark = pytest.mark.law("A6")

COURT = a_court()
ACT = a_warrant().to_bytes()
GOOD = signed(a_pdf(ACT).to_bytes(), COURT)


def test_the_process_says_what_a_good_pdf_says() -> None:
    assert ConfinedReader()(GOOD) == PdfReading(
        payload=ACT,
        certificate=COURT.sha256,
        valid_from=COURT.certificate.not_valid_before_utc,
        valid_to=COURT.certificate.not_valid_after_utc,
    )
    assert carried_act(a_pdf(ACT).to_bytes()) == ACT


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    started: list[int] = []
    before = subprocess.Popen

    def start(*arguments: Any, **options: Any) -> Any:
        started.append(1)
        return before(*arguments, **options)

    monkeypatch.setattr(signed_pdf.process.subprocess, "Popen", start)
    return started


def test_one_file_is_read_once_whatever_comes_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    started, reader = counted(monkeypatch), ConfinedReader()
    assert reader(GOOD) == reader(GOOD)
    for _ in range(2):
        with pytest.raises(SignatureRefused, match="does not begin as one"):
            reader(b"no PDF")
    assert len(started) == 2


def test_the_memory_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signed_pdf.process, "_REMEMBERED", 1)
    monkeypatch.setattr(signed_pdf.process, "_read", lambda pdf, _: f"This is no PDF ({len(pdf)}).")
    reader = ConfinedReader()
    for length in (1, 2, 3):
        with pytest.raises(SignatureRefused, match=f"\\({length}\\)"):
            reader(b"x" * length)
    assert len(reader._said) == 1


def test_what_takes_too_long_is_refused_now_and_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    started, reader = counted(monkeypatch), ConfinedReader(wall_seconds=0.0)
    for _ in range(2):
        with pytest.raises(SignatureRefused, match="took too long"):
            reader(GOOD)
    assert len(started) == 2
    reader.wall_seconds = 30.0
    assert reader(GOOD).certificate == COURT.sha256


def test_without_pyhanko_one_sentence_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    found, started = importlib.util.find_spec, counted(monkeypatch)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pyhanko" else found(name))
    with pytest.raises(SignatureRefused, match="extra 'pades'"):
        ConfinedReader()(GOOD)
    assert not started


def test_where_no_process_can_be_started_nothing_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(SignatureRefused, match="cannot be started"):
        ConfinedReader()(GOOD)


def test_a_file_that_is_too_large_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    started = counted(monkeypatch)
    with pytest.raises(SignatureRefused, match="at most 512 KiB"):
        ConfinedReader()(b"%PDF-1.7" + bytes(MOST_PDF_BYTES))
    assert not started


def a_bomb_of_objects() -> bytes:
    """A hundred million bytes of objects, packed twice."""
    packed = zlib.compress(bytes(100_000_000), 9)
    head = b"/Type /ObjStm /N 1 /First 4 /Filter [/FlateDecode /FlateDecode]"
    return by_hand(a_pdf(ACT).altered(n9=a_stream(head, zlib.compress(packed, 9))), COURT)


def a_bomb_of_contents() -> bytes:
    """The table of contents itself is packed, and swells."""
    head = b"/Type /XRef /Size 9 /W [1 8 2] /Root 1 0 R /Filter /FlateDecode"
    body = b"%PDF-1.7\n1 0 obj\n" + a_stream(head, zlib.compress(bytes(300_000_000), 9)) + b"\nendobj\n"
    return body + b"startxref\n9\n%%EOF\n"


def test_a_bomb_ends_the_process_and_not_the_machine() -> None:
    with pytest.raises(SignatureRefused, match="cannot be read"):
        ConfinedReader()(a_bomb_of_contents())


def test_an_object_that_nothing_asks_for_is_not_unpacked() -> None:
    assert ConfinedReader()(a_bomb_of_objects()).payload == ACT


CONFINED = "from signed_pdf.confinement import confine; import os, socket, sys; confine(); "


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.socket()",
        "open('/etc/hostname')",
        "os.pipe()",
        "os.memfd_create('x')",
        "bytearray(1 << 30)",
        "os.fork() or os._exit(0)",
        pytest.param("[hash(i) for i in iter(int, 1)]", marks=pytest.mark.slow),
    ],
)
def test_a_confined_process_reaches_nothing(attempt: str) -> None:
    if "fork" in attempt and not _is_somebody():
        pytest.skip("The limit on processes does not bind the superuser.")
    program = f"{CONFINED}{attempt}; sys.stdout.write('reached')"
    done = subprocess.run([sys.executable, "-I", "-c", program], env={}, capture_output=True, check=False)
    assert done.returncode != 0
    assert not done.stdout


def _is_somebody() -> bool:
    return Path("/proc/self").stat().st_uid != 0


def test_a_confined_process_writes_no_file(tmp_path: Path) -> None:
    path = tmp_path / "out"
    program = f"{CONFINED}os.write(1, b'x')"
    with path.open("wb") as file:
        subprocess.run(
            [sys.executable, "-I", "-c", program], env={}, stdout=file, stderr=subprocess.DEVNULL, check=False
        )
    assert path.read_bytes() == b""


def test_the_process_gets_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    before = subprocess.Popen

    def start(*arguments: Any, **options: Any) -> Any:
        given.append((arguments[0][1:], options["env"]))
        return before(*arguments, **options)

    monkeypatch.setattr(signed_pdf.process.subprocess, "Popen", start)
    ConfinedReader()(GOOD)
    assert given == [(["-I", "-m", "signed_pdf"], {})]


@pytest.mark.parametrize("written", ["x" * 2_000_000, "[]", "{}", '{"refused":1}', '{"payload":"AA=="}', "no JSON"])
def test_an_answer_that_is_not_as_agreed_is_a_refusal(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setattr(signed_pdf.process, "_run", lambda *_: (written.encode(), 0))
    with pytest.raises(SignatureRefused):
        ConfinedReader()(GOOD)
