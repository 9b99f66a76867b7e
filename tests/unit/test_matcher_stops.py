"""The site stops when it is told to, believes governance alone, and hands in a receipt for every lease (A8, A16)."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from contracts.clock import Moment
from contracts.errors import Malformed
from contracts.lease_receipts import EndedLease, LeaseEnding, LeaseReceipts, TakenLease
from contracts.lease_request import LeaseAnswer
from contracts.signature import Purpose, Signed, SigningKey, verified
from contracts.stop import RunStop, StopAnswer, StopOrder
from contracts.trust import TrustedRole
from contracts.vocabulary import CameraId, DeploymentId, SiteId
from matcher.candidates import AlertMemory
from matcher.gate import compare
from matcher.governance_client import GovernanceUnavailable
from matcher.outbox import Delivery
from matcher.receipts import ReceiptOutbox
from matcher.site_matcher import SiteMatcher
from matcher.stop_latch import StopLatch
from matcher.stop_listener import StopListener
from matcher.track_embedder import ModelDoor
from tests.builders_contracts import (
    AT_NOON,
    CAMERA,
    NOON,
    SITE,
    WARRANT,
    a_lease_answer,
    a_probe,
    a_signing_key,
    an_ask,
)
from tests.builders_matcher import CountingDoor, SetClocks, a_lent_gallery
from tests.unit.test_matcher_leases import SITE_KEYS, Keeping, a_book, an_answer, held, later

pytestmark = pytest.mark.law("A8", "A16")

ORDER = StopOrder(site_id=SITE, camera_id=CAMERA, deployment_id=DeploymentId("deployment-1"), rule="A8", issued_at=NOON)


def signed(order: StopOrder = ORDER, key: SigningKey = SITE_KEYS.governance, purpose: Purpose = Purpose.STOP) -> Signed:
    return key.sign(purpose, order.to_bytes())


class Orders:
    """Governance as the listener sees it: it answers what it is given, then nothing more."""

    def __init__(self, *answers: Sequence[Signed] | None) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def await_stops(self, at: Moment) -> StopAnswer:
        self.asked += 1
        if not self.answers:
            await asyncio.Event().wait()
        answer = self.answers.pop(0)
        if answer is None:
            raise GovernanceUnavailable("Nobody answers.")
        return StopAnswer(orders=tuple(answer))


def heard(*answers: Sequence[Signed] | None, holding: bool = True) -> list[StopOrder]:
    """Return what a listener is told until nothing more is answered."""
    told: list[StopOrder] = []
    source = Orders(*answers)

    async def story() -> None:
        listener = StopListener(
            source,
            trusted=SITE_KEYS.trusted,
            site_id=SITE,
            clocks=SetClocks(),
            is_holding=lambda: holding,
            on_stop=told.extend,
            on_run_stop=lambda _orders: None,
        )
        running = asyncio.create_task(listener.run())
        for _ in range(20):
            await asyncio.sleep(0)
        running.cancel()

    asyncio.run(story())
    assert holding or not source.asked
    return told


RUN_STOP = RunStop(
    site_id=SITE, camera_id=CAMERA, run_id="run-1", lease_id="lease-of-run-1", rule="C11", issued_at=NOON
)


def heard_of_runs(*orders: Signed) -> list[RunStop]:
    """Return what a listener is told of volunteers' runs; of leases it is told nothing."""
    told: list[RunStop] = []

    class Answering(Orders):
        async def await_stops(self, at: Moment) -> StopAnswer:
            return replace(await super().await_stops(at), runs=orders)

    async def story() -> None:
        listener = StopListener(
            Answering([]),
            trusted=SITE_KEYS.trusted,
            site_id=SITE,
            clocks=SetClocks(),
            is_holding=lambda: True,
            on_stop=lambda _orders: pytest.fail("no lease was to be stopped"),
            on_run_stop=told.extend,
        )
        running = asyncio.create_task(listener.run())
        for _ in range(20):
            await asyncio.sleep(0)
        running.cancel()

    asyncio.run(story())
    return told


def run_stop(key: SigningKey = SITE_KEYS.governance, purpose: Purpose = Purpose.VOLUNTEER_STOP) -> Signed:
    return key.sign(purpose, RUN_STOP.to_bytes())


