"""The routes of the vault's process: the same as its methods, over a Unix socket that its owner alone may open.

Requests and answers are JSON; keys are named as in the log (`candidate.20460.0000002a`), bytes are base64. Log lines
carry counts and names of rules, never a key or its name.
"""

import json
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from contracts.errors import ContractError, Malformed
from contracts.fields import Fields, format_bytes
from contracts.receipt import LogReceipt
from governance.audit.errors import EntryRefused
from governance.audit.leaf import KeyRange, KeyRef
from governance.vault.errors import VaultRefused, VaultUnusable
from governance.vault.vault import KeyVault

MAX_BODY_BYTES: Final = 8 << 20
_NO_STORE: Final = {"Cache-Control": "no-store"}
_log = structlog.get_logger()


def build_app(vault: KeyVault) -> FastAPI:
    """Return the application. A refusal is one sentence: 403 not permitted, 422 malformed, 503 disks."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    _add_refusals(app)
    _add_keys(app, vault)
    _add_questions(app, vault)
    return app


def _add_refusals(app: FastAPI) -> None:
    @app.exception_handler(VaultRefused)
    async def refused(_request: Request, error: VaultRefused) -> JSONResponse:
        _log.warning("refused", sentence=str(error))
        return JSONResponse({"detail": str(error)}, status_code=403)

    @app.exception_handler(VaultUnusable)
    async def unusable(_request: Request, error: VaultUnusable) -> JSONResponse:
        _log.error("unusable", sentence=str(error))
        return JSONResponse({"detail": str(error)}, status_code=503)

    @app.exception_handler(EntryRefused)
    async def no_key(_request: Request, error: EntryRefused) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, status_code=422)

    @app.exception_handler(ContractError)
    async def malformed(_request: Request, error: ContractError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, status_code=422)


def _add_keys(app: FastAPI, vault: KeyVault) -> None:
    @app.post("/keys")
    async def allot(request: Request) -> Response:
        fields = Fields(await _body(request), "request for keys")
        requests = fields.items("requests", _class_and_day)
        fields.end()
        keys = await run_in_threadpool(vault.allot, requests)
        return JSONResponse({"keys": [[key.text, format_bytes(secret)] for key, secret in keys]}, headers=_NO_STORE)

    @app.post("/releases")
    async def release(request: Request) -> Response:
        fields = Fields(await _body(request), "request for a release")
        keys, receipt = fields.items("keys", _key), fields.record("receipt", LogReceipt.from_json)
        consistency = fields.items("consistency", _node)
        fields.end()
        found = await run_in_threadpool(vault.release, keys, receipt, consistency)
        _log.info("released", count=len(found))
        return JSONResponse(
            {"keys": {key.text: format_bytes(secret) for key, secret in found.items()}}, headers=_NO_STORE
        )

    @app.post("/destructions")
    async def destroy(request: Request) -> Response:
        fields = Fields(await _body(request), "request for a destruction")
        ranges, receipt = fields.items("ranges", KeyRange.from_json), fields.record("receipt", LogReceipt.from_json)
        consistency, cosigned = fields.items("consistency", _node), fields.record("cosigned", _note)
        fields.end()
        done = await run_in_threadpool(vault.destroy, ranges, receipt, consistency, cosigned)
        _log.info("destroyed", count=done.count)
        return JSONResponse(
            {"after": format_bytes(done.after), "before": format_bytes(done.before), "count": done.count}
        )


def _add_questions(app: FastAPI, vault: KeyVault) -> None:
    @app.get("/health")
    async def health() -> Response:
        return JSONResponse({"status": "ok"})

    @app.post("/witnessed")
    async def witnessed(request: Request) -> Response:
        fields = Fields(await _body(request), "cosigned checkpoint")
        note, consistency = fields.record("note", _note), fields.items("consistency", _node)
        fields.end()
        return JSONResponse({"time_s": await run_in_threadpool(vault.witnessed, note or "", consistency)})

    @app.get("/seen")
    async def seen() -> Response:
        size, root = await run_in_threadpool(vault.seen)
        return JSONResponse({"root": format_bytes(root), "size": size})

    @app.get("/days")
    async def days() -> Response:
        return JSONResponse({"days": [list(one) for one in await run_in_threadpool(vault.days)]})

    @app.get("/inventory")
    async def inventory() -> Response:
        whole = await run_in_threadpool(vault.inventory)
        return Response(await run_in_threadpool(whole.to_bytes), media_type="application/json")

    @app.get("/inventory/root")
    async def inventory_root() -> Response:
        return JSONResponse({"root": format_bytes(await run_in_threadpool(vault.inventory_root))})


def _class_and_day(value: object) -> tuple[str, int]:
    match value:
        case [str(data_class), int(day)] if type(day) is int:
            return data_class, day
        case _:
            raise Malformed("A key is asked for by its class and due day.")


def _key(value: object) -> KeyRef:
    if not isinstance(value, str):
        raise Malformed("A key is named by a text.")
    return KeyRef.parse(value)


def _node(value: object) -> bytes:
    return Fields({"node": value}, "proof").binary("node", length=32)


def _note(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise Malformed("A cosigned checkpoint is a text.")
    return value


async def _body(request: Request) -> Any:
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > MAX_BODY_BYTES:
            raise Malformed(f"A request to the vault has at most {MAX_BODY_BYTES} bytes.")
        pieces.append(piece)
    try:
        return json.loads(b"".join(pieces))
    except (ValueError, RecursionError) as error:
        raise Malformed("This request is not JSON.") from error
