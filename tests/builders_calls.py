"""Every route called as the right person would call it, with everything lying ready that each call needs.

    house = a_ready_house(folder, monkeypatch)
    for call in house.calls: answer = call.make(house)

The calls stand in an order in which each still succeeds after those before it. Under a log that fails none of them
changes anything, so they can be made again and again.
"""

import base64
import json
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from fastapi.routing import APIRoute

from contracts.canonical import sha256_hex
from contracts.lease_request import LeaseRequest
from contracts.signature import Purpose, Signed
from contracts.site_report import SiteReport
from contracts.trust import PinnedKey, TrustedRole
from governance.application import approve_warrant, deployments, issue_warrant, submit_warrant
from governance.application.accept_candidate import AcceptCandidate
from governance.application.approve_warrant import ApproveWarrant
from governance.application.deployments import StartDeployment, SuspendDeployment
from governance.application.enrol_reference import EnrolReference, enrol_reference
from governance.application.issue_warrant import ExportWarrant
from governance.application.queries import list_deployments
from governance.application.redraft_warrant import read_draft
from governance.application.stop_leases import stops_for
from governance.application.submit_warrant import SubmitWarrant
from governance.audit.leaf import Leaf
from governance.domain.identifiers import AlertId, SiteId, WarrantId
from governance.domain.review import Support
from governance.domain.roles import Role
from tests import builders_web
from tests.builders_accounts import FIRST_PASSWORD, a_confirmation, what_waits_for_two
from tests.builders_call import (
    Call,
    ReadyHouse,
    a_get,
    a_machine,
    a_post,
    an_answer,
    answered,
    looked,
    noted,
    of_warrant,
    sent,
)
from tests.builders_contracts import CAMERA, SITE, a_camera, a_hash, a_signing_key, a_trusted_site, some_counts
from tests.builders_operation_calls import operation_calls
from tests.builders_outcome_calls import (
    budget_calls,
    finding,
    finding_calls,
    hand_off_calls,
    handing,
    hold_calls,
    model_calls,
    spending,
)
from tests.builders_paper_calls import paper_calls
from tests.builders_report_calls import report_calls
from tests.builders_rights import rights_calls
from tests.builders_search_calls import search_calls
from tests.builders_site_calls import pressed, receipt, stop_poll
from tests.builders_sites import site_requests
from tests.builders_volunteer_calls import volunteer_calls
from tests.builders_watchlist import ORIGIN, an_origin, approve_the_list, list_requests
from tests.builders_web import A_PDF, CASE, PASSWORD, PHOTOGRAPH, WebHouse, a_minors_slot, a_web_house

SECOND_SITE: Final = "site-2"
TOKEN: Final = "a token of an auditor's machine, long enough"

FORM: Final = {
    "objective": "victim-search",
    "offence": "kidnapping|brottsbalken 4:1",
    "years": "18",
    "case_reference": CASE,
    "kind_0": "named",
    "person_0": builders_web.PERSON,
    "age_0": "18-39",
    "necessity_0": builders_web.NECESSITY,
    "camera": CAMERA,
    f"reason_{CAMERA}": "The person was last seen walking to this entrance.",
    "not_before": "2026-03-02T11:00",
    "not_after": "2026-03-03T12:00",
    "registration_number": "EU-1",
    "issuer": builders_web.ISSUER_NAME,
}
_BUNDLE: Final = "/auditor/alerts/{alert}/bundle"
FILES: Final = (
    ("photographs_0", ("a.jpg", PHOTOGRAPH)),
    ("impact_assessment", ("b.pdf", b"assessment")),
    ("decision", ("c.pdf", A_PDF)),
)


def routes_of(house: ReadyHouse) -> dict[tuple[str, str], APIRoute]:
    """Return every route by method and path."""
    routes = [route for route in house.web.app.routes if isinstance(route, APIRoute)]
    return {(method, route.path): route for route in routes for method in route.methods}


