"""Known answers from outside: commitments made with sha256sum."""

import pytest

from governance.application.details import commitment
from governance.domain.identifiers import SlotId
from tests.builders_applications import a_slot_application


@pytest.mark.parametrize(
    ("slot", "salt", "expected"),
    [
        # (salt bytes, then {"person":"Person A","slot_id":"s1","subject_kind":"named"}) | sha256sum
        (
            {"person": "Person A", "slot_id": SlotId("s1"), "subject_kind": "named"},
            "00" * 32,
            "c6c06f57b19081f782f514a0a754470460e6cb96d7611be02f1bcfbb53636eef",
        ),
        # (salt bytes, then {"person":"Åsa Ö","slot_id":"s2","subject_kind":"unknown-of-photographs"} as UTF-8)
        (
            {"person": "Åsa Ö", "slot_id": SlotId("s2"), "subject_kind": "unknown-of-photographs"},
            "ff" * 32,
            "2a2249e9a58bee225cbbcda19caa18491140f90501dc8783e7aa6ba9c97af3cd",
        ),
    ],
)
def test_a_commitment_is_what_sha256sum_says(slot: dict[str, object], salt: str, expected: str) -> None:
    assert commitment(a_slot_application(**slot), salt) == expected
