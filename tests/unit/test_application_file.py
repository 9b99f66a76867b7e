"""An application as a file: what is written is read back, and whatever else is in it is refused in one sentence."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.application.application_file import application_from_file, application_to_file
from governance.application.errors import BadInput
from governance.domain.legal_profile import AgeBand, Objective
from governance.domain.warrants import SubjectKind, WarrantType
from tests.builders_applications import an_application
from tests.builders_contracts import NOON

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schemas" / "application.json").read_text())


def changed(**changes: object) -> bytes:
    return json.dumps({**json.loads(application_to_file(an_application())), **changes}).encode()


@given(st.sampled_from(list(WarrantType)), st.text(min_size=1, max_size=50).filter(str.strip), st.booleans())
def test_what_is_written_is_read_back(kind: WarrantType, words: str, searched: bool) -> None:  # noqa: FBT001 (drawn)
    until = NOON - timedelta(days=2) if searched else None
    application = an_application(warrant_type=kind.value, statute=words, recorded_until=until)
    assert application_from_file(application_to_file(application)) == application


def test_the_schema_names_exactly_the_fields_and_lists_that_there_are() -> None:
    written: dict[str, Any] = json.loads(application_to_file(an_application()))
    for schema, value in (
        (SCHEMA, written),
        (SCHEMA["properties"]["slots"]["items"], written["slots"][0]),
        (SCHEMA["properties"]["cameras"]["items"], written["cameras"][0]),
    ):
        assert set(schema["properties"]) == set(schema["required"]) == set(value)
        assert schema["additionalProperties"] is False
    slot = SCHEMA["properties"]["slots"]["items"]["properties"]
    assert SCHEMA["properties"]["type"]["enum"] == list(WarrantType)
    assert SCHEMA["properties"]["objective"]["enum"] == list(Objective)
    assert slot["subject_kind"]["enum"] == list(SubjectKind)
    assert slot["age_band"]["enum"] == list(AgeBand)


@pytest.mark.law("A4")
@pytest.mark.parametrize("written", ["2026-03-02T12:00", "noon", 7, None, "2026-02-30T12:00+01:00"])
def test_a_time_without_an_offset_or_that_is_none_is_refused(written: object) -> None:
    with pytest.raises(BadInput, match="offset"):
        application_from_file(changed(not_before=written))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{",
        b"\xff\xfe{}",
        changed(kind="insyn/application/2"),
        changed(more="than asked"),
        changed(maximum_penalty_years="18"),
        changed(slots=[{"person": "A"}]),
        b" " * (1024 * 1024 + 1),
        b"[" * 100_000,
        b"[" + b"7" * 5000 + b"]",
        application_to_file(an_application()).replace(b'{\n  "kind"', b'{\n  "objective": "A",\n  "kind"', 1),
    ],
)
def test_whatever_else_it_is_it_is_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        application_from_file(data)
    assert str(refused.value).endswith(".")
