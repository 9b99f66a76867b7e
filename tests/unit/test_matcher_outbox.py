import asyncio
from collections import Counter
from collections.abc import Coroutine
from typing import Any

from contracts.signature import Signed
from matcher.candidates import SealedCandidate
from matcher.outbox import MOST_WAITING, Delivery, DropReason, Outbox
from tests.builders_contracts import a_permit, a_trusted_site
from tests.builders_matcher import SetClocks

SITE_KEYS = a_trusted_site()
PERMIT = a_permit(SITE_KEYS)


def sealed(report_id: str) -> SealedCandidate:
    return SealedCandidate(report_id=report_id, report=Signed(payload=b"{}", key="k", signature=bytes(64)), crops=None)


class Receiver:
    """Takes reports as it is told to; the last outcome repeats."""

    def __init__(self, *outcomes: Delivery) -> None:
        self.outcomes = list(outcomes) or [Delivery.ACCEPTED]
        self.got: list[str] = []

    async def deliver_candidate(self, each: SealedCandidate) -> Delivery:
        self.got.append(each.report_id)
        return self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]


class Story:
    """An outbox whose pauses take no time but move the clocks."""

    def __init__(self, *outcomes: Delivery) -> None:
        self.clocks = SetClocks()
        self.receiver = Receiver(*outcomes)
        self.forgotten: list[str] = []
        self.pauses: list[float] = []
        self.outbox = Outbox(
            self.receiver,
            clocks=self.clocks,
            on_drop=self.forgotten.append,
            pause=self._pause,
            jitter=lambda: 1.0,
        )

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.clocks.pass_time(seconds)
        await asyncio.sleep(0)

    def run(self, *report_ids: str) -> None:
        for report_id in report_ids:
            self.outbox.put(sealed(report_id), PERMIT)
        asyncio.run(until_empty(self.outbox))


async def until_empty(outbox: Outbox) -> None:
    running = asyncio.create_task(outbox.run())
    while len(outbox):  # noqa: ASYNC110 -- the outbox has no event to wait for, and its pauses take no time here
        await asyncio.sleep(0)
    running.cancel()
    await finished(running)


async def finished(task: "asyncio.Task[Any] | Coroutine[Any, Any, Any]") -> None:
    try:
        await task
    except asyncio.CancelledError:
        return


def test_reports_are_delivered_in_order() -> None:
    story = Story()
    story.run("one", "two", "three")
    assert story.receiver.got == ["one", "two", "three"]
    assert story.outbox.delivered == 3
    assert not story.outbox.dropped


def test_unreachable_governance_is_tried_again_with_growing_pauses() -> None:
    story = Story(Delivery.UNREACHABLE, Delivery.UNREACHABLE, Delivery.UNREACHABLE, Delivery.ACCEPTED)
    story.run("one")
    assert story.receiver.got == ["one"] * 4
    assert story.pauses == [0.5, 1.0, 2.0]
    assert story.outbox.delivered == 1


def test_what_is_undelivered_when_the_lease_ends_is_dropped_and_counted() -> None:
    story = Story(Delivery.UNREACHABLE)
    story.run("one", "two")
    assert story.outbox.dropped == Counter({DropReason.LEASE_ENDED: 2})
    assert story.forgotten == ["one", "two"]
    assert "two" not in story.receiver.got
    assert max(story.pauses) <= 8.0


def test_refused_report_is_dropped_counted_and_its_alert_forgotten() -> None:
    story = Story(Delivery.REFUSED, Delivery.ACCEPTED)
    story.run("one", "two")
    assert story.outbox.dropped == Counter({DropReason.REFUSED: 1})
    assert story.forgotten == ["one"]
    assert story.outbox.delivered == 1


def test_too_many_waiting_reports_are_dropped_and_counted() -> None:
    story = Story()
    for number in range(MOST_WAITING + 3):
        story.outbox.put(sealed(str(number)), PERMIT)
    assert len(story.outbox) == MOST_WAITING
    assert story.outbox.dropped[DropReason.OUTBOX_FULL] == 3


def test_end_of_the_authority_empties_the_outbox() -> None:
    story = Story()
    story.outbox.put(sealed("one"), PERMIT)
    story.outbox.drop_all()
    assert len(story.outbox) == 0
    assert story.forgotten == ["one"]


def test_report_dropped_while_it_was_under_way_is_counted_once() -> None:
    story = Story()

    class EmptiesMeanwhile(Receiver):
        async def deliver_candidate(self, each: SealedCandidate) -> Delivery:
            story.outbox.drop_all()
            return Delivery.REFUSED

    story.outbox._receiver = EmptiesMeanwhile()
    story.run("one")
    assert story.outbox.dropped == Counter({DropReason.LEASE_ENDED: 1})
