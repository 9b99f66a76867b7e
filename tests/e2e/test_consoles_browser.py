"""Two operators, in a real browser, each by themselves; and every page again without scripts."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, sync_playwright

from governance.domain.review import Feature
from tests.builders_reviews import LOOK
from tests.builders_web import PASSWORD, PERSON, SECRETS, WebHouse, a_web_house

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.is_file(), reason="There is no Chromium at /usr/bin/chromium to show pages in."),
]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebHouse]:
    house = a_web_house(tmp_path, monkeypatch)
    yield house
    house.running.close()


@pytest.fixture
def address(house: WebHouse) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(house.app, log_level="error", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 10
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        yield browser
        browser.close()


def logged_in(chromium: Chromium, address: str, login: str, *, scripts: bool = True) -> Page:
    page = chromium.new_context(java_script_enabled=scripts).new_page()
    page.goto(f"{address}/login")
    page.get_by_label("Log-in name").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Log in")
    return page


def press(page: Page, name: str) -> None:
    """Press a button that sends a form, and wait until the page it leads to is there."""
    with page.expect_navigation(wait_until="load"):
        page.get_by_role("button", name=name).click()


def answer(page: Page, step: int) -> None:
    for feature in Feature:
        page.locator(f'input[name="{feature.value}"][value="similar"]').check()
    page.locator(f'input[name="support"][value="{step}"]').check()
    press(page, "Record my answer")


def test_two_operators_decide_in_their_browsers_and_only_then_are_told(
    house: WebHouse, address: str, chromium: Chromium
) -> None:
    alert = house.open_alert()
    for login, last in (("olga", False), ("oskar", True)):
        page = logged_in(chromium, address, login)
        problems: list[str] = []
        page.on(
            "console", lambda message, kept=problems: kept.append(message.text) if message.type == "error" else None
        )
        assert PERSON not in page.content()
        press(page, "Look at the two pictures")
        house.clock.advance(LOOK)
        assert page.locator(".pane img").count() == 2
        assert PERSON not in page.content()
        page.keyboard.press("+")
        assert page.locator("#zoom2").is_checked()
        page.keyboard.press("6")
        assert page.locator('input[name="support"][value="2"]').is_checked()
        answer(page, 2)
        assert page.url == f"{address}/operator/alerts/{alert}"
        assert (PERSON in page.content()) is last
        assert problems == []
        page.context.close()


def test_every_step_of_a_review_works_without_scripts(house: WebHouse, address: str, chromium: Chromium) -> None:
    house.open_alert()
    page = logged_in(chromium, address, "olga", scripts=False)
    press(page, "Look at the two pictures")
    house.clock.advance(LOOK)
    page.locator("label[for=zoom3]").click()
    image = page.locator(".pane img").first.bounding_box()
    pane = page.locator(".pane").first.bounding_box()
    assert image is not None
    assert pane is not None
    assert image["width"] > 3 * pane["width"]
    answer(page, -2)
    assert "Your answer is recorded" in page.content()
    page.context.close()


def test_an_auditor_finds_and_opens_and_follows_without_scripts_and_by_keys(
    house: WebHouse, address: str, chromium: Chromium
) -> None:
    alert = house.open_alert()
    page = logged_in(chromium, address, "arne", scripts=False)
    page.goto(f"{address}/auditor/log")
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Event").select_option("candidate.accept")
    with page.expect_navigation():
        page.get_by_label("Rule").press("Enter")
    assert page.locator("tbody tr").count() == 1
    with page.expect_navigation():
        page.locator("tbody a").focus()
        page.keyboard.press("Enter")
    assert alert not in page.content()
    press(page, "Open what it seals")
    assert alert in page.content()
    page.goto(f"{address}/auditor/alerts")
    with page.expect_navigation():
        page.locator("tbody a").first.click()
    assert page.locator(".chain > li").count() == 10
    assert page.locator(".mark-problem").count() == 0
    page.goto(f"{address}/auditor/trail")
    page.get_by_label("an account").check()
    page.get_by_label("Opaque id").fill(house.people["sara"])
    with page.expect_navigation():
        page.get_by_label("Opaque id").press("Enter")
    assert page.url == f"{address}/auditor/trail"
    assert "site.register" in page.content()
    page.context.close()


@pytest.mark.law("A16")
@pytest.mark.parametrize("width", [1024, 1200])
def test_the_stop_button_is_seen_without_scrolling_sideways(
    house: WebHouse, address: str, chromium: Chromium, width: int
) -> None:
    house.deployed()
    page = logged_in(chromium, address, "lisa", scripts=False)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{address}/running/deployments")
    box = page.get_by_role("button", name="Stop now").bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= width - 16
    page.context.close()


@pytest.mark.parametrize("width", [400, 1280])
def test_pages_have_one_heading_labels_and_nothing_from_elsewhere(
    house: WebHouse, address: str, chromium: Chromium, width: int
) -> None:
    alert = house.open_alert()
    house.count()
    pages = {
        "anna": ("/legal", "/legal/new"),
        "arne": (
            "/auditor",
            "/auditor/log",
            "/auditor/log?rule=A2",
            "/auditor/log?first=none",
            "/auditor/log/0",
            "/auditor/refusals",
            "/auditor/alerts",
            f"/auditor/alerts/{alert}",
            f"/auditor/alerts/{'0' * 32}",
            "/auditor/trail",
            "/public",
            "/operator",
            "/nothing",
        ),
        "lisa": ("/legal", "/running/deployments", "/running/cameras"),
        "olga": ("/operator",),
        "sara": ("/site", "/site/register"),
    }
    for login, paths in pages.items():
        page = logged_in(chromium, address, login)
        page.set_viewport_size({"width": width, "height": 800})
        asked: list[str] = []
        page.on("request", lambda request, kept=asked: kept.append(request.url))
        for path in paths:
            page.goto(address + path)
            assert page.locator("h1").count() == 1
            unlabelled = "input:not([type=hidden]):visible, select:visible, textarea:visible"
            for control in page.locator(unlabelled).all():
                assert control.evaluate("element => element.labels.length > 0"), (path, control)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert all(url.startswith((address, "data:")) for url in asked)
        assert not any(secret in page.content() for secret in SECRETS)
        page.context.close()
