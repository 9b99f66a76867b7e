"""Making the web application from what is plugged in."""

from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from governance.application.daily_checkpoint import DailyCheckpoint
from governance.application.governance import Governance
from governance.application.log_files import LogFiles
from governance.application.public_records import DailyRecords
from governance.web import (
    administration,
    api,
    auditor,
    errors,
    everybody,
    legal,
    log_files,
    login,
    operator,
    patrol,
    public,
    reports,
    rights,
    running,
    security,
    site,
)
from governance.web.access import OpenToAll, Permission
from governance.web.recording import recorded_by
from governance.web.settings import WebSettings

_STATIC: Final = Path(__file__).parent / "static"


def create_app(governance: Governance, settings: WebSettings | None = None) -> FastAPI:
    """Return the application over these ports.

    Raises:
        ValueError: a route does not declare who may call it, or what it writes to the log.
    """
    settings = settings or WebSettings()
    app = FastAPI(title="Insyn", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.state.governance, app.state.settings = governance, settings
    app.state.log_files = LogFiles(governance.log)
    app.state.daily_checkpoint = DailyCheckpoint(governance.log, governance.clock, settings.public)
    app.state.daily_records = DailyRecords(governance)
    for package in (
        administration,
        api,
        auditor,
        everybody,
        legal,
        log_files,
        login,
        operator,
        patrol,
        public,
        reports,
        rights,
        running,
        site,
    ):
        # The routes themselves, so that the census below sees each of them.
        app.router.routes.extend(package.router.routes)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    errors.install(app)
    security.install(app, settings)
    _require_declarations(app)
    return app


def declaration(route: APIRoute) -> Permission | OpenToAll | None:
    """Return what a route declares, if it does."""
    for dependency in route.dependant.dependencies:
        if isinstance(dependency.call, Permission | OpenToAll):
            return dependency.call
    return None


def _require_declarations(app: FastAPI) -> None:
    for route in app.routes:
        if isinstance(route, Mount) and route.path == "/static":
            continue
        if not isinstance(route, APIRoute) or declaration(route) is None:
            raise ValueError("A route does not declare who may call it.")
        if recorded_by(route) is None:
            raise ValueError("A route does not declare what it writes to the log.")
