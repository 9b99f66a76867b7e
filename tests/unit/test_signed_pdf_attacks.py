"""A hostile PDF is no warrant: every known way to change what is signed, or to make two programs read two documents."""

import io
import json
import re
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from pyhanko.sign.fields import SigSeedSubFilter

from contracts.fields import format_bytes
from signed_pdf.answering import answer
from tests.builders_contracts import a_warrant
from tests.builders_pdf import (
    PLACE,
    SHOWN,
    Blank,
    Court,
    a_blank,
    a_cms,
    a_court,
    a_pdf,
    a_plain_cms,
    a_stream,
    by_hand,
    signed,
    signed_by,
)

pytestmark = pytest.mark.law("A6")

COURT = a_court()
ACT = a_warrant().to_bytes()
PDF = a_pdf(ACT)
GOOD = signed(PDF.to_bytes(), COURT)
GOOD_BY_HAND = by_hand(PDF, COURT)


def said(data: bytes) -> dict[str, Any]:
    """Return what the process would answer; one that dies says no."""
    try:
        read: dict[str, Any] = json.loads(answer(data))
    except Exception:  # noqa: BLE001 -- the process ends with it
        return {"refused": ""}
    return read


def rsa_court(bits: int = 2048) -> Court:
    return a_court(rsa.generate_private_key(65537, bits))


# -- what is believed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("court", [COURT, a_court(ec.generate_private_key(ec.SECP384R1())), rsa_court()])
def test_a_pdf_that_a_court_signed_whole_says_its_act_and_its_certificate(court: Court, digest: str) -> None:
    for data in (signed(PDF.to_bytes(), court, digest=digest), by_hand(PDF, court, digest=digest)):
        read = said(data)
        assert read["payload"] == format_bytes(ACT)
        assert read["certificate"] == court.sha256


def test_rsa_with_pss_is_believed_too() -> None:
    court = rsa_court()
    assert said(signed(PDF.to_bytes(), court, prefer_pss=True))["certificate"] == court.sha256


def test_the_certificates_own_time_is_told() -> None:
    read = said(GOOD)
    assert read["valid_from"] == COURT.certificate.not_valid_before_utc.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert read["valid_to"] == COURT.certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def test_another_certificate_of_the_same_name_is_another_certificate() -> None:
    read = said(signed(PDF.to_bytes(), a_court()))
    assert read["certificate"] != COURT.sha256


def test_what_a_file_carries_is_told_before_anybody_signs() -> None:
    assert json.loads(answer(PDF.to_bytes(), signed=False)) == {"payload": format_bytes(ACT)}
    assert "exactly one signature" in said(PDF.to_bytes())["refused"]


# -- what is not ------------------------------------------------------------------------------------------------------


