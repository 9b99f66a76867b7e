"""Make the letter to one authority about one use, from the notification that was signed and kept (A10)."""

import base64

from contracts.canonical import decode
from contracts.errors import ContractError
from contracts.notification import Authority, Notification
from contracts.signature import Purpose, Signed, verified
from governance.application.errors import NotFound, NotUnderstood
from governance.application.governance import Governance
from governance.application.make_report import hand_out
from governance.application.notify_authorities import is_acknowledged
from governance.application.procedure import acting
from governance.application.released import Released
from governance.application.reports.letter import SignedLetter, notification_letter
from governance.application.reports.report import Report
from governance.domain.identifiers import AccountId, DeploymentId
from governance.domain.notifications import KeptNotification
from governance.domain.roles import Action


def make_letter(
    governance: Governance, actor: AccountId, deployment_id: DeploymentId, authority: Authority
) -> Released[Report]:
    """A10: return the letter that tells one authority of one deployment.

    Raises:
        Refused: this role makes no reports.
        NotFound: no notification to this authority is kept.
        NotUnderstood: what is kept is not what governance signed.
        StorageFailed: the log does not answer; nothing is shown.
    """
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.REPORT_MAKE)
        found = tx.notifications.where(deployment_id=deployment_id, authority=authority.value)
    if not found:
        raise NotFound("No notification of this deployment to this authority is kept.")
    letter = _verified(governance, found[0])
    report = notification_letter(letter, governance.legal, demo=governance.demo, now=governance.clock.now())
    return hand_out(governance, actor, report, {"deployment": deployment_id})


def _verified(governance: Governance, kept: KeptNotification) -> SignedLetter:
    key = governance.lease_key
    try:
        signed = Signed.from_json(decode(kept.record))
        notification = Notification.from_bytes(verified(signed, Purpose.NOTIFICATION, {key.id: key.public}))
    except ContractError as error:
        raise NotUnderstood("The notification that is kept was not signed with the key that governance has.") from error
    return SignedLetter(
        notification=notification,
        sha256=signed.sha256,
        key=signed.key,
        signature=base64.b64encode(signed.signature).decode("ascii"),
        acknowledged_at=kept.acknowledged_at if is_acknowledged(governance, kept) else None,
    )
