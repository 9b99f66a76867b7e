"""Closed by default: every route declares who may call it, every form is ours, every answer carries its guards."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import Mount

from contracts.lease_request import LeaseAnswer, LeaseRequest
from contracts.signature import Purpose
from governance.application.take_paper import TakePaper, take_paper
from governance.domain.roles import MAY, Role
from governance.web import operator
from governance.web.access import OpenToAll, Permission, permits
from governance.web.app import create_app, declaration
from governance.web.forms import read_form
from governance.web.security import HEADERS
from governance.web.settings import LARGEST_BODY
from tests.builders_contracts import CAMERA, SITE, a_hash
from tests.builders_warrants import a_revocation
from tests.builders_web import LOGINS, PASSWORD, Browser, WebHouse, a_web_house

OPEN_ROUTES = frozenset(
    {
        ("GET", "/login"),  # somebody without a session must get one
        ("POST", "/login"),
        ("GET", "/password"),  # somebody whose account two others made must be able to open it
        ("POST", "/password"),
        ("GET", "/api/health"),  # says that the server answers, and nothing else
        ("POST", "/api/site/leases"),  # signed by a pinned site key
        ("POST", "/api/site/candidates"),
        ("POST", "/api/site/button"),
        ("POST", "/api/site/post-remote/orders"),
        ("POST", "/api/site/post-remote/receipts"),
        ("POST", "/api/site/receipts"),
        ("POST", "/api/site/reports"),
        ("POST", "/api/site/stops"),
        ("POST", "/api/site/volunteer-sightings"),  # signed by a pinned site key, as all of these
        ("GET", "/public"),  # one checkpoint a day: a size and a root
        ("GET", "/public/checkpoint"),
        ("GET", "/public/cameras"),  # the register of cameras, which the law makes public (B7)
        ("GET", "/public/cameras.csv"),
        ("GET", "/public/cameras.json"),
        ("GET", "/open"),  # what everybody may know: of what is over, taken once a day, and about nobody (C7, C15)
        ("GET", "/open/{language}"),
        ("GET", "/open/{language}/matching"),
        ("GET", "/open/{language}/records/{publication_id}"),
        ("GET", "/open/{language}/records/{publication_id}/json"),
    }
)
"""Reviewed: whoever adds to this list says why."""

ANYBODY = frozenset({("GET", "/"), ("POST", "/logout"), ("GET", "/password/own"), ("POST", "/password/own")})
SAMPLE = {
    "stop_id": "nobody",
    **dict.fromkeys(
        (
            "account_id",
            "alert",
            "alert_id",
            "certificate_id",
            "deployment_id",
            "search_id",
            "hand_off_id",
            "run_id",
            "volunteer_id",
            "slot_id",
            "warrant_id",
        ),
        "0" * 32,
    ),
    "axis": "months",
    "index": "0",
    "language": "sv",
    "publication_id": "none",
    "site_id": "site-1",
    "place:path": "0/000.p/1",
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebHouse]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        house = a_web_house(tmp_path_factory.mktemp("house"), monkeypatch)
        yield house
        house.running.close()


def routes_of(house: WebHouse) -> list[APIRoute]:
    return [route for route in house.app.routes if isinstance(route, APIRoute)]


def calls(house: WebHouse) -> list[tuple[str, str, APIRoute]]:
    return [(method, route.path, route) for route in routes_of(house) for method in sorted(route.methods)]


def filled(path: str) -> str:
    return re.sub(r"\{([^}]+)\}", lambda found: SAMPLE[found[1]], path)


def test_every_route_declares_who_may_call_it_or_stands_on_the_reviewed_list(house: WebHouse) -> None:
    opened = {(method, path) for method, path, route in calls(house) if isinstance(declaration(route), OpenToAll)}
    assert opened == OPEN_ROUTES
    for method, path, route in calls(house):
        if (method, path) not in OPEN_ROUTES:
            declared = declaration(route)
            assert isinstance(declared, Permission), (method, path)
            assert bool(declared.actions) is ((method, path) not in ANYBODY), (method, path)


def test_nothing_but_routes_and_the_static_files_is_served(house: WebHouse) -> None:
    others = [route for route in house.app.routes if not isinstance(route, APIRoute)]
    assert [route.path for route in others if isinstance(route, Mount)] == ["/static"]
    assert len(others) == 1


def test_an_application_with_an_undeclared_route_is_not_made(house: WebHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    router = APIRouter()
    router.add_api_route("/forgotten", lambda: "open", methods=["GET"])
    monkeypatch.setattr(operator, "router", router)
    with pytest.raises(ValueError, match="does not declare who"):
        create_app(house.app.state.governance)


def test_a_permission_that_names_nothing_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="at least one action"):
        permits()


def test_every_form_of_people_requires_its_token(house: WebHouse) -> None:
    for method, path, route in calls(house):
        if method == "POST" and not path.startswith("/api/"):
            assert read_form in {dependency.call for dependency in route.dependant.dependencies}, path


@pytest.mark.law("B14")
@pytest.mark.slow
@pytest.mark.parametrize("login", LOGINS)
def test_each_role_reaches_exactly_the_pages_that_the_table_gives_it(house: WebHouse, login: str) -> None:
    browser = house.browser(login)
    for method, path, route in calls(house):
        declared = declaration(route)
        if not isinstance(declared, Permission) or not declared.actions:
            continue
        lawful = any(LOGINS[login] & MAY[action] for action in declared.actions)
        answer = browser.get(filled(path)) if method == "GET" else browser.post(filled(path))
        if not lawful:
            assert answer.status_code == httpx.codes.FORBIDDEN, (login, method, path)
        elif method == "GET":
            assert answer.status_code in {httpx.codes.OK, httpx.codes.NOT_FOUND}, (login, method, path)


@pytest.mark.slow
def test_without_a_session_every_page_leads_to_the_log_in(house: WebHouse) -> None:
    for method, path, route in calls(house):
        if isinstance(declaration(route), Permission):
            answer = house.stranger().request(method, filled(path))
            if path.startswith("/log/"):
                # Programs are not led anywhere.
                assert answer.status_code == httpx.codes.UNAUTHORIZED
                assert answer.headers["www-authenticate"] == "Bearer"
                continue
            assert answer.status_code == httpx.codes.SEE_OTHER, (method, path)
            assert answer.headers["location"] == "/login"


@pytest.mark.slow
def test_a_form_without_its_token_is_refused(house: WebHouse) -> None:
    """Whoever may send a form tries three tokens that are none; everybody else is refused anyhow, and tries one."""
    for login in LOGINS:
        browser = house.browser(login)
        for method, path, route in calls(house):
            declared = declaration(route)
            if method != "POST" or not isinstance(declared, Permission):
                continue
            lawful = not declared.actions or any(LOGINS[login] & MAY[action] for action in declared.actions)
            for data in ({}, {"token": ""}, {"token": "0" * 64})[: 3 if lawful else 1]:
                answer = browser.request("POST", filled(path), data=data)
                assert answer.status_code == httpx.codes.FORBIDDEN, (login, path)
    assert house.browser("olga").get("/operator").status_code == httpx.codes.OK


def test_one_form_without_its_token_is_refused(house: WebHouse) -> None:
    answer = house.browser("olga").request("POST", "/operator/shift", data={"shift": "begin"})
    assert answer.status_code == httpx.codes.FORBIDDEN


def test_a_form_that_another_site_sent_is_refused_though_its_token_is_right(house: WebHouse) -> None:
    browser = house.browser("olga")
    browser.get("/operator")
    answer = browser.request(
        "POST",
        "/operator/shift",
        data={"token": browser.token, "shift": "begin"},
        headers={"sec-fetch-site": "cross-site"},
    )
    assert answer.status_code == httpx.codes.FORBIDDEN


def test_the_log_in_form_needs_its_token_too(house: WebHouse) -> None:
    visitor = house.stranger()
    answer = visitor.request("POST", "/login", data={"login": "olga", "password": PASSWORD})
    assert answer.status_code == httpx.codes.FORBIDDEN
    assert "insyn_session" not in visitor.cookies


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(house: WebHouse) -> None:
    wrong, unknown = house.stranger().log_in("otto", "wrong wrong wrong"), house.stranger().log_in("nobody")
    assert wrong.status_code == unknown.status_code == httpx.codes.UNAUTHORIZED
    assert without_tokens(wrong) == without_tokens(unknown)


def without_tokens(answer: httpx.Response) -> str:
    return "\n".join(line for line in answer.text.splitlines() if 'name="token"' not in line)


def test_logging_out_ends_the_session_for_good(house: WebHouse) -> None:
    browser = Browser(house.app)
    browser.log_in("sara")
    kept = dict(browser.cookies)
    browser.get("/site")
    assert browser.post("/logout").status_code == httpx.codes.SEE_OTHER
    browser.cookies = kept
    assert browser.get("/site").headers["location"] == "/login"


def test_a_session_cookie_is_kept_from_scripts_and_from_other_sites(house: WebHouse) -> None:
    visitor = house.stranger()
    visitor.get("/login")
    cookie = visitor.post("/login", {"login": "sara", "password": PASSWORD}).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/" in cookie


@pytest.mark.parametrize(
    "path",
    ["/login", "/", "/nothing", "/static/insyn.css", "/static/nothing", "/api/health", "/api/x", "/log/tile/0/000"],
)
def test_every_answer_carries_the_guards(house: WebHouse, path: str) -> None:
    headers = house.stranger().get(path).headers
    for name, value in HEADERS.items():
        assert headers[name] == value
    assert "unsafe" not in headers["Content-Security-Policy"]


@pytest.mark.slow
def test_no_page_has_script_or_style_of_its_own(house: WebHouse) -> None:
    for login in LOGINS:
        browser = house.browser(login)
        for method, path, _ in calls(house):
            if method == "GET":
                page = browser.get(filled(path)).text.lower()
                assert "<style" not in page
                assert " style=" not in page
                assert "<script>" not in page
                assert " onclick" not in page
                # The name of the SVG format is spelled as an address, and nothing is loaded from it.
                named = page.replace("http://localhost", "").replace("http://www.w3.org/2000/svg", "")
                assert "http://" not in named


def test_another_host_name_is_not_answered(house: WebHouse) -> None:
    answer = house.stranger().request("GET", "/login", headers={"host": "evil.example"})
    assert answer.status_code == httpx.codes.BAD_REQUEST


def test_more_than_any_request_has_is_refused(house: WebHouse) -> None:
    content = b"x" * (LARGEST_BODY + 1)
    answer = house.stranger().request("POST", "/api/site/reports", content=content)
    assert answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE
    browser = house.browser("anna")
    browser.get("/legal")
    sent = browser.post(f"/legal/warrants/{'0' * 32}/slots/{'0' * 32}", files=[("photograph", ("a", content))])
    assert sent.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b"not json", b"\xff", b"[" * 100_000])
@pytest.mark.parametrize("path", ["/api/site/leases", "/api/site/candidates", "/api/site/reports"])
def test_a_machine_that_sends_anything_else_gets_one_sentence(house: WebHouse, path: str, content: bytes) -> None:
    answer = house.stranger().request("POST", path, content=content)
    assert 400 <= answer.status_code < 500
    assert set(answer.json()) == {"detail"}


@pytest.mark.law("A8")
def test_a_site_is_told_with_every_answer_what_issuers_took_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = a_web_house(tmp_path, monkeypatch)
    warrant, governance = house.deployed(), house.running.governance
    with governance.database.transaction() as tx:
        act = tx.warrants.get(warrant).act_sha256 or ""
    revocation = a_revocation(house.as_world(), warrant, act)
    take_paper(governance, TakePaper(actor=house.people["lisa"], record=revocation))
    for nonce in ("first", "again"):
        request = LeaseRequest(site_id=SITE, camera_id=CAMERA, nonce=a_hash(nonce), asked_at=house.clock.now())
        signed = house.world.site.sign(Purpose.LEASE_REQUEST, request.to_bytes())
        answer = house.stranger().request("POST", "/api/site/leases", json=signed.to_json())
        assert LeaseAnswer.from_bytes(answer.content) == LeaseAnswer(authorisations=(), stops=(revocation,))
    house.running.close()


@pytest.mark.slow
@pytest.mark.parametrize("demo", [True, False])
def test_a_demonstration_says_so_on_every_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, demo: bool) -> None:  # noqa: FBT001 (parametrised)
    house = a_web_house(tmp_path, monkeypatch, demo=demo)
    pages = [house.stranger().get("/login"), house.stranger().get("/nothing")]
    for login in LOGINS:
        browser = house.browser(login)
        pages += [browser.get(filled(path)) for method, path, _ in calls(house) if method == "GET" and path != "/"]
    shown = [page.text for page in pages if page.headers["content-type"].startswith("text/html")]
    assert len(shown) > 50
    assert all(("keys marked DEMO, no legal force" in text) is demo for text in shown)
    house.running.close()


def test_every_page_says_who_is_logged_in_and_as_what(house: WebHouse) -> None:
    several = (Role.DATA_PROTECTION_OFFICER, Role.LEGAL_OFFICER, Role.SENIOR_OPERATOR, Role.SITE_MANAGER)
    titles = {role: role.value.replace("-", " ") for role in several}
    for login, roles in LOGINS.items():
        browser = house.browser(login)
        page = browser.get(browser.get("/").headers["location"]).text
        (role,) = roles
        assert f"<strong>{login}</strong> · {titles.get(role, role.value)}" in page
