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
from tests.builders_seeded import sightings
from tests.builders_volunteer_calls import the_papers
from tests.builders_volunteers import HOUR
from tests.builders_web import WebHouse, a_web_house

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
