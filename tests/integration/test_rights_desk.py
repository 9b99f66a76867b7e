"""The rights desk over a whole governance: registered, extended once, answered, closed for good (B10, B13)."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from governance.application.erase import expire_due
from governance.application.errors import Conflict, NotFound, Refused
from governance.application.hand_off import (
    AtHandOff,
    ConcludeHandOff,
    acknowledge_hand_off,
    conclude_hand_off,
    open_hand_off,
)
from governance.application.make_answer_letter import make_answer_letter
from governance.application.reports.page import html_page
from governance.application.reports.report import Language
from governance.application.rights_desk import (
    list_records_of_interventions,
    list_rights_requests,
    read_rights_request,
)
from governance.audit.leaf import Leaf
from governance.domain.hand_offs import Found
from governance.domain.identifiers import ObjectId, RightsRequestId
from governance.domain.rights_requests import RequestKind, RightsOutcome, request_due_at
from tests.builders_outcome_calls import handed_off
from tests.builders_rights import ANSWER, ASKED, WHY, a_request, answered, extended
from tests.builders_web import WebHouse, a_web_house

pytestmark = pytest.mark.law("B10", "B13")

LONG_AGO = date(2025, 12, 1)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebHouse]:
    house = a_web_house(tmp_path, monkeypatch)
    yield house
    house.running.close()


def events_since(house: WebHouse, before: int) -> list[str]:
    return [Leaf.from_bytes(leaf).event for leaf in house.centre.log.entries(first=before, count=1000)]


def test_the_overdue_stand_first_for_the_officer_and_the_auditor_alike(house: WebHouse) -> None:
    fresh, late = a_request(house), a_request(house, received_on=LONG_AGO)
    for login in ("dora", "arne"):
        page = house.browser(login).get("/rights").text
        assert page.index(late) < page.index(fresh)
        assert "The answer is overdue" in page
        assert "Eva" not in page
    # The auditor looks on, and answers nothing.
    assert "Answer it and close it" not in house.browser("arne").get("/rights").text
    assert "Answer it and close it" in house.browser("dora").get("/rights").text


def test_every_step_is_an_entry_and_what_was_said_is_opened_for_an_entry_alone(house: WebHouse) -> None:
    before = house.centre.log.size()
    one = a_request(house)
    extended(house, one)
    answered(house, one)
    assert events_since(house, before) == ["rights.register", "rights.extend", "rights.answer"]
    arne = house.people["arne"]
    assert read_rights_request(house.running.governance, arne, one).value == ASKED
    letter = make_answer_letter(house.running.governance, arne, one).value
    assert events_since(house, before)[3:] == ["object.read", "object.read", "object.read", "report.make"]
    for language in Language:
        page = html_page(letter, language)
        assert WHY in page
        assert ANSWER in page
        assert "Eva Ek" not in page
    told = json.loads(letter.to_json())["sections"][0]["rows"]
    assert told[0][1] == one


def test_the_letter_goes_out_as_page_and_json(house: WebHouse) -> None:
    one, dora = a_request(house), house.browser("dora")
    dora.get("/rights")
    asked = {"request": one, "language": "sv", "format": "html"}
    assert dora.post("/rights/letter", asked).status_code == httpx.codes.FORBIDDEN
    answered(house, one)
    page = dora.post("/rights/letter", asked)
    assert "Svar på din begäran" in page.text
    assert page.headers["content-disposition"] == 'attachment; filename="insyn-answer-sv.html"'
    assert dora.post("/rights/letter", {**asked, "format": "json"}).json()["kind"] == "insyn/report/answer/1"


def test_what_was_done_is_done_once_and_by_the_officer_alone(house: WebHouse) -> None:
    one = a_request(house)
    extended(house, one)
    with pytest.raises(Refused, match="once"):
        extended(house, one)
    answered(house, one)
    with pytest.raises(Refused, match="closed"):
        answered(house, one)
    with pytest.raises(Refused, match="closed"):
        extended(house, one)
    for login in ("lisa", "adam", "olga", "arne"):
        answer = house.browser(login).post("/rights", {"kind": "access", "received_on": "2026-01-01", "words": "x"})
        assert answer.status_code == httpx.codes.FORBIDDEN


def test_an_answer_names_the_record_of_an_intervention_only_if_it_is_kept(house: WebHouse) -> None:
    one = a_request(house)
    with pytest.raises(NotFound, match="under this number"):
        answered(house, one, ObjectId("intervention.20900.00000007"))
    assert list_rights_requests(house.running.governance, house.people["dora"])[0].request.closed_at is None


@pytest.mark.law("B12")
def test_whoever_was_stopped_wrongly_is_told_the_number_of_the_record(house: WebHouse) -> None:
    governance, pia = house.running.governance, house.people["pia"]
    at = AtHandOff(actor=pia, hand_off_id=handed_off(house, house.open_alert()))
    open_hand_off(governance, at)
    acknowledge_hand_off(governance, at)
    conclude_hand_off(
        governance, ConcludeHandOff(actor=pia, hand_off_id=at.hand_off_id, found=Found.IDENTITY_WRONG, verified_by=None)
    )
    one, dora = a_request(house, kind=RequestKind.COMPLAINT), house.browser("dora")
    (record,) = list_records_of_interventions(governance, house.people["dora"])
    assert record.record in dora.get("/rights").text
    form = {"request": one, "outcome": "granted", "answer": ANSWER, "intervention": record.record}
    assert dora.post("/rights/answer", form).status_code == httpx.codes.SEE_OTHER
    letter = html_page(make_answer_letter(governance, house.people["dora"], one).value, Language.ENGLISH)
    assert f"under the number {record.record}" in letter
    # The desk names it, and does not open it: that is the auditor's.
    assert dora.post("/auditor/interventions", {"record": record.record}).status_code == httpx.codes.FORBIDDEN


def test_nobody_finds_a_request_that_is_none(house: WebHouse) -> None:
    dora = house.browser("dora")
    dora.get("/rights")
    for path in ("/rights/read", "/rights/letter"):
        sent = {"request": "0" * 32, "language": "sv", "format": "html"}
        assert dora.post(path, sent).status_code == httpx.codes.NOT_FOUND
        assert dora.post(path, {**sent, "request": "../x"}).status_code == httpx.codes.UNPROCESSABLE_ENTITY
    for form in (
        {"kind": "search", "received_on": "2026-01-01", "words": "x"},
        {"kind": "access", "received_on": "soon", "words": "x"},
        {"kind": "access", "received_on": "2126-01-01", "words": "x"},
        {"kind": "access", "received_on": "2026-01-01", "words": ""},
    ):
        assert 400 <= dora.post("/rights", form).status_code < 500


def test_the_database_itself_puts_no_time_off_but_once_and_reopens_nothing(house: WebHouse) -> None:
    governance, one, dora = house.running.governance, a_request(house), house.people["dora"]
    with governance.database.transaction() as tx:
        kept = tx.rights_requests.get(one)
    now, tick = house.clock.now(), timedelta(milliseconds=1)
    due = request_due_at(kept.received_on, governance.legal, extended=True)
    longer = replace(kept, due_at=due, extension=ObjectId("x"), extended_by=dora, extended_at=now)
    shut = replace(
        longer, answer=ObjectId("y"), outcome=RightsOutcome.REFUSED, closed_by=dora, closed_at=now + 2 * tick
    )
    with governance.database.transaction() as tx:
        refuse(tx.rights_requests.save, replace(kept, due_at=due))
        refuse(tx.rights_requests.save, replace(kept, received_on=kept.received_on + timedelta(days=1)))
        refuse(tx.rights_requests.save, replace(kept, words=ObjectId("other")))
        refuse(tx.rights_requests.save, replace(kept, expires_at=kept.expires_at + tick))
        refuse(tx.rights_requests.save, replace(longer, due_at=kept.due_at + timedelta(days=63)))
        refuse(tx.rights_requests.save, replace(longer, extended_at=kept.due_at))
        refuse(tx.rights_requests.save, replace(longer, extension=None))
        refuse(tx.rights_requests.save, replace(shut, outcome=None))
        refuse(tx.rights_requests.add, replace(longer, request_id=RightsRequestId("other")))
        refuse(tx.rights_requests.add, replace(kept, request_id=RightsRequestId("far"), due_at=due))
        tx.rights_requests.save(longer)
        refuse(tx.rights_requests.save, replace(longer, due_at=due + tick))
        refuse(tx.rights_requests.save, replace(longer, due_at=due + tick, extended_at=now + tick))
        refuse(tx.rights_requests.save, kept)
        tx.rights_requests.save(shut)
        for changed in (
            longer,
            replace(shut, outcome=RightsOutcome.GRANTED),
            replace(shut, answer=ObjectId("z")),
            replace(shut, closed_at=now),
            replace(shut, intervention=ObjectId("intervention.20900.00000007")),
        ):
            refuse(tx.rights_requests.save, changed)
        tx.discard()


def refuse(change: object, record: object) -> None:
    assert callable(change)
    with pytest.raises(Conflict):
        change(record)


def test_what_was_written_goes_on_its_day_and_the_bare_request_later(house: WebHouse) -> None:
    governance, one = house.running.governance, a_request(house)
    answered(house, one)
    house.clock.advance(timedelta(days=232))
    expire_due(governance)
    with pytest.raises(NotFound):
        read_rights_request(governance, house.people["dora"], one)
    page = html_page(make_answer_letter(governance, house.people["dora"], one).value, Language.ENGLISH)
    assert "no longer kept here" in page
    house.clock.advance(timedelta(days=500))
    expire_due(governance)
    with governance.database.transaction() as tx:
        assert tx.rights_requests.where() == ()
