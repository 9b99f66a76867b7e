"""The same pictures through dlib itself and through the product's chain, picture by picture in turns.

How far the two lie apart says whether the chain is put together as its authors' own; how long each took, how much it
costs. Both work on one thread and are timed by the processor time of this process, which is the same on a busy machine.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import hypot
from typing import Any, Final, Protocol, TypeVar

import numpy as np

from benchmarks.data.pictures import Picture, PictureSet
from benchmarks.errors import RivalMissing
from benchmarks.speed.rivals import missing
from benchmarks.speed.stages import Contender
from contracts.model_profile import ChipView, ModelProfile
from matcher.embedding import Embedder, open_embedder
from matcher.errors import ModelRefused
from matcher.faces.detection import FaceFinder, open_face_finder
from matcher.faces.face import BgrImage, BoxXyxy, DetectedFace, FloatArray, RgbChip
from matcher.faces.photograph import open_photograph
from matcher.models.dlib_weights import sources
from matcher.models.shipped_profiles import shipped_profile
from matcher.models.store import ModelStore

Made = TypeVar("Made")

#: The steps between a picture and its template, in order.
STEPS: Final = ("detection", "landmarks_and_chip", "embedding")


@dataclass(frozen=True, slots=True)
class Steps:
    """What one chain made of one picture: the box, the chip and the embedding of the face nearest to the middle.

    `took_ms` has the processor time of each of `STEPS`.
    """

    box_xyxy: BoxXyxy
    chip_rgb: RgbChip
    embedding: FloatArray
    took_ms: tuple[float, ...]


class Chain(Protocol):
    """From a picture to an embedding."""

    def steps(self, image_bgr: BgrImage) -> Steps | None:
        """Return every step, or None where no face was found."""
        ...


class OwnChain:
    """The product's."""

    def __init__(self, finder: FaceFinder, embedder: Embedder) -> None:
        self._finder, self._embedder = finder, embedder

    def steps(self, image_bgr: BgrImage) -> Steps | None:
        """Return every step, or None where no face was found."""
        faces, detection = _timed(lambda: self._finder.detect(image_bgr))
        if not faces:
            return None
        face = min(faces, key=lambda one: _off_middle(image_bgr, one.box_xyxy))
        chip, alignment = _timed(lambda: self._chip(image_bgr, face))
        (embedding,), embedded = _timed(lambda: self._embedder.embed([chip]))
        return Steps(face.box_xyxy, chip, embedding, (detection, alignment, embedded))

    def _chip(self, image_bgr: BgrImage, face: DetectedFace) -> RgbChip:
        landmarks = self._finder.with_landmarks(image_bgr, face).landmarks_xy
        if landmarks is None:
            raise ModelRefused("The profile's landmarks are no five points; correct the profile.")
        return self._embedder.align(image_bgr, landmarks)


class DlibsChain:
    """dlib's own, with the weights that ours were read from. It does the same work: every view of the profile."""

    def __init__(self, profile: ModelProfile) -> None:
        """Load dlib's models.

        Raises:
            RivalMissing: dlib is not installed.
            ModelMissing: its weights are not.
        """
        sentence = missing(Contender.DLIB)
        if sentence is not None:
            raise RivalMissing(sentence)
        import dlib  # noqa: PLC0415  # an extra that may be missing

        self._dlib = dlib
        self._detector = dlib.cnn_face_detection_model_v1(str(sources.locate(sources.DETECTOR)))
        self._predictor = dlib.shape_predictor(str(sources.locate(sources.LANDMARKS)))
        self._embedder = dlib.face_recognition_model_v1(str(sources.locate(sources.EMBEDDER)))
        self._alignment, self._views = profile.alignment, profile.embedder.views

    def steps(self, image_bgr: BgrImage) -> Steps | None:
        """Return every step, or None where no face was found."""
        image_rgb = np.ascontiguousarray(image_bgr[:, :, ::-1])
        found, detection = _timed(lambda: self._detector(image_rgb, 0))
        rectangles = [one.rect for one in found]
        if not rectangles:
            return None
        rectangle = min(rectangles, key=lambda one: _off_middle(image_bgr, _box(one)))
        chip, alignment = _timed(lambda: self._chip(image_rgb, rectangle))
        embedding, embedded = _timed(lambda: self._embedding(chip))
        return Steps(_box(rectangle), chip, embedding, (detection, alignment, embedded))

    def _chip(self, image_rgb: BgrImage, rectangle: Any) -> Any:
        shape = self._predictor(image_rgb, rectangle)
        return self._dlib.get_face_chip(image_rgb, shape, self._alignment.size, self._alignment.padding)

    def _embedding(self, chip_rgb: Any) -> Any:
        seen = [chip_rgb if one is ChipView.AS_IS else np.ascontiguousarray(chip_rgb[:, ::-1]) for one in self._views]
        return np.mean([np.asarray(self._embedder.compute_face_descriptor(one, 0)) for one in seen], axis=0)