def a_ready_house(folder: Path, monkeypatch: pytest.MonkeyPatch) -> ReadyHouse:
    """Return the house with its calls."""
    world = a_trusted_site(demo=True)
    second = PinnedKey(
        role=TrustedRole.SITE,
        name=SECOND_SITE,
        public=a_signing_key("a second site").public,
        demo=True,
    )
    known = replace(world, trusted=replace(world.trusted, keys=(*world.trusted.keys, second)))
    monkeypatch.setattr(builders_web, "a_trusted_site", lambda *, demo: known)
    web = a_web_house(folder, monkeypatch)
    house = ReadyHouse(web=web, visitor=web.stranger())
    tokens = folder / "tokens"
    tokens.write_text(f"# Arne's laptop\n{TOKEN}\n", encoding="ascii")
    tokens.chmod(0o600)
    web.app.state.settings = replace(web.app.state.settings, log_tokens=tokens)
    house.calls = _calls(house)
    house.visitor.get("/login")
    return house


def _calls(house: ReadyHouse) -> tuple[Call, ...]:
    web = house.web
    suspended, budgeted = _suspended(web), web.issued()
    led, found, spent = handing(web), finding(web), spending(web)
    # What is stopped by now is told, and its entries are written: the first question below finds nothing new.
    stops_for(web.running.governance, SiteId(SITE))
    web.deployed()
    lead = web.open_alert()
    for login in ("olga", "oskar"):
        answered(web, login, lead, Support.SUPPORT_SAME)
    fresh, first, second, last, spoilt = (web.open_alert() for _ in range(5))
    looked(web, "olga", first)
    for alert, support in ((second, Support.SUPPORT_SAME), (last, Support.SUPPORT_DIFFERENT)):
        answered(web, "olga", alert, support)
        looked(web, "oskar", alert)
    looked(web, "olga", spoilt)
    running = WarrantId(web.lease()[1])
    calls = [
        *_plain_pages(),
        *rights_calls(web),
        *_application(web, running),
        *_alerts((fresh, first, second, last, spoilt, lead)),
        *_machines(web, fresh),
        *_log_pages(web, lead, web.slot_of(running)),
        *hand_off_calls(web, led),
        *finding_calls(found),
        *hold_calls(web, led),
        *budget_calls(web, spent, budgeted),
        *operation_calls(web),
        *report_calls(web, running, lead),
        *search_calls(web),
        *model_calls(),
        *volunteer_calls(web),
        *_ends(web, running, suspended),
    ]
    house.opaque = (str(running), str(lead), str(fresh), web.people["olga"], web.people["anna"])
    for login in {call.login for call in calls if call.login}:
        web.browser(login)
    return tuple(calls)


def _plain_pages() -> list[Call]:
    pages = {
        "adam": ("/", "/administration", "/password/own"),
        "anna": ("/legal/new",),
        "lisa": (
            "/legal",
            "/running/deployments",
            "/running/cameras",
            "/running/budgets",
            "/running/holds",
            "/running/model",
        ),
        "olga": ("/operator", "/operator/hand-offs"),
        "pia": ("/patrol",),
        "sara": ("/site", "/site/documents", "/site/evidence", "/site/register"),
    }
    calls = [a_get(login, path) for login, paths in pages.items() for path in paths]
    calls[0] = replace(calls[0], expected=303)
    public = (f"/public/cameras{kind}" for kind in ("", ".csv", ".json"))
    open_to_all = [
        a_get("", path) for path in ("/login", "/password", "/public", "/public/checkpoint", "/api/health", *public)
    ]
    open_to_all += [a_get("", "/open"), *_pages_for_everybody()]
    return [*calls, *(Call(login="sara", **one) for one in site_requests()), *open_to_all]


