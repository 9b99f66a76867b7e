"""An administrator who makes two reviewers for a case confirms nothing with them, sees nothing, and lends nothing."""

from datetime import timedelta
from pathlib import Path

import pytest

from governance.application.accounts import ChangeShift, change_shift
from governance.application.errors import Refused
from governance.application.queries import list_alerts
from governance.application.review_candidate import RecordReview, ViewCandidate, record_review, view_candidate
from governance.application.reviewers import reviewers_on_shift
from governance.domain.identifiers import AccountId
from governance.domain.review import Feature, Observation, Support
from governance.domain.roles import Role
from tests.builders_governance import World, a_governance, an_account, an_alert


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


def a_new_reviewer(world: World, login: str) -> AccountId:
    account = an_account(world, login, Role.OPERATOR)
    change_shift(world.governance, ChangeShift(actor=account, begin=True))
    return account


@pytest.mark.law("B14", "A15")
def test_reviewers_made_after_the_warrant_never_see_or_decide_its_candidates(world: World) -> None:
    alert = an_alert(world)
    world.clock.advance(timedelta(seconds=1))
    for login in ("first-made", "second-made"):
        made = a_new_reviewer(world, login)
        assert list_alerts(world.governance, made) == ()
        with pytest.raises(Refused):
            view_candidate(world.governance, ViewCandidate(actor=made, alert_id=alert))
        answer = RecordReview(
            actor=made,
            alert_id=alert,
            observations=dict.fromkeys(Feature, Observation.SIMILAR),
            support=Support.SUPPORT_SAME,
        )
        with pytest.raises(Refused):
            record_review(world.governance, answer)


def test_reviewers_made_after_the_warrant_do_not_keep_its_leases_going(world: World) -> None:
    an_alert(world)
    world.clock.advance(timedelta(seconds=1))
    with world.governance.database.transaction() as tx:
        (warrant,) = tx.warrants.where()
        before = reviewers_on_shift(tx, warrant, now=world.clock.now())
    a_new_reviewer(world, "late")
    with world.governance.database.transaction() as tx:
        assert reviewers_on_shift(tx, warrant, now=world.clock.now()) == before
