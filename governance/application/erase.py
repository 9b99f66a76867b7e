"""End what is over and erase what is due, however often the process was killed in between (invariant 6, F3)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from governance.application.charge_budget import settle_all
from governance.application.conclude import dismiss, end_warrant
from governance.application.end_volunteer_run import end_runs_that_are_over
from governance.application.governance import Governance
from governance.application.hand_off import lapse_hand_offs
from governance.application.holds import clear_ended_holds
from governance.application.move_warrant import Step
from governance.application.papers import use_of
from governance.application.ports import Transaction
from governance.application.vault import erase_days, finish_erasures, intend_anew, intend_erasure
from governance.domain.events import Event
from governance.domain.retention import due_day
from governance.domain.review import AlertState, is_overdue
from governance.domain.urgent import UrgentUse
from governance.domain.warrants import NEXT, Warrant, WarrantState

_OVER: Final = frozenset(state for state, following in NEXT.items() if not following)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """How much a round of the expiry job ended."""

    alerts: int
    warrants: int
    objects: int
    records: int


def expire_due(governance: Governance) -> Expired:
    """End and erase everything whose time is over. To be run every few seconds; doing it twice changes nothing.

    It also finishes what a crash interrupted: erasures that were intended and not carried out.
    """
    now = governance.clock.now()
    intend_anew(governance)
    finished = finish_erasures(governance)
    with governance.database.transaction() as tx:
        alerts = _dismiss_overdue(governance, tx)
        clear_ended_holds(governance, tx)
        lapse_hand_offs(governance, tx)
        settle_all(governance, tx)
        warrants = _expire_warrants(governance, tx)
        end_runs_that_are_over(governance, tx)
        intend_erasure(governance, tx, *tx.object_ids(due_by=now), reason="retention")
        records = tx.remove_due(now)
        if tx.has_changes_to_tell():
            tx.log.append(Event.RECORDS_EXPIRE, {"count": records})
        tx.commit()
    finished += finish_erasures(governance)
    finished += erase_days(governance, before=due_day(now))
    return Expired(alerts=alerts, warrants=warrants, objects=finished, records=records)


def _dismiss_overdue(governance: Governance, tx: Transaction) -> int:
    waiting = [*tx.alerts.where(state=AlertState.OPEN), *tx.alerts.where(state=AlertState.DISPUTED)]
    overdue = [alert for alert in waiting if is_overdue(alert, now=governance.clock.now())]
    for alert in overdue:
        dismiss(governance, tx, alert, rule="E6", reason="retention")
    return len(overdue)


def _expire_warrants(governance: Governance, tx: Transaction) -> int:
    now = governance.clock.now()
    standing = [one for one in tx.warrants.where() if one.state not in _OVER]
    endings = [(one, _ending(governance, use_of(tx, one), one, now=now)) for one in standing]
    over = [(warrant, step) for warrant, step in endings if step is not None]
    for warrant, step in over:
        end_warrant(governance, tx, warrant, step)
    return len(over)


def _ending(governance: Governance, use: UrgentUse | None, warrant: Warrant, *, now: datetime) -> Step | None:
    """A4, A7: say how a warrant ends now: urgent and its issuer silent, as rejected; else with its window."""
    silence = None if use is None else use.silence_ends_it_at(governance.legal)
    if silence is not None:
        # Not before, even where the window is over: only the silence decides whether it was rejected.
        return None if now < silence else Step(to=WarrantState.REJECTED, actor=None, why="", rule="A7")
    if use is not None and now >= use.holds_until(governance.legal):
        # The issuer said yes: nothing of it is rejected, and nothing of it is lent any more.
        return Step(to=WarrantState.EXPIRED, actor=None, why="", rule="A7")
    return None if now < warrant.not_after else Step(to=WarrantState.EXPIRED, actor=None, why="", rule="A4")