def _pages_for_everybody() -> list[Call]:
    form = "/open/{language}"
    asked = f"/open/en/matching?camera={CAMERA}&day=2026-03-02"
    published = "/records/{publication_id}"
    # Nothing is published in this house: what runs is not.
    return [
        a_get("", "/open/sv", form),
        a_get("", asked, form + "/matching"),
        replace(a_get("", "/open/sv/records/none", form + published), expected=404),
        replace(a_get("", "/open/sv/records/none/json", form + published + "/json"), expected=404),
    ]


def _application(web: WebHouse, running: WarrantId) -> list[Call]:
    drafted, withdrawn, submitted, hopeless, approved, exported = (web.draft() for _ in range(6))
    unlawful = web.draft(offence_code="graffiti", statute="brottsbalken 12:1", maximum_penalty_years=2)
    for warrant in (submitted, hopeless, approved, exported):
        submit_warrant.submit_warrant(
            web.running.governance, SubmitWarrant(actor=web.people["anna"], warrant_id=warrant)
        )
    for warrant in (approved, exported):
        approve_warrant.approve_warrant(
            web.running.governance, ApproveWarrant(actor=web.people["lisa"], warrant_id=warrant)
        )
    changed = web.draft()
    version = read_draft(web.running.governance, web.people["anna"], changed).value.version
    act = issue_warrant.export_warrant(
        web.running.governance, ExportWarrant(actor=web.people["lisa"], warrant_id=exported)
    ).value
    signed = json.dumps(web.world.issuer.sign(Purpose.WARRANT, act).to_json()).encode()
    issued, enrolled, minors = web.issued(), web.issued(), web.issued(slots=(a_minors_slot(),))
    narrowed, listed = web.issued(), web.issued()
    for warrant in (enrolled, minors, narrowed, listed):
        _enrolled(web, warrant)
    approve_the_list(web.running.governance, web.people["lisa"], enrolled)
    photograph = (("photograph", ("p.jpg", PHOTOGRAPH)),)
    slot = web.slot_of(issued)
    return [
        noted(a_post("anna", "/legal/warrants", "/legal/warrants", FORM, FILES), "(draft)"),
        a_get("anna", f"/legal/warrants/{drafted}", "/legal/warrants/{warrant_id}"),
        a_get("anna", f"/legal/warrants/{changed}/change", "/legal/warrants/{warrant_id}/change"),
        of_warrant("anna", changed, "change", {**FORM, "version": version}),
        a_get("lisa", f"/legal/warrants/{running}", "/legal/warrants/{warrant_id}"),
        of_warrant("anna", drafted, "submit"),
        replace(of_warrant("anna", unlawful, "submit"), expected=403, note="(refused)"),
        of_warrant("lisa", submitted, "approve"),
        of_warrant("lisa", hopeless, "reject", {"why": "It names nobody."}),
        replace(of_warrant("lisa", approved, "export"), expected=200),
        a_post("lisa", "/legal/issued", "/legal/issued", None, (("signed", ("s.json", signed)),)),
        replace(
            a_post(
                "anna",
                f"/legal/warrants/{issued}/slots/{slot}/examine",
                "/legal/warrants/{warrant_id}/slots/{slot_id}/examine",
                None,
                photograph,
            ),
            expected=200,
        ),
        replace(
            a_post(
                "anna",
                f"/legal/warrants/{issued}/slots/{slot}",
                "/legal/warrants/{warrant_id}/slots/{slot_id}",
                ORIGIN,
                photograph,
            ),
            expected=200,
        ),
        a_post(
            "lena",
            f"/legal/warrants/{minors}/slots/{web.slot_of(minors)}/confirm",
            "/legal/warrants/{warrant_id}/slots/{slot_id}/confirm",
        ),
        of_warrant("anna", withdrawn, "withdraw", {"why": "Found at home."}),
        *paper_calls(web),
        *(
            noted(of_warrant("lisa", narrowed, "narrow", {"kind": kind, "target": target, "why": "Wrong."}), kind)
            for kind, target in (("camera", CAMERA), ("slot", web.slot_of(narrowed)))
        ),
        *(Call(login="lisa", **one) for one in list_requests(web.running.governance, web.people["lisa"], listed)),
        of_warrant("lisa", enrolled, "start"),
    ]


