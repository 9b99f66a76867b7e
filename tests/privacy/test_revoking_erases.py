"""Revoking a warrant erases everything that bears its tag, with receipts (A8)."""

from pathlib import Path

import pytest

from governance.application.deployments import RevokeWarrant, revoke_warrant
from governance.application.queries import read_warrant
from governance.audit.leaf import KeyRef
from tests.builders_governance import World, a_governance, an_alert


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


@pytest.mark.law("A8", "F2")
def test_revoking_erases_everything_with_receipts(world: World) -> None:
    an_alert(world)
    with world.governance.database.transaction() as tx:
        (warrant,) = tx.warrants.where()
    revoke_warrant(
        world.governance,
        RevokeWarrant(actor=world.people.legal_officer, warrant_id=warrant.warrant_id, why="It is over."),
    )
    with world.governance.database.transaction() as tx:
        # What is left is why it was revoked.
        (reason,) = tx.object_ids()
        assert reason == tx.transitions.where(warrant_id=warrant.warrant_id)[-1].why
    intended, complete = (
        {key for leaf in world.leaves() if leaf.event == event for key in leaf.ranges("keys")}
        for event in ("erasure.intend", "erasure.complete")
    )
    assert intended == complete
    assert {key.data_class for key in complete} == {"candidate", "reference", "warrant"}
    kept = [one.key for leaf in world.leaves() for one in leaf.compartments if one.group == "object"]
    # Words, decision, act, reference, its origin, the report on the list, report, crops; and why of each of six steps.
    assert len(kept) == 8 + 6
    kept.remove(KeyRef.parse(reason))
    assert world.centre.store.derive(kept) == {}
    page = read_warrant(world.governance, world.people.legal_officer, warrant.warrant_id).value
    assert page.application is None
