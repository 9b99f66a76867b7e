"""What a reviewer is not told before both have answered is nowhere in any answer of the server (E1, invariant 7)."""

import base64
import html
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from governance.domain.review import Feature, Support
from tests.builders_reviews import LOOK
from tests.builders_web import NECESSITY, PERSON, WebHouse, a_web_house
from tests.builders_web_fakes import PROBE_PNG, REFERENCE_PNG, SCORE, THRESHOLD

WITHHELD = (PERSON, NECESSITY, "kidnapping", str(SCORE)[:5], str(THRESHOLD)[:4])
ANSWER = {feature.value: "similar" for feature in Feature}


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebHouse]:
    house = a_web_house(tmp_path, monkeypatch)
    yield house
    house.running.close()


def look(house: WebHouse, login: str, alert: str) -> httpx.Response:
    browser = house.browser(login)
    browser.get("/operator")
    shown = browser.post(f"/operator/alerts/{alert}/look")
    house.clock.advance(LOOK)
    return shown


def answer(house: WebHouse, login: str, alert: str, support: Support) -> httpx.Response:
    browser = house.browser(login)
    return browser.post(f"/operator/alerts/{alert}/review", {**ANSWER, "support": str(support.value)})


def words(response: httpx.Response) -> str:
    """Everything that was sent but the pictures, whose base64 may spell anything."""
    text = html.unescape(response.text)
    for picture in (PROBE_PNG, REFERENCE_PNG):
        text = text.replace(base64.b64encode(picture).decode(), "")
    return text + str(response.headers)


def assert_nothing_told(response: httpx.Response) -> None:
    told = words(response)
    for secret in WITHHELD:
        assert secret not in told


@pytest.mark.law("E1")
def test_the_first_reviewer_is_shown_two_pictures_and_nothing_that_could_sway(house: WebHouse) -> None:
    alert = house.open_alert()
    browser = house.browser("olga")
    for page in (browser.get("/operator"), browser.get(f"/operator/alerts/{alert}"), look(house, "olga", alert)):
        assert page.status_code == httpx.codes.OK
        assert_nothing_told(page)
    shown = look(house, "olga", alert).text
    assert base64.b64encode(PROBE_PNG).decode() in shown
    assert base64.b64encode(REFERENCE_PNG).decode() in shown


@pytest.mark.law("E1", "P5")
def test_who_has_answered_is_told_nothing_until_the_other_has(house: WebHouse) -> None:
    alert = house.open_alert()
    look(house, "olga", alert)
    assert answer(house, "olga", alert, Support.STRONG_SUPPORT_SAME).status_code == httpx.codes.SEE_OTHER
    assert_nothing_told(house.browser("olga").get(f"/operator/alerts/{alert}"))
    assert_nothing_told(house.browser("olga").get("/operator"))


def test_the_second_reviewer_sees_the_very_page_that_the_first_saw(house: WebHouse) -> None:
    alert = house.open_alert()
    # A minute later, so that both have the same time left in words: "23 h 58 min".
    house.clock.advance(timedelta(seconds=90))
    first = look(house, "olga", alert).text
    answer(house, "olga", alert, Support.STRONG_SUPPORT_DIFFERENT)
    second = look(house, "oskar", alert).text
    assert_nothing_told(look(house, "oskar", alert))
    assert without(second, "oskar", house.browser("oskar").token) == without(first, "olga", house.browser("olga").token)


def without(page: str, *mine: str) -> str:
    """The page without a visitor's own words and the second at which it was made."""
    for word in mine:
        page = page.replace(word, "")
    return re.sub(r":\d\d UTC</p>", "", page)


def test_after_both_have_answered_each_is_told_everything(house: WebHouse) -> None:
    alert = house.open_alert()
    for login in ("olga", "oskar"):
        look(house, login, alert)
        answer(house, login, alert, Support.SUPPORT_SAME)
    for login in ("olga", "oskar"):
        page = words(house.browser(login).get(f"/operator/alerts/{alert}"))
        assert PERSON in page
        assert "kidnapping" in page
        assert f"{SCORE:.3f}" in page
        assert page.count("support for the same person") == 2


def test_who_did_not_answer_is_not_told_what_came_of_it(house: WebHouse) -> None:
    alert = house.open_alert()
    for login in ("olga", "oskar"):
        look(house, login, alert)
        answer(house, login, alert, Support.SUPPORT_SAME)
    assert_nothing_told(house.browser("otto").get(f"/operator/alerts/{alert}"))


