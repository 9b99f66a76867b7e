"""Who may call a route. Closed by default: a route without a declaration stops the application from being made.

A session is a random token in a cookie that scripts cannot read; the server keeps only its hash. Every form carries a
token that is derived from the session and that no other site can know.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request

from governance.application import accounts
from governance.application.accounts import Principal
from governance.application.governance import Governance
from governance.application.page_access import require_page
from governance.domain.roles import Action
from governance.web.problems import FormNotOurs

SESSION_COOKIE: Final = "insyn_session"
KNOWN_COOKIE: Final = "insyn_known"
"""Marks of the accounts that a browser opened before: strangers' failures do not make it wait. It opens nothing."""
VISIT_COOKIE: Final = "insyn_visit"
"""Set with the log-in page, so that its form, too, has a token before there is a session."""


def governance_of(request: Request) -> Governance:
    """Return what is plugged in."""
    governance: Governance = request.app.state.governance
    return governance


GovernanceDependency = Annotated[Governance, Depends(governance_of)]


@dataclass(frozen=True, slots=True)
class Permission:
    """A route's declaration, and the check itself: the session is live and one of its roles may do this.

    `actions` are alternatives: a page that serves two roles names what each of them may do.
    """

    actions: frozenset[Action]

    def __call__(self, request: Request, governance: GovernanceDependency) -> Principal:
        """Return who is asking.

        Raises:
            NotLoggedIn: there is no live session.
            Refused: no role of theirs may do this; the log says so.
        """
        principal = accounts.authenticate(governance, request.cookies.get(SESSION_COOKIE, ""))
        request.state.principal = principal
        if self.actions:
            require_page(governance, principal.account_id, principal.roles, self.actions)
        return principal


def permits(*actions: Action) -> Permission:
    """Declare that whoever may do one of these actions may call the route. Declaring nothing is a mistake.

    Raises:
        ValueError: no action was named.
    """
    if not actions:
        raise ValueError("A permission names at least one action.")
    return Permission(frozenset(actions))


ANYBODY_LOGGED_IN: Final = Permission(frozenset())
"""For the start page and the log-out alone: whoever has a live session."""


def form_token(request: Request) -> str:
    """Return the token that this visitor's forms carry: derived from a secret cookie, one way."""
    secret = request.cookies.get(SESSION_COOKIE) or request.cookies.get(VISIT_COOKIE) or ""
    return token_for(secret)


def token_for(secret: str) -> str:
    """Return the form token of a cookie's secret. No secret, no token that could be right."""
    return hashlib.sha256(b"insyn/form/1\x00" + secret.encode()).hexdigest() if secret else ""


def require_own_form(request: Request, token: object) -> None:
    """Accept a form that this server gave to this visitor.

    Raises:
        FormNotOurs: the token is missing or wrong, or the browser says that another site sent the form.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise FormNotOurs
    expected = form_token(request)
    if not expected or not isinstance(token, str) or not hmac.compare_digest(expected.encode(), token.encode()):
        raise FormNotOurs


@dataclass(frozen=True, slots=True)
class OpenToAll:
    """A route that needs no session, and the reviewed reason why."""

    reason: str

    def __call__(self) -> None:
        """Let everybody in."""


def open_to_all(reason: str) -> Callable[[], None]:
    """Declare a route open, for a reason that stands in the reviewed list of the tests."""
    return OpenToAll(reason)
