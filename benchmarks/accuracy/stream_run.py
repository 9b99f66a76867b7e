"""The whole product on film with known passes: decoder, masks, motion, tracks, best shots, probes, matcher, alerts.

It runs under an authority of its own (`benchmarks.speed.authority`), marked DEMO and thrown away with the run: without
one no frame would be analysed and nothing compared. The edge's worker and the site's matcher are the product's own; the
socket between them is left out, and beside the matcher stands a note of what each probe was, which the product never
keeps. Faces are of a public set; film and notes end with the run.
"""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from pydantic import SecretStr

from benchmarks.accuracy.embedding_run import Embedded, Progress
from benchmarks.accuracy.sensitivity_run import choose
from benchmarks.accuracy.stream_count import NOBODY, Noted, StreamResult, count
from benchmarks.accuracy.stream_film import FRAMES_PER_SECOND, Cast, Walk, Walker, person_at, plan, render
from benchmarks.data.pictures import PictureSet
from benchmarks.errors import BenchmarkError
from benchmarks.speed.authority import CAMERA, SITE, BenchmarkAuthority, authority_of_now, slot_of
from contracts.authorisation import LeaseAsk, UnverifiedAuthorisation
from contracts.candidate_report import CandidateReport
from contracts.clock import read_clocks
from contracts.lease_request import LeaseAnswer
from contracts.lent_run import UnverifiedVolunteerRun
from contracts.model_profile import ModelProfile
from contracts.probe import Probe, ProbeCrop
from contracts.site_report import CameraCounts
from contracts.vocabulary import CameraId, NotComparedReason
from edge.decoder_messages import Pace
from edge.pipeline import Finder, OpenedFinder
from edge.probe_client import ProbeClient
from edge.search_plan import Region
from edge.settings import EdgeSettings
from edge.source import parse_source
from edge.worker import Worker, WorkerParts, limits_of
from matcher.candidates import AlertMemory
from matcher.comparison import comparison_scores, nearness
from matcher.embedding import open_embedder
from matcher.faces.detection import open_face_finder
from matcher.faces.face import BgrImage, DetectedFace
from matcher.faces.photograph import open_photograph
from matcher.leases import LeaseBook, LeaseTerms
from matcher.models.store import ModelStore
from matcher.site_matcher import SiteMatcher
from matcher.stopped import StoppedWarrants
from matcher.track_embedder import ModelDoor, TrackEmbedder

ENROLLED: Final = 100
LISTED: Final = 10
OTHERS: Final = 30
SEED: Final = 1
_ASKED_BEFORE_S: Final = 0.1
_RECENT: Final = 1000
"""Faces seen during the longest pass, and more: a probe comes while its track is followed."""


def cast(
    pictures: PictureSet, embedded: Embedded, *, listed: int = LISTED, others: int = OTHERS, seed: int = SEED
) -> Cast:
    """Draw people: some of the list pass among others, each once, in a picture that is not their reference.

    Raises:
        NotEnoughPeople: the set has too few.
    """
    enrolled = max(listed, ENROLLED)
    chosen = choose(embedded, listed=enrolled, others=others, seed=seed)
    passing = [*((at, place) for place, at in enumerate(chosen.second[:listed])), *((at, None) for at in chosen.others)]
    order = np.random.default_rng((seed, 1)).permutation(len(passing)).tolist()
    shown = [passing[at] for at in order if np.isfinite(embedded.samples[passing[at][0]].size_px)]
    walkers = tuple(_walker(pictures, embedded, at) for at, _ in shown)
    on_list = {number: place for number, (_, place) in enumerate(shown) if place is not None}
    near = embedded.scores([chosen.second[place] for place in on_list.values()], chosen.references)
    own = [near[row, place] for row, place in enumerate(on_list.values())]
    reached = sum(bool(score >= embedded.profile.comparison.least_likeness) for score in own)
    return Cast(plan(len(walkers)), walkers, on_list, chosen.references, reached)


