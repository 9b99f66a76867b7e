"""What admitted a model profile while something was done with it: what every report on a use says of the model (P4)."""

from datetime import datetime
from typing import Final

from contracts.admission import ProfileAdmission
from contracts.joint_signature import JointlySigned
from contracts.model_profile import ProfileClass
from contracts.trust import TrustedKeys, TrustedRole
from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.application.reports.admitted import AdmittedModel, NamedAdmission
from governance.domain.admissions import AcceptedAdmission, that_admitted

_SIGNERS: Final = (TrustedRole.EVALUATOR, TrustedRole.MODEL_OFFICER)


def what_admitted(
    governance: Governance, tx: Transaction, profile_sha256: str, *, begins: datetime, ends: datetime
) -> AdmittedModel:
    """P4, C10: return what can have admitted a profile between these instants, from what was taken in by then.

    Raises:
        Malformed: a kept admission is none any more.
    """
    kept = that_admitted(tx.admissions.where(profile_sha256=profile_sha256), profile_sha256, begins=begins, ends=ends)
    named = [
        NamedAdmission(kept=one, signed=_read(one), signed_by=signed_by(governance.trusted, one.record)) for one in kept
    ]
    return AdmittedModel(
        profile_sha256=profile_sha256,
        admissions=tuple(one for one in named if one.signed is None or one.signed.admitted_at <= ends),
        demo=governance.environment is ProfileClass.DEMO,
    )


def what_admits(governance: Governance, tx: Transaction) -> AdmittedModel:
    """P4, C10: return what admits the profile in use now."""
    now = governance.clock.now()
    return what_admitted(governance, tx, governance.profile_sha256, begins=now, ends=now)


def signed_by(trusted: TrustedKeys, record: str | None) -> tuple[str, ...]:
    """P4, C10: return who signed a kept admission, each by name and role; by the key alone whose key is pinned no more.

    Raises:
        Malformed: it is no admission any more.
    """
    signatures = () if record is None else JointlySigned.from_bytes(record.encode()).signatures
    return tuple(sorted(_holder(trusted, one.key) for one in signatures))


def _holder(trusted: TrustedKeys, key: str) -> str:
    pinned = [held for role in _SIGNERS if (held := trusted.find(role, key)) is not None]
    return f"{pinned[0].name} ({pinned[0].role.value})" if pinned else f"key {key}"


def _read(kept: AcceptedAdmission) -> ProfileAdmission | None:
    if kept.record is None:
        return None
    return ProfileAdmission.from_bytes(JointlySigned.from_bytes(kept.record.encode()).payload)
