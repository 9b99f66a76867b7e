"""The page of volunteers' runs: who sees and does what on it, and what it never tells (C11, C16)."""

from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import pytest

from contracts.signature import Purpose
from governance.application.erase import expire_due
from governance.application.seeded_passes import take_sightings
from governance.domain.volunteers import LATE_SIGHTING
from tests.builders_contracts import CAMERA, NOON
from tests.builders_seeded import picture_of, sightings
from tests.builders_volunteer_calls import the_papers
from tests.builders_volunteers import HOUR
from tests.builders_web import Browser, WebHouse, a_web_house

PAGE = "/running/volunteers"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebHouse]:
    house = a_web_house(tmp_path, monkeypatch)
    yield house
    house.running.close()


def shown(house: WebHouse, login: str) -> str:
    answer = house.browser(login).get(PAGE)
    assert answer.status_code == HTTPStatus.OK
    return answer.text


def propose(house: WebHouse, data: bytes, login: str = "lisa") -> int:
    return house.browser(login).post(PAGE, {}, [("papers", ("run.json", data))]).status_code


def bring(house: WebHouse, data: bytes, login: str = "lisa", name: str = "r1-v1") -> int:
    """Upload a photograph of this volunteer."""
    given = [("photograph", ("v.jpg", data))] if data else []
    return house.browser(login).post(f"{PAGE}/people/{name}/photograph", {}, given).status_code


def announce(house: WebHouse, *, begins: str = "12:10", ends: str = "12:15") -> int:
    form = {"volunteer": "r1-v1", "camera": CAMERA, "from": f"2026-03-02T{begins}", "until": f"2026-03-02T{ends}"}
    return house.browser("lisa").post(f"{PAGE}/r1/passes", form).status_code


@pytest.mark.law("B14", "C11", "C16")
def test_a_run_goes_its_way_on_the_page_and_tells_its_numbers_when_it_is_over(house: WebHouse) -> None:
    assert propose(house, the_papers(house.world, "r1").to_bytes()) == HTTPStatus.SEE_OTHER
    for login, approves in (("lisa", False), ("arne", False), ("dora", True)):
        assert ("Approve</button>" in shown(house, login)) == approves, login
    assert house.browser("dora").post(f"{PAGE}/r1/approve", {}).status_code == HTTPStatus.SEE_OTHER
    assert "Announce the pass" in shown(house, "lisa")
    assert announce(house) == HTTPStatus.FORBIDDEN, "of somebody not enrolled no pass is announced"
    assert bring(house, picture_of("r1-v1")) == HTTPStatus.OK
    assert "Announce the pass" not in shown(house, "dora")
    assert announce(house) == HTTPStatus.SEE_OTHER
    assert announce(house, begins="12:20", ends="12:25") == HTTPStatus.SEE_OTHER
    assert announce(house, begins="11:00", ends="11:05") == HTTPStatus.FORBIDDEN
    house.clock.present = NOON + 12 * MINUTE
    seen = sightings(house.world, house.clock.now(), ("r1-v1", NOON + 11 * MINUTE), run_id="r1", camera_id=CAMERA)
    take_sightings(house.running.governance, seen)
    assert "TPIR" not in shown(house, "lisa"), "who was found is told when the run is over"
    house.clock.present = NOON + HOUR + LATE_SIGHTING
    expire_due(house.running.governance)
    page = shown(house, "arne")
    assert "0.500" in page
    assert "0.013 to 0.987" in page
    assert "Withheld" in page
    assert "r1-v1" not in page, "when it is over nobody is named, by pseudonym either"


@pytest.mark.law("C11", "C16")
def test_the_photograph_that_was_consented_to_is_brought_on_the_page_and_no_other(house: WebHouse) -> None:
    propose(house, the_papers(house.world, "r1").to_bytes())
    assert "The photograph consented to" not in shown(house, "lisa"), "a second person approves first"
    house.browser("dora").post(f"{PAGE}/r1/approve", {})
    assert shown(house, "lisa").count("The photograph consented to") == 2
    assert "The photograph consented to" not in shown(house, "dora")
    assert bring(house, b"") == HTTPStatus.UNPROCESSABLE_ENTITY
    assert bring(house, picture_of("r1-v2")) == HTTPStatus.FORBIDDEN
    for login in ("dora", "arne", "olga", "anna"):
        assert bring(house, picture_of("r1-v1"), login) == HTTPStatus.FORBIDDEN, login
    assert bring(house, picture_of("r1-v1")) == HTTPStatus.OK
    assert bring(house, picture_of("r1-v1")) == HTTPStatus.FORBIDDEN
    assert shown(house, "lisa").count("The photograph consented to") == 1


@pytest.mark.law("C11", "C16")
def test_a_sites_record_comes_in_by_its_own_route_and_counts_once(house: WebHouse) -> None:
    propose(house, the_papers(house.world, "r1").to_bytes())
    house.browser("dora").post(f"{PAGE}/r1/approve", {})
    bring(house, picture_of("r1-v1"))
    announce(house)
    house.clock.present = NOON + 12 * MINUTE
    record = sightings(house.world, house.clock.now(), ("r1-v1", NOON + 11 * MINUTE), run_id="r1", camera_id=CAMERA)
    site, route = Browser(house.app), "/api/site/volunteer-sightings"
    assert site.request("POST", route, json=record.to_json()).status_code == HTTPStatus.NO_CONTENT
    assert site.request("POST", route, json=record.to_json()).status_code == HTTPStatus.FORBIDDEN
    forged = house.world.governance.sign(Purpose.VOLUNTEER_SIGHTINGS, record.payload)
    assert site.request("POST", route, json=forged.to_json()).status_code == HTTPStatus.FORBIDDEN
    with house.running.governance.database.transaction() as tx:
        assert [one.found for one in tx.seeded_passes.where()] == [True]


@pytest.mark.law("C11", "C16")
def test_one_click_forgets_who_withdrew(house: WebHouse) -> None:
    propose(house, the_papers(house.world, "r1").to_bytes())
    assert house.browser("dora").post(f"{PAGE}/people/r1-v1/withdraw", {}).status_code == HTTPStatus.SEE_OTHER
    page = shown(house, "arne")
    assert "r1-v1" not in page
    assert "r1-v2" in page
    assert "1 withdrew" in page


@pytest.mark.law("C16")
@pytest.mark.parametrize("login", ["olga", "anna", "sara", "pia", "adam"])
def test_whoever_looks_for_others_or_asks_for_it_sees_no_volunteer(house: WebHouse, login: str) -> None:
    propose(house, the_papers(house.world, "r1").to_bytes())
    assert house.browser(login).get(PAGE).status_code == HTTPStatus.FORBIDDEN
    assert "Volunteers" not in house.browser(login).get("/").text


@pytest.mark.law("C16")
def test_a_file_that_is_none_or_is_signed_by_somebody_else_is_one_sentence(house: WebHouse) -> None:
    good = the_papers(house.world, "r1")
    forged = house.world.governance.sign(Purpose.VOLUNTEER_RUN, good.run.payload)
    for data in (b"{}", b"", b"\xff", good.to_bytes()[:-1]):
        assert propose(house, data) == HTTPStatus.UNPROCESSABLE_ENTITY
    data = good.to_bytes().replace(good.run.key.encode(), forged.key.encode())
    assert propose(house, data) == HTTPStatus.FORBIDDEN
    assert "No run was proposed" in shown(house, "arne")