def _walker(pictures: PictureSet, embedded: Embedded, at: int) -> Walker:
    """A photograph of LFW has its face in the middle."""
    image = open_photograph(pictures.files.read(embedded.pictures[at].name))
    return Walker(image, (image.shape[1] / 2, image.shape[0] / 2), embedded.samples[at].size_px)


def run_stream(
    of: Cast, embedded: Embedded, store: ModelStore, folder: Path, *, progress: Progress, seed: int = SEED
) -> StreamResult:
    """Render the film into a folder, let the product look at it, and count. `progress` gets seconds of the film.

    Raises:
        BenchmarkError: the film cannot be written, or no frame of it was analysed.
    """
    film = folder / "film.mp4"
    frames = render(film, of.walks, of.walkers, seed=seed)
    noted = watch(film, of, embedded, store, seconds=round(frames / FRAMES_PER_SECOND), progress=progress)
    return count(noted, of, threshold=embedded.profile.comparison.least_likeness, frames=frames)


def watch(
    film: Path, of: Cast, embedded: Embedded, store: ModelStore, *, seconds: int, progress: Progress
) -> list[Noted]:
    """Let the edge's worker read the film, and the site's matcher compare, to its end."""
    profile, threads = embedded.profile, os.cpu_count() or 1
    authority = authority_of_now(profile, tuple(embedded.templates[at] for at in of.references))
    seen: list[DetectedFace] = []

    def open_finder() -> OpenedFinder:
        finder = open_face_finder(profile, store, threads=threads)
        return OpenedFinder(finder=_Remembering(finder, seen), layout=profile.landmarks.layout)

    def tell() -> None:
        progress(round(worker.counters.frames_analysed / FRAMES_PER_SECOND), seconds)

    matcher = _Matcher(authority, profile, store, film.parent, whose=_Whose(of.walks, seen), tell=tell)
    worker = Worker(
        WorkerParts(
            site_id=SITE,
            camera_id=CAMERA,
            source=parse_source(str(film)),
            trusted=authority.trusted,
            profile=profile,
            client=matcher,
            open_finder=open_finder,
            limits=limits_of(profile),
            settings=_settings(film, threads),
        )
    )
    try:
        worker.run()
    finally:
        matcher.close()
        tell()
    if worker.counters.frames_analysed == 0:
        raise BenchmarkError("No frame of the film was analysed; free memory and run it again.")
    return matcher.noted


class _Remembering:
    """The product's finder, and a note of every face that it found: so a crop's place in the frame is known again."""

    def __init__(self, finder: Finder, seen: list[DetectedFace]) -> None:
        self._finder, self._seen = finder, seen

    def find_within(self, image_bgr: BgrImage, region_xyxy: Region) -> Sequence[DetectedFace]:
        """As the finder does."""
        faces = self._finder.find_within(image_bgr, region_xyxy)
        self._seen += faces
        return faces


@dataclass(frozen=True, slots=True)
class _Whose:
    """Whose face a crop shows: by the shape of its landmarks it is found among the faces seen, and so is its place."""

    walks: Sequence[Walk]
    seen: list[DetectedFace]

    def of(self, probe: Probe) -> int:
        """The person most of the crops show, -1 for nobody."""
        people = Counter(self._of(crop) for crop in probe.crops)
        return min(people, key=lambda person: (-people[person], person))

    def _of(self, crop: ProbeCrop) -> int:
        shape = _shape(np.asarray(crop.landmarks_xy), crop.box_xyxy)
        known = [face for face in self.seen[-_RECENT:] if face.landmarks_xy is not None]
        off = [float(np.abs(_shape(np.asarray(face.landmarks_xy), face.box_xyxy) - shape).max()) for face in known]
        if not off or min(off) > 1e-3:
            return NOBODY
        left, top, right, bottom = known[int(np.argmin(off))].box_xyxy
        frame = round(crop.stream_time * FRAMES_PER_SECOND)
        person = person_at(self.walks, frame, (left + right) / 2, (top + bottom) / 2)
        return NOBODY if person is None else person


