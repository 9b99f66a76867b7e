"""The same work done by dlib and, where it is installed, by the library `face_recognition` that wraps it.

Imported in a contender's process alone, so that their libraries and threads are in no other.
"""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks.errors import RivalMissing
from benchmarks.speed.material import Material
from benchmarks.speed.stages import Contender, Part, Stage
from benchmarks.speed.work import Work
from contracts.model_profile import ChipView
from matcher.faces.face import BoxXyxy, DetectedFace, RgbChip
from matcher.models.dlib_weights import sources
from matcher.models.shipped_profiles import shipped_profile

_MODULES = {Contender.DLIB: "dlib", Contender.FACE_RECOGNITION: "face_recognition"}


def missing(rival: Contender) -> str | None:
    """Say in one sentence that a rival is not installed, or return None where it is."""
    if find_spec(_MODULES[rival]) is not None:
        return None
    if rival is Contender.DLIB:
        return "The package dlib-bin is not installed, so nothing is compared with dlib; `make test` installs it."
    return "The library face_recognition is not installed, so it is not measured; the extra `library` builds it."


def open_rival(rival: Contender, stage: Stage, material: Material) -> Work:
    """Make a rival's stage ready.

    Raises:
        RivalMissing: it is not installed, or has no such stage.
    """
    sentence = missing(rival)
    if sentence is not None:
        raise RivalMissing(sentence)
    stages = _dlib_stages() if rival is Contender.DLIB else _library_stages()
    if stage.part not in stages:
        raise RivalMissing(f"{rival.value} has no stage like {stage.name}.")
    return stages[stage.part](stage, material)


def _dlib_stages() -> dict[Part, Callable[[Stage, Material], Work]]:
    return {
        Part.DETECTION: _dlib_detection,
        Part.LANDMARKS: _dlib_landmarks,
        Part.ALIGNMENT: _dlib_alignment,
        Part.EMBEDDING: _dlib_embedding,
    }


def _library_stages() -> dict[Part, Callable[[Stage, Material], Work]]:
    return {Part.DETECTION: _library_detection, Part.EMBEDDING: _library_embedding}


def _dlib_detection(stage: Stage, material: Material) -> Work:
    import dlib  # noqa: PLC0415  # an extra that may be missing

    detector = dlib.cnn_face_detection_model_v1(str(sources.locate(sources.DETECTOR)))
    frame_rgb = _rgb(material.frames(stage.size)[0])
    return Work(call=lambda: _drop(detector(frame_rgb, 0)))


def _dlib_landmarks(_stage: Stage, material: Material) -> Work:
    import dlib  # noqa: PLC0415  # an extra that may be missing

    predictor = dlib.shape_predictor(str(sources.locate(sources.LANDMARKS)))
    frame_rgb = _rgb(material.frames("1280x720")[0])
    box = _rectangle(dlib, _faces(_stage, material)[0].box_xyxy)
    return Work(call=lambda: _drop(predictor(frame_rgb, box)))


def _dlib_alignment(stage: Stage, material: Material) -> Work:
    import dlib  # noqa: PLC0415  # an extra that may be missing

    predictor = dlib.shape_predictor(str(sources.locate(sources.LANDMARKS)))
    frame_rgb = _rgb(material.frames("1280x720")[0])
    shapes = [predictor(frame_rgb, _rectangle(dlib, face.box_xyxy)) for face in _faces(stage, material)]
    return Work(
        call=lambda: _drop([dlib.get_face_chip(frame_rgb, shape, 150, 0.25) for shape in shapes]), units=len(shapes)
    )


def _dlib_embedding(stage: Stage, material: Material) -> Work:
    import dlib  # noqa: PLC0415  # an extra that may be missing

    model = dlib.face_recognition_model_v1(str(sources.locate(sources.EMBEDDER)))
    chips = list(material.chips_rgb(stage.profile)[: int(stage.size)])
    seen = [_seen(chip, view) for chip in chips for view in shipped_profile(stage.profile).embedder.views]
    if len(seen) == 1:
        return Work(call=lambda: _drop(model.compute_face_descriptor(seen[0], 0)))
    return Work(call=lambda: _drop(model.compute_face_descriptor(seen, 0)), units=len(chips))


def _seen(chip_rgb: RgbChip, view: ChipView) -> RgbChip:
    return chip_rgb if view is ChipView.AS_IS else np.ascontiguousarray(chip_rgb[:, ::-1])


def _library_detection(stage: Stage, material: Material) -> Work:
    import face_recognition  # noqa: PLC0415  # an extra that may be missing

    frame_rgb = _rgb(material.frames(stage.size)[0])
    return Work(call=lambda: _drop(face_recognition.face_locations(frame_rgb, 0, "cnn")))


def _library_embedding(stage: Stage, material: Material) -> Work:
    """`face_encodings` locates landmarks and cuts the chip too: it offers nothing less; and it has no mirrored view."""
    import face_recognition  # noqa: PLC0415  # an extra that may be missing

    frame_rgb = _rgb(material.frames("1280x720")[0])
    left, top, right, bottom = (round(side) for side in _faces(stage, material)[0].box_xyxy)
    place = [(top, right, bottom, left)]
    return Work(call=lambda: _drop(face_recognition.face_encodings(frame_rgb, place, 1, "small")))


def _faces(stage: Stage, material: Material) -> list[DetectedFace]:
    return material.faces(stage.profile)


def _rectangle(dlib: Any, box: BoxXyxy) -> Any:
    # dlib's corners are pixels inside the box, ours end one pixel later.
    left, top, right, bottom = (round(side) for side in box)
    return dlib.rectangle(left, top, right - 1, bottom - 1)


def _rgb(frame_bgr: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(frame_bgr[:, :, ::-1])


def _drop(result: object) -> None:
    del result
