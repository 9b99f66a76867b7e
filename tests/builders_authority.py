"""A time-stamping authority on loopback, made with `openssl ts`, and its certificates."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

BEGIN: Final = datetime(2020, 1, 1, tzinfo=UTC)
END: Final = datetime(2090, 1, 1, tzinfo=UTC)

_CONFIG: Final = """
[tsa]
default_tsa = here
[here]
serial = serial
signer_cert = signer.pem
{certs}
signer_key = signer.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:{accuracy}
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


@dataclass(frozen=True, kw_only=True)
class Certified:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


def certified(
    name: str,
    by: Certified | None = None,
    *,
    may_issue: bool = False,
    may_stamp: bool = False,
    begin: datetime = BEGIN,
    end: datetime = END,
    issuer: str | None = None,
    serial: int | None = None,
) -> Certified:
    """Make a certificate: signed by `by`, or by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    above = by.certificate.subject if by else subject
    if issuer is not None:
        above = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)])
    usage = x509.KeyUsage(
        digital_signature=not may_issue,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=may_issue,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above)
        .public_key(key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=may_issue, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if may_stamp:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return Certified(certificate=builder.sign((by.key if by else key), hashes.SHA256()), key=key)


def again(one: Certified, *, end: datetime) -> Certified:
    """Make the same root certificate again, with another end."""
    before = one.certificate
    builder = (
        x509.CertificateBuilder()
        .subject_name(before.subject)
        .issuer_name(before.subject)
        .public_key(one.key.public_key())
        .serial_number(before.serial_number)
        .not_valid_before(before.not_valid_before_utc)
        .not_valid_after(end)
    )
    for extension in before.extensions:
        builder = builder.add_extension(extension.value, critical=extension.critical)
    return Certified(certificate=builder.sign(one.key, hashes.SHA256()), key=one.key)


@dataclass(frozen=True, kw_only=True)
class StampHouse:
    """An authority's certificates, and the folder in which openssl finds them."""

    folder: Path
    root: Certified
    between: Certified
    signer: Certified

    @property
    def pinned(self) -> list[bytes]:
        """What is pinned of it: its root, and what stands between the root and whoever signs."""
        return [self.root.pem, self.between.pem]

    @classmethod
    def build(
        cls,
        folder: Path,
        *,
        name: str = "Stamps",
        end: datetime = END,
        may_stamp: bool = True,
        accuracy: int = 1,
        carry: bool = False,
    ) -> "StampHouse":
        folder.mkdir(parents=True)
        root = certified(f"{name} Root", may_issue=True)
        between = certified(f"{name} Between", root, may_issue=True)
        signer = certified(f"{name} Signer", between, may_stamp=may_stamp, end=end)
        (folder / "signer.pem").write_bytes(signer.pem)
        (folder / "between.pem").write_bytes(between.pem)
        (folder / "signer.key").write_bytes(signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        (folder / "serial").write_text("01\n", encoding="ascii")
        (folder / "tsa.cnf").write_text(
            _CONFIG.format(accuracy=accuracy, certs="certs = between.pem" if carry else ""), encoding="ascii"
        )
        return cls(folder=folder, root=root, between=between, signer=signer)

    def reply(self, request: bytes) -> bytes:
        """Answer one request with `openssl ts -reply`."""
        (self.folder / "query").write_bytes(request)
        subprocess.run(
            ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "reply"],
            cwd=self.folder,
            check=True,
            capture_output=True,
            timeout=30,
        )
        return (self.folder / "reply").read_bytes()


class Served:
    """An authority on loopback. What it answers can be changed on the way."""

    def __init__(self, house: StampHouse) -> None:
        self.house = house
        self.asked: list[bytes] = []
        self.content_type = "application/timestamp-reply"
        self.status = 200
        self.replay: bytes | None = None
        self.url = ""

    def answer(self, request: bytes) -> bytes:
        self.asked.append(request)
        return self.house.reply(request) if self.replay is None else self.replay


@contextmanager
def served(house: StampHouse) -> Iterator[Served]:
    """Serve an authority until the block ends."""
    state, turn = Served(house), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            with turn:
                body = state.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(state.status)
            self.send_header("Content-Type", state.content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}/"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def require_openssl() -> None:
    """Skip with one sentence where the program is missing."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: no time-stamping authority can be made")


def soon(days: int) -> datetime:
    """Return a time so many days from the real now: certificates run out by the real clock."""
    return (datetime.now(UTC) + timedelta(days=days)).replace(microsecond=0)
