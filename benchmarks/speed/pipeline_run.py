"""The whole edge pipeline on one film, as fast as the machine allows.

    python -m benchmarks.speed.pipeline_run FOLDER FILM PROFILE THREADS SECONDS

runs the edge's own worker: a decoder child, masks, motion gate, search, tracking, quality, best shots. Only its matcher
is replaced, by one in this process that lends authority and takes probes without looking at them.
"""

import json
import resource
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import cv2
import structlog
from pydantic import SecretStr

from benchmarks.errors import BenchmarkError
from benchmarks.speed.authority import CAMERA, SITE, BenchmarkAuthority, authority_of_now
from benchmarks.speed.material import Material
from contracts.authorisation import LeaseAsk, UnverifiedAuthorisation
from contracts.clock import Moment, read_clocks
from contracts.lent_run import UnverifiedVolunteerRun
from contracts.model_profile import ModelProfile
from contracts.probe import Probe
from contracts.site_report import CameraCounts
from contracts.vocabulary import CameraId
from edge.counters import EdgeCounters
from edge.decoder_messages import Pace
from edge.pipeline import OpenedFinder
from edge.probe_client import ProbeClient
from edge.settings import EdgeSettings
from edge.source import parse_source
from edge.worker import Worker, WorkerParts, limits_of
from matcher.faces.detection import open_face_finder
from matcher.models.shipped_profiles import shipped_profile

_ASKED_BEFORE_S: Final = 0.1
_LOADING_S: Final = 60.0
"""A worker that has analysed no frame by then never will."""


class _ProbeSink(ProbeClient):
    """Stands where the matcher's socket would be: lends authority, takes probes and forgets them."""

    def __init__(self, authority: BenchmarkAuthority) -> None:  # the socket of the real one is what is left out
        self._authority = authority
        self.probe_bytes = 0

    def authorisations(self, camera_id: CameraId) -> list[tuple[UnverifiedAuthorisation, LeaseAsk]]:
        """Lend the benchmark's authority."""
        at = read_clocks()
        # Asked for a moment ago: the worker read its clock before it asked here.
        ask = LeaseAsk(nonce=f"{time.monotonic_ns():064x}", asked_boot=at.boot - _ASKED_BEFORE_S)
        return [(self._authority.lend(ask, at), ask)] if camera_id == CAMERA else []

    def runs(self, camera_id: CameraId) -> list[tuple[UnverifiedVolunteerRun, LeaseAsk]]:  # noqa: ARG002 (as asked)
        """No volunteers are looked for here."""
        return []

    def send_probe(self, probe: Probe) -> None:
        """Take a probe as far as the socket: written into bytes."""
        self.probe_bytes += len(probe.to_bytes())

    def send_counts(self, counts: CameraCounts) -> None:
        """Take the worker's counts."""

    def close(self) -> None:
        """Nothing is open."""


@dataclass(slots=True, kw_only=True, eq=False)
class _Stopwatch:
    """Time by sort of frame, from when the models are loaded: starting a process is left out.

    The worker reads its clocks as it turns to the next frame, and the time since it did so last was the last frame's,
    with the wait for its being decoded.
    """

    counters: EdgeCounters = field(default_factory=EdgeCounters)
    opened: threading.Event = field(default_factory=threading.Event)
    still_frames: int = 0
    still_s: float = 0.0
    moving_frames: int = 0
    moving_s: float = 0.0
    processor_s: float = 0.0
    _marked_s: float = 0.0
    _seen: tuple[int, int] = (0, 0)

    def models_loaded(self) -> None:
        """Begin to measure with the next frame."""
        self._seen = (self.counters.frames_analysed, self.counters.frames_still)
        self._marked_s, self.processor_s = time.perf_counter(), -_processor_s(resource.RUSAGE_SELF)
        self.opened.set()

    def read(self) -> Moment:
        """Read the clocks for the worker, and settle the time of the frame before."""
        analysed, still = self._seen
        if self.opened.is_set() and self.counters.frames_analysed > analysed:
            now = time.perf_counter()
            if self.counters.frames_still > still:
                self.still_frames, self.still_s = self.still_frames + 1, self.still_s + now - self._marked_s
            else:
                self.moving_frames, self.moving_s = self.moving_frames + 1, self.moving_s + now - self._marked_s
            self._marked_s = now
            self._seen = (self.counters.frames_analysed, self.counters.frames_still)
        return read_clocks()


