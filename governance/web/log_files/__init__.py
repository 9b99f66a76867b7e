"""The log over HTTP as C2SP tlog-tiles has it, for auditors' programs: by a session, or by a token of their own.

Its bytes tell nothing of anybody, and still they are not for everybody: how fast a log grows is news.
"""

import gzip
import hashlib
import hmac
import stat
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse, Response

from governance.application.log_files import LogFiles
from governance.audit.errors import TileRefused
from governance.audit.tiles import ENTRIES, Tile, parse_tile_path
from governance.domain.roles import Action
from governance.web.access import GovernanceDependency, Permission
from governance.web.problems import TokenUnknown
from governance.web.recording import records_nothing

router = APIRouter(prefix="/log")

SHORTEST_TOKEN: Final = 32
"""Characters."""

_IN_CLEAR: Final = records_nothing("What stands in the log in clear is about nobody.")


@dataclass(frozen=True, slots=True)
class SessionOrToken(Permission):
    """A route for people with a session who may do this, and for machines that show a token."""

    def __call__(self, request: Request, governance: GovernanceDependency) -> None:  # type: ignore[override]
        """Let a known token in; ask for a session where none is shown.

        Raises:
            TokenUnknown: a token is shown that is none.
            NotLoggedIn, Refused: as of a session.
        """
        # From the class: `super()` finds nothing in a dataclass with slots.
        shown = request.headers.get("authorization")
        if shown is None:
            Permission.__call__(self, request, governance)
        elif not is_known(shown, read_tokens(request.app.state.settings.log_tokens)):
            raise TokenUnknown


_READER: Final = Depends(SessionOrToken(frozenset({Action.LOG_READ})))


@router.get("/checkpoint", dependencies=[_READER, _IN_CLEAR])
def checkpoint(request: Request) -> Response:
    """Return the signed note over the present head."""
    files: LogFiles = request.app.state.log_files
    return Response(files.checkpoint(), media_type="text/plain; charset=utf-8")


@router.get("/tile/{place:path}", dependencies=[_READER, _IN_CLEAR])
def tile(request: Request, place: str) -> Response:
    """Return a tile or an entry bundle by its one canonical path."""
    files: LogFiles = request.app.state.log_files
    wanted = _canonical(request, place)
    content = None if wanted is None else files.content(wanted)
    if wanted is None or content is None:
        return PlainTextResponse("The log has no such file.\n", status_code=HTTPStatus.NOT_FOUND)
    headers = {}
    if wanted.level == ENTRIES:
        headers["Vary"] = "Accept-Encoding"
        if _takes_gzip(request.headers.get("accept-encoding", "")):
            # No time in the header: the same entries are the same bytes.
            content, headers["Content-Encoding"] = gzip.compress(content, mtime=0), "gzip"
    return Response(content, media_type="application/octet-stream", headers=headers)


def _canonical(request: Request, place: str) -> Tile | None:
    try:
        wanted = parse_tile_path(f"tile/{place}")
    except TileRefused:
        return None
    # As it was sent: an escaped letter or a query would be a second address of the same file.
    sent = request.scope.get("raw_path", b"").partition(b"?")[0]
    is_canonical = sent == f"/log/{wanted.path}".encode() and not request.url.query
    return wanted if is_canonical else None


def _takes_gzip(accepted: str) -> bool:
    for part in accepted.split(","):
        coding, _, weight = part.partition(";")
        if coding.strip().lower() in {"gzip", "*"}:
            return weight.replace(" ", "").rstrip("0").rstrip(".") not in {"q=", "q=0"}
    return False


def read_tokens(path: Path | None) -> tuple[str, ...]:
    """Return the tokens of a file, one a line; lines that begin with # are notes. None where it is not kept secret.

    The file is read at each request, so that a token that is struck out opens nothing any more.
    """
    if path is None:
        return ()
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            return ()
        lines = path.read_text(encoding="ascii").split("\n")
    except (OSError, UnicodeDecodeError):
        return ()
    return tuple(line for line in lines if len(line) >= SHORTEST_TOKEN and not line.startswith("#"))


def is_known(shown: str, tokens: tuple[str, ...]) -> bool:
    """Say whether an Authorization header bears one of the tokens, in a time that does not tell how near it came."""
    scheme, _, token = shown.partition(" ")
    sent = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
    found = [hmac.compare_digest(sent, hashlib.sha256(known.encode()).digest()) for known in tokens]
    return scheme.lower() == "bearer" and any(found)
