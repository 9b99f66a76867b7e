"""Reports that the law asks for, for auditors and legal officers. Each one that is handed out is an entry first."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from contracts.notification import Authority
from governance.application import queries
from governance.application.accounts import Principal
from governance.application.errors import BadInput
from governance.application.make_deployment_record import make_deployment_record
from governance.application.make_disclosure import list_leads, make_disclosure
from governance.application.make_letter import make_letter
from governance.application.make_operation_report import make_operation_report
from governance.application.make_report import make_annual_report, make_technical_documentation
from governance.domain.events import Event
from governance.domain.identifiers import IDENTIFIER, AlertId, DeploymentId
from governance.domain.legal_time import legal_day
from governance.domain.roles import Action, may
from governance.web.access import GovernanceDependency, permits
from governance.web.forms import OwnForm, choice, text
from governance.web.pages import render
from governance.web.recording import records, records_nothing
from governance.web.reports.formats import asked, asked_language, handed_out, zipped_with_bundle

router = APIRouter(prefix="/reports")

_FIRST_YEAR: Final = 2024
Maker = Annotated[Principal, Depends(permits(Action.REPORT_MAKE))]


@router.get("", dependencies=[records_nothing("It lists opaque ids, states and counts.")])
def form_page(request: Request, principal: Maker, governance: GovernanceDependency) -> Response:
    """Show which reports there are."""
    year = legal_day(governance.clock.now(), governance.legal).year
    discloses = may(principal.roles, Action.DISCLOSURE_MAKE).allowed
    return render(
        request,
        "reports/form.html",
        year=year,
        first_year=_FIRST_YEAR,
        deployments=queries.list_deployments(governance, principal.account_id),
        authorities=list(Authority),
        leads=list_leads(governance, principal.account_id) if discloses else None,
        lays_evaluations=may(principal.roles, Action.EVALUATION_LAY).allowed,
        profile_sha256=governance.profile_sha256,
    )


@router.post(
    "/disclosure", dependencies=[records(Event.DISCLOSURE_MAKE, Event.LOG_READ, sometimes=[Event.OBJECT_READ])]
)
def disclosure(
    request: Request,
    principal: Annotated[Principal, Depends(permits(Action.DISCLOSURE_MAKE))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Hand out the file for the defence of one lead, with its proof bundle, as a zip file (E8)."""
    alert, language = _alert(text(form, "alert")), asked_language(form)
    made = make_disclosure(governance, principal.account_id, alert, request.app.state.log_files)
    return zipped_with_bundle(request, made.report.value, language, made.bundle.value)


@router.post("/annual", dependencies=[records(Event.REPORT_MAKE)])
def annual(request: Request, principal: Maker, governance: GovernanceDependency, form: OwnForm) -> Response:
    """Hand out the annual report (A11)."""
    year, public = _year(text(form, "year")), _is_public(text(form, "audience"))
    language, as_what = asked(form)
    report = make_annual_report(governance, principal.account_id, year, public=public).value
    return handed_out(request, report, language, as_what)


@router.post("/technical", dependencies=[records(Event.REPORT_MAKE)])
def technical(request: Request, principal: Maker, governance: GovernanceDependency, form: OwnForm) -> Response:
    """Hand out the technical documentation (A20)."""
    language, as_what = asked(form)
    report = make_technical_documentation(governance, principal.account_id).value
    return handed_out(request, report, language, as_what)


@router.post("/operation", dependencies=[records(Event.REPORT_MAKE)])
def operation(request: Request, principal: Maker, governance: GovernanceDependency, form: OwnForm) -> Response:
    """Hand out what use came to, month by month (A18, C7)."""
    public, (language, as_what) = _is_public(text(form, "audience")), asked(form)
    report = make_operation_report(governance, principal.account_id, public=public).value
    return handed_out(request, report, language, as_what)


@router.post("/deployment", dependencies=[records(Event.REPORT_MAKE, sometimes=[Event.OBJECT_READ])])
def deployment(request: Request, principal: Maker, governance: GovernanceDependency, form: OwnForm) -> Response:
    """Hand out the record of one deployment (C7)."""
    one, public = _deployment(text(form, "deployment")), _is_public(text(form, "audience"))
    language, as_what = asked(form)
    report = make_deployment_record(governance, principal.account_id, one, public=public).value
    return handed_out(request, report, language, as_what)


@router.post("/notification", dependencies=[records(Event.REPORT_MAKE)])
def notification(request: Request, principal: Maker, governance: GovernanceDependency, form: OwnForm) -> Response:
    """Hand out the letter that tells one authority of one deployment (A10)."""
    one, authority = (
        _deployment(text(form, "deployment")),
        choice(form, "authority", Authority, "Choose the authority that was told."),
    )
    language, as_what = asked(form)
    report = make_letter(governance, principal.account_id, one, authority).value
    return handed_out(request, report, language, as_what)


def _year(sent: str) -> int:
    if not (sent.isascii() and sent.isdigit() and len(sent) == 4 and int(sent) >= _FIRST_YEAR):
        raise BadInput(f"Give the year of the report in four digits, {_FIRST_YEAR} or later.")
    return int(sent)


def _is_public(audience: str) -> bool:
    """Whatever is not said to be for the authority is for everybody, and says less."""
    return audience != "authority"


def _deployment(sent: str) -> DeploymentId:
    if not IDENTIFIER.fullmatch(sent):
        raise BadInput("Choose the deployment from the list.")
    return DeploymentId(sent)


def _alert(sent: str) -> AlertId:
    if not IDENTIFIER.fullmatch(sent):
        raise BadInput("Choose the lead from the list.")
    return AlertId(sent)
