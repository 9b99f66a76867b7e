"""One call of one route, and how calls are written down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import httpx

from governance.domain.identifiers import WarrantId
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


def of_warrant(login: str, warrant: WarrantId, step: str, fields: Mapping[str, str] | None = None) -> Call:
    return a_post(login, f"/legal/warrants/{warrant}/{step}", f"/legal/warrants/{{warrant_id}}/{step}", fields)
