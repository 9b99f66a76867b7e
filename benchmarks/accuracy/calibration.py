"""A threshold for a target FPIR at a length of list, chosen on people who are in no test of it, and the record of that.

The record goes into the profile (`contracts.model_profile.Calibration`) and is part of its hash. What the threshold
reached on those it was chosen on flatters it; what it reaches on others stands beside, and is what is reported.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.accuracy.errors import NotEnoughPeople, SamePeople
from benchmarks.accuracy.identification_run import AtThreshold, at
from benchmarks.accuracy.overlap import Overlap
from benchmarks.accuracy.watchlist_protocol import Half, searches, split
from benchmarks.metrics.identification import NOT_ENROLLED, Searches, fpir, threshold_for_fpir
from benchmarks.metrics.plain_values import plain
from benchmarks.metrics.rates import Figure, undefined
from benchmarks.metrics.sample_size import people_for_claim
from contracts.model_profile import Calibration, ModelProfile, ScoreKind


@dataclass(frozen=True, slots=True)
class Part:
    """Searches of one half, and everybody who is in it, enrolled or searched for, by the name that the set gives."""

    searches: Searches
    people: frozenset[str]
    data_sha256: str

    @classmethod
    def of(cls, embedded: Embedded, half: Half) -> "Part":
        """A half of `watchlist_protocol.split`."""
        places = (*half.references.tolist(), *half.probes.tolist())
        people = frozenset(embedded.pictures[place].person or "" for place in places)
        return cls(searches(embedded, half), people, embedded.manifest)

    @property
    def people_sha256(self) -> str:
        """A hash over who they are."""
        return hashlib.sha256("\n".join(sorted(self.people)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The record, or why there is none: `threshold` then has the reason, and nothing is tested.

    `threshold` is in the profile's own unit. `on_others` is the test half at it.
    """

    threshold: Figure
    target: float
    enrolled: int
    people: int
    record: Calibration | None
    on_others: AtThreshold | None

    @property
    def least_likeness(self) -> float | None:
        """The threshold where higher is more alike."""
        return None if self.on_others is None else self.on_others.threshold


def calibrate(calibration: Part, test: Part, *, profile: ModelProfile, target: float, seed: int) -> Outcome:
    """Choose the lowest threshold that keeps the target on the one part, and count on the other.

    Raises:
        SamePeople: somebody is in both.
    """
    require_apart(calibration.people, test.people)
    of = calibration.searches
    chosen = threshold_for_fpir(of, target)
    searched = int((~of.mated & of.acquired).sum())
    if not chosen.resolvable:
        return Outcome(undefined(_too_few(target, searched)), target, of.enrolled, searched, None, None)
    own = _own_unit(profile, chosen.value)
    if own < 0 and profile.comparison.score is ScoreKind.EUCLIDEAN_DISTANCE:
        reason = "No distance keeps the target: some who are searched for are on the list, in the same picture."
        return Outcome(undefined(reason), target, of.enrolled, searched, None, None)
    reached = fpir(of, chosen.value).matcher
    if reached.interval is None:
        raise SamePeople("Each person who calibrates is searched for once; some were searched for more often.")
    record = Calibration(
        threshold=own,
        enrolled=of.enrolled,
        target_fpir=target,
        false_alarms=reached.numerator,
        people=reached.denominator,
        lower=reached.interval.lower,
        upper=reached.interval.upper,
        confidence=reached.interval.confidence,
        chain_sha256=profile.chain_sha256,
        data_sha256=calibration.data_sha256,
        people_sha256=calibration.people_sha256,
        seed=seed,
    )
    return Outcome(Figure(own), target, of.enrolled, searched, record, at(test.searches, chosen.value))


def halved_by(profile: ModelProfile) -> int | None:
    """The seed of the halves of which one chose the profile's threshold: the other alone is tested. None: none did."""
    return None if profile.calibration is None else profile.calibration.seed


def calibrate_on_half(embedded: Embedded, *, enrolled: int, target: float, seed: int) -> Outcome:
    """Halve a set's people: one half chooses, the other is counted on.

    Raises:
        NotEnoughPeople: the set is too small for a list of this length.
    """
    halves = split(embedded, enrolled, seed)
    parts = (Part.of(embedded, half) for half in (halves.calibration, halves.test))
    return calibrate(*parts, profile=embedded.profile, target=target, seed=seed)


