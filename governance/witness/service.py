"""The witness over HTTP: `POST /add-checkpoint` (C2SP tlog-witness v1.0.0), and `GET /` that says who it is.

There is no other address: tlog-witness v1.0.0 leaves monitoring open. Whoever can reach it may ask; what counts is the
log's signature.
"""

import asyncio
import socket
from typing import Final

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from governance.audit.add_checkpoint import CONFLICT_TYPE, format_conflict
from governance.witness.errors import Conflict, Refused, WitnessRetired, WitnessUnusable
from governance.witness.witness import LARGEST_BODY, Witness

_PLAIN: Final = "text/plain; charset=utf-8"
_SLOWEST_BODY_S: Final = 10
_MOST_AT_ONCE: Final = 64

log = structlog.get_logger()


def build_app(witness: Witness, *, vkey: str) -> Starlette:
    """Return the application of one witness."""

    async def add_checkpoint(request: Request) -> Response:
        try:
            body = await _body(request)
        except _TooLarge:
            return _said(413, "A request is smaller than this.")
        except TimeoutError:
            return _said(408, "The request took too long to arrive.")
        except ClientDisconnect:
            return _said(400, "The request ended early.")
        return await run_in_threadpool(answer, witness, body)

    async def say_who(_request: Request) -> Response:
        return _said(200, f"A transparency log witness (C2SP tlog-witness v1.0.0).\n{vkey}")

    app = Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/", say_who, methods=["GET"]),
        ]
    )
    app.router.redirect_slashes = False
    return app


def answer(witness: Witness, body: bytes) -> Response:
    """Return the answer to one request."""
    try:
        line = witness.add_checkpoint(body)
    except Conflict as error:
        log.warning("not cosigned", status=error.status, sentence=str(error))
        return Response(format_conflict(error.size), status_code=error.status, headers={"Content-Type": CONFLICT_TYPE})
    except Refused as error:
        log.warning("not cosigned", status=error.status, sentence=str(error))
        return _said(error.status, str(error))
    except WitnessRetired as error:
        return _said(410, str(error))
    except WitnessUnusable as error:
        log.warning("not cosigned", status=503, sentence=str(error))
        return _said(503, "This witness cannot cosign now; its operator has to look at it.")
    log.info("cosigned", status=200)
    return Response(line, media_type=_PLAIN)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket.

    Raises:
        WitnessUnusable: the address cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise WitnessUnusable(f"The witness cannot listen there: {error.strerror}; choose another port.") from error


def serve(app: Starlette, listening: socket.socket) -> None:
    """Serve until a signal."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
        limit_concurrency=_MOST_AT_ONCE,
        timeout_graceful_shutdown=3,
    )
    uvicorn.Server(config).run(sockets=[listening])


class _TooLarge(Exception):
    """The body is larger than a request can be."""


async def _body(request: Request) -> bytes:
    body = bytearray()
    async with asyncio.timeout(_SLOWEST_BODY_S):
        async for part in request.stream():
            body += part
            if len(body) > LARGEST_BODY:
                raise _TooLarge
    return bytes(body)


def _said(status: int, sentence: str) -> Response:
    return PlainTextResponse(sentence + "\n", status_code=status)
