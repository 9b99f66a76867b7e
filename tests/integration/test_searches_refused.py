"""What is refused of the search of a recording: by the rules, with an entry each; and by the database itself (A12)."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from contracts.search_order import SearchOrder
from contracts.search_records import SearchRequest
from contracts.signature import Purpose
from contracts.vocabulary import CameraId as ContractCameraId
from contracts.vocabulary import DeploymentId, ReferenceId
from governance.adapters.db.migrate import downgrade, upgrade
from governance.application.accept_candidate import Acceptance
from governance.application.accounts import ChangeShift, change_shift
from governance.application.deployments import StartDeployment, start_deployment
from governance.application.errors import BadInput, Refused, StorageFailed
from governance.application.narrow_warrant import NarrowWarrant, narrow_warrant
from governance.application.order_search import order_search
from governance.application.queries import list_alerts
from governance.application.registers import RegisterCamera, register_camera
from governance.application.search_recording import ApproveSearch, approve_search
from governance.domain.identifiers import SearchId
from governance.domain.narrowing import NarrowedKind
from governance.domain.review import Support
from tests.builders_applications import CAMERAS
from tests.builders_contracts import NOON, SITE, a_camera, a_hash
from tests.builders_governance import World, a_governance, a_request, an_alert, an_enrolled_warrant
from tests.builders_recordings import (
    ANOTHER_PERSON,
    FILM,
    HOUR,
    TWO_CAMERAS,
    a_recording,
    a_search_warrant,
    answer,
    approved,
    asked,
    begun,
    found,
    kept,
    ordered,
    revoke,
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


# -- what is refused --------------------------------------------------------------------------------------------------


def refusal_of(world: World, call: Any, *arguments: Any, **named: Any) -> str:
    """Return the rule that refused; the refusal is the log's last entry, and says so."""
    with pytest.raises(Refused) as refused:
        call(*arguments, **named)
    last = world.entries()[-1]
    assert last.event in {"search.refuse", "candidate.refuse", "request.refuse"}
    assert last.fields["allowed"] is False
    return str(refused.value.rule)


@pytest.mark.law("A12")
@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"camera_id": CAMERAS[1]}, "A4"),
        ({"camera_id": "somebody's name"}, "A4"),
        ({"recorded_until": NOON - 23 * HOUR}, "A12"),
        ({"recorded_from": NOON - 50 * HOUR}, "A12"),
        ({"sha256": "rtsp://camera.invalid/live"}, "A12"),
    ],
)
def test_what_may_not_be_searched_is_refused_when_it_is_asked_for(
    world: World, changes: dict[str, Any], rule: str
) -> None:
    warrant_id = a_search_warrant(world)
    assert refusal_of(world, asked, world, warrant_id, **changes) == rule
    typed = {value for value in changes.values() if isinstance(value, str)} - set(CAMERAS)
    assert not typed & {str(value) for value in world.entries()[-1].fields.values()}


@pytest.mark.law("A12", "B14")
def test_who_may_ask_and_approve(world: World) -> None:
    warrant_id, people = a_search_warrant(world), world.people
    for actor in (people.applicant, people.enroller, people.legal_officer, people.auditor, people.site_manager):
        assert refusal_of(world, asked, world, warrant_id, actor=actor) == "B14"
    search_id = asked(world, warrant_id)
    for actor in (people.reviewers[2], people.reviewers[0], people.applicant, people.auditor):
        command = ApproveSearch(actor=actor, search_id=search_id)
        assert refusal_of(world, approve_search, world.governance, command) == "B14"
    assert refusal_of(world, ordered, world, search_id) == "A12"


@pytest.mark.law("A12", "A15")
def test_who_searched_does_not_review_and_who_reviewed_does_not_search(world: World) -> None:
    one = begun(world)
    found(world, one)
    assert not list_alerts(world.governance, world.people.reviewers[2])
    answer(world, 0, Support.SUPPORT_SAME)
    assert refusal_of(world, asked, world, one.warrant_id, actor=world.people.reviewers[0]) == "B14"
    searcher = {"who": world.people.reviewers[2]}
    with world.engine.begin() as connection:
        looked = "INSERT INTO views (log_index, alert_id, reviewer, created_at, expires_at)"
        connection.execute(text(f"{looked} VALUES (9999, 'report-1', :who, 1, 2)"), searcher)
        wrote = "INSERT INTO reviews (alert_id, reviewer, ordinal, support, answer, created_at, expires_at)"
        with pytest.raises(IntegrityError, match="chose what was searched"):
            connection.execute(text(f"{wrote} VALUES ('report-1', :who, 2, 2, 'x', 900000, 900001)"), searcher)


