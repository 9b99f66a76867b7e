"""Every route and job declares what it writes to the log, and writes just that: none missing, none undeclared."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event as Signal

import httpx
import pytest
from fastapi import APIRouter, Depends

from contracts.canonical import encode, sha256_hex
from contracts.signature import Purpose
from governance import jobs
from governance.adapters.log.due_stamps import NoTimeStamps
from governance.application import build_watchlist, heartbeat, watch_operation
from governance.application.announce_model import announce_model
from governance.application.deployments import RevokeWarrant, revoke_warrant
from governance.application.erase import expire_due
from governance.application.file_document import FileDocument, file_document
from governance.application.publish_records import publish_due
from governance.application.queries import list_deployments
from governance.application.registers import RegisterCamera, register_camera
from governance.application.submit_warrant import SubmitWarrant, submit_warrant
from governance.application.take_in_admission import take_in_admission
from governance.domain.decisions import Decision, deny
from governance.domain.deployments import DeploymentState
from governance.domain.events import Event
from governance.domain.identifiers import CameraId
from governance.domain.recording import BY_THE_JOURNAL, Recording, recording, recording_nothing
from governance.domain.site_evidence import DocumentKind
from governance.web import operator
from governance.web.access import open_to_all
from governance.web.app import create_app
from governance.web.recording import recorded_by
from tests.builders_call import Call, ReadyHouse, a_machine
from tests.builders_calls import a_ready_house, routes_of
from tests.builders_contracts import CAMERA, a_camera, an_admission
from tests.builders_ends import Ends, every_table, outliving, told_of_every_write
from tests.builders_outcome_calls import handed_off, held
from tests.builders_paper_calls import act_of
from tests.builders_site_calls import stop_poll
from tests.builders_sites import PDF
from tests.builders_volunteer_calls import a_run_at_a_stopped_site
from tests.builders_warrants import a_revocation
from tests.builders_watchlist import approve_the_list, prepare_the_list
from tests.builders_web import WebHouse, a_web_house

REVIEWED = {
    "A known stop is not logged again.": {"POST /api/site/button"},
    "A search that has ended does not end again.": {"POST /api/site/post-remote/receipts"},
    "An empty answer lends nothing.": {"POST /api/site/leases"},
    "An empty form says nothing about anybody.": {"GET /legal/new", "GET /auditor/trail"},
    "A report that was taken in before is not taken in again.": {
        "POST /api/site/candidates",
        "POST /api/site/receipts",
        "POST /api/site/reports",
    },
    "Empty forms say nothing about anybody.": {"GET /site/register"},
    "It leads to another page and shows nothing.": {"GET /"},
    "It lists alerts without a picture, a person or a score (E1).": {"GET /operator"},
    "It lists cameras and hashes of documents, and nobody.": {"GET /site/documents"},
    "It lists classes of data, their rules and numbers.": {"GET /auditor/retention"},
    "It lists opaque ids and numbers of false alerts, and nobody.": {"GET /running/budgets"},
    "It lists incidents by opaque id, kind and times; not what happened.": {"GET /reports/incidents"},
    "It lists opaque ids, times and numbers of searches, and nobody.": {"GET /running/post-remote"},
    "It lists opaque ids, states and counts.": {"GET /reports", "GET /running/deployments"},
    "It lists months and what was said of them, and nobody.": {"GET /running/operation"},
    "It lists opaque ids, states and windows; nothing of what a warrant says.": {"GET /legal"},
    "It lists pseudonyms, times and numbers of runs, and nobody.": {"GET /running/volunteers"},
    "It lists requests by opaque id, kind and days; not who asks.": {"GET /rights"},
    "It lists that records are kept, and until when.": {"GET /auditor/interventions"},
    "It lists which kinds of objects are held, on which ground, until when.": {"GET /running/holds"},
    "It lists patrols, and where and when a lead was seen.": {"GET /operator/alerts/{alert_id}/hand-off"},
    "It lists the accounts of staff and their roles, and nobody who is looked for.": {"GET /administration"},
    "It lists where and when leads were handed off, and how they stand.": {"GET /operator/hand-offs"},
    "It lists where and when leads were found right, and nobody.": {"GET /operator/findings"},
    "It says that the server answers, and nothing else.": {"GET /api/health"},
    "It says what admits the model profile, and nothing of anybody.": {"GET /running/model"},
    "It shows numbers of each camera, and nobody.": {"GET /running/cameras"},
    "It shows sums of incidents by place, month and hour, and nobody.": {
        "GET /site/evidence",
        "GET /site/evidence/{site_id}",
        "GET /site/evidence/{site_id}/{axis}.svg",
        "POST /site/evidence/preview",
    },
    "It shows the register and numbers of each camera, and nobody.": {"GET /site"},
    "Nothing is to be stopped, or it was told.": {"POST /api/site/stops"},
    "It tells a patrol where and when it was sent; no picture, no person, no score.": {
        "GET /patrol",
        "GET /patrol/{hand_off_id}",
    },
    "One checkpoint a day: a size and a root, and nobody.": {"GET /public", "GET /public/checkpoint"},
    "The register of cameras is public: places and documents, and nobody.": {
        "GET /public/cameras",
        "GET /public/cameras.csv",
        "GET /public/cameras.json",
    },
    "The form says nothing about anybody.": {"GET /login", "GET /password", "GET /password/own"},
    "What stands in the log in clear is about nobody.": {
        "GET /auditor",
        "GET /auditor/checkpoint",
        "GET /auditor/log",
        "GET /auditor/log/{index}",
        "GET /auditor/refusals",
        "GET /log/checkpoint",
        "GET /log/tile/{place:path}",
    },
    "What is public is taken once a day, and is about nobody.": {
        "GET /open",
        "GET /open/{language}",
        "GET /open/{language}/matching",
        "GET /open/{language}/records/{publication_id}",
        "GET /open/{language}/records/{publication_id}/json",
    },
    "While anything is withheld, nothing personal is told (E1).": {"GET /operator/alerts/{alert_id}"},
}
"""Reviewed: why a route may answer without an entry. Whoever adds to this list says why."""

REVIEWED_JOBS = {
    "It has authorities date the log, and writes nothing to it.": {"time-stamps"},
    "It has others confirm the log, and writes nothing to it.": {"witnesses"},
    "It keeps a checkpoint that exists already.": {"daily checkpoint"},
    "No alert waited too long.": {"escalation"},
    "No list was due.": {"watchlists"},
    "No record may be published.": {"publication"},
    "Nobody signed for a notification.": {"notifications"},
    "Nothing was due.": {"expiry"},
    "Use gave no reason to suspend the model profile.": {"use"},
}


@pytest.fixture(scope="module")
def ends() -> Iterator[Ends]:
    with told_of_every_write() as ends:
        yield ends


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, ends: Ends) -> Iterator[ReadyHouse]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        house = a_ready_house(tmp_path_factory.mktemp("house"), monkeypatch)
        ends.now = house.web.clock.now
        # No call of a route is about a case that somebody leads.
        house.web.issued(case_leader="prosecutor-2")
        yield house
        house.web.running.close()


@pytest.fixture(scope="module")
def written(house: ReadyHouse) -> list[tuple[Call, frozenset[Event]]]:
    """What each call wrote, all calls made once, in an order in which each succeeds."""
    found = []
    for call in house.calls:
        score, answers = house.web.viewer.score, list[httpx.Response]()
        house.web.viewer.score = 0.9 if "not supported" in call.note else score
        events = house.gained(lambda call=call, answers=answers: answers.append(call.make(house)))
        house.web.viewer.score = score
        assert answers[0].status_code == call.expected, str(call)
        found.append((call, frozenset(events)))
    return found


def declared(house: ReadyHouse) -> dict[tuple[str, str], Recording]:
    found = {}
    for key, route in routes_of(house).items():
        declaration = recorded_by(route)
        assert declaration is not None, key
        found[key] = declaration
    return found


def test_every_route_is_called_by_these_tests(house: ReadyHouse) -> None:
    assert {(call.method, call.route) for call in house.calls} == set(routes_of(house))


def test_a_route_that_may_be_silent_has_a_reviewed_reason(house: ReadyHouse) -> None:
    silent: dict[str, set[str]] = {}
    for (method, path), declaration in declared(house).items():
        if declaration.silent:
            silent.setdefault(declaration.silent, set()).add(f"{method} {path}")
    assert silent == REVIEWED


@pytest.mark.law("B4")
def test_each_success_writes_what_its_route_declares(
    house: ReadyHouse, written: list[tuple[Call, frozenset[Event]]]
) -> None:
    declarations = declared(house)
    for call, events in written:
        declaration = declarations[call.method, call.route]
        if call.expected in {httpx.codes.FORBIDDEN, httpx.codes.UNAUTHORIZED}:
            # A refusal is no success; it is written all the same, and is nothing that the route does not declare.
            assert events
            assert events - BY_THE_JOURNAL <= declaration.events | {Event.REQUEST_REFUSE}, str(call)
        else:
            assert declaration.admits(events), (str(call), sorted(events))


def test_nothing_is_declared_that_is_never_written(
    house: ReadyHouse, written: list[tuple[Call, frozenset[Event]]]
) -> None:
    seen: dict[tuple[str, str], set[Event]] = {}
    for call, events in written:
        seen.setdefault((call.method, call.route), set()).update(events)
    start, resume, approve = start_and_resume_after_a_birthday(house)
    seen["POST", "/legal/warrants/{warrant_id}/list/approve"].update(approve)
    seen["POST", "/legal/warrants/{warrant_id}/start"].update(start)
    seen["POST", "/running/deployments/{deployment_id}/resume"].update(resume)
    seen["POST", "/legal/papers"].update(revocation_of_a_warrant_in_use(house))
    seen["POST", "/api/site/stops"].update(question_beside_a_run(house))
    seen["POST", "/legal/warrants/{warrant_id}/approve"].update(approval_after_the_world_changed(house))
    for key, declaration in declared(house).items():
        assert declaration.events <= seen[key], key


def revocation_of_a_warrant_in_use(house: ReadyHouse) -> list[Event]:
    """The issuer takes back a warrant that is in use and has an open alert."""
    web = house.web
    governance, officer = web.running.governance, web.people["lisa"]
    for line in list_deployments(governance, officer):
        if line.state is DeploymentState.RUNNING:
            revoke_warrant(governance, RevokeWarrant(actor=officer, warrant_id=line.warrant_id, why="It is over."))
    warrant = web.deployed()
    web.open_alert()
    record = a_revocation(web.as_world(), warrant, act_of(web, warrant))
    paper = (("signed", ("p.json", json.dumps(record.to_json()).encode())),)
    return house.gained(lambda: web.browser("lisa").post("/legal/papers", {}, list(paper)))


def approval_after_the_world_changed(house: ReadyHouse) -> list[Event]:
    """A camera of the application became one of a care area between submission and approval."""
    web = house.web
    governance, warrant = web.running.governance, web.draft()
    submit_warrant(governance, SubmitWarrant(actor=web.people["anna"], warrant_id=warrant))
    record = web.world.region.sign(Purpose.CAMERA, a_camera(care_area=True, serial=2).to_bytes())
    register_camera(governance, RegisterCamera(actor=web.people["sara"], record=record))
    lisa = web.browser("lisa")
    lisa.get("/legal")
    return house.gained(lambda: lisa.post(f"/legal/warrants/{warrant}/approve"))


def question_beside_a_run(house: ReadyHouse) -> list[Event]:
    """Somebody pressed stop where a volunteers' run is lent, and the site asks what is to be stopped."""
    a_run_at_a_stopped_site(house.web)
    question = a_machine("/api/site/stops", lambda: stop_poll(house.web))
    return house.gained(lambda: question.make(house))


