"""What the demonstration must show, as pure functions of the ground truth and of what the system says happened."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from insyn.demonstration.truth import TruePass

SETTLING_SECONDS: Final = 2.0
"""A probe is sent while its track is seen or shortly after it was lost; an alert carries that time."""

_LONGEST_WAIT: Final = 45.0
_LONGEST_WITHOUT_WARRANT: Final = 20.0
"""By the worker's own account; an authorisation comes within a few seconds or not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One thing that must hold, whether it did, and a sentence with the numbers."""

    name: str
    held: bool
    detail: str

    def to_json(self) -> dict[str, object]:
        """Return the expectation as a JSON object."""
        return {"detail": self.detail, "held": self.held, "name": self.name}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSeen:
    """One alert as the auditor sees it: when in the film, and what became of it."""

    alert_id: str
    stream_time: float
    state: str


def looks_at_nothing(state: Mapping[str, object], *, waited: float) -> bool:
    """Say whether a worker has analysed no frame for so many seconds, or without a warrant, that it never will.

    `state` is the newest state that it told, `waited` the seconds since it was started.
    """
    without = state.get("seconds_without_warrant", 0.0)
    refused = isinstance(without, float) and without > _LONGEST_WITHOUT_WARRANT
    return state.get("frames_analysed", 0) == 0 and (refused or waited > _LONGEST_WAIT)


def passes_of(passes: Iterable[TruePass], person: str, *, at_least_px: float) -> tuple[TruePass, ...]:
    """Return this person's passes whose face was, whole in the picture, at least this many pixels high."""
    return tuple(one for one in passes if one.person == person and one.largest_face_px >= at_least_px)


def alerts_in(one: TruePass, alerts: Sequence[AlertSeen]) -> tuple[AlertSeen, ...]:
    """Return the alerts whose probe was taken during this pass."""
    return tuple(alert for alert in alerts if one.starts_at <= alert.stream_time <= one.ends_at + SETTLING_SECONDS)


def every_pass_alerts_once(wanted: Sequence[TruePass], alerts: Sequence[AlertSeen]) -> Expectation:
    """Each sought pass became exactly one alert. No pass at all does not hold: nothing would have been shown."""
    counts = [len(alerts_in(one, alerts)) for one in wanted]
    return Expectation(
        name="every pass of Person A at or above the smallest face becomes exactly one alert",
        held=bool(counts) and all(count == 1 for count in counts),
        detail=f"{len(wanted)} passes; alerts for each: {counts}",
    )


def nobody_else_alerts(wanted: Sequence[TruePass], alerts: Sequence[AlertSeen]) -> Expectation:
    """No alert lies outside the sought passes."""
    explained = {alert.alert_id for one in wanted for alert in alerts_in(one, alerts)}
    strays = [alert for alert in alerts if alert.alert_id not in explained]
    times = ", ".join(f"{alert.stream_time:.1f} s" for alert in strays)
    return Expectation(
        name="nobody else ever becomes an alert",
        held=not strays,
        detail=f"{len(strays)} alerts outside these passes" + (f" (at {times} of the film)" if strays else ""),
    )


def all_are(name: str, found: Sequence[str], expected: Sequence[str]) -> Expectation:
    """What was found is what was expected, in order."""
    return Expectation(
        name=name, held=list(found) == list(expected), detail=f"found {list(found)}, expected {list(expected)}"
    )
