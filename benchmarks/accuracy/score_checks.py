"""Is a score file whole? It must agree with itself, and with the data that two organisations signed.

Whoever drops a search, a picture or a pair leaves a gap that is found here: each person of a half is searched for, each
picture of the second set has a score, and all pictures, labels, people and pairs together give the manifest's hashes.
"""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.errors import ManifestRefused, ScoresRefused
from benchmarks.accuracy.score_file import (
    Calibration,
    ListScores,
    PairScores,
    Part,
    Places,
    ProbeScores,
    ScoreFile,
    parse,
)
from benchmarks.data.manifest import VIEW2, labels_sha256, pairs_sha256, people_sha256, pictures_sha256
from benchmarks.metrics.scores import Scores
from benchmarks.metrics.verification import threshold_for_fmr
from contracts.errors import Malformed
from contracts.evaluation_records import DataManifest
from contracts.model_profile import KIND as PROFILE_KIND


def open_scores(data: bytes) -> ScoreFile:
    """Read a score file that is whole.

    Raises:
        ScoresRefused: it is cut off, damaged or none, or its numbers do not agree with one another.
    """
    scores = parse(data)
    require_agreement(scores)
    return scores


def require_agreement(scores: ScoreFile) -> None:
    """Refuse numbers that cannot stand beside one another.

    Raises:
        ScoresRefused: some do.
    """
    _require_profile(scores)
    for part in scores.parts:
        _require_part(part)
    if not scores.lists and not scores.against:
        raise ScoresRefused("The score file has no search; a gate has nothing to judge.")
    if scores.pairs is not None:
        _require_pairs(scores.pairs, scores.listed)
    for one in scores.lists:
        _require_list(one, scores.listed)
    _require_probes(scores)
    if scores.calibration is not None:
        _require_calibration(scores.calibration)


def _require_profile(scores: ScoreFile) -> None:
    """What is asked of the profile is there: its files with their licences, its score and threshold."""
    try:
        whole = (
            scores.profile_fields()["kind"] == PROFILE_KIND and bool(scores.licences) and np.isfinite(scores.threshold)
        )
    except (Malformed, KeyError, TypeError, AttributeError, ValueError) as error:
        raise ScoresRefused("The profile in the score file is none; write the file again.") from error
    if not whole:
        raise ScoresRefused("The profile in the score file is none; write the file again.")


def _require_part(part: Part) -> None:
    table, size = part.table, part.table.size
    lengths = {size, len(table.hashes), part.accepted.size, *(len(labels) for labels in table.groups.values())}
    if len(lengths) != 1 or table.hashes.shape != (size, 32) or size == 0:
        raise ScoresRefused(f"The columns of {part.name} in the score file are not equally long; write it again.")


def _require_lengths(what: str, *columns: NDArray[np.generic]) -> None:
    if len({column.size for column in columns}) != 1:
        raise ScoresRefused(f"The columns of {what} in the score file are not equally long; write it again.")


def _require_places(what: str, places: Places, part: Part) -> None:
    if places.size and int(places.max()) >= part.table.size:
        raise ScoresRefused(f"In the score file {what} name a picture that {part.name} does not have; write it again.")


def _require_scored(what: str, scores: Scores, acquired: NDArray[np.bool_]) -> None:
    """A score is there exactly where there was a template, and it is a number."""
    if np.isinf(scores).any():
        raise ScoresRefused(f"A score of {what} in the score file is without end; no chain gives that.")
    if np.isnan(scores[acquired]).any():
        raise ScoresRefused(f"A picture of {what} had a template and has no score; an error may have been taken out.")
    if not np.isnan(scores[~acquired]).all():
        raise ScoresRefused(f"A picture of {what} had no template and has a score; the score file is not one run's.")


def _require_pairs(pairs: PairScores, part: Part) -> None:
    _require_lengths("the pairs", pairs.fold, pairs.first, pairs.second, pairs.same, pairs.score)
    for places in (pairs.first, pairs.second):
        _require_places("the pairs", places, part)
    if pairs.score.size == 0 or len(set(pairs.fold.tolist())) < 2:
        raise ScoresRefused("The pairs of the score file are of fewer than two folds; each is judged by the others.")
    if np.isinf(pairs.score).any():
        raise ScoresRefused("A score of the pairs in the score file is without end; no chain gives that.")
    compared = part.accepted[pairs.first] & part.accepted[pairs.second]
    if np.isnan(pairs.score[compared]).any():
        raise ScoresRefused("Both pictures of a pair had a template and it has no score; an error may be taken out.")
    if ((part.table.people[pairs.first] == part.table.people[pairs.second]) != pairs.same).any():
        raise ScoresRefused("The score file calls a pair one person where its people are two, or the other way round.")


def _require_list(one: ListScores, part: Part) -> None:
    what = f"the list of {one.enrolled} (seed {one.seed})"
    _require_lengths(what, one.probes, one.best, one.own, one.others)
    for places in (one.references, one.probes):
        _require_places(what, places, part)
    people, acquired = part.table.people, part.accepted[one.probes]
    enrolled = people[one.references]
    if np.unique(enrolled).size != one.enrolled or not part.accepted[one.references].all():
        raise ScoresRefused(f"On {what} somebody stands twice, or with a picture that the product would not take.")
    mated = np.isin(people[one.probes], enrolled)
    _require_scored(what, one.best, acquired)
    _require_scored(what, one.own[mated], acquired[mated])
    if not np.isnan(one.own[~mated]).all() or one.others[~mated].any():
        raise ScoresRefused(f"A stranger to {what} has a score of their own; the score file is not one run's.")
    _require_ranks(what, one, mated & acquired)
    _require_everybody(what, one, part, mated)


