"""The consoles' forms, step by step: an application refused, one granted, enrolled, used, stopped, revoked."""

import base64
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from contracts.signature import Purpose
from governance.application.errors import EnrolmentRefused
from governance.application.findings import Finding
from governance.domain.roles import Role
from tests.builders_accounts import FIRST_PASSWORD
from tests.builders_contracts import CAMERA, ISSUER_NAME, SITE, a_camera
from tests.builders_fakes import FakeEnrolmentMatcher
from tests.builders_watchlist import ORIGIN
from tests.builders_web import (
    A_PDF,
    CASE,
    NECESSITY,
    PASSWORD,
    PERSON,
    PHOTOGRAPH,
    Browser,
    WebHouse,
    a_web_house,
)

FORM = {
    "objective": "victim-search",
    "offence": "kidnapping|brottsbalken 4:1",
    "years": "18",
    "case_reference": CASE,
    "issuer": ISSUER_NAME,
    "kind_0": "named",
    "person_0": PERSON,
    "age_0": "18-39",
    "necessity_0": NECESSITY,
    "camera": CAMERA,
    f"reason_{CAMERA}": "The person was last seen walking to this entrance.",
    "not_before": "2026-03-02T11:00",
    "not_after": "2026-03-03T12:00",
    "registration_number": "EU-1",
}
FILES = [
    ("photographs_0", ("a.jpg", PHOTOGRAPH)),
    ("impact_assessment", ("b.pdf", b"assessment")),
    ("decision", ("c.pdf", A_PDF)),
]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebHouse]:
    house = a_web_house(tmp_path, monkeypatch)
    yield house
    house.running.close()


def drafted(browser: Browser, **changes: str) -> str:
    browser.get("/legal/new")
    answer = browser.post("/legal/warrants", {**FORM, **changes}, FILES)
    assert answer.status_code == httpx.codes.SEE_OTHER
    return answer.headers["location"]


def went(answer: httpx.Response) -> None:
    assert answer.status_code == httpx.codes.SEE_OTHER, answer.text


def state_of(browser: Browser, page: str) -> str:
    found = re.search(r'<h1>.*?data-state="([a-z]+)"', browser.get(page).text)
    assert found is not None
    return found.group(1)


def issued(house: WebHouse) -> str:
    anna, lisa = house.browser("anna"), house.browser("lisa")
    page = drafted(anna)
    went(anna.post(f"{page}/submit"))
    assert state_of(lisa, page) == "submitted"
    went(lisa.post(f"{page}/approve"))
    lisa.get(page)
    act = lisa.post(f"{page}/export")
    assert act.headers["content-disposition"].startswith("attachment")
    assert PERSON not in act.text
    record = json.dumps(house.world.issuer.sign(Purpose.WARRANT, act.content).to_json()).encode()
    went(lisa.post("/legal/issued", files=[("signed", ("signed.json", record))]))
    assert state_of(lisa, page) == "issued"
    return page


@pytest.mark.law("A7", "A8")
def test_papers_are_asked_for_only_where_one_can_be_taken_in(house: WebHouse) -> None:
    anna, lisa = house.browser("anna"), house.browser("lisa")
    page, form = drafted(anna), 'action="/legal/papers"'
    went(anna.post(f"{page}/submit"))
    assert form not in lisa.get(page).text
    went(lisa.post(f"{page}/approve"))
    approved = lisa.get(page).text
    assert form in approved
    assert "signed later: its no, amendment, revocation" in approved
    act = lisa.post(f"{page}/export").content
    record = json.dumps(house.world.issuer.sign(Purpose.WARRANT, act).to_json()).encode()
    answer = lisa.post("/legal/papers", files=[("signed", ("signed.json", record))])
    assert answer.status_code == httpx.codes.FORBIDDEN
    assert "A signed prior warrant is taken in where its file was downloaded." in answer.text
    assert state_of(lisa, page) == "approved"


@pytest.mark.law("B2", "C14")
def test_a_reason_that_is_too_short_is_told_how_long_it_has_to_be(house: WebHouse) -> None:
    anna = house.browser("anna")
    page = drafted(anna, necessity_0="no other way was.", **{f"reason_{CAMERA}": "seen there"})
    shown = anna.get(page).text
    assert "Say for each person, in 20 characters or more, why" in shown
    assert "Say for each camera, in 20 characters or more, why" in shown


def slot_form(browser: Browser, page: str) -> str:
    found = re.search(rf' action="({page}/slots/[^"]+)"', browser.get(page).text)
    assert found is not None
    return found.group(1)


