"""The search of one recording from its request to an erased candidate, on a real database and a real log (A12)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from contracts.authorisation import LeaseAsk
from contracts.candidate_report import CandidateReport
from contracts.clock import Moment
from contracts.gallery_bundle import GalleryBundle
from contracts.search_order import SearchOrder, VerifiedSearchOrder, verify_order
from contracts.search_records import SearchAnswer, SearchEnding, SearchReceipt, SearchRequest
from contracts.signature import Purpose, Signed
from contracts.vocabulary import DeploymentId, ReferenceId
from governance.adapters.db.migrate import downgrade, upgrade
from governance.application.accept_candidate import Acceptance, AcceptCandidate, accept_candidate
from governance.application.accounts import ChangeShift, change_shift
from governance.application.deployments import RevokeWarrant, StartDeployment, revoke_warrant, start_deployment
from governance.application.erase import expire_due
from governance.application.errors import BadInput, Refused, StorageFailed
from governance.application.hand_off import SendHandOff, send_hand_off
from governance.application.log_files import LogFiles
from governance.application.make_disclosure import make_disclosure
from governance.application.narrow_warrant import NarrowWarrant, narrow_warrant
from governance.application.order_search import order_search, take_search_receipt
from governance.application.queries import list_alerts, read_alert
from governance.application.review_candidate import RecordReview, record_review
from governance.application.search_recording import ApproveSearch, AskSearch, approve_search, ask_search
from governance.application.vault import finish_erasures
from governance.domain.identifiers import AccountId, AlertId, SearchId, WarrantId
from governance.domain.narrowing import NarrowedKind
from governance.domain.review import AlertState, Outcome, Support
from governance.domain.searches import Recording, SearchState
from tests.builders_contracts import NOON, SITE, a_hash
from tests.builders_governance import (
    CAMERAS,
    CROPS,
    OBSERVED,
    World,
    a_camera_application,
    a_governance,
    a_request,
    a_slot_application,
    an_alert,
    an_enrolled_warrant,
)
from tests.builders_reviews import look

HOUR = timedelta(hours=1)
FILM = a_hash("film")
ANOTHER_PERSON = (a_slot_application(person="Person B, born 1980-01-01"),)
TWO_CAMERAS = (a_camera_application(CAMERAS[0]), a_camera_application(CAMERAS[1]))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


def a_search_warrant(world: World, **changes: Any) -> WarrantId:
    values = {"warrant_type": "post-remote", "recorded_until": NOON - 24 * HOUR, **changes}
    warrant_id, _ = an_enrolled_warrant(world, **values)
    return warrant_id


def a_recording(**changes: Any) -> Recording:
    recording = Recording(
        camera_id=CAMERAS[0], sha256=FILM, recorded_from=NOON - 26 * HOUR, recorded_until=NOON - 25 * HOUR
    )
    return replace(recording, **changes)


def asked(world: World, warrant_id: WarrantId, *, actor: AccountId | None = None, **changes: Any) -> SearchId:
    command = AskSearch(
        actor=actor or world.people.reviewers[2], warrant_id=warrant_id, recording=a_recording(**changes)
    )
    return ask_search(world.governance, command)


def approved(world: World, warrant_id: WarrantId, **changes: Any) -> SearchId:
    search_id = asked(world, warrant_id, **changes)
    approve_search(world.governance, ApproveSearch(actor=world.people.legal_officer, search_id=search_id))
    return search_id


def a_search_request(world: World, search_id: SearchId, *, nonce: str = "n1", **changes: Any) -> Signed:
    request = SearchRequest(
        site_id=SITE,
        search_id=search_id,
        recording_sha256=FILM,
        nonce=a_hash(nonce),
        asked_at=world.clock.now(),
    )
    return world.keys.site.sign(Purpose.SEARCH_REQUEST, replace(request, **changes).to_bytes())


def ordered(world: World, search_id: SearchId, **changes: Any) -> SearchAnswer:
    return order_search(world.governance, a_search_request(world, search_id, **changes)).value


def verified(world: World, answer: SearchAnswer, *, recording: str = FILM) -> VerifiedSearchOrder:
    return verify_order(
        answer.order,
        trusted=world.keys.trusted,
        site_id=SITE,
        recording_sha256=recording,
        ask=LeaseAsk(nonce=a_hash("n1"), asked_boot=1000.0),
        at=Moment(now=world.clock.now(), boot=1000.5),
    )


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A search that was begun, with its order."""

    warrant_id: WarrantId
    search_id: SearchId
    answer: SearchAnswer

    @property
    def order(self) -> SearchOrder:
        return SearchOrder.from_bytes(self.answer.order.order.payload)


def begun(world: World, **changes: Any) -> Begun:
    warrant_id = a_search_warrant(world, **changes)
    search_id = approved(world, warrant_id)
    return Begun(warrant_id=warrant_id, search_id=search_id, answer=ordered(world, search_id))


