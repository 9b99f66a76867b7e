"""Known answer of others: what the Metropolitan Police published of 285 deployments, and what does not agree in it."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.operation.page import page
from benchmarks.operation.table import read_rows

pytestmark = pytest.mark.law("C7", "D1")


@pytest.fixture(scope="module")
def expected(test_data: Path) -> Any:
    return json.loads((test_data / "vectors" / "metrics" / "t03_met_lfr_expected.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def found(test_data: Path) -> dict[str, Any]:
    return page(read_rows(test_data / "vectors" / "metrics" / "t03_met_lfr_deployments.csv"))


def test_the_sum_of_all_deployments(found: dict[str, Any], expected: Any) -> None:
    (total,) = found["operation_sums"]
    assert_sum(total, expected["totals"])
    assert total["false_per_face"]["value"] == pytest.approx(1.7e-5, rel=0.03)
    assert total["false_per_face"]["interval"]["lower"] == pytest.approx(1.3e-5, rel=0.05)
    assert total["false_per_face"]["interval"]["upper"] == pytest.approx(2.3e-5, rel=0.05)


def assert_sum(told: Any, expected: Any) -> None:
    names = {"deployments": "deployments", "faces": "faces", "alerts": "alerts", "true": "true_alerts"}
    assert {ours: told[ours] for ours in names} == {ours: expected[theirs] for ours, theirs in names.items()}
    assert told["false"] == expected["false_alerts"]
    interval = told["false_per_face"]["interval"]
    assert told["false_per_face"]["value"] == pytest.approx(expected["false_alert_rate"])
    assert [interval["lower"], interval["upper"]] == pytest.approx(expected["clopper_pearson95"], rel=1e-9)
    assert told["precision_of_adjudicated"]["value"] == pytest.approx(expected["alert_precision"])


def test_the_sums_by_the_lowest_threshold(found: dict[str, Any], expected: Any) -> None:
    names = {"": "not stated (2020-2022)", "0.6": "0.6", "0.62": "0.62", "0.64": "0.64"}
    told = {one.replace("not stated", ""): of for one, of in found["operation_by_threshold"].items()}
    assert {float(one) if one else None for one in told} == {float(one) if one else None for one in names}
    for threshold, (total,) in told.items():
        assert_sum(total, expected["by_min_threshold"][names[f"{float(threshold):g}" if threshold else ""]])


def test_every_month_with_its_drift_of_the_denominator(found: dict[str, Any], expected: Any) -> None:
    assert [
        {
            "month": one["month"],
            "deployments": one["deployments"],
            "faces": one["faces"],
            "true_alerts_per_1000_faces": one["true_per_1000_faces"],
            "false_alerts": one["false"],
        }
        for one in found["operation"]
    ] == expected["denominator_drift_by_month"]["months"]


def test_the_four_rows_that_do_not_agree(found: dict[str, Any], expected: Any) -> None:
    words = {
        "published_rate_differs": "published-rate-differs",
        "alerts_do_not_sum": "alerts-do-not-sum",
        "date_out_of_order": "date-out-of-order",
    }
    assert found["operation_flagged"] == [
        {"row": str(one["row"]), "flags": [words[one["kind"]]]} for one in expected["inconsistencies_to_be_flagged"]
    ]


def test_six_deployments_lie_above_the_limit_and_none_surely(found: dict[str, Any], expected: Any) -> None:
    above = expected["deployments_with_point_rate_above_1_in_1000"]
    assert found["operation_above_limit"] == [
        {"row": str(one["row"]), "faces": one["faces"], "false": one["false"], "lower_limit_exceeds": False}
        for one in above
    ]
