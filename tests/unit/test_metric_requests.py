"""`insyn evaluate metrics`: numbers in, numbers out, a sentence for what is wrong, and never a number for a hole."""

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from benchmarks.metrics.answers import answer
from benchmarks.metrics.identification import Searches, fpir
from benchmarks.metrics.plain_values import plain
from benchmarks.metrics.requests import SCHEMA, Request, schema_text
from insyn.command_line import app

ROOT = Path(__file__).resolve().parents[2]
KIND = "insyn/metrics-request/1"


def ask(**of: Any) -> dict[str, Any]:
    """The answer to one ask."""
    request = Request.model_validate_json(json.dumps({"kind": KIND, "ask": [{"id": "one", **of}]}))
    (told,) = answer(request)["answers"]
    assert (told["id"], told["metric"]) == ("one", of["metric"])
    return dict(told)


def run(folder: Path, text: str) -> tuple[Result, Path]:
    (folder / "asks.json").write_text(text, encoding="utf-8")
    out = folder / "answers.json"
    return CliRunner().invoke(app, ["evaluate", "metrics", "--in", str(folder / "asks.json"), "--out", str(out)]), out


def test_the_schema_is_current() -> None:
    assert (ROOT / SCHEMA).read_text(encoding="utf-8") == schema_text(), "python -m benchmarks.metrics.requests"


def test_the_documents_example_is_what_comes_out(tmp_path: Path) -> None:
    document = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```json\n(.*?)```", document, re.DOTALL)
    result, out = run(tmp_path, example)
    assert result.exit_code == 0, result.output
    limits, searches, nobody = json.loads(out.read_text(encoding="utf-8"))["answers"]
    assert limits["result"]["upper_limit"] == pytest.approx(1 - 0.05 ** (1 / 2995))
    levels = searches["result"]["fpir"]
    assert [(levels[level]["numerator"], levels[level]["denominator"]) for level in ("matcher", "system")] == [
        (1, 1),
        (1, 2),
    ]
    assert searches["result"]["tpir"]["system"]["value"] == 0.5
    assert nobody["result"] is None
    assert nobody["reason"] in document
    assert "1 of them have no number" in result.output


def test_the_document_names_every_metric() -> None:
    document = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    names = set(re.findall(r'"(?:const|enum)": (?:"([a-z-]+)"|\[[^\]]*\])', schema_text())) - {""}
    names |= {"auc", "cllr", "d-prime", "det", "eer-convex-hull", "eer-midpoint", "fta", "fte"}
    assert len(names) > 20
    assert not {name for name in names if f"`{name}`" not in document}


def test_distances_are_turned_round_on_the_way_in_and_out() -> None:
    near = ask(metric="fmr", non_mated=[0.3, 0.6, 0.9], threshold=0.6, distances=True)
    assert near["result"]["numerator"] == 2, "at the threshold is a match"
    chosen = ask(metric="threshold-for-fmr", non_mated=[0.3, 0.6, 0.9], target=0.34, distances=True)
    assert chosen["result"]["value"] == 0.3
    found = ask(metric="identification", scores=[[0.2, 0.9]], mate=[0], threshold=0.6, distances=True)
    assert found["result"]["tpir"]["system"]["numerator"] == 1


def test_failures_to_acquire_are_counted_apart() -> None:
    told = ask(metric="fnmr", mated=[0.1, None, 0.9], threshold=0.5, people=[1, 2, 3])["result"]
    assert (told["denominator"], told["failures_to_acquire"], told["people"]) == (2, 1, 2)
    told = ask(metric="fmr", non_mated=[0.1, None, 0.9], threshold=0.5, first=[1, 1, 2], second=[2, 3, 3])["result"]
    assert (told["numerator"], told["denominator"], told["failures_to_acquire"]) == (1, 2, 1)