def _alerts(alerts: Sequence[AlertId]) -> list[Call]:
    """One alert for each thing that can be done."""
    fresh, first, second, last, spoilt, lead = alerts
    page, review = "/operator/alerts/{alert_id}", "/operator/alerts/{alert_id}/review"
    return [
        a_get("olga", f"/operator/alerts/{fresh}", page, note="(withheld)"),
        a_get("olga", f"/operator/alerts/{lead}", page, note="(told)"),
        replace(a_post("olga", f"/operator/alerts/{fresh}/look", page + "/look"), expected=200),
        *(
            noted(a_post(login, f"/operator/alerts/{alert}/review", review, an_answer(support)), note)
            for login, alert, support, note in (
                ("olga", first, Support.SUPPORT_SAME, "(first)"),
                ("oskar", second, Support.SUPPORT_SAME, "(a lead)"),
                ("oskar", last, Support.SUPPORT_DIFFERENT, "(dismissed)"),
            )
        ),
        replace(noted(a_post("olga", f"/operator/alerts/{spoilt}/review", review, {}), "(incomplete)"), expected=422),
        noted(a_post("otto", "/operator/shift", "/operator/shift", {"shift": "begin"}), "(begin)"),
        noted(a_post("otto", "/operator/shift", "/operator/shift", {"shift": "end"}), "(end)"),
    ]


def _machines(web: WebHouse, joins: AlertId) -> list[Call]:
    accepted, unsupported, orphan = web.candidate(), web.candidate(), web.candidate()
    leases, candidates, reports = "/api/site/leases", "/api/site/candidates", "/api/site/reports"
    counts = SiteReport(
        site_id=SITE, session="s1", number=1, cameras=(some_counts(measured_at=web.clock.now()),)
    ).to_bytes()
    counted = web.world.site.sign(Purpose.SITE_REPORT, counts).to_json()
    asked, late = _lease_request(web, CAMERA, "call"), _lease_request(web, CAMERA, "late", ago=timedelta(minutes=3))
    lease = web.lease()[0]
    given = receipt(web, lease)
    return [
        a_machine("/api/site/stops", lambda: stop_poll(web), "(nothing new to stop)"),
        replace(a_machine("/api/site/stops", stop_poll(web, ago=timedelta(minutes=3)), "(late)"), expected=403),
        replace(a_machine("/api/site/receipts", given), expected=204),
        replace(a_machine("/api/site/receipts", given, "(known)"), expected=204),
        a_machine(leases, asked),
        replace(a_machine(leases, asked, "(again)"), expected=403),
        replace(a_machine(leases, late, "(late)"), expected=403),
        a_machine(leases, lambda: _lease_request(web, "camera-of-nobody", secrets.token_hex()), "(nothing to lend)"),
        replace(a_machine(candidates, sent(accepted)), expected=201),
        a_machine(candidates, sent(accepted), "(known)"),
        replace(a_machine(candidates, sent(_joining(web, accepted, joins)), "(joins)"), expected=201),
        replace(a_machine(candidates, sent(unsupported), "(not supported)"), expected=201),
        replace(a_machine(candidates, sent(_orphaned(web, orphan)), "(refused)"), expected=403),
        replace(a_machine(reports, counted), expected=204),
        replace(a_machine(reports, counted, "(known)"), expected=204),
    ]


