"""`insyn site`: what anybody at the site may do without a log-in: stop, and see whether it is stopped (A16)."""

import secrets
from pathlib import Path
from typing import Annotated, Final

import typer
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from contracts.clock import read_clocks
from contracts.site_stop import SiteStop
from contracts.vocabulary import SiteId
from insyn.commands.signing import OUT, stop
from insyn.errors import InsynError
from insyn.home import at_home
from matcher.stop_latch import press

app = typer.Typer(no_args_is_help=True)

PORT: Final = 8478
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
}

_Site = Annotated[str, typer.Option("--site", help="The site's id.")]
_Home = Annotated[Path | None, typer.Option("--home", help="The site's data folder; INSYN_HOME if not given.")]


@app.command("stop")
def stop_site(*, site: _Site, home: _Home = None) -> None:
    """Stop all matching at this site, now. Anybody may; only a legal officer's decision lets it go on."""
    try:
        pressed(_latch(home, site), site)
    except InsynError as error:
        raise stop(error) from error
    OUT.print("Stopped. Nothing is compared at this site until a legal officer releases it.")


@app.command()
def state(*, site: _Site, home: _Home = None) -> None:
    """Say whether this site is stopped; the exit status is 0 where it is not, and 3 where it is."""
    try:
        latch = _latch(home, site)
    except InsynError as error:
        raise stop(error) from error
    if not latch.exists():
        OUT.print("This site is not stopped.")
        return
    OUT.print("This site is stopped. Nothing is compared until a legal officer releases it.")
    raise typer.Exit(3)


@app.command()
def button(
    *,
    site: _Site,
    home: _Home = None,
    port: Annotated[int, typer.Option(min=1, max=65_535, help="The port, on this machine alone.")] = PORT,
) -> None:
    """Show one page with one button, on this machine alone, that stops the site without a log-in."""
    try:
        latch = _latch(home, site)
    except InsynError as error:
        raise stop(error) from error
    uvicorn.run(build_page(latch, site), host="127.0.0.1", port=port, log_config=None, access_log=False)


def build_page(latch: Path, site: str) -> Starlette:
    """Return the page: `GET /` says how it stands, `POST /stop` stops. It can only stop, whoever calls it."""

    def show(_request: Request) -> Response:
        return HTMLResponse(_page(stopped=latch.exists()), headers=_HEADERS)

    def press_it(_request: Request) -> Response:
        pressed(latch, site)
        return RedirectResponse("/", status_code=303, headers=_HEADERS)

    return Starlette(
        routes=[Route("/", show, methods=["GET"]), Route("/stop", press_it, methods=["POST"])],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
    )


def pressed(latch: Path, site: str) -> None:
    """Make the latch, also where it is there: each press is a stop of its own, and a release is for one of them.

    Raises:
        InsynError: it cannot be made; the sentence says what to do instead.
    """
    try:
        one = SiteStop(site_id=SiteId(site), stop_id=secrets.token_hex(16), pressed_at=read_clocks().now)
        press(latch, one)
    except OSError as error:
        raise InsynError(
            f"The stop cannot be written ({error.strerror}): end the matcher itself, or cut its power."
        ) from error


def _latch(home: Path | None, site: str) -> Path:
    """Return where the site's latch lies.

    Raises:
        InsynError: there is no such site here; a file in another folder would stop nothing.
    """
    folder = at_home(home).site(site)
    if not folder.is_dir():
        raise InsynError(
            "NOT stopped: this data folder has no such site. Name its folder with --home and its id with --site;"
            " or end the matcher itself, or cut its power."
        )
    return folder / "stop"


def _page(*, stopped: bool) -> str:
    said = "Stopped. A legal officer has to release it." if stopped else "Not stopped."
    button_ = "" if stopped else '<form method="post" action="/stop"><button type="submit">Stop now</button></form>'
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Stop</title>'
        '<meta name="viewport" content="width=device-width"></head>'
        f"<body><h1>Face matching at this site</h1><p>{said}</p>{button_}</body></html>"
    )
