"""No look for a volunteer without a run that is live, and nothing comes of it but a pseudonym and a time (C11, C16)."""

from collections import Counter
from dataclasses import fields, replace
from datetime import timedelta
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.clock import Moment
from contracts.lease_request import LeaseAnswer
from contracts.permits import Permit
from contracts.vocabulary import CameraId, NotComparedReason
from contracts.volunteers import Sighting
from matcher import volunteer_gate
from matcher.candidates import AlertMemory, SealedCandidate
from matcher.faces.face import FloatArray
from matcher.site_matcher import SiteMatcher
from matcher.track_embedder import ModelDoor, NoAuthority
from matcher.volunteer_book import VolunteerBook
from matcher.volunteer_gate import Look, Sighted, look, look_alone
from tests.builders_contracts import (
    AT_NOON,
    CAMERA,
    NOON,
    a_gallery,
    a_probe,
    a_reference,
    a_template,
    a_trusted_site,
    an_authorisation,
)
from tests.builders_lent_runs import TWO, a_lent_list, a_lent_run, a_run_book
from tests.builders_matcher import DISTANCE, CountingDoor, FakeModels, SetClocks, at_distance

pytestmark = pytest.mark.law("C11", "C16")

KEYS = a_trusted_site()
VOLUNTEER = TWO["volunteer-1"]
NOBODY = a_template(9)


def test_without_a_run_no_model_is_asked_for() -> None:
    door = CountingDoor()
    assert look_alone(a_probe(), [], door, SetClocks()) == Look(compared=False)
    assert not door.permits


def test_under_a_live_run_a_volunteer_is_sighted_by_pseudonym_and_time() -> None:
    lent = a_lent_run(KEYS)
    found = look_alone(a_probe(), [lent], CountingDoor(FakeModels(VOLUNTEER)), SetClocks())
    (sighted,) = found.sighted
    assert sighted == Sighted(
        run=lent.run, sighting=Sighting(volunteer_id=lent.templates.volunteers[0], seen_at=a_probe().captured_at)
    )


def test_who_is_no_volunteer_is_compared_and_not_sighted() -> None:
    found = look_alone(a_probe(), [a_lent_run(KEYS)], CountingDoor(FakeModels(NOBODY)), SetClocks())
    assert found == Look(compared=True)


@pytest.mark.parametrize(("distance", "sighted"), [(0.45, 1), (0.4501, 0)])
def test_the_profiles_threshold_decides(distance: float, sighted: int) -> None:
    lent = a_lent_run(KEYS, {"volunteer-1": np.zeros(128, np.float32) + np.float32(0.25)})
    template = at_distance(np.zeros(128, np.float32) + np.float32(0.25), distance)
    found = look(a_probe(), [lent], template, replace(DISTANCE, threshold=0.45), SetClocks())
    assert len(found.sighted) == sighted


def test_two_volunteers_too_much_alike_are_neither_of_them_sighted() -> None:
    lent = a_lent_run(KEYS, {"volunteer-1": VOLUNTEER, "volunteer-2": at_distance(VOLUNTEER, 0.01)})
    assert not look(a_probe(), [lent], VOLUNTEER, DISTANCE, SetClocks()).sighted


@given(seconds=st.floats(min_value=60, max_value=1e7), jump=st.floats(min_value=-1e7, max_value=1e7))
def test_nobody_is_looked_for_a_minute_after_the_lease_whatever_the_wall_clock_says(
    seconds: float, jump: float
) -> None:
    door = CountingDoor(FakeModels(VOLUNTEER))
    clocks = SetClocks(Moment(now=NOON + timedelta(seconds=jump), boot=AT_NOON.boot + seconds))
    assert not look_alone(a_probe(), [a_lent_run(KEYS)], door, clocks).compared
    assert not door.permits


def test_a_run_for_another_camera_looks_for_nobody() -> None:
    door = CountingDoor()
    assert not look_alone(a_probe(camera_id=CameraId("camera-2")), [a_lent_run(KEYS)], door, SetClocks()).compared
    assert not door.permits


def test_who_passed_before_the_site_was_closed_is_compared_with_no_volunteer() -> None:
    """A track may have begun under a warrant on an open site, and its probe come once the run has begun."""
    lent = a_lent_run(KEYS)
    door, begins = CountingDoor(FakeModels(VOLUNTEER)), lent.run.begins_at
    before = a_probe(captured_at=begins - timedelta(milliseconds=1))
    assert not look_alone(before, [lent], door, SetClocks()).compared
    assert not door.permits
    assert look(before, [lent], VOLUNTEER, DISTANCE, SetClocks()) == Look(compared=False)
    assert look_alone(a_probe(captured_at=begins), [lent], door, SetClocks()).sighted


def test_a_list_that_is_overwritten_while_the_face_is_embedded_yields_nothing() -> None:
    lent = a_lent_run(KEYS)
    models = FakeModels(VOLUNTEER, during=lent.templates.wipe)
    assert look_alone(a_probe(), [lent], CountingDoor(models), SetClocks()) == Look(compared=False)
    assert models.embedded == 1


