"""The process's one answer to one file, as JSON: what was read, or one sentence that says why not."""

from contracts.canonical import encode
from contracts.fields import format_bytes, format_instant
from signed_pdf.errors import PdfRefused
from signed_pdf.reading import read_carried, read_signed


def answer(data: bytes, *, signed: bool = True) -> bytes:
    """Read one file and say what came of it.

    Raises:
        Exception: a library could not read it. The process ends with it, and its caller takes that as a no.
    """
    try:
        said = _signed(data) if signed else {"payload": format_bytes(read_carried(data))}
    except PdfRefused as error:
        said = {"refused": str(error)}
    return encode(said)


def _signed(data: bytes) -> dict[str, object]:
    read = read_signed(data)
    return {
        "certificate": read.certificate,
        "payload": format_bytes(read.payload),
        "valid_from": format_instant(read.valid_from),
        "valid_to": format_instant(read.valid_to),
    }