def beside_dlib(
    pictures: PictureSet,
    profile: ModelProfile,
    store: ModelStore,
    *,
    sample: int,
    progress: Callable[[int, int], None],
) -> dict[str, Any]:
    """Run a sample of a set, evenly spread, through both chains; `reason` says why where there is nothing to compare.

    Raises:
        DataRefused: a picture cannot be read.
        ModelMissing, ModelRefused: a model file is not there, or is not what its hash says.
    """
    if profile.files != shipped_profile().files:
        return _nothing(
            f"The profile {profile.name} does not run dlib's models, so dlib is nothing to compare it with."
        )
    try:
        theirs = DlibsChain(profile)
    except RivalMissing as error:
        return _nothing(str(error))
    finder, embedder = open_face_finder(profile, store, threads=1), open_embedder(profile, store, threads=1)
    chosen = spread(pictures.pictures, sample)
    images = (open_photograph(pictures.files.read(one.name)) for one in chosen)
    turns = list(in_turns(images, OwnChain(finder, embedder), theirs, lambda done: progress(done, len(chosen))))
    return compared(turns)


Turn = tuple[Steps | None, Steps | None]
"""What ours and dlib's made of one picture."""


def spread(pictures: Sequence[Picture], sample: int) -> list[Picture]:
    """So many pictures, evenly spread over the set; all where there are fewer."""
    places = np.unique(np.linspace(0, len(pictures) - 1, min(sample, len(pictures))).round().astype(int))
    return [pictures[at] for at in places]


def in_turns(images: Iterable[BgrImage], ours: Chain, theirs: Chain, progress: Callable[[int], None]) -> Iterable[Turn]:
    """Each picture through both; whoever comes first at one comes second at the next."""
    for at, image in enumerate(images):
        if at % 2:
            second, first = theirs.steps(image), ours.steps(image)
        else:
            first, second = ours.steps(image), theirs.steps(image)
        yield first, second
        progress(at + 1)


def compared(turns: Sequence[Turn]) -> dict[str, Any]:
    """How far apart the two chains are, and how many times as long dlib takes, step by step and in all."""
    both = [(ours, theirs) for ours, theirs in turns if ours is not None and theirs is not None]
    found = {
        "pictures": len(turns),
        "faces_by_both": len(both),
        "faces_by_one_alone": sum((ours is None) != (theirs is None) for ours, theirs in turns),
    }
    if not both:
        return {**found, **_nothing("Neither chain found a face that the other found, so nothing can be compared.")}
    return {
        **found,
        "reason": None,
        "largest_box_difference_px": max(_apart(ours.box_xyxy, theirs.box_xyxy) for ours, theirs in both),
        "largest_chip_difference": max(_apart(ours.chip_rgb, theirs.chip_rgb) for ours, theirs in both),
        "largest_descriptor_difference": max(
            float(np.linalg.norm(ours.embedding - theirs.embedding)) for ours, theirs in both
        ),
        "steps": {name: _times(both, [at]) for at, name in enumerate(STEPS)},
        "whole": _times(both, range(len(STEPS))),
    }


def _times(both: Sequence[tuple[Steps, Steps]], steps: Sequence[int]) -> dict[str, Any]:
    """The middle picture's processor time by either, and how many times as long dlib took for all of them."""
    ours = [sum(one.took_ms[at] for at in steps) for one, _ in both]
    theirs = [sum(other.took_ms[at] for at in steps) for _, other in both]
    return {
        "insyn_ms": round(float(np.median(ours)), 3),
        "dlib_ms": round(float(np.median(theirs)), 3),
        "times_as_fast": round(sum(theirs) / sum(ours), 2) if sum(ours) > 0 else None,
    }


def _nothing(reason: str) -> dict[str, Any]:
    return {"reason": reason, "steps": None, "whole": None}


def _timed(work: Callable[[], Made]) -> tuple[Made, float]:
    """What the work made, and its processor time in milliseconds."""
    before = time.process_time()
    made = work()
    return made, (time.process_time() - before) * 1000


def _box(rectangle: Any) -> BoxXyxy:
    # dlib's corners are pixels inside the box, ours end one pixel later.
    return rectangle.left(), rectangle.top(), rectangle.right() + 1, rectangle.bottom() + 1


def _off_middle(image_bgr: BgrImage, box_xyxy: BoxXyxy) -> float:
    height, width = image_bgr.shape[:2]
    left, top, right, bottom = box_xyxy
    return hypot((left + right - width) / 2, (top + bottom - height) / 2)


def _apart(one: Any, other: Any) -> float:
    return float(np.abs(np.asarray(one, np.float64) - np.asarray(other, np.float64)).max())
