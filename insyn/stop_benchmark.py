"""How long it takes from a legal officer's stop to the last comparison at a site (law.md A8, A16).

The centre is whole: sequencer, vault, viewer, governance and the consoles, as processes. The site is the matcher's own
lease book, stop listener, client and gate in this process; only the models are left out, so that it compares as fast as
it can and the last comparison falls as late as it could. The time runs from before the officer's page is asked for.
One system runs for all rounds: each takes a new lease, stops the deployment and lets it go on.
"""

import asyncio
import logging
import re
import secrets
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import numpy as np
import structlog

from contracts.authorisation import LeaseAsk
from contracts.clock import read_clocks
from contracts.model_profile import ComparisonRule
from contracts.permits import Permit
from contracts.probe import Probe, ProbeCrop
from contracts.stop import StopOrder
from contracts.vocabulary import CameraId, SiteId
from insyn.demonstration import people as cast
from insyn.demonstration.keys import SITE
from insyn.demonstration.performance import PERSON_A, Demonstration
from insyn.demonstration.register import CONCOURSE
from insyn.demonstration.visitor import Visitor
from insyn.errors import InsynError
from insyn.line import Line
from matcher.fusion import Fusion
from matcher.gate import compare
from matcher.governance_client import GovernanceClient
from matcher.keys import load_signing_key, load_trusted_keys, opened_key
from matcher.lease_keeper import LeaseKeeper
from matcher.leases import HeldLease, LeaseBook, LeaseTerms
from matcher.models.shipped_profiles import shipped_profile
from matcher.receipts import ReceiptOutbox
from matcher.stop_listener import StopListener
from matcher.stopped import StoppedWarrants
from matcher.volunteer_book import HeldRun, VolunteerBook

_PAGE: Final = "/running/deployments"
_STOP: Final = re.compile(r'action="(/running/deployments/[A-Za-z0-9._-]+/)stop"')
_WARM: Final = 0.2
_LOOK: Final = 0.05
_PATIENCE: Final = 70.0
_RENEWAL: Final = 20.0
_NOTHING_LENT: Final = "Governance lent nothing; the measurement cannot go on."
_CAMERA: Final = CameraId(CONCOURSE)

ONLINE: Final = "online"
OFFLINE: Final = "offline"


@dataclass(frozen=True, slots=True)
class _NoModels:
    """Stands where the models stand: a template of nobody for every probe."""

    rule: ComparisonRule
    dimensions: int

    def embed(self, crops: Sequence[ProbeCrop]) -> Fusion:
        """Return a template that resembles no face."""
        template = np.full(self.dimensions, 10.0, np.float32)
        return Fusion(template=template, used=tuple(range(len(crops))))


