"""What follows an application: the attached decision, papers that others sign, urgency, narrowing, withdrawing."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse, Response

from governance.application.accounts import Principal
from governance.application.application_file import application_from_file, export_application
from governance.application.ask_supervisor import AskSupervisor, ask_supervisor
from governance.application.attach_decision import AttachDecision, attach_decision, read_decision
from governance.application.draft_warrant import DraftWarrant, draft_warrant
from governance.application.errors import BadInput
from governance.application.narrow_warrant import NarrowWarrant, narrow_warrant
from governance.application.register_urgent import RegisterUrgent, register_urgent
from governance.application.take_paper import TakePaper, take_paper
from governance.application.withdraw_warrant import WithdrawWarrant, withdraw_warrant
from governance.domain.events import Event
from governance.domain.identifiers import WarrantId
from governance.domain.narrowing import NarrowedKind
from governance.domain.roles import Action
from governance.web.access import GovernanceDependency, permits
from governance.web.downloads import download
from governance.web.forms import OwnForm, files, text
from governance.web.legal.routes import back_to, signed_file
from governance.web.recording import records

router = APIRouter(prefix="/legal")


@router.post("/applications", dependencies=[records(Event.WARRANT_DRAFT)])
def take_application(
    principal: Annotated[Principal, Depends(permits(Action.WARRANT_DRAFT))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Draft from a file (docs/schemas/application.json), with or without its decision."""
    given = files(form, "application")
    if len(given) != 1:
        raise BadInput("Choose one application file.")
    command = DraftWarrant(
        actor=principal.account_id,
        application=application_from_file(given[0]),
        decision=next(iter(files(form, "decision")), None),
    )
    return back_to(draft_warrant(governance, command))


@router.post("/warrants/{warrant_id}/application", dependencies=[records(Event.WARRANT_READ)])
def give_application(
    warrant_id: str,
    principal: Annotated[Principal, Depends(permits(Action.WARRANT_READ))],
    governance: GovernanceDependency,
    _form: OwnForm,
) -> Response:
    """Hand out an application as a file."""
    content = export_application(governance, principal.account_id, WarrantId(warrant_id)).value
    return download(content, "application.json", "application/json")


@router.post("/warrants/{warrant_id}/attach", dependencies=[records(Event.OBJECT_READ, Event.WARRANT_ATTACH)])
def attach(
    warrant_id: str,
    principal: Annotated[Principal, Depends(permits(Action.WARRANT_DRAFT))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Attach the reasoned decision to a draft that came without it."""
    given = files(form, "decision")
    if len(given) != 1:
        raise BadInput("Choose the PDF of the reasoned decision.")
    command = AttachDecision(actor=principal.account_id, warrant_id=WarrantId(warrant_id), document=given[0])
    attach_decision(governance, command)
    return back_to(warrant_id)


@router.post("/warrants/{warrant_id}/decision", dependencies=[records(Event.WARRANT_READ)])
def give_decision(
    warrant_id: str,
    principal: Annotated[Principal, Depends(permits(Action.WARRANT_READ))],
    governance: GovernanceDependency,
    _form: OwnForm,
) -> Response:
    """Hand out the attached decision."""
    content = read_decision(governance, principal.account_id, WarrantId(warrant_id)).value
    return download(content, "decision.pdf", "application/pdf")


@router.post(
    "/papers",
    dependencies=[
        records(
            Event.PAPER_TAKE,
            sometimes=(
                Event.CANDIDATE_DISMISS,
                Event.DEPLOYMENT_END,
                Event.ERASURE_COMPLETE,
                Event.ERASURE_INTEND,
                Event.OBJECT_READ,
                Event.WARRANT_REJECT,
                Event.WARRANT_REVOKE,
            ),
        )
    ],
)
def take(
    principal: Annotated[Principal, Depends(permits(Action.WARRANT_IMPORT))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Take in what the issuer or the supervisor signed about a warrant; what ends it, ends it now (A3, A7, A8)."""
    command = TakePaper(actor=principal.account_id, record=signed_file(files(form, "signed")))
    return back_to(take_paper(governance, command))


@router.post("/warrants/{warrant_id}/ask", dependencies=[records(Event.WARRANT_EXPORT)])
def ask(
    warrant_id: str,
    principal: Annotated[Principal, Depends(permits(Action.WARRANT_EXPORT))],
    governance: GovernanceDependency,
    _form: OwnForm,
) -> Response:
    """Hand out the request to the supervisor about an urgent application (A7)."""
    command = AskSupervisor(actor=principal.account_id, warrant_id=WarrantId(warrant_id))
    return download(ask_supervisor(governance, command).value, "for-the-supervisor.json", "application/json")


@router.post("/warrants/{warrant_id}/register", dependencies=[records(Event.PAPER_TAKE)])
def register(
    warrant_id: str,
    principal: Annotated[Principal, Depends(permits(Action.WARRANT_IMPORT))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Enter the registration that an urgent warrant brings later (A5)."""
    command = RegisterUrgent(actor=principal.account_id, warrant_id=WarrantId(warrant_id), number=text(form, "number"))
    register_urgent(governance, command)
    return back_to(warrant_id)


@router.post(
    "/warrants/{warrant_id}/withdraw",
    dependencies=[records(Event.ERASURE_INTEND, Event.WARRANT_WITHDRAW, sometimes=(Event.ERASURE_COMPLETE,))],
)
def withdraw(
    warrant_id: str,
    principal: Annotated[Principal, Depends(permits(Action.WARRANT_WITHDRAW))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Take one's own application back; what it said is erased."""
    command = WithdrawWarrant(actor=principal.account_id, warrant_id=WarrantId(warrant_id), why=text(form, "why"))
    withdraw_warrant(governance, command)
    return RedirectResponse("/legal", status_code=HTTPStatus.SEE_OTHER)


@router.post(
    "/warrants/{warrant_id}/narrow",
    dependencies=[
        records(Event.OBJECT_READ, Event.WARRANT_NARROW, sometimes=(Event.ERASURE_COMPLETE, Event.ERASURE_INTEND))
    ],
)
def narrow(
    warrant_id: str,
    principal: Annotated[Principal, Depends(permits(Action.WARRANT_NARROW))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Take one slot or one camera from an issued warrant, for good (A3, A4)."""
    kind, target = text(form, "kind"), text(form, "target")
    if kind not in set(NarrowedKind):
        raise BadInput("Choose one person slot or one camera.")
    command = NarrowWarrant(
        actor=principal.account_id,
        warrant_id=WarrantId(warrant_id),
        kind=NarrowedKind(kind),
        target=target,
        why=text(form, "why"),
    )
    narrow_warrant(governance, command)
    return back_to(warrant_id)