def start_and_resume_after_a_birthday(house: ReadyHouse) -> tuple[list[Event], ...]:
    """Somebody's age is admitted at enrolment, and no longer when the list is built."""
    web, warrant = house.web, house.web.enrolled()
    lisa = web.browser("lisa")
    lisa.get("/legal")
    approve_the_list(web.running.governance, web.people["lisa"], warrant)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(build_watchlist, "has_admitted_age", nobody_is_admitted)
        started = house.gained(lambda: lisa.post(f"/legal/warrants/{warrant}/start"))
        lines = list_deployments(web.running.governance, web.people["lisa"])
        deployment = next(line.deployment_id for line in lines if line.warrant_id == warrant)
        lisa.post(f"/running/deployments/{deployment}/stop")
        resumed = house.gained(lambda: lisa.post(f"/running/deployments/{deployment}/resume"))
        report = prepare_the_list(web.running.governance, web.people["lisa"], warrant)
        approval = f"/legal/warrants/{warrant}/list/approve"
        approved = house.gained(lambda: lisa.post(approval, {"report": report}))
    return started, resumed, approved


def nobody_is_admitted(*_arguments: object, **_named: object) -> Decision:
    return deny("C13", "Nobody is admitted any more.")


def otherwise_than_tested(*_arguments: object, **_named: object) -> Decision:
    return deny("A18", "Two months differ from the test.")


