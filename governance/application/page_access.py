"""May this person open a page at all? A page that a role does not include is refused, and the refusal is logged."""

from collections.abc import Collection

from governance.application.governance import Governance
from governance.application.procedure import acting
from governance.domain.identifiers import AccountId
from governance.domain.roles import Action, Role, may


def require_page(governance: Governance, actor: AccountId, roles: frozenset[Role], actions: Collection[Action]) -> None:
    """Accept somebody whose roles include one of these actions.

    Raises:
        Refused: they include none. The log says so already.
    """
    if any(may(roles, action).allowed for action in actions):
        return
    with governance.database.transaction() as tx:
        for action in sorted(actions):
            acting(tx, actor, action)
