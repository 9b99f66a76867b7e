"""The states of a stream, with a decoder that is a script instead of a process."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.vocabulary import SourceKind
from edge.capture import Capture, CaptureLimits
from edge.decoder_messages import DecoderOrder, Pace, StreamOver, decode_message, encode_message
from edge.masks import RawFrame
from edge.source import CameraSource
from edge.stream_state import Backoff, StreamNote, StreamState
from tests.builders_contracts import NOON
from tests.builders_edge import a_raw_frame

FRAME = a_raw_frame(np.zeros((4, 4, 3), np.uint8))
LIVE = CameraSource(kind=SourceKind.RTSP, location="rtsp://camera.invalid/x")
CHANCE = random.Random(1)  # noqa: S311  # it guards nothing
RECORDING = CameraSource(kind=SourceKind.FILE, location="/recording.mp4")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class ScriptedDecoder:
    def __init__(self, clock: Clock, script: Sequence[RawFrame | StreamOver | None]) -> None:
        self._clock = clock
        self._script = list(script)
        self.dropped = 3
        self.killed = False

    def next_frame(self, wait_s: float, now: datetime) -> RawFrame | StreamOver | None:
        answer = self._script.pop(0) if self._script else None
        if answer is None:
            self._clock.now += wait_s
        return answer

    def kill(self) -> None:
        self.killed = True


def a_capture(
    source: CameraSource, *scripts: Sequence[RawFrame | StreamOver | None]
) -> tuple[Capture, Clock, list[ScriptedDecoder]]:
    clock = Clock()
    waiting = [ScriptedDecoder(clock, script) for script in scripts]
    started: list[ScriptedDecoder] = []

    def start(order: DecoderOrder) -> ScriptedDecoder:
        started.append(waiting.pop(0))
        return started[-1]

    limits = CaptureLimits(open_timeout_s=10, read_timeout_s=5, grace_s=1, backoff=Backoff(first_s=0.0, longest_s=0.0))
    capture = Capture(source, pace=Pace.REAL_TIME, limits=limits, now=NOON, start=start, monotonic=clock, chance=CHANCE)
    return capture, clock, started


def read_until(capture: Capture, reached: Callable[[], bool], reads: int = 200) -> None:
    for _ in range(reads):
        capture.read(0.5, NOON)
        if reached():
            return
    raise AssertionError(f"stayed {capture.status.state}")


def test_a_stream_begins_connecting_and_streams_with_its_first_frame() -> None:
    capture, _, _ = a_capture(LIVE, [None, FRAME])
    assert capture.status.state is StreamState.CONNECTING
    assert capture.read(0.5, NOON) is None
    assert capture.read(0.5, NOON) is FRAME
    assert capture.status.state is StreamState.STREAMING


def test_a_decoder_that_falls_silent_is_killed_and_started_again() -> None:
    capture, _, started = a_capture(LIVE, [FRAME], [FRAME])
    capture.read(0.5, NOON)
    read_until(capture, lambda: capture.status.state is StreamState.STALLED)
    assert started[0].killed
    assert capture.status.note is StreamNote.NO_FRAMES_CAME
    read_until(capture, lambda: capture.status.state is StreamState.STREAMING)
    assert len(started) == 2


def test_a_slow_worker_does_not_make_a_stream_stalled() -> None:
    capture, clock, started = a_capture(LIVE, [FRAME, None, FRAME])
    capture.read(0.5, NOON)
    clock.now += 600
    capture.read(0.5, NOON)
    assert capture.status.state is StreamState.STREAMING
    assert not started[0].killed


def test_a_vanished_camera_is_tried_again_and_counted() -> None:
    gone = StreamOver(note=StreamNote.CANNOT_OPEN)
    capture, _, _ = a_capture(LIVE, [gone], [gone], [FRAME])
    capture.read(0.5, NOON)
    assert capture.status.state is StreamState.RECONNECTING
    read_until(capture, lambda: capture.status.attempt == 2)
    read_until(capture, lambda: capture.status.state is StreamState.STREAMING)
    assert capture.status.attempt == 0


def test_drops_are_counted_over_reconnections() -> None:
    capture, _, _ = a_capture(LIVE, [FRAME, StreamOver(note=StreamNote.CONNECTION_ENDED)], [FRAME])
    capture.read(0.5, NOON)
    capture.read(0.5, NOON)
    read_until(capture, lambda: capture.status.state is StreamState.STREAMING)
    assert capture.dropped == 6


@pytest.mark.parametrize(
    "note", [StreamNote.REDIRECTED, StreamNote.NOT_A_VIDEO, StreamNote.EMPTY_FILE, StreamNote.MISSING_FILE]
)
def test_what_trying_again_cannot_mend_is_refused_for_good(note: StreamNote) -> None:
    capture, _, started = a_capture(LIVE, [StreamOver(note=note)])
    capture.read(0.5, NOON)
    assert capture.status.state is StreamState.REFUSED
    assert capture.is_over
    assert capture.read(0.5, NOON) is None
    assert started[0].killed


def test_a_recording_whose_decoder_dies_midway_ends_and_says_so() -> None:
    capture, _, _ = a_capture(RECORDING, [FRAME, StreamOver(note=StreamNote.DECODER_DIED)])
    capture.read(0.5, NOON)
    capture.read(0.5, NOON)
    assert (capture.status.state, capture.status.note) == (StreamState.ENDED, StreamNote.ENDED_EARLY)


def test_closing_ends_the_decoder() -> None:
    capture, _, started = a_capture(LIVE, [FRAME])
    capture.read(0.5, NOON)
    capture.close(NOON)
    assert started[0].killed
    assert capture.status.state is StreamState.ENDED


@given(attempt=st.integers(-5, 10_000), chance=st.randoms())
def test_waits_grow_to_their_limit_and_are_never_longer(attempt: int, chance: random.Random) -> None:
    wait = Backoff(first_s=0.5, longest_s=30).wait_s(attempt, chance)
    assert 0.25 <= wait <= 30


@given(st.binary(max_size=200))
def test_whatever_a_decoder_says_is_a_message_or_nothing(packet: bytes) -> None:
    decode_message(packet)


def test_messages_survive_the_way() -> None:
    over = StreamOver(note=StreamNote.TOO_LARGE)
    assert decode_message(encode_message(over)) == over


def test_the_streams_time_runs_on_over_a_reconnection() -> None:
    black = np.zeros((4, 4, 3), np.uint8)
    first = [a_raw_frame(black, at_s=0.0), a_raw_frame(black, at_s=7.0)]
    again = [a_raw_frame(black, at_s=0.0), a_raw_frame(black, at_s=2.0)]
    capture, clock, _ = a_capture(LIVE, [*first, StreamOver(note=StreamNote.CONNECTION_ENDED)], again)
    times = []
    for _ in range(5):
        raw = capture.read(0.5, NOON)
        if raw is None:
            clock.now += 20
        else:
            times.append(raw.stamp.stream_time_s)
    assert times == [0.0, 7.0, 27.0, 29.0]
