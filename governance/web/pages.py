"""Rendering: one environment of templates, one base, the same facts on every page (who, as what, DEMO or not)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from contracts.fields import format_instant
from governance.application.accounts import Principal
from governance.application.errors import ClockJumped
from governance.application.governance import Governance
from governance.application.witnessed import cosigned_at
from governance.domain.review import Support
from governance.domain.roles import Role
from governance.web.access import form_token

_HERE: Final = Path(__file__).parent
_PACKAGES: Final = (
    "everybody",
    "login",
    "public",
    "reports",
    "rights",
    "running",
    "operator",
    "patrol",
    "legal",
    "auditor",
    "site",
    "administration",
)

ROLE_TITLES: Final[Mapping[Role, str]] = {
    Role.ADMINISTRATOR: "administrator",
    Role.APPLICANT: "applicant",
    Role.AUDITOR: "auditor",
    Role.DATA_PROTECTION_OFFICER: "data protection officer",
    Role.LEGAL_OFFICER: "legal officer",
    Role.OPERATOR: "operator",
    Role.PATROL: "patrol",
    Role.SENIOR_OPERATOR: "senior operator",
    Role.SITE_MANAGER: "site manager",
}

_STEPS: Final[Mapping[Support, str]] = {
    Support.STRONG_SUPPORT_DIFFERENT: "strong support for different persons",
    Support.SUPPORT_DIFFERENT: "support for different persons",
    Support.LIMITED_SUPPORT_DIFFERENT: "limited support for different persons",
    Support.NO_SUPPORT_EITHER_WAY: "no support either way",
    Support.LIMITED_SUPPORT_SAME: "limited support for the same person",
    Support.SUPPORT_SAME: "support for the same person",
    Support.STRONG_SUPPORT_SAME: "strong support for the same person",
}

_SMALLEST_AMOUNT: Final = 0.001
_RUNNING: Final = (("/running/deployments", "Deployments"), ("/running/cameras", "Cameras"))
_BUDGETS: Final = ("/running/budgets", "Budgets")
_MODEL: Final = ("/running/model", "Model")
_OPERATION: Final = ("/running/operation", "In operation")
_HOLDS: Final = ("/running/holds", "Holds")
_FINDINGS: Final = ("/operator/findings", "Findings")
_SEARCHES: Final = ("/running/post-remote", "Searches")
_VOLUNTEERS: Final = ("/running/volunteers", "Volunteers")
_INCIDENTS: Final = ("/reports/incidents", "Incidents")
_RIGHTS: Final = ("/rights", "Rights desk")
_ACCOUNTS: Final = ("/administration", "Accounts")
_PAGES_OF: Final[Mapping[Role, tuple[tuple[str, str], ...]]] = {
    Role.ADMINISTRATOR: (_ACCOUNTS,),
    Role.APPLICANT: (("/legal", "Warrants"), ("/legal/new", "Apply")),
    Role.AUDITOR: (
        ("/auditor", "Overview"),
        ("/auditor/log", "Log"),
        ("/auditor/refusals", "Refusals"),
        ("/auditor/alerts", "Alerts"),
        ("/auditor/trail", "Trail"),
        ("/reports", "Reports"),
        ("/auditor/retention", "Retention"),
        ("/auditor/interventions", "Interventions"),
        _RIGHTS,
        _INCIDENTS,
        ("/legal", "Warrants"),
        *_RUNNING,
        _ACCOUNTS,
        _BUDGETS,
        _MODEL,
        _OPERATION,
        _HOLDS,
        _SEARCHES,
        _VOLUNTEERS,
        ("/operator/hand-offs", "Hand-offs"),
    ),
    Role.DATA_PROTECTION_OFFICER: (_ACCOUNTS, _RIGHTS, _INCIDENTS, *_RUNNING, _MODEL, _OPERATION, _HOLDS, _VOLUNTEERS),
    Role.LEGAL_OFFICER: (
        ("/legal", "Warrants"),
        ("/reports", "Reports"),
        _INCIDENTS,
        *_RUNNING,
        _ACCOUNTS,
        _BUDGETS,
        _MODEL,
        _OPERATION,
        _HOLDS,
        _SEARCHES,
        _VOLUNTEERS,
        ("/operator/hand-offs", "Hand-offs"),
        _FINDINGS,
    ),
    Role.OPERATOR: (("/operator", "Alerts"), ("/operator/hand-offs", "Hand-offs"), *_RUNNING, _SEARCHES),
    Role.PATROL: (("/patrol", "Hand-offs"),),
    Role.SITE_MANAGER: (
        ("/site", "Cameras"),
        ("/site/evidence", "Evidence"),
        ("/site/documents", "Documents"),
        ("/site/register", "Register"),
    ),
    Role.SENIOR_OPERATOR: (
        ("/operator", "Alerts"),
        ("/operator/hand-offs", "Hand-offs"),
        _FINDINGS,
        *_RUNNING,
        _SEARCHES,
        _ACCOUNTS,
    ),
}
"""The pages of each role; the first is its home."""


def render(request: Request, template: str, *, status_code: int = HTTPStatus.OK, **values: object) -> Response:
    """Return a page. Templates escape everything; a value that is missing is an error, not an empty space."""
    principal: Principal | None = getattr(request.state, "principal", None)
    governance: Governance = request.app.state.governance
    now = _present(request)
    base = {
        "demo": governance.demo,
        "witnessed": governance.witnesses.are_configured,
        "confirmed_ago": _confirmed_ago(governance, now),
        "now": now,
        "principal": principal,
        "roles": ", ".join(sorted(ROLE_TITLES[role] for role in principal.roles)) if principal else "",
        "navigation": navigation(principal),
        "here": _current(navigation(principal), request.url.path),
        "token": form_token(request),
    }
    return HTMLResponse(_ENVIRONMENT.get_template(template).render({**base, **values}), status_code=status_code)


def _present(request: Request) -> datetime | None:
    """Return the time at the foot of a page: none where the clock jumped, so that the page which says so is shown."""
    try:
        now: datetime = request.app.state.governance.clock.now()
    except ClockJumped:
        return None
    return now


def _confirmed_ago(governance: Governance, now: datetime | None) -> timedelta | None:
    """Return how old the newest cosigned checkpoint is; nothing where there is none, or it cannot be said."""
    if now is None or not governance.witnesses.are_configured:
        return None
    confirmed = cosigned_at(governance.witnesses)
    return None if confirmed is None else max(timedelta(0), now - confirmed)


def navigation(principal: Principal | None) -> tuple[tuple[str, str], ...]:
    """Return the pages of a person's roles, each once."""
    if principal is None:
        return ()
    pages = [page for role in sorted(principal.roles) for page in _PAGES_OF[role]]
    return tuple(dict.fromkeys(pages))


