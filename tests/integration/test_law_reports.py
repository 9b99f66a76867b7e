"""Reports of what a whole governance keeps: a deployment's record (C7, C15), letters (A10), the defence's file (E8)."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from contracts.canonical import decode, encode
from contracts.notification import Authority
from contracts.signature import Signed
from governance.adapters.db.repositories import TableRepository
from governance.application.deployments import RevokeWarrant, revoke_warrant
from governance.application.errors import Conflict, NotUnderstood, Refused
from governance.application.hand_off import (
    AtHandOff,
    ConcludeHandOff,
    SendHandOff,
    acknowledge_hand_off,
    conclude_hand_off,
    open_hand_off,
    send_hand_off,
)
from governance.application.log_files import LogFiles
from governance.application.make_deployment_record import make_deployment_record
from governance.application.make_disclosure import Disclosure, list_leads, make_disclosure
from governance.application.make_incident_report import make_incident_report
from governance.application.make_letter import make_letter
from governance.application.queries import list_deployments
from governance.application.register_incident import (
    RegisterIncident,
    ReportIncident,
    list_incidents,
    register_incident,
    report_incident,
)
from governance.application.reports.page import html_page
from governance.application.reports.report import Language, Report
from governance.application.review_candidate import RecordReview, ViewCandidate, record_review, view_candidate
from governance.audit.leaf import Leaf
from governance.domain.hand_offs import Found, VerifiedBy
from governance.domain.identifiers import AlertId, DeploymentId, IncidentId
from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.review import Feature, Support
from governance.domain.serious_incidents import IncidentKind, ToldAuthority
from tests.builders_contracts import ISSUER_NAME, SITE
from tests.builders_governance import OBSERVED
from tests.builders_reviews import LOOK
from tests.builders_web import CASE, NECESSITY, PERSON, SCORE, THRESHOLD, WebHouse, a_web_house

PERSONAL = (PERSON, NECESSITY, CASE)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebHouse]:
    """A house with one deployment under which one candidate waits."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        house = a_web_house(tmp_path_factory.mktemp("house"), monkeypatch)
        house.open_alert()
        yield house
        house.running.close()


def deployment_of(house: WebHouse) -> DeploymentId:
    return list_deployments(house.running.governance, house.people["lisa"])[0].deployment_id


def numbers(report: Report) -> dict[str, object]:
    return {row[0]["en"]: row[1] for row in json.loads(report.to_json())["sections"][-1]["rows"]}


@pytest.mark.law("A10")
@pytest.mark.parametrize("authority", list(Authority))
def test_a_letter_says_what_was_signed_and_names_nobody(house: WebHouse, authority: Authority) -> None:
    governance, one = house.running.governance, deployment_of(house)
    letter = make_letter(governance, house.people["lisa"], one, authority).value
    with governance.database.transaction() as tx:
        (kept,) = tx.notifications.where(deployment_id=one, authority=authority.value)
    signed = Signed.from_json(decode(kept.record))
    for language in Language:
        page = html_page(letter, language)
        assert signed.sha256 in page
        assert all(str(value) in page for value in decode(signed.payload)["registration_number"].split())
        assert not [word for word in (*PERSONAL, "kidnapping", SITE, "camera-1", ISSUER_NAME) if word in page]


@pytest.mark.law("A10")
def test_a_notification_that_was_edited_makes_no_letter(house: WebHouse) -> None:
    governance, one = house.running.governance, deployment_of(house)
    with governance.database.transaction() as tx:
        kept = tx.notifications.where(deployment_id=one)[0]
    signed = Signed.from_json(decode(kept.record))
    forged = replace(signed, payload=signed.payload.replace(b"EU-1", b"EU-2"))
    assert forged != signed
    edited = replace(kept, record=encode(forged.to_json()))
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(TableRepository, "where", lambda *_, **__: (edited,))
        with pytest.raises(NotUnderstood):
            make_letter(governance, house.people["lisa"], one, Authority(kept.authority))


@pytest.mark.law("C7")
def test_the_staff_see_the_record_of_a_deployment_that_runs(house: WebHouse) -> None:
    governance, one = house.running.governance, deployment_of(house)
    record = make_deployment_record(governance, house.people["arne"], one, public=False).value
    told = numbers(record)
    assert isinstance(told["Alerts"], int)
    assert isinstance(told["Open"], int)
    assert told["Alerts"] >= told["Open"] >= 1
    assert told["Dismissed"] == 0
    page = html_page(record, Language.ENGLISH)
    assert "kidnapping" in page
    assert "search for a victim (victim-search)" in page
    assert "still in use" in page
    assert "nothing admitted it" in page
    assert governance.profile_sha256 in page
    assert not [word for word in PERSONAL if word in page]


