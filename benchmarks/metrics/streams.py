"""Alerts on a stream, by three units that must not be mixed.

The same hour of film has one rate by frame, another by track and a third by *transit*: one person passing one camera
once, however often the track broke. The transit is the unit of claims.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.metrics.errors import MetricError, NotScores
from benchmarks.metrics.rates import Figure, Rate, Unit, rate, undefined
from benchmarks.metrics.scores import Scores


@dataclass(frozen=True, slots=True)
class Sightings:
    """What a stream gave, one row for each face in each frame: best score with the list, track, transit and person.

    `score` is NaN where no template was made. `listed` says whether the person is on the list. All axes have one
    length.
    """

    score: Scores
    track: NDArray[np.intp]
    transit: NDArray[np.intp]
    person: NDArray[np.intp]
    listed: NDArray[np.bool_]

    def __post_init__(self) -> None:
        lengths = {part.shape for part in (self.score, self.track, self.transit, self.person, self.listed)}
        if len(lengths) != 1 or self.score.ndim != 1:
            raise NotScores(
                "Each sighting needs a score, a track, a transit, a person, and whether that person is listed."
            )


def false_alarms(sightings: Sightings, threshold: float, unit: Unit) -> Rate:
    """Frames, tracks or transits of people who are not listed with a score at or above T / all of those.

    Only for transits is there an interval, and only where each person passed once.
    """
    strangers = ~sightings.listed
    alarmed = strangers & (np.nan_to_num(sightings.score, nan=-np.inf) >= threshold)
    whole, part = (_units(sightings, chosen, unit) for chosen in (strangers, alarmed))
    people = int(np.unique(sightings.person[strangers]).size)
    if unit is Unit.TRANSIT and people == whole:
        return rate(part, whole, unit=unit, people=people)
    return rate(part, whole, unit=unit, people=people, method=None)


def people_alarmed(sightings: Sightings, threshold: float) -> Rate:
    """People who are not listed and alarmed in any frame / all of them: the claim that survives several passes each."""
    strangers = ~sightings.listed
    alarmed = strangers & (np.nan_to_num(sightings.score, nan=-np.inf) >= threshold)
    part, whole = (int(np.unique(sightings.person[chosen]).size) for chosen in (alarmed, strangers))
    return rate(part, whole, unit=Unit.PERSON, people=whole)


def _units(sightings: Sightings, chosen: NDArray[np.bool_], unit: Unit) -> int:
    match unit:
        case Unit.FRAME:
            return int(chosen.sum())
        case Unit.TRACK:
            return int(np.unique(sightings.track[chosen]).size)
        case Unit.TRANSIT:
            return int(np.unique(sightings.transit[chosen]).size)
        case _:
            raise MetricError(f"A stream is counted by frame, track or transit, not by {unit}.")


def found(passed: Sequence[bool]) -> Rate:
    """Transits of listed people with a true alert / their transits that are known of, seen by the camera or not."""
    return rate(sum(passed), len(passed), unit=Unit.TRANSIT, people=None, method=None)


def per_camera_hour(alerts: int, camera_hours: float) -> Figure:
    """False alerts for each hour of each camera."""
    if alerts < 0 or camera_hours < 0:
        raise MetricError("Alerts and hours are counted from zero.")
    return Figure(alerts / camera_hours) if camera_hours else undefined("No camera-hour was measured.")


def precision(true_alerts: int, alerts: int) -> Rate:
    """True alerts / alerts. It depends on how many listed people pass: never call it accuracy."""
    return rate(true_alerts, alerts, unit=Unit.TRANSIT, people=None)
