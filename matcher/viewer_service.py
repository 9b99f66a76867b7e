"""The centre's viewer as a process: `python -m matcher.viewer_service`."""

import asyncio
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from contracts.canonical import MAX_BYTES
from contracts.clock import read_clocks
from contracts.fields import Fields, format_bytes
from contracts.look_alike import ListedReference
from contracts.probe import MAX_CROPS, MAX_SIDE
from contracts.receipt import LogReceipt
from contracts.signature import Signed
from matcher.day_keys import DayKeyRefused, DayKeys
from matcher.errors import MatcherError
from matcher.gate import ProbeEmbedder
from matcher.keys import load_signing_key, load_trusted_keys, opened_key
from matcher.logging_setup import set_up_logging
from matcher.look_alikes import LookAlikes
from matcher.models.shipped_profiles import shipped_profile
from matcher.models.store import ModelStore
from matcher.process_hygiene import Hygiene, close_process, refuse_database_credentials, restart_with_cleaning_memory
from matcher.serving import Service, plain_app, read_json, run_process
from matcher.settings import ViewerSettings, from_environment
from matcher.viewer import SealedPair, Viewer, ViewerTerms, probe_embedder

_T = TypeVar("_T")
_MOST_BYTES = MAX_CROPS * MAX_SIDE * MAX_SIDE * 3 * 4 // 3 + MAX_BYTES

_log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class ViewerService:
    """One viewer and one thread that uses it."""

    viewer: Viewer
    look_alikes: LookAlikes
    day_keys: DayKeys
    public_keys: dict[str, str]
    hygiene: Hygiene
    _working: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "viewing"))

    async def run(self, work: Callable[[], _T]) -> _T:
        """Do one piece of work after the other, off the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._working, work)


def build_app(service: ViewerService) -> FastAPI:
    """Return the routes that governance uses (Unix socket only)."""
    app = plain_app()

    @app.exception_handler(MatcherError)
    async def refused(_request: Request, error: MatcherError) -> JSONResponse:
        _log.warning("refused", reason=type(error).__name__)
        return JSONResponse({"detail": str(error)}, status_code=403)

    @app.exception_handler(DayKeyRefused)
    async def no_day_key(_request: Request, error: DayKeyRefused) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, status_code=410)

    @app.get("/health")
    async def health() -> dict[str, Any]:
        return {"hygiene": asdict(service.hygiene), "status": "ok"}

    @app.get("/public-keys")
    async def public_keys() -> dict[str, str]:
        return service.public_keys

    @app.post("/day-keys")
    async def day_keys(request: Request) -> Response:
        fields = Fields(await read_json(request), "day key request")
        deployment, day = fields.identifier("deployment_id"), fields.identifier("day")
        fields.end()
        signed = await service.run(lambda: service.day_keys.issue(deployment, day))
        return JSONResponse({"day_key": signed.to_json()})

    @app.delete("/day-keys/{deployment_id}/{day}")
    async def destroy_day_key(deployment_id: str, day: str) -> Response:
        await service.run(lambda: service.day_keys.destroy(deployment_id, day))
        return Response(status_code=204)

    @app.post("/rescores")
    async def rescores(request: Request) -> Response:
        fields = Fields(await read_json(request, _MOST_BYTES), "re-scoring request")
        pair, template = _pair(fields), fields.binary("sealed_template")
        fields.end()
        rescore = await service.run(lambda: service.viewer.rescore(pair, template))
        return JSONResponse(asdict(rescore))

    @app.post("/look-alikes")
    async def look_alikes(request: Request) -> Response:
        fields = Fields(await read_json(request, _MOST_BYTES), "look-alike request")
        listed = fields.items("listed", ListedReference.from_json)
        fields.end()
        signed = await service.run(lambda: service.look_alikes.report(listed))
        return JSONResponse({"report": signed.to_json()})

    @app.post("/views")
    async def views(request: Request) -> Response:
        fields = Fields(await read_json(request, _MOST_BYTES), "view request")
        receipt, pair = fields.record("receipt", LogReceipt.from_json), _pair(fields)
        crop = fields.binary("sealed_crop")
        fields.end()
        view = await service.run(lambda: service.viewer.view(receipt, pair, crop))
        return JSONResponse(
            {"probe_png": format_bytes(view.probe_png), "reference_png": format_bytes(view.reference_png)},
            headers={"Cache-Control": "no-store"},
        )

    return app


def _pair(fields: Fields) -> SealedPair:
    return SealedPair(
        report=fields.record("report", Signed.from_json),
        crops=fields.binary("crops"),
        enrolment=fields.record("enrolment", Signed.from_json),
    )


def _now() -> datetime:
    return read_clocks().now


def compose(settings: ViewerSettings, hygiene: Hygiene) -> ViewerService:
    """Put the parts together; the embedder's bytes are checked, and loaded at the first re-scoring.

    Raises:
        MatcherError: a key, the pinned keys, the profile or the model is not usable.
    """
    profile = shipped_profile(settings.profile)
    store = ModelStore(settings.home)
    store.read(profile.embedder.file.sha256)
    signing_key = load_signing_key(settings.folder / "viewer.key")
    reference_key_file = settings.folder / "reference.key"
    with opened_key(reference_key_file) as reference:
        public_keys = {"reference": format_bytes(reference.public), "viewer": format_bytes(signing_key.public)}
    day_keys = DayKeys(settings.folder / "day-keys", signing_key, _now)
    day_keys.destroy_old()
    terms = ViewerTerms(
        trusted=load_trusted_keys(settings.trust_path),
        log_origin=settings.log_origin,
        profile=profile,
        reference_key_file=reference_key_file,
    )

    def load() -> ProbeEmbedder:
        return probe_embedder(profile, store, threads=settings.threads)

    viewer = Viewer(terms, day_keys, load, _now)
    return ViewerService(
        viewer=viewer,
        look_alikes=LookAlikes(terms, signing_key),
        day_keys=day_keys,
        public_keys=public_keys,
        hygiene=hygiene,
    )


async def _start() -> int:
    refuse_database_credentials(os.environ)
    settings = from_environment(ViewerSettings)
    hygiene = close_process()
    set_up_logging("viewer")
    server = Service(settings.socket_path)
    return await server.run(lambda: build_app(compose(settings, hygiene)))


def main() -> int:
    """Run the viewer until a signal."""
    restart_with_cleaning_memory("matcher.viewer_service")
    return run_process(_start)


if __name__ == "__main__":
    sys.exit(main())