def test_a_warrant_passes_through_the_consoles_from_draft_to_revocation(house: WebHouse) -> None:
    anna, lisa = house.browser("anna"), house.browser("lisa")
    page = issued(house)
    enrolled = anna.post(slot_form(anna, page), ORIGIN, files=[("photograph", ("p.jpg", PHOTOGRAPH))])
    assert enrolled.status_code == httpx.codes.OK
    assert "The face is large enough." in enrolled.text
    lisa.get(page)
    assert lisa.post(f"{page}/start").status_code == httpx.codes.FORBIDDEN
    lisa.get(page)
    went(lisa.post(f"{page}/list", {"passages": "20000"}))
    shown = lisa.get(f"{page}/list").text
    assert "not known" in shown
    report = re.search(r'name="report" value="([0-9a-f]+)"', shown)
    assert report is not None
    went(lisa.post(f"{page}/list/approve", {"report": report.group(1)}))
    lisa.get(page)
    went(lisa.post(f"{page}/start"))
    assert state_of(lisa, page) == "active"
    assert f'href="{page}"' in lisa.get("/running/deployments").text
    assert f'href="{page}"' not in house.browser("olga").get("/running/deployments").text
    found = re.search(r'action="(/running/deployments/[^"]+)/stop"', lisa.get("/running/deployments").text)
    assert found is not None
    went(house.browser("olga").post(f"{found.group(1)}/stop"))
    assert state_of(lisa, page) == "suspended"
    assert house.browser("olga").post(f"{found.group(1)}/resume").status_code == httpx.codes.FORBIDDEN
    went(lisa.post(f"{found.group(1)}/resume"))
    assert state_of(lisa, page) == "active"
    assert lisa.post(f"{page}/revoke").status_code == 422
    assert state_of(lisa, page) != "revoked"
    went(lisa.post(f"{page}/revoke", {"sure": "yes", "why": "It is over."}))
    assert state_of(lisa, page) == "revoked"


def test_a_gap_stands_in_the_checklist_and_is_refused_by_its_rule(house: WebHouse) -> None:
    anna = house.browser("anna")
    page = drafted(anna, offence="graffiti|brottsbalken 12:1", years="2")
    shown = anna.get(page).text
    assert re.search(r'class="gap"><span class="rule">A2<', shown)
    assert shown.count('class="gap"') == 1
    assert re.search(r"1 of [0-9]+ is a gap", shown)
    assert "changes the draft" in shown
    refused = anna.post(f"{page}/submit")
    assert refused.status_code == httpx.codes.FORBIDDEN
    assert "A2" in refused.text
    assert state_of(anna, page) == "drafted"
    assert ">A2<" in house.browser("arne").get("/auditor/refusals").text


def test_the_gap_is_closed_in_the_form_and_two_windows_do_not_overwrite_each_other(house: WebHouse) -> None:
    anna = house.browser("anna")
    page = drafted(anna, offence="graffiti|brottsbalken 12:1", years="2")
    form = anna.get(f"{page}/change").text
    hidden = dict(re.findall(r'type="hidden" name="(version|slot_0)" value="([^"]+)"', form))
    assert 'value="graffiti|brottsbalken 12:1"' in form
    changes = {**FORM, **hidden}
    went(anna.post(f"{page}/change", changes))
    assert 'class="gap"' not in anna.get(page).text
    again = anna.post(f"{page}/change", changes)
    assert again.status_code == httpx.codes.CONFLICT
    assert "in the meantime" in again.text
    went(anna.post(f"{page}/submit"))
    assert f"{page}/change" not in anna.get(page).text
    assert anna.get(f"{page}/change").status_code == httpx.codes.FORBIDDEN


def test_what_an_applicant_took_back_says_so_on_its_page_and_in_the_list(house: WebHouse) -> None:
    anna = house.browser("anna")
    page = drafted(anna)
    went(anna.post(f"{page}/withdraw", {"why": "Found at home."}))
    for shown in (anna.get(page).text, house.browser("lisa").get("/legal").text):
        assert "withdrawn by the applicant" in shown
        assert 'data-state="revoked"' not in shown


def test_a_page_that_a_role_does_not_include_stands_in_the_log_as_refused(house: WebHouse) -> None:
    assert house.browser("sara").get("/operator").status_code == httpx.codes.FORBIDDEN
    assert ">B14<" in house.browser("arne").get("/auditor/refusals").text


