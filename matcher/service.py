"""The site's matcher as a process: `python -m matcher.service`.

It holds leases, hands edge workers the authorisation without the gallery, compares their probes and reports candidates
to governance. An edge worker learns whether a probe was compared, never what came of it.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from contracts.clock import Moment, read_clocks
from contracts.lease_receipts import LeaseEnding
from contracts.model_profile import ModelProfile
from contracts.probe import MAX_CROPS, MAX_SIDE, Probe
from contracts.site_report import CameraCounts
from contracts.stop import RunStop, StopOrder
from contracts.vocabulary import CameraId, NotComparedReason, WarrantId
from matcher.candidates import AlertMemory
from matcher.embedding import open_embedder
from matcher.gate import ProbeEmbedder
from matcher.governance_client import GovernanceClient
from matcher.keys import load_signing_key, load_trusted_keys, opened_key, require_newest_issuers
from matcher.lease_keeper import LeaseKeeper
from matcher.leases import HeldLease, LeaseBook, LeaseTerms
from matcher.logging_setup import set_up_logging
from matcher.models.shipped_profiles import shipped_profile
from matcher.models.store import ModelStore
from matcher.outbox import Outbox
from matcher.process_hygiene import Hygiene, close_process, refuse_database_credentials, restart_with_cleaning_memory
from matcher.receipts import ReceiptOutbox
from matcher.serving import EXIT_LEASE_ENDED, Service, plain_app, read_body, read_json, run_process
from matcher.settings import MatcherSettings, from_environment
from matcher.sightings import SightingsOutbox
from matcher.site_matcher import ProbeAnswer, SiteMatcher
from matcher.stop_latch import StopLatch
from matcher.stop_listener import StopListener
from matcher.stopped import StoppedWarrants
from matcher.track_embedder import ModelDoor, NoAuthority, TrackEmbedder
from matcher.volunteer_book import HeldRun, VolunteerBook
from matcher.wiping import unsafe_wipe_bytes
from signed_pdf.process import ConfinedReader

_MOST_PROBE_BYTES: Final = MAX_CROPS * MAX_SIDE * MAX_SIDE * 3 + 65_536
_MOST_WAITING: Final = 8
"""More probes than this are not queued: faces would grow old in memory. The edge counts them as `matcher-busy`."""

_RECEIPT_SECONDS: Final = 0.2
_LAST_WORDS: Final = 1.0
_BUTTON_SECONDS: Final = 0.1

_log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class SiteService:
    """The parts of one running matcher. `end` is told the exit status when an authority ended."""

    settings: MatcherSettings
    profile: ModelProfile
    hygiene: Hygiene
    book: LeaseBook
    runs: VolunteerBook
    door: ModelDoor
    matcher: SiteMatcher
    client: GovernanceClient
    outbox: Outbox
    sightings: SightingsOutbox
    receipts: ReceiptOutbox
    latch: StopLatch
    clocks: Callable[[], Moment]
    end: Callable[[int], None]
    keeper: LeaseKeeper = field(init=False)
    listener: StopListener = field(init=False)
    counts: dict[CameraId, CameraCounts] = field(default_factory=dict)
    _comparing: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "comparing"))
    _waiting: int = 0
    _ending: asyncio.Future[None] | None = None

    def __post_init__(self) -> None:
        self.keeper = LeaseKeeper(
            self.book,
            self.runs,
            self.client,
            cameras=self.settings.camera_ids,
            clocks=self.clocks,
            renewal_seconds=self.settings.renewal_seconds,
            on_held=self._held,
            on_end=self.authority_ended,
            on_run_end=self.runs_ended,
            is_stopped=lambda: self.latch.is_set,
        )
        self.listener = StopListener(
            self.client,
            trusted=self.book.terms.trusted,
            site_id=self.settings.site,
            clocks=self.clocks,
            is_holding=self.is_holding,
            on_stop=self.stop,
            on_run_stop=self.stop_runs,
        )

    async def run(self) -> None:
        """Renew, deliver and report until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.keeper.run())
            tasks.create_task(self.listener.run())
            tasks.create_task(self.receipts.run())
            tasks.create_task(self._write_receipts_for_ever())
            tasks.create_task(self.latch.run(self.client))
            tasks.create_task(self._watch_the_button())
            tasks.create_task(self.outbox.run())
            tasks.create_task(self.sightings.run())
            tasks.create_task(self._report_for_ever())

    async def compare(self, probe: Probe) -> ProbeAnswer:
        """Compare a probe in the one thread that compares; queue its candidates and sightings for governance."""
        if self._waiting >= _MOST_WAITING:
            return ProbeAnswer(compared=False, reason=NotComparedReason.MATCHER_BUSY)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self._comparing, self.matcher.handle, probe)
        finally:
            self._waiting -= 1
        for sealed, permit in answer.reports:
            self.outbox.put(sealed, permit)
        for sighted in answer.sighted:
            self.sightings.put(sighted)
        return answer

    def is_holding(self) -> bool:
        """Say whether anything is lent to this site, by a warrant or for volunteers."""
        return self.book.held_count() + self.runs.held_count() > 0

    def stop(self, orders: Sequence[StopOrder]) -> None:
        """Do at once what governance orders. An order for what is not held here stops nothing."""
        at = self.clocks()
        ended = [one for order in orders for one in self.book.stop(order.camera_id, order.deployment_id, at)]
        if ended:
            self.authority_ended(ended)

    def stop_runs(self, orders: Sequence[RunStop]) -> None:
        """Do at once what governance orders about volunteers' runs, as where somebody withdrew (C11)."""
        ended = [one for order in orders for one in self.runs.stop(order.camera_id, order.run_id, order.lease_id)]
        if ended:
            self.runs_ended(ended)

    def authority_ended(self, ended: list[tuple[CameraId, WarrantId]]) -> None:
        """Overwrite everything and end the process: what it held must not outlive the authority (invariant 2)."""
        self.close()
        for camera_id, warrant_id in ended:
            self.matcher.memory.forget_warrant(camera_id, warrant_id)
        self._end_process(len(ended))

    def runs_ended(self, ended: list[tuple[CameraId, str]]) -> None:
        """Do the same where a volunteers' run ended: their templates outlive it no more than a warrant's (C16)."""
        self.close()
        self._end_process(len(ended))

    def _end_process(self, count: int) -> None:
        _log.info("authority ended", count=count, dropped=self.outbox.dropped.total())
        self._ending = asyncio.ensure_future(self._tell_and_end())

    async def _tell_and_end(self) -> None:
        """Hand in the receipts, if that can be done in a moment; they lie ready for the next process otherwise."""
        try:
            async with asyncio.timeout(_LAST_WORDS):
                await self.receipts.deliver_all()
        except TimeoutError:
            pass
        finally:
            self.end(EXIT_LEASE_ENDED)

    def close(self) -> None:
        """Overwrite all templates, drop what was not delivered, and write the receipts."""
        self.book.close(LeaseEnding.CLOSED, self.clocks())
        self.runs.close()
        self.outbox.drop_all()
        self.sightings.drop_all()
        self.receipts.put(*self.book.receipts(self.clocks(), final=True))

    def keep_counts(self, counts: CameraCounts) -> None:
        """Remember the latest counts of a camera; the matcher's own number of candidates goes with them."""
        own = self.matcher.candidates[counts.camera_id, counts.session]
        self.counts[counts.camera_id] = replace(counts, candidates=own)

    def health(self) -> dict[str, Any]:
        """Say how the process is; nothing about any face, and not whether there was a candidate."""
        return {
            "cameras": len(self.settings.camera_ids),
            "hygiene": asdict(self.hygiene),
            "leases": self.book.held_count(),
            "models_loaded": self.door.is_open,
            "stopped": self.latch.is_set,
            "profile_sha256": self.profile.profile_sha256,
            "runs": self.runs.held_count(),
            "status": "ok",
            "templates_locked": _all_locked(self.book.templates_locked(), self.runs.templates_locked()),
        }

    async def _held(self, held: HeldLease | HeldRun) -> None:
        """Load the models as soon as an authority is there, so that the first face does not wait for them."""
        if not self.door.is_open:
            loop = asyncio.get_running_loop()
            with suppress(NoAuthority):
                await loop.run_in_executor(self._comparing, self._load_for, held)

    def _load_for(self, held: HeldLease | HeldRun) -> None:
        if isinstance(held, HeldRun):
            self.door.open_for_volunteers(held.run)
        else:
            self.door.open(held.permit)

    async def _watch_the_button(self) -> None:
        while True:
            await asyncio.sleep(_BUTTON_SECONDS)
            if self.latch.is_set and self.is_holding():
                ended = self.book.close(LeaseEnding.BUTTON, self.clocks())
                self.authority_ended(ended)

    async def _write_receipts_for_ever(self) -> None:
        while True:
            await asyncio.sleep(_RECEIPT_SECONDS)
            self.receipts.put(*self.book.receipts(self.clocks()))

    async def _report_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self.settings.report_seconds)
            if self.counts and not await self.client.send_counts(tuple(self.counts.values())):
                _log.warning("counts not delivered", cameras=len(self.counts))