def calibrate_on_set(
    searched: Embedded, overlap: Overlap, tested: Embedded, *, enrolled: int, target: float, seed: int
) -> Outcome:
    """Another set is searched for in a list of the one half of `tested`; what it chooses is counted on the other half.

    The other set needs no identities: each picture is a person there. Who is in both by the rules of `overlap` is not
    searched for: whoever stood on the list would alarm rightly.

    Raises:
        NotEnoughPeople: the tested set is too small for a list of this length.
    """
    halves = split(tested, enrolled, seed)
    part = searched_in(tested, halves.calibration.references.tolist(), searched, ~overlap.either)
    test = Part.of(tested, halves.test)
    return calibrate(part, test, profile=tested.profile, target=target, seed=seed)


def searched_in(gallery: Embedded, listed: Sequence[int], searched: Embedded, kept: NDArray[np.bool_]) -> Part:
    """People of one set searched for in a list of another, each picture a person.

    Raises:
        NotEnoughPeople: nobody is left to be searched for.
    """
    places = np.flatnonzero(kept & searched.accepted).tolist()
    if not places:
        raise NotEnoughPeople("Nobody is left to be searched for; use a larger set.")
    scores = searched.scores_with(gallery, places, listed).astype(np.float64)
    people = {gallery.pictures[place].person or "" for place in listed}
    people |= {f"{searched.manifest} {searched.pictures[place].name}" for place in places}
    of_both = data_of_both(searched, gallery)
    return Part(Searches.of(scores, [NOT_ENROLLED] * len(places)), frozenset(people), of_both)


def data_of_both(searched: Embedded, gallery: Embedded) -> str:
    """A hash over the pictures of two sets, of which one was searched for among people of the other."""
    return hashlib.sha256(f"{searched.manifest}\n{gallery.manifest}".encode()).hexdigest()


def require_apart(calibration: frozenset[str], test: frozenset[str]) -> None:
    """Refuse a test of people who chose the threshold.

    Raises:
        SamePeople: somebody is in both.
    """
    shared = len(calibration & test)
    if shared:
        raise SamePeople(
            f"{shared} people are in both calibration and test; a threshold is not reported on those who chose it."
        )


def others_than_calibrated(embedded: Embedded, *, enrolled: int, seed: int) -> list[int]:
    """The places of the first acceptable picture of everybody in the test half: whom a list may be made of."""
    people = Part.of(embedded, split(embedded, enrolled, seed).test).people
    first: dict[str, int] = {}
    for place in np.flatnonzero(embedded.accepted).tolist():
        person = embedded.pictures[place].person or ""
        if person in people:
            first.setdefault(person, place)
    return [first[person] for person in sorted(first)]


def of_calibration(found: Outcome, profile: ModelProfile) -> dict[str, Any]:
    """The outcome as JSON has it; no person is named in it."""
    record = plain(found.record)
    return {
        "score": profile.comparison.score.value,
        "profile_threshold": profile.comparison.threshold,
        "chain_sha256": profile.chain_sha256,
        "threshold": plain(found.threshold),
        "target_fpir": found.target,
        "enrolled": found.enrolled,
        "people": found.people,
        "resolvable": found.record is not None,
        "record": record,
        "on_others": plain(found.on_others),
    }


def as_toml(record: Calibration) -> str:
    """The record as the table that a profile takes."""
    lines = [
        f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value!r}"
        for name, value in plain(record).items()
    ]
    return "\n".join(["[calibration]", *lines]) + "\n"


def _own_unit(profile: ModelProfile, likeness: float) -> float:
    return -likeness if profile.comparison.score is ScoreKind.EUCLIDEAN_DISTANCE else likeness


def _too_few(target: float, people: int) -> str:
    return (
        f"{people} people cannot show {target:g}: that is finer than one alarm among them all, so no threshold is "
        f"named. It takes {round(1 / target):,} to see it, and {people_for_claim(target):,} without an alarm to "
        "claim it."
    )