def test_who_applied_cannot_approve_and_sees_no_button_for_it(house: WebHouse) -> None:
    anna = house.browser("anna")
    page = drafted(anna)
    went(anna.post(f"{page}/submit"))
    assert "/approve" not in anna.get(page).text
    assert anna.post(f"{page}/approve").status_code == httpx.codes.FORBIDDEN


@pytest.mark.law("A19")
def test_a_form_that_nobody_filled_in_releases_no_open_profile(house: WebHouse) -> None:
    anna = house.browser("anna")
    page = issued(house)
    shown = anna.get(page).text
    assert re.findall(r'<option value="([a-z-]+)" selected>', shown) == ["none"]
    chosen = {**ORIGIN, "provenance": "open-profile"}
    for release in ({}, {"release": "none"}, {"release": "anything"}):
        answer = anna.post(slot_form(anna, page), {**chosen, **release}, files=[("photograph", ("p.jpg", PHOTOGRAPH))])
        assert answer.status_code == httpx.codes.FORBIDDEN
        assert "A19" in answer.text


def test_a_photograph_that_the_issuer_did_not_see_is_refused(house: WebHouse) -> None:
    anna = house.browser("anna")
    page = issued(house)
    answer = anna.post(slot_form(anna, page), ORIGIN, files=[("photograph", ("p.jpg", b"another picture"))])
    assert answer.status_code == httpx.codes.FORBIDDEN
    assert "A3" in answer.text


