"""Inside the decoder: where frames come from, as OpenCV reads them. Nothing here runs in the worker's own process."""

import os
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np

from contracts.vocabulary import SourceKind
from edge.decoder_messages import DecoderOrder
from edge.decoding_rules import capture_options
from edge.preflight import Redirected, check_address
from edge.stream_state import StreamNote
from matcher.faces.face import BgrImage

_IMAGE_SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png"})
_LARGEST_IMAGE_FILE: Final = 64 * 1024 * 1024


class NotOpened(Exception):
    """The source gives no frame, and why."""

    def __init__(self, note: StreamNote) -> None:
        super().__init__(note.value)
        self.note = note


class FrameSource(Protocol):
    """Frames in order: `advance`, then `picture`."""

    def advance(self) -> bool:
        """Move on to the next frame; False at the end."""
        ...

    def picture(self, into: BgrImage | None) -> BgrImage | None:
        """Return the frame it stands on: in the memory offered if it has that size, or in memory of its own."""
        ...

    def stream_time_s(self) -> float | None:
        """Seconds since the first frame by the source's own clock; None where it has none."""
        ...

    def end_note(self) -> StreamNote:
        """Say why there is no further frame."""
        ...


def open_source(order: DecoderOrder) -> FrameSource:
    """Open what was ordered.

    Raises:
        NotOpened: it gives no frame.
    """
    match order.kind:
        case SourceKind.FILE:
            return _open_file(order)
        case SourceKind.FOLDER:
            return ImageFolder(Path(order.location), images_per_second=order.images_per_second)
        case SourceKind.DEVICE:
            return VideoSource(cv2.VideoCapture(int(order.location), cv2.CAP_V4L2), is_file=False)
        case SourceKind.HTTP | SourceKind.HTTPS | SourceKind.RTSP | SourceKind.RTSPS:
            return _open_address(order)


def _open_file(order: DecoderOrder) -> FrameSource:
    path = Path(order.location)
    if not path.exists():
        raise NotOpened(StreamNote.MISSING_FILE)
    if not path.is_file():
        raise NotOpened(StreamNote.NOT_REGULAR)
    if path.stat().st_size == 0:
        raise NotOpened(StreamNote.EMPTY_FILE)
    return VideoSource(_open_with_ffmpeg(order, order.location, None), is_file=True)


def _open_address(order: DecoderOrder) -> FrameSource:
    try:
        bound = check_address(order.location, order.kind, timeout_s=order.open_timeout_ms / 1000)
    except Redirected as answer:
        raise NotOpened(StreamNote.REDIRECTED) from answer
    except OSError as error:
        raise NotOpened(StreamNote.CANNOT_OPEN) from error
    return VideoSource(_open_with_ffmpeg(order, bound.location, bound.host_header), is_file=False)


def _open_with_ffmpeg(order: DecoderOrder, location: str, host_header: str | None) -> cv2.VideoCapture:
    # OpenCV reads the options when a source is opened; this process opens one and ends with it.
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = capture_options(order.kind, host_header=host_header)
    limits = [
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
        order.open_timeout_ms,
        cv2.CAP_PROP_READ_TIMEOUT_MSEC,
        order.read_timeout_ms,
    ]
    return cv2.VideoCapture(location, cv2.CAP_FFMPEG, limits)


class VideoSource:
    """A recording, a camera device or a camera's address, read by OpenCV. Only its video is decoded."""

    def __init__(self, capture: cv2.VideoCapture, *, is_file: bool) -> None:
        if not capture.isOpened():
            raise NotOpened(StreamNote.NOT_A_VIDEO if is_file else StreamNote.CANNOT_OPEN)
        self._capture = capture
        self._is_file = is_file
        self._announced = capture.get(cv2.CAP_PROP_FRAME_COUNT) if is_file else 0.0
        self._frames = 0
        self._first_ms: float | None = None

    def advance(self) -> bool:
        """Decode the next frame. A frame that is damaged beyond decoding ends a live stream, which is then reopened."""
        if not self._capture.grab():
            return False
        if self._first_ms is None:
            self._first_ms = self._capture.get(cv2.CAP_PROP_POS_MSEC)
        self._frames += 1
        return True

    def picture(self, into: BgrImage | None) -> BgrImage | None:
        """Convert the frame, into the memory offered where the stream has not changed its size."""
        read, image = self._capture.retrieve(into)
        return image.astype(np.uint8, copy=False) if read else None

    def stream_time_s(self) -> float | None:
        """Seconds by the recording's time stamps."""
        if not self._is_file or self._first_ms is None:
            return None
        return max(0.0, self._capture.get(cv2.CAP_PROP_POS_MSEC) - self._first_ms) / 1000

    def end_note(self) -> StreamNote:
        """Tell a recording's end from its damage. Containers announce lengths that are off by a few frames."""
        if not self._is_file:
            return StreamNote.CONNECTION_ENDED
        if self._frames == 0:
            return StreamNote.NOT_A_VIDEO
        return StreamNote.ENDED_EARLY if self._frames < 0.9 * self._announced else StreamNote.FILE_AT_ITS_END


class ImageFolder:
    """The pictures of one folder in the order of their names, so many a second. What is no picture is passed over."""

    def __init__(self, folder: Path, *, images_per_second: float) -> None:
        self._paths = iter(sorted(path for path in folder.iterdir() if path.suffix.lower() in _IMAGE_SUFFIXES))
        self._interval_s = 1.0 / images_per_second
        self._image: BgrImage | None = None
        self._frames = 0

    def advance(self) -> bool:
        """Move on to the next file that is a picture."""
        for path in self._paths:
            self._image = _read_image(path)
            if self._image is not None:
                self._frames += 1
                return True
        return False

    def picture(self, into: BgrImage | None) -> BgrImage | None:  # noqa: ARG002  # the protocol's
        """Return the picture in its own memory."""
        return self._image

    def stream_time_s(self) -> float | None:
        """Seconds by the rate that was asked for."""
        return (self._frames - 1) * self._interval_s

    def end_note(self) -> StreamNote:
        """Say whether there was any picture."""
        return StreamNote.FILE_AT_ITS_END if self._frames else StreamNote.NO_IMAGES


def _read_image(path: Path) -> BgrImage | None:
    if not path.is_file() or not 0 < path.stat().st_size <= _LARGEST_IMAGE_FILE:
        return None
    try:
        # OpenCV turns the picture as its EXIF record says, and refuses bombs by OPENCV_IO_MAX_IMAGE_PIXELS.
        image: BgrImage | None = cv2.imread(str(path), cv2.IMREAD_COLOR)  # type: ignore[assignment]  # cv2 says ndarray of any number
    except cv2.error:
        return None
    return image
