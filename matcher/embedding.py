"""From aligned chips to embeddings, and from two embeddings to a comparison score."""

from collections.abc import Sequence

import numpy as np
import onnxruntime

from contracts.model_profile import ChipView, ColourOrder, EmbedderBinding, ModelProfile, PixelLayout, ScoreKind
from matcher.errors import ModelRefused
from matcher.faces.alignment import open_aligner
from matcher.faces.face import BgrImage, FloatArray, RgbChip
from matcher.models.runtime import open_session
from matcher.models.store import ModelStore

#: More views of chips than this are embedded in turns, so that memory stays small.
_BATCH = 8


class Embedder:
    """The alignment, embedder and score of one profile. Not safe to share between threads."""

    def __init__(self, session: onnxruntime.InferenceSession, profile: ModelProfile) -> None:
        self._session = session
        self._input = session.get_inputs()[0].name
        self._binding = profile.embedder
        self._score = profile.comparison.score
        self._size = profile.alignment.size
        self._align = open_aligner(profile.alignment)

    @property
    def dimensions(self) -> int:
        """Length of one embedding."""
        return self._binding.dimensions

    def align(self, image_bgr: BgrImage, landmarks_xy: FloatArray) -> RgbChip:
        """Cut the chip that `embed` takes."""
        return self._align(image_bgr, landmarks_xy)

    def embed(self, chips_rgb: Sequence[RgbChip]) -> FloatArray:
        """Return one embedding for each chip, (n, d) float32; of unit length where the score is a cosine.

        It is the mean over the views that the profile binds, as dlib averages jittered copies of a chip; so it is for
        references and probes alike.
        """
        if not chips_rgb:
            return np.empty((0, self.dimensions), dtype=np.float32)
        step = _BATCH // len(self._binding.views)
        parts = [chips_rgb[at : at + step] for at in range(0, len(chips_rgb), step)]
        return np.concatenate([self._embed(np.stack(part)) for part in parts])

    def fuse(self, embeddings: FloatArray) -> FloatArray:
        """Return the mean of several embeddings of one face, (d,); of unit length where the score is a cosine."""
        fused: FloatArray = self._normalised(embeddings.mean(axis=0, keepdims=True))[0]
        return fused

    def scores(self, probes: FloatArray, references: FloatArray) -> FloatArray:
        """Compare each probe (n, d) with each reference (m, d): (n, m) scores, higher is more alike.

        A distance is negated; `ComparisonRule.least_likeness` is the threshold on this scale.
        """
        return likeness(self._score, probes, references)

    def _embed(self, chips_rgb: RgbChip) -> FloatArray:
        if chips_rgb.shape[1:] != (self._size, self._size, 3):
            raise ValueError(f"chips must be {self._size} pixels square, with three colours")
        views = self._binding.views
        seen_rgb = chips_rgb if len(views) == 1 else np.concatenate([_view(chips_rgb, view) for view in views])
        embeddings: FloatArray = self._session.run(None, {self._input: _pixels(seen_rgb, self._binding)})[0]
        if embeddings.shape != (len(seen_rgb), self.dimensions):
            raise ModelRefused("The embedder does not give what the profile states; correct the profile.")
        if not np.isfinite(embeddings).all():
            raise ModelRefused("The embedder gives numbers that are not finite; it cannot be used.")
        by_view = self._normalised(embeddings).reshape(len(views), len(chips_rgb), self.dimensions)
        return by_view[0] if len(views) == 1 else self._normalised(by_view.mean(axis=0))

    def _normalised(self, embeddings: FloatArray) -> FloatArray:
        if self._score is not ScoreKind.COSINE:
            return embeddings
        lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
        unit: FloatArray = embeddings / np.maximum(lengths, np.finfo(np.float32).tiny)
        return unit


def likeness(score: ScoreKind, probes: FloatArray, references: FloatArray) -> FloatArray:
    """Compare each of n probes with each of m references: (n, m), higher is more alike.

    Distances are computed from differences, not from products: two equal embeddings are at a distance of exactly zero.
    """
    match score:
        case ScoreKind.COSINE:
            cosines: FloatArray = probes @ references.T
            return cosines
        case ScoreKind.EUCLIDEAN_DISTANCE:
            scores = np.empty((len(probes), len(references)), dtype=np.float32)
            for row, probe in zip(scores, probes, strict=True):
                row[:] = -np.linalg.norm(references - probe, axis=1)
            return scores


def open_embedder(profile: ModelProfile, store: ModelStore, *, threads: int) -> Embedder:
    """Load the embedder of a profile from the store.

    Raises:
        ModelMissing: the store does not hold the file that the profile binds.
        ModelRefused: the file was altered, or cannot be run.
    """
    return Embedder(open_session(store.read(profile.embedder.file.sha256), threads=threads), profile)


def _view(chips_rgb: RgbChip, view: ChipView) -> RgbChip:
    """Chips (n, size, size, 3) as the embedder is to see them."""
    match view:
        case ChipView.AS_IS:
            return chips_rgb
        case ChipView.MIRRORED:
            return chips_rgb[:, :, ::-1]


def _pixels(chips_rgb: RgbChip, binding: EmbedderBinding) -> np.ndarray:
    """Chips (n, size, size, 3), red first, in the layout and colour order that the profile states."""
    ordered = chips_rgb if binding.colour_order is ColourOrder.RGB else chips_rgb[:, :, :, ::-1]
    match binding.layout:
        case PixelLayout.NHWC_UINT8:
            return np.ascontiguousarray(ordered)
        case PixelLayout.NCHW_FLOAT32:
            planes = ordered.transpose(0, 3, 1, 2).astype(np.float32)
            return np.ascontiguousarray((planes - np.float32(binding.mean)) * np.float32(binding.scale))
