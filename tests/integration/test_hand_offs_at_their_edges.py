"""Hand-offs at awkward moments: two looks at once, a patrol that left, a record whose time is over (A9b, B12, B14)."""

from pathlib import Path
from typing import Any

import pytest

from governance.application.confirm_account import WithdrawAccount, withdraw_account
from governance.application.errors import NotFound, Refused
from governance.application.hand_off import AtHandOff, open_hand_off
from governance.application.interventions import list_interventions, read_intervention
from governance.application.picture_ports import Pictures
from governance.domain.hand_offs import Found
from tests.builders_governance import World, a_deployment, a_governance
from tests.integration.test_hand_offs import a_lead, concluded, sent, taken

pytestmark = pytest.mark.law("A9b", "B12")


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = a_governance(tmp_path)
    a_deployment(world)
    return world


def test_of_two_that_look_at_the_same_moment_one_is_shown_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    at = AtHandOff(actor=world.people.patrol, hand_off_id=sent(world, a_lead(world)))
    view, shown = world.viewer.view, list[bytes]()

    def view_while_another_looks(**asked: Any) -> Pictures:
        monkeypatch.setattr(world.viewer, "view", view)
        shown.append(open_hand_off(world.governance, at).value)
        return view(**asked)

    monkeypatch.setattr(world.viewer, "view", view_while_another_looks)
    with pytest.raises(Refused, match="shown once"):
        open_hand_off(world.governance, at)
    assert shown == [b"probe"]
    assert world.events().count("hand-off.show") == 1


@pytest.mark.law("B14")
def test_a_patrol_whose_account_was_withdrawn_is_sent_nowhere(world: World) -> None:
    lead = a_lead(world)
    withdraw_account(
        world.governance, WithdrawAccount(actor=world.people.administrator, account_id=world.people.patrol)
    )
    with pytest.raises(Refused, match="named patrol"):
        sent(world, lead)


@pytest.mark.law("B1")
def test_when_the_complaint_period_is_over_the_record_is_neither_listed_nor_opened_also_before_the_job_ran(
    world: World,
) -> None:
    concluded(world, taken(world, a_lead(world)), Found.IDENTITY_WRONG)
    (line,) = list_interventions(world.governance, world.people.auditor)
    world.clock.advance(world.governance.legal.complaint_period)
    assert list_interventions(world.governance, world.people.auditor) == ()
    with pytest.raises(NotFound):
        read_intervention(world.governance, world.people.auditor, line.record)
