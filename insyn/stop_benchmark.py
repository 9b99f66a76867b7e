"""How long it takes from a legal officer's stop to the last comparison at a site (law.md A8, A16).

The centre is whole: sequencer, vault, viewer, governance and the consoles, as processes. The site is the matcher's own
lease book, stop listener, client and gate in this process; only the models are left out, so that it compares as fast as
it can and the last comparison falls as late as it could. The time runs from before the officer's page is asked for.
"""

import asyncio
import re
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import numpy as np

from contracts.authorisation import LeaseAsk, VerifiedAuthorisation
from contracts.clock import read_clocks
from contracts.model_profile import ComparisonRule, ModelProfile
from contracts.probe import Probe, ProbeCrop
from contracts.stop import StopOrder
from contracts.vocabulary import CameraId, SiteId
from insyn.demonstration import people as cast
from insyn.demonstration.keys import SITE
from insyn.demonstration.performance import PERSON_A, Demonstration
from insyn.demonstration.register import CONCOURSE
from insyn.demonstration.visitor import Visitor
from insyn.errors import InsynError
from matcher.fusion import Fusion
from matcher.gate import compare
from matcher.governance_client import GovernanceClient
from matcher.keys import load_signing_key, load_trusted_keys, opened_key
from matcher.leases import HeldLease, LeaseBook, LeaseTerms
from matcher.models.shipped_profiles import shipped_profile
from matcher.receipts import ReceiptOutbox
from matcher.stop_listener import StopListener
from matcher.stopped import StoppedWarrants

_PAGE: Final = "/running/deployments"
_STOP: Final = re.compile(r'action="(/running/deployments/[A-Za-z0-9._-]+/)stop"')
_WARM: Final = 0.2
_PATIENCE: Final = 70.0
_CAMERA: Final = CameraId(CONCOURSE)


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
    outbox: ReceiptOutbox
    models: _NoModels
    compared: int = 0
    _halt: threading.Event = field(default_factory=threading.Event)

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
            raise InsynError("Governance lent nothing; the measurement cannot go on.")
        return accepted.held[0]

    def compare_on(self) -> threading.Thread:
        """Compare without a pause until `halt`."""
        self._halt.clear()
        thread = threading.Thread(target=self._compare, daemon=True)
        thread.start()
        return thread

    def halt(self) -> None:
        """End the comparing."""
        self._halt.set()

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

        def models(_permit: VerifiedAuthorisation) -> _NoModels:
            return self.models

        while not self._halt.is_set():
            at = read_clocks()
            probe = Probe(camera_id=_CAMERA, session="s", track=0, captured_at=at.now, stream_time=0.0, crops=(crop,))
            lent = [held.lent for held in self.book.live(_CAMERA, at)]
            compare(probe, lent, models, read_clocks)


def measure_stops(shown: Demonstration, *, online: int, offline: int, tell: Callable[[int], None]) -> dict[str, object]:
    """Play to the running deployment, then stop and resume it again and again; return the seconds of each round.

    Raises:
        InsynError: something did not go as the demonstration goes.
    """
    shown.found()
    shown.open()
    shown.prepare(PERSON_A)
    address, people = shown.system.address, shown.people
    with people.log_in(address, cast.LEGAL_OFFICER) as officer:
        return asyncio.run(_measured(shown, officer, online=online, offline=offline, tell=tell))


async def _measured(
    shown: Demonstration, officer: Visitor, *, online: int, offline: int, tell: Callable[[int], None]
) -> dict[str, object]:
    found = _STOP.search(officer.read(_PAGE))
    if found is None:
        raise InsynError("No deployment runs that could be stopped.")
    rounds: dict[str, list[float]] = {"online": [], "offline": []}
    for number in range(online + offline):
        listens = number < online
        seconds = await _round(shown, officer, found.group(1), listens=listens)
        rounds["online" if listens else "offline"].append(seconds)
        tell(number + 1)
    return {name: summary(seconds) for name, seconds in rounds.items() if seconds}


async def _round(shown: Demonstration, officer: Visitor, deployment: str, *, listens: bool) -> float:
    site = _a_site(shown, shipped_profile(shown.system.profile))
    try:
        held = await site.take_lease()
        ended = asyncio.Event()
        listening = asyncio.create_task(_listener(site, ended).run()) if listens else None
        comparing = site.compare_on()
        await asyncio.sleep(_WARM)
        began = read_clocks().now
        await asyncio.to_thread(officer.post, deployment + "stop", page=_PAGE)
        if listens:
            await asyncio.wait_for(ended.wait(), _PATIENCE)
        else:
            await asyncio.to_thread(_until_over, held)
        site.halt()
        await asyncio.to_thread(comparing.join)
        if listening is not None:
            listening.cancel()
        site.book.end_expired(read_clocks())
        site.outbox.put(*site.book.receipts(read_clocks(), final=True))
        await site.outbox.deliver_all()
        await asyncio.to_thread(officer.post, deployment + "resume", page=_PAGE)
        return _late(held.lent.tally.last, began)
    finally:
        site.book.close()
        await site.client.close()


def _listener(site: _Site, ended: asyncio.Event) -> StopListener:
    def stop(orders: Sequence[StopOrder]) -> None:
        at = read_clocks()
        for order in orders:
            if site.book.stop(order.camera_id, order.deployment_id, at):
                ended.set()

    return StopListener(
        site.client,
        trusted=site.book.terms.trusted,
        site_id=SiteId(SITE),
        clocks=read_clocks,
        is_holding=lambda: site.book.held_count() > 0,
        on_stop=stop,
    )


def _until_over(held: HeldLease) -> None:
    waiting = threading.Event()
    while held.permit.standing(_CAMERA, read_clocks()).live:
        waiting.wait(0.05)


def _late(last: datetime | None, began: datetime) -> float:
    if last is None:
        raise InsynError("Nothing was compared in this round, so it says nothing.")
    return max(0.0, (last - began).total_seconds())


def _a_site(shown: Demonstration, profile: ModelProfile) -> _Site:
    folder = shown.home.site(SITE)
    key = load_signing_key(folder / "site.key")
    trusted = load_trusted_keys(shown.home.trust)
    terms = LeaseTerms(
        trusted=trusted,
        stopped=StoppedWarrants(folder / "stopped-warrants.json", trusted),
        site_id=SiteId(SITE),
        profile_sha256=profile.profile_sha256,
        dimensions=profile.embedder.dimensions,
        opening=lambda: opened_key(folder / "opening.key"),
    )
    client = GovernanceClient(shown.system.address, site_id=SiteId(SITE), site_key=key)
    outbox = ReceiptOutbox(folder / "receipts", client, site_id=SiteId(SITE), site_key=key, clocks=read_clocks)
    models = _NoModels(rule=profile.comparison, dimensions=profile.embedder.dimensions)
    return _Site(book=LeaseBook(terms), client=client, outbox=outbox, models=models)


def summary(seconds: Sequence[float]) -> dict[str, object]:
    """Return the rounds, their median, 99th percentile (nearest rank) and longest."""
    ordered = sorted(seconds)
    rank = max(1, -(-99 * len(ordered) // 100))
    return {
        "rounds": len(ordered),
        "median_s": round(ordered[(len(ordered) - 1) // 2], 3),
        "p99_s": round(ordered[rank - 1], 3),
        "longest_s": round(ordered[-1], 3),
    }
