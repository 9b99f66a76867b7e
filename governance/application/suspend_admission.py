"""Suspend the model profile in use, at one word; let it go on by two people, of two organisations (P4).

From then on nothing is lent, and sites that hold a lease are told to stop at once: `lease_conditions` asks anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from governance.application.admissions import admission_in_force
from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.application.procedure import acting, require
from governance.application.what_admitted import signed_by
from governance.domain.accounts import Account, first_word_stands
from governance.domain.admissions import (
    BY_RULE,
    AcceptedAdmission,
    ProfileSuspension,
    SuspensionGround,
    has_its_report,
    is_not_suspended,
    may_agree_to_lift,
    may_ask_to_lift,
    may_suspend,
)
from governance.domain.decisions import allow, deny
from governance.domain.events import Event
from governance.domain.identifiers import AccountId
from governance.domain.retention import DataClass, expiry
from governance.domain.roles import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspendAdmission:
    """Suspend the profile in use, whatever admits it."""

    actor: AccountId
    ground: SuspensionGround = SuspensionGround.DOUBT


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftSuspension:
    """Ask to let the suspended profile in use go on, or agree to it; with an id, this suspension and no other."""

    actor: AccountId
    suspension_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelStanding:
    """How the profile in use stands: what admits it, if anything, and its suspensions, the newest first."""

    profile_sha256: str
    environment: str
    admissions: tuple[AcceptedAdmission, ...]
    signed_by: Mapping[str, str]
    """Who signed each admission, by its hash; of one that was taken in before it was kept whole nobody is named."""
    suspensions: tuple[ProfileSuspension, ...]


def suspend_admission(governance: Governance, command: SuspendAdmission) -> str:
    """Suspend; return the suspension's id. One person's word is enough to stop."""
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.MODEL_SUSPEND)
        about = {"actor": command.actor, "profile": governance.profile_sha256}
        require(tx, may_suspend(_suspensions(governance, tx), command.ground), about=about)
        suspension = _suspend(governance, tx, command.ground, by=command.actor)
        tx.log.append(Event.MODEL_SUSPEND, {**about, "rule": command.ground.value})
        tx.commit()
    return suspension.suspension_id


def suspend_by_rule(governance: Governance, tx: Transaction, ground: SuspensionGround) -> ProfileSuspension | None:
    """Suspend within a transaction that found a rule's own ground; the caller commits. Nothing, where it is already.

    Raises:
        ValueError: the ground is somebody's word, and no rule's.
    """
    if ground not in BY_RULE:
        raise ValueError("a rule suspends on its own grounds alone")
    if not is_not_suspended(_suspensions(governance, tx)).allowed:
        return None
    suspension = _suspend(governance, tx, ground, by=None)
    tx.log.append(Event.MODEL_SUSPEND, {"profile": governance.profile_sha256, "rule": ground.value})
    return suspension


def ask_to_lift(governance: Governance, command: LiftSuspension) -> None:
    """A legal officer asks to let the profile go on. Alone this changes nothing."""
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.MODEL_ASK)
        suspension = _found(governance, tx, command)
        asked = None if suspension.lift_asked_by is None else tx.accounts.find(suspension.lift_asked_by)
        report = standing_report(governance)
        if _may_be_asked_anew(suspension, asked, report):
            suspension = replace(suspension, lift_asked_by=None)
        about = _about(command, suspension, report)
        named = has_its_report(report, demo=governance.asks_for_no_evaluation)
        require(tx, may_ask_to_lift(suspension), named, about=about)
        tx.profile_suspensions.save(replace(suspension, lift_asked_by=command.actor, lift_report_sha256=report))
        tx.log.append(Event.MODEL_ASK, about)
        tx.commit()


def agree_to_lift(governance: Governance, command: LiftSuspension) -> None:
    """A person of a second organisation agrees. What admits the profile is asked anew at the next lease."""
    with governance.database.transaction() as tx:
        account = acting(tx, command.actor, Action.MODEL_AGREE)
        suspension = _found(governance, tx, command)
        asked = None if suspension.lift_asked_by is None else tx.accounts.find(suspension.lift_asked_by)
        decision = may_agree_to_lift(
            suspension,
            agrees=command.actor,
            organisation=account.organisation.value,
            asked_from="" if asked is None else asked.organisation.value,
        )
        report = standing_report(governance)
        same = has_its_report(report, demo=governance.asks_for_no_evaluation, named=suspension.lift_report_sha256 or "")
        about = _about(command, suspension, report)
        require(tx, decision, first_word_stands(asked), same, about=about)
        now = governance.clock.now()
        tx.profile_suspensions.save(replace(suspension, lifted_by=command.actor, lifted_at=now))
        tx.log.append(Event.MODEL_RESUME, about)
        tx.commit(witnessed=True)


def _may_be_asked_anew(suspension: ProfileSuspension, asked: Account | None, report: str | None) -> bool:
    """Say whether nobody's word stands in the way: who asked has no account in force, or asked on another report."""
    return asked is None or not asked.is_in_force or suspension.lift_report_sha256 != report


def standing_report(governance: Governance) -> str | None:
    """Return the report of what admits the profile in use now; any other report that lies here counts as none."""
    admission = admission_in_force(governance)
    return None if admission is None else admission.report_sha256


def _about(command: LiftSuspension, suspension: ProfileSuspension, report: str | None) -> dict[str, str]:
    about = {"actor": command.actor, "profile": suspension.profile_sha256}
    return about if report is None else {**about, "document": report}


def model_standing(governance: Governance, actor: AccountId) -> ModelStanding:
    """Say how the profile in use stands."""
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.MODEL_LIST)
        profile = governance.profile_sha256
        admissions = tuple(sorted(tx.admissions.where(profile_sha256=profile), key=_newest, reverse=True))
        return ModelStanding(
            profile_sha256=profile,
            environment=governance.environment.value,
            admissions=admissions,
            signed_by={one.document: ", ".join(signed_by(governance.trusted, one.record)) for one in admissions},
            suspensions=tuple(sorted(_suspensions(governance, tx), key=_newest, reverse=True)),
        )


def _newest(one: AcceptedAdmission | ProfileSuspension) -> datetime:
    return one.created_at


def _suspensions(governance: Governance, tx: Transaction) -> tuple[ProfileSuspension, ...]:
    return tuple(tx.profile_suspensions.where(profile_sha256=governance.profile_sha256))


def _suspend(
    governance: Governance, tx: Transaction, ground: SuspensionGround, *, by: AccountId | None
) -> ProfileSuspension:
    now = governance.clock.now()
    suspension = ProfileSuspension(
        suspension_id=governance.randomness.identifier(),
        profile_sha256=governance.profile_sha256,
        ground=ground,
        suspended_by=by,
        lift_asked_by=None,
        lift_report_sha256=None,
        lifted_by=None,
        lifted_at=None,
        created_at=now,
        expires_at=expiry(DataClass.REGISTER, created_at=now),
    )
    tx.profile_suspensions.add(suspension)
    return suspension


def _found(governance: Governance, tx: Transaction, command: LiftSuspension) -> ProfileSuspension:
    """Return the suspension that stands, of which there is one at most.

    Raises:
        Refused: nothing is suspended, or another suspension stands than the one that is meant.
    """
    standing = [
        one
        for one in _suspensions(governance, tx)
        if one.lifted_at is None and command.suspension_id in {None, one.suspension_id}
    ]
    decision = allow("P4") if standing else deny("P4", "This model profile is not suspended, or not so.")
    require(tx, decision, about={"actor": command.actor, "profile": governance.profile_sha256})
    return standing[0]