def _current(pages: tuple[tuple[str, str], ...], path: str) -> str:
    """Return the address in the navigation that the path lies at or below, the longest one."""
    above = [address for address, _ in pages if path == address or path.startswith(address + "/")]
    return max(above, key=len, default="")


def moment(instant: datetime | None) -> str:
    """Write an instant for people, in UTC."""
    return "–" if instant is None else instant.strftime("%Y-%m-%d %H:%M:%S UTC")


def clock(instant: datetime, zone: str) -> str:
    """Write an instant as the clocks of a zone show it, which is how it was typed (A4)."""
    return instant.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def exactly(instant: datetime | None) -> str:
    """Write an instant for machines: ISO 8601 with milliseconds, in UTC; nothing where there is none."""
    return "" if instant is None else format_instant(instant)


def span(length: timedelta | float) -> str:
    """Write a length of time for people: the two largest units."""
    seconds = int(length.total_seconds() if isinstance(length, timedelta) else length)
    if seconds < 0:
        return "none"
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    shown = [f"{value} {unit}" for value, unit in parts if value][:2]
    return " ".join(shown) or "0 s"


def plain(value: str) -> str:
    """Write a code of ours as words: `face-outline` becomes `face outline`."""
    return value.replace("-", " ").replace("_", " ").lower()


def amount(number: float) -> str:
    """Write a number for people: without an exponent, and a small one not as none."""
    if 0 < number < _SMALLEST_AMOUNT:
        return f"under {_SMALLEST_AMOUNT:g}"
    return f"{number:.3f}".rstrip("0").rstrip(".") if number < 1 else f"{number:.1f}".removesuffix(".0")


def scale(step: Support) -> str:
    """Write a step of the scale as a sentence would have it."""
    return _STEPS[step]


def _environment() -> Environment:
    folders = [_HERE / "templates", *(_HERE / package / "templates" for package in _PACKAGES)]
    environment = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {one.__name__: one for one in (amount, clock, exactly, moment, plain, scale, span)}
    return environment


_ENVIRONMENT: Final = _environment()
