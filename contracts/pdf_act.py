"""A warrant as courts sign it: a PDF under a certificate that the list of issuers names, with the act attached (A6).

Reading a PDF is dangerous work, which this package does not do: whoever believes acts brings a `ReadsPdf`, and where
none is at hand every PDF is refused. What such a file *shows* is believed by nobody; the attached bytes are the act.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from contracts.canonical import sha256_hex
from contracts.errors import Malformed, SignatureRefused
from contracts.fields import Fields, format_bytes
from contracts.signature import Signed

MOST_PDF_BYTES: Final = 512 * 1024
"""It travels with each lease."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfAct:
    """An act with the PDF that is said to carry it, signed under this certificate. Nothing is believed yet."""

    payload: bytes = field(repr=False)
    certificate: str
    """The SHA-256 of the certificate (DER)."""
    pdf: bytes = field(repr=False)

    @property
    def key(self) -> str:
        """The short name of the certificate: the first 16 hexadecimal digits of its SHA-256."""
        return self.certificate[:16]

    @property
    def sha256(self) -> str:
        """The SHA-256 of the act's canonical bytes: how other records refer to it, however it was signed."""
        return sha256_hex(self.payload)

    def to_json(self) -> dict[str, object]:
        """Return both as a JSON object."""
        return {"certificate": self.certificate, "payload": format_bytes(self.payload), "pdf": format_bytes(self.pdf)}

    @classmethod
    def from_json(cls, value: object) -> "PdfAct":
        """Read them. Nothing is verified yet.

        Raises:
            Malformed: they are none, or the PDF is too large.
        """
        fields = Fields(value, "warrant as PDF")
        act = cls(certificate=fields.sha256("certificate"), payload=fields.binary("payload"), pdf=fields.binary("pdf"))
        fields.end()
        if len(act.pdf) > MOST_PDF_BYTES:
            raise Malformed(f"A warrant as PDF has at most {MOST_PDF_BYTES // 1024} KiB.")
        return act


def signed_act(value: object) -> Signed | PdfAct:
    """Read a signed act: an envelope with an Ed25519 signature, or one with a PDF.

    Raises:
        Malformed: it is neither.
    """
    return PdfAct.from_json(value) if isinstance(value, dict) and "pdf" in value else Signed.from_json(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfReading:
    """What a PDF says by itself: the attached act, the certificate (SHA-256) that signed the whole file, its time.

    The signature is good. Whether that certificate is anybody's is asked of the list of issuers.
    """

    payload: bytes = field(repr=False)
    certificate: str
    valid_from: datetime
    valid_to: datetime


class ReadsPdf(Protocol):
    """Whoever reads a hostile PDF: a process of its own."""

    def __call__(self, pdf: bytes) -> PdfReading:
        """Read a PDF with one good signature over all of it.

        Raises:
            SignatureRefused: it is anything else, or cannot be read here.
        """
        ...


def reads_no_pdf(pdf: bytes) -> PdfReading:
    """Refuse every PDF: nobody who reads them is at hand."""
    del pdf
    raise SignatureRefused("Nobody here reads warrants as PDF.")