def _require_ranks(what: str, one: ListScores, compared: NDArray[np.bool_]) -> None:
    own, best, others = one.own[compared], one.best[compared], one.others[compared]
    alone = others == 0
    wrong = (own[alone] != best[alone]).any() or (own > best).any() or (others >= one.enrolled).any()
    if wrong or one.others[~compared].any():
        raise ScoresRefused(f"Scores and ranks of {what} do not agree; the score file is not one run's.")


def _require_everybody(what: str, one: ListScores, part: Part, mated: NDArray[np.bool_]) -> None:
    """Each person of the half is searched for: strangers once, the listed with every further picture of theirs."""
    people = part.table.people
    if np.unique(one.probes).size != one.probes.size or np.isin(one.probes, one.references).any():
        raise ScoresRefused(f"A picture stands twice in {what} or is searched with itself; write the file again.")
    owed = int(np.isin(people, people[one.references]).sum()) - one.enrolled
    strangers = people[one.probes[~mated]]
    everybody = np.unique(people).size
    half = everybody - everybody // 2
    if int(mated.sum()) != owed or np.unique(strangers).size != strangers.size or strangers.size != half - one.enrolled:
        raise ScoresRefused(
            f"Searches lack at {what}, or are too many: {int(mated.sum())} of {owed} of its people, {strangers.size} "
            f"of {half - one.enrolled} of strangers; somebody's errors may have been taken out."
        )


def _require_probes(scores: ScoreFile) -> None:
    part, marks = scores.probes, (scores.same_photograph, scores.same_person)
    if part is None:
        if scores.against or any(mark is not None for mark in marks):
            raise ScoresRefused("The score file has searches by a second set and not that set; write it again.")
        return
    for mark in marks:
        if mark is None or mark.size != part.table.size:
            raise ScoresRefused(f"The score file does not say for each picture of {part.name} whether it overlaps.")
    for one in scores.against:
        _require_against(one, part, scores.listed)


def _require_against(one: ProbeScores, part: Part, listed: Part) -> None:
    _require_places(f"the list against {part.name}", one.references, listed)
    if np.unique(listed.table.people[one.references]).size != one.enrolled:
        raise ScoresRefused(f"The list against {part.name} has somebody twice; write the score file again.")
    if one.best.size != part.table.size:
        raise ScoresRefused(
            f"The score file has {one.best.size} searches by {part.name} and {part.table.size} pictures of it; "
            "somebody's errors may have been taken out."
        )
    _require_scored(part.name, one.best, part.accepted)


def _require_calibration(chosen: Calibration) -> None:
    if chosen.best.size == 0 or chosen.people.size == 0 or not np.isfinite(chosen.best).all():
        raise ScoresRefused("The calibration of the score file has no searches, or some without a number.")
    lowest = threshold_for_fmr(chosen.best, chosen.target).value
    if chosen.threshold < lowest:  # a threshold may be rounded, and then to the side of fewer alarms
        raise ScoresRefused(
            f"The calibration says the threshold {chosen.threshold:g} and its scores give {lowest:g}; one was edited."
        )


def require_manifests(scores: ScoreFile, manifests: Iterable[DataManifest]) -> None:
    """Refuse scores of other pictures, people, labels or pairs than two organisations signed.

    Raises:
        ManifestRefused: a manifest is missing, or says something else than the file.
    """
    known = {one.sha256: one for one in manifests}
    for part in scores.parts:
        if part.manifest_sha256 not in known:
            raise ManifestRefused(
                f"The score file names the manifest {part.manifest_sha256[:16]}… of {part.name}; hand it in, signed."
            )
        manifest = known[part.manifest_sha256]
        for what, said, has in _told(part, manifest):
            if said != has:
                raise ManifestRefused(
                    f"The score file has other {what} of {part.name} than its manifest ({has} and {said}): something "
                    "was left out, put in or changed."
                )
    _require_split(scores, known[scores.listed.manifest_sha256])


def _told(part: Part, manifest: DataManifest) -> tuple[tuple[str, object, object], ...]:
    """What is compared, as the manifest says it and as the file has it; short, because both are long."""
    table = part.table
    return (
        ("names", manifest.name, part.name),
        ("origins of labels", manifest.labels, part.labels),
        ("counts of pictures", manifest.pictures, table.size),
        ("counts of people", manifest.people, int(np.unique(table.people).size)),
        ("pictures", manifest.pictures_sha256[:16], pictures_sha256(table)[:16]),
        ("labels", manifest.labels_sha256[:16], labels_sha256(table)[:16]),
        ("people", manifest.people_sha256[:16], people_sha256(table)[:16]),
    )


def _require_split(scores: ScoreFile, manifest: DataManifest) -> None:
    if scores.pairs is None:
        return
    signed: Mapping[str, str] = {one.name: one.sha256 for one in manifest.splits}
    if signed.get(VIEW2) != pairs_of(scores.pairs, scores.listed):
        raise ManifestRefused(f"The pairs of the score file are not those of the manifest of {manifest.name}.")


def pairs_of(pairs: PairScores, part: Part) -> str:
    """The SHA-256 of the pairs, as a manifest has it."""
    hashes = [row.tobytes() for row in part.table.hashes]
    rows = zip(pairs.fold.tolist(), pairs.first.tolist(), pairs.second.tolist(), strict=True)
    return pairs_sha256((fold, hashes[first], hashes[second]) for fold, first, second in rows)
