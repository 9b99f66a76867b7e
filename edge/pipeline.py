"""From masked frames to probes: motion gate, search, tracking, quality gate, best shots, one probe per track.

`Pipeline.analyse` is the only entry, and it takes the authority for the look as an argument. Without one that is live
at that moment nothing is loaded and nothing is looked at, and what was kept of earlier frames is overwritten.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from contracts.clock import Moment
from contracts.model_profile import LandmarkLayout
from contracts.permits import Look
from contracts.probe import Probe, ProbeCrop
from contracts.vocabulary import CameraId, NotComparedReason
from edge.best_shot import BestShots, Shot, ShotLimits, cut_out
from edge.counters import EdgeCounters
from edge.masks import MaskedFrame
from edge.motion import MotionGate
from edge.search_plan import Region, SearchLimits, SearchPlan, reaches_past
from edge.tracking import Track, Tracker, TrackingLimits
from matcher.faces.face import BgrImage, DetectedFace
from matcher.faces.quality import QualityLimits, QualityReason, judge, measure, overall

REASON_OF_FINDING: Final = {
    QualityReason.TOO_SMALL: NotComparedReason.TOO_SMALL,
    QualityReason.CUT_BY_EDGE: NotComparedReason.CUT_BY_EDGE,
    QualityReason.TURNED_AWAY: NotComparedReason.TURNED_AWAY,
    QualityReason.TOO_DARK: NotComparedReason.POOR_LIGHT,
    QualityReason.TOO_BRIGHT: NotComparedReason.POOR_LIGHT,
    QualityReason.BLURRED: NotComparedReason.BLURRED,
}


class Finder(Protocol):
    """Finds faces with their landmarks, as the model profile binds it (`matcher.faces.detection.FaceFinder` does)."""

    def find_within(self, image_bgr: BgrImage, region_xyxy: Region) -> Sequence[DetectedFace]:
        """Return the faces in one region, each with its five landmarks, in pixels of the whole picture."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFinder:
    """A finder whose models are loaded, and which five points its landmarks are."""

    finder: Finder
    layout: LandmarkLayout


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineLimits:
    """Every number of the pipeline, by its part."""

    search: SearchLimits = field(default_factory=SearchLimits)
    tracking: TrackingLimits = field(default_factory=TrackingLimits)
    quality: QualityLimits = field(default_factory=QualityLimits)
    shots: ShotLimits = field(default_factory=ShotLimits)


@dataclass(slots=True, kw_only=True, eq=False)
class _Followed:
    """One track with what was seen of it."""

    track: Track
    shots: BestShots
    findings: Counter[NotComparedReason] = field(default_factory=Counter)
    refused_for: NotComparedReason | None = None
    """Why the matcher did not compare the track's last probe."""