def test_what_a_photograph_lacks_is_said_in_words(house: WebHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise EnrolmentRefused(
            "The photograph cannot become a reference.",
            (Finding(code="faces", sentence="There are two faces in it.", acceptable=False),),
        )

    anna = house.browser("anna")
    page = issued(house)
    monkeypatch.setattr(FakeEnrolmentMatcher, "enrol", refuse)
    answer = anna.post(slot_form(anna, page), ORIGIN, files=[("photograph", ("p.jpg", PHOTOGRAPH))])
    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert "There are two faces in it." in answer.text


def test_a_signed_file_that_is_none_is_one_sentence(house: WebHouse) -> None:
    lisa = house.browser("lisa")
    lisa.get("/legal")
    for content in (b"", b"not json", b"{}", b"[]", b"\xff\xfe"):
        answer = lisa.post("/legal/issued", files=[("signed", ("signed.json", content))])
        assert 400 <= answer.status_code < 500
        assert "Traceback" not in answer.text
    answer = lisa.post("/legal/issued", files=[("signed", ("unsigned.json", b'{"kind":"insyn/warrant/2"}'))])
    assert "This file is not signed." in answer.text
    answer = lisa.post("/legal/issued", files=[("signed", ("signed.pdf", b"%PDF-1.7\nsigned by a court"))])
    assert "This PDF does not end as one" in answer.text
    answer = lisa.post("/legal/papers", files=[("signed", ("signed.pdf", b"%PDF-1.7\nsigned by a court"))])
    assert "A signed PDF (PAdES) is taken for a warrant alone" in answer.text


@pytest.mark.parametrize(("field", "value"), [("not_before", "yesterday"), ("years", "many"), ("years", "-1")])
def test_a_field_that_cannot_be_read_is_one_sentence_and_nothing_is_repeated(
    house: WebHouse, field: str, value: str
) -> None:
    anna = house.browser("anna")
    anna.get("/legal/new")
    answer = anna.post("/legal/warrants", {**FORM, field: value}, FILES)
    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert PERSON not in answer.text


def test_what_people_type_is_shown_as_text_and_never_as_markup(house: WebHouse) -> None:
    anna = house.browser("anna")
    page = drafted(anna, person_0="<script>alert(1)</script>", necessity_0='"><img src=x onerror=alert(1)>')
    shown = anna.get(page).text
    assert "<script>alert" not in shown
    assert "<img" not in shown
    assert "&lt;script&gt;" in shown


def test_the_region_registers_by_its_forms_and_sees_its_cameras(house: WebHouse) -> None:
    sara = house.browser("sara")
    sara.get("/site/register")
    record = house.world.region.sign(Purpose.CAMERA, a_camera(camera_id="camera-2", view="The stairs.").to_bytes())
    went(sara.post("/site/cameras", files=[("record", ("r.json", json.dumps(record.to_json()).encode()))]))
    house.count()
    shown = sara.get("/site").text
    assert "camera-2" in shown
    assert "The stairs." in shown
    assert "has not reported" in shown
    again = {"site_id": SITE, "title": "Again", "opening_public": base64.b64encode(b"\x09" * 32).decode()}
    assert sara.post("/site/sites", again).status_code == httpx.codes.CONFLICT
    for wrong in ("short", base64.b64encode(b"\x09" * 31).decode()):
        answer = sara.post("/site/sites", {**again, "opening_public": wrong})
        assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY


def the_confirmation(page: str, login: str) -> str:
    found = re.search(r'action="([^"]*/confirm)"', page.partition(f'data-login="{login}"')[2])
    assert found is not None
    return found[1]


def test_an_administrator_proposes_an_account_and_a_second_person_puts_it_in_force(house: WebHouse) -> None:
    adam = house.browser("adam")
    adam.get("/administration")
    fields = {"login": "agnes", "password": FIRST_PASSWORD, "role": [Role.AUDITOR.value]}
    went(adam.post("/administration/accounts", fields))
    way = the_confirmation(house.browser("arne").get("/administration").text, "agnes")
    assert way not in adam.get("/administration").text
    assert adam.post(way).status_code == httpx.codes.FORBIDDEN
    assert house.stranger().log_in("agnes").status_code == httpx.codes.UNAUTHORIZED
    arne = house.browser("arne")
    arne.get("/administration")
    confirmed = arne.post(way)
    (code,) = re.findall(r'data-opening-code="([0-9a-f-]{39})"', confirmed.text)
    assert code not in arne.get("/administration").text
    agnes = house.stranger()
    refused = agnes.log_in("agnes", FIRST_PASSWORD)
    assert "/password" in words_of(refused)
    assert "/password" not in words_of(agnes.log_in("agnes", "wrong wrong wrong"))
    opening = {"login": "agnes", "first": FIRST_PASSWORD, "code": code, "own": PASSWORD, "again": PASSWORD}
    agnes.get("/password")
    assert agnes.post("/password", {**opening, "again": "x"}).status_code == httpx.codes.UNPROCESSABLE_ENTITY
    agnes.get("/password")
    assert agnes.post("/password", {**opening, "code": "0"}).status_code == httpx.codes.UNAUTHORIZED
    went(agnes.post("/password", opening))
    assert agnes.log_in("agnes", FIRST_PASSWORD).status_code == httpx.codes.UNAUTHORIZED
    went(agnes.log_in("agnes"))
    went(arne.post(way.replace("confirm", "withdraw")))
    assert agnes.get("/").headers["location"] == "/login"
    both = {**fields, "login": "abbe", "role": [Role.AUDITOR.value, Role.OPERATOR.value]}
    assert adam.post("/administration/accounts", both).status_code == httpx.codes.FORBIDDEN
    nobody = {**fields, "login": "alva", "role": ["emperor"]}
    assert adam.post("/administration/accounts", nobody).status_code == httpx.codes.UNPROCESSABLE_ENTITY


def words_of(answer: httpx.Response) -> str:
    """What a log-in page says of the attempt."""
    return answer.text.partition('class="problem"')[2].partition("</p>")[0]


def test_somebody_changes_their_own_password_and_stays_only_where_they_did_it(house: WebHouse) -> None:
    here, elsewhere = Browser(house.app), Browser(house.app)
    for browser in (here, elsewhere):
        went(browser.log_in("sara"))
    here.get("/password/own")
    changed = {"present": PASSWORD, "own": "another horse battery", "again": "another horse battery"}
    wrong = here.post("/password/own", {**changed, "present": "wrong wrong wrong"})
    assert wrong.status_code == httpx.codes.UNAUTHORIZED
    assert "was not changed" in words_of(wrong)
    went(here.post("/password/own", changed))
    assert here.get("/site").status_code == httpx.codes.OK
    assert elsewhere.get("/site").headers["location"] == "/login"
    assert elsewhere.log_in("sara").status_code == httpx.codes.UNAUTHORIZED
    went(elsewhere.log_in("sara", "another horse battery"))


@pytest.mark.law("B14")
def test_the_page_offers_a_step_to_whom_the_rules_allow_it_and_says_in_words_why_not(house: WebHouse) -> None:
    adam = house.browser("adam")
    adam.get("/administration")
    went(
        adam.post(
            "/administration/accounts", {"login": "anders", "password": FIRST_PASSWORD, "role": ["legal-officer"]}
        )
    )
    offered = {"arne": True, "lena": True, "dora": True, "adam": False, "astrid": False, "stina": False}
    for login, there in offered.items():
        row = house.browser(login).get("/administration").text.partition('data-login="anders"')[2].partition("</tr>")[0]
        assert ("/confirm" in row) is there, login
        assert ("/withdraw" in row) is (login not in {"arne", "stina"}), login
    row = house.browser("astrid").get("/administration").text.partition('data-login="anders"')[2].partition("</tr>")[0]
    assert "The role legal-officer is confirmed by" in row
    assert "Whoever proposed an account does not confirm it" in adam.get("/administration").text
    arnes = house.browser("astrid").get("/administration").text.partition('data-login="arne"')[2].partition("</tr>")[0]
    assert "/withdraw" not in arnes
    assert "The role auditor is withdrawn by auditor." in arnes


def test_each_entry_is_shown_with_a_proof_that_was_verified(house: WebHouse) -> None:
    arne = house.browser("arne")
    for index in range(5):
        page = arne.get(f"/auditor/log/{index}")
        assert "<strong>Verified:</strong>" in page.text
    assert arne.get("/auditor/log/99999").status_code == httpx.codes.NOT_FOUND
    for odd in ("-1", "x", "1e3"):
        assert arne.get(f"/auditor/log/{odd}").status_code in {404, 422}
    checkpoint = arne.get("/auditor/checkpoint")
    assert checkpoint.headers["content-type"].startswith("text/plain")
    assert checkpoint.text.count("\n") == 5


def test_the_machine_routes_lend_and_take_in_what_is_signed(house: WebHouse) -> None:
    house.deployed()
    command = house.candidate()
    body = {"report": command.report.to_json(), "crops": base64.b64encode(command.crops or b"").decode()}
    site = house.stranger()
    first = site.request("POST", "/api/site/candidates", json=body)
    second = site.request("POST", "/api/site/candidates", json=body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json() == {"accepted": True}
    forged = {**body, "report": {**command.report.to_json(), "signature": base64.b64encode(b"\x00" * 64).decode()}}
    refused = site.request("POST", "/api/site/candidates", json=forged)
    assert refused.status_code == httpx.codes.FORBIDDEN
    assert set(refused.json()) == {"detail"}


def test_a_session_ends_by_the_servers_clock_used_or_not(house: WebHouse) -> None:
    browser = house.browser("olga")
    house.clock.advance(timedelta(hours=11, minutes=59))
    assert browser.get("/operator").status_code == httpx.codes.OK
    house.clock.advance(timedelta(minutes=2))
    assert browser.get("/operator").headers["location"] == "/login"


def test_an_alert_whose_time_is_over_is_not_shown(house: WebHouse) -> None:
    alert = house.open_alert()
    house.clock.advance(timedelta(hours=24))
    visitor = Browser(house.app)
    visitor.log_in("olga")
    answer = visitor.post(f"/operator/alerts/{alert}/look")
    assert answer.status_code in {httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND}
    assert "data:image" not in answer.text


def test_wrong_passwords_make_the_right_one_wait_too_but_not_in_the_browser_that_its_owner_uses(
    house: WebHouse,
) -> None:
    visitor, own = house.stranger(), Browser(house.app)
    went(own.log_in("otto"))
    for _ in range(5):
        assert visitor.log_in("otto", "not the password").status_code == httpx.codes.UNAUTHORIZED
    assert visitor.log_in("otto").status_code == httpx.codes.UNAUTHORIZED
    own.cookies.pop("insyn_session")
    went(own.log_in("otto"))
    assert house.browser("arne").get("/auditor/log").text.count("session.refuse") >= 5


@pytest.mark.law("A6")
def test_a_decision_that_is_no_pdf_is_refused_with_a_sentence_and_nothing_is_drafted(house: WebHouse) -> None:
    anna = house.browser("anna")
    anna.get("/legal/new")
    answer = anna.post("/legal/warrants", FORM, [*FILES[:2], ("decision", ("c.pdf", b"<html>"))])
    assert answer.status_code == httpx.codes.FORBIDDEN
    assert "not a PDF" in answer.text
    assert "There is no warrant" in anna.get("/legal").text


@pytest.mark.law("A4")
@pytest.mark.parametrize(
    ("written", "sentence"), [("2026-03-29T02:30", "never shows 02:30"), ("2026-10-25T02:30", "shows 02:30 twice")]
)
def test_a_time_of_the_nights_when_the_clock_is_changed_is_refused(
    house: WebHouse, written: str, sentence: str
) -> None:
    anna = house.browser("anna")
    anna.get("/legal/new")
    answer = anna.post("/legal/warrants", {**FORM, "not_after": written}, FILES)
    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert sentence in answer.text