def _all_locked(*every: bool | None) -> bool | None:
    """Say whether all templates are kept out of swap; None where none are held."""
    held = [locked for locked in every if locked is not None]
    return all(held) if held else None


def build_app(service: SiteService) -> FastAPI:
    """Return the routes that edge workers use (Unix socket only)."""
    app = plain_app(_lifespan(service))
    ours = frozenset(service.settings.camera_ids)

    @app.get("/health")
    async def health() -> dict[str, Any]:
        return service.health()

    @app.get("/authorisations/{camera_id}")
    async def authorisations(camera_id: str) -> Response:
        camera = CameraId(camera_id)
        held = await service.keeper.held_now(camera) if camera in ours else []
        lent = [{"ask": each.ask.to_json(), "authorisation": each.unverified.to_json()} for each in held]
        return JSONResponse({"authorisations": lent})

    @app.get("/runs/{camera_id}")
    async def runs(camera_id: str) -> Response:
        camera = CameraId(camera_id)
        held = service.keeper.runs_now(camera) if camera in ours else []
        # Inside a warrant the edge needs no run: the warrant lets it look.
        lent = [{"ask": each.ask.to_json(), "run": each.unverified.to_json()} for each in held if each.is_alone]
        return JSONResponse({"runs": lent})

    @app.post("/probes")
    async def probes(request: Request) -> Response:
        body = await read_body(request, _MOST_PROBE_BYTES)
        try:
            probe = Probe.from_bytes(body)
        finally:
            unsafe_wipe_bytes(body)
        answer = await service.compare(probe)
        reason = None if answer.reason is None else answer.reason.value
        return JSONResponse({"compared": answer.compared, "reason": reason})

    @app.post("/counts")
    async def counts(request: Request) -> Response:
        read = CameraCounts.from_json(await read_json(request))
        if read.camera_id not in ours:
            return JSONResponse({"detail": "This camera is not one of this site."}, status_code=404)
        service.keep_counts(read)
        return Response(status_code=204)

    return app


