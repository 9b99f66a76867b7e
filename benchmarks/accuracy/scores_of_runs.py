"""From embedded sets to the score file: the same protocols as the runs, each score kept."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np

from benchmarks.accuracy.bias_run import best_scores, list_of
from benchmarks.accuracy.embedding_run import Embedded, Progress
from benchmarks.accuracy.errors import NotEnoughPeople, ScoresRefused
from benchmarks.accuracy.gate_values import PHOTOGRAPHS
from benchmarks.accuracy.overlap import Overlap
from benchmarks.accuracy.pipeline_hash import pipeline_sha256
from benchmarks.accuracy.score_checks import pairs_of, require_agreement
from benchmarks.accuracy.score_file import Calibration, ListScores, PairScores, Part, ProbeScores, ScoreFile
from benchmarks.accuracy.view2 import scores_of_pairs
from benchmarks.accuracy.watchlist_protocol import LISTS, SEEDS, Half, searches, split
from benchmarks.data.manifest import PERSON, VIEW2, PictureTable, manifest_of, person_key, running_numbers, table_of
from benchmarks.data.pairs import Pair
from benchmarks.data.pictures import DataSheet

PROBE_SEED: Final = 1


@dataclass(frozen=True, slots=True)
class Calibrated:
    """On whom a threshold was chosen: keys of people as `data.manifest.person_key` makes them, and their scores."""

    on: str
    target: float
    enrolled: int
    threshold: float
    people: frozenset[str]
    best: Sequence[float]


@dataclass(frozen=True, slots=True)
class Scored:
    """What is scored: the set with identities and its sheet, its pairs, and the set whose people pass by."""

    listed: Embedded
    sheet: DataSheet
    folds: Sequence[Sequence[Pair]] = ()
    probes: Embedded | None = None
    probes_sheet: DataSheet | None = None
    overlap: Overlap | None = None
    calibrated: Calibrated | None = None
    list_of: Callable[[int], Sequence[int]] | None = None
    """Whom a list of a length holds that passers-by are searched for on; by `bias_run.list_of` where nobody says."""
    camera_class: str = PHOTOGRAPHS
    halved_by: int | None = None
    """The seed of the halves of which one chose the threshold: every list is drawn from the other."""


def score(
    of: Scored,
    *,
    measured_on: date,
    progress: Progress,
    lists: Sequence[int] = LISTS,
    seeds: Sequence[int] = SEEDS,
) -> ScoreFile:
    """Every score that a gate needs.

    Raises:
        ScoresRefused: a picture of the listed set is of nobody known.
        NotEnoughPeople: the set is too small for every length of list, or who chose the threshold would be tested.
    """
    if any(one.person is None for one in of.listed.pictures):
        raise ScoresRefused("A picture of the listed set is of nobody known; leave it out of the set.")
    numbers = running_numbers(_keys(of))
    listed = _table(of.listed, numbers)
    pairs = _pairs(of.listed, of.folds)
    made = ScoreFile(
        profile=of.listed.profile.canonical_bytes(),
        pipeline_sha256=pipeline_sha256(of.listed.profile),
        measured_on=measured_on,
        camera_class=of.camera_class,
        listed=_part(of.listed, of.sheet, listed, pairs),
        lists=tuple(_lists(of, lists, seeds, progress)),
        pairs=pairs,
        calibration=_calibration(of.calibrated, numbers),
    )
    whole = _with_probes(made, of, numbers, lists)
    require_agreement(whole)
    return whole


def _keys(of: Scored) -> Iterator[str]:
    for embedded in (of.listed, of.probes):
        if embedded is not None:
            yield from (person_key(*one) for one in zip(embedded.pictures, embedded.hashes, strict=True))
    if of.calibrated is not None:
        yield from of.calibrated.people


def _table(embedded: Embedded, numbers: Mapping[str, int]) -> PictureTable:
    return table_of(embedded.pictures, embedded.hashes, numbers)


def _part(embedded: Embedded, sheet: DataSheet, table: PictureTable, pairs: PairScores | None) -> Part:
    part = Part(sheet.name, sheet.labels.value, "", table, embedded.accepted)
    splits = {} if pairs is None else {VIEW2: pairs_of(pairs, part)}
    return Part(sheet.name, sheet.labels.value, manifest_of(sheet, table, splits).sha256, table, embedded.accepted)


def _pairs(embedded: Embedded, folds: Sequence[Sequence[Pair]]) -> PairScores | None:
    if not folds:
        return None
    place = {picture.name: at for at, picture in enumerate(embedded.pictures)}
    flat = [pair for fold in folds for pair in fold]
    found = np.concatenate([scores_of_pairs(embedded, place, fold) for fold in folds])
    return PairScores(
        np.array([at for at, fold in enumerate(folds) for _ in fold], dtype=np.uint8),
        np.array([place[pair.first] for pair in flat], dtype=np.uint32),
        np.array([place[pair.second] for pair in flat], dtype=np.uint32),
        np.array([pair.same for pair in flat], dtype=np.bool_),
        np.where(np.isfinite(found), found, np.nan),
    )


def _lists(of: Scored, lists: Sequence[int], seeds: Sequence[int], progress: Progress) -> Iterator[ListScores]:
    """Every seed draws its list of each length; from the half that did not choose the threshold, where one did."""
    for number, enrolled in enumerate(lists):
        for at, seed in enumerate(seeds):
            half = split(of.listed, enrolled, seed, halved_by=of.halved_by).test
            _require_apart(of, half)
            yield list_scores(of.listed, half, seed)
            progress(number * len(seeds) + at + 1, len(lists) * len(seeds))


def _require_apart(of: Scored, half: Half) -> None:
    tested = {of.listed.pictures[at].person for at in (*half.references.tolist(), *half.probes.tolist())}
    if not tested.isdisjoint(_calibrators(of)):
        raise NotEnoughPeople("Some who chose the threshold would be tested on it; use another set.")


def _calibrators(of: Scored) -> frozenset[str]:
    """Who chose the threshold, by the name that a set gives them."""
    keys = frozenset[str]() if of.calibrated is None else of.calibrated.people
    return frozenset(key.removeprefix(PERSON) for key in keys if key.startswith(PERSON))


def list_scores(embedded: Embedded, half: Half, seed: int) -> ListScores:
    """The searches of one half, each with its best score, its own and its rank."""
    test = searches(embedded, half)
    rows = np.arange(test.mate.size)
    own = np.where(test.mated, test.scores[rows, test.mate], np.nan)
    as_high = (test.scores >= own[:, None]).sum(axis=1)  # NaN is as high as nothing; the own reference is one of them
    return ListScores(
        seed,
        half.references.astype(np.uint32),
        half.probes.astype(np.uint32),
        np.where(test.acquired, test.best(), np.nan),
        own,
        np.maximum(as_high - 1, 0).astype(np.uint32),
    )


def _with_probes(made: ScoreFile, of: Scored, numbers: Mapping[str, int], lists: Sequence[int]) -> ScoreFile:
    if of.probes is None or of.overlap is None or of.probes_sheet is None:
        return made
    return replace(
        made,
        probes=_part(of.probes, of.probes_sheet, _table(of.probes, numbers), None),
        same_photograph=of.overlap.same_photograph,
        same_person=of.overlap.same_person,
        against=tuple(_against(of, of.probes, enrolled) for enrolled in lists),
    )


def _against(of: Scored, probes: Embedded, enrolled: int) -> ProbeScores:
    if of.list_of is None:
        references = list_of(of.listed, enrolled, PROBE_SEED, _calibrators(of))
    else:
        references = list(of.list_of(enrolled))
    best = best_scores(probes, of.listed, references)
    return ProbeScores(PROBE_SEED, np.array(references, dtype=np.uint32), np.where(probes.accepted, best, np.nan))


def _calibration(chosen: Calibrated | None, numbers: Mapping[str, int]) -> Calibration | None:
    if chosen is None:
        return None
    people = np.array(sorted(numbers[key] for key in chosen.people), dtype=np.uint32)
    best = np.asarray(chosen.best, dtype=np.float64)
    return Calibration(chosen.on, chosen.target, chosen.enrolled, chosen.threshold, people, best)
