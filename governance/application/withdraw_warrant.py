"""An applicant takes an application back: what it said is erased, and it does not begin again (A8, B14)."""

from dataclasses import dataclass

from governance.application.conclude import end_warrant
from governance.application.governance import Governance
from governance.application.move_warrant import Step
from governance.application.procedure import acting, require
from governance.application.vault import finish_erasures
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, WarrantId
from governance.domain.roles import Action
from governance.domain.transitions import says_why
from governance.domain.warrants import WarrantState, may_withdraw


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawWarrant:
    """Take one's own application back. `why` is kept, sealed."""

    actor: AccountId
    warrant_id: WarrantId
    why: str


def withdraw_warrant(governance: Governance, command: WithdrawWarrant) -> None:
    """Take it back.

    Raises:
        Refused: it is somebody else's, it is issued already, or it ended.
    """
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.WARRANT_WITHDRAW)
        warrant = tx.warrants.get(command.warrant_id)
        about = {"actor": command.actor, "warrant": warrant.warrant_id}
        require(tx, may_withdraw(warrant, command.actor), says_why(command.why), about=about)
        step = Step(to=WarrantState.REVOKED, actor=command.actor, why=command.why, rule="B14")
        end_warrant(governance, tx, warrant, step, event=Event.WARRANT_WITHDRAW)
        tx.commit()
    finish_erasures(governance)
