"""The page of searches: who sees and does what on it, and what it says when something is typed wrong (A12)."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
from typer.testing import CliRunner

from governance.application.order_search import order_search, take_search_receipt
from governance.domain.identifiers import WarrantId
from insyn.commands.search import app
from tests.builders_contracts import CAMERA, NOON
from tests.builders_search_calls import DAY, FILM, RECORDED, a_search_receipt, a_search_request, asked
from tests.builders_web import NECESSITY, PERSON, WebHouse, a_web_house

PAGE = "/running/post-remote"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebHouse]:
    house = a_web_house(tmp_path, monkeypatch)
    yield house
    house.running.close()


def a_warrant(house: WebHouse) -> WarrantId:
    return house.enrolled(warrant_type="post-remote", recorded_until=NOON - DAY)


def a_form(warrant_id: WarrantId, **changes: str) -> dict[str, str]:
    return {
        "warrant": warrant_id,
        "camera": CAMERA,
        "from": RECORDED[0].isoformat(),
        "until": RECORDED[1].isoformat(),
        "sha256": FILM.upper(),
        **changes,
    }


def shown(house: WebHouse, login: str) -> str:
    answer = house.browser(login).get(PAGE)
    assert answer.status_code == HTTPStatus.OK
    return answer.text


@pytest.mark.law("A12", "B14")
def test_an_operator_asks_a_legal_officer_approves_and_the_auditor_reads(house: WebHouse) -> None:
    warrant_id = a_warrant(house)
    assert "Ask for one" in shown(house, "otto")
    assert house.browser("otto").post(PAGE, a_form(warrant_id)).status_code == HTTPStatus.SEE_OTHER
    for login, sees_button in (("otto", False), ("arne", False), ("lisa", True)):
        page = shown(house, login)
        assert ("Approve</button>" in page) == sees_button, login
        assert ("Ask for one" in page) == (login == "otto"), login
        assert PERSON not in page
        assert NECESSITY not in page
    with house.running.governance.database.transaction() as tx:
        (search,) = tx.searches.where()
    assert house.browser("otto").post(f"{PAGE}/{search.search_id}/approve").status_code == HTTPStatus.FORBIDDEN
    assert house.browser("lisa").post(f"{PAGE}/{search.search_id}/approve").status_code == HTTPStatus.SEE_OTHER
    for login in ("otto", "lisa"):
        command = (
            f"insyn search recording FILE --search {search.search_id} --site {search.site_id} --governance ADDRESS"
        )
        assert f"<code>{command}</code>" in shown(house, login)


@pytest.mark.law("A12")
def test_the_command_that_the_page_shows_lacks_nothing_that_the_command_asks_for(house: WebHouse) -> None:
    search_id = asked(house, a_warrant(house))
    house.browser("lisa").get(PAGE)
    house.browser("lisa").post(f"{PAGE}/{search_id}/approve")
    command = re.search(r"<code>insyn (search recording [^<]+)</code>", shown(house, "lisa"))
    assert command is not None
    answer = CliRunner().invoke(app, command.group(1).split()[1:])
    assert answer.exit_code == 1, answer.output
    assert "Missing option" not in answer.output


@pytest.mark.law("A12")
@pytest.mark.parametrize(
    ("changes", "status", "sentence"),
    [
        ({"from": "yesterday"}, HTTPStatus.UNPROCESSABLE_ENTITY, "offset from UTC"),
        ({"until": "2026-02-28T12:00"}, HTTPStatus.UNPROCESSABLE_ENTITY, "offset from UTC"),
        ({"sha256": "film.mp4"}, HTTPStatus.FORBIDDEN, "named by the SHA-256"),
        ({"camera": "everywhere"}, HTTPStatus.FORBIDDEN, "does not name this recording"),
        ({"until": NOON.isoformat()}, HTTPStatus.FORBIDDEN, "at most 24 hours"),
    ],
)
def test_what_is_typed_wrong_is_one_sentence(
    house: WebHouse, changes: dict[str, str], status: HTTPStatus, sentence: str
) -> None:
    house.browser("otto").get(PAGE)
    answer = house.browser("otto").post(PAGE, a_form(a_warrant(house), **changes))
    assert answer.status_code == status
    assert sentence in answer.text
    assert changes.get("camera", "–") not in answer.text


@pytest.mark.law("A12")
def test_who_has_no_part_in_it_sees_nothing_of_it(house: WebHouse) -> None:
    a_warrant(house)
    for login in ("anna", "adam", "pia", "sara", "dora"):
        assert house.browser(login).get(PAGE).status_code == HTTPStatus.FORBIDDEN, login
        assert "/running/post-remote" not in house.browser(login).get("/").text


@pytest.mark.law("A12")
def test_how_a_search_ended_is_shown_in_numbers(house: WebHouse) -> None:
    house.deployed()
    governance, warrant_id = house.running.governance, a_warrant(house)
    search_id = asked(house, warrant_id)
    house.browser("lisa").get(PAGE)
    house.browser("lisa").post(f"{PAGE}/{search_id}/approve")
    order_search(governance, a_search_request(house, search_id))
    take_search_receipt(governance, a_search_receipt(house, search_id))
    page = shown(house, "arne")
    assert "complete" in page
    assert "0 leads, 0 dismissed" in page
    asked(house, warrant_id)
    assert "asked for 1 time before" in shown(house, "lisa")


@pytest.mark.law("A12")
def test_the_warrants_page_leads_to_its_searches_and_to_nothing_live(house: WebHouse) -> None:
    page = house.browser("lisa").get(f"/legal/warrants/{a_warrant(house)}").text
    assert 'href="/running/post-remote"' in page
    assert "Put into use" not in page
    assert "Report on the list" not in page