@pytest.mark.law("A12")
def test_a_live_warrant_searches_nothing_and_a_search_warrant_nothing_live(world: World) -> None:
    live, _ = an_enrolled_warrant(world)
    assert refusal_of(world, asked, world, live) == "A12"
    warrant_id = a_search_warrant(world, slots=ANOTHER_PERSON)
    with pytest.raises(Refused):
        start_deployment(world.governance, StartDeployment(actor=world.people.legal_officer, warrant_id=warrant_id))


@pytest.mark.law("A12")
def test_another_file_is_not_the_recording_that_was_approved(world: World) -> None:
    search_id = approved(world, a_search_warrant(world))
    assert refusal_of(world, ordered, world, search_id, recording_sha256=a_hash("another film")) == "A12"
    assert "search.begin" not in world.events()


@pytest.mark.law("A12")
def test_an_order_is_given_once_and_a_second_search_is_asked_for_anew(world: World) -> None:
    one = begun(world)
    assert refusal_of(world, ordered, world, one.search_id) == "A12"
    assert refusal_of(world, ordered, world, one.search_id, nonce="n2") == "A12"
    again = approved(world, one.warrant_id)
    assert refusal_of(world, ordered, world, again) == "P1", "a request that was answered is not answered again"
    assert ordered(world, again, nonce="n3").gallery
    assert [entry.fields["count"] for entry in world.entries() if entry.event == "search.ask"] == [0, 1]


@pytest.mark.law("A12", "P1")
def test_each_order_is_renewed_once_and_by_an_entry(world: World) -> None:
    one = begun(world)
    first = one.order_sha256
    world.clock.advance(timedelta(seconds=30))
    second = ordered(world, one.search_id, nonce="n2", renews=first)
    order = SearchOrder.from_bytes(second.order.order.payload)
    assert order.gallery_sha256 == one.order.gallery_sha256
    assert order.expires_at == world.clock.now() + timedelta(seconds=60)
    assert world.events().count("search.renew") == 1
    assert refusal_of(world, ordered, world, one.search_id, nonce="n3", renews=first) == "A12"
    world.clock.advance(timedelta(seconds=60))
    late = second.order.order.sha256
    assert refusal_of(world, ordered, world, one.search_id, nonce="n4", renews=late) == "A12"


@pytest.mark.law("A12")
def test_a_search_goes_on_for_a_quarter_of_an_hour_and_no_longer(world: World) -> None:
    one = begun(world)
    newest = one.order_sha256
    for number in range(29):
        world.clock.advance(timedelta(seconds=31))
        if world.clock.now() >= NOON + timedelta(minutes=15):
            break
        answer = ordered(world, one.search_id, nonce=f"m{number}", renews=newest)
        newest = answer.order.order.sha256
        assert SearchOrder.from_bytes(answer.order.order.payload).expires_at <= NOON + timedelta(minutes=15)
    world.clock.at = NOON + timedelta(minutes=15)
    assert refusal_of(world, ordered, world, one.search_id, nonce="last", renews=newest) == "A12"


@pytest.mark.law("A8", "A12")
def test_what_is_revoked_meanwhile_is_not_renewed(world: World) -> None:
    one = begun(world)
    revoke(world, one.warrant_id)
    rule = refusal_of(world, ordered, world, one.search_id, nonce="n2", renews=one.order_sha256)
    assert rule == "A6"


@pytest.mark.law("A12")
def test_an_approval_does_not_last(world: World) -> None:
    search_id = approved(world, a_search_warrant(world))
    world.clock.advance(timedelta(hours=24))
    assert refusal_of(world, ordered, world, search_id) == "A12"


@pytest.mark.law("A12", "E6")
def test_nothing_is_searched_while_nobody_could_look(world: World) -> None:
    search_id = approved(world, a_search_warrant(world))
    change_shift(world.governance, ChangeShift(actor=world.people.reviewers[0], begin=False))
    assert refusal_of(world, ordered, world, search_id) == "E6"


