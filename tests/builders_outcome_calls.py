"""Calls about hand-offs and budgets, and what must lie ready for them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from governance.application import (
    budgets,
    deployments,
    hand_off,
    hand_off_queries,
    holds,
    interventions,
)
from governance.application.accept_candidate import AcceptCandidate, accept_candidate
from governance.application.budgets import ResumeBudget
from governance.application.deployments import SuspendDeployment
from governance.application.hand_off import AtHandOff, ConcludeHandOff, SendHandOff
from governance.application.holds import AskHold, AtHold
from governance.application.queries import list_alerts, list_deployments
from governance.domain.hand_offs import Found, VerifiedBy
from governance.domain.holds import Basis
from governance.domain.identifiers import AlertId, ObjectId, SiteId, WarrantId
from governance.domain.retention import due_day
from governance.domain.review import Support
from tests.builders_call import Call, a_get, a_machine, a_post, an_answer, answered, looked, noted, sent
from tests.builders_contracts import SITE
from tests.builders_web import WebHouse


def _stopped(web: WebHouse, warrant: WarrantId) -> None:
    """Stop a warrant's deployment, and take no more leases from it."""
    lines = list_deployments(web.running.governance, web.people["lisa"])
    deployment = next(line.deployment_id for line in lines if line.warrant_id == warrant)
    command = SuspendDeployment(actor=web.people["lisa"], deployment_id=deployment)
    deployments.suspend_deployment(web.running.governance, command)
    web.apart.add(warrant)


def handing(web: WebHouse) -> tuple[AlertId, ...]:
    """Six leads of a warrant: one to hand off, the others handed to Pia and on their way."""
    warrant = web.deployed()
    leads = tuple(web.open_alert() for _ in range(6))
    confirmed(web, leads[0])
    for lead in leads[1:]:
        handed_off(web, lead)
    _stopped(web, warrant)
    return leads


def confirmed(web: WebHouse, alert: AlertId) -> None:
    """Let two reviewers make a lead of an alert."""
    for login in ("olga", "oskar"):
        answered(web, login, alert, Support.SUPPORT_SAME)


def handed_off(web: WebHouse, alert: AlertId) -> str:
    """Let two reviewers make a lead of an alert, and hand it to Pia. Return the hand-off's id."""
    confirmed(web, alert)
    command = SendHandOff(actor=web.people["olga"], alert_id=alert, patrol=web.people["pia"])
    return hand_off.send_hand_off(web.running.governance, command)


def finding(web: WebHouse) -> str:
    """Let Pia find, under a warrant of its own, that it was this person. Return the hand-off's id."""
    warrant = web.deployed()
    at = AtHandOff(actor=web.people["pia"], hand_off_id=handed_off(web, web.open_alert()))
    hand_off.open_hand_off(web.running.governance, at)
    hand_off.acknowledge_hand_off(web.running.governance, at)
    found = ConcludeHandOff(
        actor=at.actor, hand_off_id=at.hand_off_id, found=Found.IDENTITY_RIGHT, verified_by=VerifiedBy.DOCUMENT
    )
    hand_off.conclude_hand_off(web.running.governance, found)
    _stopped(web, warrant)
    return at.hand_off_id


def finding_calls(found: str) -> list[Call]:
    page = "/operator/findings"
    return [a_get("lisa", page), a_post("lisa", page, page, {"hand_off": found, "register_number": "5000-K12-26"})]


def hand_off_calls(web: WebHouse, leads: Sequence[AlertId]) -> list[Call]:
    lines = hand_off_queries.list_own_hand_offs(web.running.governance, web.people["pia"])
    ids = {line.alert_id: line.hand_off_id for line in lines}
    fresh, seen, wrong, right = (ids[lead] for lead in leads[1:5])
    for taken in (seen, wrong, right):
        at = AtHandOff(actor=web.people["pia"], hand_off_id=taken)
        hand_off.open_hand_off(web.running.governance, at)
        if taken != seen:
            hand_off.acknowledge_hand_off(web.running.governance, at)
    form, page = "/operator/alerts/{alert_id}/hand-off", "/patrol/{hand_off_id}"
    found = {"right": {"found": "identity-right", "verified_by": "document"}, "wrong": {"found": "identity-wrong"}}
    return [
        a_get("olga", f"/operator/alerts/{leads[0]}/hand-off", form),
        a_post("olga", f"/operator/alerts/{leads[0]}/hand-off", form, {"patrol": web.people["pia"]}),
        a_get("pia", f"/patrol/{fresh}", page),
        replace(a_post("pia", f"/patrol/{fresh}/open", page + "/open"), expected=200),
        a_post("pia", f"/patrol/{seen}/acknowledge", page + "/acknowledge"),
        noted(a_post("pia", f"/patrol/{wrong}/outcome", page + "/outcome", found["wrong"]), "(wrong)"),
        noted(a_post("pia", f"/patrol/{right}/outcome", page + "/outcome", found["right"]), "(right)"),
    ]


@dataclass(frozen=True, kw_only=True)
class _Spent:
    """Warrants whose budgets are used up, asked for, and about to be used up by one more candidate."""

    stopped: WarrantId
    asked: WarrantId
    coming: AcceptCandidate
    second: AlertId


