"""Warrants that are not the plain kind: urgent ones, amended ones, and what issuer and supervisor sign about them."""

import json
from datetime import datetime, timedelta
from typing import Any, Final

from contracts.canonical import sha256_hex
from contracts.signature import Purpose, Signed
from contracts.urgent_tags import Clearance, TagRequest
from contracts.vocabulary import SlotId as ContractSlotId
from contracts.vocabulary import WarrantId as ContractWarrantId
from contracts.warrant_acts import Amendment, ApplicationReceipt, Countersignature, Rejection, Revocation
from governance.application.accounts import ChangeShift, change_shift
from governance.application.approve_warrant import ApproveWarrant, approve_warrant
from governance.application.ask_supervisor import AskSupervisor, ask_supervisor
from governance.application.build_watchlist import renew_watchlists
from governance.application.enrol_reference import EnrolReference, enrol_reference
from governance.application.issue_warrant import ExportWarrant, ImportWarrant, export_warrant, import_warrant
from governance.application.notify_authorities import deliver_due
from governance.application.take_paper import TakePaper, take_paper
from governance.domain.identifiers import DeploymentId, WarrantId
from tests.builders_applications import PHOTOGRAPH
from tests.builders_contracts import ISSUER_NAME, NOON, OFFICERS, a_hash, a_signing_key
from tests.builders_governance import World, a_submitted_warrant, put_into_use, slot_of
from tests.builders_watchlist import an_origin

SUPERVISOR_KEY: Final = a_signing_key("supervisor")


def an_urgent_application(world: World, **changes: Any) -> WarrantId:
    """An urgent application for two days that was submitted."""
    window = {"not_before": NOON, "not_after": NOON + timedelta(days=2)}
    return a_submitted_warrant(world, **{"warrant_type": "urgent", **window, **changes})


def a_clearance(world: World, warrant_id: WarrantId, *, cleared: bool = True) -> Signed:
    """The supervisor's answer to the request about this application."""
    actor = world.people.legal_officer
    asked = ask_supervisor(world.governance, AskSupervisor(actor=actor, warrant_id=warrant_id)).value
    request = Signed.from_json(json.loads(asked))
    assert TagRequest.from_bytes(request.payload).digests
    clearance = Clearance(
        warrant_id=ContractWarrantId(warrant_id),
        request_sha256=request.sha256,
        cleared=cleared,
        answered_at=world.clock.now(),
        demo=world.governance.demo,
    )
    return SUPERVISOR_KEY.sign(Purpose.URGENT_CLEARANCE, clearance.to_bytes())


def come_on_shift(world: World) -> None:
    """Let the reviewers come on shift anew, and lists be built anew: both end sooner than an urgent warrant."""
    renew_watchlists(world.governance)
    for reviewer in world.people.reviewers:
        change_shift(world.governance, ChangeShift(actor=reviewer, begin=True))


def take(world: World, record: Signed) -> None:
    """Let the legal officer bring a paper."""
    take_paper(world.governance, TakePaper(actor=world.people.legal_officer, record=record))


def an_approved_urgent(world: World, **changes: Any) -> tuple[WarrantId, bytes]:
    """An urgent application that the supervisor cleared and a legal officer approved, with its act."""
    warrant_id, actor = an_urgent_application(world, **changes), world.people.legal_officer
    take(world, a_clearance(world, warrant_id))
    approve_warrant(world.governance, ApproveWarrant(actor=actor, warrant_id=warrant_id))
    return warrant_id, export_warrant(world.governance, ExportWarrant(actor=actor, warrant_id=warrant_id)).value


def two_officers(world: World, act: bytes, *, signed_at: datetime | None = None) -> tuple[Signed, Signed]:
    """Both officers sign."""
    first, second = world.keys.officers
    signed = first.sign(Purpose.WARRANT, act)
    agreed = Countersignature(
        warrant_id=ContractWarrantId(json.loads(act)["warrant_id"]),
        warrant_sha256=sha256_hex(act),
        first_key=first.id,
        officer=OFFICERS[1],
        signed_at=signed_at or world.clock.now(),
        demo=world.governance.demo,
    )
    return signed, second.sign(Purpose.COUNTERSIGNATURE, agreed.to_bytes())


def a_begun_urgent(world: World, **changes: Any) -> tuple[WarrantId, str]:
    """An urgent warrant that two officers began now, with the hash of its act."""
    warrant_id, act = an_approved_urgent(world, **changes)
    signed, second = two_officers(world, act)
    command = ImportWarrant(actor=world.people.legal_officer, record=signed, countersignature=second)
    import_warrant(world.governance, command)
    return warrant_id, sha256_hex(act)


def an_urgent_deployment(world: World, **changes: Any) -> tuple[DeploymentId, WarrantId, str]:
    """An urgent warrant in use, of which both authorities signed that they were told."""
    warrant_id, act_sha256 = a_begun_urgent(world, **changes)
    command = EnrolReference(
        actor=world.people.enroller,
        warrant_id=warrant_id,
        slot_id=slot_of(world, warrant_id),
        photograph=PHOTOGRAPH,
        origin=an_origin(),
    )
    enrol_reference(world.governance, command)
    deployment_id = put_into_use(world, warrant_id)
    deliver_due(world.governance)
    return deployment_id, warrant_id, act_sha256


def _about(world: World, warrant_id: WarrantId, act_sha256: str) -> dict[str, Any]:
    return {
        "warrant_id": ContractWarrantId(warrant_id),
        "warrant_sha256": act_sha256,
        "issuer": ISSUER_NAME,
        "issued_at": world.clock.now(),
        "demo": world.governance.demo,
    }


def a_receipt(world: World, warrant_id: WarrantId, act_sha256: str) -> Signed:
    """The issuer received the application."""
    receipt = ApplicationReceipt(**_about(world, warrant_id, act_sha256), diary_number="D-1")
    return world.keys.issuer.sign(Purpose.APPLICATION_RECEIPT, receipt.to_bytes())


def a_rejection(world: World, warrant_id: WarrantId, act_sha256: str, **changes: Any) -> Signed:
    """The issuer says no."""
    values = {**_about(world, warrant_id, act_sha256), "not_after": NOON + timedelta(days=2), **changes}
    rejection = Rejection(**values, decision_sha256=a_hash("no"))
    return world.keys.issuer.sign(Purpose.REJECTION, rejection.to_bytes())


def a_revocation(world: World, warrant_id: WarrantId, act_sha256: str) -> Signed:
    """The issuer takes its warrant back."""
    values = {**_about(world, warrant_id, act_sha256), "not_after": NOON + timedelta(days=2)}
    revocation = Revocation(**values, decision_sha256=a_hash("back"))
    return world.keys.issuer.sign(Purpose.REVOCATION, revocation.to_bytes())


def an_amendment(
    world: World, warrant_id: WarrantId, act_sha256: str, slot_id: str, *photographs: bytes, **changes: Any
) -> Signed:
    """The issuer has seen further photographs of one person."""
    values = {**_about(world, warrant_id, act_sha256), **changes}
    amendment = Amendment(**values, slot_id=ContractSlotId(slot_id), photographs=tuple(map(sha256_hex, photographs)))
    return world.keys.issuer.sign(Purpose.AMENDMENT, amendment.to_bytes())