def a_report(world: World, one: Begun, *, report_id: str = "report-1", **changes: Any) -> Signed:
    order = one.order
    report = CandidateReport(
        report_id=report_id,
        site_id=order.site_id,
        camera_id=order.camera_id,
        deployment_id=order.deployment_id,
        warrant_id=one.warrant_id,  # type: ignore[arg-type]  # the same word in two packages
        lease_id=order.lease_id,
        reference_id=order.reference_id,
        enrolment_sha256=GalleryBundle.from_bytes(one.answer.gallery).references[0].enrolment.sha256,
        profile_sha256=order.profile_sha256,
        score=0.3,
        threshold=0.45,
        captured_at=world.clock.now(),
        stream_time=90.0,
        crops_sha256=sha256(CROPS).hexdigest(),
        day_key_sha256=order.day_key_sha256,
        joins=None,
    )
    return world.keys.site.sign(Purpose.CANDIDATE_REPORT, replace(report, **changes).to_bytes())


def found(world: World, one: Begun, **changes: Any) -> Acceptance:
    crops = None if changes.get("joins") else CROPS
    return accept_candidate(world.governance, AcceptCandidate(report=a_report(world, one, **changes), crops=crops))


def a_receipt(world: World, search_id: SearchId, **changes: Any) -> Signed:
    receipt = SearchReceipt(
        site_id=SITE,
        search_id=search_id,
        ending=SearchEnding.COMPLETE,
        ended_at=world.clock.now(),
        frames=1500,
        faces=7,
        compared=5,
        candidates=1,
    )
    return world.keys.site.sign(Purpose.SEARCH_RECEIPT, replace(receipt, **changes).to_bytes())


def answer(world: World, reviewer: int, support: Support) -> Outcome:
    actor, alert_id = world.people.reviewers[reviewer], AlertId("report-1")
    look(world, actor, alert_id)
    return record_review(
        world.governance, RecordReview(actor=actor, alert_id=alert_id, observations=OBSERVED, support=support)
    )


def revoke(world: World, warrant_id: WarrantId) -> None:
    revoke_warrant(
        world.governance,
        RevokeWarrant(actor=world.people.legal_officer, warrant_id=warrant_id, why="The person was found."),
    )


def kept(world: World) -> list[Any]:
    with world.governance.database.transaction() as tx:
        return list(tx.searches.where())


# -- the way ----------------------------------------------------------------------------------------------------------


@pytest.mark.law("A12")
def test_the_query_stands_in_the_log_before_the_order_leaves_and_the_site_believes_it(world: World) -> None:
    one = begun(world)
    permit = verified(world, one.answer)
    assert permit.order.recording_sha256 == FILM
    assert permit.order.expires_at - permit.order.issued_at == timedelta(minutes=15)
    assert len(GalleryBundle.from_bytes(one.answer.gallery).references) == 1
    events = [entry for entry in world.entries() if entry.event.startswith("search.")]
    assert [entry.event for entry in events] == ["search.ask", "search.approve", "search.begin"]
    fields = events[-1].fields
    assert fields["document"] == one.answer.order.order.sha256
    assert (fields["recording"], fields["camera"], fields["search"]) == (FILM, CAMERAS[0], one.search_id)
    assert fields["reference"] == permit.order.reference_id
    assert FILM not in str(events[-1].leaf.body), "what was searched is sealed, and about nobody in clear"