class EndsAtTheLastLook:
    """Clocks that stand still until they were read `looks` times, then show the lease's end."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def __call__(self) -> Moment:
        self.looks -= 1
        return AT_NOON if self.looks >= 0 else Moment(now=NOON + timedelta(hours=2), boot=AT_NOON.boot + 7200)


@pytest.mark.parametrize("looks", [0, 1, 2])
def test_a_run_that_ends_at_any_step_yields_nothing(looks: int) -> None:
    door = CountingDoor(FakeModels(VOLUNTEER))
    assert look_alone(a_probe(), [a_lent_run(KEYS)], door, EndsAtTheLastLook(looks)) == Look(compared=False)


def test_template_and_scores_are_overwritten_whoever_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[FloatArray] = []
    honest = volunteer_gate.comparison_scores

    def scores(*given: object) -> FloatArray:
        made.append(honest(*given))  # type: ignore[arg-type]  # as they are
        return made[-1]

    monkeypatch.setattr(volunteer_gate, "comparison_scores", scores)
    for template in (VOLUNTEER, NOBODY):
        models = FakeModels(template)
        look_alone(a_probe(), [a_lent_run(KEYS)], CountingDoor(models), SetClocks())
        assert not models.given[0].any()
    assert len(made) == 2
    assert not any(one.any() for one in made)


def test_the_models_open_for_a_live_run_and_for_no_other() -> None:
    clocks, run = SetClocks(), a_lent_run(KEYS).run
    door = ModelDoor(FakeModels, clocks)
    clocks.pass_time(60)
    with pytest.raises(NoAuthority):
        door.open_for_volunteers(run)
    assert not door.is_open
    clocks.at = AT_NOON
    door.open_for_volunteers(run)
    assert door.is_open


def a_site(models: FakeModels, *, warrant: bool, run: bool) -> tuple[SiteMatcher, VolunteerBook]:
    """Return a matcher to which a warrant for somebody else and a run on a closed site are lent, or not."""
    runs, clocks = a_run_book(KEYS), SetClocks()
    unverified, bundle, ask = a_lent_list(KEYS)
    gallery = a_gallery([a_reference(KEYS, a_template(5))])
    lease, _ = an_authorisation(KEYS, gallery=gallery)
    answer = LeaseAnswer(
        authorisations=((lease, gallery),) if warrant else (), runs=((unverified, bundle),) if run else ()
    )
    runs.leases.accept(CAMERA, ask, answer, AT_NOON)
    runs.accept(CAMERA, ask, answer, AT_NOON)
    matcher = SiteMatcher(
        book=runs.leases,
        runs=runs,
        door=ModelDoor(lambda: models, clocks),
        memory=AlertMemory(quiet_time=DISTANCE.quiet_time),
        site_key=KEYS.site,
        clocks=clocks,
    )
    return matcher, runs


def test_beside_a_warrant_a_face_is_embedded_once_and_is_no_candidate() -> None:
    models = FakeModels(VOLUNTEER)
    matcher, _ = a_site(models, warrant=True, run=True)
    answer = matcher.handle(a_probe())
    assert models.embedded == 1
    assert answer.compared
    assert answer.reports == ()
    assert [each.sighting.volunteer_id for each in answer.sighted] == ["volunteer-1"]
    assert not models.given[0].any()
    assert matcher.candidates == Counter()


def test_who_is_looked_for_is_a_candidate_and_no_sighting() -> None:
    matcher, _ = a_site(FakeModels(a_template(5)), warrant=True, run=True)
    answer = matcher.handle(a_probe())
    assert len(answer.reports) == 1
    assert answer.sighted == ()


def test_on_a_closed_site_a_run_alone_lets_the_matcher_look() -> None:
    matcher, _ = a_site(FakeModels(VOLUNTEER), warrant=False, run=True)
    answer = matcher.handle(a_probe())
    assert (answer.compared, answer.reason, answer.reports) == (True, None, ())
    assert len(answer.sighted) == 1
    assert matcher.candidates == Counter()


def test_with_neither_nothing_is_loaded_and_nobody_compared() -> None:
    models = FakeModels(VOLUNTEER)
    matcher, _ = a_site(models, warrant=False, run=False)
    answer = matcher.handle(a_probe())
    assert (answer.compared, answer.reason) == (False, NotComparedReason.LEASE_ENDED)
    assert not matcher.door.is_open
    assert models.embedded == 0


def test_after_the_run_was_stopped_nobody_is_sighted() -> None:
    matcher, runs = a_site(FakeModels(VOLUNTEER), warrant=True, run=True)
    runs.close()
    answer = matcher.handle(a_probe())
    assert answer.compared
    assert answer.sighted == ()


def test_a_stopped_site_looks_for_no_volunteer() -> None:
    matcher, _ = a_site(FakeModels(VOLUNTEER), warrant=False, run=True)
    matcher.is_stopped = lambda: True
    assert not matcher.handle(a_probe()).compared


def test_a_sighting_holds_no_score_no_picture_and_no_reference() -> None:
    assert {field.name for field in fields(Sighting)} == {"volunteer_id", "seen_at"}
    assert {field.name for field in fields(Sighted)} == {"run", "sighting"}
    assert not issubclass(Sighted, SealedCandidate)
    assert type(a_lent_run(KEYS).run) not in get_args(Permit)