def spending(web: WebHouse) -> _Spent:
    governance, lisa = web.running.governance, web.people["lisa"]
    stopped = web.deployed(milli=1, passages=1_000_000)
    first = web.candidate(), web.candidate()
    for candidate in first:
        accept_candidate(governance, candidate)
    alerts = [line.alert_id for line in list_alerts(governance, web.people["otto"]) if line.state.value == "open"]
    for login in ("olga", "oskar"):
        answered(web, login, alerts[0], Support.SUPPORT_DIFFERENT)
    answered(web, "olga", alerts[1], Support.SUPPORT_DIFFERENT)
    looked(web, "oskar", alerts[1])
    asked = web.deployed(milli=1, passages=1_000_000)
    accept_candidate(governance, web.candidate())
    budgets.ask_to_resume(governance, ResumeBudget(actor=lisa, warrant_id=asked, site_id=SiteId(SITE)))
    coming = web.deployed(milli=1, passages=1_000_000)
    candidate = web.candidate()
    web.apart |= {stopped, asked, coming}
    return _Spent(stopped=stopped, asked=asked, coming=candidate, second=alerts[1])


def model_calls() -> list[Call]:
    """The model profile is suspended, and two people let it go on."""
    page = "/running/model"
    return [
        a_post("arne", f"{page}/suspend", f"{page}/suspend", {"ground": "doubt"}),
        a_post("lisa", f"{page}/ask", f"{page}/ask"),
        a_post("arne", f"{page}/agree", f"{page}/agree"),
    ]


def budget_calls(web: WebHouse, spent: _Spent, budgeted: WarrantId) -> list[Call]:
    page, review = "/running/budgets", "/operator/alerts/{alert_id}/review"
    approved = {"warrant": budgeted, "site": SITE, "expected": "0.25", "passages": "200000"}
    of_stopped, of_asked = ({"warrant": one, "site": SITE} for one in (spent.stopped, spent.asked))
    different = an_answer(Support.SUPPORT_DIFFERENT)
    second_false = a_post("oskar", f"/operator/alerts/{spent.second}/review", review, different)
    coming = replace(a_machine("/api/site/candidates", sent(spent.coming), "(the last of its budget)"), expected=201)
    return [
        a_post("lisa", page, page, approved),
        a_post("lisa", f"{page}/ask", f"{page}/ask", of_stopped),
        a_post("arne", f"{page}/agree", f"{page}/agree", of_asked),
        noted(second_false, "(the reference's second false alert)"),
        coming,
    ]


def asked_for(web: WebHouse, report: ObjectId) -> None:
    """Let Lisa ask for a hold."""
    command = AskHold(
        actor=web.people["lisa"],
        object_id=report,
        basis=Basis.COMPLAINT,
        until_day=due_day(web.clock.now()) + 9,
        why="A complaint was made.",
    )
    holds.ask_hold(web.running.governance, command)


def held(web: WebHouse, alert: AlertId) -> None:
    """Let three people hold an alert's report."""
    report = holds.object_named(web.running.governance, web.people["lisa"], alert)
    asked_for(web, report)
    for login in ("arne", "lena"):
        holds.approve_hold(web.running.governance, AtHold(actor=web.people[login], object_id=report))


def hold_calls(web: WebHouse, leads: Sequence[AlertId]) -> list[Call]:
    """One hold asked for, one approved twice, one opened and ended, and one record of a wrong intervention opened."""
    page, governance = "/running/holds", web.running.governance
    day = (web.clock.now() + timedelta(days=9)).date()
    reports = [holds.object_named(governance, web.people["lisa"], lead) for lead in leads[:3]]
    asked_for(web, reports[1])
    held(web, leads[2])
    asked = {"what": leads[0], "basis": "court-order", "until": day.isoformat(), "why": "A court asked for it."}
    one, other = {"object": reports[1]}, {"object": reports[2]}
    record = intervention_of(web, leads[5])
    return [
        a_post("lisa", page, page, asked),
        noted(a_post("arne", f"{page}/approve", f"{page}/approve", one), "(first)"),
        noted(a_post("lena", f"{page}/approve", f"{page}/approve", one), "(second)"),
        replace(a_post("arne", f"{page}/open", f"{page}/open", other), expected=200),
        a_post("arne", f"{page}/end", f"{page}/end", other),
        replace(a_post("arne", "/auditor/interventions", "/auditor/interventions", {"record": record}), expected=200),
    ]


def intervention_of(web: WebHouse, lead: AlertId) -> str:
    """Let Pia find that somebody else was stopped, and return the name of the record that stays."""
    lines = hand_off_queries.list_own_hand_offs(web.running.governance, web.people["pia"])
    handed = next(line.hand_off_id for line in lines if line.alert_id == lead)
    at = AtHandOff(actor=web.people["pia"], hand_off_id=handed)
    hand_off.open_hand_off(web.running.governance, at)
    hand_off.acknowledge_hand_off(web.running.governance, at)
    found = ConcludeHandOff(
        actor=web.people["pia"], hand_off_id=at.hand_off_id, found=Found.IDENTITY_WRONG, verified_by=None
    )
    hand_off.conclude_hand_off(web.running.governance, found)
    (line,) = interventions.list_interventions(web.running.governance, web.people["arne"])
    return line.record
