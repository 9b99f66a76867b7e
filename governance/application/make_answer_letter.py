"""Make the letter that answers a request at the rights desk (B13): what was asked, the answer, what can be found."""

from governance.application.governance import Governance
from governance.application.make_report import hand_out
from governance.application.ports import LogValue, Transaction
from governance.application.procedure import acting, require
from governance.application.released import Released
from governance.application.reports.answer import Said, answer_letter
from governance.application.reports.report import Report
from governance.application.vault import for_step, is_standing, reveal
from governance.domain.identifiers import AccountId, ObjectId, RightsRequestId
from governance.domain.rights_requests import RightsRequest, may_be_written_to
from governance.domain.roles import Action


def make_answer_letter(governance: Governance, actor: AccountId, request_id: RightsRequestId) -> Released[Report]:
    """B13: return the letter to whoever asked. Opening what was said is an entry, and so is handing it out.

    It searches nothing: no face, and no record but those that the answer names.

    Raises:
        Refused: this role makes none, or the request was neither answered nor extended yet.
        NotFound: there is no such request.
        StorageFailed: log or vault do not answer; nothing is shown.
    """
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.RIGHTS_READ)
        request = tx.rights_requests.get(request_id)
        about: dict[str, LogValue] = {"actor": actor, "request": request.request_id}
        require(tx, may_be_written_to(request), about=about)
        said = _said(governance, tx, request, about)
    report = answer_letter(request, said, governance.legal, demo=governance.demo, now=governance.clock.now())
    return hand_out(governance, actor, report, {"request": request.request_id})


def _said(governance: Governance, tx: Transaction, request: RightsRequest, about: dict[str, LogValue]) -> Said:
    def opened(object_id: ObjectId | None) -> str | None:
        if not is_standing(governance, tx, object_id):
            return None
        return reveal(governance, tx, object_id, for_step("rights", about)).decode()

    return Said(extension=opened(request.extension), answer=opened(request.answer))
