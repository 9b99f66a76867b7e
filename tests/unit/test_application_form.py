"""The form of an application: what a draft says is filled in so that sending it back says the same (A4, A6)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import FormData

from governance.domain.identifiers import SlotId
from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.warrants import Application
from governance.web.legal.application_form import filled_form, read_application
from tests.builders_applications import a_camera_application, a_slot_application, an_application
from tests.builders_contracts import NOON, PROFILE_SHA256

TEXTS = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=20)
INSTANTS = st.integers(0, 2_000_000).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))
PERSONS = st.lists(TEXTS, min_size=1, max_size=5)


def sent_back(application: Application) -> Application:
    """Fill the form with an application, and read what a browser would send."""
    fields = filled_form(application, SWEDEN_2026)
    chosen = [("camera", camera.camera_id) for camera in application.cameras]
    return read_application(FormData([*fields.items(), *chosen]), profile_sha256=PROFILE_SHA256, legal=SWEDEN_2026)


def without_files(application: Application) -> Application:
    """Return what a form can say of it: a file that is not chosen anew is left empty."""
    slots = tuple(replace(slot, photographs=()) for slot in application.slots)
    return replace(application, slots=slots, impact_assessment_sha256="", decision_sha256="")


@given(persons=PERSONS, begins=INSTANTS, length=st.integers(1, 10_000), words=TEXTS, first=st.booleans())
def test_a_draft_that_is_sent_back_unchanged_says_the_same(
    persons: list[str],
    begins: datetime,
    length: int,
    words: str,
    first: bool,  # noqa: FBT001  # drawn
) -> None:
    slots = tuple(
        replace(a_slot_application(person=person, necessity=words), slot_id=SlotId(f"slot-{number}"))
        for number, person in enumerate(persons)
    )
    application = an_application(
        slots=slots,
        cameras=(a_camera_application("camera-1", reason=words), a_camera_application("camera-2", reason=words)),
        not_before=begins,
        not_after=begins + timedelta(minutes=length),
        case_leader="prosecutor-1",
        first_identification=first,
    )
    filled = filled_form(application, SWEDEN_2026)
    if filled["not_before"] and filled["not_after"]:
        assert sent_back(application) == without_files(application)


def test_a_time_that_the_clock_shows_twice_is_chosen_again() -> None:
    # Worked out by hand: 00:30 and 01:30 UTC are both 02:30 in Stockholm on the night of 2026-10-25.
    for hour in (0, 1):
        application = an_application(not_before=datetime(2026, 10, 25, hour, 30, tzinfo=UTC))
        assert filled_form(application, SWEDEN_2026)["not_before"] == ""
    before = an_application(not_before=datetime(2026, 10, 24, 23, 59, tzinfo=UTC))
    assert filled_form(before, SWEDEN_2026)["not_before"] == "2026-10-25T01:59"


def test_seconds_of_a_draft_from_a_file_are_not_lost() -> None:
    exactly = NOON.replace(second=7, microsecond=250_000)
    assert sent_back(an_application(not_before=exactly)).not_before == exactly


@pytest.mark.law("A3")
def test_a_person_whose_fields_are_emptied_is_left_out() -> None:
    fields = filled_form(an_application(), SWEDEN_2026) | {"person_0": "", "necessity_0": ""}
    assert read_application(FormData(fields), profile_sha256=PROFILE_SHA256, legal=SWEDEN_2026).slots == ()
