"""The decoder: a child process that turns one source into frames in shared memory, and can be killed at any time.

    python -m edge.decoder DESCRIPTOR

speaks over the socket pair DESCRIPTOR (see `edge.decoder_messages`). The main thread decodes; a second one hands
over frames, so that the newest is handed over at once also while the next is being decoded. The process ends when the
other end of the socket closes, whatever the decoding does.
"""

import os
import signal
import socket
import sys
import threading
import time
from typing import Final

import numpy as np

from contracts.vocabulary import SourceKind
from edge.confinement import dump_no_core, end_with_parent, limit_memory
from edge.decoder_messages import (
    MAX_PACKET,
    NEXT_FRAME,
    DecoderOrder,
    FrameReady,
    Pace,
    RingMade,
    StreamOver,
    encode_message,
)
from edge.frame_ring import MAX_PIXELS, SLOTS, FrameRing
from edge.frame_sources import FrameSource, NotOpened, open_source
from edge.stream_state import StreamNote

_ADDRESS_SPACE: Final = 4 * 1024**3


class Handover:
    """Which slot belongs to whom. Its lock guards every field; the two threads meet here alone."""

    def __init__(self, channel: socket.socket, *, drops: bool) -> None:
        self._channel = channel
        self._drops = drops
        self._changed = threading.Condition()
        self._ready: FrameReady | None = None
        self._lent: int | None = None
        self._wanted = False
        self._dropped = 0
        self._closed = False

    def free_slot(self) -> int:
        """Return a slot that is neither ready nor lent."""
        with self._changed:
            taken = {self._lent, None if self._ready is None else self._ready.slot}
            return next(slot for slot in range(SLOTS) if slot not in taken)

    def offer(self, *, slot: int, number: int, stream_time_s: float) -> None:
        """Make a frame the newest. Where nothing may be dropped, wait until the one before it was taken."""
        with self._changed:
            if not self._drops:
                self._changed.wait_for(lambda: self._ready is None or self._closed)
            elif self._ready is not None:
                self._dropped += 1
            self._ready = FrameReady(slot=slot, number=number, stream_time_s=stream_time_s, dropped=self._dropped)
            self._changed.notify_all()
            self._hand_over()

    def wanted(self) -> None:
        """The worker gives its slot back and asks for a frame."""
        with self._changed:
            self._lent = None
            self._wanted = True
            self._hand_over()

    def new_ring(self, ring: FrameRing) -> None:
        """Tell the worker of a ring of another size; a frame of the old one that nobody took is dropped."""
        with self._changed:
            if not self._drops:
                self._changed.wait_for(lambda: self._ready is None or self._closed)
            elif self._ready is not None:
                self._dropped += 1
            self._ready = None
            self._lent = None
            message = encode_message(RingMade(height=ring.height, width=ring.width))
            socket.send_fds(self._channel, [message], [ring.descriptor])

    def over(self, note: StreamNote) -> None:
        """Say that no frame will come, after the last one was taken."""
        with self._changed:
            self._changed.wait_for(lambda: self._ready is None or self._closed, timeout=None)
            if not self._closed:
                self._channel.send(encode_message(StreamOver(note=note)))

    def close(self) -> None:
        """Wake whoever waits: the other side is gone."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _hand_over(self) -> None:
        if self._ready is None or not self._wanted:
            return
        self._channel.send(encode_message(self._ready))
        self._lent, self._ready, self._wanted = self._ready.slot, None, False
        self._changed.notify_all()


class Decoding:
    """One source, decoded into rings until it ends."""

    def __init__(self, source: FrameSource, handover: Handover, *, order: DecoderOrder) -> None:
        self._source = source
        self._handover = handover
        self._real_time = order.pace is Pace.REAL_TIME
        self._ring: FrameRing | None = None
        self._started: float | None = None

    def run(self) -> StreamNote:
        """Decode to the end and say why it ended."""
        number = 0
        while self._source.advance():
            slot = self._handover.free_slot()
            offered = None if self._ring is None else self._ring.slot(slot)
            image = self._source.picture(offered)
            if image is None:
                continue
            if image.size > MAX_PIXELS * 3:
                return StreamNote.TOO_LARGE
            if offered is None or image.shape != offered.shape:
                offered = self._new_ring(image.shape[0], image.shape[1]).slot(slot)
            if not np.shares_memory(image, offered):
                offered[:] = image
            self._handover.offer(slot=slot, number=number, stream_time_s=self._stream_time_s())
            number += 1
        return self._source.end_note()

    def _new_ring(self, height: int, width: int) -> FrameRing:
        old, self._ring = self._ring, FrameRing.create(height=height, width=width)
        self._handover.new_ring(self._ring)
        if old is not None:
            old.close()
        return self._ring

    def _stream_time_s(self) -> float:
        """Return the frame's time; where a recording is played in real time, wait until it is due."""
        now = time.monotonic()
        self._started = now if self._started is None else self._started
        by_source = self._source.stream_time_s()
        if by_source is None:
            return now - self._started
        if self._real_time:
            time.sleep(max(0.0, self._started + by_source - now))
        return by_source


def main(descriptor: int) -> None:
    """Decode what the first packet orders."""
    _confine()
    channel = socket.socket(fileno=descriptor)
    packet = channel.recv(MAX_PACKET)
    if not packet:
        return
    order = DecoderOrder.from_bytes(packet)
    live = order.kind not in (SourceKind.FILE, SourceKind.FOLDER)
    handover = Handover(channel, drops=live or order.pace is Pace.REAL_TIME)
    threading.Thread(target=_answer, args=(channel, handover), daemon=True).start()
    try:
        note = Decoding(open_source(order), handover, order=order).run()
    except NotOpened as error:
        note = error.note
    handover.over(note)
    # The worker reads the last packet, closes its end, and `_answer` ends this process.
    threading.Event().wait()


def _answer(channel: socket.socket, handover: Handover) -> None:
    """Serve the worker until its end closes, then end the process at once, also out of a hanging library call."""
    try:
        while channel.recv(MAX_PACKET) == NEXT_FRAME:
            handover.wanted()
    except OSError:
        pass
    os._exit(0)


def _confine() -> None:
    """Die with the parent, dump no core, take no more memory than any stream needs."""
    end_with_parent(signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    dump_no_core()
    limit_memory(_ADDRESS_SPACE)


if __name__ == "__main__":
    main(int(sys.argv[1]))