def _log_pages(web: WebHouse, lead: AlertId, slot: str) -> list[Call]:
    leaves = map(Leaf.from_bytes, web.centre.log.entries(first=0, count=1000))
    viewed = [leaf.event for leaf in leaves].index("candidate.view")
    tile, token = "/log/tile/{place:path}", {"authorization": f"Bearer {TOKEN}"}
    pages = (
        "/auditor",
        "/auditor/checkpoint",
        "/auditor/log",
        "/auditor/refusals",
        "/auditor/alerts",
        "/auditor/trail",
        "/auditor/retention",
        "/auditor/interventions",
    )
    return [
        *(a_get("arne", path) for path in pages),
        a_get("arne", "/auditor/log?event=candidate.view&since=2026-03-01T00:00", "/auditor/log", note="(search)"),
        a_get("arne", "/auditor/log/3", "/auditor/log/{index}"),
        replace(a_post("arne", f"/auditor/log/{viewed}/open", "/auditor/log/{index}/open"), expected=200),
        a_get("arne", f"/auditor/alerts/{lead}", "/auditor/alerts/{alert}"),
        *(
            replace(noted(a_post("arne", f"/auditor/alerts/{lead}/bundle", _BUNDLE, chosen), note), expected=200)
            for note, chosen in (
                ("(sealed)", {}),
                ("(opened)", dict.fromkeys(("context", "operator", "subject"), "yes")),
            )
        ),
        *(
            replace(a_post("arne", "/auditor/trail", "/auditor/trail", {"kind": kind, "id": asked}), expected=200)
            for kind, asked in (("person", slot), ("account", web.people["olga"]))
        ),
        a_get("arne", "/log/checkpoint"),
        a_get("arne", "/log/tile/entries/000.p/9", tile),
        a_get("arne", "/log/tile/0/000.p/9", tile),
        replace(a_get("", "/log/checkpoint", note="(token)"), headers=token),
        replace(a_get("", "/log/tile/0/000.p/9", tile, note="(token)"), headers=token),
    ]


def _ends(web: WebHouse, running: WarrantId, suspended: WarrantId) -> list[Call]:
    lines = {
        line.warrant_id: line.deployment_id for line in list_deployments(web.running.governance, web.people["lisa"])
    }
    stop, resume = "/running/deployments/{deployment_id}/stop", "/running/deployments/{deployment_id}/resume"
    new = {"login": "agnes", "password": PASSWORD, "role": Role.AUDITOR.value}
    site = {
        "site_id": SECOND_SITE,
        "title": "The second",
        "opening_public": base64.b64encode(web.world.opening.public).decode(),
    }
    record = web.world.region.sign(Purpose.CAMERA, a_camera(camera_id="camera-2").to_bytes())
    register = (("record", ("r.json", json.dumps(record.to_json()).encode())),)
    wrong = {"login": "otto", "password": "not the password"}
    return [
        a_post("adam", "/administration/accounts", "/administration/accounts", new),
        *_by_two(web),
        a_post("sara", "/site/sites", "/site/sites", site),
        a_post("sara", "/site/cameras", "/site/cameras", None, register),
        a_post("lisa", f"/running/deployments/{lines[suspended]}/resume", resume),
        a_post("olga", f"/running/deployments/{lines[running]}/stop", stop),
        a_machine("/api/site/stops", lambda: stop_poll(web), "(stopped)"),
        a_machine("/api/site/button", pressed(web)),
        a_machine("/api/site/button", pressed(web), "(known)"),
        a_post("lisa", "/running/stops/pressed/release", "/running/stops/{stop_id}/release"),
        of_warrant("lisa", running, "revoke", {"sure": "yes", "why": "It is over."}),
        *(replace(noted(a_post("", "/login", "/login", wrong), "(wrong)"), expected=401) for _ in range(5)),
        *_own_passwords(web),
        a_post("", "/login", "/login", {"login": "lisa", "password": PASSWORD}),
        a_post("sara", "/logout", "/logout"),
    ]


