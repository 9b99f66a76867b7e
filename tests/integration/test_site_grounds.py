"""Without live evidence, documents and sign nothing is lent: by the rules, and by the database itself (B7, C9, C14)."""

import csv
import hashlib
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from contracts.signature import Purpose
from governance.adapters.db.tables import LEASES
from governance.application.errors import BadInput, NotFound, Refused
from governance.application.file_document import FileDocument, file_document
from governance.application.import_evidence import ImportEvidence, import_evidence
from governance.application.registers import RegisterCamera, register_camera
from governance.application.site_register import list_cameras, public_register
from governance.domain.events import Event
from governance.domain.identifiers import CameraId
from governance.domain.site_evidence import DocumentKind
from governance.web.public import cameras_csv
from tests.builders_applications import CAMERAS
from tests.builders_contracts import SITE, a_camera
from tests.builders_governance import World, a_deployment, a_governance, leases
from tests.builders_sites import PDF, SIGN, give_grounds, some_incidents

pytestmark = pytest.mark.law("B7", "C9", "C14")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


def bring(world: World, file: bytes, *, threshold: float = 1.5, previewed: str = "") -> None:
    digest = previewed or hashlib.sha256(file).hexdigest()
    actor = world.people.site_manager
    import_evidence(world.governance, ImportEvidence(actor=actor, file=file, previewed=digest, threshold=threshold))


def refused_by(world: World) -> str:
    assert not leases(world, nonce="refused").authorisations
    (entry,) = [entry for entry in world.entries() if entry.leaf.event == "lease.refuse"][-1:]
    return str(entry.leaf.body["rule"])


def test_evidence_below_the_threshold_stops_the_site_and_live_evidence_starts_it_again(world: World) -> None:
    a_deployment(world)
    assert leases(world, nonce="before").authorisations
    bring(world, some_incidents(there=10, elsewhere=10))
    assert refused_by(world) == "C14"
    give_grounds(world.governance, world.people.site_manager)
    assert leases(world, nonce="after").authorisations


@pytest.mark.parametrize("kind", DocumentKind)
def test_a_document_that_is_missing_stops_the_camera(world: World, kind: DocumentKind) -> None:
    a_deployment(world)
    with world.governance.database.transaction() as tx:
        tx.documents.remove((CameraId(CAMERAS[0]), kind))
        tx.log.append(Event.DOCUMENT_FILE, {"actor": world.people.site_manager})
        tx.commit()
    assert refused_by(world) == ("C9" if kind is DocumentKind.SIGN else "B7")


@pytest.mark.parametrize(
    ("gone", "sentence"),
    [
        ("DELETE FROM evidence", "C14"),
        ("UPDATE evidence SET expires_at = created_at", "C14"),
        ("DELETE FROM documents WHERE kind = 'sign'", "C9"),
        ("UPDATE documents SET expires_at = created_at WHERE kind = 'balancing'", "C9"),
        ("UPDATE cameras SET care_area = 1", "B8"),
        ("UPDATE cameras SET healthcare = 1", "B8"),
    ],
)
def test_the_database_refuses_a_lease_without_grounds(world: World, gone: str, sentence: str) -> None:
    a_deployment(world)
    assert leases(world, nonce="before").authorisations
    with world.engine.begin() as connection:
        row = dict(connection.execute(select(LEASES)).mappings().one())
        connection.execute(insert(LEASES).values(row | {"lease_id": "with-grounds"}))
        connection.execute(text(gone))
        with pytest.raises(IntegrityError, match=sentence):
            connection.execute(insert(LEASES).values(row | {"lease_id": "forged"}))


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE evidence SET hot_spot = 1",
        "UPDATE evidence SET threshold = 0.5",
        "UPDATE evidence SET counted = 400",
        "UPDATE evidence SET expires_at = expires_at + 1",
    ],
)
def test_the_database_refuses_to_write_over_evidence(world: World, edit: str) -> None:
    bring(world, some_incidents(there=10, elsewhere=10))
    with world.engine.begin() as connection, pytest.raises(IntegrityError):
        connection.execute(text(edit))


def test_an_import_that_fails_leaves_what_was_there(world: World) -> None:
    def standing() -> str:
        with world.governance.database.transaction() as tx:
            return tx.evidence.get(SITE).document  # type: ignore[arg-type]  # the contracts' id of the same site

    before = standing()
    good = some_incidents(there=20)
    with pytest.raises(Refused, match="cannot be read") as refusal:
        bring(world, good + b"site-1,yesterday,mord,1\n")
    assert refusal.value.rule == "C14"
    assert world.events()[-1] == "request.refuse"
    with pytest.raises(Refused, match="Nothing in this file counts"):
        bring(world, b"site,time,category\nsite-1,2026-02-01,klotter\n")
    with pytest.raises(BadInput, match="another file"):
        bring(world, good, previewed="0" * 64)
    for threshold in (1.4, 0.0, float("nan")):
        with pytest.raises(BadInput, match="threshold"):
            bring(world, good, threshold=threshold)
    assert standing() == before


