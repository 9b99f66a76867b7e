"""The worker's side of one decoder: start it, take its newest frame, end it."""

import os
import secrets
import select
import socket
import subprocess
import sys
import time
from datetime import datetime
from typing import Final, Protocol

from edge.decoder_messages import (
    MAX_PACKET,
    NEXT_FRAME,
    DecoderOrder,
    FrameReady,
    RingMade,
    StreamOver,
    decode_message,
)
from edge.frame_ring import MAX_PIXELS, FrameRing
from edge.masks import FrameStamp, RawFrame
from edge.stream_state import StreamNote

#: Nothing of this process's environment reaches the decoder but what it needs. FFmpeg and OpenCV are told to say
#: nothing, because what they say names the source.
_ENVIRONMENT: Final = {
    "LANG": "C.UTF-8",
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
    "OPENCV_FFMPEG_THREADS": "1",
    "OPENCV_IO_MAX_IMAGE_PIXELS": str(MAX_PIXELS),
    "OPENCV_LOG_LEVEL": "SILENT",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}


class Decoder(Protocol):
    """What capture needs of a decoder; tests have one without a process."""

    @property
    def dropped(self) -> int:
        """Frames dropped so far because nobody took them."""
        ...

    def next_frame(self, wait_s: float, now: datetime) -> RawFrame | StreamOver | None:
        """Give back the frame before and take the newest; None where none came in this time."""
        ...

    def kill(self) -> None:
        """End it at once, whatever it does, and overwrite the frames it shared."""
        ...


class DecoderProcess:
    """One running decoder child. Owned by the thread that made it: the child dies with that thread."""

    def __init__(self, order: DecoderOrder) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._channel = ours
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  # our own program, without a shell
                [sys.executable, "-I", "-m", "edge.decoder", str(theirs.fileno())],
                env=_ENVIRONMENT,
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        self._session = secrets.token_hex(16)
        self._ring: FrameRing | None = None
        self._asked = False
        self.dropped = 0
        self._send(order.to_bytes())

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    def next_frame(self, wait_s: float, now: datetime) -> RawFrame | StreamOver | None:
        """Give back the frame before and take the newest; None where none came in this time."""
        if not self._asked:
            self._asked = self._send(NEXT_FRAME)
        deadline = time.monotonic() + wait_s
        while (left := deadline - time.monotonic()) > 0 or wait_s == 0:
            if not self._has_word_within(max(left, 0)):
                return None
            answer = self._receive(now)
            if answer is not None:
                return answer
        return None

    def kill(self) -> None:
        """End the child with SIGKILL and overwrite the frames it shared."""
        self._process.kill()
        self._process.wait()
        self._channel.close()
        if self._ring is not None:
            self._ring.wipe()
            self._ring.close()
            self._ring = None

    def _has_word_within(self, seconds: float) -> bool:
        # `poll`, and not `select`, which knows no descriptor above 1023.
        channel = select.poll()
        channel.register(self._channel, select.POLLIN)
        return bool(channel.poll(seconds * 1000))

    def _send(self, packet: bytes) -> bool:
        try:
            self._channel.send(packet)
        except OSError:
            # The child is gone; the next receive finds the channel closed and says so.
            return False
        return True

    def _receive(self, now: datetime) -> RawFrame | StreamOver | None:
        try:
            packet, descriptors, _, _ = socket.recv_fds(self._channel, MAX_PACKET, 1)
        except OSError:
            packet, descriptors = b"", []
        message = decode_message(packet)
        match message:
            case RingMade() if len(descriptors) == 1:
                self._take_ring(message, descriptors[0])
                return None
            case FrameReady() if self._ring is not None:
                return self._take_frame(message, self._ring, now)
            case StreamOver():
                return message
            case _:
                for descriptor in descriptors:
                    os.close(descriptor)
                return StreamOver(note=StreamNote.DECODER_DIED)

    def _take_ring(self, message: RingMade, descriptor: int) -> None:
        if self._ring is not None:
            self._ring.wipe()
            self._ring.close()
        self._ring = FrameRing(descriptor=descriptor, height=message.height, width=message.width)

    def _take_frame(self, message: FrameReady, ring: FrameRing, now: datetime) -> RawFrame:
        self._asked = False
        self.dropped = message.dropped
        stamp = FrameStamp(
            session=self._session,
            number=message.number,
            stream_time_s=message.stream_time_s,
            captured_at=now,
        )
        return RawFrame(stamp=stamp, unmasked_bgr=ring.slot(message.slot))
