"""Known answers of others: score sets of Idiap and pyeer, NIST's table by sex and race, the Met's record, BFW."""

import csv
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.metrics.curves import det
from benchmarks.metrics.differences import gini, max_over_geomean, max_over_min, skewed_error_ratio, spread
from benchmarks.metrics.equal_error import eer_convex_hull, eer_midpoint
from benchmarks.metrics.identification import Searches, fnir, fpir, match_characteristic, tpir
from benchmarks.metrics.intervals import clopper_pearson, upper_limit, wilson
from benchmarks.metrics.likelihood_ratios import cllr
from benchmarks.metrics.streams import precision
from benchmarks.metrics.verification import auc, d_prime, fmr, fnmr, tar_at_fmr, threshold_for_fmr

pytestmark = pytest.mark.law("D1", "D2", "D3", "D4")


@pytest.fixture(scope="module")
def vectors(test_data: Path) -> Path:
    return test_data / "vectors" / "metrics"


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text(encoding="utf-8"))


def test_errors_of_scores_that_are_apart(vectors: Path) -> None:
    sets = read(vectors, "t01_bob_scores.json")
    mated, non_mated = (sets["separable"][kind] for kind in ("genuine", "impostor"))
    assert (fmr(non_mated, 3.0).value, fnmr(mated, 3.0).value) == (0, 0)
    assert (fmr(non_mated, min(non_mated) - 0.1).value, fnmr(mated, max(mated) + 0.1).value) == (1, 1)
    assert eer_midpoint(mated, non_mated).value == eer_convex_hull(mated, non_mated) == 0
    assert cllr(mated, non_mated).value == pytest.approx(sets["expected"]["separable"]["cllr_recomputed"])


def test_errors_of_scores_that_overlap(vectors: Path) -> None:
    sets = read(vectors, "t01_bob_scores.json")
    mated, non_mated = (sets["nonseparable"][kind] for kind in ("genuine", "impostor"))
    expected = sets["expected"]["nonseparable"]
    midpoint, curve = eer_midpoint(mated, non_mated), det(mated, non_mated)
    assert auc(mated, non_mated).value == pytest.approx(expected["auc"], abs=1e-12)
    assert eer_convex_hull(mated, non_mated) == pytest.approx(expected["eer_rocch_bosaris_1_06"], abs=1e-12)
    assert [midpoint.value, midpoint.low, midpoint.high, midpoint.threshold] == pytest.approx(
        [expected["eer_midpoint_recomputed"][key] for key in ("eer", "low", "high", "threshold")]
    )
    assert d_prime(mated, non_mated).value == pytest.approx(expected["dprime_ddof0_recomputed"], abs=1e-12)
    assert cllr(mated, non_mated).value == pytest.approx(expected["cllr_recomputed"], abs=1e-12)
    points = set(zip(np.round(curve.fmr, 9), np.round(curve.fnmr, 9), strict=True))
    assert {tuple(point) for point in expected["rocch_points_FMR_FNMR"]} <= points | {(0.0, 1.0)}


def test_targets_are_kept_where_the_nearest_would_break_them(vectors: Path) -> None:
    sets = read(vectors, "t01_bob_scores.json")
    mated, non_mated = (sets["nonseparable"][kind] for kind in ("genuine", "impostor"))
    expected = sets["expected"]["nonseparable"]["roc_for_far"]
    for target, achieved, misses in zip(
        *(expected[key] for key in ("requested_FAR", "achieved_FAR", "FRR")), strict=True
    ):
        reached = tar_at_fmr(mated, non_mated, target)
        assert reached.threshold.achieved == pytest.approx(achieved)
        assert 1 - (reached.tar.value or 0) == pytest.approx(misses)
    assert fmr(non_mated, 5.8).value == 0.02, "what a threshold nearest to one in a hundred really lets through"


def test_thresholds_at_the_edge(vectors: Path) -> None:
    edges = read(vectors, "t01_bob_scores.json")["threshold_edge_cases"]
    for case in edges["cases"]:
        chosen = threshold_for_fmr(case["impostor"], case["target"]).value
        if isinstance(case["threshold"], str):
            sign, number = case["threshold"].split()
            assert chosen > float(number) if sign == ">" else chosen <= float(number)
        else:
            assert chosen == case["threshold"]
    for step in range(21):
        target = step / 20
        achieved = threshold_for_fmr(edges["obvious"]["impostor"], target).achieved
        assert achieved == pytest.approx(math.floor(10 * target + 1e-12) / 10)


def test_a_characteristic_by_rank(vectors: Path) -> None:
    cmc = read(vectors, "t01_bob_scores.json")["cmc"]
    width = max(len(probe["impostor"]) for probe in cmc["probes"]) + 1
    rows = [
        [max(probe["mate"]), *probe["impostor"], *([-99.0] * (width - 1 - len(probe["impostor"])))]
        for probe in cmc["probes"]
    ]
    found = [one.value for one in match_characteristic(Searches.of(rows, [0] * len(rows)), width)]
    assert found == cmc["expected"]["cmc"][:width]


