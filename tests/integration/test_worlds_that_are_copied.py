"""What tests begin with: a use that was copied is the one that would have been made, and nothing is copied too late."""

from datetime import timedelta
from pathlib import Path

from tests.builders_governance import World, a_deployment, a_governance, an_issued_warrant, leases


def told(world: World) -> tuple[object, ...]:
    """Return what a test may ask a world: its log, its clock, and what the world around it remembers."""
    fakes = (len(world.matcher.asked), len(world.matcher.examined), sorted(world.viewer.seen), world.courier.carried)
    return world.events(), world.clock.at, world.passed, fakes, len(leases(world).authorisations)


def test_a_use_that_was_copied_is_the_one_that_is_made(tmp_path: Path) -> None:
    made, copied = a_governance(tmp_path / "made"), a_governance(tmp_path / "copied")
    made.untouched = None
    matcher = copied.matcher
    a_deployment(made)
    _, warrant_id = a_deployment(copied)
    assert told(copied) == told(made)
    assert copied.matcher is matcher is copied.governance.enrolment, "a test may hold it already"
    assert matcher.asked[0].warrant_id == warrant_id


def test_nothing_is_copied_once_anything_happened(tmp_path: Path) -> None:
    for name, happens in (
        ("log", an_issued_warrant),
        ("clock", lambda world: world.clock.advance(timedelta(seconds=1))),
        ("matcher", lambda world: world.matcher.spoil.update(findings=())),
    ):
        world = a_governance(tmp_path / name)
        before = world.centre
        happens(world)
        a_deployment(world)
        assert world.centre is before, name