def updated(data: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """Append an update, as a shadow attack does."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def other_text(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0]
    page[generic.NameObject("/Contents")] = writer.add_object(generic.StreamObject(stream_data=b"BT (No.) Tj ET"))
    writer.update_container(page)


def other_attachment(writer: IncrementalPdfFileWriter) -> None:
    file = writer.root["/Names"]["/EmbeddedFiles"]["/Names"][1]
    head = {generic.NameObject("/Type"): generic.NameObject("/EmbeddedFile")}
    other = writer.add_object(generic.StreamObject(head, stream_data=a_warrant(warrant_id="other").to_bytes()))
    file["/EF"][generic.NameObject("/F")] = other
    writer.update_container(file)


def nothing_but_a_revision(writer: IncrementalPdfFileWriter) -> None:
    writer.update_root()


def a_comment_behind(data: bytes) -> bytes:
    return data + b"% more\n%%EOF\n"


def two_signatures() -> bytes:
    return signed(GOOD, a_court(), field="Second")


def two_signatures_in_two_fields_of_one_revision() -> bytes:
    """The second lies in a dictionary that no field shows."""
    hidden = (
        b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /ByteRange [0 1 2 3] /Contents <30> >>"
    )
    return by_hand(PDF.altered(n9=hidden), COURT)


def more_fields() -> bytes:
    blank = a_blank(PDF.altered(n9=b"<< /FT /Tx /T (Name) /V (x) >>"))
    blank = Blank(data=blank.data.replace(b"[7 0 R]", b"[7 0 R 9 0 R]"))
    return signed_blank(Blank(data=rebuilt(blank.data)))


def rebuilt(data: bytes) -> bytes:
    """Write the table of contents anew after a change of length."""
    places = {int(one[1]): one.start() for one in re.finditer(rb"(?m)^(\d+) 0 obj$", data)}
    start = data.index(b"\nxref\n") + 1
    lines = b"".join(b"%010d 00000 n \n" % places[number] for number in sorted(places))
    head, tail = data[:start], data[data.index(b"trailer") : data.index(b"startxref")]
    table = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(places) + 1, lines)
    return head + table + tail + b"startxref\n%d\n%%%%EOF\n" % start


def signed_blank(blank: Blank, *ranges: int) -> bytes:
    """Sign what these ranges cover, whatever they leave out: a program that an attacker wrote would."""
    ready = blank.with_ranges(*ranges)
    return ready.filled(a_cms(ready.covered(*ranges), COURT))


def ranges_of(change: Callable[[int, int, int, int], tuple[int, ...]]) -> bytes:
    blank = a_blank(PDF)
    return signed_blank(blank, *change(*blank.ranges))


def range_as(text: bytes) -> bytes:
    """Write a ByteRange that is none, over a signature of nothing."""
    blank = a_blank(PDF)
    data = blank.data.replace(b"[" + b"?" * 43 + b"]", text.ljust(45))
    return Blank(data=data).filled(a_cms(b"", COURT))


def contents_as(text: bytes) -> bytes:
    """Universal signature forgery: a signature dictionary without a signature."""
    begin, end = a_blank(PDF).with_ranges().gap
    data = a_blank(PDF).with_ranges().data
    return data[:begin] + text.ljust(end - begin) + data[end:]


def wrapped() -> bytes:
    """Signature wrapping: the signed end is moved back, and something else lies between the two signed parts."""
    one, before, after, rest = a_blank(PDF).ranges
    inserted = b" /Names << /EmbeddedFiles << /Names [(warrant.json) 6 0 R] >> >> "
    moved, honest = (
        b" ".join(str(number).encode() for number in (one, before, end, rest)).ljust(43)
        for end in (after + len(inserted), after)
    )
    return rebuilt((GOOD_BY_HAND[:after] + inserted + GOOD_BY_HAND[after:]).replace(honest, moved))


def in_the_gap() -> bytes:
    """Something beside the digits of the signature lies in what is left out."""
    begin, end = a_blank(PDF).with_ranges().gap
    return GOOD_BY_HAND[: begin + 1] + b" " + GOOD_BY_HAND[begin + 1 : end - 2] + GOOD_BY_HAND[end - 1 :]


def spaces_behind_the_digits() -> bytes:
    """They are no part of the signature, and the signature does not cover them."""
    _, end = a_blank(PDF).with_ranges().gap
    return GOOD_BY_HAND[: end - 5] + b"    >" + GOOD_BY_HAND[end:]


def an_update_that_the_signature_covers() -> bytes:
    """The signature lies in a revision, and behind that another one, which is signed with it."""
    return signed_blank(Blank(data=updated(a_blank(PDF).data, nothing_but_a_revision)))


def digits_behind_the_signature() -> bytes:
    _begin, end = a_blank(PDF).with_ranges().gap
    return GOOD_BY_HAND[: end - 3] + b"41" + GOOD_BY_HAND[end - 1 :]


def with_cms(make: Callable[[bytes], bytes], **options: Any) -> bytes:
    blank = a_blank(PDF, **options).with_ranges()
    return blank.filled(make(blank.covered()))


def two_signers(covered: bytes) -> bytes:
    message = cms.ContentInfo.load(a_cms(covered, COURT))
    other = cms.ContentInfo.load(a_cms(covered, a_court()))
    message["content"]["signer_infos"].append(other["content"]["signer_infos"][0])
    return bytes(message.dump(force=True))


def of_another_key(covered: bytes) -> bytes:
    """The court's certificate, with the digits of another key."""
    message = cms.ContentInfo.load(a_cms(covered, COURT))
    other = cms.ContentInfo.load(a_cms(covered, a_court()))
    message["content"]["signer_infos"][0]["signature"] = other["content"]["signer_infos"][0]["signature"]
    return bytes(message.dump(force=True))


def with_the_certificate_of_another(covered: bytes) -> bytes:
    """Somebody signs, and puts the court's certificate in the place of the own one: same name, same number."""
    message = cms.ContentInfo.load(a_cms(covered, a_court()))
    message["content"]["certificates"] = cms.ContentInfo.load(a_cms(covered, COURT))["content"]["certificates"]
    return bytes(message.dump(force=True))


def attached(data: bytes = ACT, **options: Any) -> bytes:
    return by_hand(a_pdf(data, **options), COURT)


def catalogue(more: bytes, **objects: bytes) -> bytes:
    return by_hand(PDF.altered(n1=PDF.objects[1].removesuffix(b">>") + more + b" >>", **objects), COURT)


def page(more: bytes, **objects: bytes) -> bytes:
    return by_hand(PDF.altered(n3=PDF.objects[3].removesuffix(b">>") + more + b" >>", **objects), COURT)


def two_attachments() -> bytes:
    second = {"n9": PDF.objects[5], "n10": b"<< /Type /Filespec /F (warrant.json) /EF << /F 9 0 R >> >>"}
    listed = PDF.objects[1].replace(b"6 0 R]", b"6 0 R (x) 10 0 R]")
    return by_hand(PDF.altered(n1=listed, **second), COURT)


def encrypted() -> bytes:
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(PDF.to_bytes())))
    writer.encrypt(owner_pass="", user_pass="")
    out = io.BytesIO()
    writer.write(out)
    ready = IncrementalPdfFileWriter(io.BytesIO(out.getvalue()))
    ready.encrypt("")
    return signed_by(ready, COURT, room=PLACE)


