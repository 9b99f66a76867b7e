"""What a film with known passes gave, counted by frame, by track and by pass: three units that must not be mixed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from benchmarks.accuracy.stream_film import FRAMES_PER_SECOND, Cast
from benchmarks.metrics.plain_values import plain
from benchmarks.metrics.rates import Rate, Unit, rate
from benchmarks.metrics.streams import Sightings, false_alarms, found, per_camera_hour
from benchmarks.speed.authority import slot_of
from contracts.vocabulary import SlotId

NOBODY: Final = -1
"""Whoever is no person of the film's plan: a face that was found where there is none."""


@dataclass(frozen=True, slots=True)
class Noted:
    """One probe: whose face it shows by the plan of the film (-1: nobody's), and what the product made of it.

    `scores` has the best score of each crop by itself, higher is more alike. `candidates` are the slots of the warrant
    that the product reported, each with whether that opened an alert or joined one.
    """

    track: int
    person: int
    scores: tuple[float, ...]
    candidates: tuple[tuple[SlotId, bool], ...]


@dataclass(frozen=True, slots=True)
class StreamResult:
    """What the film gave. Passes are counted whether the camera saw them or not.

    A pass is *broken* where several tracks show it, and a track has *slipped* where it shows several people's.
    """

    enrolled: int
    seconds: float
    frames: int
    found: Rate
    found_in_photographs: int
    others_alarmed: Rate
    never_compared: int
    wrong_identity: int
    alerts: int
    false_alerts: int
    tracks: int
    broken_passes: int
    slipped_tracks: int
    by_unit: tuple[Rate, ...]


def count(noted: Sequence[Noted], of: Cast, *, threshold: float, frames: int) -> StreamResult:
    """Count by frame, by track and by pass. A pass whose track broke is one pass."""
    passing = range(len(of.walks))
    own = {person: slot_of(of.listed[person]) for person in of.listed}
    reported = {
        person: {slot for one in noted if one.person == person for slot, _ in one.candidates} for person in passing
    }
    compared = {one.person for one in noted}
    others = [person for person in passing if person not in own]
    alarmed = sum(bool(reported[person]) for person in others)
    opened = [(one.person, slot) for one in noted for slot, opens in one.candidates if opens]
    tracks = {(one.person, one.track) for one in noted}
    return StreamResult(
        enrolled=len(of.references),
        seconds=frames / FRAMES_PER_SECOND,
        frames=frames,
        found=found([own[person] in reported[person] for person in own]),
        found_in_photographs=of.found_in_photographs,
        others_alarmed=rate(alarmed, len(others), unit=Unit.TRANSIT, people=len(others)),
        never_compared=sum(person not in compared for person in passing),
        wrong_identity=sum(bool(reported[person] - {own[person]}) for person in own),
        alerts=len(opened),
        false_alerts=sum(own.get(person) != slot for person, slot in opened),
        tracks=len({track for _, track in tracks}),
        broken_passes=sum(many > 1 for many in Counter(person for person, _ in tracks if person != NOBODY).values()),
        slipped_tracks=sum(many > 1 for many in Counter(track for _, track in tracks).values()),
        by_unit=tuple(_by_unit(noted, own, threshold)),
    )


def _by_unit(noted: Sequence[Noted], own: Mapping[int, SlotId], threshold: float) -> list[Rate]:
    """False alarms of the passes that were compared: by frame as if each were compared alone, by track, by pass."""
    if not noted:
        return []
    frames = [(score, one) for one in noted for score in one.scores]
    # A whole track is judged by the product: fused, with its margin to the second person.
    tracks = [(float(bool(one.candidates)), one) for one in noted]
    by_frame = false_alarms(_sightings(frames, own), threshold, Unit.FRAME)
    whole = _sightings(tracks, own)
    return [by_frame, *(false_alarms(whole, 0.5, unit) for unit in (Unit.TRACK, Unit.TRANSIT))]


def _sightings(rows: Sequence[tuple[float, Noted]], own: Mapping[int, SlotId]) -> Sightings:
    people = np.array([one.person for _, one in rows], dtype=np.intp)
    return Sightings(
        score=np.array([score for score, _ in rows], dtype=np.float64),
        track=np.array([one.track for _, one in rows], dtype=np.intp),
        transit=people,
        person=people,
        listed=np.array([one.person in own for _, one in rows], dtype=np.bool_),
    )


def of_stream(result: StreamResult) -> dict[str, Any]:
    """The result as JSON has it."""
    hours = result.seconds / 3600
    others = result.others_alarmed
    return {
        "unit": Unit.TRANSIT.value,
        "enrolled": result.enrolled,
        "passes_of_listed": result.found.denominator,
        "found": result.found.numerator,
        "found_in_photographs": result.found_in_photographs,
        "passes_of_others": others.denominator,
        "false_alarms": others.numerator,
        "people_falsely_alerted": others.numerator,
        "fpir": others.value,
        "interval": plain(others.interval),
        "never_compared": result.never_compared,
        "wrong_identity": result.wrong_identity,
        "camera_hours": hours,
        "frames": result.frames,
        "alerts": result.alerts,
        "false_alerts": result.false_alerts,
        "false_alerts_per_camera_hour": plain(per_camera_hour(result.false_alerts, hours)),
        "tracks": result.tracks,
        "broken_passes": result.broken_passes,
        "slipped_tracks": result.slipped_tracks,
        "by_unit": [
            {
                "unit": one.unit.value,
                "searches": one.denominator,
                "false_alarms": one.numerator,
                "people": one.people,
                "interval": plain(one.interval),
            }
            for one in result.by_unit
        ],
    }
