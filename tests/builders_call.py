"""One call of one route, and the house in which it is made (`builders_calls` has all of them)."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import httpx

from governance.application.accept_candidate import AcceptCandidate
from governance.audit.leaf import Leaf
from governance.domain.events import Event
from governance.domain.identifiers import AlertId, WarrantId
from governance.domain.review import Feature, Support
from tests.builders_reviews import LOOK
from tests.builders_web import Browser, WebHouse


class House(Protocol):
    """Where calls are made."""

    web: WebHouse
    visitor: Browser


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of one route. `login` is empty for a stranger; `told` says that a success shows something personal."""

    login: str
    method: str
    route: str
    path: str
    fields: Mapping[str, str] | None = None
    files: Sequence[tuple[str, tuple[str, bytes]]] = ()
    body: object = None
    """JSON of a machine, or what makes it anew for each call."""
    headers: Mapping[str, str] = field(default_factory=dict)
    expected: int = 200
    note: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.route} {self.note}".strip()

    def make(self, house: House) -> httpx.Response:
        """Make the call."""
        browser = house.visitor if not self.login else house.web.browser(self.login)
        if self.body is not None:
            body = self.body() if callable(self.body) else self.body
            return Browser(house.web.app).request(self.method, self.path, json=body)
        if self.headers:
            return Browser(house.web.app).request(self.method, self.path, headers=dict(self.headers))
        if self.method == "GET":
            return browser.get(self.path)
        return browser.post(self.path, dict(self.fields or {}), list(self.files))


@dataclass(kw_only=True)
class ReadyHouse:
    """A web house in which every route has something to do."""

    web: WebHouse
    visitor: Browser
    calls: tuple[Call, ...] = ()
    opaque: tuple[str, ...] = ()
    """Opaque ids that only opened entries tell an auditor."""

    def leaves(self, first: int = 0) -> list[Leaf]:
        """Return the log from an index on."""
        log = self.web.centre.log
        found: list[Leaf] = []
        while page := log.entries(first=first + len(found), count=1000):
            found.extend(map(Leaf.from_bytes, page))
        return found

    def gained(self, act: Callable[[], object]) -> list[Event]:
        """Return the events that the log gained by something."""
        before = self.web.centre.log.size()
        act()
        return [Event(leaf.event) for leaf in self.leaves(before)]


def an_answer(support: Support) -> dict[str, str]:
    """Return a complete answer as the form sends it."""
    return {**{feature.value: "similar" for feature in Feature}, "support": str(support.value)}


def a_get(login: str, path: str, route: str = "", note: str = "") -> Call:
    return Call(login=login, method="GET", route=route or path, path=path, note=note)


def a_post(
    login: str,
    path: str,
    route: str,
    fields: Mapping[str, str] | None = None,
    files: Sequence[tuple[str, tuple[str, bytes]]] = (),
) -> Call:
    return Call(login=login, method="POST", route=route, path=path, fields=fields, files=files, expected=303)


def noted(call: Call, note: str) -> Call:
    return replace(call, note=note)


def a_machine(route: str, body: object, note: str = "") -> Call:
    return Call(login="", method="POST", route=route, path=route, body=body, note=note)


def looked(web: WebHouse, login: str, alert: AlertId) -> None:
    browser = web.browser(login)
    browser.get("/operator")
    assert browser.post(f"/operator/alerts/{alert}/look").status_code == httpx.codes.OK
    web.clock.advance(LOOK)


def answered(web: WebHouse, login: str, alert: AlertId, support: Support) -> None:
    looked(web, login, alert)
    answer = web.browser(login).post(f"/operator/alerts/{alert}/review", an_answer(support))
    assert answer.status_code == httpx.codes.SEE_OTHER


def sent(command: AcceptCandidate) -> object:
    crops = None if command.crops is None else base64.b64encode(command.crops).decode()
    return {"report": command.report.to_json(), "crops": crops}


def of_warrant(login: str, warrant: WarrantId, step: str, fields: Mapping[str, str] | None = None) -> Call:
    return a_post(login, f"/legal/warrants/{warrant}/{step}", f"/legal/warrants/{{warrant_id}}/{step}", fields)