def a_loop() -> bytes:
    """The table of contents says that the one before it is itself."""
    data = a_blank(PDF).data
    start = data.rindex(b"\nxref\n") + 1
    looped = data.replace(b"/Size", b"/Prev %d /Size" % start)
    return signed_blank(Blank(data=looped))


def a_loop_of_lengths() -> bytes:
    head = b"<< /Type /EmbeddedFile /Length 5 0 R >>"
    return by_hand(PDF.altered(n5=head + b"\nstream\n" + ACT + b"\nendstream"), COURT)


def a_deep_nest() -> bytes:
    return by_hand(PDF.altered(n9=b"[" * 100_000 + b"]" * 100_000), COURT)


def many_objects() -> bytes:
    return by_hand(PDF.altered(**{f"n{number}": b"null" for number in range(9, 6000)}), COURT)


def a_bomb() -> bytes:
    return zlib.compress(b" " * 100 * 1024 * 1024)


def packed_as(head: bytes, data: bytes) -> bytes:
    return by_hand(PDF.altered(n5=a_stream(b"/Type /EmbeddedFile " + head, data)), COURT)


REFUSED: list[tuple[str, Callable[[], bytes]]] = [
    # changed after it was signed
    ("another text on the page", lambda: updated(GOOD, other_text)),
    ("another text on the page, signed in one revision", lambda: updated(GOOD_BY_HAND, other_text)),
    ("another attachment", lambda: updated(GOOD, other_attachment)),
    ("another attachment, signed in one revision", lambda: updated(GOOD_BY_HAND, other_attachment)),
    ("a revision that says nothing", lambda: updated(GOOD_BY_HAND, nothing_but_a_revision)),
    ("an update that the signature covers", an_update_that_the_signature_covers),
    ("an update before the signature", lambda: signed(updated(PDF.to_bytes(), other_text), COURT)),
    ("a comment behind it", lambda: a_comment_behind(GOOD_BY_HAND)),
    ("a space behind it", lambda: GOOD_BY_HAND + b" "),
    ("a line end behind it", lambda: GOOD_BY_HAND + b"\n"),
    ("the text changed in its place", lambda: GOOD_BY_HAND.replace(SHOWN, SHOWN.replace(b"decides", b"refuses"))),
    # the number of signatures
    ("no signature", PDF.to_bytes),
    ("two signatures", two_signatures),
    ("a hidden signature", two_signatures_in_two_fields_of_one_revision),
    ("another form field", more_fields),
    # what the signature covers
    ("a gap before the signature", lambda: ranges_of(lambda a, b, c, d: (a, b - 200, c, d))),
    ("a gap after the signature", lambda: ranges_of(lambda a, b, c, d: (a, b, c + 100, d - 100))),
    ("the end left out", lambda: ranges_of(lambda a, b, c, d: (a, b, c, d - 1))),
    ("the beginning left out", lambda: ranges_of(lambda a, b, c, d: (9, b - 9, c, d))),
    ("the first part alone", lambda: ranges_of(lambda a, b, c, d: (a, b, c, 0))),
    ("nothing", lambda: ranges_of(lambda a, b, c, d: (0, 0, 0, 0))),
    ("a negative length", lambda: range_as(b"[0 -1 0 -1]")),
    ("an empty ByteRange", lambda: range_as(b"[]")),
    ("a ByteRange of names", lambda: range_as(b"[/a /b /c /d]")),
    ("a ByteRange of fractions", lambda: range_as(b"[0.0 1.5 2.5 3.5]")),
    ("no ByteRange", lambda: range_as(b"null")),
    ("wrapped around another attachment", wrapped),
    ("a space among the digits", in_the_gap),
    ("spaces behind the digits", spaces_behind_the_digits),
    ("more digits behind the signature", digits_behind_the_signature),
    # no signature in the signature
    ("no contents", lambda: contents_as(b"null")),
    ("empty contents", lambda: contents_as(b"<>")),
    ("contents of zeros", lambda: contents_as(b"<" + b"00" * 100 + b">")),
    # which signature
    ("adbe.pkcs7.detached", lambda: signed(PDF.to_bytes(), COURT, subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED)),
    ("a signature of an older kind", lambda: with_cms(lambda c: a_cms(c, COURT), subfilter=b"adbe.x509.rsa_sha1")),
    ("a time-stamp for a signature", lambda: with_cms(lambda c: a_cms(c, COURT), subfilter=b"ETSI.RFC3161")),
    ("a certificate that nothing names", lambda: with_cms(lambda c: a_plain_cms(c, COURT))),
    (
        "no signed attributes",
        lambda: with_cms(
            lambda c: a_plain_cms(c, COURT, pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.NoAttributes)
        ),
    ),
    ("no certificate", lambda: with_cms(lambda c: without_certificates(a_cms(c, COURT)))),
    ("two signers", lambda: with_cms(two_signers)),
    ("another key's signature", lambda: with_cms(of_another_key)),
    ("the certificate of another", lambda: with_cms(with_the_certificate_of_another)),
    ("over other bytes", lambda: with_cms(lambda c: a_cms(c + b"x", COURT))),
    ("SHA-1", lambda: by_hand(PDF, COURT, digest="sha1")),
    ("SHA-1 with RSA", lambda: by_hand(PDF, rsa_court(), digest="sha1")),
    ("RSA of 1024 bits", lambda: by_hand(PDF, rsa_court(1024))),
    ("a curve that is not used here", lambda: by_hand(PDF, a_court(ec.generate_private_key(ec.SECP256K1())))),
    ("a certificate for a server", lambda: by_hand(PDF, a_court(usage={"key_agreement": True}))),
    # the attachment
    ("another name", lambda: attached(name=b"decision.json")),
    ("a path", lambda: attached(name=b"../warrant.json")),
    ("two attachments", two_attachments),
    ("a hidden attachment", lambda: by_hand(PDF.altered(n9=PDF.objects[5]), COURT)),
    ("an attachment that nothing lists", lambda: by_hand(PDF.altered(n1=b"<< /Type /Catalog /Pages 2 0 R >>"), COURT)),
    (
        "a file that lists two streams",
        lambda: by_hand(
            PDF.altered(
                n6=b"<< /Type /Filespec /F (warrant.json) /EF << /F 5 0 R /UF 9 0 R >> >>", n9=a_stream(b"", b"{}")
            ),
            COURT,
        ),
    ),
    ("two names", lambda: by_hand(PDF.altered(n6=PDF.objects[6].replace(b"/UF (w", b"/UF (W")), COURT)),
    ("JSON that is not canonical", lambda: attached(ACT.replace(b":", b": ", 1))),
    ("a key twice", lambda: attached(ACT.replace(b"{", b'{"applicant":"officer-9",', 1))),
    ("no JSON", lambda: attached(b"The court decides.")),
    ("nothing in it", lambda: attached(b"")),
    ("a file of 600 KiB", lambda: attached(b"[" + b"1," * 300 * 1024 + b"1]")),
    ("a bomb of 100 MiB", lambda: packed_as(b"/Filter /FlateDecode", a_bomb())),
    ("a bomb in a bomb", lambda: packed_as(b"/Filter [/FlateDecode /FlateDecode]", zlib.compress(a_bomb()))),
    ("packed with a predictor", lambda: packed_as(b"/Filter /FlateDecode /DecodeParms << /Predictor 12 >>", b"x")),
    ("packed in ASCII", lambda: packed_as(b"/Filter /ASCIIHexDecode", ACT.hex().encode() + b">")),
    ("half of it", lambda: packed_as(b"/Filter /FlateDecode", zlib.compress(ACT)[:-30])),
    ("packed without its check", lambda: packed_as(b"/Filter /FlateDecode", zlib.compress(ACT)[:-4])),
    ("two packed into one", lambda: packed_as(b"/Filter /FlateDecode", zlib.compress(ACT) + zlib.compress(b"{}"))),
    ("taken from elsewhere", lambda: packed_as(b"/F (warrant.json)", ACT)),
    # what acts by itself, or shows different things to different people
    ("a script at opening", lambda: catalogue(b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>")),
    ("an action spelt otherwise", lambda: catalogue(b"/X << /S /J#61vaScript >>")),
    ("an action that lies elsewhere", lambda: catalogue(b"/X << /S 9 0 R >>", n9=b"/Launch")),
    ("an action that nothing refers to", lambda: by_hand(PDF.altered(n9=b"<< /S /Launch /F (x) >>"), COURT)),
    ("an action of the page", lambda: page(b"/AA << /O << /S /GoTo >> >>")),
    ("a link to the network", lambda: page(b"/X << /S /URI /URI (http://x) >>")),
    ("a note on the page", lambda: page(b"/Annots [9 0 R]", n9=b"<< /Subtype /FreeText /Contents (No) >>")),
    ("a drawing on no page", lambda: by_hand(PDF.altered(n9=b"<< /Type /Annot /Subtype /Stamp >>"), COURT)),
    ("a form in XML", lambda: catalogue(b"/X << /XFA (x) >>")),
    ("layers", lambda: catalogue(b"/OCProperties << >>")),
    ("a portfolio", lambda: catalogue(b"/Collection << >>")),
    # no PDF that everybody reads alike
    ("nothing at all", lambda: b""),
    ("no PDF", lambda: b"The court decides."),
    ("a PDF behind something", lambda: b"x\n" + GOOD_BY_HAND),
    ("half a PDF", lambda: GOOD_BY_HAND[: len(GOOD_BY_HAND) // 2]),
    ("a cipher", encrypted),
    ("a table of contents that goes round", a_loop),
    ("a length that is its own", a_loop_of_lengths),
    ("a deep nest", a_deep_nest),
    ("too many objects", many_objects),
    ("larger than a warrant", lambda: signed(PDF.altered(n4=a_stream(b"", b" " * 600 * 1024)).to_bytes(), COURT)),
]


def without_certificates(made: bytes) -> bytes:
    message = cms.ContentInfo.load(made)
    message["content"]["certificates"] = []
    return bytes(message.dump(force=True))


@pytest.mark.parametrize(("attack", "make"), REFUSED, ids=lambda one: one if isinstance(one, str) else "")
def test_a_hostile_pdf_is_refused(attack: str, make: Callable[[], bytes]) -> None:
    assert set(said(make())) == {"refused"}, attack


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_no_changed_byte_makes_another_act_of_a_good_pdf(place: int, change: int) -> None:
    data = GOOD[:place] + bytes([GOOD[place] ^ change]) + GOOD[place + 1 :]
    read = said(data)
    assert "refused" in read or read == said(GOOD)


@given(st.integers(0, len(GOOD_BY_HAND) - 1), st.integers(1, 255))
def test_nor_of_one_that_was_signed_in_one_revision(place: int, change: int) -> None:
    data = GOOD_BY_HAND[:place] + bytes([GOOD_BY_HAND[place] ^ change]) + GOOD_BY_HAND[place + 1 :]
    read = said(data)
    assert "refused" in read or read == said(GOOD_BY_HAND)


@given(st.integers(0, len(GOOD) - 1))
def test_no_part_of_a_good_pdf_is_one(length: int) -> None:
    assert set(said(GOOD[:length])) == {"refused"}


@given(st.binary(max_size=2000))
def test_no_bytes_by_chance_are_one(data: bytes) -> None:
    assert set(said(b"%PDF-1.7\n" + data + b"\n%%EOF")) == {"refused"}
