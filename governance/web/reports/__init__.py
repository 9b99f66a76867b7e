"""Reports that the law asks for, for auditors and legal officers. Each one that is handed out is an entry first."""

from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from governance.application.accounts import Principal
from governance.application.errors import BadInput, Unavailable
from governance.application.make_report import make_annual_report, make_technical_documentation
from governance.application.reports.page import html_page
from governance.application.reports.report import Language, Report
from governance.domain.events import Event
from governance.domain.legal_time import legal_day
from governance.domain.roles import Action
from governance.web.access import GovernanceDependency, permits
from governance.web.forms import OwnForm, text
from governance.web.pages import render
from governance.web.recording import records, records_nothing

router = APIRouter(prefix="/reports")

_FIRST_YEAR: Final = 2024
Maker = Annotated[Principal, Depends(permits(Action.REPORT_MAKE))]


class Format(StrEnum):
    """What a report is handed out as."""

    HTML = "html"
    JSON = "json"
    PDF = "pdf"


@router.get("", dependencies=[records_nothing("An empty form says nothing about anybody.")])
def form_page(request: Request, principal: Maker, governance: GovernanceDependency) -> Response:
    """Show which reports there are."""
    year = legal_day(governance.clock.now(), governance.legal).year
    return render(request, "reports/form.html", year=year, first_year=_FIRST_YEAR, principal_id=principal.account_id)


@router.post("/annual", dependencies=[records(Event.REPORT_MAKE)])
def annual(request: Request, principal: Maker, governance: GovernanceDependency, form: OwnForm) -> Response:
    """Hand out the annual report (A11)."""
    year = _year(text(form, "year"))
    public = text(form, "audience") != "authority"
    language, as_what = _asked(text(form, "language"), text(form, "format"))
    report = make_annual_report(governance, principal.account_id, year, public=public).value
    return _handed_out(request, report, language, as_what)


@router.post("/technical", dependencies=[records(Event.REPORT_MAKE)])
def technical(request: Request, principal: Maker, governance: GovernanceDependency, form: OwnForm) -> Response:
    """Hand out the technical documentation (A20)."""
    language, as_what = _asked(text(form, "language"), text(form, "format"))
    report = make_technical_documentation(governance, principal.account_id).value
    return _handed_out(request, report, language, as_what)


def _year(sent: str) -> int:
    if not (sent.isascii() and sent.isdigit() and len(sent) == 4 and int(sent) >= _FIRST_YEAR):
        raise BadInput(f"Give the year of the report in four digits, {_FIRST_YEAR} or later.")
    return int(sent)


def _asked(language: str, as_what: str) -> tuple[Language, Format]:
    try:
        return Language(language), Format(as_what)
    except ValueError as error:
        raise BadInput("A report comes in Swedish or English, as HTML, PDF or JSON.") from error


def _handed_out(request: Request, report: Report, language: Language, as_what: Format) -> Response:
    content, media_type = _content(request, report, language, as_what)
    name = f"insyn-{report.kind.value}-{language.value}.{as_what.value}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


def _content(request: Request, report: Report, language: Language, as_what: Format) -> tuple[bytes, str]:
    if as_what is Format.JSON:
        return report.to_json(), "application/json"
    page = html_page(report, language)
    if as_what is Format.HTML:
        return page.encode(), "text/html; charset=utf-8"
    print_pdf = request.app.state.settings.print_pdf
    if print_pdf is None:
        raise Unavailable("This server makes no PDF files; take HTML or JSON.")
    return print_pdf(page), "application/pdf"