def a_lead(house: WebHouse) -> AlertId:
    governance, alert = house.running.governance, house.open_alert()
    for login in ("olga", "oskar"):
        actor = house.people[login]
        view_candidate(governance, ViewCandidate(actor=actor, alert_id=alert))
        house.clock.advance(LOOK)
        record_review(
            governance,
            RecordReview(actor=actor, alert_id=alert, observations=OBSERVED, support=Support.SUPPORT_SAME),
        )
    return alert


def disclosed(house: WebHouse, alert: AlertId) -> Disclosure:
    governance = house.running.governance
    return make_disclosure(governance, house.people["lisa"], alert, LogFiles(governance.log))


@pytest.mark.law("E8")
def test_the_defence_gets_all_of_one_lead_and_nobody_elses(house: WebHouse) -> None:
    alert = a_lead(house)
    before = house.centre.log.size()
    made = disclosed(house, alert)
    told = json.loads(made.report.value.to_json())
    match = {row[0]["en"]: row[1] for row in told["sections"][1]["rows"]}
    assert match["Match"] == alert
    assert (match["Score"], match["Threshold"]) == (str(SCORE), str(THRESHOLD))
    assert match["Persons on the list"] == 1
    assert match["Model profile, SHA-256"] == house.running.governance.profile_sha256
    assert "nothing admitted it" in match["Admitted by"]["why"]["en"]
    assert match["Measured quality of the pictures"]["value"] is None
    reviewers = {row[1] for row in told["sections"][2]["rows"]}
    assert reviewers == {house.people["olga"], house.people["oskar"]}
    assert len(told["sections"][3]["rows"]) == len(Feature)
    links = {row[0]["en"]: (row[2]["en"], row[4]) for row in told["sections"][5]["rows"]}
    assert {name for name, (standing, _) in links.items() if standing.startswith("missing")} == set()
    assert [problem for _, problem in links.values() if problem] == []
    for language in Language:
        page = html_page(made.report.value, language)
        assert not [word for word in (*PERSONAL, "olga", "oskar") if word in page]
    # The release is an entry of its own, and what was opened for it stands before it.
    events = [Leaf.from_bytes(leaf).event for leaf in house.centre.log.entries(first=before, count=100)]
    assert events[-1] == "disclosure.make"
    assert {"log.read", "object.read"} <= set(events[:-1])


@pytest.mark.law("E8")
def test_the_enclosed_bundle_proves_the_lead_without_the_act(house: WebHouse) -> None:
    files = dict(disclosed(house, a_lead(house)).bundle.value)
    assert "bundle.json" in files
    assert "records/warrant.json" not in files
    assert {"records/lease.json", "records/report.json"} <= set(files)
    assert not [word for word in PERSONAL for data in files.values() if word.encode() in data]


@pytest.mark.law("E8")
def test_no_file_is_made_of_what_is_no_lead(house: WebHouse) -> None:
    governance, alert = house.running.governance, house.open_alert()
    with pytest.raises(Refused, match="confirmed lead"):
        disclosed(house, alert)
    with pytest.raises(Refused, match="role"):
        make_disclosure(governance, house.people["arne"], alert, LogFiles(governance.log))
    assert alert not in {line.alert_id for line in list_leads(governance, house.people["lisa"])}


def an_incident(house: WebHouse, *, known: timedelta = timedelta(0)) -> IncidentId:
    command = RegisterIncident(
        actor=house.people["dora"],
        kinds=frozenset({IncidentKind.WIDESPREAD}),
        known_at=house.clock.now() - known,
        what="Two cameras compared without a lease.",
    )
    return register_incident(house.running.governance, command)


@pytest.mark.law("A18")
def test_what_is_overdue_is_shown_to_the_auditor_first_and_reported_once(house: WebHouse) -> None:
    governance, arne = house.running.governance, house.people["arne"]
    fresh, late = an_incident(house), an_incident(house, known=timedelta(days=2))
    first = list_incidents(governance, arne)[0]
    assert first.incident_id == late
    assert "overdue" in first.in_time.reason
    page = house.browser("arne").get("/reports/incidents").text
    assert page.index(late) < page.index(fresh)
    assert "overdue: send it now" in page
    assert "compared without a lease" not in page
    report = make_incident_report(governance, arne, late).value
    assert "Two cameras compared without a lease." in html_page(report, Language.SWEDISH)
    tell = ReportIncident(actor=house.people["lisa"], incident_id=late, told={ToldAuthority.MARKET_SURVEILLANCE})
    with pytest.raises(Refused, match="role"):
        report_incident(governance, replace(tell, actor=arne))
    report_incident(governance, tell)
    with pytest.raises(Refused, match="already"):
        report_incident(governance, tell)
    told = json.loads(make_incident_report(governance, arne, late).value.to_json())["sections"][0]
    assert told["paragraphs"][0]["en"] == "It was reported less than an hour late."


