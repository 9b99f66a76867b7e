"""The schemas in docs/schemas: current, and true of what the records write, so that others can check our files."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insyn.schemas import KINDS, file_of, schema_of, text_of
from tests.builders_acts import of_the_version_before
from tests.property.test_contracts_roundtrip import LISTS, LISTS_WITH_CERTIFICATES, examples_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("kind", KINDS)
def test_the_schemas_are_current(kind: str) -> None:
    written = (ROOT / file_of(kind)).read_text(encoding="utf-8")
    assert written == text_of(kind), "write them anew: python -m insyn.schemas"


def test_no_schema_lies_there_that_nothing_makes() -> None:
    made = {(ROOT / file_of(kind)).name for kind in KINDS}
    # Held against their makers in test_accuracy_use_file.py, test_application_file.py, test_metric_requests.py and
    # test_report_pages.py.
    elsewhere = {"application.json", "evaluation-1.json", "gate-use-1.json", "metrics-request-1.json"}
    assert {path.name for path in (ROOT / "docs" / "schemas").iterdir()} == made | elsewhere


def fits(value: Any, schema: Mapping[str, Any]) -> bool:
    """Say whether a value fits, in the few words of JSON Schema that ours use."""
    if "const" in schema or "enum" in schema:
        return value in schema.get("enum", [schema.get("const")])
    match schema["type"]:
        case "object":
            parts = schema["properties"]
            known = isinstance(value, dict) and set(schema["required"]) <= set(value) <= set(parts)
            return known and all(fits(inner, parts[key]) for key, inner in value.items())
        case "array":
            return isinstance(value, list) and all(fits(inner, schema["items"]) for inner in value)
        case "boolean":
            return isinstance(value, bool)
        case "integer" | "number":
            kind = int if schema["type"] == "integer" else int | float
            return isinstance(value, kind) and not isinstance(value, bool) and value >= schema.get("minimum", value)
        case _:
            text = isinstance(value, str) and schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 4000)
            return text and re.search(schema.get("pattern", ""), value) is not None


OF_VERSION: Mapping[str, st.SearchStrategy[Any]] = {
    "insyn/issuer-list/1": LISTS,
    "insyn/issuer-list/2": LISTS_WITH_CERTIFICATES,
    "insyn/warrant/2": examples_of(KINDS["insyn/warrant/2"]).map(of_the_version_before),
}


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=20)
@given(data=st.data())
def test_every_record_fits_its_schema_and_nothing_less_does(kind: str, data: st.DataObject) -> None:
    value = json.loads(data.draw(OF_VERSION.get(kind, examples_of(KINDS[kind]))).to_bytes())
    schema = schema_of(kind)
    assert fits(value, schema)
    part = data.draw(st.sampled_from(sorted(value)))
    assert not fits({key: inner for key, inner in value.items() if key != part}, schema)
    assert not fits({**value, part: None}, schema)
    assert not fits({**value, "more": 1}, schema)
