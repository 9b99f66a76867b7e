"""A small evaluation as the runs leave it, by hand: every count is written out, and nothing is measured."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.metrics.groups import standing
from benchmarks.metrics.plain_values import plain
from benchmarks.metrics.rates import Unit, rate

LIMIT = 1e-3
GROUPS = (
    ("Asian × male", 51, 363),
    ("Asian × female", 33, 504),
    ("Indian × female", 1, 516),
    ("White × male", 6, 1636),
)
AGES = (("13–17", 5, 185), ("25–34", 53, 2478))


def a_rate(part: int, whole: int) -> dict[str, Any]:
    return dict(plain(rate(part, whole, unit=Unit.SEARCH, people=whole)))


def a_group(name: str, part: int, whole: int, *, more: int = 0) -> dict[str, Any]:
    """`more` are flagged and overlap: counted in the second figure alone."""
    rates = [rate(part + extra, whole + extra, unit=Unit.SEARCH, people=whole + extra) for extra in (0, more)]
    without, counted = (plain(standing(name, one, LIMIT)) for one in rates)
    return {
        "name": name,
        "without_overlap": without,
        "with_overlap": counted,
        "not_acquired": a_rate(1, 10),
        "mean_size_px": 120.0,
        "mean_sharpness": 0.05,
    }


def a_crossing(labels: Sequence[str], groups: Sequence[tuple[str, int, int]]) -> dict[str, Any]:
    nothing = {"value": None, "reason": "Fewer than two groups are large enough to be compared."}
    apart = {"worst": None, "best": None, "ratio": nothing, "to_typical": nothing, "bound": nothing}
    return {"labels": list(labels), "groups": [a_group(*one) for one in groups], "differences": apart}


def an_evaluation(**changes: Any) -> dict[str, Any]:
    """One whose numbers a test may change."""
    at = {
        "threshold": -0.45,
        "people_alarmed": a_rate(5, 1875),
        "fpir": {"system": a_rate(5, 1875)},
        "fnir": {"system": a_rate(180, 400)},
        "wrong_identity": {"system": a_rate(2, 400)},
        "selectivity": {"value": 0.05, "reason": None},
    }
    seed = {"seed": 1, "at_profile": at, "at_calibrated": {"threshold": -0.38}}
    curve = {
        "people_not_listed": 1875,
        "searches_listed": 400,
        "enrolled": 1000,
        "points": [{"fpir": 0.1, "fnir": 0.1, "threshold": -0.5}, {"fpir": 0.0, "fnir": 0.9, "threshold": -0.3}],
        "operating": {"fpir": 0.02, "fnir": 0.45, "threshold": -0.45},
    }
    found: dict[str, Any] = {
        "kind": "insyn/evaluation/1",
        "profile": "made",
        "profile_sha256": "a" * 64,
        "pipeline_sha256": "b" * 64,
        "pictures_sha256": "c" * 64,
        "files": {"embedder": "d" * 64},
        "measured_on": "2026-11-26",
        "threshold": -0.45,
        "data": [
            {"name": "made", "source": "a test", "licence": "ours", "labels": "none", "what": "points", "caveats": []}
        ],
        "acquisition": {
            "failures_to_detect": a_rate(1, 100),
            "failures_to_acquire": a_rate(3, 100),
            "reasons": {"no_face": 1, "turned_away": 2},
        },
        "lfw_view2": {
            "accuracy": 0.9893,
            "standard_error": 0.0019,
            "failures_to_detect": 1,
            "errors": 64,
            "pairs": 6000,
        },
        "identification": [
            {
                "enrolled": 1000,
                "seeds": [seed],
                "people_ever_alarmed": a_rate(169, 4061),
                "fpir_range": [0.0, 0.02],
                "fnir_range": [0.4, 0.45],
            }
        ],
        "trade_off": {**curve, "by_sex": [{"group": "female", **curve}]},
        "bias": {
            "enrolled": 1000,
            "threshold": -0.45,
            "target": LIMIT,
            "everybody": a_group("everybody", 125, 6615, more=10),
            "crossings": [
                a_crossing(("ethnicity", "sex"), GROUPS),
                a_crossing(("age",), AGES),
            ],
            "overlap": {"same_photograph": 0, "same_person": 77, "excluded": 77, "rule": "as the test says"},
        },
        "misses_by_sex": [{"name": "female", "rate": a_rate(60, 100), "status": "ok"}],
        **_by_group(),
        "gate": {"verdict": "FAIL", "items": [_an_item(number) for number in range(1, 16)]},
    }
    return found | changes


def _by_group() -> dict[str, Any]:
    return {
        "groups": [
            {
                "group": name,
                "labels": ["ethnicity", "sex"],
                "people": people,
                "searches": people,
                "false_alarms": alarms,
                "fpir": alarms / people,
                "interval": a_rate(alarms, people)["interval"],
                "status": "insufficient",
            }
            for name, alarms, people in GROUPS
        ],
        "false_alarms_by_list": {
            "labels": ["ethnicity", "sex"],
            "lengths": [1, 50, 1000],
            "groups": [
                {"group": "everybody", "people": 6615, "false_alarms": [0, 1, 125]},
                {"group": "Asian × male", "people": 363, "false_alarms": [0, 0, 51]},
            ],
        },
        "false_alarms_by_threshold": {
            "labels": ["ethnicity", "sex"],
            "thresholds": [-0.5, -0.45, -0.4],
            "groups": [
                {"group": "everybody", "people": 6615, "false_alarms": [300, 125, 3]},
                {"group": "Asian × male", "people": 363, "false_alarms": [90, 51, 0]},
            ],
        },
        "failures": {
            "false_alarms": {"by_cause": [], "worst": []},
            "misses": {
                "by_cause": [{"cause": "no search: turned_away", "searches": 2}],
                "worst": [{"number": "M1", "cause": "somebody else scored as high or higher", "above_threshold": -0.3}],
            },
        },
    }


def _an_item(number: int) -> Mapping[str, Any]:
    return {
        "number": number,
        "asks": f"Item {number}.",
        "verdict": "FAIL" if number == 3 else "NOT DEMONSTRATED",
        "found": "not said",
        "limit": "exact",
        "source": "own",
        "why": "Nobody has said.",
    }
