"""Hand in a camera's document or the photograph of its sign: its SHA-256 is kept, the file stays with the region."""

import hashlib
from dataclasses import dataclass

from governance.application.errors import BadInput
from governance.application.governance import Governance
from governance.application.named_cameras import keep_filed
from governance.application.ports import Transaction
from governance.application.procedure import acting
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, CameraId
from governance.domain.retention import DataClass, expiry
from governance.domain.roles import Action
from governance.domain.site_evidence import CameraDocument, DocumentKind

_SIGN_BEGINS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDocument:
    """Hand in one document for one or several cameras of the register (B5, B7, C9)."""

    actor: AccountId
    cameras: tuple[CameraId, ...]
    kind: DocumentKind
    file: bytes


def file_document(governance: Governance, command: FileDocument) -> None:
    """Keep the document's hash for each of these cameras, in place of the one before.

    Raises:
        BadInput: no camera is named, or the file cannot be such a document.
        NotFound: there is no such camera.
    """
    if not command.cameras:
        raise BadInput("Choose the cameras that this document is about.")
    _require_fitting(command)
    now, digest = governance.clock.now(), hashlib.sha256(command.file).hexdigest()
    ends = expiry(DataClass.REGISTER, created_at=now, no_later_than=now + governance.legal.camera_document_life)
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.DOCUMENT_FILE)
        for camera_id in dict.fromkeys(command.cameras):
            camera = tx.cameras.get(camera_id)
            _replace(
                tx,
                CameraDocument(
                    camera_id=camera.camera_id,
                    kind=command.kind,
                    sha256=digest,
                    handed_in_by=command.actor,
                    created_at=now,
                    expires_at=ends,
                ),
            )
            about = {"actor": command.actor, "camera": camera.camera_id, "document": digest}
            tx.log.append(Event.DOCUMENT_FILE, {**about, "purpose": command.kind.value})
        tx.commit()


def _replace(tx: Transaction, document: CameraDocument) -> None:
    """Put a document in the place of the one before. Which assessments stood is remembered (A5)."""
    key = document.camera_id, document.kind
    before = tx.documents.find(key)
    if before is not None:
        keep_filed(tx, before)
        tx.documents.remove(key)
    keep_filed(tx, document)
    tx.documents.add(document)


def _require_fitting(command: FileDocument) -> None:
    if command.kind is DocumentKind.SIGN:
        # Nothing here opens pictures; what is no JPEG or PNG by its first bytes is certainly no photograph.
        if not command.file.startswith(_SIGN_BEGINS):
            raise BadInput("The photograph of the sign is a JPEG or PNG file.")
    elif not command.file.startswith(b"%PDF-"):
        raise BadInput("The document is a PDF file.")
