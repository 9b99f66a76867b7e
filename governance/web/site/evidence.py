"""Evidence for sites: look at a file, take it in, and see what it says, as numbers and as pictures (C14)."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from governance.application import site_register
from governance.application.accounts import Principal
from governance.application.errors import BadInput, NotFound
from governance.application.import_evidence import ImportEvidence, import_evidence, preview_evidence
from governance.domain.events import Event
from governance.domain.identifiers import SiteId
from governance.domain.incidents import is_hot_spot
from governance.domain.roles import Action
from governance.web.access import GovernanceDependency, permits
from governance.web.forms import OwnForm, files, text
from governance.web.pages import render
from governance.web.recording import records, records_nothing
from governance.web.site.chart import bar_chart

router = APIRouter(prefix="/site/evidence")

Manager = Annotated[Principal, Depends(permits(Action.EVIDENCE_IMPORT))]
_SUMS = records_nothing("It shows sums of incidents by place, month and hour, and nobody.")


@router.get("", dependencies=[_SUMS])
def evidence_page(request: Request, principal: Manager, governance: GovernanceDependency) -> Response:
    """Show each site with its evidence, and the form that looks at a file."""
    sites = site_register.list_sites(governance, principal.account_id)
    return render(request, "site/evidence.html", sites=sites, legal=governance.legal)


@router.post("/preview", dependencies=[_SUMS])
def preview(request: Request, principal: Manager, governance: GovernanceDependency, form: OwnForm) -> Response:
    """Say what the file would say; keep nothing of it."""
    found = preview_evidence(governance, principal.account_id, _file(form))
    threshold = _threshold(form)
    sites = {site.site_id: site.title for site in site_register.list_sites(governance, principal.account_id)}
    rows = [
        (place, sites.get(SiteId(place)), spot, is_hot_spot(spot, threshold=threshold, legal=governance.legal))
        for place, spot in sorted(found.spots.items(), key=lambda one: -one[1].ratio_low)
    ]
    return render(
        request, "site/preview.html", found=found, tally=found.read.tally, rows=rows[:100], threshold=threshold
    )


@router.post("", dependencies=[records(Event.EVIDENCE_IMPORT)])
def take_in(principal: Manager, governance: GovernanceDependency, form: OwnForm) -> Response:
    """Take the file in that was looked at."""
    command = ImportEvidence(
        actor=principal.account_id, file=_file(form), previewed=text(form, "previewed"), threshold=_threshold(form)
    )
    import_evidence(governance, command)
    return RedirectResponse("/site/evidence", status_code=HTTPStatus.SEE_OTHER)


@router.get("/{site_id}", dependencies=[_SUMS])
def site_page(site_id: str, request: Request, principal: Manager, governance: GovernanceDependency) -> Response:
    """Show what was imported for one site."""
    site = site_register.read_site(governance, principal.account_id, SiteId(site_id))
    counts = json.loads(site.evidence.counts) if site.evidence else {}
    return render(request, "site/site.html", site=site, evidence=site.evidence, counts=counts)


@router.get("/{site_id}/{axis}.svg", dependencies=[_SUMS])
def plot(site_id: str, axis: str, principal: Manager, governance: GovernanceDependency) -> Response:
    """Return one of the site's two pictures: `months` or `hours`."""
    site = site_register.read_site(governance, principal.account_id, SiteId(site_id))
    counts = json.loads(site.evidence.counts) if site.evidence else {}
    match axis:
        case "months":
            chart = bar_chart("Incidents that count, by month", _without_gaps(counts["months"]))
        case "hours":
            hours = {f"{hour:02d}": counts["hours"].get(f"{hour:02d}", 0) for hour in range(24)}
            chart = bar_chart("Incidents that count, by hour of the day (local time)", hours)
        case _:
            raise NotFound("There is no such picture.")
    return Response(chart, media_type="image/svg+xml")


def _without_gaps(months: Mapping[str, int]) -> Mapping[str, int]:
    """Return every month from the first to the last: one without an incident is a bar of no height, not a gap."""
    if not months:
        return {}
    numbers = [12 * int(month[:4]) + int(month[5:]) - 1 for month in months]
    names = (f"{number // 12}-{number % 12 + 1:02d}" for number in range(min(numbers), max(numbers) + 1))
    return {name: months.get(name, 0) for name in names}


def _file(form: OwnForm) -> bytes:
    chosen = files(form, "incidents")
    if len(chosen) != 1:
        raise BadInput("Choose one file of incidents (CSV).")
    return chosen[0]


def _threshold(form: OwnForm) -> float:
    try:
        threshold = float(text(form, "threshold"))
    except ValueError as error:
        raise BadInput("The threshold is a number such as 1.5.") from error
    if not 0 < threshold < 1000:
        raise BadInput("The threshold is a number such as 1.5.")
    return threshold