@pytest.mark.law("A12")
def test_no_order_leaves_where_the_log_does_not_prove_its_entry(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    search_id = approved(world, a_search_warrant(world))

    def unproven(*_: object) -> None:
        raise StorageFailed("This entry cannot be proven now.")

    monkeypatch.setattr("governance.adapters.db.database._StagedEntries.receipt", unproven)
    with pytest.raises(StorageFailed):
        ordered(world, search_id)


@pytest.mark.law("A12")
def test_a_search_ends_with_the_sites_numbers_once(world: World) -> None:
    one = begun(world)
    take_search_receipt(world.governance, a_receipt(world, one.search_id))
    take_search_receipt(world.governance, a_receipt(world, one.search_id, candidates=99))
    (search,) = kept(world)
    assert (search.state, search.frames, search.faces, search.candidates) == (SearchState.ENDED, 1500, 7, 1)
    (entry,) = [entry for entry in world.entries() if entry.event == "search.end"]
    numbers = {name: entry.fields[name] for name in ("frames", "faces", "compared", "candidates", "method")}
    assert numbers == {"frames": 1500, "faces": 7, "compared": 5, "candidates": 1, "method": "complete"}


@pytest.mark.law("A12", "A13", "A15")
def test_a_candidate_of_a_recording_goes_the_way_of_every_candidate_and_is_marked(world: World) -> None:
    one = begun(world)
    assert found(world, one) is Acceptance.ACCEPTED
    assert found(world, one) is Acceptance.KNOWN
    (line,) = list_alerts(world.governance, world.people.reviewers[0])
    assert line.captured_at == NOON - 26 * HOUR + timedelta(seconds=90)
    assert line.from_recording
    assert answer(world, 0, Support.SUPPORT_SAME) is Outcome.PENDING
    assert answer(world, 1, Support.SUPPORT_SAME) is Outcome.CONFIRMED_LEAD
    marked = {leaf.event for leaf in world.leaves() if leaf.body.get("method") == "afterwards"}
    assert marked >= {"candidate.accept", "candidate.review", "candidate.view", "lead.confirm", "warrant.import"}


@pytest.mark.law("A12", "C5")
def test_no_live_budget_is_charged_and_no_live_passage_counted(world: World) -> None:
    one = begun(world)
    found(world, one)
    take_search_receipt(world.governance, a_receipt(world, one.search_id))
    with world.governance.database.transaction() as tx:
        assert tx.charges.where() == ()
        assert tx.budgets.where() == ()
        assert tx.counts.where() == ()
        assert tx.deployments.where() == ()


@pytest.mark.law("A12", "F2")
def test_a_dismissed_candidate_is_erased_at_once(world: World) -> None:
    found(world, begun(world))
    answer(world, 0, Support.STRONG_SUPPORT_DIFFERENT)
    assert answer(world, 1, Support.SUPPORT_DIFFERENT) is Outcome.DISMISSED
    with world.governance.database.transaction() as tx:
        alert = tx.alerts.get(AlertId("report-1"))
        assert alert.report is not None
        assert tx.objects.find(alert.report) is None


@pytest.mark.law("A12", "C4")
def test_nobody_looks_and_it_is_dismissed_after_its_time(world: World) -> None:
    found(world, begun(world))
    world.clock.advance(timedelta(hours=24))
    assert expire_due(world.governance).alerts == 1
    assert read_alert(world.governance, world.people.reviewers[0], AlertId("report-1")).line.state is (
        AlertState.DISMISSED
    )


@pytest.mark.law("A8", "A12")
def test_a_revocation_erases_all_that_was_found_and_ends_the_search(world: World) -> None:
    one = begun(world)
    found(world, one)
    answer(world, 0, Support.SUPPORT_SAME)
    revoke(world, one.warrant_id)
    finish_erasures(world.governance)
    with world.governance.database.transaction() as tx:
        tagged = tx.object_ids(warrant=one.warrant_id)
    assert tagged == (), "an object that bears the warrant's tag outlived it"
    with pytest.raises(Refused) as refused:
        found(world, one, report_id="report-2")
    assert refused.value.rule == "A8"
    with pytest.raises(Refused):
        asked(world, one.warrant_id)


@pytest.mark.law("A12")
def test_no_patrol_is_sent_after_a_recording(world: World) -> None:
    found(world, begun(world))
    answer(world, 0, Support.SUPPORT_SAME)
    assert answer(world, 1, Support.SUPPORT_SAME) is Outcome.CONFIRMED_LEAD
    with pytest.raises(Refused) as refused:
        send_hand_off(
            world.governance,
            SendHandOff(actor=world.people.reviewers[0], alert_id=AlertId("report-1"), patrol=world.people.patrol),
        )
    assert "A12" in {decision.rule for decision in refused.value.decisions}


@pytest.mark.law("E8", "A12")
def test_the_file_for_the_defence_says_that_it_was_a_recording_and_by_which_order(world: World) -> None:
    one = begun(world)
    found(world, one)
    take_search_receipt(world.governance, a_receipt(world, one.search_id))
    answer(world, 0, Support.SUPPORT_SAME)
    answer(world, 1, Support.SUPPORT_SAME)
    governance = world.governance
    made = make_disclosure(governance, world.people.legal_officer, AlertId("report-1"), LogFiles(governance.log))
    told = made.report.value.to_json().decode()
    assert "in a recording, searched afterwards" in told
    assert "That this one recording was to be searched for this one person" in told
    (begun_at,) = [index for index, leaf in enumerate(world.leaves()) if leaf.event == "search.begin"]
    assert f'"{begun_at}"' in told, "the link is told by the entry of the order"
    assert one.search_id in told
    assert "Not told in these entries" not in told
    assert "name different values" not in told


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
    assert ordered(world, again, nonce="n3")
    assert [entry.fields["count"] for entry in world.entries() if entry.event == "search.ask"] == [0, 1]


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
        ({"captured_at": NOON + timedelta(minutes=15)}, "A12"),
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
        ("UPDATE searches SET order_sha256 = 'x'", "do not change"),
        ("UPDATE searches SET approved_by = asked_by", "do not change"),
        ("UPDATE alerts SET deployment_id = 'd'", "of_one_source"),
        (("INSERT INTO searches SELECT 's2', warrant_id, reference_id, site_id, camera_id, recording_sha256,"
         " recorded_from, recorded_until, state, asked_by, approved_by, approved_at, begun_at, ends_at, order_sha256,"
         " day_key_sha256, ended_at, ending, frames, faces, compared, candidates, created_at, expires_at"
         " FROM searches"), "asked for before"),
        (("INSERT INTO charges SELECT alert_id, warrant_id, site_id, 'p', reference_id, 'pending', created_at,"
         " expires_at FROM alerts"), "no live budget"),
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