def _shape(landmarks_xy: np.typing.NDArray[Any], box_xyxy: Sequence[float]) -> np.typing.NDArray[np.float64]:
    left, top, right, _ = box_xyxy
    return np.asarray((landmarks_xy - (left, top)) / (right - left), dtype=np.float64)


class _Matcher(ProbeClient):
    """Stands where the socket to the matcher would be, with the product's own matcher behind it."""

    def __init__(
        self,
        authority: BenchmarkAuthority,
        profile: ModelProfile,
        store: ModelStore,
        folder: Path,
        *,
        whose: _Whose,
        tell: Callable[[], None],
    ) -> None:  # the socket of the real one is what is left out
        self._authority, self._profile, self._whose, self._tell = authority, profile, whose, tell
        self._book = LeaseBook(
            LeaseTerms(
                trusted=authority.trusted,
                site_id=SITE,
                profile=profile,
                dimensions=profile.embedder.dimensions,
                opening=lambda: nullcontext(authority.opening),
                stopped=StoppedWarrants(folder / "stopped.json", authority.trusted),
            )
        )
        self._door = ModelDoor(
            lambda: TrackEmbedder(open_embedder(profile, store, threads=1), profile.comparison), read_clocks
        )
        self._site = SiteMatcher(
            book=self._book,
            door=self._door,
            memory=AlertMemory(quiet_time=profile.comparison.quiet_time),
            site_key=authority.site_key,
            clocks=read_clocks,
        )
        self.noted: list[Noted] = []

    def authorisations(self, camera_id: CameraId) -> list[tuple[UnverifiedAuthorisation, LeaseAsk]]:
        """Lend the run's authority, to the matcher as to the edge."""
        self._tell()
        at = read_clocks()
        ask = LeaseAsk(nonce=f"{len(self.noted):032x}{round(at.boot * 1e6):032x}", asked_boot=at.boot - _ASKED_BEFORE_S)
        lent = self._authority.lend(ask, at)
        answer = LeaseAnswer(authorisations=((lent, self._authority.gallery),))
        accepted = self._book.accept(camera_id, ask, answer, read_clocks())
        return [(held.unverified, held.ask) for held in accepted.held]

    def runs(self, camera_id: CameraId) -> list[tuple[UnverifiedVolunteerRun, LeaseAsk]]:  # noqa: ARG002 (as asked)
        """No volunteers are looked for here."""
        return []

    def send_probe(self, probe: Probe) -> NotComparedReason | None:
        """Compare as the site does; and note what came of it."""
        person, scores = self._whose.of(probe), self._scores(probe)
        answer = self._site.handle(Probe.from_bytes(probe.to_bytes()))
        reports = [CandidateReport.from_bytes(sealed.report.payload) for sealed, _ in answer.reports]
        slots = {f"nobody-{number}": slot_of(number) for number in range(len(self._authority.templates))}
        told = tuple((slots[report.reference_id], report.joins is None) for report in reports)
        if answer.compared:
            self.noted.append(Noted(probe.track, person, scores, told))
        return answer.reason

    def _scores(self, probe: Probe) -> tuple[float, ...]:
        """The best score of each crop by itself: what a system would do that compared every frame."""
        live = self._book.live(CAMERA, read_clocks())
        if not live:
            return ()
        models, kind = self._door.open(live[0].permit), self._profile.comparison.score
        best = []
        for crop in probe.crops:
            template = models.embed([crop]).template
            with live[0].lent.gallery.templates() as templates:
                scores = comparison_scores(template, templates, kind)
            best.append(max(nearness(float(score), kind) for score in scores))
        return tuple(best)

    def send_counts(self, counts: CameraCounts) -> None:
        """Take the worker's counts."""

    def close(self) -> None:
        """Overwrite what was lent."""
        self._book.close()


def _settings(film: Path, threads: int) -> EdgeSettings:
    return EdgeSettings(
        site_id=SITE,
        camera_id=CAMERA,
        source=SecretStr(str(film)),
        matcher_socket=film.parent / "none.sock",
        trusted_keys=film.parent / "trust.json",
        home=film.parent,
        pace=Pace.CONSUMER,
        detector_threads=threads,
        report_every_s=600,
    )
