"""One camera's stream, kept alive: opened, watched, killed when it stalls, opened again after a jittered wait.

`Capture.read` never blocks longer than it is told, never raises for anything the camera does, and never queues:
of a live source it returns the newest frame. What it returns is a `RawFrame`, which only `edge.masks` can open.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from edge.decoder_messages import DecoderOrder, Pace, StreamOver
from edge.decoder_process import Decoder, DecoderProcess
from edge.masks import RawFrame
from edge.source import CameraSource
from edge.stream_state import Backoff, StreamNote, StreamState, StreamStatus

#: Trying again cannot help: the source itself has to be corrected.
_REFUSALS = frozenset(
    {
        StreamNote.EMPTY_FILE,
        StreamNote.MISSING_FILE,
        StreamNote.NO_IMAGES,
        StreamNote.NOT_A_VIDEO,
        StreamNote.NOT_REGULAR,
        StreamNote.REDIRECTED,
        StreamNote.TOO_LARGE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureLimits:
    """How long a source may take. The decoder's own limits end it politely, the watchdog ends it in any case."""

    open_timeout_s: float = 10.0
    read_timeout_s: float = 5.0
    grace_s: float = 2.0
    backoff: Backoff = field(default_factory=Backoff)
    images_per_second: float = 1.0


class Capture:
    """The stream of one source. `status` is always true; owned by one thread."""

    def __init__(
        self,
        source: CameraSource,
        *,
        pace: Pace,
        limits: CaptureLimits,
        now: datetime,
        start: Callable[[DecoderOrder], Decoder] = DecoderProcess,
        monotonic: Callable[[], float] = time.monotonic,
        chance: random.Random | None = None,
    ) -> None:
        self._source = source
        self._limits = limits
        self._start = start
        self._monotonic = monotonic
        self._chance = chance or random.Random()  # noqa: S311  # it spreads cameras out, it guards nothing
        self._order = DecoderOrder(
            kind=source.kind,
            location=source.location,
            pace=pace,
            open_timeout_ms=round(limits.open_timeout_s * 1000),
            read_timeout_ms=round(limits.read_timeout_s * 1000),
            images_per_second=limits.images_per_second,
        )
        self._decoder: Decoder | None = None
        self._retry_at = monotonic()
        # Only time spent waiting counts: a worker that was busy itself does not make a stream stalled.
        self._silent_s = 0.0
        self._attempt = 0
        self._dropped_before = 0
        self._offset_s: float | None = 0.0
        self._last_s = (0.0, monotonic())
        self.status = StreamStatus(state=StreamState.CONNECTING, since=now, note=StreamNote.OPENING, attempt=0)

    @property
    def dropped(self) -> int:
        """Frames dropped so far because nobody took them in time."""
        return self._dropped_before + (self._decoder.dropped if self._decoder is not None else 0)

    @property
    def is_over(self) -> bool:
        """Whether no further frame will ever come."""
        return self.status.state in (StreamState.ENDED, StreamState.REFUSED)

    def read(self, wait_s: float, now: datetime) -> RawFrame | None:
        """Return the newest frame, or None where none came within `wait_s`; `status` says why.

        The frame before is given back by this call: its memory will hold another one.
        """
        if self.is_over:
            return None
        if self._decoder is None:
            left = self._retry_at - self._monotonic()
            if left > 0:
                time.sleep(min(left, wait_s))
                return None
            self._open(now)
        return self._take(wait_s, now)

    def close(self, now: datetime) -> None:
        """End the decoder; the stream has ended."""
        self._end_decoder()
        if not self.is_over:
            self._say(StreamState.ENDED, StreamNote.STOPPED, now)

    def refuse(self, note: StreamNote, now: datetime) -> None:
        """End the decoder for good: the source may not be read, and why."""
        self._end_decoder()
        self._say(StreamState.REFUSED, note, now)

    def _open(self, now: datetime) -> None:
        self._attempt += 1
        if self.status.state is not StreamState.RECONNECTING:
            self._say(StreamState.CONNECTING, StreamNote.OPENING, now)
        self._silent_s = 0.0
        self._decoder = self._start(self._order)

    def _take(self, wait_s: float, now: datetime) -> RawFrame | None:
        if self._decoder is None:
            return None
        asked = self._monotonic()
        answer = self._decoder.next_frame(wait_s, now)
        match answer:
            case RawFrame():
                self._attempt = 0
                self._silent_s = 0.0
                self._say(StreamState.STREAMING, StreamNote.FRAMES_ARRIVE, now)
                return self._on_one_clock(answer)
            case StreamOver():
                self._lost(answer.note, now)
            case None:
                self._silent_s += self._monotonic() - asked
                self._watch(now)
        return None

    def _on_one_clock(self, raw: RawFrame) -> RawFrame:
        """Let the stream's time run on over a reconnection: who was seen before and after it was seen so far apart."""
        before_s, before = self._last_s
        at = self._monotonic()
        if self._offset_s is None:
            self._offset_s = before_s + (at - before) - raw.stamp.stream_time_s
        if self._offset_s != 0.0:
            stamp = replace(raw.stamp, stream_time_s=raw.stamp.stream_time_s + self._offset_s)
            raw = replace(raw, stamp=stamp)
        self._last_s = (raw.stamp.stream_time_s, at)
        return raw

    def _watch(self, now: datetime) -> None:
        """Kill a decoder that has been silent longer than its own limits allow."""
        streaming = self.status.state is StreamState.STREAMING or self._attempt == 0
        allowed = self._limits.read_timeout_s if streaming else self._limits.open_timeout_s
        if self._silent_s >= allowed + self._limits.grace_s:
            self._lost(StreamNote.NO_FRAMES_CAME, now, state=StreamState.STALLED)

    def _lost(self, note: StreamNote, now: datetime, state: StreamState = StreamState.RECONNECTING) -> None:
        self._end_decoder()
        if note in _REFUSALS:
            self._say(StreamState.REFUSED, note, now)
        elif note in (StreamNote.FILE_AT_ITS_END, StreamNote.ENDED_EARLY):
            self._say(StreamState.ENDED, note, now)
        elif not self._source.is_live and self._attempt == 0:
            # A recording that was being read cannot be resumed where it stopped without losing who passed by.
            self._say(StreamState.ENDED, StreamNote.ENDED_EARLY, now)
        else:
            self._say(state, note, now)
            wait = self._limits.backoff.wait_s(max(self._attempt, 1), self._chance)
            self._retry_at = self._monotonic() + wait

    def _end_decoder(self) -> None:
        if self._decoder is not None:
            self._dropped_before += self._decoder.dropped
            self._decoder.kill()
            self._decoder = None
            # Where no frame came there is no time to go on from.
            self._offset_s = None if self._last_s[0] > 0 else 0.0

    def _say(self, state: StreamState, note: StreamNote, now: datetime) -> None:
        same = (self.status.state, self.status.note) == (state, note)
        since = self.status.since if same else now
        self.status = StreamStatus(state=state, since=since, note=note, attempt=self._attempt)
