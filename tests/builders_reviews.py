"""Builders of looks: nobody answers sooner than the law lets them (E4)."""

from governance.application.review_candidate import ViewCandidate, view_candidate
from governance.domain.identifiers import AccountId, AlertId
from governance.domain.legal_profile import SWEDEN_2026
from tests.builders_governance import World

LOOK = SWEDEN_2026.shortest_look


def look(world: World, actor: AccountId, alert_id: AlertId) -> None:
    """Look at a candidate, for as long as it takes before an answer."""
    view_candidate(world.governance, ViewCandidate(actor=actor, alert_id=alert_id))
    world.clock.advance(LOOK)
