"""Logging in and out, opening one's account, changing one's own password, and the way home."""

import secrets
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from governance.application import accounts
from governance.application.accounts import LogIn, Principal
from governance.application.change_password import ChangePassword, change_password
from governance.application.errors import BadInput, NotLoggedIn
from governance.application.open_account import OpenAccount, open_account
from governance.application.sessions import OpenedSession, with_mark
from governance.domain.accounts import KNOWN_FOR
from governance.domain.events import Event
from governance.web.access import (
    ANYBODY_LOGGED_IN,
    KNOWN_COOKIE,
    SESSION_COOKIE,
    VISIT_COOKIE,
    GovernanceDependency,
    open_to_all,
)
from governance.web.forms import OwnForm, secret, text
from governance.web.pages import navigation, render
from governance.web.recording import records, records_nothing

router = APIRouter()

_LOG_IN = Depends(open_to_all("Somebody who has no session yet must be able to get one."))
_OPEN = Depends(open_to_all("Somebody whose account two others made must be able to open it."))


@router.get("/login", dependencies=[_LOG_IN, records_nothing("The form says nothing about anybody.")])
def log_in_page(request: Request) -> Response:
    """Show the log-in form. The visit's cookie gives the form its token."""
    return _form_of_a_visit(request, "login/login.html")


@router.post(
    "/login", dependencies=[_LOG_IN, records(sometimes=(Event.SESSION_OPEN, Event.SESSION_REFUSE, Event.ACCOUNT_LOCK))]
)
def log_in(request: Request, governance: GovernanceDependency, form: OwnForm) -> Response:
    """Open a session, or say once more that it could not be opened, for one reason as for another."""
    try:
        command = LogIn(login=text(form, "login"), password=secret(form, "password"), marks=_marks(request))
        opened = accounts.log_in(governance, command)
    except NotLoggedIn as error:
        return render(request, "login/login.html", status_code=HTTPStatus.UNAUTHORIZED, problem=str(error))
    return _with_session(request, opened)


@router.get("/password", dependencies=[_OPEN, records_nothing("The form says nothing about anybody.")])
def opening_page(request: Request) -> Response:
    """Show the form with which somebody opens their account."""
    return _form_of_a_visit(request, "login/open.html")


@router.post(
    "/password",
    dependencies=[_OPEN, records(sometimes=(Event.ACCOUNT_OPEN, Event.SESSION_REFUSE, Event.ACCOUNT_LOCK))],
)
def open_the_account(request: Request, governance: GovernanceDependency, form: OwnForm) -> Response:
    """Open an account with a password of its owner's own, or say that it was not, for one reason as for another."""
    try:
        command = OpenAccount(
            login=text(form, "login"), first=secret(form, "first"), code=text(form, "code"), own=_twice(form)
        )
        open_account(governance, command)
    except NotLoggedIn as error:
        return render(request, "login/open.html", status_code=HTTPStatus.UNAUTHORIZED, problem=str(error))
    return RedirectResponse("/login", status_code=HTTPStatus.SEE_OTHER)


@router.get("/password/own", dependencies=[records_nothing("The form says nothing about anybody.")])
def own_password_page(request: Request, _principal: Annotated[Principal, Depends(ANYBODY_LOGGED_IN)]) -> Response:
    """Show the form with which somebody changes their own password."""
    return render(request, "login/own.html", problem="")


@router.post(
    "/password/own",
    dependencies=[
        records(
            sometimes=(Event.PASSWORD_CHANGE, Event.SESSION_OPEN, Event.SESSION_REFUSE, Event.ACCOUNT_LOCK),
        )
    ],
)
def change_own_password(
    request: Request,
    principal: Annotated[Principal, Depends(ANYBODY_LOGGED_IN)],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Change one's own password. Every session of the account ends; the new one is this browser's."""
    command = ChangePassword(actor=principal.account_id, present=secret(form, "present"), own=_twice(form))
    try:
        opened = change_password(governance, command)
    except NotLoggedIn as error:
        return render(request, "login/own.html", status_code=HTTPStatus.UNAUTHORIZED, problem=str(error))
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


def _form_of_a_visit(request: Request, template: str) -> Response:
    """Show a form to somebody who may have no session: the visit's cookie gives it its token."""
    if VISIT_COOKIE in request.cookies or SESSION_COOKIE in request.cookies:
        return render(request, template, problem="")
    request.cookies[VISIT_COOKIE] = secrets.token_urlsafe(32)
    response = render(request, template, problem="")
    _set(request, response, VISIT_COOKIE, request.cookies[VISIT_COOKIE])
    return response


def _twice(form: FormData) -> str:
    """Return the new password, typed twice.

    Raises:
        BadInput: the two are not the same.
    """
    own = secret(form, "own")
    if own != secret(form, "again"):
        raise BadInput("Type your own password twice, the same both times.")
    return own


def _marks(request: Request) -> str:
    """Return what this browser shows of the accounts that it opened before."""
    return request.cookies.get(KNOWN_COOKIE, "")


def _with_session(request: Request, opened: OpenedSession) -> Response:
    response = RedirectResponse("/", status_code=HTTPStatus.SEE_OTHER)
    _set(request, response, SESSION_COOKIE, opened.token)
    _set(request, response, KNOWN_COOKIE, with_mark(_marks(request), opened.mark), lasts=KNOWN_FOR)
    response.delete_cookie(VISIT_COOKIE, path="/", httponly=True, samesite="strict")
    return response


def _set(request: Request, response: Response, name: str, value: str, *, lasts: timedelta | None = None) -> None:
    """Set a cookie that scripts cannot read and other sites cannot send; it ends with the browser, or later."""
    response.set_cookie(
        name,
        value,
        max_age=None if lasts is None else int(lasts.total_seconds()),
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.app.state.settings.secure_cookies,
    )
