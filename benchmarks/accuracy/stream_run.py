"""The whole product on film with known passes: decoder, masks, motion, tracks, best shots, probes, matcher, alerts.

It runs under an authority of its own (`benchmarks.speed.authority`), marked DEMO and thrown away with the run: without
one no frame would be analysed and nothing compared. The edge's worker and the site's matcher are the product's own; the
socket between them is left out, and beside the matcher stands a note of what each probe was, which the product never
keeps. Faces are of a public set; film and notes end with the run.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from pydantic import SecretStr

from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.accuracy.sensitivity_run import choose
from benchmarks.accuracy.stream_film import FRAMES_PER_SECOND, Walk, Walker, person_at, plan, render
from benchmarks.data.pictures import PictureSet
from benchmarks.errors import BenchmarkError
from benchmarks.metrics.plain_values import plain
from benchmarks.metrics.rates import Rate, Unit, rate
from benchmarks.metrics.streams import Sightings, false_alarms, found, per_camera_hour
from benchmarks.speed.authority import CAMERA, SITE, BenchmarkAuthority, authority_of_now, slot_of
from contracts.authorisation import LeaseAsk, UnverifiedAuthorisation
from contracts.candidate_report import CandidateReport
from contracts.clock import read_clocks
from contracts.lease_request import LeaseAnswer
from contracts.model_profile import ModelProfile
from contracts.probe import Probe, ProbeCrop
from contracts.site_report import CameraCounts
from contracts.vocabulary import CameraId, NotComparedReason, SlotId
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
_NOBODY: Final = -1


@dataclass(frozen=True, slots=True)
class Cast:
    """Whom the film shows, in the order of their passes, and who of them has which place on the list."""

    walks: tuple[Walk, ...]
    walkers: tuple[Walker, ...]
    listed: dict[int, int]
    """The place on the list of each walker who is on it."""
    references: tuple[int, ...]
    """The whole list, by the places of their pictures; most of it never passes."""


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
    """What the film gave. Passes are counted whether the camera saw them or not."""

    enrolled: int
    seconds: float
    frames: int
    found: Rate
    others_alarmed: Rate
    never_compared: int
    wrong_identity: int
    alerts: int
    false_alerts: int
    tracks: int
    broken_passes: int
    by_unit: tuple[Rate, ...]


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
    return Cast(plan(len(walkers)), walkers, on_list, chosen.references)


def _walker(pictures: PictureSet, embedded: Embedded, at: int) -> Walker:
    """A photograph of LFW has its face in the middle."""
    image = open_photograph(pictures.files.read(embedded.pictures[at].name))
    return Walker(image, (image.shape[1] / 2, image.shape[0] / 2), embedded.samples[at].size_px)


def run_stream(
    of: Cast, embedded: Embedded, store: ModelStore, folder: Path, *, threads: int, seed: int = SEED
) -> StreamResult:
    """Render the film into a folder, let the product look at it, and count.

    Raises:
        BenchmarkError: the film cannot be written, or no frame of it was analysed.
    """
    film = folder / "film.mp4"
    frames = render(film, of.walks, of.walkers, seed=seed)
    noted = watch(film, of, embedded, store, threads=threads)
    return count(noted, of, threshold=embedded.profile.comparison.least_likeness, frames=frames)


def watch(film: Path, of: Cast, embedded: Embedded, store: ModelStore, *, threads: int) -> list[Noted]:
    """Let the edge's worker read the film, and the site's matcher compare, to its end."""
    profile = embedded.profile
    authority = authority_of_now(profile, tuple(embedded.templates[at] for at in of.references))
    seen: list[DetectedFace] = []

    def open_finder() -> OpenedFinder:
        finder = open_face_finder(profile, store, threads=threads)
        return OpenedFinder(finder=_Remembering(finder, seen), layout=profile.landmarks.layout)

    matcher = _Matcher(authority, profile, store, film.parent, threads=threads, whose=_Whose(of.walks, seen))
    worker = Worker(
        WorkerParts(
            site_id=SITE,
            camera_id=CAMERA,
            source=parse_source(str(film)),
            trusted=authority.trusted,
            profile_sha256=profile.profile_sha256,
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
        known = [face for face in self.seen if face.landmarks_xy is not None]
        off = [float(np.abs(_shape(np.asarray(face.landmarks_xy), face.box_xyxy) - shape).max()) for face in known]
        if not off or min(off) > 1e-3:
            return _NOBODY
        left, top, right, bottom = known[int(np.argmin(off))].box_xyxy
        frame = round(crop.stream_time * FRAMES_PER_SECOND)
        person = person_at(self.walks, frame, (left + right) / 2, (top + bottom) / 2)
        return _NOBODY if person is None else person


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
        threads: int,
        whose: _Whose,
    ) -> None:  # the socket of the real one is what is left out
        self._authority, self._profile, self._whose = authority, profile, whose
        self._book = LeaseBook(
            LeaseTerms(
                trusted=authority.trusted,
                site_id=SITE,
                profile_sha256=profile.profile_sha256,
                dimensions=profile.embedder.dimensions,
                opening=lambda: nullcontext(authority.opening),
                stopped=StoppedWarrants(folder / "stopped.json", authority.trusted),
            )
        )
        self._door = ModelDoor(
            lambda: TrackEmbedder(open_embedder(profile, store, threads=threads), profile.comparison), read_clocks
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
        at = read_clocks()
        ask = LeaseAsk(nonce=f"{len(self.noted):032x}{round(at.boot * 1e6):032x}", asked_boot=at.boot - _ASKED_BEFORE_S)
        lent = self._authority.lend(ask, at)
        answer = LeaseAnswer(authorisations=((lent, self._authority.gallery),))
        accepted = self._book.accept(camera_id, ask, answer, read_clocks())
        return [(held.unverified, held.ask) for held in accepted.held]

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
        others_alarmed=rate(alarmed, len(others), unit=Unit.TRANSIT, people=len(others)),
        never_compared=sum(person not in compared for person in passing),
        wrong_identity=sum(bool(reported[person] - {own[person]}) for person in own),
        alerts=len(opened),
        false_alerts=sum(own.get(person) != slot for person, slot in opened),
        tracks=len(tracks),
        broken_passes=sum(many > 1 for many in Counter(person for person, _ in tracks if person != _NOBODY).values()),
        by_unit=tuple(_by_unit(noted, own, threshold)),
    )


def _by_unit(noted: Sequence[Noted], own: dict[int, SlotId], threshold: float) -> list[Rate]:
    """False alarms of the passes that were compared: by frame as if each were compared alone, by track, by pass."""
    if not noted:
        return []
    frames = [(score, one) for one in noted for score in one.scores]
    # A whole track is judged by the product: fused, with its margin to the second person.
    tracks = [(float(bool(one.candidates)), one) for one in noted]
    by_frame = false_alarms(_sightings(frames, own), threshold, Unit.FRAME)
    whole = _sightings(tracks, own)
    return [by_frame, *(false_alarms(whole, 0.5, unit) for unit in (Unit.TRACK, Unit.TRANSIT))]


def _sightings(rows: Sequence[tuple[float, Noted]], own: dict[int, SlotId]) -> Sightings:
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
