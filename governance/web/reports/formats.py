"""As what, and in which language, a report is handed out."""

from collections.abc import Mapping
from enum import StrEnum

from fastapi import Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from governance.application.errors import Unavailable
from governance.application.reports.page import html_page
from governance.application.reports.report import Language, Report
from governance.web.downloads import download
from governance.web.forms import choice
from governance.web.zips import zipped


class Format(StrEnum):
    """What a report is handed out as."""

    HTML = "html"
    JSON = "json"
    PDF = "pdf"


_MEDIA_TYPES = {Format.HTML: "text/html; charset=utf-8", Format.JSON: "application/json", Format.PDF: "application/pdf"}


def asked(form: FormData) -> tuple[Language, Format]:
    """Return the language and format that a form asks for.

    Raises:
        BadInput: there is no such one.
    """
    sentence = "A report comes in Swedish or English, as HTML, PDF or JSON."
    return choice(form, "language", Language, sentence), choice(form, "format", Format, sentence)


def asked_language(form: FormData) -> Language:
    """Return the language that a form asks for.

    Raises:
        BadInput: there is no such one.
    """
    return choice(form, "language", Language, "A report comes in Swedish or English.")


def handed_out(request: Request, report: Report, language: Language, as_what: Format) -> Response:
    """Return a report as a file."""
    name = f"insyn-{report.kind.value}-{language.value}.{as_what.value}"
    return download(content(request, report, language, as_what), name, _MEDIA_TYPES[as_what])


def zipped_with_bundle(request: Request, report: Report, language: Language, bundle: Mapping[str, bytes]) -> Response:
    """Return a report in each format that this server makes, and the proof bundle in a folder beside it, as a zip."""
    formats = [one for one in Format if one is not Format.PDF or request.app.state.settings.print_pdf is not None]
    name = f"insyn-{report.kind.value}"
    files = {f"{name}-{language.value}.{one.value}": content(request, report, language, one) for one in formats}
    files |= {f"bundle/{path}": data for path, data in bundle.items()}
    return download(zipped(files), f"{name}.zip", "application/zip")


def content(request: Request, report: Report, language: Language, as_what: Format) -> bytes:
    """Return a report's bytes.

    Raises:
        Unavailable: this server makes no PDF files.
    """
    if as_what is Format.JSON:
        return report.to_json()
    page = html_page(report, language)
    if as_what is Format.HTML:
        return page.encode()
    print_pdf = request.app.state.settings.print_pdf
    if print_pdf is None:
        raise Unavailable("This server makes no PDF files; take HTML or JSON.")
    printed: bytes = print_pdf(page)
    return printed
