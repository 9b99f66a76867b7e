"""Privacy masks: painted before anything else sees a frame, and the only door out of capture.

A `RawFrame` is what the decoder left in shared memory. `PrivacyMasks.paint` is the one function that opens it, and the
`MaskedFrame` it returns is what every other part of the edge takes; nothing else can make one.
"""

import math
from collections.abc import Sequence
from dataclasses import InitVar, dataclass, field
from datetime import datetime
from typing import Final

import cv2
import numpy as np

from contracts.camera import Point
from edge.errors import MaskRefused
from matcher.faces.face import BgrImage

_SUBPIXEL_BITS: Final = 4

#: Masks grow by this much on all sides, so that no rounding leaves a rim open.
_RIM_PIXELS: Final = 3

_ONLY_PAINT: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrameStamp:
    """When a frame was, and in which stream. `session` is random for each start of a decoder."""

    session: str
    number: int
    stream_time_s: float
    captured_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RawFrame:
    """A frame as decoded. Its picture lives in memory shared with the decoder until the next frame is asked for."""

    stamp: FrameStamp
    unmasked_bgr: BgrImage = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MaskedFrame:
    """A frame whose masks are painted. The picture is a view, valid until the next frame is asked for: copy to keep."""

    stamp: FrameStamp
    image_bgr: BgrImage = field(repr=False)
    # Not a field: a frame does not carry the token along, so `replace` cannot put an unmasked picture into it.
    _made_by: InitVar[object]

    def __post_init__(self, _made_by: object) -> None:
        if _made_by is not _ONLY_PAINT:
            raise TypeError("only edge.masks.PrivacyMasks.paint makes a MaskedFrame")

    @property
    def height(self) -> int:
        """Rows of the picture."""
        return int(self.image_bgr.shape[0])

    @property
    def width(self) -> int:
        """Columns of the picture."""
        return int(self.image_bgr.shape[1])


class PrivacyMasks:
    """The masks of one camera's signed record, as polygons in fractions of the picture."""

    def __init__(self, polygons: Sequence[Sequence[Point]]) -> None:
        """Take the polygons.

        Raises:
            MaskRefused: one of them is none, or lies outside of the picture.
        """
        for polygon in polygons:
            _require_polygon(polygon)
        self._polygons = tuple(tuple(polygon) for polygon in polygons)

    def paint(self, raw: RawFrame) -> MaskedFrame:
        """Paint every mask black, in the decoder's own memory, and hand the frame on."""
        image = raw.unmasked_bgr
        height, width = image.shape[:2]
        for polygon in self._polygons:
            # Pixel i covers [i, i + 1) of the picture, and its centre is at i + 0.5.
            scaled = [((x * width - 0.5) * 16, (y * height - 0.5) * 16) for x, y in polygon]
            points = np.rint(np.array(scaled)).astype(np.int32)
            cv2.fillPoly(image, [points], (0, 0, 0), lineType=cv2.LINE_8, shift=_SUBPIXEL_BITS)
            cv2.polylines(image, [points], isClosed=True, color=(0, 0, 0), thickness=_RIM_PIXELS, shift=_SUBPIXEL_BITS)
        return MaskedFrame(stamp=raw.stamp, image_bgr=image, _made_by=_ONLY_PAINT)


def _require_polygon(polygon: Sequence[Point]) -> None:
    if len(polygon) < 3:
        raise MaskRefused("A privacy mask has fewer than three corners; correct the camera's record.")
    if not all(math.isfinite(part) and 0 <= part <= 1 for point in polygon for part in point):
        raise MaskRefused("A privacy mask has a corner outside of the picture; correct the camera's record.")
