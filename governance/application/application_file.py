"""An application as a file: drafted from one, and handed out as one. Its schema is docs/schemas/application.json."""

import json
from datetime import datetime
from typing import Final

from contracts.errors import Malformed
from contracts.fields import Fields
from governance.application.details import details_from_bytes
from governance.application.errors import BadInput, NotFound
from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.application.procedure import acting
from governance.application.released import Released, release
from governance.application.vault import Reading, reveal_all
from governance.domain.accounts import Account
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, SlotId, WarrantId
from governance.domain.roles import Action, Role
from governance.domain.warrants import Application, CameraApplication, SlotApplication, Warrant

KIND: Final = "insyn/application/1"
_LARGEST: Final = 1024 * 1024


def application_to_file(application: Application) -> bytes:
    """Return the application as JSON for people and other systems. Slot ids are not in it: each draft gets its own."""
    value = {
        "kind": KIND,
        "type": application.warrant_type,
        "objective": application.objective,
        "offence_code": application.offence_code,
        "statute": application.statute,
        "maximum_penalty_years": application.maximum_penalty_years,
        "case_reference": application.case_reference,
        "case_leader": application.case_leader,
        "issuer": application.issuer,
        "slots": [_slot_to_json(slot) for slot in application.slots],
        "cameras": [{"camera_id": one.camera_id, "reason": one.reason} for one in application.cameras],
        "not_before": application.not_before.isoformat(),
        "not_after": application.not_after.isoformat(),
        "recorded_until": None if application.recorded_until is None else application.recorded_until.isoformat(),
        "first_identification": application.first_identification,
        "impact_assessment_sha256": application.impact_assessment_sha256,
        "registration_number": application.registration_number,
        "decision_sha256": application.decision_sha256,
        "profile_sha256": application.profile_sha256,
    }
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def _slot_to_json(slot: SlotApplication) -> dict[str, object]:
    return {
        "subject_kind": slot.subject_kind,
        "person": slot.person,
        "age_band": slot.age_band,
        "necessity": slot.necessity,
        "photographs": list(slot.photographs),
    }


def application_from_file(data: bytes) -> Application:
    """Read an application. What it is worth, the rules say when it is submitted; here it only must be one.

    Raises:
        BadInput: it is no such file; the sentence names the field.
    """
    if len(data) > _LARGEST:
        raise BadInput("An application file has at most 1 MiB.")
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_each_once)
        return _read(Fields(value, "application"))
    except Malformed as error:
        raise BadInput(str(error)) from error
    # ValueError: neither UTF-8 nor JSON, or a number of more digits than anything reads.
    except (ValueError, RecursionError) as error:
        raise BadInput("The application file is not JSON in UTF-8.") from error


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object each of whose fields stands in it once: what people read first is what is taken in."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("A field stands twice in this application.")
    return found


def _read(fields: Fields) -> Application:
    fields.kind(KIND)
    application = Application(
        warrant_type=fields.text("type"),
        objective=fields.text("objective"),
        offence_code=fields.text("offence_code"),
        statute=fields.text("statute"),
        maximum_penalty_years=fields.integer("maximum_penalty_years", minimum=0, maximum=99),
        case_reference=fields.text("case_reference"),
        case_leader=fields.text("case_leader"),
        issuer=fields.text("issuer"),
        slots=fields.items("slots", _slot),
        cameras=fields.items("cameras", _camera),
        not_before=fields.record("not_before", _instant),
        not_after=fields.record("not_after", _instant),
        recorded_until=fields.record("recorded_until", _instant_or_none),
        first_identification=fields.boolean("first_identification"),
        impact_assessment_sha256=fields.sha256("impact_assessment_sha256"),
        registration_number=fields.text("registration_number"),
        decision_sha256=fields.sha256("decision_sha256"),
        profile_sha256=fields.sha256("profile_sha256"),
    )
    fields.end()
    return application


def _slot(value: object) -> SlotApplication:
    fields = Fields(value, "person slot of an application")
    slot = SlotApplication(
        slot_id=SlotId(""),
        subject_kind=fields.text("subject_kind"),
        person=fields.text("person"),
        age_band=fields.text("age_band"),
        necessity=fields.text("necessity"),
        photographs=fields.items("photographs", _photograph),
    )
    fields.end()
    return slot


def _photograph(value: object) -> str:
    return Fields({"photograph": value}, "photograph").sha256("photograph")


def _camera(value: object) -> CameraApplication:
    fields = Fields(value, "camera of an application")
    camera = CameraApplication(camera_id=fields.text("camera_id"), reason=fields.text("reason"))
    fields.end()
    return camera


def _instant(value: object) -> datetime:
    """A4: read an instant with an explicit offset from UTC."""
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise Malformed("A time of this application is not an instant with its offset, as 2026-03-02T12:00+01:00.")
    return instant


def _instant_or_none(value: object) -> datetime | None:
    return None if value is None else _instant(value)


def export_application(governance: Governance, actor: AccountId, warrant_id: WarrantId) -> Released[bytes]:
    """Return an application as a file, for its applicant and the legal officers. Logged first.

    Raises:
        NotFound: there is none for this person, or it was erased.
    """
    with governance.database.transaction() as tx:
        warrant = require_reader(tx, acting(tx, actor, Action.WARRANT_READ), warrant_id)
        reading = Reading(event=Event.WARRANT_READ, about={"actor": actor, "warrant": warrant_id})
        (details,), recorded = reveal_all(governance, tx, [warrant.details], reading)
    content = application_to_file(details_from_bytes(details).application)
    return release(governance, content, recorded, events=[Event.WARRANT_READ])


def require_reader(tx: Transaction, reader: Account, warrant_id: WarrantId) -> Warrant:
    """Return a warrant whose words this person may read: its applicant, or a legal officer.

    Raises:
        NotFound: there is none, or not for them.
    """
    warrant = tx.warrants.get(warrant_id)
    if warrant.applicant != reader.account_id and Role.LEGAL_OFFICER not in reader.roles:
        raise NotFound("There is no such warrant.")
    return warrant
