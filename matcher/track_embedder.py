"""From a probe's crops to one template by the profile's models, and the door in front of those models."""

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from contracts.clock import Moment
from contracts.model_profile import ComparisonRule
from contracts.permits import Permit
from contracts.probe import ProbeCrop
from contracts.volunteer_run import VerifiedVolunteerRun
from matcher.errors import MatcherError
from matcher.faces.face import BgrImage, FloatArray, RgbChip
from matcher.fusion import Fusion, fuse
from matcher.gate import ProbeEmbedder
from matcher.wiping import wipe_array


class NoAuthority(MatcherError):
    """The models were asked for without an authorisation that is live."""


class ChipEmbedder(Protocol):
    """Cuts chips and embeds them: `matcher.embedding.Embedder`."""

    def align(self, image_bgr: BgrImage, landmarks_xy: FloatArray) -> RgbChip:
        """Cut the chip that `embed` takes."""
        ...

    def embed(self, chips_rgb: Sequence[RgbChip]) -> FloatArray:
        """Return one embedding for each chip, (n, d) float32."""
        ...


class TrackEmbedder:
    """Aligns, embeds and fuses the crops of one track, and overwrites everything on the way. Not thread-safe."""

    def __init__(self, embedder: ChipEmbedder, rule: ComparisonRule) -> None:
        self._embedder = embedder
        self._rule = rule

    @property
    def rule(self) -> ComparisonRule:
        """The profile's decision."""
        return self._rule

    def embed(self, crops: Sequence[ProbeCrop]) -> Fusion:
        """Return the template of a track's crops; the caller overwrites it."""
        chips = [self._chip(crop) for crop in crops]
        vectors = self._embedder.embed(chips)
        try:
            return fuse(vectors, [crop.quality for crop in crops], self._rule)
        finally:
            wipe_array(vectors)
            for chip in chips:
                wipe_array(chip)
            self._wash(chips)

    def _chip(self, crop: ProbeCrop) -> RgbChip:
        image = np.frombuffer(crop.pixels_bgr, np.uint8).reshape(crop.height, crop.width, 3)
        return self._embedder.align(image, np.asarray(crop.landmarks_xy, np.float32))

    def _wash(self, blank_chips: Sequence[RgbChip]) -> None:
        """Run the same shapes through the models once more, empty.

        numpy keeps small blocks for the next array of the same size, beyond the reach of an allocator that overwrites
        what is freed, and the embedder's own intermediate results were in them. The next call of the same shape
        overwrites them: so it is made at once, with nobody in it. It costs as much again as the embedding.
        """
        wipe_array(self._embedder.embed(blank_chips))


class ModelDoor:
    """The models of one profile: loaded once, and only for somebody who shows a live authority (invariant 1)."""

    def __init__(self, load: Callable[[], ProbeEmbedder], clocks: Callable[[], Moment]) -> None:
        self._load = load
        self._clocks = clocks
        self._models: ProbeEmbedder | None = None
        self._lock = threading.Lock()

    @property
    def is_open(self) -> bool:
        """Whether models are loaded."""
        return self._models is not None

    def open(self, permit: Permit) -> ProbeEmbedder:
        """Return the models, loading them the first time.

        Raises:
            NoAuthority: the authorisation is not live at this moment.
            ModelMissing, ModelRefused: the model file is not there or not what its hash says.
        """
        return self._opened(permit)

    def open_for_volunteers(self, run: VerifiedVolunteerRun) -> ProbeEmbedder:
        """Return the models to look for volunteers alone (law.md C16), as `open` does for a warrant or a search.

        Raises:
            NoAuthority: the run is not live at this moment.
            ModelMissing, ModelRefused: the model file is not there or not what its hash says.
        """
        return self._opened(run)

    def _opened(self, authority: Permit | VerifiedVolunteerRun) -> ProbeEmbedder:
        if not authority.standing(authority.camera.camera_id, self._clocks()).live:
            raise NoAuthority("No model is loaded without a live authorisation.")
        with self._lock:
            if self._models is None:
                self._models = self._load()
            return self._models