def test_nobody_but_the_region_hands_in_evidence_or_documents(world: World) -> None:
    file, people = some_incidents(), world.people
    for actor in (people.applicant, people.legal_officer, people.administrator, people.auditor, people.enroller):
        command = ImportEvidence(actor=actor, file=file, previewed=hashlib.sha256(file).hexdigest(), threshold=1.5)
        with pytest.raises(Refused):
            import_evidence(world.governance, command)
        with pytest.raises(Refused):
            file_document(
                world.governance,
                FileDocument(actor=actor, cameras=(CameraId(CAMERAS[0]),), kind=DocumentKind.SIGN, file=SIGN),
            )


def test_a_file_that_is_no_document_is_refused(world: World) -> None:
    actor, cameras = world.people.site_manager, (CameraId(CAMERAS[0]),)
    for kind, file in ((DocumentKind.SIGN, PDF), (DocumentKind.BALANCING, SIGN), (DocumentKind.IMPACT_ASSESSMENT, b"")):
        with pytest.raises(BadInput):
            file_document(world.governance, FileDocument(actor=actor, cameras=cameras, kind=kind, file=file))
    with pytest.raises(BadInput):
        file_document(world.governance, FileDocument(actor=actor, cameras=(), kind=DocumentKind.SIGN, file=SIGN))
    nowhere = (CameraId("camera-of-nobody"),)
    with pytest.raises(NotFound):
        file_document(world.governance, FileDocument(actor=actor, cameras=nowhere, kind=DocumentKind.SIGN, file=SIGN))


@pytest.mark.law("A5")
def test_a_changed_camera_needs_its_documents_anew_and_the_same_record_does_not(world: World) -> None:
    def register(view: str, serial: int) -> bool:
        record = a_camera(camera_id=CAMERAS[0], view=view, serial=serial)
        signed = world.keys.region.sign(Purpose.CAMERA, record.to_bytes())
        register_camera(world.governance, RegisterCamera(actor=world.people.site_manager, record=signed))
        lines = list_cameras(world.governance, world.people.site_manager)
        return next(line for line in lines if line.camera_id == CAMERAS[0]).standing.allowed

    assert register(a_camera().view, 1)
    assert not register("Now it looks at the other door.", 2)


@pytest.mark.law("B8")
def test_an_older_record_and_one_that_takes_a_tag_of_care_off_are_refused_by_rule_and_by_database(world: World) -> None:
    def register(**changes: Any) -> None:
        record = a_camera(camera_id=CAMERAS[0], **changes)
        signed = world.keys.region.sign(Purpose.CAMERA, record.to_bytes())
        register_camera(world.governance, RegisterCamera(actor=world.people.site_manager, record=signed))

    register(serial=5, care_area=True)
    for changes, rule in (({"serial": 4, "care_area": True}, "B7"), ({}, "B7"), ({"serial": 6}, "B8")):
        with pytest.raises(Refused) as refusal:
            register(**changes)
        assert refusal.value.rule == rule
        assert world.events()[-1] == "request.refuse"
    register(serial=5, care_area=True)
    for edit in ("serial = 4, payload = x'00'", "care_area = 0"):
        with world.engine.begin() as connection, pytest.raises(IntegrityError, match=r"B7|B8"):
            connection.execute(text(f"UPDATE cameras SET {edit} WHERE camera_id = 'camera-1'"))  # noqa: S608 (of this test)


def test_out_of_its_hours_a_camera_is_not_lent_nor_to_their_last_minute(world: World) -> None:
    record = a_camera(camera_id=CAMERAS[0], serial=2, opens=0, closes=13 * 60 + 1)
    signed = world.keys.region.sign(Purpose.CAMERA, record.to_bytes())
    register_camera(world.governance, RegisterCamera(actor=world.people.site_manager, record=signed))
    give_grounds(world.governance, world.people.site_manager)
    a_deployment(world)
    # It is 13:00 in Stockholm: a lease of a minute would end at 13:01, when the camera is not used any more.
    assert refused_by(world) == "B7"


def test_evidence_and_documents_run_out(world: World) -> None:
    world.clock.advance(timedelta(days=365, milliseconds=-1))
    lines = list_cameras(world.governance, world.people.site_manager)
    assert all(line.standing.allowed for line in lines)
    world.clock.advance(timedelta(milliseconds=1))
    lines = list_cameras(world.governance, world.people.site_manager)
    assert {line.standing.rule for line in lines} == {"C14"}


def test_the_public_register_names_documents_and_no_formula(world: World) -> None:
    record = a_camera(camera_id=CAMERAS[1], view="=HYPERLINK(1)", serial=2)
    signed = world.keys.region.sign(Purpose.CAMERA, record.to_bytes())
    register_camera(world.governance, RegisterCamera(actor=world.people.site_manager, record=signed))
    lines = {line.camera_id: line for line in public_register(world.governance)}
    assert lines[CAMERAS[0]].sign_sha256 == hashlib.sha256(SIGN).hexdigest()
    assert lines[CAMERAS[1]].record_sha256 == signed.sha256
    assert lines[CAMERAS[0]].may_be_used
    assert not lines[CAMERAS[1]].may_be_used
    told = json.dumps([line.to_json() for line in lines.values()])
    assert "rtsp" not in told
    rows = list(csv.reader(io.StringIO(bytes(cameras_csv(world.governance).body).decode())))
    assert len(rows) == len(CAMERAS) + 1
    assert next(row for row in rows if row[0] == CAMERAS[1])[2] == "'=HYPERLINK(1)"
