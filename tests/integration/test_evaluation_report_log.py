"""A report on the model is laid before the authority: an entry first, of the profile in use alone (C10, A17)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from contracts.canonical import decode, encode, sha256_hex
from contracts.signature import Purpose, Signed
from governance.application.errors import NotUnderstood, Refused
from governance.application.lay_report import LayReport, lay_report
from governance.domain.events import Event
from tests.builders_call import ReadyHouse
from tests.builders_contracts import NOON, a_signing_key
from tests.builders_report_calls import a_statement
from tests.builders_web import WebHouse, a_web_house

pytestmark = pytest.mark.law("C10", "A17")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebHouse]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        house = a_web_house(tmp_path_factory.mktemp("house"), monkeypatch)
        yield house
        house.running.close()


def events(house: WebHouse) -> list[Event]:
    return [Event(leaf.event) for leaf in ReadyHouse(web=house, visitor=house.stranger()).leaves()]


def laid(house: WebHouse, statement: bytes, login: str = "lisa") -> str:
    command = LayReport(actor=house.people[login], statement=Signed.from_json(decode(statement)))
    return lay_report(house.running.governance, command)


def test_its_hash_is_an_entry_of_the_log(house: WebHouse) -> None:
    assert laid(house, a_statement(house.world)) == sha256_hex(b"{}")
    assert events(house)[-1] == Event.EVALUATION_REPORT


OTHERS: dict[str, tuple[dict[str, object], str]] = {
    "another profile": ({"profile_sha256": "e" * 64}, "of another model profile"),
    "tomorrow": ({"measured_on": NOON.date() + timedelta(days=2)}, "has not come"),
    "too old": ({"measured_on": NOON.date() - timedelta(days=366)}, "older than twelve months"),
}


@pytest.mark.parametrize("which", OTHERS)
def test_what_is_not_of_the_profile_in_use_or_of_its_year_is_refused_and_logged(which: str, house: WebHouse) -> None:
    changes, sentence = OTHERS[which]
    with pytest.raises(Refused, match=sentence):
        laid(house, a_statement(house.world, **changes))
    assert events(house)[-1] == Event.REQUEST_REFUSE


def test_nobody_but_a_legal_officer_lays_it_down(house: WebHouse) -> None:
    with pytest.raises(Refused):
        laid(house, a_statement(house.world), "arne")
    assert events(house)[-1] == Event.REQUEST_REFUSE


def test_whom_nobody_pinned_as_evaluator_is_not_believed(house: WebHouse) -> None:
    said = decode(a_statement(house.world))
    payload = Signed.from_json(said).payload
    for key, purpose in (
        (a_signing_key("stranger"), Purpose.EVALUATION_REPORT),
        (house.world.governance, Purpose.EVALUATION_REPORT),
        (house.world.evaluator, Purpose.LEGAL_ATTESTATION),
    ):
        before = len(events(house))
        with pytest.raises(NotUnderstood):
            laid(house, encode(key.sign(purpose, payload).to_json()))
        assert len(events(house)) == before


def test_the_page_takes_the_file_and_says_what_is_wrong_with_another(house: WebHouse) -> None:
    browser = house.browser("lisa")
    assert "Lay down the report" in browser.get("/reports").text
    assert "Lay down the report" not in house.browser("arne").get("/reports").text
    browser.get("/reports")
    answer = browser.post("/reports/evaluation", None, [("statement", ("signature.json", b"{}"))])
    assert answer.status_code == 422
    assert "no signed statement" in answer.text
