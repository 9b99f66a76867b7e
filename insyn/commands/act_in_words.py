"""An act in words: exactly what is signed, each field, in a table that nothing in it can change."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from rich.table import Column, Table

from contracts.fields import format_instant
from contracts.vocabulary import WarrantType
from contracts.warrant import PersonSlot, Warrant, WarrantCamera
from contracts.warrant_acts import Amendment, ApplicationReceipt, Rejection, Revocation
from insyn.commands.signing import OUT, as_written

LOCAL: Final = ZoneInfo("Europe/Stockholm")
"""Where the law's days are counted; UTC stands beside it and is what is signed."""
_TYPES: Final = {
    WarrantType.PRIOR: "prior: begins when the issuer has signed it",
    WarrantType.URGENT: "URGENT: two officers begin; the issuer's receipt within 24 h, its decision within 72 h (A7)",
    WarrantType.POST_REMOTE: "post-remote: one photograph against recorded material, never live (A12)",
}


def instant_in_words(instant: datetime) -> str:
    """Return an instant in UTC, as it is signed, and in local time."""
    return f"{format_instant(instant)} ({instant.astimezone(LOCAL):%Y-%m-%d %H:%M:%S %Z})"


def act_rows(warrant: Warrant) -> tuple[tuple[str, str], ...]:
    """Return every field of a warrant with its name in words."""
    return (
        ("Warrant", warrant.warrant_id),
        ("Type", _TYPES[warrant.type]),
        ("Case", warrant.case_reference),
        ("Led by", warrant.case_leader),
        ("Objective", warrant.objective.value),
        ("Offence", f"{warrant.offence_code}, {warrant.statute}, at most {warrant.maximum_penalty_years} years"),
        ("From (inclusive)", instant_in_words(warrant.not_before)),
        ("To (exclusive)", instant_in_words(warrant.not_after)),
        ("Applicant", warrant.applicant),
        ("Approved by", warrant.legal_officer),
        ("Issuer", f"{warrant.issuer} ({warrant.issuer_type.value})"),
        ("Persons and cameras", f"{len(warrant.slots)} and {len(warrant.cameras)}"),
        ("Impact assessment", warrant.impact_assessment_sha256),
        ("EU registration", warrant.registration_number),
        ("Reasoned request", warrant.decision_sha256),
        ("Model profile", warrant.profile_sha256),
        ("Legal parameters (SHA-256)", warrant.legal_profile),
        ("DEMO", "yes" if warrant.demo else "no"),
        *(("Person", _slot_words(slot)) for slot in warrant.slots),
        *(("Camera", _camera_words(camera)) for camera in warrant.cameras),
    )


def _camera_words(camera: WarrantCamera) -> str:
    """Return the camera with the hash of the record that it is lent by, as the public register shows it (A4)."""
    record = camera.record_sha256 or "none is named: an act of the version before, which is lent to nobody"
    return f"{camera.camera_id}, because: {camera.reason}\nits record (SHA-256): {record}"


def _slot_words(slot: PersonSlot) -> str:
    listed = "\n  ".join(slot.photographs)
    return (
        f"slot {slot.slot_id}, age band {slot.age_band}\nbecause: {slot.necessity}\n"
        f"who it is: commitment {slot.commitment}\nphotographs (SHA-256):\n  {listed}"
    )


def record_rows(record: Amendment | Revocation | Rejection | ApplicationReceipt) -> tuple[tuple[str, str], ...]:
    """Return every field of a record about a warrant with its name in words."""
    head = (
        ("Warrant", record.warrant_id),
        ("Its very bytes (SHA-256)", record.warrant_sha256),
        ("Issuer", record.issuer),
        ("At", instant_in_words(record.issued_at)),
        ("DEMO", "yes" if record.demo else "no"),
    )
    match record:
        case Amendment():
            more = "\n  ".join(record.photographs)
            return (*head, ("Person", f"slot {record.slot_id}"), ("Photographs added (SHA-256)", f"  {more}"))
        case ApplicationReceipt():
            return (*head, ("Received under number", record.diary_number))
        case _:
            end = ("The warrant's own end", instant_in_words(record.not_after))
            return (*head, end, ("Decision (SHA-256)", record.decision_sha256))


def print_rows(title: str, rows: tuple[tuple[str, str], ...]) -> None:
    """Print a table of fields, letter by letter as they stand."""
    table = Table("What", Column("As it will be signed", overflow="fold"), title=title, show_lines=True)
    for name, value in rows:
        table.add_row(name, as_written(value))
    OUT.print(table)


def print_act(warrant: Warrant) -> None:
    """Print a warrant: every field, each person and each camera."""
    print_rows("DEMO WARRANT: good for the demonstration only" if warrant.demo else "Warrant", act_rows(warrant))
