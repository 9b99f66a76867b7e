"""Sightings on their way: one for a pass, each record delivered once, nothing told of a run that is over (C11)."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.signature import Purpose, Signed, verified
from contracts.trust import TrustedRole
from contracts.vocabulary import VolunteerId
from contracts.volunteers import MOST_SIGHTINGS, Sighting, VolunteerSightings
from matcher.outbox import Delivery
from matcher.sightings import SAME_PASS, SightingsOutbox
from matcher.volunteer_gate import Sighted
from tests.builders_contracts import CAMERA, NOON, SITE, a_trusted_site
from tests.builders_lent_runs import a_verified_run
from tests.builders_matcher import SetClocks
from tests.builders_volunteers import RUN

pytestmark = pytest.mark.law("C11")

KEYS = a_trusted_site()
RUN_HERE = a_verified_run(KEYS)


class Governance:
    """Takes what it is sent, or answers as it is told to."""

    def __init__(self, *outcomes: Delivery) -> None:
        self.outcomes = list(outcomes)
        self.sent: list[Signed] = []

    async def deliver_sightings(self, signed: Signed) -> Delivery:
        self.sent.append(signed)
        return self.outcomes.pop(0) if self.outcomes else Delivery.ACCEPTED

    @property
    def told(self) -> list[VolunteerSightings]:
        keys = KEYS.trusted.of(TrustedRole.SITE)
        return [VolunteerSightings.from_bytes(verified(one, Purpose.VOLUNTEER_SIGHTINGS, keys)) for one in self.sent]


class Telling:
    """An outbox under set clocks."""

    def __init__(self, *outcomes: Delivery) -> None:
        self.clocks = SetClocks()
        self.governance = Governance(*outcomes)
        self.lent = True
        self.outbox = SightingsOutbox(
            self.governance,
            site_key=KEYS.site,
            clocks=self.clocks,
            is_lent=lambda camera_id, run_id: self.lent and (camera_id, run_id) == (CAMERA, RUN),
        )

    def sees(self, name: str = "volunteer-1", *, after: float = 0.0) -> None:
        sighting = Sighting(volunteer_id=VolunteerId(name), seen_at=NOON + timedelta(seconds=after))
        self.outbox.put(Sighted(run=RUN_HERE, sighting=sighting))

    def tells(self, times: int = 1) -> list[VolunteerSightings]:
        async def story() -> None:
            for _ in range(times):
                await self.outbox.tell()

        asyncio.run(story())
        return self.governance.told


def test_what_was_seen_is_told_in_one_record_signed_by_the_site() -> None:
    telling = Telling()
    telling.sees("volunteer-1")
    telling.sees("volunteer-2")
    (told,) = telling.tells(times=3)
    assert (told.run_id, told.site_id, told.camera_id, told.told_at) == (RUN, SITE, CAMERA, NOON)
    assert [one.volunteer_id for one in told.sightings] == ["volunteer-1", "volunteer-2"]


def test_nothing_seen_nothing_told() -> None:
    assert Telling().tells() == []


@given(times=st.lists(st.floats(0, 120), min_size=1, max_size=20))
def test_one_volunteer_at_one_camera_is_told_once_within_some_seconds(times: list[float]) -> None:
    telling = Telling()
    telling.clocks.pass_time(300)
    for after in sorted(times):
        telling.sees(after=after)
    (told,) = telling.tells()
    seen = [one.seen_at for one in told.sightings]
    assert seen[0] == NOON + timedelta(milliseconds=int(min(times) * 1000))
    apart = [later - earlier for earlier, later in pairwise(seen)]
    assert all(each >= SAME_PASS - timedelta(milliseconds=1) for each in apart)
    longest_gap = max(times) - min(times)
    assert len(seen) <= 1 + longest_gap / SAME_PASS.total_seconds()


def test_a_record_that_did_not_arrive_is_sent_again_as_it_was() -> None:
    telling = Telling(Delivery.UNREACHABLE, Delivery.UNREACHABLE)
    telling.sees()
    telling.tells()
    telling.sees("volunteer-2")
    told = telling.tells(times=3)
    assert [len(one.sightings) for one in told] == [1, 1, 1, 1]
    assert told[0] == told[1] == told[2]
    assert len({one.nonce for one in told}) == 2


def test_what_governance_refuses_is_dropped_and_counted() -> None:
    telling = Telling(Delivery.REFUSED)
    telling.sees()
    assert len(telling.tells(times=3)) == 1
    assert telling.outbox.dropped == {"refused": 1}


def test_of_a_run_that_is_over_nothing_is_told() -> None:
    telling = Telling(Delivery.UNREACHABLE)
    telling.sees()
    telling.tells()
    telling.sees("volunteer-2")
    telling.lent = False
    assert len(telling.tells(times=3)) == 1
    assert telling.outbox.dropped == {"run-ended": 2}


def test_at_an_end_all_that_waits_is_dropped_and_nobody_is_remembered() -> None:
    telling = Telling()
    telling.sees()
    telling.outbox.drop_all()
    assert telling.tells() == []
    telling.sees(after=0.5)
    assert len(telling.tells()) == 1
    telling.outbox.drop_all()
    telling.sees(after=1)
    assert len(telling.tells()) == 2


def test_a_clock_set_back_tells_of_nothing_to_come() -> None:
    telling = Telling()
    telling.sees(after=60)
    (told,) = telling.tells()
    assert told.sightings[0].seen_at == NOON


def test_no_more_wait_than_a_record_holds() -> None:
    telling = Telling()
    telling.clocks.pass_time(1e6)
    for number in range(MOST_SIGHTINGS + 2):
        telling.sees(after=number * 20)
    (told,) = telling.tells()
    assert len(told.sightings) == MOST_SIGHTINGS
    assert telling.outbox.dropped == {"outbox-full": 2}