def _own_passwords(web: WebHouse) -> list[Call]:
    """The steps by which a person alone knows their password, and what guessing comes to."""
    code = a_confirmation(web.running.governance, "dag", proposer=web.people["adam"], confirmer=web.people["lena"])
    own = {"own": PASSWORD, "again": PASSWORD}
    opened = {"login": "dag", "first": FIRST_PASSWORD, "code": code, **own}
    changed = {"present": PASSWORD, "own": "another horse battery", "again": "another horse battery"}
    opening, own_page = a_post("", "/password", "/password"), "/password/own"
    wrong = replace(noted(opening, "(wrong)"), expected=401, fields={**opened, "first": "wrong wrong wrong"})
    guess = a_post("dora", own_page, own_page, {**changed, "present": "wrong wrong wrong"})
    return [
        # Without the code first: whoever has it is counted apart.
        *(replace(wrong, fields={**wrong.fields, "code": "0" * 32}) for _ in range(5)),
        wrong,
        replace(opening, fields=opened),
        a_post("stina", own_page, own_page, changed),
        *(replace(noted(guess, "(wrong)"), expected=401) for _ in range(5)),
    ]


def _by_two(web: WebHouse) -> list[Call]:
    """The steps by which accounts and certificates come into force, and end."""
    waiting, leaving, certificate = what_waits_for_two(
        web.running.governance, proposer=web.people["adam"], reviewer=web.people["otto"]
    )
    account = "/administration/accounts/{account_id}"
    return [
        replace(a_post("lena", f"/administration/accounts/{waiting}/confirm", f"{account}/confirm"), expected=200),
        a_post("adam", f"/administration/accounts/{leaving}/withdraw", f"{account}/withdraw"),
        a_post("stina", f"/administration/accounts/{waiting}/certificate", f"{account}/certificate", {"days": "30"}),
        a_post(
            "lena",
            f"/administration/certificates/{certificate}/confirm",
            "/administration/certificates/{certificate_id}/confirm",
        ),
    ]


def _enrolled(web: WebHouse, warrant: WarrantId) -> None:
    command = EnrolReference(
        actor=web.people["anna"],
        warrant_id=warrant,
        slot_id=web.slot_of(warrant),
        photograph=PHOTOGRAPH,
        origin=an_origin(),
    )
    enrol_reference(web.running.governance, command)


def _suspended(web: WebHouse) -> WarrantId:
    warrant, lisa = web.issued(), web.people["lisa"]
    _enrolled(web, warrant)
    approve_the_list(web.running.governance, lisa, warrant)
    deployment = deployments.start_deployment(web.running.governance, StartDeployment(actor=lisa, warrant_id=warrant))
    command = SuspendDeployment(actor=lisa, deployment_id=deployment)
    deployments.suspend_deployment(web.running.governance, command)
    return warrant


def _lease_request(web: WebHouse, camera: str, nonce: str, *, ago: timedelta = timedelta(0)) -> object:
    request = LeaseRequest(site_id=SITE, camera_id=camera, nonce=a_hash(nonce), asked_at=web.clock.now() - ago)  # type: ignore[arg-type]  # a plain text serves
    return web.world.site.sign(Purpose.LEASE_REQUEST, request.to_bytes()).to_json()


def _changed(web: WebHouse, report: Signed, **changes: object) -> Signed:
    value = {**json.loads(report.payload), **changes}
    payload = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return web.world.site.sign(Purpose.CANDIDATE_REPORT, payload)


def _joining(web: WebHouse, command: AcceptCandidate, alert: AlertId) -> AcceptCandidate:
    report = _changed(web, command.report, report_id=a_hash("joining")[:32], joins=str(alert), crops_sha256=None)
    return AcceptCandidate(report=report, crops=None)


def _orphaned(web: WebHouse, command: AcceptCandidate) -> AcceptCandidate:
    crops = b"sealed crops of nobody"
    report = _changed(
        web, command.report, report_id=a_hash("orphan")[:32], lease_id="0" * 32, crops_sha256=sha256_hex(crops)
    )
    return AcceptCandidate(report=report, crops=crops)