BOTH = {"mated": [0.5, 0.8, 0.9], "non_mated": [0.1, 0.2, 0.5]}
ASKS: list[tuple[dict[str, Any], str, Any]] = [
    ({"metric": "auc", **BOTH}, "value", pytest.approx(8.5 / 9)),
    ({"metric": "cllr", "mated": [0.0], "non_mated": [0.0]}, "value", 1.0),
    ({"metric": "d-prime", "mated": [2, 4], "non_mated": [0, 2]}, "value", 2.0),
    ({"metric": "eer-midpoint", **BOTH}, "threshold", 0.5),
    ({"metric": "eer-convex-hull", "mated": [2.0], "non_mated": [1.0]}, "value", 0.0),
    ({"metric": "det", "mated": [2.0], "non_mated": [1.0]}, "thresholds", [1.0, 2.0, "infinity"]),
    (
        {"metric": "error-versus-discard", "mated": [0.1, 0.9], "quality": [1, 2], "threshold": 0.5},
        "fnmr",
        [0.5, 0.0],
    ),
    ({"metric": "fta", "failed": 1, "attempted": 4}, "value", 0.25),
    ({"metric": "fte", "failed": 0, "attempted": 4}, "unit", "person"),
    ({"metric": "system-level", "fta": 0.1, "fmr": 0.2, "fnmr": 0.2}, "frr", pytest.approx(0.28)),
    ({"metric": "threshold-for-fpir", "scores": [[0.1], [0.7]], "mate": [-1, -1], "target": 0.5}, "value", 0.7),
    ({"metric": "interval", "errors": 44, "trials": 2529031}, "upper_limit", pytest.approx(2.236923724954483e-05)),
    ({"metric": "people-for-claim", "target": 1e-3, "alarms": 1}, "people", 4742),
    ({"metric": "alarms-to-see-ratio", "ratio": 10}, "expected_alarms", pytest.approx(1.1, abs=0.05)),
    ({"metric": "smallest-ratio-seen", "expected": 8.6}, "ratio", pytest.approx(3, abs=0.05)),
    ({"metric": "list-size", "enrolled": 1000, "fpir": 1e-3}, "fmr", pytest.approx(1e-6, rel=1e-3)),
    ({"metric": "list-size", "enrolled": 1, "fpir": 1e-3, "fmr": 1e-6}, "longest_list", 1000),
]


RATES = {"metric": "differences", "fmr": {"a": 0.001, "b": 0.004}}
TWO_PASSES = {"track": [1, 1, 2, 3], "transit": [1, 1, 2, 3], "person": [7, 7, 7, 8], "listed": [False] * 4}
FURTHER: list[tuple[dict[str, Any], str, Any]] = [
    ({"metric": "alarms-allowed", "target": 1e-3, "people": 4749}, "alarms", 1),
    ({"metric": "alarms-allowed", "target": 1e-3, "people": 2994}, "alarms", None),
    ({"metric": "worth-of-searches", "searches": 3000, "each": 5, "correlation": 0.2}, "independent", 3000 / 1.8),
    ({"metric": "interval", "errors": 0, "trials": 3000}, "rule_of_three", 0.001),
    ({"metric": "interval", "errors": 1, "trials": 3000}, "rule_of_three", None),
    # |0.001 - 0.002| and |0.004 - 0.002| over 0.002: 50 % and 100 %.
    ({**RATES, "target": 0.002}, "mape", {"value": pytest.approx(75), "reason": None}),
    (
        {**RATES, "accuracy": {"a": 0.99, "b": 0.97}},
        "accuracy",
        {
            "skewed_error_ratio": {"value": pytest.approx(3), "reason": None},
            "spread_over_n": {"value": pytest.approx(0.01), "reason": None},
            "spread_over_n_less_1": {"value": pytest.approx(0.01 * 2**0.5), "reason": None},
        },
    ),
    (
        {"metric": "stream", "score": [0.1, 0.9, 0.9, 0.1], **TWO_PASSES, "threshold": 0.9, "camera_hours": 0.5},
        "per_camera_hour",
        {"value": 4.0, "reason": None},
    ),
]
"""What was in the library and could not be asked for."""


@pytest.mark.parametrize(("asked", "part", "expected"), FURTHER)
def test_what_the_library_computes_can_be_asked_for(asked: dict[str, Any], part: str, expected: Any) -> None:
    told = ask(**asked)["result"][part]
    assert told == (pytest.approx(expected) if isinstance(expected, float) else expected)


