"""The words of an application as sealed bytes, and the act made from them that the issuer signs."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

from contracts.canonical import encode
from contracts.errors import Malformed
from contracts.fields import MAX_TEXT
from contracts.issuer_list import ListedIssuer
from contracts.vocabulary import CameraId, Objective, SlotId, WarrantId, WarrantType
from contracts.warrant import PersonSlot, Warrant, WarrantCamera
from governance.application.errors import BadInput
from governance.domain.identifiers import AccountId
from governance.domain.identifiers import SlotId as DomainSlotId
from governance.domain.warrants import Application, CameraApplication, SlotApplication

_MOST_ENTRIES: Final = 1000
_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 9998
"""Beyond these an offset can lead outside the calendar: such a row could be written, and never be read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """An application with the salt of each slot's commitment. The salts live and die with it (F1)."""

    application: Application
    salts: tuple[str, ...]


def require_bounded(application: Application) -> None:
    """Refuse texts and lists that nobody could have meant.

    Raises:
        BadInput: something is too long.
    """
    texts = [
        *(value for value in asdict(application).values() if isinstance(value, str)),
        *(text for slot in application.slots for text in (slot.person, slot.necessity, *slot.photographs)),
        *(text for camera in application.cameras for text in (camera.camera_id, camera.reason)),
    ]
    if any(len(text) > MAX_TEXT for text in texts):
        raise BadInput(f"A text of an application has at most {MAX_TEXT} characters.")
    if max(len(application.slots), len(application.cameras)) > _MOST_ENTRIES:
        raise BadInput(f"An application lists at most {_MOST_ENTRIES} entries.")
    named = (application.not_before, application.not_after, application.recorded_until)
    if any(instant is not None and instant.tzinfo is None for instant in named):
        raise BadInput("The window's times need an explicit offset from UTC.")
    if any(instant is not None and not _FIRST_YEAR <= instant.year <= _LAST_YEAR for instant in named):
        raise BadInput(f"A time of an application lies between the years {_FIRST_YEAR} and {_LAST_YEAR}.")


def details_to_bytes(details: Details) -> bytes:
    """Return the bytes to be sealed."""
    value = asdict(details)
    for name in ("not_before", "not_after", "recorded_until"):
        instant = value["application"][name]
        value["application"][name] = None if instant is None else instant.isoformat()
    return json.dumps(value, ensure_ascii=False).encode()


def details_from_bytes(data: bytes) -> Details:
    """Read what `details_to_bytes` wrote."""
    value: dict[str, Any] = json.loads(data)
    fields = value["application"]
    slots = tuple(SlotApplication(**{**slot, "photographs": tuple(slot["photographs"])}) for slot in fields["slots"])
    application = Application(
        **{
            **fields,
            "slots": slots,
            "cameras": tuple(CameraApplication(**camera) for camera in fields["cameras"]),
            "not_before": datetime.fromisoformat(fields["not_before"]),
            "not_after": datetime.fromisoformat(fields["not_after"]),
            "recorded_until": _instant_or_none(fields.get("recorded_until")),
        }
    )
    return Details(application=application, salts=tuple(value["salts"]))


def _instant_or_none(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def with_slot_ids(application: Application, ids: tuple[str, ...]) -> Application:
    """Give each slot its opaque id."""
    slots = tuple(replace(slot, slot_id=DomainSlotId(i)) for slot, i in zip(application.slots, ids, strict=True))
    return replace(application, slots=slots)


def commitment(slot: SlotApplication, salt: str) -> str:
    """Return the salted commitment to one person: SHA-256 of salt and canonical details (A3, P3)."""
    said = encode({"person": slot.person, "slot_id": slot.slot_id, "subject_kind": slot.subject_kind})
    return hashlib.sha256(bytes.fromhex(salt) + said).hexdigest()


def make_act(
    details: Details,
    *,
    warrant_id: str,
    applicant: AccountId,
    legal_officer: AccountId,
    issuer: ListedIssuer,
    legal_profile: str,
    records: Mapping[str, str],
    demo: bool,
) -> Warrant:
    """Return the act that the issuer is asked to sign. The person appears as a commitment only.

    `records` says of each camera of the register the SHA-256 of its record as it is now (A4).

    Raises:
        BadInput: the application cannot be written as a warrant.
    """
    asked = details.application
    try:
        act = Warrant(
            warrant_id=WarrantId(warrant_id),
            type=WarrantType(asked.warrant_type),
            objective=Objective(asked.objective),
            offence_code=asked.offence_code,
            statute=asked.statute,
            maximum_penalty_years=asked.maximum_penalty_years,
            case_reference=asked.case_reference,
            case_leader=asked.case_leader,
            applicant=applicant,
            legal_officer=legal_officer,
            issuer=issuer.name,
            issuer_type=issuer.issuer_type,
            slots=tuple(
                PersonSlot(
                    slot_id=SlotId(slot.slot_id),
                    commitment=commitment(slot, salt),
                    photographs=slot.photographs,
                    necessity=slot.necessity,
                    age_band=slot.age_band,
                )
                for slot, salt in zip(asked.slots, details.salts, strict=True)
            ),
            cameras=tuple(
                WarrantCamera(
                    camera_id=CameraId(camera.camera_id),
                    reason=camera.reason,
                    record_sha256=records.get(camera.camera_id),
                )
                for camera in asked.cameras
            ),
            not_before=asked.not_before,
            not_after=asked.not_after,
            impact_assessment_sha256=asked.impact_assessment_sha256,
            registration_number=asked.registration_number,
            decision_sha256=asked.decision_sha256,
            profile_sha256=asked.profile_sha256,
            legal_profile=legal_profile,
            demo=demo,
        )
        # What the site will read is read here first: a form's odd case reference is found now, not at a camera.
        return Warrant.from_bytes(act.to_bytes())
    except (Malformed, ValueError) as error:
        raise BadInput(f"This application cannot be written as a warrant. {error}") from error
