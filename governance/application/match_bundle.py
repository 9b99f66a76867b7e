"""A proof bundle for one match: its entries with their proofs, what is opened of them, and the records they name.

Whoever gets it needs nothing of ours but the pinned policy: `insyn-verify --bundle` checks every link. Which groups are
opened is chosen one by one; opening them is an entry of the log, as every reading is.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from contracts.receipt import LogReceipt
from contracts.warrant import Warrant as Act
from governance.application.errors import NotFound
from governance.application.governance import Governance
from governance.application.journal import Recorded
from governance.application.lasting_proofs import lasting_receipts
from governance.application.log_errors import log_errors
from governance.application.log_files import LogFiles
from governance.application.log_reading import OpenedLine
from governance.application.log_trail import ChainLink
from governance.application.papers import papers_of
from governance.application.ports import LogValue, Transaction
from governance.application.released import Released, release
from governance.application.vault import Reading, is_standing, reveal_all
from governance.application.what_admitted import what_admitted
from governance.audit.bundle import (
    CHECKPOINT,
    EVENTS,
    PATH,
    Bundle,
    Record,
    Role,
    SignedRecord,
    entry_path,
    record_path,
)
from governance.audit.canonical import canonical
from governance.audit.disclosure import Disclosed, Opened
from governance.audit.leaf import KeyRef, Leaf
from governance.audit.proof import LogProof, format_proof
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, AlertId, LeaseId, ObjectId
from governance.domain.log_fields import Group
from governance.domain.papers import PaperKind, newest
from governance.domain.review import Alert

_PURPOSE: Final = "bundle"

Files = Mapping[str, bytes]
"""The bundle's files by their paths."""


def match_bundle(
    governance: Governance,
    actor: AccountId,
    chain: Sequence[ChainLink],
    *,
    alert_id: AlertId,
    groups: Collection[Group],
    log_files: LogFiles,
    without: Collection[Record] = (),
) -> Released[Files]:
    """Return the bundle of a match whose chain was told; `groups` are opened, the others stay sealed.

    The records that it is made `without` are not enclosed. Its proofs stand under a checkpoint that the witnesses
    cosigned, where there are any.

    Raises:
        NotFound: the chain tells of no alert.
        StorageFailed: log or vault do not answer; nothing is handed out.
    """
    lines = {line.index: line for link in chain for line in link.lines}
    bundle = Bundle(origin=governance.log_origin, links=_links(lines.values()))
    if not bundle.of(Role.ALERT):
        raise NotFound("There is no such alert in these entries.")
    leaves = {index: lines[index].leaf for _, index in bundle.links}
    secrets, recorded = _let_out(governance, actor, leaves.values(), alert_id, groups)
    files = {PATH: bundle.to_bytes()}
    receipts = lasting_receipts(governance, log_files, leaves)
    with log_errors():
        boxes = governance.log.boxes(list(secrets))
    for index, receipt in receipts.items():
        files[CHECKPOINT] = receipt.checkpoint.encode()
        files[entry_path(index)] = _disclosed(leaves[index], receipt, secrets, boxes).to_bytes()
    if Group.SUBJECT in groups and Group.CONTEXT in groups:
        files.update(_records(governance, actor, alert_id, without))
    return release(governance, files, recorded, events=[Event.LOG_READ])


def _links(lines: Collection[OpenedLine]) -> tuple[tuple[Role, int], ...]:
    """Give each entry of the chain its role, in the order of the roles; what has none is left out."""
    return tuple(
        (role, line.index)
        for role in Role
        for line in sorted(lines, key=lambda one: one.index)
        if line.leaf.event in EVENTS[role]
    )


