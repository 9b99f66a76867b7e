"""Serving one application on a Unix socket that only its owner may open, once per machine."""

import asyncio
import fcntl
import json
import os
import socket
import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.types import Lifespan

from contracts.canonical import MAX_BYTES
from contracts.errors import ContractError, Malformed
from matcher.errors import MatcherError

EXIT_REFUSED: Final = 2
"""The process could not start: a person has to do something."""

EXIT_LEASE_ENDED: Final = 75
"""The authority ended and what it permitted is gone; start a fresh process (EX_TEMPFAIL of sysexits.h)."""

_LONGEST_PATH: Final = 107
_GRACE: Final = 2.0


class SocketRefused(MatcherError):
    """The socket cannot be opened: another process serves it, or its path is unusable."""


class OwnedSocket:
    """A listening Unix socket and the lock that keeps a second process away. Both go when the process ends."""

    def __init__(self, path: Path) -> None:
        if len(os.fsencode(path)) > _LONGEST_PATH:
            raise SocketRefused(
                f"The socket's path is longer than {_LONGEST_PATH} bytes; choose a shorter data folder."
            )
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = path
        self._lock = _locked(path.with_suffix(".lock"))
        # Whoever held it before is dead, or the lock would not be ours.
        path.unlink(missing_ok=True)
        self.socket = _listening(path)

    def close(self) -> None:
        """Remove the socket and give the lock back."""
        self.socket.close()
        self._path.unlink(missing_ok=True)
        os.close(self._lock)


def _locked(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise SocketRefused("Another process already serves this socket; stop it first.") from error
    return descriptor


def _listening(path: Path) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # The mask makes the socket its owner's from the first moment; a later chmod would leave a gap.
    before = os.umask(0o177)
    try:
        listening.bind(str(path))
    except OSError as error:
        listening.close()
        raise SocketRefused("The socket cannot be made; check its folder's owner and free space.") from error
    finally:
        os.umask(before)
    listening.listen(64)
    return listening


class Service:
    """A process's server: it holds the socket from its making on, and can be told to end.

    Raises:
        SocketRefused: another process holds the socket, or it cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self._owned = OwnedSocket(path)
        self._server: uvicorn.Server | None = None
        self._exit_status = 0

    def end(self, exit_status: int) -> None:
        """End soon with this status; at the latest after a grace of two seconds, whatever still runs."""
        self._exit_status = exit_status
        if self._server is not None:
            self._server.should_exit = True
        last_resort = threading.Timer(_GRACE, os._exit, (exit_status,))
        last_resort.daemon = True
        last_resort.start()

    async def run(self, build_app: Callable[[], FastAPI]) -> int:
        """Serve until told to end, or until a signal; return the exit status."""
        try:
            config = uvicorn.Config(
                build_app(),
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=1,
                lifespan="on",
            )
            self._server = uvicorn.Server(config)
            await self._server.serve(sockets=[self._owned.socket])
        finally:
            self._owned.close()
        return self._exit_status


def run_process(start: Callable[[], Awaitable[int]]) -> int:
    """Run a process's outermost loop; a refusal becomes one sentence on standard error, never a traceback."""
    try:
        with suppress(KeyboardInterrupt):
            return asyncio.run(_awaited(start))
    except ValidationError as error:
        sys.stderr.write(_settings_sentence(error) + "\n")
    except (MatcherError, ContractError) as error:
        sys.stderr.write(f"{error}\n")
    else:
        return 130
    return EXIT_REFUSED


async def _awaited(start: Callable[[], Awaitable[int]]) -> int:
    return await start()


def _settings_sentence(error: ValidationError) -> str:
    prefix = error.title
    names = ", ".join(sorted({prefix + str(part["loc"][0]).upper() for part in error.errors() if part["loc"]}))
    return f"These settings are missing or wrong: {names}."


class TooLarge(MatcherError):
    """A request's body is larger than this route takes."""


async def read_body(request: Request, most: int) -> bytes:
    """Return a request's body; it belongs to the caller alone, who may overwrite it.

    Raises:
        TooLarge: it has more than `most` bytes; the rest is not read.
    """
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > most:
            raise TooLarge(f"The request is larger than {most} bytes.")
        pieces.append(piece)
    return b"".join(pieces)


async def read_json(request: Request, most: int = MAX_BYTES) -> Any:
    """Return a request's body as a JSON value.

    Raises:
        TooLarge: see `read_body`.
        Malformed: it is not JSON.
    """
    try:
        return json.loads(await read_body(request, most))
    except (ValueError, RecursionError) as error:
        raise Malformed("This request is not JSON.") from error


def plain_app(lifespan: Lifespan[FastAPI] | None = None) -> FastAPI:
    """Return an application without pages of its own, whose refusals are one sentence each."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)

    @app.exception_handler(TooLarge)
    async def too_large(_request: Request, error: TooLarge) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, status_code=413)

    @app.exception_handler(ContractError)
    async def not_as_agreed(_request: Request, error: ContractError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, status_code=422 if isinstance(error, Malformed) else 403)

    return app
