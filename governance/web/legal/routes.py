"""The routes of applicants and legal officers. Each calls one use case; the rules speak there."""

import json
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from contracts.errors import ContractError
from contracts.signature import Signed
from governance.application import approve_warrant, deployments, issue_warrant, queries
from governance.application.accounts import Principal
from governance.application.approve_warrant import ApproveWarrant, RejectWarrant
from governance.application.confirm_reference import ConfirmReference, confirm_reference
from governance.application.deployments import RevokeWarrant, StartDeployment
from governance.application.draft_warrant import DraftWarrant, draft_warrant
from governance.application.enrol_reference import (
    EnrolReference,
    ExaminePhotograph,
    enrol_reference,
    examine_photograph,
)
from governance.application.errors import BadInput
from governance.application.governance import Governance
from governance.application.issue_warrant import ExportWarrant, ImportWarrant
from governance.application.redraft_warrant import Draft, RedraftWarrant, read_draft, redraft_warrant
from governance.application.submit_warrant import SubmitWarrant, submit_warrant
from governance.application.warrant_checklist import known_issuers
from governance.domain.eu_floor import FORBIDDEN_PROVENANCES, Provenance
from governance.domain.events import Event
from governance.domain.identifiers import SlotId, WarrantId
from governance.domain.legal_profile import AgeBand, Objective
from governance.domain.provenance import Release
from governance.domain.roles import Action, may
from governance.domain.warrants import SubjectKind, WarrantType
from governance.web.access import GovernanceDependency, permits
from governance.web.downloads import download
from governance.web.forms import OwnForm, files, text
from governance.web.legal.application_form import PERSONS, filled_form, read_application
from governance.web.legal.checklist import checklist
from governance.web.legal.origin_form import read_origin
from governance.web.pages import render
from governance.web.recording import records, records_nothing

router = APIRouter(prefix="/legal")


def back_to(warrant_id: str) -> Response:
    """Return to the warrant's page."""
    return RedirectResponse(f"/legal/warrants/{warrant_id}", status_code=HTTPStatus.SEE_OTHER)


@router.get(
    "", dependencies=[records_nothing("It lists opaque ids, states and windows; nothing of what a warrant says.")]
)
def warrants_page(
    request: Request,
    principal: Annotated[Principal, Depends(permits(Action.WARRANT_LIST))],
    governance: GovernanceDependency,
) -> Response:
    """List warrants and their states."""
    return render(
        request,
        "legal/warrants.html",
        warrants=queries.list_warrants(governance, principal.account_id),
        may_read=may(principal.roles, Action.WARRANT_READ).allowed,
        may_draft=may(principal.roles, Action.WARRANT_DRAFT).allowed,
    )


@router.get("/new", dependencies=[records_nothing("An empty form says nothing about anybody.")])
def application_page(
    request: Request,
    principal: Annotated[Principal, Depends(permits(Action.WARRANT_DRAFT))],
    governance: GovernanceDependency,
) -> Response:
    """Show an empty application, with what the law allows to choose from."""
    return _application_form(request, principal, governance, None, warrant_id="")


def _application_form(
    request: Request, principal: Principal, governance: Governance, draft: Draft | None, *, warrant_id: str
) -> Response:
    """Show the form of an application: empty, or with what a draft says."""
    slots = () if draft is None else draft.application.slots
    return render(
        request,
        "legal/application.html",
        draft=draft,
        warrant_id=warrant_id,
        filled={} if draft is None else filled_form(draft.application, governance.legal),
        chosen=() if draft is None else tuple(camera.camera_id for camera in draft.application.cameras),
        objectives=list(Objective),
        offences=governance.legal.offences,
        age_bands=list(AgeBand),
        kinds=list(SubjectKind),
        issuers=known_issuers(governance),
        cameras=queries.list_cameras(governance, principal.account_id),
        persons=range(max(PERSONS, len(slots))),
        types=list(WarrantType),
        zone=governance.legal.zone,
    )


