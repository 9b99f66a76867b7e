"""The routes of the sequencer's process: the same as its methods, over a Unix socket that its owner alone may open."""

import asyncio
import json
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from governance.adapters.log.sequencer import Sequencer
from governance.adapters.log.wire import (
    appended_to_json,
    draft_from_json,
    key_from_text,
    name_of,
    number_from,
    ranges_from_json,
    text_from,
)
from governance.audit.base64_strict import encode64
from governance.audit.errors import EntryRefused, LogError, LogFull, LogUnavailable

MAX_BODY_BYTES: Final = 64 << 20
_RETRY_AFTER_S: Final = "1"


def build_app(sequencer: Sequencer) -> FastAPI:
    """Return the application. Refusals carry the error's name and its one sentence."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.exception_handler(LogError)
    async def refused(_request: Request, error: LogError) -> JSONResponse:
        headers = {"Retry-After": _RETRY_AFTER_S} if isinstance(error, LogFull) else None
        status = 503 if isinstance(error, LogUnavailable) else 422
        return JSONResponse({"error": name_of(error), "detail": str(error)}, status_code=status, headers=headers)

    _add_writing(app, sequencer)
    _add_reading(app, sequencer)
    return app


def _add_writing(app: FastAPI, sequencer: Sequencer) -> None:
    @app.post("/append")
    async def append(request: Request) -> JSONResponse:
        value = await _body(request)
        drafts = [draft_from_json(one) for one in _list(value.get("drafts"))]
        answer = sequencer.submit(text_from(value.get("request_id")), drafts)
        # Whoever asked may go; what was queued is written all the same, and a retry finds it.
        return JSONResponse(appended_to_json(await asyncio.shield(asyncio.wrap_future(answer))))

    @app.post("/erase-boxes")
    async def erase_boxes(request: Request) -> JSONResponse:
        ranges = ranges_from_json((await _body(request)).get("ranges"))
        return JSONResponse({"count": await run_in_threadpool(sequencer.erase_boxes, ranges)})


def _add_reading(app: FastAPI, sequencer: Sequencer) -> None:
    @app.get("/head")
    async def head() -> JSONResponse:
        return JSONResponse({"checkpoint": sequencer.checkpoint(), "cosigned": sequencer.cosigned()})

    @app.get("/identity")
    async def identity() -> JSONResponse:
        return JSONResponse({"origin": sequencer.origin, "public_key": encode64(sequencer.public_key)})

    @app.get("/size")
    async def size() -> JSONResponse:
        return JSONResponse({"size": sequencer.size()})

    @app.post("/receipt")
    async def receipt(request: Request) -> JSONResponse:
        index = number_from((await _body(request)).get("index"))
        return JSONResponse((await run_in_threadpool(sequencer.receipt, index)).to_json())

    @app.post("/consistency")
    async def consistency(request: Request) -> JSONResponse:
        value = await _body(request)
        old, new = number_from(value.get("old")), number_from(value.get("new"))
        proof = await run_in_threadpool(sequencer.consistency, old, new)
        return JSONResponse({"proof": [encode64(node) for node in proof]})

    @app.post("/entries")
    async def entries(request: Request) -> JSONResponse:
        value = await _body(request)
        first, count = number_from(value.get("first")), number_from(value.get("count"))
        leaves = await run_in_threadpool(lambda: sequencer.entries(first=first, count=count))
        return JSONResponse({"leaves": [encode64(leaf) for leaf in leaves]})

    @app.post("/boxes")
    async def boxes(request: Request) -> JSONResponse:
        keys = [key_from_text(one) for one in _list((await _body(request)).get("keys"))]
        found = await run_in_threadpool(sequencer.boxes, keys)
        return JSONResponse({"boxes": {key.text: encode64(box) for key, box in found.items()}})

    @app.post("/last-number")
    async def last_number(request: Request) -> JSONResponse:
        return JSONResponse({"number": sequencer.last_number(text_from((await _body(request)).get("src")))})


async def _body(request: Request) -> dict[str, Any]:
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > MAX_BODY_BYTES:
            raise EntryRefused("A request to the sequencer has at most 64 MiB.")
        pieces.append(piece)
    try:
        value = json.loads(b"".join(pieces))
    except (ValueError, RecursionError) as error:
        raise EntryRefused("A request to the sequencer is a JSON object.") from error
    if not isinstance(value, dict):
        raise EntryRefused("A request to the sequencer is a JSON object.")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise EntryRefused("A request to the sequencer holds a list where it must.")
    return value
