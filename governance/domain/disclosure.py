"""The file for the defence: of what it is made (E8)."""

from governance.domain.decisions import Decision, allow, deny
from governance.domain.review import Alert, AlertState


def may_be_disclosed(alert: Alert) -> Decision:
    """E8: a file is made of what two people made a lead of; what was dismissed leads to nobody, and is gone."""
    if alert.state is not AlertState.CONFIRMED_LEAD:
        return deny("E8", "A file for the defence is made of a confirmed lead; this alert is none.")
    return allow("E8")
