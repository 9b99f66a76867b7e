"""The applications that the demonstration files: four that the law refuses, and the one that it can grant.

They are forms, as an applicant would fill them in; nothing here decides anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from contracts.vocabulary import SourceKind
from insyn.demonstration.document import pdf_of
from insyn.demonstration.keys import ISSUER
from insyn.demonstration.register import CONCOURSE, VISITORS, camera_records
from insyn.demonstration.visitor import Upload

KIDNAPPING: Final = "kidnapping|brottsbalken 4:1"
FAMILY: Final = "family"
VOLUNTEER: Final = "given-by-the-person"
_HOURS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One filled-in application: fields, files, what it asks for in words, and the rule that should refuse it."""

    asks_for: str
    refused_by: str | None
    fields: Mapping[str, str | Sequence[str]]
    files: Sequence[Upload] = field(repr=False)


def lawful(photograph: bytes, *, now: datetime) -> Form:
    """The one application that can be granted: a presumed victim of a kidnapping, at the demonstration's cameras."""
    return Form(
        asks_for="one presumed victim of a kidnapping, at six cameras, for twelve hours",
        refused_by=None,
        fields=_fields(now) | _cameras(_reasons()),
        files=_files(photograph),
    )


def volunteer(photograph: bytes, *, now: datetime) -> Form:
    """The application for a volunteer: at the visitor's webcam alone, for a quarter of an hour."""
    webcam = VISITORS[SourceKind.DEVICE]
    own = {
        "case_reference": "DEMO-VOLUNTEER",
        "person_0": "A volunteer who consented on screen",
        "necessity_0": "The person at this webcam consented to be looked for at this webcam, for ten minutes.",
        "not_after": _minutes(now + timedelta(minutes=16)),
    }
    return Form(
        asks_for="one volunteer, at one webcam",
        refused_by=None,
        fields=_fields(now) | own | _cameras({webcam: "The volunteer sits in front of this webcam, and consented."}),
        files=_files(photograph),
    )


def unlawful(photograph: bytes, *, now: datetime) -> tuple[Form, ...]:
    """Four applications that no issuer should ever see."""
    files = _files(photograph)
    search = {"objective": "perpetrator-search"}
    here = _cameras({CONCOURSE: _reasons()[CONCOURSE]})
    everywhere = _cameras({record.camera_id: "Anybody may pass here at some time." for record in camera_records()})
    group = {
        "person_0": "All members of a gang",
        "necessity_0": "All members of this gang must be found, whoever they are and wherever they go.",
    }
    return (
        Form(
            asks_for="somebody who painted graffiti",
            refused_by="A2",
            fields=_fields(now) | here | search | {"offence": "criminal-damage|brottsbalken 12:1", "years": "2"},
            files=files,
        ),
        Form(
            asks_for="somebody who dodged a fare",
            refused_by="A2",
            fields=_fields(now) | here | search | {"offence": "fare-dodging|brottsbalken 9:2", "years": "1"},
            files=files,
        ),
        Form(
            asks_for="the members of a gang",
            refused_by="A3",
            fields=_fields(now) | here | search | group,
            files=files,
        ),
        Form(
            asks_for="one person in a whole city",
            refused_by="A4",
            fields=_fields(now) | everywhere,
            files=files,
        ),
    )


def origin_of_photograph(provenance: str, *, now: datetime) -> dict[str, str | Sequence[str]]:
    """Say, as the story has it, where a photograph comes from: from a family, or from a volunteer."""
    yesterday = (now - timedelta(days=1)).date()
    return {"provenance": provenance, "source": "DEMO-SOURCE-1", "taken_on": yesterday.isoformat()}


def _fields(now: datetime) -> dict[str, str | Sequence[str]]:
    return {
        "objective": "victim-search",
        "offence": KIDNAPPING,
        "years": "18",
        "case_reference": "DEMO-2026-1",
        "issuer": ISSUER,
        "kind_0": "named",
        "person_0": "Person A",
        "age_0": "40-64",
        "necessity_0": "Person A is the presumed victim of a kidnapping; no other means found her or him.",
        "not_before": _minutes(now),
        "not_after": _minutes(now + timedelta(hours=_HOURS)),
        "registration_number": "DEMO-REG-1",
    }


def _minutes(instant: datetime) -> str:
    # With its offset: a time without one is the clock's of the legal profile's zone, which shows some times twice.
    return instant.strftime("%Y-%m-%dT%H:%M+00:00")


def _cameras(reasons: Mapping[str, str]) -> dict[str, str | Sequence[str]]:
    return {"camera": list(reasons)} | {f"reason_{camera}": reason for camera, reason in reasons.items()}


def _reasons() -> dict[str, str]:
    where = "the person was last seen near it on the evening of the abduction"
    shown = {CONCOURSE: f"The rendered concourse: {where}."}
    return shown | {name: f"A visitor's own {kind.value}: {where}." for kind, name in VISITORS.items()}


def _files(photograph: bytes) -> tuple[Upload, ...]:
    return (
        ("photographs_0", photograph),
        ("impact_assessment", b"The demonstration's impact assessment: nobody is filmed, the film is drawn.\n"),
        ("decision", pdf_of("The demonstration's court decides that Person A may be looked for.")),
    )
