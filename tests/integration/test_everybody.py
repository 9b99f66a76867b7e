"""What everybody may know: published by itself after the delay, told to strangers alike, about nobody (C6, C7, C15)."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from contracts.canonical import encode, sha256_hex
from governance.application import log_reading, make_report
from governance.application.announce_model import announce_model
from governance.application.deployments import RevokeWarrant, StartDeployment, revoke_warrant, start_deployment
from governance.application.errors import Conflict, Refused, StorageFailed
from governance.application.publish_records import publish_due
from governance.application.queries import list_deployments
from governance.application.reports.page import html_page
from governance.application.reports.report import Language, read_report
from governance.application.take_in_admission import take_in_admission
from governance.audit.leaf import Leaf
from governance.domain.identifiers import PublicationId, WarrantId
from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.legal_time import legal_day
from governance.domain.publications import Publication, PublicationKind
from governance.domain.retention import RETENTION
from tests.builders_contracts import CAMERA, NOON, PROFILE_SHA256, a_hash, an_admission
from tests.builders_watchlist import approve_the_list
from tests.builders_web import SECRETS, WebHouse, a_web_house

DELAY = SWEDEN_2026.public_answer_delay
TICK = timedelta(milliseconds=1)
TODAY = legal_day(NOON, SWEDEN_2026)
NOTHING_YET = "There is nothing that can be told of this place and time yet."


def asked(house: WebHouse, day: date = TODAY, camera: str = CAMERA, language: str = "en") -> str:
    answer = house.stranger().get(f"/open/{language}/matching?camera={camera}&day={day}")
    assert answer.status_code == httpx.codes.OK
    return answer.text


def ended(house: WebHouse) -> WarrantId:
    """Let a warrant be in use, a candidate come, and the warrant be revoked."""
    warrant = house.deployed()
    house.open_alert()
    revoke_warrant(
        house.running.governance, RevokeWarrant(actor=house.people["lisa"], warrant_id=warrant, why="It is over.")
    )
    return warrant


def published(house: WebHouse) -> Publication:
    ended(house)
    house.clock.advance(DELAY)
    assert publish_due(house.running.governance) == 1
    with house.running.governance.database.transaction() as tx:
        (one,) = tx.publications.where()
    return one


@pytest.mark.law("C15")
def test_no_deployment_one_that_runs_and_one_that_ended_lately_are_told_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    houses = [a_web_house(tmp_path / name, monkeypatch) for name in ("none", "runs", "ended")]
    _, runs, over = houses
    runs.deployed()
    runs.open_alert()
    ended(over)
    last_end = max(one.clock.present for one in houses)
    for after in (timedelta(0), timedelta(days=1), DELAY - TICK):
        for house in houses:
            house.clock.present = last_end + after
            publish_due(house.running.governance)
        for path in ("/open/en", "/open/sv", f"/open/en/matching?camera={CAMERA}&day={TODAY}"):
            pages = {house.stranger().get(path).text for house in houses}
            assert len(pages) == 1, path
        assert NOTHING_YET in asked(over)
    for house in houses:
        house.running.close()


@pytest.mark.law("C7", "C15")
def test_after_the_delay_the_record_is_published_by_itself_once_and_by_an_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = a_web_house(tmp_path, monkeypatch)
    governance, begun = house.running.governance, house.centre.log.size()
    ended(house)
    house.clock.advance(DELAY - TICK)
    assert publish_due(governance) == 0
    assert NOTHING_YET in asked(house)
    house.clock.advance(TICK)
    before = house.centre.log.size()
    assert publish_due(governance) == 1
    assert publish_due(governance) == 0
    events = [Leaf.from_bytes(leaf).event for leaf in house.centre.log.entries(first=before, count=100)]
    assert events == ["record.publish"]
    assert begun < before
    # The day's page was taken before; the next day tells of it.
    assert NOTHING_YET in asked(house)
    house.clock.advance(timedelta(days=1))
    page = asked(house)
    assert "Yes. On this day a warrant was lent to this camera" in page
    assert "Ja. Den dagen var ett tillstånd utlånat" in asked(house, language="sv")
    assert NOTHING_YET in asked(house, TODAY + timedelta(days=1))
    with governance.database.transaction() as tx:
        (one,) = tx.publications.where()
    assert f"/open/en/records/{one.publication_id}" in page
    told = house.stranger().get(f"/open/en/records/{one.publication_id}/json")
    assert sha256_hex(told.content) in house.stranger().get("/open/en").text
    assert told.json()["public"] is True
    for language in Language:
        shown = house.stranger().get(f"/open/{language.value}/records/{one.publication_id}").text
        assert shown == html_page(read_report(one.report), language)
    # Weeks later the day beside it can be called free.
    house.clock.advance(timedelta(days=20))
    assert "No. On this day no warrant was lent" in asked(house, TODAY + timedelta(days=1))
    house.running.close()


@pytest.mark.law("C15")
def test_an_end_that_is_entered_late_makes_no_day_free_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing ran at the centre when the warrant was over: its end is entered, and the delay begins, weeks later."""
    house = a_web_house(tmp_path, monkeypatch)
    governance, warrant = house.running.governance, house.deployed()
    house.open_alert()
    house.clock.advance(timedelta(days=30))
    assert NOTHING_YET in asked(house)
    assert "No. On this day" in asked(house, TODAY - timedelta(days=1))
    revoke_warrant(governance, RevokeWarrant(actor=house.people["lisa"], warrant_id=warrant, why="It is over."))
    house.clock.advance(timedelta(days=1))
    assert NOTHING_YET in asked(house)
    house.clock.advance(DELAY)
    assert publish_due(governance) == 1
    assert "Yes. On this day" in asked(house)
    house.running.close()