@pytest.mark.law("A15")
def test_one_person_cannot_confirm_twice(house: WebHouse) -> None:
    alert = house.open_alert()
    look(house, "olga", alert)
    assert answer(house, "olga", alert, Support.SUPPORT_SAME).status_code == httpx.codes.SEE_OTHER
    assert answer(house, "olga", alert, Support.SUPPORT_SAME).status_code == httpx.codes.FORBIDDEN
    assert 'data-state="open"' in house.browser("olga").get(f"/operator/alerts/{alert}").text


def test_nobody_answers_without_having_looked(house: WebHouse) -> None:
    alert = house.open_alert()
    house.browser("olga").get("/operator")
    assert answer(house, "olga", alert, Support.SUPPORT_SAME).status_code == httpx.codes.FORBIDDEN


def test_an_answer_that_is_not_complete_is_not_recorded_and_says_what_is_missing(house: WebHouse) -> None:
    alert = house.open_alert()
    look(house, "olga", alert)
    browser = house.browser("olga")
    partial = {feature.value: "similar" for feature in list(Feature)[1:]}
    for fields in ({**partial, "support": "2"}, ANSWER, {**ANSWER, "support": "9"}, {**ANSWER, "support": "same"}):
        shown = browser.post(f"/operator/alerts/{alert}/review", fields)
        assert shown.status_code == httpx.codes.UNPROCESSABLE_ENTITY
        assert "Nothing has been recorded yet" in shown.text
        assert_nothing_told(shown)
    assert answer(house, "olga", alert, Support.SUPPORT_SAME).status_code == httpx.codes.SEE_OTHER


@pytest.mark.law("E4")
def test_an_answer_that_came_too_soon_is_shown_again_with_all_that_was_chosen(house: WebHouse) -> None:
    alert = house.open_alert()
    look(house, "olga", alert)
    house.clock.advance(-LOOK / 2)
    early = answer(house, "olga", alert, Support.SUPPORT_SAME)
    assert early.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert "at least 10 seconds" in early.text
    assert early.text.count(" checked>") == len(ANSWER) + 2, "each observation, the step of the scale, and the zoom"
    assert_nothing_told(early)
    house.clock.advance(LOOK / 2)
    assert answer(house, "olga", alert, Support.SUPPORT_SAME).status_code == httpx.codes.SEE_OTHER


def test_a_dismissed_alert_is_not_shown_again(house: WebHouse) -> None:
    alert = house.open_alert()
    for login in ("olga", "oskar"):
        look(house, login, alert)
        answer(house, login, alert, Support.SUPPORT_DIFFERENT)
    refused = look(house, "otto", alert)
    assert refused.status_code == httpx.codes.FORBIDDEN
    assert "data:image" not in refused.text


@pytest.mark.law("0.2", "B6")
def test_the_region_never_learns_of_a_candidate(house: WebHouse) -> None:
    alert = house.open_alert()
    house.count()
    browser = house.browser("sara")
    for path in ("/site", "/site/register"):
        page = browser.get(path)
        assert page.status_code == httpx.codes.OK
        assert "candidate" not in page.text.split("<main", 1)[1].split("</main>")[0].lower()
        assert alert not in page.text
    for path in (
        "/operator",
        f"/operator/alerts/{alert}",
        "/running/cameras",
        "/running/deployments",
        "/auditor/alerts",
    ):
        assert browser.get(path).status_code == httpx.codes.FORBIDDEN


def test_the_auditor_follows_an_alert_without_a_picture_or_a_name(house: WebHouse) -> None:
    alert = house.open_alert()
    for login in ("olga", "oskar"):
        look(house, login, alert)
        answer(house, login, alert, Support.SUPPORT_SAME)
    browser = house.browser("arne")
    for path in ("/auditor", "/auditor/log", "/auditor/refusals", "/auditor/alerts", "/legal", "/auditor/checkpoint"):
        page = browser.get(path)
        assert page.status_code == httpx.codes.OK
        assert_nothing_told(page)
        assert "data:image" not in page.text
    told = browser.get("/auditor/alerts").text
    assert alert[:8] in told
    assert "lead, confirmed by two people" in told
