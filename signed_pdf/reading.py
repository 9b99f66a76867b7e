"""Reading one hostile PDF, whole: the act that it carries, and the certificate of whoever signed all of it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from pyhanko.pdf_utils.reader import PdfFileReader

from contracts.canonical import decode
from contracts.errors import Malformed
from contracts.pdf_act import MOST_PDF_BYTES
from signed_pdf.document import all_values, attachment, opened
from signed_pdf.errors import PdfRefused
from signed_pdf.signature import signer_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a PDF says: the attached canonical bytes, the signer's certificate (SHA-256 of its DER), and its times.

    Nobody has asked yet whether that certificate is believed, or whether its time is now.
    """

    payload: bytes
    certificate: str
    valid_from: datetime
    valid_to: datetime


def read_signed(data: bytes) -> Reading:
    """Read a PDF that one certificate signed whole, with one act attached.

    Raises:
        PdfRefused: it is anything else.
        Exception: the same, in the words of a library that could not read it.
    """
    reader = _opened(data)
    values = all_values(reader)
    certificate = signer_of(data, reader, values)
    return Reading(
        payload=_canonical(attachment(reader, values)),
        certificate=hashlib.sha256(certificate.dump()).hexdigest(),
        valid_from=certificate.not_valid_before,
        valid_to=certificate.not_valid_after,
    )


def read_carried(data: bytes) -> bytes:
    """Return the act that a PDF carries, signed or not: what would be signed, for whoever is about to do so.

    Raises:
        PdfRefused: it carries none.
        Exception: the same, in the words of a library that could not read it.
    """
    reader = _opened(data)
    return _canonical(attachment(reader, all_values(reader)))


def _opened(data: bytes) -> PdfFileReader:
    if len(data) > MOST_PDF_BYTES:
        raise PdfRefused(f"A warrant as PDF has at most {MOST_PDF_BYTES // 1024} KiB.")
    return opened(data)


def _canonical(attached: bytes) -> bytes:
    try:
        decode(attached)
    except Malformed as error:
        raise PdfRefused("The file attached to this PDF is not canonical JSON (RFC 8785).") from error
    return attached
