"""What a warrant's page says comes next, and what a use says of itself before any site asks."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.builders_passages import give_budget
from tests.builders_warrants import a_begun_urgent
from tests.builders_watchlist import approve_the_list
from tests.builders_web import Browser, WebHouse, a_web_house


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebHouse]:
    house = a_web_house(tmp_path, monkeypatch)
    yield house
    house.running.close()


def gone_on(answer: httpx.Response) -> None:
    assert answer.status_code == httpx.codes.SEE_OTHER, answer.text


def next_of(browser: Browser, page: str) -> str:
    found = re.search(r"<strong>Next:</strong> ([^<]*)</p>", browser.get(page).text)
    assert found is not None
    return found.group(1)


@pytest.mark.law("C5")
def test_what_is_next_is_what_still_lacks_and_a_use_without_a_budget_says_so_before_a_site_asks(
    house: WebHouse,
) -> None:
    governance, officer, lisa = house.running.governance, house.people["lisa"], house.browser("lisa")
    warrant_id = house.enrolled()
    page = f"/legal/warrants/{warrant_id}"
    report, budget, use = "has the report on the list made and approves the list", "approves a budget under", "puts it"
    said = next_of(lisa, page)
    assert all(one in said for one in (report, budget, use))
    approve_the_list(governance, officer, warrant_id)
    said = next_of(lisa, page)
    assert said == "A legal officer approves a budget under Budgets, and puts it into use."
    gone_on(lisa.post(f"{page}/start"))
    lacking = "Nothing is compared. C5: No budget of false alerts was approved for this warrant at this site."
    assert lacking in lisa.get("/running/deployments").text
    give_budget(house.as_world(), warrant_id, 1000)
    assert lacking not in lisa.get("/running/deployments").text
    assert "budget" not in next_of(lisa, page)


@pytest.mark.law("C5")
def test_a_budget_that_was_approved_is_not_named_as_what_is_next(house: WebHouse) -> None:
    warrant_id = house.enrolled()
    give_budget(house.as_world(), warrant_id, 1000)
    said = next_of(house.browser("lisa"), f"/legal/warrants/{warrant_id}")
    assert said == "A legal officer has the report on the list made and approves the list, and puts it into use."


@pytest.mark.law("A5")
def test_an_urgent_warrant_says_of_its_registration_that_the_number_was_entered(house: WebHouse) -> None:
    warrant_id, _ = a_begun_urgent(house.as_world(), registration_number="pending")
    lisa, page = house.browser("lisa"), f"/legal/warrants/{warrant_id}"
    assert "<dd>pending</dd>" in lisa.get(page).text
    gone_on(lisa.post(f"{page}/register", {"number": "EU-9"}))
    shown = lisa.get(page).text
    assert "<dd>pending when it was written; the number was entered since</dd>" in shown