def test_distinct_people_who_alarmed_stand_beside_their_passes() -> None:
    told = ask(metric="stream", score=[0.1, 0.9, 0.9, 0.1], **TWO_PASSES, threshold=0.9)["result"]
    assert (told["transit"]["numerator"], told["transit"]["denominator"]) == (2, 3)
    alarmed = told["people_alarmed"]
    assert (alarmed["numerator"], alarmed["denominator"], alarmed["unit"]) == (1, 2, "person")
    assert "per_camera_hour" not in told


def groups_of(*counts: tuple[str, int, int, int]) -> dict[str, Any]:
    told = [{"name": name, "errors": part, "trials": whole, "people": people} for name, part, whole, people in counts]
    return {"metric": "groups", "groups": told, "target": 0.1}


def test_a_ratio_of_groups_has_an_interval_of_people_drawn_anew() -> None:
    """Of 30 of 300 to 15 of 300 the ratio's logarithm has a standard error of about sqrt(1/30 + 1/15 - 2/300)."""
    two = groups_of(("a", 30, 300, 300), ("b", 15, 300, 300))
    told = ask(**two, replicates=1000, seed=4)["result"]["ratio_bootstrap"]
    assert told == ask(**two, replicates=1000, seed=4)["result"]["ratio_bootstrap"]
    limits = told["percentile"]
    # The worse of both in each replicate is meant, so that no ratio lies below 1.
    assert 1.0 <= limits["lower"] < 1.3
    assert limits["upper"] == pytest.approx(2 * math.exp(1.96 * (1 / 30 + 1 / 15 - 2 / 300) ** 0.5), rel=0.15)
    assert ask(**two)["result"]["ratio_bootstrap"] is None


def test_a_ratio_that_has_no_end_says_so_and_one_of_dependent_trials_is_not_given() -> None:
    none = ask(**groups_of(("a", 30, 300, 300), ("b", 1, 300, 300)), replicates=500)["result"]["ratio_bootstrap"]
    assert none["percentile"]["upper"] == "infinity", "in one of three the best group has nobody"
    several = ask(**groups_of(("a", 30, 300, 100), ("b", 15, 300, 300)), replicates=50)["result"]["ratio_bootstrap"]
    assert several["value"] is None
    assert "one trial for each person" in several["reason"]
    alone = ask(**groups_of(("a", 30, 300, 300), ("few", 1, 20, 20)), replicates=50)["result"]["ratio_bootstrap"]
    assert "large enough" in alone["reason"]