def run_pipeline(
    material: Material, film: Path, profile: ModelProfile, *, threads: int, most_s: float
) -> dict[str, object]:
    """Analyse a film from its beginning, for so many seconds at most, and return counts and frames per second.

    Raises:
        BenchmarkError: no frame was analysed.
    """
    # As the worker's own process does: the detector has its threads, OpenCV's would only get in their way.
    cv2.setNumThreads(1)
    watch = _Stopwatch()

    def open_finder() -> OpenedFinder:
        finder = open_face_finder(profile, material.store, threads=threads)
        watch.models_loaded()
        return OpenedFinder(finder=finder, layout=profile.landmarks.layout)

    authority = authority_of_now(profile)
    sink = _ProbeSink(authority)
    settings = _settings(film, material, threads)
    worker = Worker(
        WorkerParts(
            site_id=SITE,
            camera_id=CAMERA,
            source=parse_source(str(film)),
            trusted=authority.trusted,
            profile=profile,
            client=sink,
            open_finder=open_finder,
            limits=limits_of(profile),
            settings=settings,
        ),
        clocks=watch.read,
    )
    watch.counters = worker.counters
    threading.Thread(target=_stop_after, args=(worker, watch, most_s), daemon=True).start()
    worker.run()
    watch.processor_s += _processor_s(resource.RUSAGE_SELF)
    return _result(worker, sink, watch)


def _stop_after(worker: Worker, watch: _Stopwatch, most_s: float) -> None:
    if watch.opened.wait(_LOADING_S):
        time.sleep(most_s)
    worker.stop()


def _result(worker: Worker, sink: _ProbeSink, watch: _Stopwatch) -> dict[str, object]:
    counters = worker.counters
    frames, seconds = watch.still_frames + watch.moving_frames, watch.still_s + watch.moving_s
    if frames == 0 or watch.moving_frames == 0:
        raise BenchmarkError("The pipeline analysed no frame of the film; render it anew with `insyn demo reset`.")
    return {
        "fps": round(frames / seconds, 2),
        "fps_of_frames_with_motion": round(watch.moving_frames / watch.moving_s, 2),
        "frames_analysed": frames,
        "frames_dropped": counters.frames_dropped,
        "frames_searched": counters.frames_searched,
        "frames_still": watch.still_frames,
        "processor_ms_per_frame": {
            # The decoder has ended, so the system has its whole account; it decodes a frame or two ahead.
            "decoder": round(_processor_s(resource.RUSAGE_CHILDREN) * 1000 / counters.frames_analysed, 2),
            "edge": round(watch.processor_s * 1000 / frames, 2),
        },
        "probe_bytes": sink.probe_bytes,
        "probes": counters.probes_sent,
        "searches_per_s": round(counters.frames_searched / seconds, 2),
        "seconds": round(seconds, 2),
        "tracks": counters.tracks_seen,
    }


def _processor_s(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def _settings(film: Path, material: Material, threads: int) -> EdgeSettings:
    return EdgeSettings(
        site_id=SITE,
        camera_id=CAMERA,
        source=SecretStr(str(film)),
        matcher_socket=material.folder / "none.sock",
        trusted_keys=material.folder / "trust.json",
        home=material.folder,
        pace=Pace.CONSUMER,
        detector_threads=threads,
        report_every_s=600,
    )


def main(folder: str, film: str, profile: str, threads: str, seconds: str) -> None:
    """Measure, and print the result as JSON."""
    material = Material(folder=Path(folder))
    # What the worker says of its states is not what is measured.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    result = run_pipeline(material, Path(film), shipped_profile(profile), threads=int(threads), most_s=float(seconds))
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:6])