@pytest.mark.law("B4")
def test_a_refusal_by_role_stands_in_the_log(house: ReadyHouse) -> None:
    answers: list[httpx.Response] = []
    events = house.gained(lambda: answers.append(house.web.browser("olga").get("/auditor")))
    assert answers[0].status_code == httpx.codes.FORBIDDEN
    assert events == [Event.REQUEST_REFUSE]


def test_an_application_with_a_route_that_declares_nothing_is_not_made(
    house: ReadyHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    router = APIRouter()
    allowed = Depends(open_to_all("for this test"))
    router.add_api_route("/forgotten", lambda: "silent", methods=["GET"], dependencies=[allowed])
    monkeypatch.setattr(operator, "router", router)
    with pytest.raises(ValueError, match="does not declare what it writes"):
        create_app(house.web.app.state.governance)


def test_a_declaration_that_declares_nothing_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="Name the events"):
        recording()
    with pytest.raises(ValueError, match="Say why"):
        recording_nothing("")
    with pytest.raises(ValueError, match="names the events"):
        recording(Event.LOG_BEAT, silent="sometimes not")


def test_a_declaration_admits_what_it_declares_and_nothing_else() -> None:
    always = recording(Event.WARRANT_REJECT, sometimes=(Event.ERASURE_COMPLETE,))
    assert always.admits({Event.WARRANT_REJECT})
    assert always.admits({Event.WARRANT_REJECT, Event.ERASURE_COMPLETE, Event.CHANGE_VOID})
    assert not always.admits(set())
    assert not always.admits({Event.ERASURE_COMPLETE})
    assert not always.admits({Event.WARRANT_REJECT, Event.WARRANT_REVOKE})
    some = recording(sometimes=(Event.SHIFT_BEGIN, Event.SHIFT_END))
    assert some.admits({Event.SHIFT_END})
    assert not some.admits(set())
    assert not some.admits({Event.CHANGE_VOID})
    nothing = recording_nothing("for this test")
    assert nothing.admits(set())
    assert not nothing.admits({Event.LOG_BEAT})


