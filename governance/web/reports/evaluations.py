"""An evaluator's report on the model profile is laid before the authority; the log names it by its hash (C10)."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse, Response

from contracts.canonical import decode
from contracts.errors import ContractError
from contracts.signature import Signed
from governance.application.accounts import Principal
from governance.application.errors import BadInput
from governance.application.lay_report import LayReport, lay_report
from governance.domain.events import Event
from governance.domain.roles import Action
from governance.web.access import GovernanceDependency, permits
from governance.web.forms import OwnForm, files
from governance.web.recording import records

router = APIRouter(prefix="/reports/evaluation")


@router.post("", dependencies=[records(Event.EVALUATION_REPORT)])
def lay(
    principal: Annotated[Principal, Depends(permits(Action.EVALUATION_LAY))],
    governance: GovernanceDependency,
    form: OwnForm,
) -> Response:
    """Lay down the signed statement of a report."""
    lay_report(governance, LayReport(actor=principal.account_id, statement=_statement(files(form, "statement"))))
    return RedirectResponse("/reports", status_code=HTTPStatus.SEE_OTHER)


def _statement(given: tuple[bytes, ...]) -> Signed:
    if len(given) != 1:
        raise BadInput("Choose the file signature.json of one report.")
    try:
        return Signed.from_json(decode(given[0]))
    except ContractError as error:
        raise BadInput("This file is no signed statement; choose the report's signature.json.") from error