def _lifespan(service: SiteService) -> Callable[[FastAPI], Any]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        running = asyncio.create_task(_run_or_end(service))
        try:
            yield
        finally:
            service.close()
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            await service.client.close()

    return lifespan


async def _run_or_end(service: SiteService) -> None:
    """Run the background tasks; whatever breaks them ends the process, which fails closed and starts anew."""
    try:
        await service.run()
    except Exception as error:  # noqa: BLE001 -- the outermost loop of the process's background work
        # Overwriting comes first: it must not depend on whether the words can be written.
        service.close()
        service.end(1)
        _log.error("matcher failed", reason=type(error).__name__, sentence=_first_sentence(error))


def _first_sentence(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error)


def compose(settings: MatcherSettings, hygiene: Hygiene, end: Callable[[int], None]) -> SiteService:
    """Put the parts together. No model is loaded here; its bytes are checked, so that a wrong file is known at once.

    Raises:
        MatcherError: a key, the pinned keys, the profile, the model or the address is not usable.
    """
    profile = shipped_profile(settings.profile)
    store = ModelStore(settings.home)
    store.read(profile.embedder.file.sha256)
    site_key = load_signing_key(settings.site_key_path)
    with opened_key(settings.opening_key_path):
        pass
    trusted = load_trusted_keys(settings.trust_path)
    require_newest_issuers(trusted, settings.issuers_seen_path)
    terms = LeaseTerms(
        trusted=trusted,
        site_id=settings.site,
        profile=profile,
        dimensions=profile.embedder.dimensions,
        opening=lambda: opened_key(settings.opening_key_path),
        stopped=StoppedWarrants(settings.stopped_path, trusted),
        reads_pdf=ConfinedReader(),
    )

    def load() -> ProbeEmbedder:
        return TrackEmbedder(open_embedder(profile, store, threads=settings.threads), profile.comparison)

    book = LeaseBook(terms)
    runs = VolunteerBook(book)
    latch = StopLatch(
        settings.stop_path, site_id=settings.site, site_key=site_key, trusted=terms.trusted, clocks=read_clocks
    )
    door = ModelDoor(load, read_clocks)
    memory = AlertMemory(quiet_time=profile.comparison.quiet_time)
    client = GovernanceClient(settings.governance_url, site_id=settings.site, site_key=site_key)
    return SiteService(
        settings=settings,
        profile=profile,
        hygiene=hygiene,
        book=book,
        runs=runs,
        door=door,
        matcher=SiteMatcher(
            book=book,
            runs=runs,
            door=door,
            memory=memory,
            site_key=site_key,
            clocks=read_clocks,
            is_stopped=lambda: latch.is_set,
        ),
        client=client,
        outbox=Outbox(client, clocks=read_clocks, on_drop=memory.forget_report),
        sightings=SightingsOutbox(
            client,
            site_key=site_key,
            clocks=read_clocks,
            is_lent=lambda camera_id, run_id: runs.is_lent(camera_id, run_id, read_clocks()),
        ),
        receipts=ReceiptOutbox(
            settings.receipts_folder, client, site_id=settings.site, site_key=site_key, clocks=read_clocks
        ),
        latch=latch,
        clocks=read_clocks,
        end=end,
    )


async def _start() -> int:
    refuse_database_credentials(os.environ)
    settings = from_environment(MatcherSettings)
    hygiene = close_process()
    set_up_logging("matcher")
    server = Service(settings.socket_path)
    return await server.run(lambda: build_app(compose(settings, hygiene, server.end)))


def main() -> int:
    """Run the matcher until a signal, or until an authority ends (exit status 75)."""
    restart_with_cleaning_memory("matcher.service")
    return run_process(_start)


if __name__ == "__main__":
    sys.exit(main())