@dataclass(slots=True)
class _Site:
    """The matcher's parts of one site."""

    book: LeaseBook
    client: GovernanceClient
    models: _NoModels
    _halt: threading.Event = field(default_factory=threading.Event)
    _comparing: threading.Thread | None = None

    async def take_lease(self) -> HeldLease:
        """Ask for a lease and take it.

        Raises:
            InsynError: none was given.
        """
        asked = read_clocks()
        ask = LeaseAsk(nonce=secrets.token_hex(32), asked_boot=asked.boot)
        answer = await self.client.ask_lease(_CAMERA, ask, asked)
        accepted = self.book.accept(_CAMERA, ask, answer, read_clocks())
        if not accepted.held:
            raise InsynError(_NOTHING_LENT)
        return accepted.held[0]

    async def stopped_at(self, officer: Visitor, deployment: str) -> datetime:
        """Compare without a pause, and have the officer stop the deployment; return when the officer set about it."""
        self._comparing = threading.Thread(target=self._compare, daemon=True)
        self._comparing.start()
        await asyncio.sleep(_WARM)
        began = read_clocks().now
        await asyncio.to_thread(officer.post, deployment + "stop", page=_PAGE)
        return began

    def halt(self) -> None:
        """End the comparing."""
        self._halt.set()
        if self._comparing is not None:
            self._comparing.join()

    async def give_back(self, shown: Demonstration) -> None:
        """End what is left, and let governance have the receipts, on a line that was not cut."""
        await asyncio.to_thread(self.halt)
        self.book.end_expired(read_clocks())
        client = _client(shown, shown.system.address)
        key = load_signing_key(shown.home.site(SITE) / "site.key")
        outbox = ReceiptOutbox(
            shown.home.site(SITE) / "receipts", client, site_id=SiteId(SITE), site_key=key, clocks=read_clocks
        )
        outbox.put(*self.book.receipts(read_clocks(), final=True))
        try:
            await outbox.deliver_all()
        finally:
            await client.close()

    def _compare(self) -> None:
        crop = ProbeCrop(
            width=1,
            height=1,
            box_xyxy=(0.0, 0.0, 1.0, 1.0),
            landmarks_xy=((0.0, 0.0),) * 5,
            quality=1.0,
            face_size_px=1.0,
            stream_time=0.0,
            pixels_bgr=bytes(3),
        )

        def models(_permit: Permit) -> _NoModels:
            return self.models

        while not self._halt.is_set():
            at = read_clocks()
            probe = Probe(camera_id=_CAMERA, session="s", track=0, captured_at=at.now, stream_time=0.0, crops=(crop,))
            lent = [held.lent for held in self.book.live(_CAMERA, at)]
            compare(probe, lent, models, read_clocks)


@dataclass(slots=True)
class StopFigures:
    """The seconds of each round, as they come: what an interrupted measurement has is here."""

    asked: Mapping[str, int]
    seconds: dict[str, list[float]] = field(default_factory=lambda: {ONLINE: [], OFFLINE: []})

    @property
    def rounds(self) -> int:
        """How many rounds are over."""
        return sum(len(one) for one in self.seconds.values())

    def report(self) -> dict[str, object]:
        """Return what was asked for, and a summary of each kind of round that there was."""
        kinds = {name: summary(seconds) for name, seconds in self.seconds.items() if seconds}
        return {"asked": dict(self.asked), **kinds}


def measure_stops(shown: Demonstration, figures: StopFigures, tell: Callable[[], None]) -> None:
    """Play to the running deployment, then stop and resume it again and again; `tell` hears of each round that is over.

    Raises:
        InsynError: something did not go as the demonstration goes.
    """
    # What a site warns of when its line is cut is what is measured here.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    shown.found()
    shown.open()
    shown.prepare(PERSON_A)
    address, people = shown.system.address, shown.people
    with people.log_in(address, cast.LEGAL_OFFICER) as officer:
        asyncio.run(_measured(shown, officer, figures, tell))


async def _measured(shown: Demonstration, officer: Visitor, figures: StopFigures, tell: Callable[[], None]) -> None:
    found = _STOP.search(await asyncio.to_thread(officer.read, _PAGE))
    if found is None:
        raise InsynError("No deployment runs that could be stopped.")
    for kind, one_round in ((ONLINE, _online), (OFFLINE, _offline)):
        for _ in range(figures.asked[kind]):
            figures.seconds[kind].append(await one_round(shown, officer, found.group(1)))
            tell()


async def _online(shown: Demonstration, officer: Visitor, deployment: str) -> float:
    """Stop it while the site keeps its question open."""
    ended = asyncio.Event()
    async with _a_site(shown, shown.system.address) as site:
        held = await site.take_lease()
        async with _beside(_listener(site, ended.set).run()):
            began = await site.stopped_at(officer, deployment)
            try:
                await asyncio.wait_for(ended.wait(), _PATIENCE)
            except TimeoutError:
                raise InsynError("The site was not told to stop; the measurement cannot go on.") from None
        await site.give_back(shown)
    await asyncio.to_thread(officer.post, deployment + "resume", page=_PAGE)
    return _late(held.lent.tally.last, began)