@pytest.mark.law("C11")
def test_the_stop_of_a_run_is_believed_of_governance_alone() -> None:
    assert heard_of_runs(run_stop()) == [RUN_STOP]
    assert heard_of_runs(run_stop(SITE_KEYS.volunteers), run_stop(purpose=Purpose.STOP), signed()) == []
    elsewhere = replace(RUN_STOP, site_id=SiteId("another"))
    assert heard_of_runs(SITE_KEYS.governance.sign(Purpose.VOLUNTEER_STOP, elsewhere.to_bytes())) == []


def test_an_order_that_governance_signed_is_done() -> None:
    assert heard([signed()]) == [ORDER]


@pytest.mark.parametrize(
    "order",
    [
        signed(key=a_signing_key("unknown")),
        signed(key=SITE_KEYS.region),
        signed(purpose=Purpose.LEASE),
        replace(signed(), signature=bytes(64)),
        replace(signed(), payload=b"{}"),
        signed(replace(ORDER, site_id=SiteId("another"))),
    ],
)
def test_what_governance_did_not_sign_for_this_site_stops_nothing(order: Signed) -> None:
    assert heard([order]) == []


def test_one_bad_order_does_not_hide_the_good_one() -> None:
    assert heard([signed(key=SITE_KEYS.region), signed()]) == [ORDER]


def test_where_nothing_is_held_nobody_is_asked() -> None:
    assert heard([signed()], holding=False) == []


# -- the book ---------------------------------------------------------------------------------------------------------


def test_a_stop_overwrites_what_it_names_and_nothing_else() -> None:
    book = a_book()
    lease = held(book)
    assert book.stop(CAMERA, DeploymentId("another"), AT_NOON) == []
    assert book.stop(CameraId("camera-2"), lease.permit.lease.deployment_id, AT_NOON) == []
    assert book.live(CAMERA, AT_NOON) == [lease]
    assert book.stop(CAMERA, lease.permit.lease.deployment_id, AT_NOON) == [(CAMERA, WARRANT)]
    assert lease.lent.gallery.wiped
    assert not book.live(CAMERA, AT_NOON)


def endings(taken_and_ended: tuple[tuple[TakenLease, ...], tuple[EndedLease, ...]]) -> list[LeaseEnding]:
    return [one.ending for one in taken_and_ended[1]]


def test_every_lease_is_taken_once_and_ended_once() -> None:
    book = a_book()
    first = held(book)
    taken, ended = book.receipts(AT_NOON)
    assert [one.lease_sha256 for one in taken] == [first.unverified.lease.sha256]
    assert ended == ()
    held(book, later(20))
    # With the same gallery a comparison may still be under way: its receipt waits a moment.
    assert endings(book.receipts(later(20.1))) == []
    assert endings(book.receipts(later(23))) == [LeaseEnding.RENEWED]
    assert book.end_expired(later(80))
    assert endings(book.receipts(later(80))) == [LeaseEnding.EXPIRED]
    assert book.receipts(later(90), final=True) == ((), ())


def test_withdrawn_stopped_and_closed_are_told_apart() -> None:
    book = a_book()
    held(book)
    book.accept(CAMERA, an_ask(at=later(5)), LeaseAnswer.from_bytes(a_lease_answer()), later(5))
    stopped = held(book, later(6))
    book.stop(CAMERA, stopped.permit.lease.deployment_id, later(7))
    held(book, later(8))
    book.close(LeaseEnding.BUTTON, later(9))
    assert endings(book.receipts(later(9))) == [LeaseEnding.WITHDRAWN, LeaseEnding.STOPPED, LeaseEnding.BUTTON]
    ask, answer = an_answer(later(10))
    book.accept(CAMERA, ask, answer, later(10))
    taken, ended = book.receipts(later(20), final=True)
    assert (taken, ended) == ((), ()), "a closed book takes nothing"


def test_what_was_compared_is_counted_under_the_lease_that_permitted_it() -> None:
    book = a_book()
    lease = held(book)
    lease.lent.tally.note(later(3))
    lease.lent.tally.note(later(4))
    book.stop(CAMERA, lease.permit.lease.deployment_id, later(5))
    (_, (ended,)) = book.receipts(later(5))
    assert (ended.comparisons, ended.last_compared_at, ended.ended_at) == (2, later(4).now, later(5).now)


# -- receipts ---------------------------------------------------------------------------------------------------------

END = EndedLease(lease_id="l", ending=LeaseEnding.STOPPED, ended_at=NOON, comparisons=1, last_compared_at=NOON)


class Receiver:
    """Governance as the outbox sees it."""

    def __init__(self, *outcomes: Delivery) -> None:
        self.outcomes = list(outcomes)
        self.seen: list[Signed] = []

    async def deliver_receipts(self, signed: Signed) -> Delivery:
        self.seen.append(signed)
        return self.outcomes.pop(0) if self.outcomes else Delivery.ACCEPTED


