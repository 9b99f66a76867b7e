"""What people may read of searches of recordings: opaque ids, times, numbers; never what a warrant says (A12)."""

from dataclasses import dataclass
from datetime import datetime

from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.application.procedure import acting
from governance.application.search_recording import the_one_reference
from governance.domain.identifiers import AccountId, WarrantId
from governance.domain.review import AlertState
from governance.domain.roles import Action
from governance.domain.searches import RecordingSearch, SearchState, lets_search
from governance.domain.warrants import WarrantType


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchLine:
    """One search in a list, and what became of what it found. `before` is how often this recording was asked for."""

    search: RecordingSearch
    mine: bool
    before: int
    open: int
    leads: int
    dismissed: int
    lacks_receipt: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchableWarrant:
    """A warrant under which a search may be asked for now: its id and its end, nothing of what it says."""

    warrant_id: WarrantId
    not_after: datetime


def list_searches(governance: Governance, actor: AccountId) -> tuple[SearchLine, ...]:
    """List every search, the newest first."""
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.SEARCH_LIST)
        searches = tx.searches.where()
        return tuple(_line(tx, one, searches, actor, now) for one in reversed(searches))


def list_searchable(governance: Governance, actor: AccountId) -> tuple[SearchableWarrant, ...]:
    """List the warrants for searching afterwards that are in force and whose one photograph is enrolled."""
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.SEARCH_ASK)
        return tuple(
            SearchableWarrant(warrant_id=one.warrant_id, not_after=one.not_after)
            for one in tx.warrants.where(type=WarrantType.POST_REMOTE)
            if lets_search(one, now=now).allowed and the_one_reference(governance, tx, one)[0] is not None
        )


def _line(
    tx: Transaction, search: RecordingSearch, searches: tuple[RecordingSearch, ...], actor: AccountId, now: datetime
) -> SearchLine:
    # What came of it is told once it is over: while reviewers decide, not even its number is (E1).
    states = [alert.state for alert in tx.alerts.where(search_id=search.search_id)]
    return SearchLine(
        search=search,
        mine=search.asked_by == actor,
        before=sum(_is_earlier(one, search) for one in searches),
        open=sum(state in {AlertState.OPEN, AlertState.DISPUTED} for state in states),
        leads=states.count(AlertState.CONFIRMED_LEAD),
        dismissed=states.count(AlertState.DISMISSED),
        lacks_receipt=search.state is SearchState.BEGUN and search.lacks_receipt(now),
    )


def _is_earlier(one: RecordingSearch, than: RecordingSearch) -> bool:
    same = (one.warrant_id, one.reference_id, one.recording_sha256) == (
        than.warrant_id,
        than.reference_id,
        than.recording_sha256,
    )
    return same and one.search_id != than.search_id and one.created_at <= than.created_at
