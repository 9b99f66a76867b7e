"""Ask whether the model profile in use is admitted: by the signed record, and by what was decided here since (P4)."""

from collections.abc import Iterable
from datetime import datetime

from contracts.admission import Admittance, NotAdmitted, ProfileAdmission, ProfileUse, admits, admits_profile
from contracts.camera import CameraRecord
from contracts.model_profile import ProfileClass
from contracts.vocabulary import CameraClass
from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.domain.admissions import is_not_suspended
from governance.domain.decisions import Decision, all_of, allow, deny
from governance.domain.false_alerts import MeasuredRate, of_comparison
from governance.domain.proportions import limits
from governance.domain.registers import Camera

_NAMELESS = "The installation names its model profile by hash alone; nobody can say what it is admitted for (P4)."


def admission_in_force(governance: Governance) -> ProfileAdmission | None:
    """P4: return what admits the profile in use here and now; what is of another profile, or out of time, is nothing.

    A DEMO profile is used without one, and has none.
    """
    model, admission = governance.model, governance.trusted.admission
    if model is None or model.profile_class is ProfileClass.DEMO:
        return None
    answer = admits_profile(admission, model, governance.environment, now=governance.clock.now())
    return admission if answer.admitted else None


def admitted_bands(governance: Governance) -> frozenset[str]:
    """C13: return the age bands that the profile has passed: those of its envelope, or a demonstration's own list."""
    if governance.model is None:
        return frozenset()
    if governance.model.profile_class is ProfileClass.DEMO:
        return frozenset(governance.admitted_age_bands)
    admission = admission_in_force(governance)
    return frozenset() if admission is None else frozenset(admission.envelope.age_bands)


def measured_by(admission: ProfileAdmission | None, profile_sha256: str) -> MeasuredRate | None:
    """Return what the evaluation of this profile measured, for one comparison; `None` where there is none of it.

    What was measured of another profile says nothing of this one, whatever lies beside the pinned keys.
    """
    if admission is None or admission.profile_sha256 != profile_sha256:
        return None
    envelope = admission.envelope
    within = limits(envelope.false_alarms, envelope.people_searched)
    likely, low, high = (
        of_comparison(share, envelope.tested_list)
        for share in (envelope.false_alarms / envelope.people_searched, within.lower, within.upper)
    )
    return MeasuredRate(likely=likely, low=low, high=high, source=admission.report_sha256)


def is_admitted_at_all(governance: Governance, tx: Transaction, *, now: datetime) -> Decision:
    """P4: say whether the profile in use may be used under this installation's keys, whatever for."""
    if governance.model is None:
        return deny("P4", _NAMELESS)
    answer = admits_profile(governance.trusted.admission, governance.model, governance.environment, now=now)
    return all_of("P4", (_told(answer), _is_not_suspended(governance, tx)))


def is_admitted_for(
    governance: Governance,
    tx: Transaction,
    *,
    now: datetime,
    persons: int,
    cameras: Iterable[Camera],
    beside: Iterable[Camera] = (),
    age_bands: Iterable[str] = (),
    passages_a_day: int = 0,
) -> Decision:
    """P4, C13: say whether the profile in use may look for so many persons at these cameras.

    `beside` are other cameras that are in use: their hours count too. Hours are those of the busiest site.
    """
    if governance.model is None:
        return deny("P4", _NAMELESS)
    records = [CameraRecord.from_bytes(camera.payload) for camera in cameras]
    use = ProfileUse(
        environment=governance.environment,
        persons=persons,
        camera_classes=_classes(records),
        age_bands=frozenset(age_bands),
        camera_hours_a_day=_busiest([*records, *(CameraRecord.from_bytes(camera.payload) for camera in beside)]),
        passages_a_day=passages_a_day,
    )
    answer = admits(governance.trusted.admission, governance.model, use, now=now)
    return all_of("P4", (_told(answer), _is_not_suspended(governance, tx)))


def _classes(records: Iterable[CameraRecord]) -> frozenset[CameraClass | None]:
    return frozenset(record.camera_class for record in records)


def _busiest(records: Iterable[CameraRecord]) -> float:
    hours: dict[str, float] = {}
    for record in records:
        hours[record.site_id] = hours.get(record.site_id, 0.0) + record.hours_a_day
    return max(hours.values(), default=0.0)


def _told(answer: Admittance) -> Decision:
    rule = "C13" if answer.reason is NotAdmitted.AGE_BAND else "P4"
    return allow(rule) if answer.admitted else deny(rule, answer.sentence)


def _is_not_suspended(governance: Governance, tx: Transaction) -> Decision:
    return is_not_suspended(tx.profile_suspensions.where(profile_sha256=governance.profile_sha256))
