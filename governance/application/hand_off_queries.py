"""What people may know of hand-offs: where, when and how they stand. No picture, no person, no score (A9b, E1)."""

from dataclasses import dataclass
from datetime import datetime

from governance.application.errors import NotFound
from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.application.procedure import acting
from governance.domain.hand_offs import Found, HandOff, HandOffState
from governance.domain.identifiers import AccountId, AlertId
from governance.domain.roles import Action, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Patrol:
    """One patrol that a lead can be handed to."""

    account_id: AccountId
    login: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffLine:
    """One hand-off: where and when the face was seen, and how it stands."""

    hand_off_id: str
    alert_id: AlertId
    state: HandOffState
    found: Found | None
    patrol: str
    place: str
    view: str
    captured_at: datetime
    sent_at: datetime
    due_at: datetime
    shown: bool
    unreported: bool
    """Whether its patrol saw the crop and has not said whether somebody was stopped (B12)."""


def list_patrols(governance: Governance, actor: AccountId) -> tuple[Patrol, ...]:
    """List who can be sent."""
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.HAND_OFF_SEND)
        return tuple(
            Patrol(account_id=one.account_id, login=one.login)
            for one in tx.accounts.where()
            if Role.PATROL in one.roles and one.is_in_force
        )


def list_hand_offs(governance: Governance, actor: AccountId) -> tuple[HandOffLine, ...]:
    """List all hand-offs, the newest first: what is overdue stands out."""
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.HAND_OFF_LIST)
        return tuple(line_of(tx, one) for one in reversed(tx.hand_offs.where()))


def list_own_hand_offs(governance: Governance, actor: AccountId) -> tuple[HandOffLine, ...]:
    """List what this patrol was handed, the newest first."""
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.HAND_OFF_RECEIVE)
        return tuple(line_of(tx, one) for one in reversed(tx.hand_offs.where(patrol=actor)))


def read_own_hand_off(governance: Governance, actor: AccountId, hand_off_id: str) -> HandOffLine:
    """Return one of this patrol's own hand-offs.

    Raises:
        NotFound: there is none, or it is another's.
    """
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.HAND_OFF_RECEIVE)
        found = tx.hand_offs.find(hand_off_id)
        if found is None or found.patrol != actor:
            raise NotFound("There is no such hand-off.")
        return line_of(tx, found)


def line_of(tx: Transaction, hand_off: HandOff) -> HandOffLine:
    """Return how one hand-off stands."""
    alert = tx.alerts.get(hand_off.alert_id)
    site, camera = tx.sites.find(alert.site_id), tx.cameras.find(alert.camera_id)
    patrol = tx.accounts.find(hand_off.patrol)
    return HandOffLine(
        hand_off_id=hand_off.hand_off_id,
        alert_id=alert.alert_id,
        state=hand_off.state,
        found=hand_off.found,
        patrol="" if patrol is None else patrol.login,
        place=alert.site_id if site is None else site.title,
        view=alert.camera_id if camera is None else camera.view,
        captured_at=alert.captured_at,
        sent_at=hand_off.created_at,
        due_at=hand_off.due_at,
        shown=hand_off.opened_index is not None,
        unreported=bool(tx.interventions.where(alert_id=alert.alert_id, said=Found.UNKNOWN)),
    )
