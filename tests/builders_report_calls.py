"""Every report as the auditor and as the legal officer have it made."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from contracts.canonical import encode
from contracts.evaluation_report import EvaluationReport
from contracts.signature import Purpose
from governance.application.queries import list_deployments
from governance.application.register_incident import RegisterIncident, register_incident
from governance.domain.identifiers import AlertId, WarrantId
from tests.builders_call import Call, a_get, a_post, noted
from tests.builders_contracts import NOON, PROFILE_SHA256, TrustedSite
from tests.builders_web import WebHouse

_EVALUATION: Final = "/reports/evaluation"
_INCIDENTS: Final = "/reports/incidents"
_HTML: Final = {"language": "sv", "format": "html"}
_JSON: Final = {"language": "en", "format": "json"}


def report_calls(web: WebHouse, running: WarrantId, lead: AlertId) -> list[Call]:
    """Return a call of each report's route, of a deployment that runs."""
    lines = list_deployments(web.running.governance, web.people["lisa"])
    deployment = next(line.deployment_id for line in lines if line.warrant_id == running)
    of_it = {"deployment": deployment}
    command = RegisterIncident(
        actor=web.people["lisa"], kinds=frozenset(), known_at=web.clock.now(), what="A camera compared without a lease."
    )
    known = {"incident": register_incident(web.running.governance, command)}
    register = {"known_at": "2026-03-02T11:00", "kind_death": "yes", "what": "Somebody was hurt."}
    return [
        a_get("dora", "/reports/incidents"),
        a_post("dora", "/reports/incidents", "/reports/incidents", register),
        a_post("lisa", _INCIDENTS + "/told", _INCIDENTS + "/told", {**known, "told_market-surveillance": "yes"}),
        _made("arne", "incidents/report", {**known, **_HTML}),
        a_get("arne", "/reports"),
        _made("arne", "annual", {"year": "2026", "audience": "public", **_HTML}),
        _made("lisa", "technical", _JSON),
        _made("arne", "operation", {"audience": "authority", **_JSON}),
        _made("arne", "deployment", {**of_it, "audience": "authority", **_JSON}),
        replace(
            noted(_made("lisa", "deployment", {**of_it, "audience": "public", **_HTML}), "(too early)"), expected=403
        ),
        _made("lisa", "disclosure", {"alert": lead, "language": "sv"}),
        _made("lisa", "notification", {**of_it, "authority": "data-protection", **_HTML}),
        a_post("lisa", _EVALUATION, _EVALUATION, None, (("statement", ("signature.json", a_statement(web.world))),)),
    ]


def a_statement(world: TrustedSite, **changes: object) -> bytes:
    """Return the signed statement of a report on the profile in use, measured the day before."""
    said = EvaluationReport.of(PROFILE_SHA256, (NOON - timedelta(days=1)).date(), {"evaluation.json": b"{}"})
    signed = world.evaluator.sign(Purpose.EVALUATION_REPORT, replace(said, **changes).to_bytes())
    return encode(signed.to_json())


def _made(login: str, name: str, form: dict[str, str]) -> Call:
    path = f"/reports/{name}"
    return replace(a_post(login, path, path, form), expected=200)