def test_misses_are_drawn_anew_with_their_people() -> None:
    people = [at // 4 for at in range(200)]
    scores = [[0.9 if person % 5 else 0.1] for person in people]
    of = {"metric": "identification", "scores": scores, "mate": [0] * 200, "people": people, "threshold": 0.5}
    told = ask(**of, replicates=500, seed=1)["result"]
    assert told["fpir_bootstrap"] is None
    limits = told["fnir_bootstrap"]["percentile"]
    assert (limits["lower"], limits["upper"]) == pytest.approx((0.2 - 1.96 * 0.0566, 0.2 + 1.96 * 0.0566), abs=0.03)


@pytest.mark.parametrize(
    ("asked", "part", "expected"), ASKS, ids=lambda value: value["metric"] if isinstance(value, dict) else ""
)
def test_each_metric_answers(asked: dict[str, Any], part: str, expected: Any) -> None:
    assert ask(**asked)["result"][part] == expected


def test_groups_answer_worst_first_and_say_who_may_not_be_compared() -> None:
    groups = [
        {"name": "a", "errors": 3, "trials": 300, "people": 300},
        {"name": "b", "errors": 30, "trials": 300, "people": 300},
        {"name": "c", "errors": 0, "trials": 0, "people": 0},
    ]
    told = ask(metric="groups", groups=groups, target=0.01)["result"]
    assert [(one["name"], one["status"]) for one in told["groups"]] == [("b", "ok"), ("a", "ok"), ("c", "empty")]
    assert told["differences"]["ratio"]["value"] == 10
    assert told["groups"][2]["rate"]["value"] is None


def test_differences_answer_with_misses_and_without() -> None:
    told = ask(metric="differences", fmr={"a": 0.1, "b": 0.0})["result"]
    assert told["fmr"]["max_over_min"]["value"] is None
    assert "garbe" not in told
    told = ask(metric="differences", fmr={"a": 0.1, "b": 0.1}, fnmr={"a": 0.2, "b": 0.2})["result"]
    assert (told["garbe"]["value"], told["fdr"]["value"], told["inequity_rate"]["value"]) == (0, 1, 1)


def test_a_stream_answers_by_three_units() -> None:
    of = {"track": [1, 2], "transit": [1, 1], "person": [1, 1], "listed": [False, False], "threshold": 0.5}
    told = ask(metric="stream", score=[0.9, None], **of)["result"]
    assert {unit: told[unit]["denominator"] for unit in told} == {
        "frame": 2,
        "track": 2,
        "transit": 1,
        "people_alarmed": 1,
    }


def test_ranks_answer() -> None:
    told = ask(metric="cmc", scores=[[0.9, 0.1], [0.9, 0.1]], mate=[0, 1], ranks=2)["result"]["tpir_by_rank"]
    assert [one["value"] for one in told] == [0.5, 1.0]


def test_people_drawn_anew_come_with_their_seed() -> None:
    of = {"metric": "identification", "scores": [[0.9], [0.1], [0.2]], "mate": [-1, -1, -1], "threshold": 0.5}
    one, two = (ask(**of, replicates=50, seed=3)["result"]["fpir_bootstrap"] for _ in range(2))
    assert one == two
    assert (one["seed"], one["replicates"]) == (3, 50)
    assert ask(**of)["result"]["fpir_bootstrap"] is None


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"metric": "fta", "failed": 5, "attempted": 4}, "part of the trials"),
        ({"metric": "fmr", "non_mated": [0.1], "first": [1, 2], "second": [2, 3], "threshold": 0}, "differ in length"),
        (
            {"metric": "identification", "scores": [[0.1], [0.1, 0.2]], "mate": [0, 0], "threshold": 0},
            "different numbers",
        ),
        ({"metric": "list-size", "enrolled": 3}, "Give an FMR"),
        ({"metric": "tar-at-fmr", "mated": [], "non_mated": [0.1], "target": 0.1}, "no mated scores"),
    ],
)
def test_an_ask_that_cannot_be_answered_says_why_and_has_no_number(asked: dict[str, Any], sentence: str) -> None:
    told = ask(**asked)
    assert told["result"] is None
    assert sentence in told["reason"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "the file as a whole"),
        (json.dumps({"kind": KIND, "ask": []}), "at ask"),
        (json.dumps({"kind": "insyn/metrics-request/2", "ask": []}), "at kind"),
        (json.dumps({"kind": KIND, "ask": [{"id": "a", "metric": "fairness"}]}), "at ask → 0"),
        (
            json.dumps({"kind": KIND, "ask": [{"id": "a", "metric": "cllr", "mated": ["x"], "non_mated": []}]}),
            "mated",
        ),
        (
            f'{{"kind": "{KIND}", "ask": [{{"id": "a", "metric": "fmr", "non_mated": [NaN], "threshold": 1}}]}}',
            "non_mated",
        ),
    ],
)
def test_what_is_no_request_is_one_sentence_and_nothing_is_written(tmp_path: Path, text: str, sentence: str) -> None:
    result, out = run(tmp_path, text)
    assert result.exit_code == 1
    assert sentence in result.output
    assert len(result.output.strip().splitlines()) == 1
    assert not out.exists()


def test_where_answers_cannot_be_written_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "asks.json").write_text(
        json.dumps({"kind": KIND, "ask": [{"id": "a", "metric": "list-size", "enrolled": 3}]})
    )
    out = tmp_path / "asks.json" / "answers.json"
    result = CliRunner().invoke(app, ["evaluate", "metrics", "--in", str(tmp_path / "asks.json"), "--out", str(out)])
    assert result.exit_code == 1
    assert "cannot be written" in result.output


def test_nothing_that_json_lacks_comes_out() -> None:
    made = plain(fpir(Searches.of([[np.nan], [0.5]], [-1, -1]), 0.5))
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    assert plain({"a": np.float64("nan"), "b": float("-inf")}) == {"a": None, "b": "-infinity"}
