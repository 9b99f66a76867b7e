"""A probe: up to five crops of one track, on their way from an edge worker to the matcher of the same site.

It crosses a Unix domain socket, in memory, and is never written anywhere (law.md C3). Layout of the bytes: four bytes
(big-endian) length of a canonical JSON head, the head, then the crops' pixels in order, blue, green, red, row by row.
"""

import struct
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from contracts.canonical import decode, encode
from contracts.errors import Malformed
from contracts.fields import Fields, format_instant
from contracts.vocabulary import CameraId

MAX_CROPS: Final = 5
MAX_SIDE: Final = 1024
"""A crop is at most this many pixels wide and high: the edge makes larger ones smaller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeCrop:
    """One crop of a face with margin. Coordinates are pixels of this crop; `pixels_bgr` is height x width x 3 bytes.

    `landmarks_xy` are the profile's five points, `quality` is 0 (poor) to 1 (good), `stream_time` seconds of the media.
    """

    width: int
    height: int
    box_xyxy: tuple[float, float, float, float]
    landmarks_xy: tuple[tuple[float, float], ...]
    quality: float
    face_size_px: float
    stream_time: float
    pixels_bgr: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.pixels_bgr) != self.width * self.height * 3:
            raise Malformed("A crop's pixels do not fill its width and height.")

    def to_json(self) -> dict[str, object]:
        """Return all but the pixels as a JSON object."""
        return {
            "box_xyxy": list(self.box_xyxy),
            "face_size_px": self.face_size_px,
            "height": self.height,
            "landmarks_xy": [list(point) for point in self.landmarks_xy],
            "quality": self.quality,
            "stream_time": self.stream_time,
            "width": self.width,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What is compared now (ISO/IEC 2382-37, 37.03.14): the best crops of one track of one stream session."""

    camera_id: CameraId
    session: str
    track: int
    captured_at: datetime
    stream_time: float
    crops: tuple[ProbeCrop, ...]

    def to_bytes(self) -> bytes:
        """Return the bytes that cross the socket."""
        head = encode(
            {
                "camera_id": self.camera_id,
                "captured_at": format_instant(self.captured_at),
                "crops": [crop.to_json() for crop in self.crops],
                "kind": "insyn/probe/1",
                "session": self.session,
                "stream_time": self.stream_time,
                "track": self.track,
            }
        )
        return b"".join([struct.pack(">I", len(head)), head, *(crop.pixels_bgr for crop in self.crops)])

    @classmethod
    def from_bytes(cls, data: bytes) -> "Probe":
        """Read a probe.

        Raises:
            Malformed: it is not one, has no crop or more than five, or its pixels are missing or too many.
        """
        if len(data) < 4:
            raise Malformed("This probe ends before it begins.")
        (length,) = struct.unpack(">I", data[:4])
        fields = Fields(decode(data[4 : 4 + length]), "probe")
        fields.kind("insyn/probe/1")
        pixels = _Pixels(data[4 + length :])
        probe = cls(
            camera_id=CameraId(fields.identifier("camera_id")),
            session=fields.identifier("session"),
            track=fields.integer("track", minimum=0, maximum=2**53 - 1),
            captured_at=fields.instant("captured_at"),
            stream_time=fields.number("stream_time", minimum=0, maximum=1e12),
            crops=fields.items("crops", pixels.crop),
        )
        fields.end()
        pixels.end()
        if not 1 <= len(probe.crops) <= MAX_CROPS:
            raise Malformed(f"A probe has 1 to {MAX_CROPS} crops.")
        return probe


class _Pixels:
    """The rest of a probe's bytes, handed out crop by crop."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def crop(self, value: object) -> ProbeCrop:
        fields = Fields(value, "crop")
        width = fields.integer("width", minimum=1, maximum=MAX_SIDE)
        height = fields.integer("height", minimum=1, maximum=MAX_SIDE)
        crop = ProbeCrop(
            width=width,
            height=height,
            box_xyxy=_box(fields.items("box_xyxy", _number)),
            landmarks_xy=fields.items("landmarks_xy", _point),
            quality=fields.number("quality", minimum=0, maximum=1),
            face_size_px=fields.number("face_size_px", minimum=0, maximum=1e5),
            stream_time=fields.number("stream_time", minimum=0, maximum=1e12),
            pixels_bgr=self._take(width * height * 3),
        )
        fields.end()
        if len(crop.landmarks_xy) != 5:
            raise Malformed("A crop has five landmarks.")
        return crop

    def _take(self, count: int) -> bytes:
        piece = self._data[self._at : self._at + count]
        self._at += count
        return piece

    def end(self) -> None:
        if self._at != len(self._data):
            raise Malformed("This probe has more or fewer pixels than its crops.")


def _number(value: object) -> float:
    return Fields({"value": value}, "list of numbers").number("value", minimum=-1e6, maximum=1e6)


def _box(values: tuple[float, ...]) -> tuple[float, float, float, float]:
    match values:
        case (x0, y0, x1, y1) if x0 < x1 and y0 < y1:
            return x0, y0, x1, y1
        case _:
            raise Malformed("A box is left, top, right and bottom, in this order.")


def _point(value: object) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise Malformed("A landmark is an x and a y.")
    return _number(value[0]), _number(value[1])
