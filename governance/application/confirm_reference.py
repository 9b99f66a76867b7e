"""Confirm: the second signature for a minor's person slot; before it the slot is compared with nobody (C2)."""

from dataclasses import dataclass, replace

from governance.application.errors import NotFound
from governance.application.governance import Governance
from governance.application.procedure import acting, require
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, SlotId, WarrantId
from governance.domain.references import may_confirm
from governance.domain.roles import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmReference:
    """Sign for a minor's slot, as somebody who neither applied, nor approved, nor enrolled."""

    actor: AccountId
    warrant_id: WarrantId
    slot_id: SlotId


def confirm_reference(governance: Governance, command: ConfirmReference) -> None:
    """Make a minor's slot live.

    Raises:
        NotFound: the slot is empty.
        Refused: no second signature is needed, or this person may not give it (C2).
    """
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.REFERENCE_CONFIRM)
        warrant = tx.warrants.get(command.warrant_id)
        references = tx.references.where(warrant_id=warrant.warrant_id, slot_id=command.slot_id)
        if not references:
            raise NotFound("This person slot is empty; there is nothing to confirm.")
        (reference,) = references
        about = {"actor": command.actor, "slot": reference.slot_id, "warrant": warrant.warrant_id}
        require(tx, may_confirm(reference, warrant, command.actor), about=about)
        tx.references.save(replace(reference, confirmed_by=command.actor))
        tx.log.append(Event.REFERENCE_CONFIRM, {**about, "reference": reference.reference_id})
        tx.commit(witnessed=True)
