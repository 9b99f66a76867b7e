"""PDF files with an act attached, certificates made on the spot, and signatures under them (PAdES)."""

import asyncio
import hashlib
import io
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from asn1crypto import keys, x509
from cryptography import x509 as pyca
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore

from tests.builders_contracts import NOON

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True, kw_only=True)
class Court:
    """A key and its certificate."""

    key: Key
    certificate: pyca.Certificate

    @property
    def sha256(self) -> str:
        return self.certificate.fingerprint(hashes.SHA256()).hex()


def a_court(
    key: Key | None = None,
    *,
    name: str = "District Court",
    begins: datetime = NOON - timedelta(days=30),
    ends: datetime = NOON + timedelta(days=300),
    usage: Mapping[str, bool] | None = None,
) -> Court:
    """Make a certificate that its own key signed."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = pyca.Name([pyca.NameAttribute(NameOID.COMMON_NAME, name)])
    none = dict.fromkeys(
        (
            "content_commitment",
            "crl_sign",
            "data_encipherment",
            "decipher_only",
            "digital_signature",
            "encipher_only",
            "key_agreement",
            "key_cert_sign",
            "key_encipherment",
        ),
        False,
    )
    usages = pyca.KeyUsage(**{**none, **(usage or {"digital_signature": True, "content_commitment": True})})
    made = (
        pyca.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1000)
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(usages, critical=True)
    )
    return Court(
        key=key, certificate=made.sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256())
    )


@dataclass(frozen=True, kw_only=True)
class Parts:
    """A small PDF of one page, object by object, to be written as it is or altered."""

    objects: dict[int, bytes]

    def to_bytes(self) -> bytes:
        """Write the file with its table of contents."""
        out, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), {}
        for number, body in sorted(self.objects.items()):
            places[number] = len(out)
            out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        start = len(out)
        size = max(self.objects) + 1
        out += b"xref\n0 %d\n0000000000 65535 f \n" % size
        out += b"".join(b"%010d 00000 n \n" % places[number] for number in range(1, size))
        out += b"trailer\n<< /Size %d /Root 1 0 R /ID [<%s> <%s>] >>\n" % (size, b"00" * 16, b"00" * 16)
        return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)

    def altered(self, **objects: bytes) -> "Parts":
        """Replace or add objects: `n5=b"..."`."""
        return Parts(objects={**self.objects, **{int(name[1:]): body for name, body in objects.items()}})


def a_stream(head: bytes, data: bytes) -> bytes:
    """Write one stream."""
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (head, len(data), data)


SHOWN: Final = b"BT /F1 12 Tf 72 720 Td (The court decides.) Tj ET"


def a_pdf(attached: bytes, *, name: bytes = b"warrant.json", packed: bool = True) -> Parts:
    """Return a PDF of one page that has one file attached."""
    stream = zlib.compress(attached) if packed else attached
    head = b"/Type /EmbeddedFile" + (b" /Filter /FlateDecode" if packed else b"")
    return Parts(
        objects={
            1: b"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles << /Names [(%s) 6 0 R] >> >> >>" % name,
            2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
            4: a_stream(b"", SHOWN),
            5: a_stream(head, stream),
            6: b"<< /Type /Filespec /F (%s) /UF (%s) /EF << /F 5 0 R >> >>" % (name, name),
        }
    )


def a_signer(court: Court, **options: Any) -> signers.SimpleSigner:
    """Return pyHanko's signer with a court's key."""
    secret = court.key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    der = court.certificate.public_bytes(serialization.Encoding.DER)
    return signers.SimpleSigner(
        signing_cert=x509.Certificate.load(der),
        signing_key=keys.PrivateKeyInfo.load(secret),
        cert_registry=SimpleCertificateStore(),
        **options,
    )


def signed(
    data: bytes,
    court: Court,
    *,
    field: str = "Signature",
    subfilter: SigSeedSubFilter = SigSeedSubFilter.PADES,
    digest: str = "sha256",
    **options: Any,
) -> bytes:
    """Sign a PDF as a court's own program would, in a revision of its own."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=False)
    return signed_by(writer, court, field=field, subfilter=subfilter, digest=digest, **options)


