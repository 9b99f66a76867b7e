"""Search one recording under one verified order: the product's own decoder, pipeline and comparison, once (A12).

Nothing is decoded, found or compared without a `VerifiedSearchOrder` that is live at that moment. Each lasts a minute:
what is not renewed, because the warrant was revoked for example, ends. What is no candidate leaves a count. Candidates
wait, sealed, until the recording was read and is still the one that was ordered.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
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
_NO_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)
_TOLERANCE_S: Final = 60.0
"""How much longer than was said a recording may run: `governance.domain.searches` refuses what lies beyond, too."""


class OtherRecording(InsynError):
    """The order at hand is for another recording; nothing of this one was decoded."""


class HeldOrder:
    """The order that a search stands on now: renewed from another thread, or ended for good."""

    def __init__(self, permit: VerifiedSearchOrder) -> None:
        self._permit: VerifiedSearchOrder | None = permit
        self._first = permit
        self._lock = threading.Lock()

    @property
    def first(self) -> VerifiedSearchOrder:
        """The order that the search was begun by, which says what is searched. Whether it may be is `live`'s to say."""
        return self._first

    def renew(self, permit: VerifiedSearchOrder) -> None:
        """Stand on a newer order of the very same search; one of anything else ends it.

        Raises:
            OtherRecording: it is of something else.
        """
        with self._lock:
            if _query(permit) != _query(self._first):
                self._permit = None
                raise OtherRecording("The renewed order is for another search; this one ended.")
            if self._permit is not None:
                self._permit = permit

    def end(self) -> None:
        """Stand on nothing any more: governance refused, or the issuer took the warrant back."""
        with self._lock:
            self._permit = None

    def live(self, at: Moment) -> VerifiedSearchOrder | None:
        """Return the order that authorises at this moment; None means no."""
        with self._lock:
            permit = self._permit
        live = permit is not None and permit.standing(permit.camera.camera_id, at).live
        return permit if live else None


def _query(permit: VerifiedSearchOrder) -> tuple[object, ...]:
    """Return what an order says of its search, apart from when it holds."""
    order = permit.order
    moment = {"nonce": "", "issued_at": _NO_TIME, "expires_at": _NO_TIME}
    return permit.warrant_id, replace(order, **moment)  # type: ignore[arg-type]  # as the fields


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchParts:
    """What one search works with."""

    held: HeldOrder
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
class _Lent:
    lent: LentGallery


@dataclass(frozen=True, slots=True)
class _OneOrder:
    """The one authority of a search, in the place of a site's leases."""

    held: HeldOrder
    gallery: Gallery

    def live(self, camera_id: CameraId, at: Moment) -> list[_Lent]:
        """Return it while it authorises."""
        permit = self.held.live(at)
        live = permit is not None and permit.standing(camera_id, at).live and not self.gallery.wiped
        return [_Lent(LentGallery(permit=permit, gallery=self.gallery))] if live and permit is not None else []


class RecordingSearch:
    """Searches one recording, once, in one thread."""

    def __init__(self, recording: RecordingAtHand, parts: SearchParts, *, session: str) -> None:
        """Take the parts. `session` names this search in its probes.

        Raises:
            OtherRecording: the order is for another one.
        """
        if recording.sha256 != parts.held.first.order.recording_sha256:
            raise OtherRecording("The search order is for another recording than the file at hand; nothing was read.")
        self._recording = recording
        self._parts = parts
        self._camera_id = parts.held.first.camera.camera_id
        self._counters = EdgeCounters()
        self._frames = 0
        self._found: list[SealedCandidate] = []
        self._matcher = SiteMatcher(
            book=_OneOrder(parts.held, parts.gallery),
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
        # The record is the one that the act names, so no renewed order brings another (A4).
        self._masks = PrivacyMasks(parts.held.first.camera.masks)

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
        if self._parts.held.live(at) is None:
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
        order = self._parts.held.first.order
        longest_s = (order.recorded_until - order.recorded_from).total_seconds() + _TOLERANCE_S
        while not capture.is_over:
            if self._parts.is_stopped():
                return SearchEnding.STOPPED
            at = self._parts.clocks()
            if self._parts.held.live(at) is None:
                return SearchEnding.OUT_OF_TIME
            raw = capture.read(_WAIT_S, at.now)
            if raw is None:
                continue
            self._frames += 1
            if raw.stamp.stream_time_s > longest_s:
                _overwrite(raw)
                return self._end_stream(SearchEnding.LONGER_THAN_SAID)
            # Decoding may have taken a while: the authority has to hold now, not when the frame was asked for.
            at = self._parts.clocks()
            permit = self._parts.held.live(at)
            if permit is None:
                _overwrite(raw)
                return SearchEnding.OUT_OF_TIME
            self._pipeline.analyse(self._masks.paint(raw), permit, at)
        return None

    def _finish(self, capture: Capture) -> SearchEnding:
        if self._frames == 0:
            return SearchEnding.UNREADABLE
        complete = capture.status.note is StreamNote.FILE_AT_ITS_END
        return self._end_stream(SearchEnding.COMPLETE if complete else SearchEnding.CUT_SHORT)

    def _end_stream(self, ending: SearchEnding) -> SearchEnding:
        """Compare what is still followed; say that it ended so, if the authority held to the end."""
        at = self._parts.clocks()
        permit = self._parts.held.live(at)
        if permit is None:
            return SearchEnding.OUT_OF_TIME
        self._pipeline.end_stream(permit, at)
        return ending if self._parts.held.live(self._parts.clocks()) is not None else SearchEnding.OUT_OF_TIME

    def _submit(self, probe: Probe) -> NotComparedReason | None:
        answer = self._matcher.handle(probe)
        self._found.extend(sealed for sealed, _ in answer.reports)
        return answer.reason


def _overwrite(raw: RawFrame) -> None:
    raw.unmasked_bgr[:] = 0