@pytest.mark.law("B9")
def test_the_assessment_of_a_published_deployment_stands_on_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = a_web_house(tmp_path, monkeypatch)
    assert a_hash("assessment") not in house.stranger().get("/open/en").text
    one = published(house)
    assert (one.registration_number, one.assessment_sha256) == ("EU-1", a_hash("assessment"))
    house.clock.advance(timedelta(days=1))
    page = house.stranger().get("/open/sv").text
    assert "EU-1" in page
    assert a_hash("assessment") in page
    house.running.close()


@pytest.mark.law("C15")
def test_the_database_itself_publishes_nothing_that_runs_and_changes_nothing_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = a_web_house(tmp_path, monkeypatch)
    governance, warrant = house.running.governance, house.deployed()
    (line,) = list_deployments(governance, house.people["lisa"])
    now = house.clock.now() + DELAY
    early = Publication(
        publication_id=PublicationId("early"),
        kind=PublicationKind.DEPLOYMENT,
        about=line.deployment_id,
        report=b"{}",
        days=b"{}",
        registration_number="",
        assessment_sha256="",
        created_at=now,
        expires_at=now,
    )
    with governance.database.transaction() as tx, pytest.raises(Conflict):
        tx.publications.add(early)
    revoke_warrant(governance, RevokeWarrant(actor=house.people["lisa"], warrant_id=warrant, why="It is over."))
    house.clock.advance(DELAY)
    assert publish_due(governance) == 1
    with governance.database.transaction() as tx:
        (one,) = tx.publications.where()
        with pytest.raises(Conflict):
            tx.publications.add(replace(one, publication_id=PublicationId("twice")))
        for changed in (replace(one, report=b"{}"), replace(one, days=b"[]"), replace(one, about="another")):
            with pytest.raises(Conflict):
                tx.publications.save(changed)
        tx.discard()
    house.running.close()


@pytest.mark.law("A11", "C15")
def test_a_year_is_published_when_its_last_deployment_may_be_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = a_web_house(tmp_path, monkeypatch)
    governance = house.running.governance
    settled = NOON.replace(year=2027, month=1, day=22, hour=23)
    house.clock.present = settled - TICK
    assert publish_due(governance) == 0
    house.clock.present = settled
    assert publish_due(governance) == 1
    assert publish_due(governance) == 0
    with governance.database.transaction() as tx:
        (one,) = tx.publications.where(kind=PublicationKind.ANNUAL)
    assert (one.about, json.loads(one.report)["public"]) == ("2026", True)
    assert "Annual report 2026" in house.stranger().get("/open/en").text
    house.running.close()


@pytest.mark.law("A11", "C15")
def test_a_year_waits_for_a_deployment_whose_end_was_entered_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = a_web_house(tmp_path, monkeypatch)
    house.deployed()
    house.clock.present = NOON.replace(year=2027, month=1, day=23)
    assert publish_due(house.running.governance) == 0
    house.running.close()


@pytest.mark.law("C12", "C6")
@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_page_tells_the_rules_as_the_program_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    house = a_web_house(tmp_path, monkeypatch)
    answer = house.stranger().get(f"/open/{language}")
    for data_class, rule in RETENTION.items():
        assert f"<td>{data_class.value}</td>" in answer.text
        assert rule.provision.split(",")[0] in answer.text
        assert (rule.provision.replace("'", "&#39;") in answer.text) is (language == "en" or "'" not in rule.provision)
    assert PROFILE_SHA256 in answer.text
    house.running.close()


