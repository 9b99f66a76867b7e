"""What everybody may know, in Swedish and in English: plain pages without log-in, cookie or script (C6, C7, C12, C15).

Whatever is asked here is answered from what was taken once on the day: no question reaches the database or the log.
"""

from datetime import date
from typing import Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from governance.application import public_words
from governance.application.errors import BadInput, NotFound
from governance.application.public_records import DailyRecords, PublicRecords
from governance.application.reports.page import html_page
from governance.application.reports.report import Language, read_report
from governance.domain.publications import Publication
from governance.web.access import open_to_all
from governance.web.pages import render
from governance.web.recording import records_nothing

router = APIRouter(prefix="/open")

_ALL: Final = Depends(
    open_to_all("What the law makes public, once it warns nobody: cameras, records, rules (C7, C15).")
)
_NOBODY: Final = records_nothing("What is public is taken once a day, and is about nobody.")
_SOUGHT_DAY: Final = 10
"""Characters of a day, as a form sends it."""


@router.get("", dependencies=[_ALL, _NOBODY])
def swedish(request: Request) -> Response:
    """Show the page in Swedish."""
    return page(request, Language.SWEDISH.value)


@router.get("/{language}", dependencies=[_ALL, _NOBODY])
def page(request: Request, language: str) -> Response:
    """Show what everybody may know."""
    chosen, taken = _language(language), _records(request)
    published = [(one.publication_id, public_words.record_title(one, taken.legal)) for one in reversed(taken.published)]
    return _page(
        request,
        "everybody/page.html",
        chosen,
        cameras=taken.cameras,
        published=published,
        sections=public_words.sections(taken),
        taken=public_words.taken(taken),
    )


@router.get("/{language}/matching", dependencies=[_ALL, _NOBODY])
def matching(request: Request, language: str) -> Response:
    """Answer whether a camera was matching on a day, from closed deployments alone (C15)."""
    chosen, taken = _language(language), _records(request)
    camera_id, day = _question(request, taken)
    answer = taken.was_matching(camera_id, day)
    return _page(
        request,
        "everybody/matching.html",
        chosen,
        question=public_words.asked(camera_id, day),
        answer=public_words.ANSWERS[answer],
        published=[one.publication_id for one in taken.records_of(camera_id, day)],
    )


@router.get("/{language}/records/{publication_id}", dependencies=[_ALL, _NOBODY])
def record(request: Request, language: str, publication_id: str) -> Response:
    """Show one published record as it was published."""
    chosen, found = _language(language), _published(request, publication_id)
    return Response(html_page(read_report(found.report), chosen), media_type="text/html; charset=utf-8")


@router.get("/{language}/records/{publication_id}/json", dependencies=[_ALL, _NOBODY])
def record_json(request: Request, language: str, publication_id: str) -> Response:
    """Return one published record's JSON, whose SHA-256 stands in the log. It holds both languages."""
    _language(language)
    return Response(_published(request, publication_id).report, media_type="application/json")


def _page(request: Request, template: str, language: Language, **values: Any) -> Response:
    other = Language.ENGLISH if language is Language.SWEDISH else Language.SWEDISH
    return render(request, template, language=language, other=other, words=public_words, **values)


def _records(request: Request) -> PublicRecords:
    daily: DailyRecords = request.app.state.daily_records
    return daily.of_today()


def _published(request: Request, publication_id: str) -> Publication:
    found = _records(request).find(publication_id)
    if found is None:
        raise NotFound("No such record is published.")
    return found


def _language(given: str) -> Language:
    try:
        return Language(given)
    except ValueError as error:
        raise NotFound("This page is there in Swedish (sv) and in English (en).") from error


def _question(request: Request, taken: PublicRecords) -> tuple[str, date]:
    """Return the camera and the day that are asked for: a camera of the register, and a day as ISO 8601 writes it."""
    camera_id, day = request.query_params.get("camera", ""), request.query_params.get("day", "")
    if camera_id not in {one.camera_id for one in taken.cameras} or len(day) != _SOUGHT_DAY:
        raise BadInput("Choose a camera of the register, and a day.")
    try:
        return camera_id, date.fromisoformat(day)
    except ValueError as error:
        raise BadInput("Choose a camera of the register, and a day.") from error
