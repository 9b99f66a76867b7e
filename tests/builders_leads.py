"""Leads on their way to a patrol and back, for tests: reviewed, handed off, shown, concluded, confirmed."""

from pathlib import Path

from sqlalchemy import text

from governance.application.confirm_found import ConfirmFound, confirm_found
from governance.application.hand_off import (
    AtHandOff,
    ConcludeHandOff,
    SendHandOff,
    acknowledge_hand_off,
    conclude_hand_off,
    open_hand_off,
    send_hand_off,
)
from governance.application.interventions import list_interventions
from governance.application.review_candidate import RecordReview, record_review
from governance.domain.hand_offs import Found, VerifiedBy
from governance.domain.identifiers import AccountId, AlertId
from governance.domain.review import Support
from tests.builders_governance import (
    OBSERVED,
    World,
    a_deployment,
    a_governance,
    another_alert,
)
from tests.builders_reviews import look


def answered(world: World, alert: AlertId, support: Support) -> None:
    """Let two reviewers answer an alert."""
    for reviewer in world.people.reviewers[:2]:
        look(world, reviewer, alert)
        command = RecordReview(actor=reviewer, alert_id=alert, observations=OBSERVED, support=support)
        record_review(world.governance, command)


def a_lead(world: World, name: str = "lead") -> AlertId:
    """Return one more alert that two reviewers made a lead of."""
    alert = another_alert(world, report_id=name)
    answered(world, alert, Support.SUPPORT_SAME)
    return alert


def sent(world: World, alert: AlertId) -> str:
    """Hand a lead to the patrol; return the hand-off."""
    command = SendHandOff(actor=world.people.reviewers[0], alert_id=alert, patrol=world.people.patrol)
    return send_hand_off(world.governance, command)


def taken(world: World, alert: AlertId) -> str:
    """Hand a lead to the patrol, which looks at it and takes it on; return the hand-off."""
    hand_off_id = sent(world, alert)
    at = AtHandOff(actor=world.people.patrol, hand_off_id=hand_off_id)
    assert open_hand_off(world.governance, at).value == b"probe"
    acknowledge_hand_off(world.governance, at)
    return hand_off_id


def concluded(world: World, hand_off_id: str, found: Found, verified_by: VerifiedBy | None = None) -> None:
    """Let the patrol say what it found."""
    command = ConcludeHandOff(actor=world.people.patrol, hand_off_id=hand_off_id, found=found, verified_by=verified_by)
    conclude_hand_off(world.governance, command)


def confirmed(
    world: World, *, by: AccountId | None = None, number: str = "5000-K1-26", hand_off_id: str | None = None
) -> None:
    """Let a second person confirm what the patrol found right."""
    found = hand_off_id or str(scalars(world, "SELECT hand_off_id FROM hand_offs WHERE found = 'identity-right'")[0])
    command = ConfirmFound(actor=by or world.people.legal_officer, hand_off_id=found, register_number=number)
    confirm_found(world.governance, command)


def scalars(world: World, query: str) -> list[object]:
    """Return one column, past the program."""
    with world.engine.connect() as connection:
        return list(connection.execute(text(query)).scalars())


def kept(world: World) -> list[Found]:
    """Return what the patrols said of each sealed record that is kept (B12)."""
    return [one.said for one in list_interventions(world.governance, world.people.auditor)]


def a_tight_world(folder: Path) -> World:
    """20,000 passages were counted at one in 100,000: 0.2 expected, and the third alert is one too many."""
    world = a_governance(folder)
    a_deployment(world, passages_per_day=100_000)
    return world
