"""One process for one camera: source -> masks -> gate -> pipeline -> matcher.

    python -m edge.worker

takes its settings from the environment (`edge.settings`). It opens nothing and loads nothing before the matcher has
handed it an authorisation that verifies here. What it says goes to standard output, one JSON object a line: ids,
states, counts and durations.
"""

import secrets
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TextIO, cast

import cv2
import structlog
from pydantic import ValidationError

from contracts.admission import Profile
from contracts.authorisation import VerifiedAuthorisation
from contracts.clock import Moment, read_clocks
from contracts.errors import ContractError
from contracts.model_profile import ModelProfile
from contracts.pdf_act import ReadsPdf, reads_no_pdf
from contracts.probe import Probe
from contracts.site_report import CameraCounts
from contracts.trust import TrustedKeys
from contracts.vocabulary import CameraId, NotComparedReason, SiteId
from contracts.volunteer_run import VerifiedVolunteerRun
from edge.capture import Capture, CaptureLimits
from edge.confinement import dump_no_core, end_with_parent
from edge.counters import EdgeCounters
from edge.errors import EdgeError, MaskRefused, MatcherUnreachable
from edge.gate import LeaseGate
from edge.masks import RawFrame
from edge.pipeline import OpenedFinder, Pipeline, PipelineLimits
from edge.probe_client import ProbeClient, verify_each, verify_runs
from edge.search_plan import SearchLimits
from edge.settings import EdgeSettings
from edge.source import CameraSource, may_open, parse_source
from edge.stream_state import StreamNote, StreamState
from edge.worker_exit import WorkerExit
from matcher.errors import MatcherError
from matcher.faces.detection import open_face_finder
from matcher.faces.quality import QualityLimits
from matcher.keys import load_trusted_keys
from matcher.models.shipped_profiles import shipped_profile
from matcher.models.store import ModelStore
from signed_pdf.process import ConfinedReader

log = structlog.get_logger()

_WAIT_S: Final = 0.2
#: Profiles say how often to detect in frames; they mean frames of this rate.
_FRAMES_PER_SECOND: Final = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerParts:
    """What a worker works with."""

    site_id: SiteId
    camera_id: CameraId
    source: CameraSource
    trusted: TrustedKeys
    profile: Profile
    client: ProbeClient
    open_finder: Callable[[], OpenedFinder]
    limits: PipelineLimits
    settings: EdgeSettings
    reads_pdf: ReadsPdf = reads_no_pdf
    """Who reads warrants that courts sign as PDF: another process than this one."""


