"""The checklist of an application: what every rule says of it now, so that gaps show before anybody decides."""

from governance.application.governance import Governance
from governance.application.submit_warrant import issuers_here, surroundings
from governance.domain.decisions import Decision
from governance.domain.submission import CHECKS, may_submit
from governance.domain.warrants import Application


def check_application(
    governance: Governance, application: Application, *, attached: bool
) -> tuple[tuple[str, Decision], ...]:
    """Return each question with its rule's answer, as `submit_warrant` will ask them. Nothing is changed or logged."""
    with governance.database.transaction() as tx:
        around = surroundings(governance, tx, application, attached=attached)
    answers = may_submit(application, around, now=governance.clock.now())
    return tuple((question, answer) for (question, _), answer in zip(CHECKS, answers, strict=True))


def known_issuers(governance: Governance) -> tuple[str, ...]:
    """Return the names of the issuing authorities whose keys are good here, in order."""
    return tuple(sorted(issuers_here(governance)))
