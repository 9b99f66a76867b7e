"""The checklist of an application: what every rule says of it now, so that gaps show before anybody decides."""

from governance.application.governance import Governance
from governance.application.submit_warrant import surroundings
from governance.domain.decisions import Decision
from governance.domain.warrants import Application, may_submit


def check_application(governance: Governance, application: Application) -> tuple[Decision, ...]:
    """Return the answers of the rules that `submit_warrant` will ask, in their order. Nothing is changed or logged."""
    with governance.database.transaction() as tx:
        around = surroundings(governance, tx)
    return may_submit(application, around, now=governance.clock.now())


def known_issuers(governance: Governance) -> tuple[str, ...]:
    """Return the names of the issuing authorities whose keys are good here, in order."""
    with governance.database.transaction() as tx:
        return tuple(sorted(surroundings(governance, tx).issuers))