def an_outbox(folder: Path, receiver: Receiver) -> ReceiptOutbox:
    return ReceiptOutbox(folder, receiver, site_id=SITE, site_key=SITE_KEYS.site, clocks=SetClocks())


def test_a_receipt_outlives_the_process_until_governance_has_it(tmp_path: Path) -> None:
    first = Receiver(Delivery.UNREACHABLE)
    outbox = an_outbox(tmp_path, first)
    outbox.put((), (END,))
    assert not asyncio.run(outbox.deliver_all())
    second = Receiver()
    assert asyncio.run(an_outbox(tmp_path, second).deliver_all())
    (signed_receipt,) = second.seen
    read = LeaseReceipts.from_bytes(
        verified(signed_receipt, Purpose.LEASE_RECEIPTS, SITE_KEYS.trusted.of(TrustedRole.SITE))
    )
    assert read.ended == (END,)
    assert asyncio.run(an_outbox(tmp_path, second).deliver_all())
    assert len(second.seen) == 1


def test_what_governance_refuses_is_not_sent_for_ever(tmp_path: Path) -> None:
    receiver = Receiver(Delivery.REFUSED)
    outbox = an_outbox(tmp_path, receiver)
    outbox.put((), (END,))
    assert asyncio.run(outbox.deliver_all())
    assert asyncio.run(outbox.deliver_all())
    assert len(receiver.seen) == 1


def test_a_spoilt_file_does_not_hold_up_the_others(tmp_path: Path) -> None:
    receiver = Receiver()
    outbox = an_outbox(tmp_path, receiver)
    (tmp_path / "000.json").write_bytes(b"not JSON")
    outbox.put((), (END,))
    assert asyncio.run(outbox.deliver_all())
    assert len(receiver.seen) == 1


def test_nothing_to_say_is_not_said(tmp_path: Path) -> None:
    outbox = an_outbox(tmp_path, Receiver())
    outbox.put((), ())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("changes", [{"comparisons": 0}, {"last_compared_at": None}])
def test_a_receipt_that_contradicts_itself_is_none(changes: dict[str, object]) -> None:
    spoilt = replace(END, **changes)  # type: ignore[arg-type]  # the test's own
    record = LeaseReceipts(site_id=SITE, taken=(), ended=(spoilt,), written_at=NOON)
    with pytest.raises(Malformed):
        LeaseReceipts.from_bytes(record.to_bytes())


def test_a_record_without_receipts_is_none() -> None:
    with pytest.raises(Malformed):
        LeaseReceipts.from_bytes(LeaseReceipts(site_id=SITE, taken=(), ended=(), written_at=NOON).to_bytes())


# -- what the button reaches in this process --------------------------------------------------------------------------


def test_each_comparison_is_counted_under_its_lease() -> None:
    lent, door, clocks = a_lent_gallery(SITE_KEYS), CountingDoor(), SetClocks()
    for _ in range(3):
        assert compare(a_probe(), [lent], door, clocks).compared
    assert (lent.tally.comparisons, lent.tally.last) == (3, clocks().now)
    lent.gallery.wipe()
    compare(a_probe(), [lent], door, clocks)
    assert lent.tally.comparisons == 3


def test_a_stopped_site_compares_no_probe_and_loads_nothing(tmp_path: Path) -> None:
    latch = StopLatch(
        tmp_path / "stop", site_id=SITE, site_key=SITE_KEYS.site, trusted=SITE_KEYS.trusted, clocks=SetClocks()
    )
    book = a_book()
    held(book)
    door = CountingDoor()
    matcher = SiteMatcher(
        book=book,
        door=cast("ModelDoor", SimpleNamespace(open=door)),
        memory=AlertMemory(quiet_time=timedelta(seconds=60)),
        site_key=SITE_KEYS.site,
        clocks=SetClocks(),
        is_stopped=lambda: latch.is_set,
    )
    latch.path.touch()
    assert not matcher.handle(a_probe()).compared
    assert door.permits == []
    latch.path.unlink()
    assert matcher.handle(a_probe()).compared


def test_a_stopped_site_asks_for_no_lease() -> None:
    keeping = Keeping()
    keeping.keeper._is_stopped = lambda: True

    async def story() -> None:
        assert await keeping.keeper.held_now(CAMERA) == []
        assert keeping.source.asked == []

    asyncio.run(story())