class Pipeline:
    """Analyses the frames of one camera. Owned by one thread."""

    def __init__(
        self,
        *,
        camera_id: CameraId,
        session: str,
        open_finder: Callable[[], OpenedFinder],
        submit: Callable[[Probe], NotComparedReason | None],
        limits: PipelineLimits,
        counters: EdgeCounters,
    ) -> None:
        """Take the parts. `session` names this worker's run in its probes, whose tracks are numbered within it.

        `open_finder` loads models and is called at the first frame that may be looked at.

        `submit` hands a probe to the matcher and says why it was not compared; None where it was.
        """
        self._camera_id = camera_id
        self._open_finder = open_finder
        self._submit = submit
        self._limits = limits
        self._counters = counters
        self._opened: OpenedFinder | None = None
        self._followed: dict[int, _Followed] = {}
        self._probe_session = session
        self._session = ""
        self._tracker = Tracker(limits.tracking)
        self._begin_stream("")

    def analyse(self, frame: MaskedFrame, authorisation: Look, at: Moment) -> None:
        """Look at one frame, if this authorisation allows it for this camera at this moment."""
        if not authorisation.standing(self._camera_id, at).live:
            self.withdraw()
            self._counters.frames_unseen += 1
            return
        if frame.stamp.session != self._session:
            self.end_stream(authorisation, at)
            self._begin_stream(frame.stamp.session)
        self._counters.frames_analysed += 1
        at_s = frame.stamp.stream_time_s
        motion = self._motion.look(frame)
        predicted = [track.predicted(at_s) for track in self._tracker.tracks]
        regions = self._plan.regions(motion, predicted, width=frame.width, height=frame.height, at_s=at_s)
        if not motion.is_open:
            self._counters.frames_still += 1
        if regions:
            self._counters.frames_searched += 1
            faces = [face for region in regions for face in self._find(frame, region)]
            self._follow(frame, faces)

    def withdraw(self) -> None:
        """The authority has ended: tracks end uncompared, crops are overwritten, frames forgotten, models unloaded."""
        self._tracker.end_all()
        for followed in self._followed.values():
            self._count_end(followed, NotComparedReason.LEASE_ENDED)
        self._followed.clear()
        self._motion.forget()
        self._opened = None

    def end_stream(self, authorisation: Look, at: Moment) -> None:
        """The stream has ended or begins anew: its tracks end, those with usable shots with a probe."""
        if not authorisation.standing(self._camera_id, at).live:
            self.withdraw()
            return
        self._finish(self._tracker.end_all())
        self._motion.forget()

    def _begin_stream(self, session: str) -> None:
        self._session = session
        self._motion = MotionGate(open_every_s=self._limits.search.sweep_every_s)
        self._plan = SearchPlan(self._limits.search)
        self._tracker = Tracker(self._limits.tracking, first_number=self._tracker.next_number)

    def _find(self, frame: MaskedFrame, region: Region) -> list[DetectedFace]:
        if self._opened is None:
            self._opened = self._open_finder()
        faces = self._opened.finder.find_within(frame.image_bgr, region)
        width, height = frame.width, frame.height
        return [f for f in faces if not reaches_past(f.box_xyxy, region, width=width, height=height)]

    def _follow(self, frame: MaskedFrame, faces: Sequence[DetectedFace]) -> None:
        at_s = frame.stamp.stream_time_s
        boxes = [face.box_xyxy for face in faces]
        step = self._tracker.step(boxes, [face.detector_score for face in faces], at_s)
        for face, track in zip(faces, step.assigned, strict=True):
            self._counters.detections += 1
            if track is None:
                self._counters.detections_not_compared[NotComparedReason.UNSTABLE] += 1
            else:
                self._consider(frame, face, self._followed_by(track))
        self._finish(step.ended)
        for followed in self._followed.values():
            self._probe_if_due(followed, at_s, ending=False)

    def _followed_by(self, track: Track) -> _Followed:
        if track.number not in self._followed:
            self._counters.tracks_seen += 1
            self._followed[track.number] = _Followed(track=track, shots=BestShots(self._limits.shots))
        return self._followed[track.number]

    def _consider(self, frame: MaskedFrame, face: DetectedFace, followed: _Followed) -> None:
        """Measure one detection, count it, and keep its crop where it is among its track's best."""
        if self._opened is None or face.landmarks_xy is None:
            self._refuse(followed, NotComparedReason.UNSTABLE)
            return
        quality = measure(frame.image_bgr, face.box_xyxy, face.landmarks_xy, self._opened.layout)
        finding = judge(quality, self._limits.quality)
        if finding is not None:
            self._refuse(followed, REASON_OF_FINDING[finding.reason])
            return
        self._counters.detections_usable += 1
        score = overall(quality, self._limits.quality)
        if followed.shots.wants(score, frame.stamp.stream_time_s):
            shot = cut_out(frame, face.box_xyxy, face.landmarks_xy, size_px=quality.size_px, score=score)
            followed.shots.keep(shot)

    def _refuse(self, followed: _Followed, reason: NotComparedReason) -> None:
        self._counters.detections_not_compared[reason] += 1
        followed.findings[reason] += 1

    def _finish(self, ended: Sequence[Track]) -> None:
        for track in ended:
            followed = self._followed.pop(track.number)
            self._probe_if_due(followed, track.last_seen_s, ending=True)
            self._count_end(followed, _reason_of(followed, self._limits.tracking))

    def _probe_if_due(self, followed: _Followed, at_s: float, *, ending: bool) -> None:
        confirmed = followed.track.hits >= self._limits.tracking.confirm_hits
        if not confirmed or not followed.shots.is_due(at_s, ending=ending):
            return
        probe = self._probe_of(followed.track, followed.shots.best_first())
        followed.refused_for = self._submit(probe)
        if followed.refused_for is None:
            self._counters.probes_sent += 1
            followed.shots.was_probed(at_s)
        else:
            self._counters.probes_refused += 1
            followed.shots.was_refused(at_s)

    def _probe_of(self, track: Track, shots: Sequence[Shot]) -> Probe:
        return Probe(
            camera_id=self._camera_id,
            session=self._probe_session,
            track=track.number,
            captured_at=shots[0].captured_at,
            stream_time=shots[0].stream_time_s,
            crops=tuple(_crop_of(shot) for shot in shots),
        )

    def _count_end(self, followed: _Followed, reason: NotComparedReason) -> None:
        """Count the end of a track, exactly once, and overwrite its crops."""
        if followed.shots.probes > 0:
            self._counters.tracks_probed += 1
        else:
            self._counters.tracks_not_compared[reason] += 1
        followed.shots.discard()


def _reason_of(followed: _Followed, limits: TrackingLimits) -> NotComparedReason:
    """Say why a track that ended by itself was not compared: what was most often wrong with its detections."""
    if followed.refused_for is not None:
        return followed.refused_for
    if followed.track.hits < limits.confirm_hits or not followed.findings:
        return NotComparedReason.UNSTABLE
    most = max(followed.findings.values())
    return min(reason for reason, count in followed.findings.items() if count == most)


def _crop_of(shot: Shot) -> ProbeCrop:
    height, width = shot.image_bgr.shape[:2]
    return ProbeCrop(
        width=width,
        height=height,
        box_xyxy=shot.box_xyxy,
        landmarks_xy=tuple((float(x), float(y)) for x, y in shot.landmarks_xy),
        quality=shot.score,
        face_size_px=shot.size_px,
        stream_time=shot.stream_time_s,
        pixels_bgr=shot.image_bgr.tobytes(),
    )
