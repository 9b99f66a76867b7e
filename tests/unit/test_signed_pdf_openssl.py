"""Known answers from outside: what OpenSSL signs is believed here, and what it refuses is refused here."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from contracts.fields import format_bytes
from signed_pdf.answering import answer
from tests.builders_contracts import a_warrant
from tests.builders_pdf import SHOWN, Court, a_blank, a_court, a_pdf, signed

pytestmark = [
    pytest.mark.law("A6"),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the program openssl"),
]

COURT = a_court()
ACT = a_warrant().to_bytes()


def files_of(court: Court, folder: Path) -> tuple[Path, Path]:
    key, certificate = folder / "court.key", folder / "court.pem"
    key.write_bytes(
        court.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    certificate.write_bytes(court.certificate.public_bytes(serialization.Encoding.PEM))
    return key, certificate


def openssl(*arguments: str | Path) -> bool:
    return subprocess.run(["openssl", *arguments], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(("cades", "believed"), [(["-cades"], True), ([], False)])
def test_a_pdf_that_openssl_signed_is_believed_if_it_names_its_certificate(
    cades: list[str], *, believed: bool, tmp_path: Path
) -> None:
    key, certificate = files_of(COURT, tmp_path)
    blank = a_blank(a_pdf(ACT)).with_ranges()
    covered, made = tmp_path / "covered", tmp_path / "made"
    covered.write_bytes(blank.covered())
    how = ["-binary", "-md", "sha256", "-outform", "DER", *cades]
    assert openssl("cms", "-sign", *how, "-in", covered, "-signer", certificate, "-inkey", key, "-out", made)
    read = json.loads(answer(blank.filled(made.read_bytes())))
    assert ("payload" in read) is believed
    if believed:
        assert (read["payload"], read["certificate"]) == (format_bytes(ACT), COURT.sha256)


@pytest.mark.parametrize("change", [b"", b"changed"])
def test_openssl_says_the_same_of_a_signed_pdf(change: bytes, tmp_path: Path) -> None:
    _, certificate = files_of(COURT, tmp_path)
    data = signed(a_pdf(ACT).to_bytes(), COURT)
    if change:
        data = data.replace(SHOWN, SHOWN.replace(b"decides", change))
    begin = data.index(b"/Contents <") + len(b"/Contents ")
    end = data.index(b">", begin) + 1
    covered, made = tmp_path / "covered", tmp_path / "made"
    covered.write_bytes(data[:begin] + data[end:])
    made.write_bytes(bytes.fromhex(data[begin + 1 : end - 1].decode()))
    how = ["-binary", "-inform", "DER", "-content", covered, "-certfile", certificate, "-noverify"]
    good = openssl("cms", "-verify", *how, "-in", made, "-out", tmp_path / "out")
    assert good is not bool(change)
    assert ("payload" in json.loads(answer(data))) is good
