"""Invariant 4 at the door: with a log that cannot be written, no route of all tells anything personal."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute

from contracts.receipt import LogReceipt
from governance.adapters.log_store import TransparencyLog
from governance.audit.errors import LogUnavailable
from governance.domain.identifiers import AlertId, WarrantId
from governance.domain.review import Feature, Support
from tests.builders_web import LOGINS, SECRETS, WebHouse, a_web_house

ONE_OF_EACH = ("adam", "anna", "arne", "lisa", "olga", "sara")
SENTENCE = "The log cannot be read or written now; nothing is shown or changed until it can."


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebHouse]:
    house = a_web_house(tmp_path, monkeypatch)
    yield house
    house.running.close()


def dead(*_arguments: object, **_named: object) -> LogReceipt:
    raise LogUnavailable(SENTENCE)


def full_disk(house: WebHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard file cannot be written: the entry stands in the database, but nothing proves it."""
    house.running.folder.path.joinpath("log-guard.new").mkdir()


def no_append(_house: WebHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TransparencyLog, "append", dead)


def no_receipt(_house: WebHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TransparencyLog, "receipt", dead)


def no_publication(_house: WebHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TransparencyLog, "published", dead)


DEATHS: dict[str, Callable[[WebHouse, pytest.MonkeyPatch], None]] = {
    "append": no_append,
    "full-disk": full_disk,
    "publication": no_publication,
    "receipt": no_receipt,
}


def concluded(house: WebHouse) -> AlertId:
    alert = house.open_alert()
    answer = {**{feature.value: "similar" for feature in Feature}, "support": str(Support.SUPPORT_SAME.value)}
    for login in ("olga", "oskar"):
        browser = house.browser(login)
        browser.get("/operator")
        browser.post(f"/operator/alerts/{alert}/look")
        browser.post(f"/operator/alerts/{alert}/review", answer)
    return alert


def every_call(house: WebHouse, samples: dict[str, str]) -> Iterator[tuple[str, str]]:
    for route in house.app.routes:
        if isinstance(route, APIRoute):
            for method in route.methods:
                yield method, route.path.format(**samples)


@pytest.mark.slow
@pytest.mark.parametrize("death", DEATHS)
def test_no_route_tells_anything_personal_when_the_log_is_dead(
    house: WebHouse, monkeypatch: pytest.MonkeyPatch, death: str
) -> None:
    told, waiting = concluded(house), house.open_alert()
    issued, drafted = house.issued(), house.draft()
    deployed = WarrantId(str(house.lease()[1]))
    for login in LOGINS:
        house.browser(login)
    # Alive, it does tell: else this test would prove nothing.
    olga = house.browser("olga")
    assert any(secret in olga.get(f"/operator/alerts/{told}").text for secret in SECRETS)
    assert any(secret in olga.post(f"/operator/alerts/{waiting}/look").text for secret in SECRETS)
    assert any(secret in house.browser("anna").get(f"/legal/warrants/{drafted}").text for secret in SECRETS)
    DEATHS[death](house, monkeypatch)
    for alert, warrant in ((told, issued), (waiting, drafted), (waiting, deployed)):
        samples = {"alert_id": alert, "warrant_id": warrant, "slot_id": "0" * 32, "deployment_id": "0" * 32}
        assert_silent(house, {**samples, "index": "3"})


def assert_silent(house: WebHouse, samples: dict[str, str]) -> None:
    for login in ONE_OF_EACH:
        browser = house.browser(login)
        for method, path in every_call(house, samples):
            if path == "/logout":
                continue
            answer = browser.get(path) if method == "GET" else browser.post(path)
            for secret in SECRETS:
                assert secret not in answer.text, (login, method, path)
            assert "data:image" not in answer.text, (login, method, path)


def test_the_page_says_in_one_sentence_that_nothing_was_shown(house: WebHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    alert = house.open_alert()
    browser = house.browser("olga")
    browser.get("/operator")
    no_append(house, monkeypatch)
    answer = browser.post(f"/operator/alerts/{alert}/look")
    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert "Nothing was shown and nothing was changed" in answer.text
    assert SENTENCE in answer.text
    assert "Traceback" not in answer.text


def test_nobody_logs_in_while_the_log_is_dead(house: WebHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    no_append(house, monkeypatch)
    visitor = house.stranger()
    assert visitor.log_in("olga").status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert "insyn_session" not in visitor.cookies


def test_no_lease_is_lent_while_the_log_is_dead(house: WebHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    house.open_alert()
    no_append(house, monkeypatch)
    with pytest.raises(Exception, match="log"):
        house.lease()
