"""Every report as the auditor and as the legal officer have it made."""

from dataclasses import replace
from typing import Final

from governance.application.queries import list_deployments
from governance.domain.identifiers import WarrantId
from tests.builders_call import Call, a_get, a_post, noted
from tests.builders_web import WebHouse

_HTML: Final = {"language": "sv", "format": "html"}
_JSON: Final = {"language": "en", "format": "json"}


def report_calls(web: WebHouse, running: WarrantId) -> list[Call]:
    """Return a call of each report's route, of a deployment that runs."""
    lines = list_deployments(web.running.governance, web.people["lisa"])
    deployment = next(line.deployment_id for line in lines if line.warrant_id == running)
    of_it = {"deployment": deployment}
    return [
        a_get("arne", "/reports"),
        _made("arne", "annual", {"year": "2026", "audience": "public", **_HTML}),
        _made("lisa", "technical", _JSON),
        _made("arne", "deployment", {**of_it, "audience": "authority", **_JSON}),
        replace(
            noted(_made("lisa", "deployment", {**of_it, "audience": "public", **_HTML}), "(too early)"), expected=403
        ),
        _made("lisa", "notification", {**of_it, "authority": "data-protection", **_HTML}),
    ]


def _made(login: str, name: str, form: dict[str, str]) -> Call:
    path = f"/reports/{name}"
    return replace(a_post(login, path, path, form), expected=200)
