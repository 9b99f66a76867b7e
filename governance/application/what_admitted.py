"""What admitted a model profile while something was done with it: what every report on a use says of the model (P4)."""

from datetime import datetime

from contracts.admission import ProfileAdmission
from contracts.joint_signature import JointlySigned
from contracts.model_profile import ProfileClass
from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.application.reports.admitted import AdmittedModel
from governance.domain.admissions import AcceptedAdmission, that_admitted


def what_admitted(
    governance: Governance, tx: Transaction, profile_sha256: str, *, begins: datetime, ends: datetime
) -> AdmittedModel:
    """P4, C10: return what can have admitted a profile between these instants, from what was taken in by then.

    Raises:
        Malformed: a kept admission is none any more.
    """
    kept = that_admitted(tx.admissions.where(profile_sha256=profile_sha256), profile_sha256, begins=begins, ends=ends)
    read = [(one, _read(one)) for one in kept]
    return AdmittedModel(
        profile_sha256=profile_sha256,
        admissions=tuple((one, said) for one, said in read if said is None or said.admitted_at <= ends),
        demo=governance.environment is ProfileClass.DEMO,
    )


def what_admits(governance: Governance, tx: Transaction) -> AdmittedModel:
    """P4, C10: return what admits the profile in use now."""
    now = governance.clock.now()
    return what_admitted(governance, tx, governance.profile_sha256, begins=now, ends=now)


def _read(kept: AcceptedAdmission) -> ProfileAdmission | None:
    if kept.record is None:
        return None
    return ProfileAdmission.from_bytes(JointlySigned.from_bytes(kept.record.encode()).payload)
