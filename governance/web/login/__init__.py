"""Logging in and out, and the way home."""

import secrets
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from governance.application import accounts
from governance.application.accounts import LogIn, OpenedSession, Principal
from governance.application.errors import NotLoggedIn
from governance.domain.events import Event
from governance.web.access import (
    ANYBODY_LOGGED_IN,
    SESSION_COOKIE,
    VISIT_COOKIE,
    GovernanceDependency,
    open_to_all,
)
from governance.web.forms import OwnForm, text
from governance.web.pages import navigation, render
from governance.web.recording import records, records_nothing

router = APIRouter()

_LOG_IN = Depends(open_to_all("Somebody who has no session yet must be able to get one."))


@router.get("/login", dependencies=[_LOG_IN, records_nothing("The form says nothing about anybody.")])
def log_in_page(request: Request) -> Response:
    """Show the log-in form. The visit's cookie gives the form its token."""
    if VISIT_COOKIE in request.cookies:
        return render(request, "login/login.html", problem="")
    request.cookies[VISIT_COOKIE] = secrets.token_urlsafe(32)
    response = render(request, "login/login.html", problem="")
    _set(request, response, VISIT_COOKIE, request.cookies[VISIT_COOKIE])
    return response


@router.post(
    "/login", dependencies=[_LOG_IN, records(sometimes=(Event.SESSION_OPEN, Event.SESSION_REFUSE, Event.ACCOUNT_LOCK))]
)
def log_in(request: Request, governance: GovernanceDependency, form: OwnForm) -> Response:
    """Open a session, or say once more that it could not be opened, for one reason as for another."""
    try:
        opened = accounts.log_in(governance, LogIn(login=text(form, "login"), password=str(form.get("password", ""))))
    except NotLoggedIn as error:
        return render(request, "login/login.html", status_code=HTTPStatus.UNAUTHORIZED, problem=str(error))
    return _with_session(request, opened)


@router.post("/logout", dependencies=[records(Event.SESSION_END)])
def log_out(
    request: Request,
    _principal: Annotated[Principal, Depends(ANYBODY_LOGGED_IN)],
    governance: GovernanceDependency,
    _form: OwnForm,
) -> Response:
    """End the session."""
    accounts.log_out(governance, request.cookies.get(SESSION_COOKIE, ""))
    response = RedirectResponse("/login", status_code=HTTPStatus.SEE_OTHER)
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="strict")
    return response


@router.get("/", dependencies=[records_nothing("It leads to another page and shows nothing.")])
def home(principal: Annotated[Principal, Depends(ANYBODY_LOGGED_IN)]) -> Response:
    """Lead to the first page of the person's role."""
    return RedirectResponse(navigation(principal)[0][0], status_code=HTTPStatus.SEE_OTHER)


def _with_session(request: Request, opened: OpenedSession) -> Response:
    response = RedirectResponse("/", status_code=HTTPStatus.SEE_OTHER)
    _set(request, response, SESSION_COOKIE, opened.token)
    response.delete_cookie(VISIT_COOKIE, path="/", httponly=True, samesite="strict")
    return response


def _set(request: Request, response: Response, name: str, value: str) -> None:
    """Set a cookie that scripts cannot read, other sites cannot send, and that ends with the browser's session."""
    response.set_cookie(
        name, value, path="/", httponly=True, samesite="strict", secure=request.app.state.settings.secure_cookies
    )