@pytest.mark.law("C15")
def test_a_visitor_gets_neither_cookie_nor_script_and_sends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = a_web_house(tmp_path, monkeypatch)
    one = published(house)
    house.clock.advance(timedelta(days=1))
    record = f"/open/sv/records/{one.publication_id}"
    before = house.centre.log.size()
    for path in ("/open", "/open/sv", "/open/en", record, record + "/json"):
        answer = house.stranger().get(path)
        assert answer.status_code == httpx.codes.OK
        assert "set-cookie" not in answer.headers
        assert "<script" not in answer.text
        assert 'method="post"' not in answer.text
    assert house.centre.log.size() == before
    unknown = (
        "/open/de",
        "/open/en/records/none",
        f"/open/en/matching?camera=none&day={TODAY}",
        f"/open/en/matching?camera={CAMERA}&day=2026-3-2",
        f"/open/en/matching?camera={CAMERA}&day=2026-02-30",
        "/open/en/matching",
    )
    for path in unknown:
        assert 400 <= house.stranger().get(path).status_code < 500, path
    house.running.close()


@pytest.mark.law("C15")
def test_however_often_it_is_asked_the_database_is_asked_once_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = a_web_house(tmp_path, monkeypatch)
    house.stranger().get("/open/sv")

    def no(*_arguments: object) -> object:
        raise StorageFailed("Nobody asks the database.")

    with monkeypatch.context() as broken:
        broken.setattr(type(house.running.governance.database), "transaction", no)
        assert NOTHING_YET in asked(house)
        house.clock.advance(timedelta(days=1))
        assert house.stranger().get("/open/sv").status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert house.stranger().get("/open/sv").status_code == httpx.codes.OK
    house.running.close()


@pytest.mark.law("P4", "C6")
def test_what_admits_a_model_stands_on_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = a_web_house(tmp_path, monkeypatch)
    governance, admission = house.running.governance, an_admission()
    assert admission.sha256 not in house.stranger().get("/open/sv").text
    assert take_in_admission(replace(governance, trusted=replace(governance.trusted, admission=admission)))
    house.clock.advance(timedelta(days=1))
    for language, title in (("en", "What admits a model"), ("sv", "Vad som godkänner en modell")):
        page = house.stranger().get(f"/open/{language}").text
        told = page[page.index(title) :]
        for cell in (admission.sha256, "OPERATIONAL: PASS", "2026-02-01", "<td>90</td>", "<td>0.45</td>", "2027-02-01"):
            assert cell in told
    house.running.close()


@pytest.mark.law("C6")
def test_a_changed_model_stands_on_the_page_before_any_warrant_uses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = a_web_house(tmp_path, monkeypatch)
    house.deployed()
    house.lease()
    profile = encode({"comparison": {"threshold": 0.5}})
    changed = replace(house.running.governance, profile=profile, profile_sha256=sha256_hex(profile))
    assert announce_model(changed)
    assert not announce_model(changed)
    # What runs under the profile before is lent no more, and nothing starts under the new one before its time.
    with pytest.raises(ValueError, match="values to unpack"):
        house.lease()
    fresh = house.enrolled()
    approve_the_list(house.running.governance, house.people["lisa"], fresh)
    start = StartDeployment(actor=house.people["lisa"], warrant_id=fresh)
    with pytest.raises(Refused, match="public for a while") as refused:
        start_deployment(changed, start)
    assert refused.value.rule == "C6"
    house.clock.advance(timedelta(days=1))
    page = house.stranger().get("/open/en").text
    assert page.index(sha256_hex(profile)) < page.index(PROFILE_SHA256)
    assert "<td>0.5</td>" in page
    house.running.close()


@pytest.mark.law("C6")
def test_a_profile_without_a_threshold_that_can_be_read_starts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = a_web_house(tmp_path, monkeypatch)
    for profile in (b"no json", encode({}), encode({"comparison": {"threshold": "high"}}), encode([1])):
        with pytest.raises(StorageFailed, match="threshold"):
            announce_model(replace(house.running.governance, profile=profile, profile_sha256=sha256_hex(profile)))
    house.running.close()


def test_only_the_first_line_of_the_log_is_read_where_no_year_is_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = a_web_house(tmp_path, monkeypatch)
    counts: list[int] = []
    reading = log_reading.read_lines

    def counted(*arguments: object, first: int, count: int) -> object:
        counts.append(count)
        return reading(*arguments, first=first, count=count)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(make_report, "read_lines", counted)
    assert publish_due(house.running.governance) == 0
    assert len(counts) <= 1
    house.running.close()


def test_nothing_personal_stands_on_any_page_of_a_whole_story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = a_web_house(tmp_path, monkeypatch)
    one = published(house)
    house.clock.advance(timedelta(days=1))
    paths = ("/open/sv", "/open/en", f"/open/en/records/{one.publication_id}", "/public/cameras")
    for page in [house.stranger().get(path).text for path in paths] + [asked(house)]:
        assert not [word for word in SECRETS if word in page]
        assert not [person for person in house.people.values() if person in page]