def signed_by(
    writer: IncrementalPdfFileWriter,
    court: Court,
    *,
    field: str = "Signature",
    subfilter: SigSeedSubFilter = SigSeedSubFilter.PADES,
    digest: str = "sha256",
    room: int | None = None,
    **options: Any,
) -> bytes:
    """Sign what a writer holds; `room` is how many digits are left free for the signature."""
    meta = signers.PdfSignatureMetadata(field_name=field, subfilter=subfilter, md_algorithm=digest)
    out = signers.PdfSigner(meta, a_signer(court, **options)).sign_pdf(writer, bytes_reserved=room)
    return bytes(out.getbuffer())


PLACE: Final = 16_384
"""Hexadecimal digits that are left free for a signature."""


@dataclass(frozen=True, kw_only=True)
class Blank:
    """A PDF of one revision with room for a signature, as one writes it by hand."""

    data: bytes

    @property
    def gap(self) -> tuple[int, int]:
        """Where the signature goes, with its brackets."""
        begin = self.data.index(b"<" + b"0" * PLACE + b">")
        return begin, begin + PLACE + 2

    @property
    def ranges(self) -> tuple[int, int, int, int]:
        """The honest ByteRange."""
        begin, end = self.gap
        return 0, begin, end, len(self.data) - end

    def with_ranges(self, *ranges: int) -> "Blank":
        """Write a ByteRange; without numbers the honest one."""
        text = " ".join(str(one) for one in ranges or self.ranges).ljust(43).encode()
        return Blank(data=self.data.replace(b"[" + b"?" * 43 + b"]", b"[" + text + b"]"))

    def covered(self, *ranges: int) -> bytes:
        """Return what a signature is over."""
        one, two, three, four = ranges or self.ranges
        return self.data[one : one + two] + self.data[three : three + four]

    def filled(self, contents: bytes) -> bytes:
        """Put a signature in its place."""
        begin, end = self.gap
        return self.data[:begin] + b"<" + contents.hex().encode().ljust(PLACE, b"0") + b">" + self.data[end:]


def a_blank(parts: Parts, *, subfilter: bytes = b"ETSI.CAdES.detached", more: bytes = b"") -> Blank:
    """Add a signature field and its empty signature to a PDF."""
    catalogue = parts.objects[1].removesuffix(b">>") + b"/AcroForm << /Fields [7 0 R] /SigFlags 3 >> >>"
    field = b"<< /FT /Sig /T (Signature) /V 8 0 R /Type /Annot /Subtype /Widget /Rect [0 0 0 0] >>"
    room = b"/ByteRange [%s] /Contents <%s>" % (b"?" * 43, b"0" * PLACE)
    signature = b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /%s %s %s >>" % (subfilter, more, room)
    return Blank(data=parts.altered(n1=catalogue, n7=field, n8=signature).to_bytes())


def a_cms(covered: bytes, court: Court, *, digest: str = "sha256") -> bytes:
    """Sign bytes as PAdES wants it."""
    hashed = hashlib.new(digest, covered, usedforsecurity=False).digest()
    return bytes(asyncio.run(a_signer(court).async_sign(hashed, digest, use_pades=True)).dump())


def a_plain_cms(covered: bytes, court: Court, *options: pkcs7.PKCS7Options) -> bytes:
    """Sign bytes without naming the certificate in what is signed, as older programs do."""
    builder = pkcs7.PKCS7SignatureBuilder().set_data(covered)
    signing = builder.add_signer(court.certificate, court.key, hashes.SHA256())  # type: ignore[arg-type]  # RSA or EC
    wanted = [pkcs7.PKCS7Options.Binary, *(options or (pkcs7.PKCS7Options.DetachedSignature,))]
    return signing.sign(serialization.Encoding.DER, wanted)


def by_hand(parts: Parts, court: Court, **options: Any) -> bytes:
    """Return a PDF of one revision that a court signed whole."""
    blank = a_blank(parts).with_ranges()
    return blank.filled(a_cms(blank.covered(), court, **options))
