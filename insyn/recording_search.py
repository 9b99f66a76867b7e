"""Search one recording under one verified order: the product's own decoder, pipeline and comparison, once (A12).

Nothing is decoded, found or compared without a `VerifiedSearchOrder` that is live at that moment. What is no candidate
leaves a count. Candidates wait, sealed, until the recording was read and is still the one that was ordered.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from contracts.clock import Moment
from contracts.probe import Probe
from contracts.search_order import VerifiedSearchOrder
from contracts.search_records import SearchEnding
from contracts.signature import SigningKey
from contracts.vocabulary import CameraId, NotComparedReason
from edge.capture import Capture, CaptureLimits
from edge.counters import EdgeCounters
from edge.decoder_messages import Pace
from edge.masks import PrivacyMasks, RawFrame
from edge.pipeline import OpenedFinder, Pipeline, PipelineLimits
from edge.stream_state import StreamNote
from insyn.errors import InsynError
from insyn.recording_at_hand import RecordingAtHand
from matcher.candidates import AlertMemory, SealedCandidate
from matcher.gallery import Gallery
from matcher.gate import LentGallery
from matcher.site_matcher import SiteMatcher
from matcher.track_embedder import ModelDoor

_WAIT_S: Final = 0.2
_TOLERANCE_S: Final = 60.0
"""How much longer than was said a recording may run: `governance.domain.searches` refuses what lies beyond, too."""


class OtherRecording(InsynError):
    """The order at hand is for another recording; nothing of this one was decoded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchParts:
    """What one search works with."""

    permit: VerifiedSearchOrder
    gallery: Gallery
    door: ModelDoor
    site_key: SigningKey
    open_finder: Callable[[], OpenedFinder]
    limits: PipelineLimits
    memory: AlertMemory
    clocks: Callable[[], Moment]
    is_stopped: Callable[[], bool]
    """Whether somebody pressed stop at this site: asked for every frame and every probe (A16)."""
    capture_limits: CaptureLimits = field(default_factory=CaptureLimits)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """How a search ended, in numbers, and the candidates that may be told: none unless it ended as it should."""

    ending: SearchEnding
    frames: int
    faces: int
    compared: int
    candidates: tuple[SealedCandidate, ...] = ()


_TOLD: Final = frozenset({SearchEnding.COMPLETE, SearchEnding.CUT_SHORT, SearchEnding.LONGER_THAN_SAID})
"""After these what was found is told: the part that was looked at was looked at lawfully."""


@dataclass(frozen=True, slots=True)
class _OneOrder:
    """The one authority of a search, in the place of a site's leases."""

    lent: LentGallery

    def live(self, camera_id: CameraId, at: Moment) -> list["_OneOrder"]:
        """Return it while it authorises."""
        live = self.lent.permit.standing(camera_id, at).live and not self.lent.gallery.wiped
        return [self] if live else []


class RecordingSearch:
    """Searches one recording, once, in one thread."""

    def __init__(self, recording: RecordingAtHand, parts: SearchParts, *, session: str) -> None:
        """Take the parts. `session` names this search in its probes.

        Raises:
            OtherRecording: the order is for another one.
        """
        if recording.sha256 != parts.permit.order.recording_sha256:
            raise OtherRecording("The search order is for another recording than the file at hand; nothing was read.")
        self._recording = recording
        self._parts = parts
        self._camera_id = parts.permit.camera.camera_id
        self._counters = EdgeCounters()
        self._frames = 0
        self._found: list[SealedCandidate] = []
        self._matcher = SiteMatcher(
            book=_OneOrder(LentGallery(permit=parts.permit, gallery=parts.gallery)),
            door=parts.door,
            memory=parts.memory,
            site_key=parts.site_key,
            clocks=parts.clocks,
            is_stopped=parts.is_stopped,
        )
        self._pipeline = Pipeline(
            camera_id=self._camera_id,
            session=session,
            open_finder=parts.open_finder,
            submit=self._submit,
            limits=parts.limits,
            counters=self._counters,
        )
        self._masks = PrivacyMasks(parts.permit.camera.masks)

    def run(self) -> SearchResult:
        """Read the recording to its end, or to the end of the authority; overwrite the template in any case."""
        try:
            ending = self._read_all()
        finally:
            self._pipeline.withdraw()
            self._parts.gallery.wipe()
        if ending in _TOLD and not self._recording.is_unchanged():
            ending = SearchEnding.RECORDING_CHANGED
        result = SearchResult(
            ending=ending,
            frames=self._frames,
            faces=self._counters.tracks_seen,
            compared=self._counters.probes_sent,
        )
        return replace(result, candidates=tuple(self._found)) if ending in _TOLD else result

    def _read_all(self) -> SearchEnding:
        at = self._parts.clocks()
        if not self._is_live(at):
            return SearchEnding.OUT_OF_TIME
        capture = Capture(self._recording.source, pace=Pace.CONSUMER, limits=self._parts.capture_limits, now=at.now)
        try:
            ending = self._read_from(capture)
            if ending is None:
                ending = self._finish(capture)
            return ending
        finally:
            capture.close(self._parts.clocks().now)

    def _read_from(self, capture: Capture) -> SearchEnding | None:
        """Look at every frame; return why that ended early, or None at the recording's end."""
        order = self._parts.permit.order
        longest_s = (order.recorded_until - order.recorded_from).total_seconds() + _TOLERANCE_S
        while not capture.is_over:
            if self._parts.is_stopped():
                return SearchEnding.STOPPED
            at = self._parts.clocks()
            if not self._is_live(at):
                return SearchEnding.OUT_OF_TIME
            raw = capture.read(_WAIT_S, at.now)
            if raw is None:
                continue
            self._frames += 1
            if raw.stamp.stream_time_s > longest_s:
                _overwrite(raw)
                self._pipeline.end_stream(self._parts.permit, self._parts.clocks())
                return SearchEnding.LONGER_THAN_SAID
            # Decoding may have taken a while: the authority has to hold now, not when the frame was asked for.
            self._pipeline.analyse(self._masks.paint(raw), self._parts.permit, self._parts.clocks())
        return None

    def _finish(self, capture: Capture) -> SearchEnding:
        at = self._parts.clocks()
        self._pipeline.end_stream(self._parts.permit, at)
        if not self._is_live(at):
            return SearchEnding.OUT_OF_TIME
        if self._frames == 0:
            return SearchEnding.UNREADABLE
        complete = capture.status.note is StreamNote.FILE_AT_ITS_END
        return SearchEnding.COMPLETE if complete else SearchEnding.CUT_SHORT

    def _is_live(self, at: Moment) -> bool:
        return self._parts.permit.standing(self._camera_id, at).live

    def _submit(self, probe: Probe) -> NotComparedReason | None:
        answer = self._matcher.handle(probe)
        self._found.extend(sealed for sealed, _ in answer.reports)
        return answer.reason


def _overwrite(raw: RawFrame) -> None:
    raw.unmasked_bgr[:] = 0
