"""Revoking a warrant erases everything that bears its tag, with receipts (A8)."""

from pathlib import Path

import pytest
from sqlalchemy import text

from governance.application.deployments import RevokeWarrant, revoke_warrant
from governance.application.queries import read_warrant
from governance.application.review_candidate import RecordReview, record_review
from governance.audit.leaf import KeyRef
from governance.domain.review import Support
from tests.builders_governance import OBSERVED, World, a_governance, an_alert
from tests.builders_reviews import look


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


@pytest.mark.law("A8")
def test_revoking_erases_the_results_of_a_lead_also_where_nothing_bears_the_warrants_tag(world: World) -> None:
    """As objects were kept before they had one: by the alert's own names."""
    alert = an_alert(world)
    for reviewer in world.people.reviewers[:2]:
        look(world, reviewer, alert)
        command = RecordReview(actor=reviewer, alert_id=alert, observations=OBSERVED, support=Support.SUPPORT_SAME)
        record_review(world.governance, command)
    with world.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER objects_stay_their_warrants"))
        connection.execute(text("UPDATE objects SET warrant_id = NULL"))
    with world.governance.database.transaction() as tx:
        (warrant,) = tx.warrants.where()
        found = (tx.alerts.get(alert).report, tx.alerts.get(alert).crops, *(one.answer for one in tx.reviews.where()))
    assert len(found) == 4
    revoke_warrant(
        world.governance,
        RevokeWarrant(actor=world.people.legal_officer, warrant_id=warrant.warrant_id, why="It is over."),
    )
    with world.governance.database.transaction() as tx:
        assert [tx.objects.find(one) for one in found if one] == [None] * 4
        assert tx.objects.find(warrant.details) is None
