"""An application as a form sends it. Anything can be drafted; what it is worth, the rules say when it is submitted."""

import hashlib
from datetime import UTC, datetime
from typing import Final

from starlette.datastructures import FormData

from governance.application.errors import BadInput
from governance.domain.identifiers import SlotId
from governance.domain.legal_profile import LegalProfile
from governance.domain.legal_time import LocalTimeRefused, instant_of, local_time
from governance.domain.warrants import Application, CameraApplication, SlotApplication
from governance.web.forms import files, text, whole_number

PERSONS: Final = 3
"""Person slots that an empty form offers; that of a draft offers as many as the draft has, and these at least."""


def read_application(form: FormData, *, profile_sha256: str, legal: LegalProfile) -> Application:
    """Return the application of a form.

    Raises:
        BadInput: a field is not a time, or not a whole number, where it must be one.
    """
    # Whatever is typed is kept: an offence that no warrant may name is for the rules to refuse, in the log.
    code, _, statute = text(form, "offence").partition("|")
    return Application(
        objective=text(form, "objective"),
        offence_code=code,
        statute=statute,
        maximum_penalty_years=whole_number(
            form, "years", "Give the maximum penalty as a whole number of years.", digits=2
        ),
        case_reference=text(form, "case_reference"),
        issuer=text(form, "issuer"),
        slots=_slots(form),
        cameras=_cameras(form),
        not_before=_instant(text(form, "not_before"), legal),
        not_after=_instant(text(form, "not_after"), legal),
        impact_assessment_sha256=_hash_of(form, "impact_assessment"),
        registration_number=text(form, "registration_number"),
        decision_sha256=_hash_of(form, "decision"),
        profile_sha256=profile_sha256,
        warrant_type=text(form, "type") or "prior",
        case_leader=text(form, "case_leader") or "none",
        recorded_until=_instant(text(form, "recorded_until"), legal) if text(form, "recorded_until") else None,
        first_identification=text(form, "first_identification") == "yes",
    )


def filled_form(application: Application, legal: LegalProfile) -> dict[str, str]:
    """Return an application as the fields of the form, for changing it. Files are not given back: none is kept."""
    fields = {
        "type": application.warrant_type,
        "objective": application.objective,
        "offence": f"{application.offence_code}|{application.statute}",
        "years": str(application.maximum_penalty_years),
        "case_reference": application.case_reference,
        "case_leader": application.case_leader,
        "issuer": application.issuer,
        "registration_number": application.registration_number,
        "not_before": _local(application.not_before, legal),
        "not_after": _local(application.not_after, legal),
        "recorded_until": _local(application.recorded_until, legal) if application.recorded_until else "",
        "first_identification": "yes" if application.first_identification else "",
    }
    for number, slot in enumerate(application.slots):
        fields[f"slot_{number}"] = slot.slot_id
        fields[f"kind_{number}"] = slot.subject_kind
        fields[f"person_{number}"] = slot.person
        fields[f"age_{number}"] = slot.age_band
        fields[f"necessity_{number}"] = slot.necessity
    return fields | {f"reason_{camera.camera_id}": camera.reason for camera in application.cameras}


def _local(instant: datetime, legal: LegalProfile) -> str:
    """Return an instant as the form takes it; nothing where the clock shows it twice, so that it is chosen again."""
    local = local_time(instant, legal).replace(tzinfo=None)
    try:
        instant_of(local, legal)
    except LocalTimeRefused:
        return ""
    return local.isoformat(timespec="minutes" if local.second == local.microsecond == 0 else "milliseconds")


def _instant(written: str, legal: LegalProfile) -> datetime:
    """A4: return the instant of a local time of the profile's zone. One with an offset of its own is taken as it is.

    Raises:
        BadInput: it is no time, or one that the clock shows twice or never.
    """
    try:
        local = datetime.fromisoformat(written)
        return local.astimezone(UTC) if local.tzinfo is not None else instant_of(local, legal)
    except LocalTimeRefused as error:
        raise BadInput(str(error)) from error
    except (ValueError, OverflowError) as error:
        raise BadInput(f"Give each time as a day and a time of day, as clocks in {legal.zone} show it.") from error


def _slots(form: FormData) -> tuple[SlotApplication, ...]:
    slots = (_slot(form, number) for number in range(sum(name.startswith("person_") for name in form)))
    return tuple(slot for slot in slots if slot.person or slot.necessity or slot.photographs)


def _slot(form: FormData, number: int) -> SlotApplication:
    return SlotApplication(
        slot_id=SlotId(text(form, f"slot_{number}")),
        subject_kind=text(form, f"kind_{number}"),
        person=text(form, f"person_{number}"),
        age_band=text(form, f"age_{number}"),
        necessity=text(form, f"necessity_{number}"),
        photographs=tuple(_sha256(photograph) for photograph in files(form, f"photographs_{number}")),
    )


def _cameras(form: FormData) -> tuple[CameraApplication, ...]:
    chosen = [value for value in form.getlist("camera") if isinstance(value, str)]
    return tuple(CameraApplication(camera_id=camera, reason=text(form, f"reason_{camera}")) for camera in chosen)


def _hash_of(form: FormData, name: str) -> str:
    given = files(form, name)
    return _sha256(given[0]) if len(given) == 1 else ""


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