@pytest.mark.law("A12", "A4", "A8")
def test_what_was_taken_back_after_the_approval_is_not_searched(world: World) -> None:
    warrant_id = a_search_warrant(world, cameras=TWO_CAMERAS)
    search_id = approved(world, warrant_id)
    narrow_warrant(
        world.governance,
        NarrowWarrant(
            actor=world.people.legal_officer,
            warrant_id=warrant_id,
            kind=NarrowedKind.CAMERA,
            target=CAMERAS[0],
            why="Nobody is expected there any more.",
        ),
    )
    assert refusal_of(world, ordered, world, search_id) == "A4"
    revoke(world, warrant_id)
    assert refusal_of(world, ordered, world, search_id) in {"A6", "E6"}


def change_camera(world: World, **changes: Any) -> None:
    """Register a newer record of the recording's camera."""
    record = a_camera(camera_id=ContractCameraId(CAMERAS[0]), **{"serial": 2, **changes})
    signed = world.keys.region.sign(Purpose.CAMERA, record.to_bytes())
    register_camera(world.governance, RegisterCamera(actor=world.people.site_manager, record=signed))


@pytest.mark.law("A4", "A12")
@pytest.mark.parametrize("changes", [{"view": "The street outside."}, {"opens": 8 * 60, "closes": 18 * 60}])
def test_a_camera_whose_record_is_not_the_acts_is_not_searched(world: World, changes: dict[str, Any]) -> None:
    search_id = approved(world, a_search_warrant(world))
    change_camera(world, **changes)
    assert refusal_of(world, ordered, world, search_id) == "A4"
    assert "search.begin" not in world.events()


@pytest.mark.law("A4", "A8", "A12")
def test_a_camera_that_is_changed_meanwhile_ends_the_search(world: World) -> None:
    one = begun(world)
    change_camera(world, view="The street outside.")
    assert refusal_of(world, ordered, world, one.search_id, nonce="n2", renews=one.order_sha256) == "A4"
    assert "search.renew" not in world.events()


@pytest.mark.law("P1")
def test_only_the_cameras_own_site_is_given_an_order(world: World) -> None:
    search_id = approved(world, a_search_warrant(world))
    stranger = world.keys.region.sign(
        Purpose.SEARCH_REQUEST,
        SearchRequest(
            site_id=SITE, search_id=search_id, recording_sha256=FILM, nonce=a_hash("n"), asked_at=NOON
        ).to_bytes(),
    )
    with pytest.raises(BadInput):
        order_search(world.governance, stranger)
    with pytest.raises(BadInput):
        order_search(world.governance, a_request(world))
    assert refusal_of(world, ordered, world, SearchId("nothing")) == "A12"


@pytest.mark.law("A12")
@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"reference_id": ReferenceId("somebody-else")}, "A6"),
        ({"deployment_id": DeploymentId("deployment-1")}, "A6"),
        ({"camera_id": CAMERAS[1]}, "A6"),
        ({"lease_id": "another"}, "A6"),
        ({"day_key_sha256": a_hash("another day")}, "A6"),
        ({"captured_at": NOON - HOUR}, "A12"),
        ({"captured_at": NOON + timedelta(minutes=1)}, "A12"),
        ({"stream_time": 3661.0}, "A12"),
        ({"profile_sha256": a_hash("another profile")}, "P4"),
    ],
)
def test_a_candidate_that_its_order_does_not_cover_is_refused(world: World, changes: dict[str, Any], rule: str) -> None:
    one = begun(world)
    assert refusal_of(world, found, world, one, **changes) == rule


@pytest.mark.law("A12")
def test_a_candidate_of_a_recording_joins_no_alert_of_another_search(world: World) -> None:
    one = begun(world)
    found(world, one)
    assert found(world, one, report_id="report-2", joins="report-1", crops_sha256=None) is Acceptance.JOINED
    again = approved(world, one.warrant_id)
    other = replace(one, search_id=again, answer=ordered(world, again, nonce="n2"))
    changes = {"report_id": "report-3", "joins": "report-1", "crops_sha256": None}
    assert refusal_of(world, found, world, other, **changes) == "A13"