class Worker:
    """Reads one camera until its stream ends, is refused, or it is told to stop."""

    def __init__(self, parts: WorkerParts, *, clocks: Callable[[], Moment] = read_clocks) -> None:
        self._parts = parts
        self._clocks = clocks
        self.counters = EdgeCounters()
        self._gate = LeaseGate(parts.camera_id, self.counters)
        session = secrets.token_hex(16)
        self._pipeline = Pipeline(
            camera_id=parts.camera_id,
            session=session,
            open_finder=parts.open_finder,
            submit=self._submit,
            limits=parts.limits,
            counters=self.counters,
        )
        settings = parts.settings
        self._capture = Capture(
            parts.source,
            pace=settings.pace,
            limits=CaptureLimits(
                open_timeout_s=settings.open_timeout_s,
                read_timeout_s=settings.read_timeout_s,
                images_per_second=settings.images_per_second,
            ),
            now=clocks().now,
        )
        self._report = _Report(parts.camera_id, session)
        self._renew_at = self._report_at = 0.0
        self._live_since: float | None = None
        self._frames_read = 0
        self._stopping = False

    def stop(self) -> None:
        """End after the frame at hand."""
        self._stopping = True

    def run(self) -> WorkerExit:
        """Work until there is nothing more to read."""
        state = self._capture.status.state
        while not (self._stopping or self._capture.is_over):
            self._renew(self._clocks())
            # Read anew: an authorisation is not live at a moment before the one at which it was verified.
            at = self._clocks()
            permit = self._gate.live(at)
            if permit is None:
                self._without_authority(at)
            elif self._may_read(permit, at):
                self._with_authority(permit, at)
            if self._capture.status.state is not state or at.boot >= self._report_at:
                state = self._capture.status.state
                self._say_state(at)
        return self._end()

    def _renew(self, at: Moment) -> None:
        """Ask the matcher for authorisations. Where it does not answer, those held run out by themselves."""
        if at.boot < self._renew_at:
            return
        self._renew_at = at.boot + self._parts.settings.renew_every_s
        try:
            self._gate.admit(self._authorisations())
            self._gate.admit_volunteers(self._runs())
        except MatcherUnreachable as error:
            log.warning("authorisations not renewed", camera_id=self._parts.camera_id, reason=str(error))

    def _authorisations(self) -> list[VerifiedAuthorisation]:
        """Return the matcher's leases, those that verify here.

        Raises:
            MatcherUnreachable: it does not answer as agreed.
        """
        parts = self._parts
        verified, refused = verify_each(
            parts.client.authorisations(parts.camera_id),
            trusted=parts.trusted,
            site_id=parts.site_id,
            camera_id=parts.camera_id,
            profile=parts.profile,
            at=self._clocks(),
            reads_pdf=parts.reads_pdf,
        )
        self._say_refused(refused)
        return verified

    def _runs(self) -> list[VerifiedVolunteerRun]:
        """Return the matcher's volunteers' runs on a closed site, those that verify here (C16).

        Raises:
            MatcherUnreachable: it does not answer as agreed.
        """
        parts = self._parts
        verified, refused = verify_runs(
            parts.client.runs(parts.camera_id),
            warrants=self._gate.authorisations,
            trusted=parts.trusted,
            site_id=parts.site_id,
            camera_id=parts.camera_id,
            profile=parts.profile,
            at=self._clocks(),
        )
        self._say_refused(refused)
        return verified

    def _say_refused(self, refused: Sequence[ContractError]) -> None:
        for refusal in refused:
            log.warning("authorisation refused", camera_id=self._parts.camera_id, reason=str(refusal))

    def _may_read(self, permit: VerifiedAuthorisation | VerifiedVolunteerRun, at: Moment) -> bool:
        """Check the configured source against the camera's signed record, at every frame: both may have changed."""
        source = self._parts.source
        if source.kind is not permit.camera.source_kind:
            return self._refuse(StreamNote.OTHER_KIND, at)
        if not may_open(source, local_only=permit.local_only or permit.camera.loopback_only):
            return self._refuse(StreamNote.NOT_PERMITTED, at)
        self._live_since = at.boot if self._live_since is None else self._live_since
        if permit.local_only and source.is_live and at.boot - self._live_since >= self._parts.settings.demo_limit_s:
            return self._refuse(StreamNote.DEMO_LIMIT, at)
        return True

    def _refuse(self, note: StreamNote, at: Moment) -> bool:
        self._pipeline.withdraw()
        self._capture.refuse(note, at.now)
        return False

    def _without_authority(self, at: Moment) -> None:
        """Drop frames unseen and overwritten. A recording that waits for its consumer waits on."""
        self._pipeline.withdraw()
        if self._capture.status.state is not StreamState.STREAMING or self._waits_for_us():
            time.sleep(_WAIT_S)
            return
        raw = self._read(at)
        if raw is not None:
            raw.unmasked_bgr[:] = 0
            self.counters.frames_unseen += 1

    def _with_authority(self, permit: VerifiedAuthorisation | VerifiedVolunteerRun, at: Moment) -> None:
        raw = self._read(at)
        if raw is None:
            return
        try:
            frame = self._gate.masks.paint(raw)
        except MaskRefused:
            self._refuse(StreamNote.MASKS_REFUSED, at)
            return
        # Decoding may have taken a while: the authority has to hold now, not when the frame was asked for.
        self._pipeline.analyse(frame, permit, self._clocks())

    def _read(self, at: Moment) -> RawFrame | None:
        raw = self._capture.read(_WAIT_S, at.now)
        self.counters.frames_dropped = self._capture.dropped
        self._frames_read += raw is not None
        return raw

    def _waits_for_us(self) -> bool:
        return not self._parts.source.is_live and self._parts.settings.pace.value == "consumer"

    def _submit(self, probe: Probe) -> NotComparedReason | None:
        """Hand a probe to the matcher. One that does not answer counts as busy: the face was not compared."""
        try:
            reason = self._parts.client.send_probe(probe)
        except MatcherUnreachable as error:
            log.warning("probe not taken", camera_id=self._parts.camera_id, reason=str(error))
            return NotComparedReason.MATCHER_BUSY
        if reason is NotComparedReason.LEASE_ENDED:
            self._gate.drop()
        return reason

    def _end(self) -> WorkerExit:
        at = self._clocks()
        permit = self._gate.live(at)
        if permit is None:
            self._pipeline.withdraw()
        else:
            self._pipeline.end_stream(permit, at)
        self._capture.close(at.now)
        self._say_state(at)
        refused = self._capture.status.state is StreamState.REFUSED
        return WorkerExit.REFUSED if refused else WorkerExit.ENDED

    def _say_state(self, at: Moment) -> None:
        self._report_at = at.boot + self._parts.settings.report_every_s
        status = self._capture.status
        log.info(
            "edge state",
            camera_id=self._parts.camera_id,
            state=status.state.value,
            since=status.since.isoformat(),
            note=status.note.value,
            attempt=status.attempt,
            authorised=self._gate.live(at) is not None,
            **self.counters.as_json(),
        )
        counts = self._report.of(self.counters, self._frames_read, status.state, at)
        try:
            self._parts.client.send_counts(counts)
        except MatcherUnreachable as error:
            log.warning("counts not taken", camera_id=self._parts.camera_id, reason=str(error))


