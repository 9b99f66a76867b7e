"""The steps that every use case shares: who acts, may they, and a refusal that is committed before it is raised."""

from collections.abc import Mapping

from governance.application.errors import NotFound, Refused
from governance.application.ports import LogValue, Transaction
from governance.domain.accounts import Account, may_act
from governance.domain.decisions import Decision, denials, deny
from governance.domain.events import Event
from governance.domain.identifiers import AccountId
from governance.domain.roles import Action, may


def require(
    tx: Transaction,
    *decisions: Decision,
    event: Event = Event.REQUEST_REFUSE,
    about: Mapping[str, LogValue],
) -> None:
    """Go on if every decision allows. Otherwise undo what the transaction began, log the refusal, commit, and raise.

    Raises:
        Refused: with all denials. The commit comes first: raising first would roll the refusal out of the log.
    """
    refused = denials(decisions) if decisions else (deny("none", "No rule was asked, so nothing is allowed."),)
    if not refused:
        return
    tx.discard()
    for decision in refused:
        tx.log.append(event, {**about, "allowed": False, "rule": decision.rule})
    tx.commit()
    raise Refused(*refused)


def acting(tx: Transaction, actor: AccountId, action: Action) -> Account:
    """Return the account that acts, if it is in force and its roles allow the action.

    Raises:
        Refused: they do not.
        NotFound: there is no such account.
    """
    account = tx.accounts.find(actor)
    if account is None:
        raise NotFound("There is no such account.")
    require(tx, may_act(account), may(account.roles, action), about={"actor": actor})
    return account
