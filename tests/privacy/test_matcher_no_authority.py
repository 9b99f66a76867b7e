"""Invariant 1: no warrant, no inference. Nothing is loaded, embedded or compared without a live authorisation."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.clock import Moment
from contracts.vocabulary import CameraId, NotComparedReason
from matcher.gate import compare
from matcher.track_embedder import ModelDoor, NoAuthority
from tests.builders_contracts import AT_NOON, NOON, a_camera, a_permit, a_probe, a_trusted_site
from tests.builders_matcher import CountingDoor, FakeModels, SetClocks, a_lent_gallery

SITE_KEYS = a_trusted_site()


@pytest.mark.law("P1", "A6")
def test_without_any_authorisation_no_model_is_asked_for() -> None:
    door = CountingDoor()
    comparison = compare(a_probe(), [], door, SetClocks())
    assert (comparison.compared, comparison.reason) == (False, NotComparedReason.LEASE_ENDED)
    assert not door.permits
    assert not comparison.candidates


def test_with_a_live_authorisation_the_same_probe_is_compared() -> None:
    door = CountingDoor()
    comparison = compare(a_probe(), [a_lent_gallery(SITE_KEYS)], door, SetClocks())
    assert comparison.compared
    assert len(comparison.candidates) == 1
    assert len(door.permits) == 1


@pytest.mark.law("A4")
def test_authorisation_for_another_camera_compares_nothing() -> None:
    door = CountingDoor()
    comparison = compare(a_probe(camera_id=CameraId("camera-2")), [a_lent_gallery(SITE_KEYS)], door, SetClocks())
    assert not comparison.compared
    assert not door.permits


@pytest.mark.law("P1")
@given(
    seconds=st.floats(min_value=60, max_value=1e7),
    jump=st.floats(min_value=-1e7, max_value=1e7),
)
def test_nothing_is_compared_a_minute_after_the_lease_was_asked_for_whatever_the_wall_clock_says(
    seconds: float, jump: float
) -> None:
    door = CountingDoor()
    clocks = SetClocks(Moment(now=NOON + timedelta(seconds=jump), boot=AT_NOON.boot + seconds))
    assert not compare(a_probe(), [a_lent_gallery(SITE_KEYS)], door, clocks).compared
    assert not door.permits


@given(seconds=st.floats(min_value=60, max_value=1e7))
def test_nothing_is_compared_after_the_lease_by_the_wall_clock_either(seconds: float) -> None:
    door = CountingDoor()
    clocks = SetClocks(Moment(now=NOON + timedelta(seconds=seconds), boot=AT_NOON.boot + 1))
    assert not compare(a_probe(), [a_lent_gallery(SITE_KEYS)], door, clocks).compared
    assert not door.permits


@pytest.mark.law("A4")
def test_clock_set_back_before_the_warrant_compares_nothing() -> None:
    door = CountingDoor()
    clocks = SetClocks(Moment(now=NOON - timedelta(hours=2), boot=AT_NOON.boot + 1))
    assert not compare(a_probe(), [a_lent_gallery(SITE_KEYS)], door, clocks).compared
    assert not door.permits


def test_lease_that_ends_while_the_face_is_embedded_yields_nothing() -> None:
    clocks = SetClocks()
    models = FakeModels(during=lambda: clocks.pass_time(60))
    comparison = compare(a_probe(), [a_lent_gallery(SITE_KEYS)], CountingDoor(models), clocks)
    assert models.embedded == 1
    assert not comparison.compared
    assert not comparison.candidates


def test_gallery_overwritten_while_the_face_is_embedded_yields_nothing() -> None:
    lent = a_lent_gallery(SITE_KEYS)
    models = FakeModels(during=lent.gallery.wipe)
    comparison = compare(a_probe(), [lent], CountingDoor(models), SetClocks())
    assert not comparison.compared
    assert not comparison.candidates


class EndsAtTheLastLook:
    """Clocks that stand still until they were read `looks` times, then show the lease's end."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def __call__(self) -> Moment:
        self.looks -= 1
        return AT_NOON if self.looks >= 0 else Moment(now=NOON + timedelta(hours=2), boot=AT_NOON.boot + 7200)


@pytest.mark.parametrize("looks", [0, 1, 2])
def test_lease_that_ends_at_any_step_of_the_call_yields_nothing(looks: int) -> None:
    comparison = compare(a_probe(), [a_lent_gallery(SITE_KEYS)], CountingDoor(), EndsAtTheLastLook(looks))
    assert not comparison.compared
    assert not comparison.candidates


@pytest.mark.law("C3")
def test_probes_template_is_overwritten_whatever_comes_of_it() -> None:
    models = FakeModels()
    compare(a_probe(), [a_lent_gallery(SITE_KEYS)], CountingDoor(models), SetClocks())
    assert not models.given[0].any()


def test_models_are_loaded_once_and_only_for_a_live_authorisation() -> None:
    clocks = SetClocks()
    loaded: list[FakeModels] = []

    def load() -> FakeModels:
        loaded.append(FakeModels())
        return loaded[-1]

    door = ModelDoor(load, clocks)
    permit = a_permit(SITE_KEYS)
    clocks.pass_time(60)
    with pytest.raises(NoAuthority):
        door.open(permit)
    assert not loaded
    assert not door.is_open
    clocks.at = AT_NOON
    assert door.open(permit) is door.open(permit)
    assert len(loaded) == 1


def test_permit_for_another_camera_does_not_serve_this_one() -> None:
    lent = a_lent_gallery(SITE_KEYS)
    assert lent.permit.camera == a_camera()
    stranger = replace(a_probe(), camera_id=CameraId("camera-3"))
    assert not compare(stranger, [lent], CountingDoor(), SetClocks()).compared
