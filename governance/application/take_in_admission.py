"""Take in the admission that people carried here beside the pinned keys, where it is another than before (P4, C10)."""

from governance.application.governance import Governance
from governance.domain.admissions import AcceptedAdmission
from governance.domain.events import Event
from governance.domain.retention import DataClass, expiry


def take_in_admission(governance: Governance) -> bool:
    """P4: enter and keep which evaluation admits a profile here; return whether there was a new one.

    Both signatures were verified where the file was read (`contracts.believed_admission`): the evaluator's, and that of
    the officer who answers for the authority. Each site verifies them again, beside its own keys.

    Raises:
        StorageFailed: log or database could not be written; nothing starts then.
    """
    admission, file = governance.trusted.admission, governance.trusted.admission_file
    if admission is None:
        return False
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        if tx.admissions.find(admission.sha256) is not None:
            return False
        tx.admissions.add(
            AcceptedAdmission(
                document=admission.sha256,
                admission_id=admission.admission_id,
                profile_sha256=admission.profile_sha256,
                profile_class=admission.profile_class.value,
                verdict=admission.verdict.value,
                tested_list=admission.envelope.tested_list,
                threshold=admission.envelope.threshold,
                measured_on=admission.measured_on.isoformat(),
                ends_at=admission.expires_at,
                record=None if file is None else file.decode(),
                created_at=now,
                expires_at=expiry(DataClass.REGISTER, created_at=now),
            )
        )
        tx.log.append(Event.MODEL_ADMIT, {"document": admission.sha256, "profile": admission.profile_sha256})
        tx.commit()
    return True
