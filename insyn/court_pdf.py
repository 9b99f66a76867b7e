"""A warrant as PDF: its words on pages, its canonical bytes attached; and a signature under a certificate (PAdES).

Courts sign with their own programs. The signature here is for authorities that have none, and for tests: a key with its
certificate in one PKCS#12 file.
"""

import html
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

from contracts.pdf_act import MOST_PDF_BYTES
from governance.adapters.report_pdf import print_pdf
from governance.application.errors import Unavailable
from insyn.errors import InsynError

signers: ModuleType | None
try:
    from asn1crypto import keys
    from asn1crypto import x509 as asn1_x509
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers
    from pyhanko.sign.fields import SigSeedSubFilter
    from pyhanko_certvalidator.registry import SimpleCertificateStore
except ImportError:
    signers = None

ATTACHMENT: Final = "warrant.json"
_FIELD: Final = "Signature"
_COUNTS: Final = (
    "What is signed is the attached file warrant.json, and this document with it. These pages say in words what stands "
    "in that file; where they differed, the file would count. Nothing may be added to this document once it is signed."
)


def make_pdf(title: str, rows: Sequence[tuple[str, str]], act: bytes) -> bytes:
    """Return a PDF that shows these rows and has the act attached, not signed yet.

    Raises:
        InsynError: what draws it is not installed, or it is too large to travel.
    """
    body = "".join(f"<tr><th>{_cell(name)}</th><td>{_cell(value)}</td></tr>" for name, value in rows)
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{_cell(title)}</title></head>'
        f"<body><h1>{_cell(title)}</h1><p>{_cell(_COUNTS)}</p><table>{body}</table></body></html>"
    )
    try:
        made = print_pdf(page, {ATTACHMENT: act})
    except Unavailable as error:
        raise InsynError("A PDF needs the extra 'pdf' and Debian's libpango-1.0-0 and libpangoft2-1.0-0.") from error
    # A signature with its certificates takes up to a tenth of what may travel.
    if len(made) > MOST_PDF_BYTES * 9 // 10:
        raise InsynError("This warrant is too long to be carried as PDF; have it signed as it is.")
    return made


def _cell(text: str) -> str:
    """Return a text letter by letter: no markup, and control characters visible instead of obeyed."""
    shown = "".join(letter if letter.isprintable() or letter == "\n" else ascii(letter)[1:-1] for letter in text)
    return html.escape(shown).replace("\n", "<br>")


def sign_pdf(data: bytes, key_file: Path, password: Callable[[], str]) -> bytes:
    """Return the PDF signed whole, in a revision of its own, with the key and certificate of a PKCS#12 file.

    Raises:
        InsynError: pyHanko is not installed, or the key cannot be used.
    """
    if signers is None:
        raise InsynError("A warrant as PDF needs the extra 'pades': pip install 'insyn[pades]'.")
    signer = _signer(signers, key_file, password)
    meta = signers.PdfSignatureMetadata(field_name=_FIELD, subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256")
    signed = signers.PdfSigner(meta, signer).sign_pdf(IncrementalPdfFileWriter(io.BytesIO(data)))
    return bytes(signed.getbuffer())


def _signer(library: ModuleType, path: Path, password: Callable[[], str]) -> Any:
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(path.read_bytes(), password().encode())
    except (OSError, ValueError) as error:
        raise InsynError(
            f"The key in {path} cannot be used: it is a PKCS#12 file, or its password is another."
        ) from error
    if key is None or certificate is None:
        raise InsynError(f"The file {path} holds no key with its certificate.")
    _require_strong(certificate)
    secret = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    known = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # the library gives it no types
    known.register_multiple([_read_by_pyhanko(one) for one in others])
    return library.SimpleSigner(
        signing_cert=_read_by_pyhanko(certificate),
        signing_key=keys.PrivateKeyInfo.load(secret),
        cert_registry=known,
    )


def _read_by_pyhanko(certificate: x509.Certificate) -> Any:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def _require_strong(certificate: x509.Certificate) -> None:
    """Refuse a certificate under which no PDF would be believed (`signed_pdf.signature`)."""
    key = certificate.public_key()
    strong = (
        (isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048)
        or (isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in {"secp256r1", "secp384r1", "secp521r1"})
        or isinstance(key, ed25519.Ed25519PublicKey)
    )
    if not strong:
        raise InsynError("Under this certificate no PDF is believed: RSA from 2048 bits, ECDSA from P-256, or Ed25519.")


def read_certificate(data: bytes) -> tuple[str, x509.Certificate]:
    """Return a certificate (PEM or DER) and the SHA-256 of its DER.

    Raises:
        InsynError: it is none, or its key is too weak.
    """
    load = x509.load_pem_x509_certificate if data.lstrip().startswith(b"-----") else x509.load_der_x509_certificate
    try:
        certificate = load(data)
    except ValueError as error:
        raise InsynError("This is no certificate (X.509, PEM or DER).") from error
    _require_strong(certificate)
    return certificate.fingerprint(hashes.SHA256()).hex(), certificate