# -- jobs -------------------------------------------------------------------------------------------------------------


def test_a_job_that_may_be_silent_has_a_reviewed_reason() -> None:
    silent: dict[str, set[str]] = {}
    for job in jobs.JOBS:
        if job.declared.silent:
            silent.setdefault(job.declared.silent, set()).add(job.name)
    assert silent == REVIEWED_JOBS


@pytest.mark.law("B4")
def test_each_job_writes_what_it_declares_when_something_is_due_and_when_nothing_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: Ends
) -> None:
    web = a_web_house(tmp_path, monkeypatch)
    monkeypatch.setattr(ends, "now", web.clock.now)
    house = ReadyHouse(web=web, visitor=web.stranger())
    lead = web.open_alert()
    handed_off(web, lead)
    held(web, lead)
    for _ in range(2):
        # Nobody answers: two false alerts, when their time is over.
        web.open_alert()
    work = jobs.Work(
        governance=web.running.governance,
        daily=web.app.state.daily_checkpoint,
        time_stamps=NoTimeStamps(),
        stop=Signal(),
    )
    seen: dict[str, set[Event]] = {job.name: set() for job in jobs.JOBS}
    with monkeypatch.context() as changed:
        changed.setattr(build_watchlist, "has_admitted_age", nobody_is_admitted)
        web.clock.advance(timedelta(hours=12))
        renewal = next(job for job in jobs.JOBS if job.name == "watchlists")
        seen[renewal.name].update(set(house.gained(lambda: renewal.once(work))) - BY_THE_JOURNAL)
    with monkeypatch.context() as changed:
        changed.setattr(watch_operation, "stays_as_tested", otherwise_than_tested)
        watch = next(job for job in jobs.JOBS if job.name == "use")
        seen[watch.name].update(set(house.gained(lambda: watch.once(work))) - BY_THE_JOURNAL)
    for days in (1.1, 3, 8, 292, 500, 1100, 0):
        for job in jobs.JOBS:
            events = frozenset(house.gained(lambda job=job: job.once(work)))
            assert job.declared.admits(events), (job.name, sorted(events))
            seen[job.name] |= events - BY_THE_JOURNAL
        web.clock.advance(timedelta(days=days))
    assert {job.name: job.declared.events for job in jobs.JOBS} == seen
    web.running.close()