@router.post("/warrants", dependencies=[records(Event.WARRANT_DRAFT)])
def draft(
    principal: Annotated[Principal, Depends(permits(Action.WARRANT_DRAFT))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Keep an application with its decision. Of its photographs only the hashes are kept."""
    application = read_application(form, profile_sha256=governance.profile_sha256, legal=governance.legal)
    decision = next(iter(files(form, "decision")), None)
    command = DraftWarrant(actor=principal.account_id, application=application, decision=decision)
    return back_to(draft_warrant(governance, command))


@router.get("/warrants/{warrant_id}/change", dependencies=[records(Event.WARRANT_READ)])
def change_page(
    request: Request,
    warrant_id: str,
    principal: Annotated[Principal, Depends(permits(Action.WARRANT_DRAFT))],
    governance: GovernanceDependency,
) -> Response:
    """Show one's own draft in the form, for changing it. Reading it is logged by the use case."""
    draft = read_draft(governance, principal.account_id, WarrantId(warrant_id)).value
    return _application_form(request, principal, governance, draft, warrant_id=warrant_id)


@router.post(
    "/warrants/{warrant_id}/change",
    dependencies=[
        records(
            Event.ERASURE_INTEND,
            Event.OBJECT_READ,
            Event.WARRANT_REDRAFT,
            sometimes=(Event.ERASURE_COMPLETE,),
        )
    ],
)
def change(
    warrant_id: str,
    principal: Annotated[Principal, Depends(permits(Action.WARRANT_DRAFT))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Put what the form says in the place of the draft. A file that is not chosen anew stays as it was."""
    command = RedraftWarrant(
        actor=principal.account_id,
        warrant_id=WarrantId(warrant_id),
        version=text(form, "version"),
        application=read_application(form, profile_sha256=governance.profile_sha256, legal=governance.legal),
        decision=next(iter(files(form, "decision")), None),
    )
    redraft_warrant(governance, command)
    return back_to(warrant_id)


@router.get("/warrants/{warrant_id}", dependencies=[records(Event.WARRANT_READ)])
def warrant_page(
    request: Request,
    warrant_id: str,
    principal: Annotated[Principal, Depends(permits(Action.WARRANT_READ))],
    governance: GovernanceDependency,
) -> Response:
    """Show one warrant, its checklist, and what can be done next. Reading it is logged by the use case."""
    page = queries.read_warrant(governance, principal.account_id, WarrantId(warrant_id)).value
    return render(
        request,
        "legal/warrant.html",
        page=page,
        zone=governance.legal.zone,
        provenances=[one for one in Provenance if one not in FORBIDDEN_PROVENANCES],
        releases=list(Release),
        checks=checklist(governance, page.application, attached=page.decision_attached),
        officer=may(principal.roles, Action.WARRANT_APPROVE).allowed,
        applicant=may(principal.roles, Action.WARRANT_SUBMIT).allowed,
        confirms=may(principal.roles, Action.REFERENCE_CONFIRM).allowed,
    )


@router.post(
    "/warrants/{warrant_id}/submit",
    dependencies=[records(Event.OBJECT_READ, Event.WARRANT_SUBMIT, sometimes=(Event.WARRANT_REFUSE,))],
)
def submit(
    warrant_id: str,
    principal: Annotated[Principal, Depends(permits(Action.WARRANT_SUBMIT))],
    governance: GovernanceDependency,
    _form: OwnForm,
) -> Response:
    """Submit an application."""
    submit_warrant(governance, SubmitWarrant(actor=principal.account_id, warrant_id=WarrantId(warrant_id)))
    return back_to(warrant_id)


@router.post(
    "/warrants/{warrant_id}/approve",
    dependencies=[records(Event.OBJECT_READ, Event.WARRANT_APPROVE, sometimes=(Event.WARRANT_REFUSE,))],
)
def approve(
    warrant_id: str,
    principal: Annotated[Principal, Depends(permits(Action.WARRANT_APPROVE))],
    governance: GovernanceDependency,
    _form: OwnForm,
) -> Response:
    """Approve an application."""
    command = ApproveWarrant(actor=principal.account_id, warrant_id=WarrantId(warrant_id))
    approve_warrant.approve_warrant(governance, command)
    return back_to(warrant_id)


@router.post(
    "/warrants/{warrant_id}/reject",
    dependencies=[records(Event.ERASURE_INTEND, Event.WARRANT_REJECT, sometimes=(Event.ERASURE_COMPLETE,))],
)
def reject(
    warrant_id: str,
    principal: Annotated[Principal, Depends(permits(Action.WARRANT_REJECT))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Refuse an application; what it said is erased."""
    why = text(form, "why")
    command = RejectWarrant(actor=principal.account_id, warrant_id=WarrantId(warrant_id), why=why)
    approve_warrant.reject_warrant(governance, command)
    return RedirectResponse("/legal", status_code=HTTPStatus.SEE_OTHER)


@router.post("/warrants/{warrant_id}/export", dependencies=[records(Event.WARRANT_EXPORT)])
def export(
    warrant_id: str,
    principal: Annotated[Principal, Depends(permits(Action.WARRANT_EXPORT))],
    governance: GovernanceDependency,
    _form: OwnForm,
) -> Response:
    """Hand out the canonical bytes for the issuer. The file's name says nothing of the warrant."""
    command = ExportWarrant(actor=principal.account_id, warrant_id=WarrantId(warrant_id))
    content = issue_warrant.export_warrant(governance, command).value
    return download(content, "warrant-for-the-issuer.json", "application/json")


@router.post("/issued", dependencies=[records(Event.WARRANT_IMPORT)])
def take_issued(
    principal: Annotated[Principal, Depends(permits(Action.WARRANT_IMPORT))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Take in what the issuer signed; of an urgent warrant, what two officers signed (A7)."""
    second = files(form, "countersigned")
    command = ImportWarrant(
        actor=principal.account_id,
        record=issued_file(files(form, "signed")),
        countersignature=signed_file(second) if second else None,
    )
    return back_to(issue_warrant.import_warrant(governance, command))


@router.post("/warrants/{warrant_id}/slots/{slot_id}", dependencies=[records(Event.OBJECT_READ, Event.REFERENCE_ENROL)])
def enrol(
    *,
    request: Request,
    warrant_id: str,
    slot_id: str,
    principal: Annotated[Principal, Depends(permits(Action.REFERENCE_ENROL))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Fill a person slot from a photograph, which passes through unopened, and show what was found about it."""
    command = EnrolReference(
        actor=principal.account_id,
        warrant_id=WarrantId(warrant_id),
        slot_id=SlotId(slot_id),
        photograph=_photograph(form),
        origin=read_origin(form),
    )
    enrolled = enrol_reference(governance, command)
    return render(
        request, "legal/enrolled.html", warrant_id=warrant_id, findings=enrolled.findings, waits=enrolled.waits
    )


@router.post(
    "/warrants/{warrant_id}/slots/{slot_id}/examine",
    dependencies=[records(Event.OBJECT_READ, Event.REFERENCE_EXAMINE)],
)
def examine(
    *,
    request: Request,
    warrant_id: str,
    slot_id: str,
    principal: Annotated[Principal, Depends(permits(Action.REFERENCE_ENROL))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Show what is found about a photograph before anybody commits to it; nothing of it is kept (C2)."""
    command = ExaminePhotograph(
        actor=principal.account_id,
        warrant_id=WarrantId(warrant_id),
        slot_id=SlotId(slot_id),
        photograph=_photograph(form),
    )
    found = examine_photograph(governance, command)
    return render(request, "legal/examined.html", warrant_id=warrant_id, findings=found)


@router.post("/warrants/{warrant_id}/slots/{slot_id}/confirm", dependencies=[records(Event.REFERENCE_CONFIRM)])
def confirm(
    warrant_id: str,
    slot_id: str,
    principal: Annotated[Principal, Depends(permits(Action.REFERENCE_CONFIRM))],
    governance: GovernanceDependency,
    _form: OwnForm,
) -> Response:
    """Sign second for a minor's slot (C2)."""
    command = ConfirmReference(actor=principal.account_id, warrant_id=WarrantId(warrant_id), slot_id=SlotId(slot_id))
    confirm_reference(governance, command)
    return back_to(warrant_id)


@router.post(
    "/warrants/{warrant_id}/start",
    dependencies=[
        records(
            Event.DEPLOYMENT_START,
            Event.NOTIFICATION_MINT,
            Event.OBJECT_READ,
            Event.WATCHLIST_BUILD,
            sometimes=(Event.WATCHLIST_REFUSE,),
        )
    ],
)
def start(
    warrant_id: str,
    principal: Annotated[Principal, Depends(permits(Action.DEPLOYMENT_START))],
    governance: GovernanceDependency,
    _form: OwnForm,
) -> Response:
    """Put a warrant into use."""
    command = StartDeployment(actor=principal.account_id, warrant_id=WarrantId(warrant_id))
    deployments.start_deployment(governance, command)
    return back_to(warrant_id)


@router.post(
    "/warrants/{warrant_id}/revoke",
    dependencies=[
        records(
            Event.WARRANT_REVOKE,
            sometimes=(
                Event.WATCHLIST_DESTROY,
                Event.CANDIDATE_DISMISS,
                Event.DEPLOYMENT_END,
                Event.ERASURE_COMPLETE,
                Event.ERASURE_INTEND,
            ),
        )
    ],
)
def revoke(
    warrant_id: str,
    principal: Annotated[Principal, Depends(permits(Action.WARRANT_REVOKE))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Revoke a warrant: it ends, and its references and open alerts are erased. One click is not enough."""
    if text(form, "sure") != "yes":
        raise BadInput("Say that you are sure: what is revoked does not begin again, and what is erased is gone.")
    why = text(form, "why")
    command = RevokeWarrant(actor=principal.account_id, warrant_id=WarrantId(warrant_id), why=why)
    deployments.revoke_warrant(governance, command)
    return RedirectResponse("/legal", status_code=HTTPStatus.SEE_OTHER)


def _photograph(form: FormData) -> bytes:
    given = files(form, "photograph")
    if len(given) != 1:
        raise BadInput("Choose one photograph: the one that the issuer saw.")
    return given[0]


SIGNED_PDF: Final = (
    "A signed PDF (PAdES) is taken for a warrant alone: this file is signed with 'insyn authority' or "
    "'insyn officer', where the key may lie on a token."
)

NOT_SIGNED: Final = "This file is not signed. Have it signed first, and choose the file that comes back."


def issued_file(given: tuple[bytes, ...]) -> Signed | bytes:
    """Return the act of a form's one file: a signed record, or a PDF, which nobody has read yet.

    Raises:
        BadInput: it is neither, or there are several.
    """
    if len(given) == 1 and given[0].startswith(b"%PDF-"):
        return given[0]
    return signed_file(given)


def signed_file(given: tuple[bytes, ...]) -> Signed:
    """Return the signed record of a form's one file.

    Raises:
        BadInput: it is none, or there are several.
    """
    try:
        (content,) = given
        if content.startswith(b"%PDF-"):
            raise BadInput(SIGNED_PDF)
        read = json.loads(content)
        if isinstance(read, dict) and "signature" not in read:
            raise BadInput(NOT_SIGNED)
        return Signed.from_json(read)
    except (ValueError, RecursionError, ContractError) as error:
        raise BadInput("Choose the one signed file that was sent back.") from error
