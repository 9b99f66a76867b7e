"""What is measured on: the same pictures, faces and chips for every contender, laid down in one folder for a run.

    python -m benchmarks.speed.material FOLDER PROFILE...

locates the faces of the pictures with each profile's own models. It is a process of its own, so that no contender's
memory or threads are touched by it.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from benchmarks.errors import BenchmarkError
from benchmarks.speed.scenes import halved, scenes
from contracts.model_profile import ModelProfile
from matcher.embedding import open_embedder
from matcher.faces.detection import open_face_finder
from matcher.faces.face import BgrImage, DetectedFace
from matcher.models.shipped_profiles import shipped_profile
from matcher.models.store import ModelStore

CHIPS: Final = 8
_SCENES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """One run's folder: `models/` (a store), pictures as arrays, and the faces that each profile found in them."""

    folder: Path

    @property
    def store(self) -> ModelStore:
        """The model files of the profiles that are measured."""
        return ModelStore(self.folder)

    def frames(self, size: str) -> npt.NDArray[np.uint8]:
        """Return the pictures (n, height, width, 3), blue first, of size `1280x720` or `640x360`."""
        frames: npt.NDArray[np.uint8] = np.load(self.folder / f"frames_{size}.npy")
        return frames

    def chips_rgb(self, profile: str) -> npt.NDArray[np.uint8]:
        """Return eight aligned chips (8, size, size, 3), red first."""
        chips: npt.NDArray[np.uint8] = np.load(self.folder / f"chips_{profile}.npy")
        return chips

    def faces(self, profile: str) -> list[DetectedFace]:
        """Return the faces that were found in the first picture of 1280 by 720."""
        told = json.loads((self.folder / f"faces_{profile}.json").read_bytes())
        return [_face(each) for each in told]

    def put_pictures(self, photographs: Sequence[BgrImage]) -> None:
        """Compose the pictures."""
        large = scenes(photographs, _SCENES)
        np.save(self.folder / "frames_1280x720.npy", np.stack(large))
        np.save(self.folder / "frames_640x360.npy", np.stack([halved(frame) for frame in large]))

    def put_faces(self, profile: ModelProfile) -> None:
        """Find the faces in all pictures; keep those of the first, and eight chips.

        Raises:
            BenchmarkError: there is no face in the first picture.
        """
        frames = self.frames("1280x720")
        finder = open_face_finder(profile, self.store, threads=1)
        found = [(frame, face) for frame in frames for face in finder.find(frame)]
        first = finder.find(frames[0])
        if not first:
            raise BenchmarkError(f"The detector of the profile {profile.name} finds no face in the pictures.")
        align = open_embedder(profile, self.store, threads=1).align
        chips = [align(frame, face.landmarks_xy) for frame, face in found if face.landmarks_xy is not None]
        repeated = [chips[at % len(chips)] for at in range(CHIPS)]
        np.save(self.folder / f"chips_{profile.name}.npy", np.stack(repeated))
        (self.folder / f"faces_{profile.name}.json").write_text(json.dumps([_told(face) for face in first]))


def _told(face: DetectedFace) -> dict[str, object]:
    points = [] if face.landmarks_xy is None else face.landmarks_xy.tolist()
    return {"box_xyxy": list(face.box_xyxy), "landmarks_xy": points, "score": face.detector_score}


def _face(told: dict[str, Any]) -> DetectedFace:
    left, top, right, bottom = told["box_xyxy"]
    return DetectedFace(
        box_xyxy=(left, top, right, bottom),
        detector_score=float(told["score"]),
        landmarks_xy=np.array(told["landmarks_xy"], np.float32),
    )


def main(folder: str, names: Sequence[str]) -> None:
    """Find the faces of each profile."""
    for name in names:
        Material(folder=Path(folder)).put_faces(shipped_profile(name))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