def test_the_server_says_that_it_begins_and_that_it_stops(house: ReadyHouse) -> None:
    governance = house.web.running.governance
    assert jobs.STARTING.admits(house.gained(lambda: heartbeat.begin(governance)))
    assert jobs.STOPPING.admits(house.gained(lambda: heartbeat.stop(governance)))


# -- until when it is kept --------------------------------------------------------------------------------------------


def write_what_no_route_writes(web: WebHouse) -> None:
    """Change model profile, admission and camera, hand in a newer assessment, publish what ended long enough ago."""
    governance, manager = web.running.governance, web.people["sara"]
    profile = encode({"comparison": {"threshold": 0.5}})
    announce_model(replace(governance, profile=profile, profile_sha256=sha256_hex(profile)))
    take_in_admission(replace(governance, trusted=replace(governance.trusted, admission=an_admission())))
    record = web.world.region.sign(Purpose.CAMERA, a_camera(serial=99, care_area=True).to_bytes())
    register_camera(governance, RegisterCamera(actor=manager, record=record))
    newer = FileDocument(
        actor=manager, cameras=(CameraId(CAMERA),), kind=DocumentKind.IMPACT_ASSESSMENT, file=PDF + b" anew"
    )
    file_document(governance, newer)
    web.clock.advance(timedelta(days=8))
    publish_due(governance)


@pytest.mark.law("B1", "B11")
@pytest.mark.usefixtures("written")
def test_whatever_any_route_writes_has_an_end_within_its_class_and_no_table_is_left_out(
    house: ReadyHouse, ends: Ends
) -> None:
    """Then everything is due at once, and what the erasing writes for itself has an end too."""
    write_what_no_route_writes(house.web)
    assert outliving(house.web.running.engine) == set()
    house.web.clock.advance(timedelta(days=1100))
    expire_due(house.web.running.governance)
    assert ends.faults == []
    assert ends.tables == set(every_table())
