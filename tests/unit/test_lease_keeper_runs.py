"""The keeper asks for volunteers' runs with the leases, and says when one has ended (C11, C16)."""

import asyncio

import pytest

from contracts.authorisation import LeaseAsk
from contracts.clock import Moment
from contracts.lease_request import LeaseAnswer
from contracts.vocabulary import CameraId
from matcher.lease_keeper import LeaseKeeper
from matcher.leases import HeldLease
from matcher.volunteer_book import HeldRun
from tests.builders_contracts import CAMERA, a_trusted_site
from tests.builders_lent_runs import a_lent_list, a_run_book
from tests.builders_matcher import SetClocks
from tests.builders_volunteers import RUN

pytestmark = pytest.mark.law("C11", "C16")

KEYS = a_trusted_site()


class Governance:
    """Lends a run in answer to each question, while it does."""

    def __init__(self) -> None:
        self.asked = 0
        self.lends = True

    async def ask_lease(self, camera_id: CameraId, ask: LeaseAsk, at: Moment) -> LeaseAnswer:
        self.asked += 1
        unverified, bundle, _ = a_lent_list(KEYS, nonce=ask.nonce)
        return LeaseAnswer(authorisations=(), runs=((unverified, bundle),) if self.lends else ())


class Keeping:
    """A keeper under set clocks."""

    def __init__(self) -> None:
        self.clocks = SetClocks()
        self.runs = a_run_book(KEYS)
        self.governance = Governance()
        self.held: list[HeldLease | HeldRun] = []
        self.ended: list[tuple[CameraId, str]] = []
        self.noticed = asyncio.Event()
        self.keeper = LeaseKeeper(
            self.runs.leases,
            self.runs,
            self.governance,
            cameras=(CAMERA,),
            clocks=self.clocks,
            renewal_seconds=20,
            on_held=self._hear,
            on_end=lambda _ended: pytest.fail("no lease was held"),
            on_run_end=self._end,
        )

    async def _hear(self, held: HeldLease | HeldRun) -> None:
        self.held.append(held)

    def _end(self, ended: list[tuple[CameraId, str]]) -> None:
        self.ended += ended
        self.noticed.set()


def test_where_a_run_alone_is_lent_governance_is_asked_once() -> None:
    keeping = Keeping()

    async def story() -> None:
        for _ in range(3):
            assert await keeping.keeper.held_now(CAMERA) == []
            keeping.clocks.pass_time(2)
        assert keeping.keeper.runs_now(CAMERA) == keeping.held

    asyncio.run(story())
    assert keeping.governance.asked == 1
    assert isinstance(keeping.held[0], HeldRun)


def test_an_answer_without_the_run_ends_it_at_once() -> None:
    keeping = Keeping()

    async def story() -> None:
        await keeping.keeper.held_now(CAMERA)
        keeping.governance.lends = False
        keeping.clocks.pass_time(20)
        await keeping.keeper._renew(CAMERA, unless_asked_within=1)

    asyncio.run(story())
    assert keeping.ended == [(CAMERA, RUN)]
    assert keeping.runs.held_count() == 0


def test_a_run_that_is_not_renewed_is_ended_by_the_watch() -> None:
    keeping = Keeping()

    async def story() -> None:
        await keeping.keeper.held_now(CAMERA)
        keeping.clocks.pass_time(60)
        watching = asyncio.create_task(keeping.keeper._watch())
        await asyncio.wait_for(keeping.noticed.wait(), timeout=30)
        watching.cancel()

    asyncio.run(story())
    assert keeping.ended == [(CAMERA, RUN)]
    (held,) = keeping.held
    assert isinstance(held, HeldRun)
    assert held.lent.templates.wiped
