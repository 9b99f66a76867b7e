"""A warrant as PDF at the court: made with its words, shown, signed by whichever program, believed (A6, P1)."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12

from contracts.believed_issuers import believing
from contracts.issued_act import ActPapers, believed_act
from contracts.issuer_list import ListedCertificate
from contracts.pdf_act import PdfAct
from contracts.trust import PinnedKey, TrustedKeys
from contracts.vocabulary import IssuerType, WarrantType
from insyn import court_pdf
from insyn.commands import authority_pdf
from insyn.commands.authority import app
from signed_pdf.process import ConfinedReader
from tests.builders_commands import CommandLine
from tests.builders_contracts import a_warrant
from tests.builders_pdf import Court, a_court, a_pdf, signed

pytestmark = pytest.mark.law("A6", "P1")

NOW = datetime.now(UTC).replace(microsecond=0)
COURT = a_court(begins=NOW - timedelta(days=1), ends=NOW + timedelta(days=100))
READS = ConfinedReader()
PASSWORD = "of the test"
WARRANT = a_warrant(now=NOW, issuer="court", demo=True)


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The commands, with an act to be signed, and a court's key and certificate."""
    monkeypatch.setenv(authority_pdf.PASSWORD, PASSWORD)
    monkeypatch.setattr(authority_pdf, "ConfinedReader", lambda: READS)
    (tmp_path / "act.json").write_bytes(WARRANT.to_bytes())
    keep(tmp_path, "court", COURT)
    line = CommandLine(app, tmp_path)
    line.must("keygen", tmp_path / "issuer.key", "--name", "court", "--type", "court", "--demo")
    return line


def keep(folder: Path, name: str, court: Court) -> None:
    (folder / f"{name}.pem").write_bytes(court.certificate.public_bytes(Encoding.PEM))
    locked = BestAvailableEncryption(PASSWORD.encode())
    (folder / f"{name}.p12").write_bytes(
        pkcs12.serialize_key_and_certificates(b"court", court.key, court.certificate, None, locked)
    )


def prepared(line: CommandLine) -> Path:
    out = line.folder / "court.listed.json"
    line.must("pdf", "certificate", line.folder / "court.pem", "--beside", beside(line), "--out", out)
    return out


def beside(line: CommandLine) -> Path:
    return line.folder / "issuer.key.public.json"


def drafted(line: CommandLine) -> Path:
    pytest.importorskip("weasyprint", exc_type=OSError)
    out = line.folder / "draft.pdf"
    line.must("pdf", "make", line.folder / "act.json", "--out", out)
    return out


def sign(line: CommandLine, draft: Path, *, key: str = "court", listed: Path | None = None) -> tuple[Any, ...]:
    where = line.folder / "signed.pdf"
    listed = listed or prepared(line)
    return ("pdf", "sign", draft, "--key", line.folder / f"{key}.p12", "--listed", listed, "--out", where, "--yes")


def trusting(line: CommandLine, listed: Path) -> TrustedKeys:
    """List the court's certificate beside a key of the court, as two organisations do."""
    folder, pinned = line.folder, []
    for name in ("police", "region"):
        line.must("list", "keygen", folder / f"{name}.key", "--name", name, "--demo")
        pinned.append(PinnedKey.from_json(json.loads((folder / f"{name}.key.public.json").read_bytes())))
    path = folder / "list.json"
    line.must("list", "make", beside(line), listed, "--version", 1, "--days", 30, "--out", path)
    for name in ("police", "region"):
        shown = line.must("list", "sign", path, "--key", folder / f"{name}.key", "--out", folder / name, "--yes").output
        assert "Signs PDF files under" in shown
        path = folder / name
    return believing(TrustedKeys(tuple(pinned)), path.read_bytes())


def test_a_court_makes_signs_and_is_believed(line: CommandLine) -> None:
    listed = prepared(line)
    line.must(*sign(line, drafted(line), listed=listed))
    pdf = (line.folder / "signed.pdf").read_bytes()
    act = PdfAct(payload=WARRANT.to_bytes(), certificate=COURT.sha256, pdf=pdf)
    # The key was made now, so that its authority issues from now on.
    now = datetime.now(UTC) + timedelta(seconds=1)
    believed = believed_act(ActPapers(warrant=act), trusting(line, listed), now, READS)
    assert believed.warrant == WARRANT


def test_what_another_program_signed_is_the_same(line: CommandLine) -> None:
    draft = drafted(line)
    read = READS(signed(draft.read_bytes(), COURT))
    assert (read.payload, read.certificate) == (WARRANT.to_bytes(), COURT.sha256)


# WeasyPrint leaves its colour profile open, and that is no business of ours.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("variant", ["pdf/a-3b", "pdf/ua-1"])
def test_a_courts_own_document_with_the_act_attached_is_as_good(variant: str) -> None:
    """Packed objects, metadata and embedded fonts, as archives want them."""
    weasyprint = pytest.importorskip("weasyprint", exc_type=OSError)
    act = weasyprint.Attachment(string=WARRANT.to_bytes(), name="warrant.json")
    page = "<html lang='sv'><title>Beslut</title><body><h1>Beslut</h1><p>Rätten beslutar.</p></body></html>"
    draft = weasyprint.HTML(string=page).write_pdf(attachments=[act], pdf_variant=variant)
    assert READS(signed(draft, COURT)).payload == WARRANT.to_bytes()


