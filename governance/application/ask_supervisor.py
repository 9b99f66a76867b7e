"""Ask the supervisor whether the same person or case was urgent before (A7). The answer comes back as a paper."""

from dataclasses import dataclass

from contracts.canonical import encode
from contracts.signature import Purpose
from contracts.urgent_tags import TagRequest, digest_of
from contracts.vocabulary import WarrantId as ContractWarrantId
from governance.application.details import details_from_bytes
from governance.application.governance import Governance
from governance.application.procedure import acting, require
from governance.application.released import Released, release
from governance.application.vault import Reading, reveal_all
from governance.domain.decisions import allow, deny
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, WarrantId
from governance.domain.roles import Action
from governance.domain.warrants import Application, WarrantState, WarrantType


@dataclass(frozen=True, slots=True, kw_only=True)
class AskSupervisor:
    """Take out the request about one urgent application."""

    actor: AccountId
    warrant_id: WarrantId


def ask_supervisor(governance: Governance, command: AskSupervisor) -> Released[bytes]:
    """Return the signed request, as a file for `insyn urgent-tags answer`. Nothing of it is kept here. Logged first.

    Raises:
        Refused: it is not an urgent application that waits for its approval.
    """
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.WARRANT_EXPORT)
        warrant = tx.warrants.get(command.warrant_id)
        about = {"actor": command.actor, "warrant": warrant.warrant_id}
        waits = warrant.type is WarrantType.URGENT and warrant.state is WarrantState.SUBMITTED
        decision = allow("A7") if waits else deny("A7", "Only an urgent application that was submitted asks this.")
        require(tx, decision, about=about)
        reading = Reading(event=Event.WARRANT_EXPORT, about=about)
        (details,), recorded = reveal_all(governance, tx, [warrant.details], reading)
    request = TagRequest(
        warrant_id=ContractWarrantId(warrant.warrant_id),
        ends_at=warrant.not_after,
        digests=digests_of(details_from_bytes(details).application),
        demo=governance.demo,
    )
    signed = governance.lease_key.sign(Purpose.URGENT_TAG_REQUEST, request.to_bytes())
    return release(governance, encode(signed.to_json()), recorded, events=[Event.WARRANT_EXPORT])


def digests_of(application: Application) -> tuple[str, ...]:
    """A7: return what stands for the case, each person and each photograph of an application."""
    persons = [digest_of("person", slot.person) for slot in application.slots]
    photographs = [digest_of("photograph", one) for slot in application.slots for one in slot.photographs]
    return tuple(sorted({digest_of("case", application.case_reference), *persons, *photographs}))