class _Report:
    """The worker's counts as they cross to the matcher, which adds what it alone knows."""

    def __init__(self, camera_id: CameraId, session: str) -> None:
        self._camera_id = camera_id
        self._session = session
        self._serial = 0

    def of(self, counters: EdgeCounters, frames_read: int, state: StreamState, at: Moment) -> CameraCounts:
        self._serial += 1
        return CameraCounts(
            camera_id=self._camera_id,
            session=self._session,
            serial=self._serial,
            frames_read=frames_read,
            frames_analysed=counters.frames_analysed,
            frames_dropped=counters.frames_dropped,
            tracks=counters.tracks_seen,
            probed=counters.tracks_probed,
            compared=counters.probes_sent,
            # Whether anybody was a candidate is not for the edge to know.
            candidates=0,
            not_compared=tuple(sorted(counters.tracks_not_compared.items())),
            seconds_without_authority=round(counters.seconds_without_warrant, 3),
            stream_state=state.value,
            measured_at=at.now.replace(microsecond=at.now.microsecond // 1000 * 1000),
        )


def limits_of(profile: ModelProfile) -> PipelineLimits:
    """Return the pipeline's limits as the model profile states them."""
    every_s = profile.pacing.detect_every / _FRAMES_PER_SECOND
    return PipelineLimits(search=SearchLimits(every_s=every_s), quality=QualityLimits.of(profile.faces))


def build_worker(settings: EdgeSettings) -> Worker:
    """Put a worker together from its settings; no model is loaded and no source opened.

    Raises:
        EdgeError, ContractError, MatcherError, OSError: a setting names something that is not there or not usable.
    """
    profile = shipped_profile(settings.profile)

    def open_finder() -> OpenedFinder:
        finder = open_face_finder(profile, ModelStore(settings.home), threads=settings.detector_threads)
        return OpenedFinder(finder=finder, layout=profile.landmarks.layout)

    parts = WorkerParts(
        site_id=SiteId(settings.site_id),
        camera_id=CameraId(settings.camera_id),
        source=parse_source(settings.source.get_secret_value()),
        trusted=load_trusted_keys(settings.trusted_keys),
        profile=profile,
        client=ProbeClient(settings.matcher_socket, timeout_s=settings.matcher_timeout_s),
        open_finder=open_finder,
        limits=limits_of(profile),
        settings=settings,
        reads_pdf=ConfinedReader(),
    )
    return Worker(parts)


class _LossyLines:
    """Standard output, but a line that does not fit on a full disk is lost: the camera is read all the same."""

    def write(self, text: str) -> None:
        """Write, or lose the text."""
        with suppress(OSError):
            sys.stdout.write(text)

    def flush(self) -> None:
        """Flush, or lose what was pending."""
        with suppress(OSError):
            sys.stdout.flush()


def main() -> int:
    """Run one worker as its environment says; the exit status says how it ended."""
    end_with_parent(signal.SIGTERM)
    dump_no_core()
    # The detector has its threads from the settings; OpenCV's own would only get in their way.
    cv2.setNumThreads(1)
    structlog.configure(
        processors=[structlog.processors.TimeStamper(fmt="iso"), structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _LossyLines())),
    )
    try:
        worker = build_worker(EdgeSettings())  # type: ignore[call-arg]  # pydantic fills them from the environment

        signal.signal(signal.SIGTERM, lambda *_: worker.stop())
        signal.signal(signal.SIGINT, lambda *_: worker.stop())
        return worker.run()
    except (EdgeError, ContractError, MatcherError, OSError) as error:
        log.error("edge worker ended", reason=_sentence(error))  # noqa: TRY400  # a sentence, not a traceback
    except ValidationError as error:
        names = sorted({str(part["loc"][0]) for part in error.errors() if part["loc"]})
        log.error("edge worker ended", reason="These settings are missing or wrong.", settings=names)  # noqa: TRY400  # the same
    return WorkerExit.FAILED


def _sentence(error: Exception) -> str:
    """Return the error's sentence. What the operating system says holds paths, so only its kind is repeated."""
    if isinstance(error, OSError):
        return f"A file or socket could not be used: {error.strerror}; check the worker's settings."
    return str(error)


if __name__ == "__main__":
    sys.exit(main())
