"""Tell the two authorities of each use: minted with the start, delivered until they sign for it (A10, A7).

The notification lies in the database from the moment at which the deployment does, so that a crash delays it and never
loses it. Its id is the same at each attempt, and the authority answers each with the same acknowledgement.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from contracts.canonical import decode, encode
from contracts.errors import ContractError
from contracts.notification import Acknowledgement, Authority, Notification
from contracts.signature import Purpose, Signed, verified
from contracts.trust import TrustedRole
from contracts.warrant import Warrant as Act
from governance.application.errors import NotUnderstood, Unavailable
from governance.application.governance import Governance
from governance.application.ports import LogValue, Transaction
from governance.domain.decisions import Decision, allow, deny
from governance.domain.deployments import Deployment
from governance.domain.events import Event
from governance.domain.notifications import KeptNotification, next_attempt
from governance.domain.retention import DataClass, expiry

ROLES: Final = {
    Authority.DATA_PROTECTION: TrustedRole.DATA_PROTECTION,
    Authority.MARKET_SURVEILLANCE: TrustedRole.MARKET_SURVEILLANCE,
}
"""Under which pinned key each authority's acknowledgement is believed."""


def may_be_told(governance: Governance) -> Decision:
    """A10: both authorities have a pinned key here, and a way; else no use that starts could be acknowledged."""
    missing = [authority.value for authority, role in ROLES.items() if not _keys_of(governance, role)]
    if missing:
        return deny("A10", f"No key of the {missing[0]} authority is pinned here, so it could not sign for being told.")
    without = [authority.value for authority in ROLES if not governance.courier.has_way(authority.value)]
    if without:
        return deny("A10", f"No way to the {without[0]} authority is named; name one in the file of ways.")
    return allow("A10")


def _keys_of(governance: Governance, role: TrustedRole) -> Mapping[str, bytes]:
    """Return an authority's keys that are good here: of DEMO use, trials and real use each has keys of its own (P4)."""
    keys = governance.trusted.keys
    return {key.id: key.public for key in keys if key.role is role and key.use is governance.environment}


def is_acknowledged(governance: Governance, kept: KeptNotification) -> bool:
    """A10: say whether what is kept as an acknowledgement is one: by its signature, not by the date beside it."""
    if kept.acknowledged_at is None or kept.acknowledgement is None:
        return False
    try:
        _require_acknowledges(governance, kept, Signed.from_json(decode(kept.acknowledgement)))
    except (ContractError, NotUnderstood):
        return False
    return True


def mint(governance: Governance, tx: Transaction, deployment: Deployment, act_sha256: str, act: Act) -> None:
    """Write the notifications of a deployment that starts, in the transaction that starts it."""
    now = governance.clock.now()
    for authority in Authority:
        notification = Notification(
            notification_id=governance.randomness.identifier(),
            authority=authority,
            warrant_sha256=act_sha256,
            type=act.type,
            objective=act.objective,
            issuer_type=act.issuer_type,
            impact_assessment_sha256=act.impact_assessment_sha256,
            registration_number=act.registration_number,
            minted_at=now,
            demo=act.demo,
        )
        signed = governance.lease_key.sign(Purpose.NOTIFICATION, notification.to_bytes())
        kept = KeptNotification(
            notification_id=notification.notification_id,
            deployment_id=deployment.deployment_id,
            authority=authority.value,
            record=encode(signed.to_json()),
            attempts=0,
            next_attempt_at=now,
            acknowledged_at=None,
            acknowledgement=None,
            created_at=now,
            expires_at=expiry(DataClass.WARRANT, created_at=now, no_later_than=deployment.expires_at),
        )
        tx.notifications.add(kept)
        tx.log.append(Event.NOTIFICATION_MINT, _about(kept, deployment, signed))


def deliver_due(governance: Governance) -> int:
    """Try to deliver what is due; return how many were acknowledged. To be run every few seconds."""
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        waiting = [
            one for one in tx.notifications.where() if one.acknowledged_at is None and one.next_attempt_at <= now
        ]
    return sum(_deliver(governance, one) for one in waiting)


def _deliver(governance: Governance, waiting: KeptNotification) -> bool:
    signed = Signed.from_json(decode(waiting.record))
    try:
        answer = governance.courier.deliver(waiting.authority, waiting.notification_id, signed)
        if answer is not None:
            return take_acknowledgement(governance, answer)
    except (Unavailable, NotUnderstood):
        # It is tried again; whoever looks at the page sees that it is not acknowledged.
        pass
    with governance.database.transaction() as tx:
        again = tx.notifications.get(waiting.notification_id)
        at = next_attempt(again.attempts, now=governance.clock.now())
        tx.notifications.save(replace(again, attempts=again.attempts + 1, next_attempt_at=at))
        tx.commit()
    return False


def take_acknowledgement(governance: Governance, signed: Signed) -> bool:
    """Take in what an authority signed; say whether it was new.

    Raises:
        NotUnderstood: it is malformed, signed by another than the authority that was told, or of another notification.
    """
    with governance.database.transaction() as tx:
        kept = _matching(governance, tx, signed)
        if kept.acknowledged_at is not None:
            return False
        tx.notifications.save(
            replace(kept, acknowledged_at=governance.clock.now(), acknowledgement=encode(signed.to_json()))
        )
        deployment = tx.deployments.get(kept.deployment_id)
        tx.log.append(Event.NOTIFICATION_ACKNOWLEDGE, _about(kept, deployment, signed))
        tx.commit()
    return True


def _matching(governance: Governance, tx: Transaction, signed: Signed) -> KeptNotification:
    read = _read(governance, signed)
    kept = tx.notifications.find(read.notification_id)
    if kept is None:
        raise NotUnderstood("This acknowledges no notification that this authority was sent.")
    _require_acknowledges(governance, kept, signed)
    return kept


def _read(governance: Governance, signed: Signed) -> Acknowledgement:
    pinned = {key: public for role in ROLES.values() for key, public in _keys_of(governance, role).items()}
    try:
        return Acknowledgement.from_bytes(verified(signed, Purpose.ACKNOWLEDGEMENT, pinned))
    except ContractError as error:
        raise NotUnderstood(str(error)) from error


def _require_acknowledges(governance: Governance, kept: KeptNotification, signed: Signed) -> None:
    """See that the authority which was told signed for these very words.

    Raises:
        NotUnderstood: another signed, or for something else.
    """
    read = _read(governance, signed)
    its_own = signed.key in _keys_of(governance, ROLES[read.authority])
    if not its_own or (kept.authority, kept.notification_id) != (read.authority.value, read.notification_id):
        raise NotUnderstood("This acknowledges no notification that this authority was sent.")
    if Signed.from_json(decode(kept.record)).sha256 != read.notification_sha256:
        raise NotUnderstood("This acknowledges a notification of another wording than the one that was sent.")


def _about(kept: KeptNotification, deployment: Deployment, signed: Signed) -> dict[str, LogValue]:
    return {
        "deployment": deployment.deployment_id,
        "document": signed.sha256,
        "purpose": kept.authority,
        "warrant": deployment.warrant_id,
    }
