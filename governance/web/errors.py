"""From errors to answers: the only place that knows HTTP codes. Pages say in plain words what to do next.

An error's sentence never holds anything about a person; nothing that was sent is repeated.
"""

from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from contracts.errors import ContractError
from governance.application import errors as application
from governance.audit.errors import LogUnavailable
from governance.web.pages import render
from governance.web.problems import FormNotOurs, TokenUnknown, TooLarge, TooSlow

_CODES: Final[tuple[tuple[type[Exception], HTTPStatus], ...]] = (
    (FormNotOurs, HTTPStatus.FORBIDDEN),
    (TokenUnknown, HTTPStatus.UNAUTHORIZED),
    (TooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (TooSlow, HTTPStatus.REQUEST_TIMEOUT),
    (application.NotLoggedIn, HTTPStatus.UNAUTHORIZED),
    (application.Refused, HTTPStatus.FORBIDDEN),
    (application.NotFound, HTTPStatus.NOT_FOUND),
    (application.NotUnderstood, HTTPStatus.FORBIDDEN),
    (application.BadInput, HTTPStatus.UNPROCESSABLE_ENTITY),
    (application.EnrolmentRefused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (application.Conflict, HTTPStatus.CONFLICT),
    (application.Unavailable, HTTPStatus.SERVICE_UNAVAILABLE),
    (application.StorageFailed, HTTPStatus.SERVICE_UNAVAILABLE),
    (application.ClockJumped, HTTPStatus.SERVICE_UNAVAILABLE),
    (LogUnavailable, HTTPStatus.SERVICE_UNAVAILABLE),
    (ContractError, HTTPStatus.UNPROCESSABLE_ENTITY),
)

_SECONDS_UNTIL_AGAIN: Final = "5"
_MACHINES: Final = ("/api/", "/log/")
"""Where programs ask: they are not led to the log-in page."""
_TITLES: Final = {
    HTTPStatus.FORBIDDEN: "Refused",
    HTTPStatus.NOT_FOUND: "There is no such thing here",
    HTTPStatus.UNPROCESSABLE_ENTITY: "This cannot be taken as it is",
    HTTPStatus.CONFLICT: "Somebody was here before you",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Too large",
    HTTPStatus.REQUEST_TIMEOUT: "Too slow",
    HTTPStatus.SERVICE_UNAVAILABLE: "Nothing was shown and nothing was changed",
    HTTPStatus.METHOD_NOT_ALLOWED: "This page does not do that",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong in here",
    HTTPStatus.UNAUTHORIZED: "Log in first",
}
_UNKNOWN: Final = (
    "This was not foreseen. Nothing was shown; tell those who run the system the time at which it happened."
)


def install(app: FastAPI) -> None:
    """Answer every error in one way."""
    for kind, code in _CODES:
        app.add_exception_handler(kind, _handler(code))
    app.add_exception_handler(HTTPException, _of_framework)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(Exception, _unforeseen)


def answer(request: Request, code: HTTPStatus, sentence: str, *, rules: tuple[tuple[str, str], ...] = ()) -> Response:
    """Return an error as JSON or text to a machine, as a page to a person. `rules` are (rule, reason) of a refusal."""
    response = _response(request, code, sentence, rules)
    if code is HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = _SECONDS_UNTIL_AGAIN
    if code is HTTPStatus.UNAUTHORIZED and request.url.path.startswith("/log/"):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _response(request: Request, code: HTTPStatus, sentence: str, rules: tuple[tuple[str, str], ...]) -> Response:
    if request.url.path.startswith("/api/"):
        return JSONResponse({"detail": sentence}, status_code=code)
    if request.url.path.startswith("/log/"):
        return PlainTextResponse(sentence + "\n", status_code=code)
    title = _TITLES.get(code, "This did not work")
    return render(request, "error.html", status_code=code, title=title, sentence=sentence, rules=rules)


def _handler(code: HTTPStatus):  # type: ignore[no-untyped-def]  # noqa: ANN202 (Starlette's own handler type is looser)
    def handle(request: Request, error: Exception) -> Response:
        if isinstance(error, application.NotLoggedIn) and not request.url.path.startswith(_MACHINES):
            return RedirectResponse("/login", status_code=HTTPStatus.SEE_OTHER)
        rules: tuple[tuple[str, str], ...] = ()
        if isinstance(error, application.Refused):
            rules = tuple((decision.rule, decision.reason) for decision in error.decisions)
        if isinstance(error, application.EnrolmentRefused):
            wrong = [finding for finding in error.findings if not finding.acceptable]
            rules = tuple(("photograph", f"{one.sentence} {one.advice}".strip()) for one in wrong)
        return answer(request, code, str(error), rules=rules)

    return handle


def _of_framework(request: Request, error: Exception) -> Response:
    code = HTTPStatus(error.status_code) if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
    sentences = {
        HTTPStatus.NOT_FOUND: "There is no page at this address.",
        HTTPStatus.METHOD_NOT_ALLOWED: "This address does not take what was sent to it.",
    }
    return answer(request, code, sentences.get(code, "The request is not one that is answered here."))


def _of_validation(request: Request, _error: Exception) -> Response:
    return answer(request, HTTPStatus.UNPROCESSABLE_ENTITY, "A part of the request is missing or not what it must be.")


def _unforeseen(request: Request, _error: Exception) -> Response:
    return answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, _UNKNOWN)