async def _offline(shown: Demonstration, officer: Visitor, deployment: str) -> float:
    """Cut the line, then stop it: the site hears of nothing, asks in vain, and its lease runs out."""
    told = asyncio.Event()
    async with Line(shown.system.address) as line, _a_site(shown, line.address) as site:
        keeper = _keeper(site)
        lent = await keeper.held_now(_CAMERA)
        if not lent:
            raise InsynError(_NOTHING_LENT)
        async with _beside(_listener(site, told.set).run()), _beside(keeper.run()):
            line.cut()
            began = await site.stopped_at(officer, deployment)
            while await keeper.held_now(_CAMERA):  # noqa: ASYNC110 (as a worker asks, again and again)
                await asyncio.sleep(_LOOK)
        if told.is_set():
            raise InsynError("The site was told to stop on a line that was cut, so this round says nothing.")
        await site.give_back(shown)
    await asyncio.to_thread(officer.post, deployment + "resume", page=_PAGE)
    return _late(lent[0].lent.tally.last, began)


@asynccontextmanager
async def _beside(work: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """Do something meanwhile, and no longer."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _listener(site: _Site, ended: Callable[[], None]) -> StopListener:
    def stop(orders: Sequence[StopOrder]) -> None:
        at = read_clocks()
        for order in orders:
            if site.book.stop(order.camera_id, order.deployment_id, at):
                ended()

    return StopListener(
        site.client,
        trusted=site.book.terms.trusted,
        site_id=SiteId(SITE),
        clocks=read_clocks,
        is_holding=lambda: site.book.held_count() > 0,
        on_stop=stop,
        on_run_stop=lambda _orders: None,
    )


def _keeper(site: _Site) -> LeaseKeeper:
    async def on_held(_held: HeldLease | HeldRun) -> None:
        """Nobody waits for it."""

    return LeaseKeeper(
        site.book,
        VolunteerBook(site.book),
        site.client,
        cameras=(_CAMERA,),
        clocks=read_clocks,
        renewal_seconds=_RENEWAL,
        on_held=on_held,
        on_end=lambda _ended: None,
        on_run_end=lambda _ended: None,
    )


def _late(last: datetime | None, began: datetime) -> float:
    if last is None:
        raise InsynError("Nothing was compared in this round, so it says nothing.")
    return max(0.0, (last - began).total_seconds())


@asynccontextmanager
async def _a_site(shown: Demonstration, address: str) -> AsyncIterator[_Site]:
    """Lend a site that reaches governance at this address."""
    folder = shown.home.site(SITE)
    profile = shipped_profile(shown.system.profile)
    trusted = load_trusted_keys(shown.home.trust)
    terms = LeaseTerms(
        trusted=trusted,
        stopped=StoppedWarrants(folder / "stopped-warrants.json", trusted),
        site_id=SiteId(SITE),
        profile=profile,
        dimensions=profile.embedder.dimensions,
        opening=lambda: opened_key(folder / "opening.key"),
    )
    models = _NoModels(rule=profile.comparison, dimensions=profile.embedder.dimensions)
    site = _Site(book=LeaseBook(terms), client=_client(shown, address), models=models)
    try:
        yield site
    finally:
        site.halt()
        site.book.close()
        await site.client.close()


def _client(shown: Demonstration, address: str) -> GovernanceClient:
    key = load_signing_key(shown.home.site(SITE) / "site.key")
    return GovernanceClient(address, site_id=SiteId(SITE), site_key=key)


def summary(seconds: Sequence[float]) -> dict[str, object]:
    """Return the rounds, their median, 99th percentile (nearest rank) and longest, and each one's seconds."""
    ordered = sorted(seconds)
    rank = max(1, -(-99 * len(ordered) // 100))
    return {
        "rounds": len(ordered),
        "median_s": round(ordered[(len(ordered) - 1) // 2], 3),
        "p99_s": round(ordered[rank - 1], 3),
        "longest_s": round(ordered[-1], 3),
        "seconds": [round(one, 3) for one in seconds],
    }
