"""For all moments: an authorisation lives only between its beginning and the earlier of its ends."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.authorisation import LEASE_LIMIT, AuthorisationRefused, RefusalReason, verify
from contracts.clock import Moment
from tests.builders_contracts import (
    AT_NOON,
    CAMERA,
    NOON,
    PROFILE,
    SITE,
    a_permit,
    a_trusted_site,
    a_warrant,
    an_authorisation,
)

TRUSTED = a_trusted_site()
SLACK = timedelta(seconds=5)
NEAR = st.integers(-120_000, 120_000).map(lambda milliseconds: timedelta(milliseconds=milliseconds))
FAR = st.timedeltas(min_value=timedelta(days=-30_000), max_value=timedelta(days=30_000))
OFFSETS = st.one_of(NEAR, FAR)
SECONDS = st.one_of(st.floats(-200, 200), st.floats(-1e12, 1e12))


@pytest.mark.law("A4", "P1")
@given(
    length=st.integers(1, 60_000),
    begins=st.integers(-7_200_000, 0),
    ends=st.integers(1, 7_200_000),
    now=OFFSETS,
    boot=SECONDS,
)
def test_it_is_live_only_between_its_beginning_and_its_earlier_end(
    length: int, begins: int, ends: int, now: timedelta, boot: float
) -> None:
    not_before, not_after = NOON + timedelta(milliseconds=begins), NOON + timedelta(milliseconds=ends)
    expires_at = NOON + timedelta(milliseconds=length)
    permit = a_permit(TRUSTED, warrant=a_warrant(not_before=not_before, not_after=not_after), expires_at=expires_at)
    at = Moment(now=NOON + now, boot=AT_NOON.boot + boot)
    on_the_wall = max(not_before, NOON - SLACK) <= at.now < min(expires_at, not_after)
    since_the_request = AT_NOON.boot <= at.boot < AT_NOON.boot + LEASE_LIMIT.total_seconds()
    standing = permit.standing(CAMERA, at)
    assert standing.live is (on_the_wall and since_the_request)
    assert (standing.reason is None) is standing.live


@pytest.mark.law("P1")
@given(now=OFFSETS, later=st.floats(0, 1e9))
def test_no_wall_clock_gives_more_than_a_minute_of_the_boot_clock(now: timedelta, later: float) -> None:
    permit = a_permit(TRUSTED)
    standing = permit.standing(CAMERA, Moment(now=NOON + now, boot=AT_NOON.boot + 60 + later))
    assert standing.reason is RefusalReason.EXPIRED


@given(now=OFFSETS, boot=SECONDS)
def test_what_is_verified_is_live_and_what_is_not_live_is_not_verified(now: timedelta, boot: float) -> None:
    unverified, ask = an_authorisation(TRUSTED)
    at = Moment(now=NOON + now, boot=AT_NOON.boot + boot)
    try:
        permit = verify(
            unverified, trusted=TRUSTED.trusted, site_id=SITE, camera_id=CAMERA, profile=PROFILE, ask=ask, at=at
        )
    except AuthorisationRefused:
        assert not (-SLACK <= now < LEASE_LIMIT and AT_NOON.boot <= at.boot < AT_NOON.boot + 60)
    else:
        assert permit.standing(CAMERA, at).live
        assert -SLACK <= now < LEASE_LIMIT
        assert AT_NOON.boot <= at.boot < AT_NOON.boot + 60


@pytest.mark.law("P1")
@given(
    envelope=st.sampled_from(["warrant", "camera", "day_key", "lease"]),
    part=st.sampled_from(["payload", "signature"]),
    place=st.integers(0, 10_000),
    bit=st.integers(0, 7),
)
def test_one_flipped_bit_anywhere_is_refused(envelope: str, part: str, place: int, bit: int) -> None:
    unverified, ask = an_authorisation(TRUSTED)
    signed = getattr(unverified, envelope)
    data = bytearray(getattr(signed, part))
    data[place % len(data)] ^= 1 << bit
    other = replace(unverified, **{envelope: replace(signed, **{part: bytes(data)})})
    with pytest.raises(AuthorisationRefused) as refusal:
        verify(other, trusted=TRUSTED.trusted, site_id=SITE, camera_id=CAMERA, profile=PROFILE, ask=ask, at=AT_NOON)
    assert refusal.value.reason is RefusalReason.SIGNATURE
