"""What the edge counts. Of everybody who was not compared, a count with its reason is all that remains (law.md C3, C7).

Two sums always hold, whatever happens to the process's camera, matcher or authority:

* tracks seen = tracks open + tracks probed + the sum of tracks not compared over their reasons;
* detections = detections usable + the sum of detections not compared over their reasons.
"""

from collections import Counter
from dataclasses import dataclass, field

from contracts.vocabulary import NotComparedReason


@dataclass(slots=True, kw_only=True, eq=False)
class EdgeCounters:
    """Counts of one worker since it started. Owned by the worker's one thread."""

    frames_analysed: int = 0
    """Looked at under a live authorisation: searched for faces, or found still by the motion gate."""
    frames_searched: int = 0
    frames_still: int = 0
    frames_dropped: int = 0
    """Never taken, because the worker could not keep up."""
    frames_unseen: int = 0
    """Taken and given back unseen, because no authorisation was live."""
    seconds_authorised: float = 0.0
    """Under a warrant."""
    seconds_for_volunteers: float = 0.0
    """Under a volunteers' run on a closed site, and no warrant (law.md C16)."""
    seconds_without_warrant: float = 0.0
    detections: int = 0
    detections_usable: int = 0
    detections_not_compared: Counter[NotComparedReason] = field(default_factory=Counter)
    tracks_seen: int = 0
    tracks_probed: int = 0
    tracks_not_compared: Counter[NotComparedReason] = field(default_factory=Counter)
    probes_sent: int = 0
    probes_refused: int = 0

    def as_json(self) -> dict[str, int | float | dict[str, int]]:
        """Return every count by its name, every reason included, for a log line or a report."""
        return {
            "detections": self.detections,
            "detections_not_compared": _by_reason(self.detections_not_compared),
            "detections_usable": self.detections_usable,
            "frames_analysed": self.frames_analysed,
            "frames_dropped": self.frames_dropped,
            "frames_searched": self.frames_searched,
            "frames_still": self.frames_still,
            "frames_unseen": self.frames_unseen,
            "probes_refused": self.probes_refused,
            "probes_sent": self.probes_sent,
            "seconds_authorised": round(self.seconds_authorised, 3),
            "seconds_for_volunteers": round(self.seconds_for_volunteers, 3),
            "seconds_without_warrant": round(self.seconds_without_warrant, 3),
            "tracks_not_compared": _by_reason(self.tracks_not_compared),
            "tracks_probed": self.tracks_probed,
            "tracks_seen": self.tracks_seen,
        }


def _by_reason(counts: Counter[NotComparedReason]) -> dict[str, int]:
    return {reason.value: counts[reason] for reason in NotComparedReason}
