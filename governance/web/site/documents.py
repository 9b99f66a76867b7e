"""Documents and signs of cameras: what each has, what it lacks, and the form that hands them in (B7, C9)."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from governance.application import site_register
from governance.application.accounts import Principal
from governance.application.errors import BadInput
from governance.application.file_document import FileDocument, file_document
from governance.domain.events import Event
from governance.domain.identifiers import CameraId
from governance.domain.roles import Action
from governance.domain.site_evidence import NAMES, DocumentKind
from governance.web.access import GovernanceDependency, permits
from governance.web.forms import OwnForm, choice, files
from governance.web.pages import render
from governance.web.recording import records, records_nothing

_WANTED = "Choose what the document is, and one file."
router = APIRouter(prefix="/site/documents")

Manager = Annotated[Principal, Depends(permits(Action.DOCUMENT_FILE))]


@router.get("", dependencies=[records_nothing("It lists cameras and hashes of documents, and nobody.")])
def documents_page(request: Request, principal: Manager, governance: GovernanceDependency) -> Response:
    """Show what each camera has and lacks."""
    cameras = site_register.list_cameras(governance, principal.account_id)
    return render(request, "site/documents.html", cameras=cameras, kinds=NAMES, now=governance.clock.now())


@router.post("", dependencies=[records(Event.DOCUMENT_FILE)])
def hand_in(principal: Manager, governance: GovernanceDependency, form: OwnForm) -> Response:
    """Hand in one document for the chosen cameras."""
    kind = choice(form, "kind", DocumentKind, _WANTED)
    given = files(form, "document")
    if len(given) != 1:
        raise BadInput(_WANTED)
    cameras = tuple(CameraId(value) for value in form.getlist("camera") if isinstance(value, str))
    file_document(governance, FileDocument(actor=principal.account_id, cameras=cameras, kind=kind, file=given[0]))
    return RedirectResponse("/site/documents", status_code=HTTPStatus.SEE_OTHER)