def _let_out(
    governance: Governance,
    actor: AccountId,
    leaves: Collection[Leaf],
    alert_id: AlertId,
    groups: Collection[Group],
) -> tuple[Mapping[KeyRef, bytes], Recorded]:
    wanted = {group.value for group in groups}
    keys = [one.key for leaf in leaves for one in leaf.compartments if one.group in wanted]
    about: dict[str, LogValue] = {"actor": actor, "alert": alert_id, "purpose": _PURPOSE}
    with log_errors():
        recorded = governance.journal.record(Event.LOG_READ, about, opens=keys)
        return governance.journal.release(keys, recorded), recorded


def _disclosed(
    leaf: Leaf, receipt: LogReceipt, secrets: Mapping[KeyRef, bytes], boxes: Mapping[KeyRef, bytes]
) -> Disclosed:
    proof = LogProof(index=receipt.index, hashes=receipt.proof, checkpoint=receipt.checkpoint)
    opened = tuple(
        Opened(group=one.group, key=one.key, dek=secrets[one.key], box=boxes[one.key])
        for one in leaf.compartments
        if one.key in secrets and one.key in boxes
    )
    return Disclosed(index=receipt.index, leaf=receipt.leaf, proof=format_proof(proof), compartments=opened)


def _records(
    governance: Governance, actor: AccountId, alert_id: AlertId, without: Collection[Record]
) -> dict[str, bytes]:
    """Return the signed records that still stand: the issuer's warrant, our lease, the site's report; and the profile.

    An older warrant's profile is not the one of today, and is not kept; what admitted it then is.
    """
    with governance.database.transaction() as tx:
        alert = tx.alerts.get(alert_id)
        warrant = tx.warrants.get(alert.warrant_id)
        about = {"actor": actor, "alert": alert_id, "purpose": _PURPOSE, "warrant": warrant.warrant_id}
        opened = _opened(governance, tx, [warrant.act, alert.report], Reading(event=Event.OBJECT_READ, about=about))
        lease = tx.leases.find(LeaseId(alert.lease_id))
        pdf = newest(papers_of(tx, warrant.warrant_id), PaperKind.SIGNED_PDF)
        admission = _admission(governance, tx, alert, opened[0])
    records: dict[Record, bytes] = {}
    act, report = opened
    if act is not None and warrant.signature_key is not None and warrant.signature is not None:
        # A court's PDF shows what its page shows; the file for the defence names it by its hash.
        signed = SignedRecord(
            payload=act,
            key=warrant.signature_key,
            signature=warrant.signature,
            pdf_sha256=None if pdf is None else pdf.paper_sha256,
        )
        records[Record.WARRANT] = signed.to_bytes()
    if report is not None:
        records[Record.REPORT] = canonical(json.loads(report))
    if lease is not None:
        records[Record.LEASE] = lease.record
    if act is not None and Act.from_bytes(act).profile_sha256 == governance.profile_sha256 and governance.profile:
        records[Record.PROFILE] = governance.profile
    if admission is not None:
        records[Record.EVALUATION] = admission.encode()
    return {record_path(record): data for record, data in records.items() if record not in without}


def _admission(governance: Governance, tx: Transaction, alert: Alert, act: bytes | None) -> str | None:
    """P4, E8: return the signed admission of the profile that compared, as it stood then; nothing where none is kept.

    A face that was found in a recording was compared long after it was seen; its profile stands in the act alone.
    """
    if alert.deployment_id is not None:
        profile, then = tx.deployments.get(alert.deployment_id).profile_sha256, alert.captured_at
    elif act is not None:
        profile, then = Act.from_bytes(act).profile_sha256, alert.created_at
    else:
        return None
    model = what_admitted(governance, tx, profile, begins=then, ends=then)
    return next((one.kept.record for one in model.admissions), None)


def _opened(
    governance: Governance, tx: Transaction, objects: Sequence[ObjectId | None], reading: Reading
) -> tuple[bytes | None, ...]:
    standing = [one for one in objects if is_standing(governance, tx, one)]
    if not standing:
        return (None,) * len(objects)
    opened, _ = reveal_all(governance, tx, standing, reading)
    found = dict(zip(standing, opened, strict=True))
    return tuple(None if one is None else found.get(one) for one in objects)