@pytest.mark.law("A18")
def test_the_database_itself_keeps_the_register(house: WebHouse) -> None:
    governance, one = house.running.governance, an_incident(house)
    now, lisa = house.clock.now(), house.people["lisa"]
    with governance.database.transaction() as tx:
        kept = tx.serious_incidents.get(one)
    told = replace(kept, told=frozenset({"market-surveillance"}), reported_at=now, reported_by=lisa)
    with governance.database.transaction() as tx:
        for changed in (
            replace(kept, known_at=now - timedelta(days=1)),
            replace(kept, kinds=frozenset({"death"})),
            replace(kept, expires_at=kept.expires_at + timedelta(days=1)),
            replace(told, told=frozenset()),
            replace(told, reported_by=None),
        ):
            with pytest.raises(Conflict):
                tx.serious_incidents.save(changed)
        with pytest.raises(Conflict):
            tx.serious_incidents.add(replace(told, incident_id=IncidentId("another")))
        tx.serious_incidents.save(told)
        for changed in (kept, replace(told, reported_at=now + timedelta(days=1)), replace(told, told=frozenset({"x"}))):
            with pytest.raises(Conflict):
                tx.serious_incidents.save(changed)


@pytest.mark.law("C15", "C7", "E8")
@pytest.mark.law("A9b")
def test_the_record_counts_what_the_patrol_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = a_web_house(tmp_path, monkeypatch)
    governance, lead = house.running.governance, a_lead(house)
    (line,) = list_deployments(governance, house.people["lisa"])

    def told() -> tuple[object, object]:
        record = make_deployment_record(governance, house.people["lisa"], line.deployment_id, public=False).value
        return numbers(record)["True, by outcome"], numbers(record)["No outcome yet"]

    (right, none), pia = told(), house.people["pia"]
    command = SendHandOff(actor=house.people["olga"], alert_id=lead, patrol=pia)
    at = AtHandOff(actor=pia, hand_off_id=send_hand_off(governance, command))
    assert told() == (right, none)
    open_hand_off(governance, at)
    acknowledge_hand_off(governance, at)
    found = ConcludeHandOff(
        actor=pia, hand_off_id=at.hand_off_id, found=Found.IDENTITY_RIGHT, verified_by=VerifiedBy.DOCUMENT
    )
    conclude_hand_off(governance, found)
    assert (right, none) == (0, 1)
    assert told() == (1, 0)
    house.running.close()


def test_once_it_ended_the_public_is_told_after_the_delay_and_the_defence_what_still_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = a_web_house(tmp_path, monkeypatch)
    alert, (line,) = a_lead(house), list_deployments(house.running.governance, house.people["lisa"])
    governance, lisa, one = house.running.governance, house.people["lisa"], line.deployment_id
    with pytest.raises(Refused, match="nothing that can be told"):
        make_deployment_record(governance, lisa, one, public=True)
    revoke_warrant(governance, RevokeWarrant(actor=lisa, warrant_id=line.warrant_id, why="It is over."))
    rows = json.loads(disclosed(house, alert).report.value.to_json())["sections"][1]["rows"]
    score = {row[0]["en"]: row[1] for row in rows}["Score"]
    assert score["value"] is None
    assert "erased" in score["why"]["en"]
    house.clock.advance(SWEDEN_2026.public_answer_delay - timedelta(milliseconds=1))
    with pytest.raises(Refused):
        make_deployment_record(governance, lisa, one, public=True)
    house.clock.advance(timedelta(milliseconds=1))
    told = numbers(make_deployment_record(governance, lisa, one, public=True).value)
    assert told["Alerts"] == told["Confirmed leads"] == {"withheld": True}
    # The act was erased with its warrant: the offence cannot be said any more.
    page = html_page(make_deployment_record(governance, lisa, one, public=False).value, Language.ENGLISH)
    assert "words were erased" in page
    house.running.close()
