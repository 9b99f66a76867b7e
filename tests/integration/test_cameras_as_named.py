"""A camera as its act names it: pointed elsewhere, or assessed anew, it is lent under no act of before (A4, A5)."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from contracts.authorisation import LeaseAsk, verify
from contracts.clock import Moment
from contracts.lease_request import LeaseAnswer
from contracts.signature import Purpose
from contracts.vocabulary import CameraId as ContractCameraId
from contracts.warrant import Warrant as Act
from governance.adapters.db.tables import LEASES
from governance.application import approve_warrant as approving
from governance.application.deployments import StartDeployment, start_deployment
from governance.application.details import make_act
from governance.application.errors import Refused
from governance.application.file_document import FileDocument, file_document
from governance.application.queries import read_warrant
from governance.application.registers import RegisterCamera, register_camera
from governance.application.stop_leases import stops_for
from governance.domain.identifiers import CameraId
from governance.domain.site_evidence import DocumentKind
from tests.builders_applications import CAMERAS
from tests.builders_contracts import PROFILE, SITE, a_camera, a_hash
from tests.builders_governance import (
    World,
    a_deployment,
    a_governance,
    a_submitted_warrant,
    an_enrolled_warrant,
    leases,
)
from tests.builders_sites import PDF, give_documents
from tests.builders_watchlist import approve_the_list

pytestmark = pytest.mark.law("A4", "A5")
CAMERA = CameraId(CAMERAS[0])
MASK = ((0.0, 0.0), (1.0, 0.0), (0.25, 0.75))
NEWER = PDF + b" anew"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


def change_camera(world: World, **changes: Any) -> None:
    """Register a newer record of the camera, and hand in its documents anew."""
    record = a_camera(camera_id=ContractCameraId(CAMERA), **{"serial": 2, **changes})
    signed = world.keys.region.sign(Purpose.CAMERA, record.to_bytes())
    actor = world.people.site_manager
    register_camera(world.governance, RegisterCamera(actor=actor, record=signed))
    give_documents(world.governance, actor)


def file_assessment(world: World, file: bytes) -> None:
    command = FileDocument(
        actor=world.people.site_manager, cameras=(CAMERA,), kind=DocumentKind.IMPACT_ASSESSMENT, file=file
    )
    file_document(world.governance, command)


def refused_by(world: World) -> str:
    assert not leases(world, nonce=f"refused-{world.clock.now()}").authorisations
    (entry,) = [entry for entry in world.entries() if entry.leaf.event == "lease.refuse"][-1:]
    return str(entry.leaf.body["rule"])


def verified_at_the_site(world: World, answer: LeaseAnswer, nonce: str) -> None:
    ((unverified, _),) = answer.authorisations
    at = Moment(now=world.clock.now(), boot=1000.0)
    ask = LeaseAsk(nonce=a_hash(nonce), asked_boot=at.boot)
    camera_id = ContractCameraId(CAMERA)
    verify(unverified, trusted=world.keys.trusted, site_id=SITE, camera_id=camera_id, profile=PROFILE, ask=ask, at=at)


def test_the_act_names_the_record_that_is_registered(world: World) -> None:
    a_deployment(world)
    ((unverified, _),) = leases(world).authorisations
    act = Act.from_bytes(unverified.warrant.payload)
    assert [camera.record_sha256 for camera in act.cameras] == [unverified.camera.sha256]
    assert unverified.named_camera is None


def test_a_camera_that_is_pointed_elsewhere_is_lent_under_no_act_of_before(world: World) -> None:
    a_deployment(world)
    assert leases(world, nonce="before").authorisations
    change_camera(world, view="The street outside.")
    assert refused_by(world) == "A4"


def test_its_running_lease_is_stopped_at_once(world: World) -> None:
    a_deployment(world)
    assert leases(world).authorisations
    assert not stops_for(world.governance, SITE)  # type: ignore[arg-type]  # the contracts' id of the same site
    change_camera(world, view="The street outside.")
    assert stops_for(world.governance, SITE)  # type: ignore[arg-type]


def test_a_camera_that_sees_less_is_lent_on_and_the_site_verifies_it(world: World) -> None:
    a_deployment(world)
    change_camera(world, masks=(MASK,), opens=8 * 60, closes=18 * 60)
    answer = leases(world, nonce="narrowed")
    verified_at_the_site(world, answer, "narrowed")
    ((unverified, _),) = answer.authorisations
    assert unverified.named_camera is not None
    change_camera(world, serial=3)
    verified_at_the_site(world, leases(world, nonce="as named, with another serial"), "as named, with another serial")


def test_what_was_changed_between_approval_and_start_is_not_lent_either(world: World) -> None:
    warrant_id, _ = an_enrolled_warrant(world)
    change_camera(world, view="The street outside.")
    put_into_use(world, warrant_id)
    assert refused_by(world) == "A4"


def test_a_new_warrant_names_the_camera_as_it_is(world: World) -> None:
    change_camera(world, view="The street outside.")
    a_deployment(world)
    verified_at_the_site(world, leases(world, nonce="new"), "new")


def put_into_use(world: World, warrant_id: Any) -> None:
    approve_the_list(world.governance, world.people.legal_officer, warrant_id)
    start_deployment(world.governance, StartDeployment(actor=world.people.legal_officer, warrant_id=warrant_id))


def test_an_act_of_the_version_before_is_put_into_use_nowhere(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approving, "make_act", lambda details, **said: make_act(details, **{**said, "records": {}}))
    warrant_id, _ = an_enrolled_warrant(world)
    with pytest.raises(Refused, match="does not name the records") as refusal:
        put_into_use(world, warrant_id)
    assert refusal.value.rule == "A4"


def test_a_newer_assessment_stops_the_warrants_of_before(world: World) -> None:
    a_deployment(world)
    world.clock.advance(timedelta(minutes=1))
    file_assessment(world, PDF)
    assert leases(world, nonce="the same, handed in again").authorisations
    file_assessment(world, NEWER)
    assert refused_by(world) == "A5"
    with world.governance.database.transaction() as tx:
        (refused,) = tx.lease_refusals.where()
    assert "newer impact assessment" in refused.reason


def test_an_assessment_that_came_between_approval_and_start_stops_it_too(world: World) -> None:
    warrant_id, _ = an_enrolled_warrant(world)
    world.clock.advance(timedelta(minutes=1))
    file_assessment(world, NEWER)
    world.clock.advance(timedelta(minutes=1))
    put_into_use(world, warrant_id)
    assert refused_by(world) == "A5"


def test_the_warrants_page_says_which_camera_changed_and_what_helps(world: World) -> None:
    _, warrant_id = a_deployment(world)

    def said() -> dict[CameraId, str]:
        page = read_warrant(world.governance, world.people.legal_officer, warrant_id).value
        return dict(page.changed_cameras)

    change_camera(world, masks=(MASK,))
    assert said() == {}
    world.clock.advance(timedelta(minutes=1))
    file_assessment(world, NEWER)
    assert list(said()) == [CAMERA]
    assert "A5" in said()[CAMERA]
    assert "A4" not in said()[CAMERA]
    change_camera(world, serial=3, view="The street outside.")
    assert "A4" in said()[CAMERA]
    assert "only a new warrant" in said()[CAMERA]


def test_a_warrant_that_is_written_under_the_newer_assessment_is_lent(world: World) -> None:
    world.clock.advance(timedelta(minutes=1))
    file_assessment(world, NEWER)
    world.clock.advance(timedelta(minutes=1))
    a_deployment(world)
    assert leases(world).authorisations


def test_a_narrower_camera_under_another_assessment_is_not_lent(world: World) -> None:
    a_deployment(world)
    world.clock.advance(timedelta(minutes=1))
    change_camera(world, masks=(MASK,))
    assert leases(world, nonce="under the same").authorisations
    file_assessment(world, NEWER)
    assert refused_by(world) == "A5"


def test_an_application_that_names_a_replaced_assessment_is_refused(world: World) -> None:
    with world.governance.database.transaction() as tx:
        named = tx.documents.get((CAMERA, DocumentKind.IMPACT_ASSESSMENT)).sha256
    a_submitted_warrant(world, impact_assessment_sha256=named)
    with world.engine.begin() as connection:
        # As in a database of before this table: what is replaced is remembered by then at the latest.
        connection.execute(text("DELETE FROM filed_assessments"))
        connection.execute(text("DELETE FROM marks WHERE table_name = 'filed_assessments'"))
    file_assessment(world, NEWER)
    with pytest.raises(Refused, match="newer impact assessment") as refusal:
        a_submitted_warrant(world, impact_assessment_sha256=named)
    assert refusal.value.rule == "A5"


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        ("DELETE FROM named_cameras", "what an act names"),
        ("UPDATE named_cameras SET record_sha256 = assessment_sha256", "named_cameras"),
        ("UPDATE filed_assessments SET created_at = 0", "filed_assessments"),
        ("UPDATE named_cameras SET expires_at = expires_at + 1", "named_cameras"),
    ],
)
def test_the_database_keeps_what_the_act_names(world: World, edit: str, sentence: str) -> None:
    a_deployment(world)
    with world.engine.begin() as connection, pytest.raises(IntegrityError, match=sentence):
        connection.execute(text(edit))


def test_the_database_refuses_a_lease_under_a_newer_assessment_or_without_a_name(world: World) -> None:
    a_deployment(world)
    assert leases(world).authorisations
    world.clock.advance(timedelta(minutes=1))
    with world.engine.begin() as connection:
        row = dict(connection.execute(select(LEASES)).mappings().one())
        connection.execute(insert(LEASES).values(row | {"lease_id": "as named"}))
        with pytest.raises(IntegrityError, match="A4"):
            connection.execute(insert(LEASES).values(row | {"lease_id": "forged", "camera_id": CAMERAS[1]}))
    file_assessment(world, NEWER)
    with world.engine.begin() as connection, pytest.raises(IntegrityError, match="A5"):
        connection.execute(insert(LEASES).values(row | {"lease_id": "forged"}))
