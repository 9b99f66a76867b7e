"""What the gate measured is what is signed: every field of an admission's envelope is carried over (P4)."""

from dataclasses import fields, replace
from datetime import date
from typing import Any, Final

import pytest

from benchmarks.accuracy.envelope import Envelope, to_be_signed
from benchmarks.accuracy.errors import UseRefused
from contracts import admission

pytestmark = pytest.mark.law("P4", "C13")

SHOWN: Final = Envelope(
    tested_list=90,
    largest_list=100,
    score="euclidean-distance",
    threshold=0.45,
    camera_classes=("entrance", "passage"),
    groups=("man", "woman"),
    age_bands=("18-39", "40-64"),
    passages_a_day=1_000,
    camera_hours_a_day=24,
    people_searched=10_000,
    false_alarms=2,
    limit=0.001,
    measured_on=date(2026, 2, 1),
    expires_on=date(2027, 1, 31),
)
OTHERWISE: Final[dict[str, Any]] = {
    "tested_list": 91,
    "score": "cosine",
    "threshold": 0.4,
    "camera_classes": ("hall",),
    "groups": ("man",),
    "age_bands": ("18-39",),
    "passages_a_day": 999,
    "camera_hours_a_day": 23,
    "people_searched": 9_999,
    "false_alarms": 3,
}


def test_every_field_is_carried_and_what_is_not_stands_elsewhere_in_the_admission() -> None:
    carried = {one.name for one in fields(admission.Envelope)}
    assert carried == set(OTHERWISE)
    assert {one.name for one in fields(Envelope)} - carried == {"expires_on", "largest_list", "limit", "measured_on"}
    signed = to_be_signed(SHOWN)
    assert signed.largest_list == SHOWN.largest_list
    assert admission.Envelope.from_json(signed.to_json()) == signed
    for name in carried:
        assert signed.to_json()[name] == (
            list(getattr(SHOWN, name)) if isinstance(getattr(SHOWN, name), tuple) else getattr(SHOWN, name)
        )


@pytest.mark.parametrize("name", OTHERWISE)
def test_what_was_measured_otherwise_is_signed_otherwise(name: str) -> None:
    one, other = to_be_signed(SHOWN), to_be_signed(replace(SHOWN, **{name: OTHERWISE[name]}))
    assert {field.name for field in fields(one) if getattr(one, field.name) != getattr(other, field.name)} == {name}


def test_a_class_that_no_record_states_is_not_signed() -> None:
    with pytest.raises(UseRefused, match="webcam"):
        to_be_signed(replace(SHOWN, camera_classes=("webcam",)))
