"""Keep what an act names of its cameras, and what the register replaced since; compare the two (A4, A5)."""

from datetime import datetime

from contracts.camera import CameraRecord, only_narrows
from contracts.canonical import sha256_hex
from contracts.signature import Signed
from contracts.warrant import Warrant as Act
from governance.application.ports import Transaction
from governance.domain.decisions import Decision, denials
from governance.domain.deployments import Deployment
from governance.domain.identifiers import CameraId, WarrantId
from governance.domain.named_cameras import (
    EarlierRecord,
    FiledAssessment,
    NamedCamera,
    is_as_named,
    is_under_its_assessment,
    replaced_of,
)
from governance.domain.registers import Camera
from governance.domain.retention import DataClass, expiry
from governance.domain.site_evidence import CameraDocument, DocumentKind
from governance.domain.warrants import WarrantState


def keep_named(tx: Transaction, deployment: Deployment, act: Act) -> None:
    """Keep what the act says of each camera. One that names no records leaves nothing, and is lent nowhere."""
    for camera in act.cameras:
        if camera.record_sha256 is not None:
            tx.named_cameras.add(
                NamedCamera(
                    warrant_id=deployment.warrant_id,
                    camera_id=CameraId(camera.camera_id),
                    record_sha256=camera.record_sha256,
                    assessment_sha256=act.impact_assessment_sha256,
                    written_at=_written_at(tx, deployment.warrant_id),
                    created_at=deployment.created_at,
                    expires_at=deployment.expires_at,
                )
            )


def _written_at(tx: Transaction, warrant_id: WarrantId) -> datetime:
    """Return when the act's bytes were fixed, which is when it was approved."""
    steps = tx.transitions.where(warrant_id=warrant_id)
    return max(step.created_at for step in steps if step.after is WarrantState.APPROVED)


def keep_earlier(tx: Transaction, replaced: Camera) -> None:
    """Keep the record that a newer one takes the place of: warrants name it, and may go on under less."""
    sha256 = sha256_hex(replaced.payload)
    if tx.earlier_records.find(sha256) is None:
        tx.earlier_records.add(
            EarlierRecord(
                record_sha256=sha256,
                camera_id=replaced.camera_id,
                payload=replaced.payload,
                key=replaced.key,
                signature=replaced.signature,
                created_at=replaced.created_at,
                expires_at=replaced.expires_at,
            )
        )


def keep_filed(tx: Transaction, document: CameraDocument) -> None:
    """Keep that this impact assessment was handed in, once, with its first time."""
    key = document.camera_id, document.sha256
    if document.kind is DocumentKind.IMPACT_ASSESSMENT and tx.filed_assessments.find(key) is None:
        tx.filed_assessments.add(
            FiledAssessment(
                camera_id=document.camera_id,
                sha256=document.sha256,
                created_at=document.created_at,
                # Longer than the document itself: handed in again, it is no newer one.
                expires_at=expiry(DataClass.REGISTER, created_at=document.created_at),
            )
        )


def looks_as_named(tx: Transaction, warrant_id: WarrantId, camera: Camera) -> Decision:
    """A4: the camera's record is the one that the act names, or sees less."""
    named = tx.named_cameras.find((warrant_id, camera.camera_id))
    return is_as_named(named, narrowed=named is not None and _narrows(tx, named, camera))


def _narrows(tx: Transaction, named: NamedCamera, camera: Camera) -> bool:
    if named.record_sha256 == sha256_hex(camera.payload):
        return True
    before = tx.earlier_records.find(named.record_sha256)
    return before is not None and only_narrows(
        CameraRecord.from_bytes(before.payload), CameraRecord.from_bytes(camera.payload)
    )


def earlier_named(tx: Transaction, warrant_id: WarrantId, camera: Camera) -> Signed | None:
    """Return the record that the act names, as the region signed it, where the camera's own is a newer one."""
    named = tx.named_cameras.get((warrant_id, camera.camera_id))
    before = tx.earlier_records.find(named.record_sha256)
    if before is None or named.record_sha256 == sha256_hex(camera.payload):
        return None
    return Signed(payload=before.payload, key=before.key, signature=before.signature)


def is_assessed_as_named(tx: Transaction, warrant_id: WarrantId, camera_id: CameraId) -> Decision:
    """A5: the camera's impact assessment did not change since the act was written."""
    return is_under_its_assessment(
        tx.named_cameras.find((warrant_id, camera_id)),
        tx.documents.find((camera_id, DocumentKind.IMPACT_ASSESSMENT)),
        tx.filed_assessments.where(camera_id=camera_id),
    )


def why_not_as_named(tx: Transaction, warrant_id: WarrantId) -> dict[CameraId, str]:
    """Return for each camera of a warrant in use that changed since its act was written why it is not lent.

    What only narrowed is not in it.
    """
    found = {}
    for named in tx.named_cameras.where(warrant_id=warrant_id):
        camera = tx.cameras.find(named.camera_id)
        if camera is not None:
            asked = (looks_as_named(tx, warrant_id, camera), is_assessed_as_named(tx, warrant_id, camera.camera_id))
            reasons = [f"{one.rule}: {one.reason}" for one in denials(asked)]
            if reasons:
                found[camera.camera_id] = " ".join(reasons)
    return found


def replaced_assessments(tx: Transaction, camera_id: CameraId) -> frozenset[str]:
    """Return the impact assessments of a camera that a newer one took the place of."""
    current = tx.documents.find((camera_id, DocumentKind.IMPACT_ASSESSMENT))
    return replaced_of(current, tx.filed_assessments.where(camera_id=camera_id))
