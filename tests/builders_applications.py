"""What is applied for, as a lawful application says it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from contracts.canonical import sha256_hex
from governance.domain.identifiers import SlotId
from governance.domain.warrants import Application, CameraApplication, SlotApplication
from tests.builders_contracts import ISSUER_NAME, NOON, PROFILE_SHA256, a_hash

PHOTOGRAPH: Final = b"the unopened bytes of a photograph"
A_PDF: Final = b"%PDF-1.7\n% the reasoned decision of these tests\n%%EOF\n"
CAMERAS: Final = tuple(f"camera-{number}" for number in range(1, 13))


def an_application(**changes: Any) -> Application:
    """Return an application that the law allows: one kidnapped person, one camera, two days."""
    application = Application(
        objective="victim-search",
        offence_code="kidnapping",
        statute="brottsbalken 4:1",
        maximum_penalty_years=18,
        case_reference="CASE-1",
        issuer=ISSUER_NAME,
        slots=(a_slot_application(),),
        cameras=(a_camera_application(),),
        not_before=NOON - timedelta(hours=1),
        not_after=NOON + timedelta(days=2),
        impact_assessment_sha256=a_hash("assessment"),
        registration_number="EU-1",
        decision_sha256=sha256_hex(A_PDF),
        profile_sha256=PROFILE_SHA256,
    )
    return replace(application, **changes)


def a_slot_application(**changes: Any) -> SlotApplication:
    """Return one person."""
    slot = SlotApplication(
        slot_id=SlotId(""),
        subject_kind="named",
        person="Person A, born 1990-01-01",
        age_band="18-39",
        necessity="Taken from home; last seen on the way to the station.",
        photographs=(sha256_hex(PHOTOGRAPH),),
    )
    return replace(slot, **changes)


def a_camera_application(camera_id: str = CAMERAS[0], **changes: Any) -> CameraApplication:
    """Return one camera with a reason of its own."""
    reason = f"The person's telephone was last seen by {camera_id}."
    return replace(CameraApplication(camera_id=camera_id, reason=reason), **changes)
