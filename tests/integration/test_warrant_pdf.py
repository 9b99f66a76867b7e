"""A court's PDF from the import to the site: taken in, lent, believed there by itself, taken back, erased (A6, P1)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from contracts.authorisation import UnverifiedAuthorisation
from contracts.errors import SignatureRefused
from contracts.issued_act import believed_act
from contracts.issuer_list import ListedCertificate
from contracts.lease_request import LeaseAnswer
from contracts.pdf_act import PdfAct, PdfReading
from contracts.trust import TrustedKeys
from contracts.vocabulary import CameraId, IssuerType
from edge.probe_client import verify_each
from governance.application.enrol_reference import EnrolReference, enrol_reference
from governance.application.errors import NotUnderstood, Refused
from governance.application.issue_warrant import ExportWarrant, ImportWarrant, export_warrant, import_warrant
from governance.application.match_bundle import _records
from governance.application.papers import papers_of
from governance.application.vault import is_standing
from governance.audit.bundle import SignedRecord
from governance.domain.events import Event
from governance.domain.identifiers import WarrantId
from governance.domain.papers import PaperKind
from governance.domain.roles import Role
from governance.domain.warrants import WarrantState
from matcher.leases import LeaseBook, LeaseTerms
from signed_pdf.process import ConfinedReader
from tests.builders_acts import nothing_stopped
from tests.builders_applications import PHOTOGRAPH
from tests.builders_contracts import (
    AT_NOON,
    CAMERA,
    ISSUER_NAME,
    NOON,
    PROFILE,
    SITE,
    a_gallery,
    a_lease_answer,
    a_listed_issuer,
    a_reference,
    a_trusted_site,
    a_warrant,
    an_authorisation,
    an_issuer_list,
)
from tests.builders_governance import (
    World,
    a_governance,
    an_account,
    an_approved_warrant,
    another_alert,
    leases,
    put_into_use,
    slot_of,
)
from tests.builders_live import believed, under_way
from tests.builders_matcher import lend
from tests.builders_pdf import Court, a_court, a_pdf, signed
from tests.builders_warrants import a_revocation, take
from tests.builders_watchlist import an_origin

pytestmark = pytest.mark.law("A6", "P1")

COURT = a_court(begins=NOON - timedelta(days=1000), ends=NOON + timedelta(days=1000))
READS = ConfinedReader()
"""One for all tests: a file is read once."""


def listing(trusted: TrustedKeys, court: Court, issuer: Any, **changes: Any) -> TrustedKeys:
    certificate = ListedCertificate(
        name=ISSUER_NAME,
        issuer_type=IssuerType.COURT,
        certificate_sha256=court.sha256,
        demo=False,
        valid_from=datetime(2020, 1, 1, tzinfo=UTC),
        valid_to=datetime(2100, 1, 1, tzinfo=UTC),
    )
    listed = an_issuer_list(a_listed_issuer(issuer), certificates=(replace(certificate, **changes),))
    return replace(trusted, issuers=listed)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = a_governance(tmp_path)
    trusted = listing(made.keys.trusted, COURT, made.keys.issuer)
    made.governance = replace(made.governance, trusted=trusted, reads_pdf=READS)
    yield made
    made.close()


def brought(world: World, *, court: Court = COURT, act: bytes | None = None) -> tuple[WarrantId, bytes]:
    """An approved warrant, and what the court made of it."""
    warrant_id, actor = an_approved_warrant(world), world.people.legal_officer
    exported = export_warrant(world.governance, ExportWarrant(actor=actor, warrant_id=warrant_id)).value
    return warrant_id, signed(a_pdf(act or exported).to_bytes(), court)


def taken(world: World, pdf: bytes) -> None:
    import_warrant(world.governance, ImportWarrant(actor=world.people.legal_officer, record=pdf))


def state_of(world: World, warrant_id: WarrantId) -> WarrantState:
    with world.governance.database.transaction() as tx:
        return tx.warrants.get(warrant_id).state


def in_use(world: World) -> WarrantId:
    warrant_id, pdf = brought(world)
    taken(world, pdf)
    command = EnrolReference(
        actor=world.people.enroller,
        warrant_id=warrant_id,
        slot_id=slot_of(world, warrant_id),
        photograph=PHOTOGRAPH,
        origin=an_origin(),
    )
    enrol_reference(world.governance, command)
    put_into_use(world, warrant_id)
    return warrant_id


# -- the centre -------------------------------------------------------------------------------------------------------


def test_a_courts_pdf_is_taken_in_and_kept_sealed(world: World) -> None:
    warrant_id, pdf = brought(world)
    taken(world, pdf)
    assert state_of(world, warrant_id) is WarrantState.ISSUED
    assert world.events()[-1] == Event.WARRANT_IMPORT
    with world.governance.database.transaction() as tx:
        (paper,) = papers_of(tx, warrant_id)
        assert paper.kind is PaperKind.SIGNED_PDF
        assert tx.warrants.get(warrant_id).signature_key == COURT.sha256[:16]
    everything = b"".join(path.read_bytes() for path in world.folder.rglob("*") if path.is_file())
    assert b"The court decides." in pdf
    assert b"The court decides." not in everything


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda pdf: pdf.replace(b"decides", b"refuses"), "the file was changed"),
        (lambda pdf: pdf + b"\n", "does not cover the whole file"),
        (lambda pdf: pdf[:-200], "does not end as one"),
        (lambda _: b"%PDF-1.7\n%%EOF", "cannot be read"),
    ],
)
def test_a_pdf_that_is_not_as_the_court_signed_it_is_refused(world: World, spoil: Any, sentence: str) -> None:
    warrant_id, pdf = brought(world)
    with pytest.raises(NotUnderstood, match=sentence):
        taken(world, spoil(pdf))
    assert state_of(world, warrant_id) is WarrantState.APPROVED


def test_a_certificate_of_the_same_name_that_is_not_listed_issues_nothing(world: World) -> None:
    warrant_id, pdf = brought(world, court=a_court())
    with pytest.raises(NotUnderstood, match="not on the list"):
        taken(world, pdf)
    assert state_of(world, warrant_id) is WarrantState.APPROVED


def test_a_certificate_that_is_over_issues_nothing(world: World) -> None:
    over = a_court(begins=NOON - timedelta(days=10), ends=NOON - timedelta(days=1))
    trusted = listing(world.keys.trusted, over, world.keys.issuer)
    world.governance = replace(world.governance, trusted=trusted)
    _, pdf = brought(world, court=over)
    with pytest.raises(NotUnderstood, match="not in its time"):
        taken(world, pdf)


def test_other_bytes_than_those_that_were_approved_are_refused(world: World) -> None:
    warrant_id, _ = brought(world)
    actor = world.people.legal_officer
    act = export_warrant(world.governance, ExportWarrant(actor=actor, warrant_id=warrant_id)).value
    wider = act.replace(b'"maximum_penalty_years":', b'"maximum_penalty_years":1')
    with pytest.raises((Refused, NotUnderstood)):
        taken(world, signed(a_pdf(wider).to_bytes(), COURT))
    assert state_of(world, warrant_id) is WarrantState.APPROVED


@pytest.mark.law("C16")
def test_a_volunteers_run_rests_on_a_courts_pdf_as_on_any_other_act(world: World) -> None:
    dora = an_account(world, "dora", Role.DATA_PROTECTION_OFFICER)
    warrant_id = in_use(world)
    with world.governance.database.transaction() as tx:
        act = tx.warrants.get(warrant_id).act_sha256
    assert act is not None
    under_way(world, dora, "w0", act_sha256=act)
    answer = leases(world)
    ((unverified, _),) = answer.authorisations
    assert isinstance(unverified.warrant, PdfAct)
    assert list(believed(world, answer).references.values()) == ["w0"]


def test_without_who_reads_them_a_pdf_is_refused(world: World) -> None:
    _, pdf = brought(world)

    def missing(pdf: bytes) -> PdfReading:
        raise SignatureRefused("Warrants as PDF need the extra 'pades'.")

    world.governance = replace(world.governance, reads_pdf=missing)
    with pytest.raises(NotUnderstood, match="extra 'pades'"):
        taken(world, pdf)


def test_it_is_lent_with_its_pdf_and_believed_by_whoever_reads_it(world: World) -> None:
    in_use(world)
    ((unverified, _),) = LeaseAnswer.from_bytes(leases(world).to_bytes()).authorisations
    assert isinstance(unverified.warrant, PdfAct)
    act = believed_act(unverified.papers, world.governance.trusted, world.clock.now(), READS)
    assert act.warrant.to_bytes() == unverified.warrant.payload


def test_the_file_for_the_defence_names_the_pdf_by_its_hash(world: World) -> None:
    in_use(world)
    records = _records(world.governance, world.people.auditor, another_alert(world, report_id="r-1"), ())
    warrant = SignedRecord.from_bytes(records["records/warrant.json"])
    with world.governance.database.transaction() as tx:
        (paper,) = tx.papers.where(kind=PaperKind.SIGNED_PDF)
    assert (warrant.key, warrant.pdf_sha256) == (COURT.sha256[:16], paper.paper_sha256)


def test_the_courts_key_takes_back_what_was_issued_as_pdf_and_the_pdf_is_erased(world: World) -> None:
    warrant_id = in_use(world)
    assert leases(world).authorisations
    with world.governance.database.transaction() as tx:
        act_sha256 = tx.warrants.get(warrant_id).act_sha256
    assert act_sha256 is not None
    take(world, a_revocation(world, warrant_id, act_sha256))
    assert not leases(world, nonce="n2").authorisations
    with world.governance.database.transaction() as tx:
        kept = {paper.kind: is_standing(world.governance, tx, paper.record) for paper in papers_of(tx, warrant_id)}
    assert kept[PaperKind.SIGNED_PDF] is False


def test_the_database_knows_no_other_paper(world: World) -> None:
    taken(world, brought(world)[1])
    forged = (
        "INSERT INTO papers SELECT 'x', warrant_id, 'pdf', record, openly, dated, created_at, expires_at FROM papers"
    )
    with world.engine.begin() as connection, pytest.raises(IntegrityError, match="kind_listed"):
        connection.execute(text(forged))


# -- the site ---------------------------------------------------------------------------------------------------------

KEYS = a_trusted_site()
TRUSTED = listing(KEYS.trusted, COURT, KEYS.issuer)
AT_SITE = replace(KEYS, trusted=TRUSTED)
ACT = a_warrant()
GALLERY = a_gallery([a_reference(AT_SITE)])
PDF = signed(a_pdf(ACT.to_bytes()).to_bytes(), COURT)
GOOD = PdfAct(payload=ACT.to_bytes(), certificate=COURT.sha256, pdf=PDF)


def a_book(reads_pdf: Any = READS) -> LeaseBook:
    return LeaseBook(
        LeaseTerms(
            trusted=TRUSTED,
            site_id=SITE,
            profile=PROFILE,
            dimensions=128,
            opening=lend(AT_SITE.opening),  # type: ignore[arg-type]  # see `lend`
            stopped=nothing_stopped(AT_SITE),
            reads_pdf=reads_pdf,
        )
    )


def an_answer(act: PdfAct = GOOD) -> tuple[UnverifiedAuthorisation, Any, LeaseAnswer]:
    unverified, ask = an_authorisation(AT_SITE, gallery=GALLERY, warrant=ACT)
    unverified = replace(unverified, warrant=act)
    return unverified, ask, LeaseAnswer.from_bytes(a_lease_answer((unverified, GALLERY)))


def test_the_matcher_believes_the_pdf_that_it_had_read() -> None:
    _, ask, answer = an_answer()
    book = a_book()
    (held,) = book.accept(CAMERA, ask, answer, AT_NOON).held
    assert held.permit.warrant == ACT
    assert book.live(CAMERA, AT_NOON) == [held]


@pytest.mark.parametrize(
    "act",
    [
        replace(GOOD, pdf=PDF.replace(b"decides", b"refuses")),
        replace(GOOD, pdf=PDF + b"\n"),
        replace(GOOD, pdf=b""),
        replace(GOOD, pdf=signed(a_pdf(ACT.to_bytes()).to_bytes(), a_court())),
        replace(GOOD, pdf=signed(a_pdf(a_warrant(warrant_id="w-2").to_bytes()).to_bytes(), COURT)),
        replace(GOOD, certificate="0" * 64),
        replace(GOOD, payload=a_warrant(warrant_id="w-2").to_bytes()),
    ],
    ids=["changed", "longer", "nothing", "another court", "another act", "another certificate", "another payload"],
)
def test_what_governance_makes_of_a_courts_pdf_authorises_nothing(act: PdfAct) -> None:
    unverified, ask, answer = an_answer(act)
    accepted = a_book().accept(CAMERA, ask, answer, AT_NOON)
    assert not accepted.held
    assert accepted.refused.total() == 1
    assert not edge(unverified, ask)[0]


def test_a_matcher_that_reads_no_pdf_holds_nothing() -> None:
    _, ask, answer = an_answer()
    book = LeaseBook(replace(a_book().terms, reads_pdf=LeaseTerms.__dataclass_fields__["reads_pdf"].default))
    assert dict(book.accept(CAMERA, ask, answer, AT_NOON).refused) == {"signature": 1}


def edge(unverified: UnverifiedAuthorisation, ask: Any, **options: Any) -> Any:
    return verify_each(
        [(UnverifiedAuthorisation.from_json(unverified.to_json()), ask)],
        trusted=TRUSTED,
        site_id=SITE,
        camera_id=CameraId(CAMERA),
        profile=PROFILE,
        at=AT_NOON,
        **{"reads_pdf": READS, **options},
    )


def test_the_edge_worker_has_it_read_once_more_by_itself() -> None:
    unverified, ask, _ = an_answer()
    verified, refused = edge(unverified, ask)
    assert [one.warrant for one in verified] == [ACT]
    assert not refused
