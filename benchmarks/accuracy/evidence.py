"""From the score file to what the gate judges: every figure computed anew, read off no report.

A list of N speaks for a list up to ten ninths as long. The shortest that does so counts, with all shorter ones: a
longer list that is wanted can only bring further figures in, and the worst of them decides.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.gate_values import Evidence, Group, GroupTable
from benchmarks.accuracy.score_file import ListScores, Part, ProbeScores, ScoreFile
from benchmarks.accuracy.use_file import Use
from benchmarks.accuracy.view2 import judged_by_the_others
from benchmarks.accuracy.watchlist_protocol import SEEDS
from benchmarks.data.pictures import LabelOrigin
from benchmarks.metrics.dependence import fnmr_of_subjects
from benchmarks.metrics.groups import UNKNOWN
from benchmarks.metrics.rates import Rate, Unit, rate

_GATING: Final = frozenset({LabelOrigin.ANNOTATED, LabelOrigin.DOCUMENT, LabelOrigin.SELF_DECLARED})
"""Predicted labels never gate."""


def evidence_of(scores: ScoreFile, use: Use) -> Evidence:
    """Every figure of items 1 to 9, 11, 12 and 14, at the threshold and the list that are wanted."""
    wanted = scores.likeness(use.threshold)
    lists = _speaking([one.enrolled for one in scores.lists], use.list_length)
    against = _speaking([one.enrolled for one in scores.against], use.list_length)
    searched = [one for one in scores.lists if one.enrolled in lists]
    probed = [one for one in scores.against if one.enrolled in against]
    return Evidence(
        profile_sha256=scores.profile_sha256,
        pipeline_sha256=scores.pipeline_sha256,
        licences=scores.licences,
        measured_on=scores.measured_on,
        camera_class=scores.camera_class,
        lfw_accuracy=_accuracy(scores),
        enrolled=min((max(lengths) for lengths in (lists, against) if lengths), default=0),
        lists=_drawn(searched),
        threshold=scores.threshold,
        wanted_threshold=wanted,
        chosen_on_others=_chosen_on_others(scores),
        searches=(*_ever_alarmed(searched, scores.listed, wanted), *_probes_alarmed(probed, scores, wanted)),
        on_one_list=(*_alarmed_once(searched, scores.listed, wanted), *_probes_alarmed(probed, scores, wanted)),
        found=tuple(searches_found(one, scores.listed, wanted) for one in searched if _mated(one, scores.listed).any()),
        false_alarms=tuple(_false_alarms(probed, scores, wanted)),
        misses=tuple(_misses(searched, scores.listed, wanted)) if scores.listed.labels in _GATING else (),
    )


def _speaking(tested: Sequence[int], wanted: int) -> frozenset[int]:
    """The tested lengths that count for the one wanted: the shortest that is nine tenths of it, and all below."""
    if not tested:
        return frozenset()
    enough = [one for one in tested if 10 * one >= 9 * wanted]
    longest = min(enough) if enough else max(tested)
    return frozenset(one for one in tested if one <= longest)


def _drawn(lists: Sequence[ListScores]) -> int:
    """How many of the protocol's seeds drew a list of every length here: others may have been chosen for their luck."""
    seeds: dict[int, set[int]] = {}
    for one in lists:
        seeds.setdefault(one.enrolled, set()).add(one.seed)
    return min((len(drawn.intersection(SEEDS)) for drawn in seeds.values()), default=0)


def _accuracy(scores: ScoreFile) -> float | None:
    pairs = scores.pairs
    if pairs is None:
        return None
    folds = [pairs.fold == fold for fold in np.unique(pairs.fold)]
    return judged_by_the_others([pairs.score[one] for one in folds], [pairs.same[one] for one in folds]).accuracy


def _chosen_on_others(scores: ScoreFile) -> bool | None:
    """By who was searched for or enrolled, whatever the record says of itself."""
    chosen = scores.calibration
    if chosen is None:
        return None
    if np.isin(chosen.people, people_tested(scores)).any():
        return False
    return True if scores.threshold >= chosen.threshold else None


def people_tested(scores: ScoreFile) -> NDArray[np.uint32]:
    """The running numbers of everybody on a list or before it."""
    people = scores.listed.table.people
    tested = [people[one.references] for one in scores.lists]
    tested += [people[one.references] for one in scores.against]
    tested += [people[one.probes] for one in scores.lists]
    tested += [] if scores.probes is None else [scores.probes.table.people]
    return np.unique(np.concatenate(tested))


def _mated(one: ListScores, part: Part) -> NDArray[np.bool_]:
    people = part.table.people
    return np.isin(people[one.probes], people[one.references])


def _ever_alarmed(lists: Sequence[ListScores], part: Part, threshold: float) -> Iterator[Rate]:
    """For each length, people who alarmed with any seed: seeds add no people."""
    for enrolled in sorted({one.enrolled for one in lists}):
        searched, alarmed = [], []
        for one in lists:
            if one.enrolled == enrolled:
                strangers = ~_mated(one, part)
                searched.append(part.table.people[one.probes[strangers]])
                alarmed.append(part.table.people[one.probes[strangers & (one.best >= threshold)]])
        yield _people(np.concatenate(alarmed), np.concatenate(searched))


