"""Evidence and documents as a region hands them in, so that the cameras of a test may be lent.

give_grounds(governance, site_manager)
"""

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from governance.application.file_document import FileDocument, file_document
from governance.application.governance import Governance
from governance.application.import_evidence import ImportEvidence, import_evidence
from governance.domain.identifiers import AccountId, CameraId, SiteId
from governance.domain.registers import Camera
from governance.domain.site_evidence import CameraDocument, DocumentKind, SiteEvidence
from tests.builders_contracts import CAMERA, NOON, SITE

SIGN: Final = b"\xff\xd8\xff a photograph of a sign"
PDF: Final = b"%PDF-1.7 a document"


def some_incidents(site: str = SITE, *, there: int = 40, elsewhere: int = 5) -> bytes:
    """Return a file in which one site stands out against nine other places."""
    rows = [f"{site},2026-02-{day:02d}T21:30,mord,{there // 10}" for day in range(1, 11)]
    rows += [f"place-{number},2026-02-03T10:00,grovt rån,{elsewhere}" for number in range(9)]
    return "\n".join(["site,time,category,count", *rows, f"{site},2026-02-03T10:00,klotter,17", ""]).encode()


def a_camera_of_the_register(**changes: Any) -> Camera:
    """Return an open camera as the register has it."""
    camera = Camera(
        camera_id=CameraId(CAMERA),
        site_id=SiteId(SITE),
        view="The entrance.",
        care_area=False,
        serial=1,
        opens=0,
        closes=24 * 60,
        healthcare=False,
        opened_by_sha256=None,
        payload=b"",
        key="",
        signature=b"",
        created_at=NOON,
        expires_at=NOON + timedelta(days=900),
    )
    return replace(camera, **changes)


def some_evidence() -> SiteEvidence:
    """Return evidence that reaches its threshold."""
    return SiteEvidence(
        site_id=SiteId(SITE),
        document="0" * 64,
        counted=40,
        total=85,
        places=10,
        ratio=4.7,
        ratio_low=3.6,
        ratio_high=5.8,
        p_value=1e-9,
        threshold=1.5,
        hot_spot=True,
        counts="{}",
        imported_by=AccountId("siv"),
        created_at=NOON,
        expires_at=NOON + timedelta(days=365),
    )


def some_documents() -> tuple[CameraDocument, ...]:
    """Return one document of each kind for the camera."""
    return tuple(
        CameraDocument(
            camera_id=CameraId(CAMERA),
            kind=kind,
            sha256="0" * 64,
            handed_in_by=AccountId("siv"),
            created_at=NOON,
            expires_at=NOON + timedelta(days=100),
        )
        for kind in DocumentKind
    )


def give_grounds(governance: Governance, actor: AccountId) -> None:
    """Import evidence for the one site, and hand in every document for every camera of the register."""
    file = some_incidents()
    command = ImportEvidence(actor=actor, file=file, previewed=hashlib.sha256(file).hexdigest(), threshold=1.5)
    import_evidence(governance, command)
    give_documents(governance, actor)


def give_documents(governance: Governance, actor: AccountId) -> None:
    """Hand in every document for every camera of the register."""
    with governance.database.transaction() as tx:
        cameras = tuple(camera.camera_id for camera in tx.cameras.where())
    for kind in DocumentKind:
        file = SIGN if kind is DocumentKind.SIGN else PDF
        file_document(governance, FileDocument(actor=actor, cameras=cameras, kind=kind, file=file))


def site_requests() -> list[dict[str, Any]]:
    """Return what a site manager asks of the pages of evidence and documents, as calls (`tests.builders_calls`)."""
    page, file = "/site/evidence", some_incidents()
    incidents, document = (("incidents", ("i.csv", file)),), (("document", ("b.pdf", PDF)),)
    chosen = {"threshold": "1.5", "previewed": hashlib.sha256(file).hexdigest()}
    balancing = {"kind": "balancing", "camera": CAMERA}
    read = [(f"{page}/{SITE}", page + "/{site_id}")]
    read += [(f"{page}/{SITE}/{axis}.svg", page + "/{site_id}/{axis}.svg") for axis in ("months", "hours")]
    sent = [(f"{page}/preview", chosen, incidents, 200), (page, chosen, incidents, 303)]
    sent += [("/site/documents", balancing, document, 303)]
    return [
        *({"method": "GET", "path": path, "route": route} for path, route in read),
        *(
            {"method": "POST", "path": path, "route": path, "fields": fields, "files": given, "expected": expected}
            for path, fields, given, expected in sent
        ),
    ]
