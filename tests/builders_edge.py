"""Videos with a real face, frames, permits and fake finders for the tests of the edge."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import skimage.data

from contracts.model_profile import LandmarkLayout
from edge.masks import FrameStamp, MaskedFrame, PrivacyMasks, RawFrame
from edge.pipeline import OpenedFinder
from matcher.faces.face import BgrImage, BoxXyxy, DetectedFace
from tests.builders_contracts import NOON

#: Where the astronaut's face lies in the photograph of 512 pixels.
FACE_XYXY = (173.0, 64.0, 277.0, 175.0)


@cache
def astronaut_bgr() -> BgrImage:
    """The photograph of an astronaut (NASA, public domain), 512 x 512."""
    return np.ascontiguousarray(skimage.data.astronaut()[:, :, ::-1])


@cache
def background(width: int, height: int) -> BgrImage:
    """A quiet wall with some structure, the same in every run."""
    rows, columns = np.mgrid[0:height, 0:width]
    grey = 110 + 25 * np.sin(columns / 90) + 15 * np.sin(rows / 60) + 10 * ((columns // 160 + rows // 120) % 2)
    return np.repeat(grey[:, :, None], 3, axis=2).astype(np.uint8)


def scene(width: int, height: int, people: Sequence[tuple[float, float, float]]) -> BgrImage:
    """Draw the astronaut at each (left, top, scale) before the wall; parts may lie outside."""
    image = background(width, height).copy()
    for left, top, scale in people:
        # Head and shoulders: the rocket behind her stays out of the picture.
        person = cv2.resize(astronaut_bgr()[0:300, 100:350], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        move = np.float32([[1, 0, left], [0, 1, top]])
        drawn = cv2.warpAffine(person, move, (width, height), flags=cv2.INTER_LINEAR)
        where = cv2.warpAffine(np.full(person.shape[:2], 255, np.uint8), move, (width, height), flags=cv2.INTER_NEAREST)
        image[where > 0] = drawn[where > 0]
    return image


def write_video(path: Path, images: Sequence[BgrImage], *, fps: float = 25.0) -> Path:
    """Write pictures of one size as MPEG-4."""
    height, width = images[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, (width, height))
    for image in images:
        writer.write(image)
    writer.release()
    return path


def a_walk(*, seconds: float, width: int, height: int, scale: float, fps: float = 25.0) -> list[BgrImage]:
    """The astronaut crosses the picture from left to right in this time."""
    count = round(seconds * fps)
    reach = width + 250 * scale
    return [
        scene(width, height, [(-250 * scale + reach * index / count, height * 0.2, scale)]) for index in range(count)
    ]


def a_raw_frame(
    image_bgr: BgrImage, *, number: int = 0, at_s: float | None = None, session: str = "aa", now: datetime = NOON
) -> RawFrame:
    """A frame as a decoder would hand it over."""
    stream_time_s = number / 25 if at_s is None else at_s
    stamp = FrameStamp(session=session, number=number, stream_time_s=stream_time_s, captured_at=now)
    return RawFrame(stamp=stamp, unmasked_bgr=image_bgr)


def a_frame(image_bgr: BgrImage, *, number: int = 0, at_s: float | None = None, session: str = "aa") -> MaskedFrame:
    """A frame without masks, painted as every frame is."""
    return PrivacyMasks([]).paint(a_raw_frame(image_bgr, number=number, at_s=at_s, session=session))


def a_face(box: BoxXyxy, *, score: float = 1.0, turn: float = 0.0) -> DetectedFace:
    """A face with five plausible landmarks, in the ArcFace order; `turn` moves the nose aside."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    nose = 0.5 + 0.4 * turn
    fractions = np.array([[0.3, 0.4], [0.7, 0.4], [nose, 0.6], [0.35, 0.8], [0.65, 0.8]], np.float32)
    points = fractions * np.array([width, height], np.float32) + np.array([left, top], np.float32)
    return DetectedFace(box_xyxy=box, detector_score=score, landmarks_xy=points.astype(np.float32))


class ScriptedFinder:
    """Answers each search with what a function of the call's number says, and counts the calls."""

    def __init__(self, answer: Callable[[int], Sequence[DetectedFace]]) -> None:
        self._answer = answer
        self.calls = 0

    def find_within(self, image_bgr: BgrImage, region_xyxy: tuple[int, int, int, int]) -> Sequence[DetectedFace]:
        """Return the scripted faces whose centre lies in the region."""
        self.calls += 1
        left, top, right, bottom = region_xyxy
        return [
            face
            for face in self._answer(self.calls - 1)
            if left <= (face.box_xyxy[0] + face.box_xyxy[2]) / 2 < right
            and top <= (face.box_xyxy[1] + face.box_xyxy[3]) / 2 < bottom
        ]

    def open(self) -> OpenedFinder:
        """Hand it over as a pipeline opens one."""
        return OpenedFinder(finder=self, layout=LandmarkLayout.EYES_NOSE_MOUTH)