@pytest.mark.parametrize(
    "name", ["t02_openset_0_no_error.txt", "t02_openset_1_one_error.txt", "t02_openset_2_two_errors.txt"]
)
def test_searches_of_an_open_set(vectors: Path, name: str) -> None:
    expected = read(vectors, "t02_openset_expected.json")
    rows: dict[str, dict[str, float]] = {}
    subject: dict[str, str] = {}
    for line in (vectors / name).read_text(encoding="utf-8").splitlines():
        enrolled, person, probe, score = line.split()
        rows.setdefault(probe, {})[enrolled], subject[probe] = float(score), person
    gallery = ["1", "2", "3"]
    searches = Searches.of(
        [[row[one] for one in gallery] for row in rows.values()],
        [gallery.index(subject[probe]) if subject[probe] in gallery else -1 for probe in rows],
    )
    told = expected["expected"][name]
    assert fpir(searches, expected["T"]).matcher.value == told["FPIR"]
    assert fnir(searches, expected["T"]).matcher.value == pytest.approx(told["FNIR_R1"])
    found = tpir(searches, expected["T"]).matcher
    assert (found.value, found.denominator) == (pytest.approx(told["TPIR_R1"]), told["mated"])


def test_scores_of_three_thousand_strangers(vectors: Path) -> None:
    scores = read(vectors, "t05_pyeer_exp2.json")
    mated, non_mated, expected = scores["genuine"], scores["impostor"], scores["expected"]
    midpoint = eer_midpoint(mated, non_mated)
    assert auc(mated, non_mated).value == pytest.approx(expected["auc"], abs=1e-12)
    assert [midpoint.value, midpoint.low, midpoint.high, midpoint.threshold] == pytest.approx(
        [expected["eer_midpoint"][key] for key in ("eer", "low", "high", "threshold")]
    )
    assert d_prime(mated, non_mated).value == pytest.approx(expected["dprime_ddof0"], abs=1e-12)
    for at in expected["at_target_FMR"]:
        reached = tar_at_fmr(mated, non_mated, at["target"])
        assert reached.threshold.value == at["threshold"]
        assert reached.threshold.achieved == pytest.approx(at["achieved_FMR"])
        assert 1 - (reached.tar.value or 0) == pytest.approx(at["FNMR"])


def test_two_hundred_and_forty_algorithms_by_sex_and_race(vectors: Path) -> None:
    with (vectors / "t04_nist_frvt11_2020_sex_race_fmr.csv").open(encoding="utf-8") as file:
        rates = {
            row["algorithm"]: {group: float(row[f"{group}_{group}"]) for group in ("MW", "MB", "FW", "FB")}
            for row in csv.DictReader(file)
        }
    with (vectors / "t04_nist_frvt11_2020_expected.csv").open(encoding="utf-8") as file:
        expected = {row["algorithm"]: row for row in csv.DictReader(file)}
    assert len(rates) == len(expected) == 240
    for name, of in rates.items():
        told = expected[name]
        assert max_over_min(list(of.values())).value == pytest.approx(float(told["within_group_max_over_min"]))
        assert max_over_geomean(list(of.values())).value == pytest.approx(float(told["within_group_max_over_geomean"]))
        assert gini(list(of.values())).value == pytest.approx(float(told["within_group_gini"]))
        assert of[told["worst_group"]] == max(of.values())


def check_deployments(told: Mapping[str, Any]) -> None:
    false, faces, alerts, true = (told[key] for key in ("false_alerts", "faces", "alerts", "true_alerts"))
    for made, key in ((wilson(false, faces), "wilson95"), (clopper_pearson(false, faces), "clopper_pearson95")):
        assert [made.lower, made.upper] == pytest.approx(told[key], rel=1e-9)
    assert upper_limit(false, faces) == pytest.approx(told["upper_one_sided95"], rel=1e-9)
    assert precision(true, alerts).value == pytest.approx(told["alert_precision"], abs=0.002)


def test_two_hundred_and_eighty_five_deployments(vectors: Path) -> None:
    expected = read(vectors, "t03_met_lfr_expected.json")
    check_deployments(expected["totals"])
    for threshold in expected["by_min_threshold"].values():
        check_deployments(threshold)
    for one in expected["deployments_with_point_rate_above_1_in_1000"]:
        limits = clopper_pearson(one["false"], one["faces"])
        assert [limits.lower, limits.upper] == pytest.approx(one["cp95"], rel=1e-9)
        assert (limits.lower > 1e-3) == one["lower_bound_exceeds_1_in_1000"]


def test_first_neighbours_of_eight_groups(vectors: Path) -> None:
    told = read(vectors, "t07_bfw_published.json")
    errors = {
        group: sum(row)
        for group, row in zip(
            told["groups"], told["rank1_errors_by_probe_group_and_wrong_neighbour_group"], strict=True
        )
    }
    assert errors == told["expected_rank1"]["errors"]
    rates = [count / told["faces_per_group"] for count in errors.values()]
    assert max_over_min(rates).value == pytest.approx(told["expected_rank1"]["max_over_min"])
    assert gini(rates).value == pytest.approx(told["expected_rank1"]["gini"])
    assert max_over_geomean(rates).value == pytest.approx(told["expected_rank1"]["max_over_geomean"])
    for group, limits in told["expected_rank1"]["wilson95"].items():
        made = wilson(errors[group], told["faces_per_group"])
        assert [made.lower, made.upper] == pytest.approx(limits)
    accuracy = list(told["accuracy_at_global_threshold"].values())
    assert spread(accuracy, ddof=1).value == pytest.approx(told["expected_accuracy"]["std_published"], abs=1e-6)
    assert spread(accuracy, ddof=0).value == pytest.approx(told["expected_accuracy"]["std_ddof0"])
    assert skewed_error_ratio([1 - one for one in accuracy]).value == pytest.approx(told["expected_accuracy"]["SER"])
