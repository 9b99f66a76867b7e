"""The file that states a use: it is read as it was written, or refused in one sentence (A17)."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from benchmarks.accuracy.errors import UseRefused
from benchmarks.accuracy.gate import gate
from benchmarks.accuracy.gate_values import Asked, Verdict
from benchmarks.accuracy.use_file import SCHEMA, Month, read_use, schema_text
from tests.builders_scores import DOCUMENT, PIPELINE, TODAY, good_scores, good_use

pytestmark = pytest.mark.law("A17")
ROOT = Path(__file__).resolve().parents[2]
OCTOBER = Month(month="2026-10", faces=1, false_alerts=0, drift=False, explanation=None)


def stated(**changes: Any) -> bytes:
    return json.dumps({**good_use().model_dump(), **changes}).encode()


def test_what_a_use_states_is_read_back() -> None:
    assert read_use(stated()) == good_use()
    least = read_use(b'{"kind": "insyn/gate-use/1", "list_length": 100, "threshold": 0.44}')
    asked = Asked(use=least, today=TODAY, pipeline_sha256=PIPELINE)
    assert gate(good_scores(), asked).verdict is Verdict.NOT_DEMONSTRATED


REFUSED: Mapping[str, Callable[[], bytes]] = {
    "more": lambda: stated(more=1),
    "list_length": lambda: stated(list_length=0),
    "threshold": lambda: b'{"list_length": 100}',
    "kind": lambda: stated(kind="insyn/gate-use/2"),
    "budget": lambda: stated(budget={"false_alerts": 0, "passages": 10, "document": DOCUMENT.model_dump()}),
    "expected_groups": lambda: stated(
        expected_groups={"origin": "classifier", "document": DOCUMENT.model_dump(), "groups": [{"sex": "male"}]}
    ),
    "operation": lambda: stated(operation={"months": [OCTOBER.model_dump()] * 2}),
    "the file as a whole": lambda: b"{",
    "the file as a whole is no JSON in UTF-8": lambda: stated()[:-1] + b"\xff}",
    "'reviewed_a_day' stands in one place 2 times": lambda: stated()[:-1] + b', "reviewed_a_day": 1000000}',
    "'passages' stands in one place 3 times": lambda: stated().replace(
        b'"passages":', b'"passages": 1, "passages": 2, "passages":', 1
    ),
}


@pytest.mark.parametrize(("place", "data"), REFUSED.items(), ids=REFUSED)
def test_a_use_that_is_none_is_one_sentence(place: str, data: Callable[[], bytes]) -> None:
    with pytest.raises(UseRefused, match=place) as refused:
        read_use(data())
    assert "\n" not in str(refused.value)


def test_the_schema_of_a_use_is_current() -> None:
    assert (ROOT / SCHEMA).read_text(encoding="utf-8") == schema_text(), "python -m benchmarks.accuracy.use_file"
