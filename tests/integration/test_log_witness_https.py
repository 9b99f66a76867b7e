"""A witness behind TLS: only whom the file of authorities vouches for is asked."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from governance.adapters.log.witness_http import WitnessHttp
from governance.audit.errors import LogUnavailable
from tests.builders_authority import BEGIN, END, certified

ROOT = certified("Town Root", may_issue=True)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A server on loopback that answers 404 over TLS, with a certificate of the town's root."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(ROOT.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGIN)
        .not_valid_after(END)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=True)
        .sign(ROOT.key, hashes.SHA256())
    )
    file = tmp_path / "server.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    )

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_witness_with_a_certificate_of_the_named_authority_is_asked(address: str, tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_bytes(ROOT.pem)
    with closing(WitnessHttp(timeout_s=5, ca_file=tmp_path / "root.pem")) as ask:
        assert ask(address, b"") == (404, b"")


def test_a_witness_that_nobody_vouches_for_is_not_asked(address: str, tmp_path: Path) -> None:
    (tmp_path / "other.pem").write_bytes(certified("Town Root", may_issue=True).pem)
    for ca_file in (None, tmp_path / "other.pem"):
        with closing(WitnessHttp(timeout_s=5, ca_file=ca_file)) as ask, pytest.raises(LogUnavailable):
            ask(address, b"")


def test_a_file_without_certificates_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "none.pem").write_bytes(b"none")
    for name in ("none.pem", "missing.pem"):
        with pytest.raises(LogUnavailable, match="holds no certificates in PEM"):
            WitnessHttp(ca_file=tmp_path / name)
