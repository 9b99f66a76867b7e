"""A score file that passes every item, made of nothing but numbers; and what it is meant for."""

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np

from benchmarks.accuracy.score_checks import pairs_of
from benchmarks.accuracy.score_file import Calibration, ListScores, PairScores, Part, ProbeScores, ScoreFile
from benchmarks.accuracy.use_file import (
    AgeBand,
    Budget,
    Confirmation,
    Document,
    ExpectedGroups,
    Operation,
    Traffic,
    Use,
)
from benchmarks.accuracy.watchlist_protocol import SEEDS
from benchmarks.data.manifest import VIEW2, PictureTable, manifest_of
from benchmarks.data.pictures import DataSheet, LabelOrigin
from contracts.evaluation_records import DataManifest
from tests.builders_accuracy import a_profile

MEASURED = date(2026, 6, 1)
TODAY = date(2026, 11, 26)
LISTED = DataSheet(
    name="listed", source="a test", licence="ours", labels=LabelOrigin.SELF_DECLARED, what="numbers", caveats=()
)
PROBES = replace(LISTED, name="probes")
SEXES = ("female", "male")
ENROLLED = 400
"""Of whom twenty of either sex are missed: no more than three times as many of the one, by their outer limits."""
STRANGERS = 3050
"""In the half that is tested: enough to show 1 in 1,000 without an alarm."""
PEOPLE_IN_GROUP = 30_000
ALARMS_IN_GROUP = 15
PIPELINE = "c" * 64
DOCUMENT = Document(title="Who travels here", sha256="d" * 64)
NEAR, FAR = -0.1, -0.9


def a_table(people: list[int], sexes: list[str], name: str) -> PictureTable:
    hashes = np.random.default_rng(len(name)).integers(0, 256, (len(people), 32), dtype=np.uint8)
    labels = {"sex": tuple(sexes)} if name == LISTED.name else {"age": ("25–34",) * len(people), "sex": tuple(sexes)}
    return PictureTable(hashes, np.array(people, dtype=np.uint32), labels)


def manifests_of(scores: ScoreFile) -> list[DataManifest]:
    """What two organisations would have signed for the sets of a score file."""
    splits = {} if scores.pairs is None else {VIEW2: pairs_of(scores.pairs, scores.listed)}
    told = [manifest_of(LISTED, scores.listed.table, splits)]
    return told if scores.probes is None else [*told, manifest_of(PROBES, scores.probes.table)]


@cache
def good_manifests() -> tuple[DataManifest, ...]:
    """Those of `good_scores`."""
    return tuple(manifests_of(good_scores()))


def with_manifests(scores: ScoreFile) -> ScoreFile:
    """The same file, naming the manifests of its own tables."""
    listed, *others = manifests_of(scores)
    named = replace(scores, listed=replace(scores.listed, manifest_sha256=listed.sha256))
    return (
        named
        if named.probes is None
        else replace(named, probes=replace(named.probes, manifest_sha256=others[0].sha256))
    )


@cache
def good_scores(each: int = PEOPLE_IN_GROUP, alarms: int = ALARMS_IN_GROUP) -> ScoreFile:
    """Listed people with two pictures, strangers with one, as many again who calibrate; and people who pass by."""
    half = ENROLLED + STRANGERS
    people = [number for number in range(ENROLLED) for _ in range(2)] + list(range(ENROLLED, 2 * half))
    table = a_table(people, [SEXES[number % 2] for number in people], LISTED.name)
    passing = list(range(2 * half, 2 * half + 2 * each))
    probes = a_table(passing, [SEXES[number % 2] for number in passing], PROBES.name)
    nobody = np.zeros(probes.size, dtype=np.bool_)
    return with_manifests(
        ScoreFile(
            profile=a_profile().canonical_bytes(),
            pipeline_sha256=PIPELINE,
            measured_on=MEASURED,
            camera_class="hall",
            listed=Part(LISTED.name, LISTED.labels.value, "0" * 64, table, np.ones(table.size, dtype=np.bool_)),
            lists=ten_lists(),
            pairs=good_pairs(),
            probes=Part(PROBES.name, PROBES.labels.value, "0" * 64, probes, np.ones(probes.size, dtype=np.bool_)),
            same_photograph=nobody,
            same_person=nobody,
            against=(ProbeScores(1, references(), alarmed(2 * each, 2 * alarms)),),
            calibration=Calibration(
                on="the other half",
                target=1e-3,
                enrolled=ENROLLED,
                threshold=a_profile().comparison.least_likeness,
                people=np.arange(half, 2 * half, dtype=np.uint32),
                best=np.linspace(-1.0, -0.8, half),
            ),
        )
    )


def references() -> np.ndarray:
    """The first picture of each listed person."""
    return np.arange(0, 2 * ENROLLED, 2, dtype=np.uint32)


def alarmed(searches: int, alarms: int) -> np.ndarray:
    """So many searches, of which the first alarm."""
    return np.where(np.arange(searches) < alarms, NEAR, FAR)


def ten_lists(missed: int = 40, alarms: int = 0) -> tuple[ListScores, ...]:
    """The same list, as if each of the protocol's seeds had drawn it."""
    return tuple(replace(a_list(missed, alarms), seed=seed) for seed in SEEDS)


def a_list(missed: int = 40, alarms: int = 0) -> ListScores:
    """The second picture of each listed person, of whom the first are missed, and every stranger."""
    mated = np.arange(1, 2 * ENROLLED, 2, dtype=np.uint32)
    strangers = np.arange(2 * ENROLLED, 2 * ENROLLED + STRANGERS, dtype=np.uint32)
    own = np.where(np.arange(ENROLLED) < missed, FAR, NEAR)
    return ListScores(
        seed=1,
        references=references(),
        probes=np.concatenate((mated, strangers)),
        best=np.concatenate((own, alarmed(STRANGERS, alarms))),
        own=np.concatenate((own, np.full(STRANGERS, np.nan))),
        others=np.zeros(ENROLLED + STRANGERS, dtype=np.uint32),
    )


def good_pairs(wrong: int = 0) -> PairScores:
    """Ten folds of twenty pairs, half of them of one person; the first are judged wrong."""
    at = np.arange(200, dtype=np.uint32)
    same = at % 2 == 0
    score = np.where(same, NEAR, FAR)
    return PairScores(
        fold=(at // 20).astype(np.uint8),
        first=2 * at,
        second=np.where(same, 2 * at + 1, 2 * at + 2).astype(np.uint32),
        same=same,
        score=np.where(at < wrong, -1.0 - score, score),
    )


def good_use(**changed: object) -> Use:
    """What the score file bears, whole."""
    stated: dict[str, object] = {
        "list_length": 440,
        "threshold": a_profile().comparison.threshold,
        "profile_sha256": a_profile().profile_sha256,
        "one_threshold_for_all": True,
        "camera_classes": ["hall"],
        "changed_since_tested": [],
        "expected_groups": ExpectedGroups(
            origin="census", document=DOCUMENT, groups=[{"sex": "female"}, {"sex": "male"}]
        ),
        "age_bands": [AgeBand(band="adult", labels=["25–34"])],
        "budget": Budget(false_alerts=10.0, passages=10_000, document=DOCUMENT),
        "traffic": Traffic(passages_a_day=10_000, camera_hours_a_day=48),
        "reviewed_a_day": 20,
        "claims_no_difference": True,
        "confirmation": Confirmation(two_people_separately=True, reviewer_record=True),
        "operation": Operation(months=[]),
    }
    return Use(**{**stated, **changed})  # type: ignore[arg-type]
