"""What `demo-check` demands: each expectation can fail, and fails for what it names."""

from insyn.demonstration.expectations import (
    AlertSeen,
    every_pass_alerts_once,
    looks_at_nothing,
    nobody_else_alerts,
    passes_of,
)
from insyn.demonstration.truth import TruePass


def a_pass(*, person: str = "person-a", starts_at: float = 10.0, largest_face_px: float = 120.0) -> TruePass:
    return TruePass(
        person=person,
        photograph=2,
        starts_at=starts_at,
        ends_at=starts_at + 5,
        largest_face_px=largest_face_px,
        smallest_face_px=60.0,
        boxes=(),
    )


def an_alert(stream_time: float, alert_id: str = "alert") -> AlertSeen:
    return AlertSeen(alert_id=alert_id, stream_time=stream_time, state="waiting")


def test_one_alert_for_each_pass_holds() -> None:
    passes = (a_pass(starts_at=10), a_pass(starts_at=30))
    alerts = (an_alert(12, "a"), an_alert(33, "b"))
    assert every_pass_alerts_once(passes, alerts).held
    assert nobody_else_alerts(passes, alerts).held


def test_a_missed_pass_does_not_hold() -> None:
    assert not every_pass_alerts_once((a_pass(starts_at=10), a_pass(starts_at=30)), (an_alert(12),)).held


def test_a_pass_that_alerts_twice_does_not_hold() -> None:
    assert not every_pass_alerts_once((a_pass(starts_at=10),), (an_alert(12, "a"), an_alert(14, "b"))).held


def test_a_demonstration_without_any_pass_does_not_hold() -> None:
    assert not every_pass_alerts_once((), ()).held


def test_an_alert_outside_the_sought_passes_does_not_hold() -> None:
    expectation = nobody_else_alerts((a_pass(starts_at=10),), (an_alert(12, "a"), an_alert(40, "b")))
    assert not expectation.held
    assert "40.0 s" in expectation.detail


def test_only_large_enough_passes_of_the_person_count() -> None:
    small, other, large = a_pass(largest_face_px=60), a_pass(person="person-b"), a_pass(largest_face_px=81)
    assert passes_of((small, other, large), "person-a", at_least_px=80) == (large,)


def test_a_site_that_looks_at_nothing_ends_the_check_and_one_that_begins_late_does_not() -> None:
    without = {"frames_analysed": 0, "seconds_without_warrant": 20.1}
    assert looks_at_nothing(without, waited=21)
    assert not looks_at_nothing(without | {"seconds_without_warrant": 19.9}, waited=44)
    assert looks_at_nothing(without | {"seconds_without_warrant": 0.0}, waited=45.1)
    assert looks_at_nothing({}, waited=45.1), "it said nothing at all"
    assert not looks_at_nothing(without | {"frames_analysed": 1}, waited=600)
