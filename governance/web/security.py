"""What every answer carries, whatever made it: nothing is cached, framed, or loaded from elsewhere."""

import base64
import hashlib
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from governance.application.reports.page import STYLE
from governance.web.settings import WebSettings

_OF_REPORTS: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode("ascii")
"""A report is kept as a file, and so has its style in itself; where it is shown, that very style is allowed."""
POLICY: Final = (
    f"default-src 'none'; img-src 'self' data:; style-src 'self' 'sha256-{_OF_REPORTS}'; script-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


TILES: Final = "/log/tile/"
TILE_CACHING: Final = "public, max-age=604800, immutable"
"""A tile tells nothing of anybody and never changes: the one thing here that may be kept (C2SP tlog-tiles)."""


class _Headers:
    """Sets the headers on every answer, errors included. A cached view would be an unlogged view."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                if message["status"] == HTTPStatus.OK and scope["path"].startswith(TILES):
                    headers["Cache-Control"] = TILE_CACHING
            await send(message)

        await self._app(scope, receive, send_with_headers)


def install(app: FastAPI, settings: WebSettings) -> None:
    """Put the guards around the application; the headers outermost."""
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(settings.hosts))
    app.add_middleware(_Headers)
