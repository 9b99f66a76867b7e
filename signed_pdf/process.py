"""Asking the process that reads PDF files: one file, one process, one answer, remembered by the file's SHA-256.

Nothing of pyHanko is imported where this is imported. A file is read once: a lease a minute costs no second reading.
"""

import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from contracts.canonical import sha256_hex
from contracts.errors import Malformed, SignatureRefused
from contracts.fields import Fields
from contracts.pdf_act import MOST_PDF_BYTES, PdfReading

WALL_SECONDS: Final = 20.0
_MOST_ANSWER: Final = 1024 * 1024
_REMEMBERED: Final = 64
_NOT_INSTALLED: Final = (
    "Warrants as PDF need the extra 'pades': pip install 'insyn[pades]'. Until then each is refused."
)
_UNREADABLE: Final = "This PDF cannot be read: it is damaged, asks for too much, or is not as the standards say."


@dataclass(slots=True, kw_only=True)
class ConfinedReader:
    """A `ReadsPdf` that starts `python -m signed_pdf` for each file it has not seen. Safe from several threads."""

    wall_seconds: float = WALL_SECONDS
    _said: "OrderedDict[str, PdfReading | str]" = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, pdf: bytes) -> PdfReading:
        """Return what a signed PDF says. The same file is read once, whatever came of it.

        Raises:
            SignatureRefused: it is no act that one certificate signed whole, or the process could not be asked.
        """
        name = sha256_hex(pdf)
        with self._lock:
            if name not in self._said:
                self._said[name] = _read(pdf, self.wall_seconds)
            self._said.move_to_end(name)
            said = self._said[name]
            while len(self._said) > _REMEMBERED:
                self._said.popitem(last=False)
        if isinstance(said, str):
            raise SignatureRefused(said)
        return said


def carried_act(pdf: bytes) -> bytes:
    """Return the act that lies in a PDF, signed or not: nobody has verified anything.

    Raises:
        SignatureRefused: none lies in it, or the process could not be asked.
    """
    fields = _asked(pdf, WALL_SECONDS, "carried")
    if isinstance(fields, str):
        raise SignatureRefused(fields)
    try:
        return fields.binary("payload")
    except Malformed as error:
        raise SignatureRefused(_UNREADABLE) from error


def _read(pdf: bytes, wall_seconds: float) -> PdfReading | str:
    """Return the reading, or the sentence that refuses this file for good."""
    fields = _asked(pdf, wall_seconds)
    if isinstance(fields, str):
        return fields
    try:
        read = PdfReading(
            payload=fields.binary("payload"),
            certificate=fields.sha256("certificate"),
            valid_from=fields.instant("valid_from"),
            valid_to=fields.instant("valid_to"),
        )
        fields.end()
    except Malformed:
        return _UNREADABLE
    return read


def _asked(pdf: bytes, wall_seconds: float, *arguments: str) -> Fields | str:
    """Start the process and read its answer, or return the sentence that refuses the file.

    Raises:
        SignatureRefused: it cannot be asked, or took too long on this machine; another time it may answer.
    """
    if len(pdf) > MOST_PDF_BYTES:
        return f"A warrant as PDF has at most {MOST_PDF_BYTES // 1024} KiB."
    if importlib.util.find_spec("pyhanko") is None:
        raise SignatureRefused(_NOT_INSTALLED)
    content, status = _run(pdf, wall_seconds, arguments)
    # A process that died over a file, by itself or at its limits, will do so again.
    if status != 0 or len(content) > _MOST_ANSWER:
        return _UNREADABLE
    try:
        said = json.loads(content)
        if isinstance(said, dict) and set(said) == {"refused"}:
            return Fields(said, "answer about a PDF").text("refused")
        return Fields(said, "answer about a PDF")
    except (ValueError, Malformed) as error:
        raise SignatureRefused(_UNREADABLE) from error


def _run(pdf: bytes, wall_seconds: float, arguments: tuple[str, ...]) -> tuple[bytes, int]:
    """Return what the process wrote, at most a little more than may be, and its exit status."""
    with _started(pdf, arguments) as process, _ended_in_time(process, wall_seconds) as over:
        content = process.stdout.read(_MOST_ANSWER + 1) if process.stdout is not None else b""
        if len(content) > _MOST_ANSWER:
            process.kill()
        status = process.wait()
    if over.is_set():
        raise SignatureRefused("Reading this PDF took too long; nothing is believed of it.")
    return content, status


def _started(pdf: bytes, arguments: tuple[str, ...]) -> "subprocess.Popen[bytes]":
    try:
        with os.fdopen(os.memfd_create("warrant"), "w+b") as handed:
            handed.write(pdf)
            handed.seek(0)
            return subprocess.Popen(  # noqa: S603  # our own program, without a shell
                [sys.executable, "-I", "-m", "signed_pdf", *arguments],
                env={},
                stdin=handed,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
    except OSError as error:
        raise SignatureRefused("The process that reads warrants as PDF cannot be started here.") from error


@contextmanager
def _ended_in_time(process: "subprocess.Popen[bytes]", wall_seconds: float) -> Iterator[threading.Event]:
    """Kill the process when its time is over, or when nobody waits for it any more; say whether the time was over."""
    over = threading.Event()

    def end() -> None:
        over.set()
        process.kill()

    timer = threading.Timer(wall_seconds, end)
    timer.start()
    try:
        yield over
    finally:
        timer.cancel()
        process.kill()