def test_the_pages_are_only_words_and_the_words_are_shown(line: CommandLine) -> None:
    draft = drafted(line)
    shown = line.must("show", draft).output
    assert WARRANT.warrant_id in shown
    assert "Nobody would believe this PDF as it is" in shown
    line.must(*sign(line, draft))
    shown = re.sub(r"\s", "", line.must("show", line.folder / "signed.pdf").output)
    assert COURT.sha256 in shown
    assert "Whetherthatislistedisnotaskedhere." in shown


def test_markup_in_an_act_stays_text_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    pages: list[str] = []

    def printing(page: str, attached: object) -> bytes:
        pages.append(page)
        return b"%PDF"

    monkeypatch.setattr(court_pdf, "print_pdf", printing)
    court_pdf.make_pdf("Warrant", [("Because", "<b>x</b> & \u202e\x07\nnext")], b"{}")
    assert "&lt;b&gt;x&lt;/b&gt; &amp; \\u202e\\x07<br>next" in pages[0]


def test_a_pdf_that_would_not_travel_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(court_pdf, "print_pdf", lambda *_: bytes(500 * 1024))
    with pytest.raises(court_pdf.InsynError, match="too long"):
        court_pdf.make_pdf("Warrant", [], b"{}")


def test_a_certificate_is_listed_by_its_hash_and_no_longer_than_it_holds(line: CommandLine) -> None:
    listed = ListedCertificate.from_json(json.loads(prepared(line).read_bytes()))
    assert listed.certificate_sha256 == COURT.sha256
    assert listed.issuer_type is IssuerType.COURT
    assert listed.valid_to == COURT.certificate.not_valid_after_utc
    assert listed.valid_from >= NOW
    assert (listed.name, listed.demo) == ("court", True)


def test_a_certificate_that_nobody_would_believe_is_not_listed(line: CommandLine) -> None:
    keep(line.folder, "weak", a_court(ec.generate_private_key(ec.SECP256K1())))
    what = ("--beside", beside(line), "--out", line.folder / "x.json")
    assert "no PDF is believed" in line.refused("pdf", "certificate", line.folder / "weak.pem", *what)
    assert "no certificate" in line.refused("pdf", "certificate", line.folder / "act.json", *what)
    keep(line.folder, "over", a_court(begins=NOW - timedelta(days=9), ends=NOW - timedelta(days=8)))
    assert "ends before it begins" in line.refused("pdf", "certificate", line.folder / "over.pem", *what)


def test_no_certificate_signs_for_another_authority(line: CommandLine) -> None:
    draft = line.folder / "other.pdf"
    draft.write_bytes(a_pdf(a_warrant(now=NOW, issuer="another-court", demo=True).to_bytes()).to_bytes())
    assert "names another issuing authority" in line.refused(*sign(line, draft))
    draft = line.folder / "real.pdf"
    draft.write_bytes(a_pdf(a_warrant(now=NOW, issuer="court").to_bytes()).to_bytes())
    assert "A DEMO certificate signs DEMO warrants only" in line.refused(
        *sign(line, draft, listed=line.folder / "court.listed.json")
    )
    assert not (line.folder / "signed.pdf").exists()


def test_another_key_than_the_listed_one_signs_nothing(line: CommandLine) -> None:
    keep(line.folder, "another", a_court())
    draft = line.folder / "draft.pdf"
    draft.write_bytes(a_pdf(WARRANT.to_bytes()).to_bytes())
    assert "another one than is listed" in line.refused(*sign(line, draft, key="another"))
    assert not (line.folder / "signed.pdf").exists()


def test_a_wrong_password_is_one_sentence(line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = line.folder / "draft.pdf"
    draft.write_bytes(a_pdf(WARRANT.to_bytes()).to_bytes())
    monkeypatch.setenv(authority_pdf.PASSWORD, "another")
    assert "its password is another" in line.refused(*sign(line, draft))


def test_no_pdf_begins_an_urgent_warrant(line: CommandLine) -> None:
    urgent = a_warrant(now=NOW, issuer="court", demo=True, type=WarrantType.URGENT).to_bytes()
    (line.folder / "urgent.json").write_bytes(urgent)
    assert "two officers" in line.refused("pdf", "make", line.folder / "urgent.json", "--out", line.folder / "x.pdf")
    (line.folder / "urgent.pdf").write_bytes(a_pdf(urgent).to_bytes())
    assert "two officers" in line.refused(*sign(line, line.folder / "urgent.pdf"))


def test_a_pdf_that_carries_no_act_is_one_sentence(line: CommandLine) -> None:
    path = line.folder / "some.pdf"
    path.write_bytes(b"%PDF-1.7\nsigned by a court")
    assert "does not end as one" in line.refused("show", path)
    assert "does not end as one" in line.refused(*sign(line, path))


def test_without_pyhanko_nothing_is_signed(line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(court_pdf, "signers", None)
    draft = line.folder / "draft.pdf"
    draft.write_bytes(a_pdf(WARRANT.to_bytes()).to_bytes())
    assert "extra 'pades'" in line.refused(*sign(line, draft))


def test_a_court_takes_back_with_its_key_what_it_signed_as_pdf(line: CommandLine) -> None:
    (line.folder / "signed.pdf").write_bytes(signed(a_pdf(WARRANT.to_bytes()).to_bytes(), COURT))
    (line.folder / "decision.pdf").write_bytes(b"%PDF-1.7 a decision")
    line.must(
        "revoke",
        line.folder / "signed.pdf",
        "--decision",
        line.folder / "decision.pdf",
        "--key",
        line.folder / "issuer.key",
        "--out",
        line.folder / "no.json",
        "--yes",
    )
    assert (line.folder / "no.json").exists()