# -- the database -----------------------------------------------------------------------------------------------------


@pytest.mark.law("A12")
@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE searches SET state = 'approved'", "once"),
        ("UPDATE searches SET recording_sha256 = 'x'", "does not change"),
        ("UPDATE searches SET recorded_until = recorded_until + 1", "does not change"),
        ("UPDATE searches SET order_sha256 = NULL", "renewed for a minute"),
        ("UPDATE searches SET ends_at = ends_at - 1", "renewed for a minute"),
        ("UPDATE searches SET ends_at = ends_at + 60001", "renewed for a minute"),
        (
            "UPDATE searches SET ends_at = ends_at + 1, state = 'ended', ended_at = 1, frames = 0, candidates = 0",
            "renewed for a minute",
        ),
        ("UPDATE searches SET approved_by = asked_by", "do not change"),
        ("UPDATE alerts SET deployment_id = 'd'", "does not change"),
        ("UPDATE alerts SET search_id = NULL, deployment_id = 'd'", "does not change"),
        (("INSERT INTO alerts (alert_id, warrant_id, deployment_id, search_id, reference_id, site_id, camera_id,"
         " lease_id, state, crops_sha256, joined, captured_at, stream_time, due_at, created_at, expires_at)"
         " SELECT 'a2', warrant_id, 'd', search_id, reference_id, site_id, camera_id, lease_id, state, crops_sha256,"
         " joined, captured_at, stream_time, due_at, created_at, expires_at FROM alerts"), "of_one_source"),
        (("INSERT INTO searches SELECT 's2', warrant_id, reference_id, site_id, camera_id, recording_sha256,"
         " recorded_from, recorded_until, state, asked_by, approved_by, approved_at, begun_at, ends_at, order_sha256,"
         " day_key_sha256, ended_at, ending, frames, faces, compared, candidates, created_at, expires_at"
         " FROM searches"), "asked for before"),
        (("INSERT INTO charges (alert_id, warrant_id, site_id, profile_sha256, reference_id, verdict, created_at,"
         " expires_at) SELECT alert_id, warrant_id, site_id, 'p', reference_id, 'pending', created_at, expires_at"
         " FROM alerts"), "no live budget"),
    ],
)  # fmt: skip
def test_the_database_refuses_what_the_rules_refuse(world: World, statement: str, sentence: str) -> None:
    found(world, begun(world))
    with world.engine.begin() as connection, pytest.raises(IntegrityError, match=sentence):
        connection.execute(text(statement))


@pytest.mark.law("A12")
def test_the_database_begins_no_search_of_a_live_warrant(world: World) -> None:
    search_id = approved(world, a_search_warrant(world))
    live, _ = an_enrolled_warrant(world, slots=ANOTHER_PERSON)
    assert live
    begin = (
        "UPDATE searches SET state = 'begun', begun_at = 1, ends_at = 2, order_sha256 = 'o', day_key_sha256 = 'k'"
        " WHERE search_id = :one"
    )
    # In 1970 the warrant was not in its time.
    with world.engine.begin() as connection, pytest.raises(IntegrityError, match="in force"):
        connection.execute(text(begin), {"one": search_id})


def test_alerts_of_before_are_carried_over_with_what_refers_to_them(world: World) -> None:
    an_alert(world)
    answer(world, 0, Support.SUPPORT_SAME)
    names = "alerts", "views", "reviews", "charges"

    def rows() -> dict[str, list[dict[str, Any]]]:
        with world.engine.connect() as connection:
            return {
                name: [dict(row) for row in connection.execute(text(f"SELECT * FROM {name}")).mappings()]  # noqa: S608
                for name in names
            }

    before = rows()
    downgrade(world.engine, "0018")
    upgrade(world.engine)
    assert rows() == before
    assert all(before.values())
    with world.engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_an_older_program_does_not_take_over_alerts_of_recordings(world: World) -> None:
    found(world, begun(world))
    with pytest.raises(StorageFailed, match="searched recordings"):
        downgrade(world.engine, "0018")


def test_instants_are_kept_as_they_were_asked(world: World) -> None:
    asked(world, a_search_warrant(world))
    (search,) = kept(world)
    assert isinstance(search.recorded_from, datetime)
    assert search.recording == a_recording()