def _alarmed_once(lists: Sequence[ListScores], part: Part, threshold: float) -> Iterator[Rate]:
    """For each length, everybody on one list alone: the first, by seed, on which they were searched for.

    Who is searched for on ten lists has ten chances to alarm, so that people who alarmed on any show no lower limit
    of the FPIR of one.
    """
    for enrolled in sorted({one.enrolled for one in lists}):
        searched = alarmed = np.array([], dtype=np.uint32)
        for one in sorted((one for one in lists if one.enrolled == enrolled), key=lambda one: one.seed):
            people = part.table.people[one.probes]
            first = ~_mated(one, part) & ~np.isin(people, searched)
            searched = np.concatenate((searched, people[first]))
            alarmed = np.concatenate((alarmed, people[first & (one.best >= threshold)]))
        yield _people(alarmed, searched)


def _people(part: NDArray[np.uint32], whole: NDArray[np.uint32]) -> Rate:
    everybody = int(np.unique(whole).size)
    return rate(int(np.unique(part).size), everybody, unit=Unit.PERSON, people=everybody)


def searches_found(one: ListScores, part: Part, threshold: float) -> Rate:
    """TPIR of one list: searches for listed people that found them / all of them, with an interval over people.

    Its lower end is the one-sided limit of 95 %.
    """
    mated = _mated(one, part)
    hits = _hit(one, threshold)[mated]
    who = part.table.people[one.probes[mated]].astype(np.intp)
    missed = fnmr_of_subjects(hits.astype(np.float64), who, 0.5, confidence=0.90)
    limits = missed.interval
    turned = None if limits is None else replace(limits, lower=1 - limits.upper, upper=1 - limits.lower)
    return Rate(int(hits.sum()), hits.size, Unit.SEARCH, int(np.unique(who).size), turned, missed.reason)


def _hit(one: ListScores, threshold: float) -> NDArray[np.bool_]:
    """The own reference is at or above the threshold and nobody else scores as high; NaN is no score."""
    return np.asarray((one.own >= threshold) & (one.others == 0), dtype=np.bool_)


def _ways(scores: ScoreFile) -> Iterator[NDArray[np.bool_]]:
    """Which probes count: without those that overlap with the listed set, and all."""
    if scores.probes is None or scores.same_photograph is None or scores.same_person is None:
        return
    yield ~(scores.same_photograph | scores.same_person)
    yield np.ones(scores.probes.table.size, dtype=np.bool_)


def _probes_alarmed(against: Sequence[ProbeScores], scores: ScoreFile, threshold: float) -> Iterator[Rate]:
    if scores.probes is None:
        return
    people = scores.probes.table.people
    for one in against:
        for kept in _ways(scores):
            yield _people(people[kept & (one.best >= threshold)], people[kept])


def _false_alarms(against: Sequence[ProbeScores], scores: ScoreFile, threshold: float) -> Iterator[GroupTable]:
    if scores.probes is None or scores.probes.labels not in _GATING:
        return
    table = scores.probes.table
    for one in against:
        for kept in _ways(scores):
            yield from _tables(table.groups, table.people, kept, kept & (one.best >= threshold))


def _misses(lists: Sequence[ListScores], part: Part, threshold: float) -> Iterator[GroupTable]:
    """With the first seed of each length, further seeds look for the same people; and one search for each person."""
    for enrolled in sorted({one.enrolled for one in lists}):
        one = min((one for one in lists if one.enrolled == enrolled), key=lambda one: one.seed)
        chosen = _one_each(one, part)
        labels = {kind: tuple(of[at] for at in one.probes) for kind, of in part.table.groups.items()}
        yield from _tables(labels, part.table.people[one.probes], chosen, chosen & ~_hit(one, threshold))


def _one_each(one: ListScores, part: Part) -> NDArray[np.bool_]:
    """For each listed person the search with the picture of the lowest hash, which nobody chooses."""
    mated = np.flatnonzero(_mated(one, part))
    rows = sorted(mated.tolist(), key=lambda row: part.table.hashes[one.probes[row]].tobytes())
    _, first = np.unique(part.table.people[one.probes[rows]], return_index=True)
    chosen = np.zeros(one.probes.size, dtype=np.bool_)
    chosen[np.array(rows, dtype=np.intp)[first]] = True
    return chosen


def _tables(
    labels: Mapping[str, Sequence[str]],
    people: NDArray[np.uint32],
    counted: NDArray[np.bool_],
    failed: NDArray[np.bool_],
) -> Iterator[GroupTable]:
    """Each kind of label by itself, each two, and all; of each group the people with any failure.

    A group of which nobody is counted stays, as empty.
    """
    codes = {kind: np.unique([label or UNKNOWN for label in of], return_inverse=True) for kind, of in labels.items()}
    for many in range(1, len(labels) + 1):
        for kinds in combinations(sorted(labels), many):
            member = np.zeros(len(people), dtype=np.int64)
            for kind in kinds:
                member = member * len(codes[kind][0]) + codes[kind][1]
            found = []
            for cell, names in enumerate(product(*(codes[kind][0].tolist() for kind in kinds))):
                of = member == cell
                if of.any():
                    group: Group = tuple(zip(kinds, names, strict=True))
                    found.append((group, _people(people[of & failed], people[of & counted])))
            yield GroupTable(kinds, tuple(found))
