"""Confirm from the police's own report that an identity was right, which credits the alert back to its budget (C5)."""

from dataclasses import dataclass

from governance.application.charge_budget import settle
from governance.application.errors import NotFound
from governance.application.governance import Governance
from governance.application.hand_off_queries import HandOffLine, line_of
from governance.application.procedure import acting, require
from governance.application.vault import Keeping, keep
from governance.domain.decisions import allow, deny
from governance.domain.events import Event
from governance.domain.hand_offs import Confirmation, Found, may_confirm
from governance.domain.identifiers import AccountId
from governance.domain.retention import DataClass, expiry
from governance.domain.roles import Action
from governance.domain.warrants import NEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmFound:
    """Confirm that the identity of a hand-off was right. The report's register number is kept, sealed."""

    actor: AccountId
    hand_off_id: str
    register_number: str


def confirm_found(governance: Governance, command: ConfirmFound) -> None:
    """Confirm a patrol's *identity right*, once; from now on the alert is credited.

    Raises:
        Refused: no patrol said so, whoever confirms had a part in it, or there is no register number.
    """
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.HAND_OFF_CONFIRM)
        hand_off = tx.hand_offs.find(command.hand_off_id)
        if hand_off is None:
            raise NotFound("There is no such hand-off.")
        about = {"actor": command.actor, "alert": hand_off.alert_id, "warrant": hand_off.warrant_id}
        over = deny("A8", "The warrant is over; nothing is charged or credited any more.")
        require(
            tx,
            may_confirm(
                hand_off,
                confirms=command.actor,
                reviewers={one.reviewer for one in tx.reviews.where(alert_id=hand_off.alert_id)},
                register_number=command.register_number,
                confirmed=tx.confirmations.find(hand_off.hand_off_id) is not None,
            ),
            allow("A8") if NEXT[tx.warrants.get(hand_off.warrant_id).state] else over,
            about=about,
        )
        now = governance.clock.now()
        keeping = Keeping(data_class=DataClass.REVIEW, warrant=hand_off.warrant_id, no_later_than=hand_off.expires_at)
        tx.confirmations.add(
            Confirmation(
                hand_off_id=hand_off.hand_off_id,
                confirmed_by=command.actor,
                report=keep(governance, tx, command.register_number.strip().encode(), keeping),
                created_at=now,
                expires_at=expiry(DataClass.REVIEW, created_at=now, no_later_than=hand_off.expires_at),
            )
        )
        tx.log.append(Event.HAND_OFF_CONFIRM, about)
        settle(governance, tx, tx.alerts.get(hand_off.alert_id))
        tx.commit()


def list_unconfirmed(governance: Governance, actor: AccountId) -> tuple[HandOffLine, ...]:
    """List the hand-offs whose patrol said *identity right* and that nobody confirmed: they are charged until then."""
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.HAND_OFF_CONFIRM)
        right = tx.hand_offs.where(found=Found.IDENTITY_RIGHT)
        waiting = [one for one in right if tx.confirmations.find(one.hand_off_id) is None]
        return tuple(line_of(tx, one) for one in waiting if NEXT[tx.warrants.get(one.warrant_id).state])
