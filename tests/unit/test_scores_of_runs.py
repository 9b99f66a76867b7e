"""The score file of the runs: the report's figures and the gate's are the same, counted twice (A17, C10, D1, D3)."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from benchmarks.accuracy import evaluation
from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.accuracy.errors import NotEnoughPeople, ScoresRefused
from benchmarks.accuracy.evaluation import Material, evaluate, scores_of
from benchmarks.accuracy.evidence import evidence_of
from benchmarks.accuracy.gate import gate
from benchmarks.accuracy.gate_values import Asked
from benchmarks.accuracy.overlap import Overlap
from benchmarks.accuracy.pipeline_hash import pipeline_sha256
from benchmarks.accuracy.score_checks import open_scores, require_manifests
from benchmarks.accuracy.score_file import ScoreFile, sha256_of, to_bytes
from benchmarks.accuracy.scores_of_runs import Calibrated, Scored, score
from benchmarks.accuracy.use_file import Use
from benchmarks.accuracy.watchlist_protocol import SEEDS, Half, searches, split
from benchmarks.data.lfw import Pair
from benchmarks.data.manifest import VIEW2, manifest_of, pairs_sha256
from benchmarks.metrics.identification import tpir, wrong_identity
from benchmarks.metrics.plain_values import plain
from tests.builders_accuracy import SHEET, a_profile, a_sample, embedded

pytestmark = pytest.mark.law("A17", "C10", "D1", "D3")
DAY = date(2026, 11, 26)
LISTS = (10, 20)


def a_town() -> Embedded:
    """Sixty people of three pictures; some lie so close together that they are taken for one another."""
    names = [f"p{person:03d}" for person in range(60) for _ in range(3)]
    sexes = [{"sex": "female" if person % 2 else "male"} for person in range(60) for _ in range(3)]
    samples = [
        a_sample((at // 3) * 0.4 + (at % 3) / 10, refused="small" if at % 41 == 40 else None) for at in range(180)
    ]
    samples[36::37] = [a_sample(None) for _ in samples[36::37]]
    return embedded(names, samples, sexes)


def material() -> Material:
    town = a_town()
    groups = [{"sex": "female", "ethnicity": "A" if at % 2 else "B", "age": "25–34"} for at in range(40)]
    places = [None if at % 9 == 8 else a_sample(at * 0.7 if at < 30 else 500.0 + at) for at in range(40)]
    others = embedded([None] * 40, [one or a_sample(None) for one in places], groups)
    pair = Pair("00000.jpg", "00001.jpg", same=True), Pair("00000.jpg", "00003.jpg", same=False)
    shared = np.arange(40) < 7
    return Material(town, [pair] * 10, others, Overlap(shared, np.zeros(40, dtype=bool), 0.0), (SHEET,))


def no_progress(_done: int, _all: int) -> None:
    """Say nothing."""


@pytest.fixture(scope="module")
def made() -> ScoreFile:
    return scores_of(material(), measured_on=DAY, progress=no_progress, lists=LISTS)


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(evaluation, "OPERATIONAL_LIST", 20)
    return evaluate(material(), measured_on=DAY, progress=no_progress, lists=LISTS)


def use() -> Use:
    return Use(list_length=20, threshold=a_profile().comparison.threshold)


def counted(rate: dict[str, Any]) -> tuple[int, int]:
    return rate["numerator"], rate["denominator"]


def test_the_reports_gate_is_the_score_files(found: dict[str, Any], made: ScoreFile) -> None:
    assert found["score_file_sha256"] == sha256_of(to_bytes(made))
    asked = Asked(use=use(), today=DAY, pipeline_sha256=pipeline_sha256(a_profile()))
    assert found["gate"] == plain(gate(open_scores(to_bytes(made)), asked))


def test_the_reports_figures_are_the_score_files(found: dict[str, Any], made: ScoreFile) -> None:
    evidence = evidence_of(open_scores(to_bytes(made)), use())
    assert evidence.lfw_accuracy == found["lfw_view2"]["accuracy"]
    told = [counted(one["people_ever_alarmed"]) for one in found["identification"]]
    bias = found["bias"]["everybody"]
    told += [counted(bias["without_overlap"]["rate"]), counted(bias["with_overlap"]["rate"])]
    ours = [(one.numerator, one.denominator) for one in evidence.searches]
    assert ours[:2] + ours[-2:] == told
    assert told[0][0] > 0, "somebody alarms, or nothing is compared here"


def test_the_reports_groups_are_the_score_files(made: ScoreFile) -> None:
    labelled = replace(made, probes=replace(made.probes, labels="annotated by others") if made.probes else None)
    tables = evidence_of(labelled, use()).false_alarms
    assert len(tables) == 2 * 2 * 7, "two lists, with overlap and without, seven crossings of three labels"
    for table in tables:
        assert sum(rate.denominator for _, rate in table.groups) in {33, 40}


def test_every_list_has_the_ranks_of_the_run(made: ScoreFile) -> None:
    town = a_town()
    for one in made.lists:
        test = searches(town, split(town, one.enrolled, one.seed).test)
        threshold = a_profile().comparison.least_likeness
        hits = int(((one.own >= threshold) & (one.others == 0)).sum())
        assert hits == tpir(test, threshold).system.numerator
        mated = ~np.isnan(one.own)
        others = int((mated & (one.others > 0) & (one.best >= threshold)).sum())
        assert others <= wrong_identity(test, threshold).system.numerator


def test_the_manifest_of_the_set_is_the_one_that_it_names(made: ScoreFile) -> None:
    of, town = material(), a_town()
    hashes = {one.name: bytes.fromhex(sha256) for one, sha256 in zip(town.pictures, town.hashes, strict=True)}
    pairs = [(fold, hashes[one.first], hashes[one.second]) for fold, all_ in enumerate(of.folds) for one in all_]
    sheet = of.sheets[0]
    manifests = [manifest_of(sheet, made.listed.table, {VIEW2: pairs_sha256(pairs)})]
    manifests += [manifest_of(sheet, made.probes.table)] if made.probes else []
    require_manifests(made, manifests)


def half_of(town: Embedded, half: Half) -> list[str]:
    return sorted({town.pictures[at].person or "" for at in (*half.references, *half.probes)})


def scored_with(town: Embedded, *people: str, halved_by: int | None = 2) -> ScoreFile:
    keys = frozenset(f"person {one}" for one in people)
    chosen = Calibrated("half of the town", 0.0, 10, -0.45, keys, [-0.9, -0.8, -0.7])
    probes = material().utkface
    nobody = np.zeros(len(probes.pictures), dtype=bool)
    scored = Scored(town, SHEET, (), probes, SHEET, Overlap(nobody, nobody, 0.0), chosen, halved_by=halved_by)
    return score(scored, measured_on=DAY, progress=no_progress, lists=(10,))


def test_nobody_who_chose_the_threshold_is_tested_and_their_numbers_show_it() -> None:
    town = a_town()
    halves = split(town, 10, seed=2)
    made = scored_with(town, *half_of(town, halves.calibration), "somebody of no set here")
    assert len({one.references.tobytes() for one in made.lists}) == len(SEEDS), "ten lists, all of the other half"
    evidence = evidence_of(open_scores(to_bytes(made)), use())
    assert (evidence.chosen_on_others, evidence.lists) == (True, len(SEEDS))
    for chosen, halved_by in (
        ((*half_of(town, halves.calibration), half_of(town, halves.test)[0]), 2),
        (half_of(town, halves.calibration), None),
    ):
        with pytest.raises(NotEnoughPeople, match="chose the threshold"):
            scored_with(town, *chosen, halved_by=halved_by)


def test_one_who_is_tested_and_chose_is_told_by_who_they_are() -> None:
    town = a_town()
    halves = split(town, 10, seed=2)
    made = scored_with(town, *half_of(town, halves.calibration))
    (tested, *_) = np.unique(made.listed.table.people[made.lists[0].probes])
    if made.calibration is None:
        raise ValueError
    planted = replace(made, calibration=replace(made.calibration, people=np.append(made.calibration.people, tested)))
    assert evidence_of(open_scores(to_bytes(planted)), use()).chosen_on_others is False


def test_a_listed_set_with_a_person_whom_nobody_knows_is_refused() -> None:
    nobody = embedded([None, "a"], [a_sample(0.0), a_sample(1.0)])
    with pytest.raises(ScoresRefused, match="nobody known"):
        score(Scored(listed=nobody, sheet=SHEET), measured_on=DAY, progress=no_progress, lists=(1,))
