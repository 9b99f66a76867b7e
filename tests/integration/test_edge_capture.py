"""Capture with its real decoder: recordings, folders and HTTP cameras, good and bad."""

import http.server
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil
import pytest

from edge.capture import Capture, CaptureLimits
from edge.decoder_messages import Pace
from edge.decoder_process import DecoderProcess
from edge.masks import PrivacyMasks
from edge.source import parse_source
from edge.stream_state import Backoff, StreamNote, StreamState
from tests.builders_edge import background, write_video

LIMITS = CaptureLimits(
    open_timeout_s=3, read_timeout_s=1, grace_s=0.5, backoff=Backoff(first_s=0.05, longest_s=0.2), images_per_second=2
)
BOUNDARY = b"frame"

#: A camera that is to send this ends the connection instead.
END = np.zeros((0, 0, 3), np.uint8)


def numbered(count: int, width: int = 160, height: int = 120) -> list[np.ndarray]:
    """Pictures whose brightness tells their number."""
    return [np.full((height, width, 3), 20 + 4 * index, np.uint8) for index in range(count)]


class Seen:
    """What a capture handed over: shapes, times and the mean grey of each frame."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []
        self.times: list[float] = []
        self.greys: list[float] = []
        self.sessions: list[str] = []
        self.states: list[StreamState] = []


def watch(
    capture: Capture, seen: Seen, until: Callable[[], bool], *, seconds: float = 25.0, pause_s: float = 0.0
) -> Seen:
    """Read until a condition holds."""
    deadline = time.monotonic() + seconds
    masks = PrivacyMasks([])
    while not until():
        assert time.monotonic() < deadline, f"gave up in state {capture.status.state}: {capture.status.note}"
        raw = capture.read(0.1, datetime.now(UTC))
        if not seen.states or seen.states[-1] is not capture.status.state:
            seen.states.append(capture.status.state)
        if raw is not None:
            frame = masks.paint(raw)
            seen.shapes.append(frame.image_bgr.shape)
            seen.times.append(frame.stamp.stream_time_s)
            seen.greys.append(float(frame.image_bgr.mean()))
            seen.sessions.append(frame.stamp.session)
            # Wait as a busy worker would; the test does not depend on how long.
            time.sleep(pause_s)
    return seen


@contextmanager
def capturing(source: str, *, pace: Pace = Pace.CONSUMER, limits: CaptureLimits = LIMITS) -> Iterator[Capture]:
    capture = Capture(parse_source(source), pace=pace, limits=limits, now=datetime.now(UTC))
    try:
        yield capture
    finally:
        capture.close(datetime.now(UTC))


def read_all(source: Path, **more: Any) -> tuple[Seen, Capture]:
    with capturing(str(source), **more) as capture:
        return watch(capture, Seen(), lambda: capture.is_over), capture


def test_a_recording_paced_by_its_consumer_loses_no_frame(tmp_path: Path) -> None:
    seen, capture = read_all(write_video(tmp_path / "a.mp4", numbered(40)))
    assert len(seen.greys) == 40
    assert capture.dropped == 0
    assert seen.times == pytest.approx([index / 25 for index in range(40)], abs=0.001)
    assert np.argsort(seen.greys).tolist() == list(range(40))
    assert (capture.status.state, capture.status.note) == (StreamState.ENDED, StreamNote.FILE_AT_ITS_END)


@pytest.mark.slow
def test_a_recording_in_real_time_takes_its_time_and_drops_what_is_not_taken(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", numbered(50))
    began = time.monotonic()
    with capturing(str(path), pace=Pace.REAL_TIME) as capture:
        seen = watch(capture, Seen(), lambda: capture.is_over, pause_s=0.2)
    assert time.monotonic() - began >= 1.9
    assert capture.dropped > 10
    assert len(seen.greys) + capture.dropped == 50
    assert seen.times == sorted(seen.times)


def test_a_folder_of_images_is_read_in_order_and_other_files_are_passed_over(tmp_path: Path) -> None:
    for index, image in enumerate(numbered(3)):
        cv2.imwrite(str(tmp_path / f"{index}.png"), image)
    cv2.imwrite(str(tmp_path / "3.jpg"), np.full((200, 300, 3), 90, np.uint8))
    (tmp_path / "0a.png").write_bytes(b"not a picture")
    (tmp_path / "0b.png").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("nothing")
    seen, capture = read_all(tmp_path)
    assert seen.shapes == [(120, 160, 3)] * 3 + [(200, 300, 3)]
    assert seen.times == [0.0, 0.5, 1.0, 1.5]
    assert capture.status.state is StreamState.ENDED


def _bomb(path: Path) -> None:
    """A PNG that says it is 60000 pixels square."""
    import struct  # noqa: PLC0415  # only the bomb needs them
    import zlib  # noqa: PLC0415

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(bytes(1_000_000)))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + body + chunk(b"IEND", b""))


def test_a_decompression_bomb_is_no_picture(tmp_path: Path) -> None:
    _bomb(tmp_path / "0.png")
    _, capture = read_all(tmp_path)
    assert (capture.status.state, capture.status.note) == (StreamState.REFUSED, StreamNote.NO_IMAGES)


@pytest.mark.parametrize("damage", ["missing", "empty", "truncated", "noise", "text", "folder"])
def test_a_bad_recording_is_one_clear_sentence_without_its_path(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "secret-name.mp4"
    whole = write_video(tmp_path / "whole.mp4", numbered(20)).read_bytes()
    match damage:
        case "empty":
            path.touch()
        case "truncated":
            path.write_bytes(whole[: len(whole) // 2])
        case "noise":
            path.write_bytes(np.random.default_rng(1).bytes(50_000))
        case "text":
            path.write_text("this is no video\n" * 100)
        case "folder":
            path.mkdir()
    seen, capture = read_all(path)
    expected = {
        "missing": StreamNote.MISSING_FILE,
        "empty": StreamNote.EMPTY_FILE,
        "folder": StreamNote.NO_IMAGES,
    }
    assert capture.status.state is StreamState.REFUSED
    assert capture.status.note is expected.get(damage, StreamNote.NOT_A_VIDEO)
    assert "secret-name" not in capture.status.note.value
    assert seen.greys == []


def test_a_recording_cut_short_is_read_as_far_as_it_goes_and_says_so(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.avi", [background(320, 240)] * 60)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    seen, capture = read_all(path)
    assert 0 < len(seen.greys) < 60
    assert capture.status.state is StreamState.ENDED


@pytest.mark.parametrize("trick", ["m3u8", "ffconcat", "mp4-that-is-a-playlist", "sdp"])
def test_a_playlist_that_points_elsewhere_is_refused(tmp_path: Path, trick: str) -> None:
    write_video(tmp_path / "real.mp4", numbered(10))
    playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nreal.mp4\n#EXT-X-ENDLIST\n"
    files = {
        "m3u8": ("list.m3u8", playlist),
        "ffconcat": ("list.ffconcat", "ffconcat version 1.0\nfile real.mp4\n"),
        "mp4-that-is-a-playlist": ("list.mp4", playlist),
        "sdp": ("list.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"),
    }
    name, content = files[trick]
    (tmp_path / name).write_text(content)
    seen, capture = read_all(tmp_path / name)
    assert seen.greys == []
    assert capture.status.state is StreamState.REFUSED


class Camera(http.server.ThreadingHTTPServer):
    """An HTTP camera that sends MJPEG; what it does can be changed while it runs."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _CameraHandler)
        self.paths: list[str] = []
        self.images: Callable[[int], np.ndarray | None] = lambda number: numbered(50)[number % 50]
        self.period_s = 0.02
        self.ended = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/video"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A decoder that goes away is no error of the camera's."""


class _CameraHandler(http.server.BaseHTTPRequestHandler):
    server: Camera

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "/video")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY.decode()}")
        self.end_headers()
        number = 0
        while not self.server.ended.wait(self.server.period_s):
            image = self.server.images(number)
            if image is None:
                self.server.ended.wait(60)
                return
            if image.size == 0:
                return
            jpeg = cv2.imencode(".jpg", image)[1].tobytes()
            head = b"--%s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % (BOUNDARY, len(jpeg))
            try:
                self.wfile.write(head + jpeg + b"\r\n")
            except OSError:
                return
            number += 1


@contextmanager
def a_camera_server(port: int = 0) -> Iterator[Camera]:
    server = Camera(port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


def test_an_http_camera_streams_newest_first_and_drops_what_is_not_taken() -> None:
    with a_camera_server() as camera, capturing(camera.address) as capture:
        watch(capture, Seen(), lambda: capture.dropped >= 5, pause_s=0.15)
        assert capture.status.state is StreamState.STREAMING


def test_a_camera_that_changes_its_resolution_goes_on_and_has_the_new_one_when_reopened() -> None:
    with a_camera_server() as camera, capturing(camera.address) as capture:
        # OpenCV scales a stream to the size it was opened with; a mask in fractions of the picture still fits.
        sizes = [background(320, 240), background(640, 480), END]
        # Each opening makes two requests, of which the first only asks whether it redirects.
        camera.images = lambda number: sizes[min(number // 12, 2)] if len(camera.paths) <= 2 else sizes[1]
        seen = Seen()
        watch(capture, seen, lambda: len(set(seen.sessions)) == 2)
        first = {
            shape for shape, session in zip(seen.shapes, seen.sessions, strict=True) if session == seen.sessions[0]
        }
        assert first == {(240, 320, 3)}
        assert seen.shapes[-1] == (480, 640, 3)
        assert seen.greys[-1] == pytest.approx(background(640, 480).mean(), abs=3)


@pytest.mark.slow
def test_a_camera_that_stops_sending_is_seen_as_stalled_and_reopened() -> None:
    with a_camera_server() as camera, capturing(camera.address) as capture:
        camera.images = lambda number: background(160, 120) if number < 5 else None
        seen = Seen()
        watch(capture, seen, lambda: len(set(seen.sessions)) >= 2)
        assert StreamState.STALLED in seen.states or StreamState.RECONNECTING in seen.states


@pytest.mark.slow
def test_a_camera_that_accepts_and_says_nothing_does_not_hang_the_worker() -> None:
    import socket  # noqa: PLC0415  # only here

    with socket.create_server(("127.0.0.1", 0)) as silent:
        limits = CaptureLimits(open_timeout_s=0.5, read_timeout_s=0.5, grace_s=0.3, backoff=Backoff(first_s=0.05))
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/x"
        with capturing(address, limits=limits) as capture:
            began = time.monotonic()
            watch(capture, Seen(), lambda: capture.status.state in (StreamState.RECONNECTING, StreamState.STALLED))
            assert time.monotonic() - began < 10


@pytest.mark.slow
def test_a_camera_that_vanishes_comes_back_by_itself() -> None:
    seen = Seen()
    with a_camera_server() as camera:
        port = camera.server_port
        capture = Capture(parse_source(camera.address), pace=Pace.REAL_TIME, limits=LIMITS, now=datetime.now(UTC))
        watch(capture, seen, lambda: len(seen.greys) >= 3)
    try:
        watch(capture, seen, lambda: capture.status.state is StreamState.RECONNECTING and capture.status.attempt > 1)
        with a_camera_server(port):
            watch(capture, seen, lambda: capture.status.state is StreamState.STREAMING)
        assert len(set(seen.sessions)) == 2
    finally:
        capture.close(datetime.now(UTC))


def test_a_redirect_is_refused_and_not_followed() -> None:
    with a_camera_server() as camera, capturing(camera.address.replace("/video", "/redirect")) as capture:
        watch(capture, Seen(), lambda: capture.is_over)
        assert (capture.status.state, capture.status.note) == (StreamState.REFUSED, StreamNote.REDIRECTED)
        assert set(camera.paths) == {"/redirect"}


def test_a_redirect_that_comes_only_to_the_second_request_is_not_followed_either() -> None:
    with a_camera_server() as camera:
        handled = _CameraHandler.do_GET

        class Sly(_CameraHandler):
            def do_GET(self) -> None:
                if len(self.server.paths) % 2 == 1:
                    self.path = "/redirect"
                handled(self)

        camera.RequestHandlerClass = Sly
        with capturing(camera.address) as capture:
            seen = Seen()
            watch(capture, seen, lambda: capture.status.attempt >= 2 or bool(seen.greys))
        assert seen.greys == []
        assert camera.paths[:3] == ["/video", "/redirect", "/video"]


def test_a_killed_decoder_is_started_again_and_its_frames_are_overwritten() -> None:
    with a_camera_server() as camera, capturing(camera.address) as capture:
        seen = Seen()
        watch(capture, seen, lambda: len(seen.greys) >= 2)
        decoder = capture._decoder
        assert isinstance(decoder, DecoderProcess)
        ring = decoder._ring
        assert ring is not None
        view = ring.slot(0).base
        os.kill(decoder.pid, signal.SIGKILL)
        watch(capture, seen, lambda: len(set(seen.sessions)) == 2)
        assert StreamState.RECONNECTING in seen.states
        assert isinstance(view, np.ndarray)
        assert not view.any()


@pytest.mark.slow
def test_a_decoder_stopped_in_its_tracks_is_killed_by_the_watchdog() -> None:
    with a_camera_server() as camera, capturing(camera.address) as capture:
        seen = Seen()
        watch(capture, seen, lambda: len(seen.greys) >= 2)
        decoder = capture._decoder
        assert isinstance(decoder, DecoderProcess)
        os.kill(decoder.pid, signal.SIGSTOP)
        watch(capture, seen, lambda: capture.status.state is StreamState.STALLED)
        assert not psutil.pid_exists(decoder.pid)


def test_the_location_is_in_no_argument_and_no_environment_of_the_decoder(tmp_path: Path) -> None:
    path = write_video(tmp_path / "secret-name.mp4", numbered(10))
    with capturing(str(path)) as capture:
        watch(capture, seen := Seen(), lambda: len(seen.greys) >= 1)
        decoder = capture._decoder
        assert isinstance(decoder, DecoderProcess)
        process = psutil.Process(decoder.pid)
        assert "secret-name" not in " ".join(process.cmdline())
        assert "secret-name" not in str(process.environ())


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_no_decoder_survives_its_worker(tmp_path: Path, end: signal.Signals) -> None:
    path = write_video(tmp_path / "a.mp4", numbered(10))
    code = (
        "import sys, time\n"
        "from edge.decoder_messages import DecoderOrder, Pace\n"
        "from edge.decoder_process import DecoderProcess\n"
        "from contracts.vocabulary import SourceKind\n"
        f"order = DecoderOrder(kind=SourceKind.FILE, location={str(path)!r}, pace=Pace.CONSUMER,\n"
        "    open_timeout_ms=1000, read_timeout_ms=1000, images_per_second=1.0)\n"
        "print(DecoderProcess(order).pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    worker = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    decoder = psutil.Process(int(worker.stdout.readline()))
    worker.send_signal(end)
    worker.wait()
    worker.stdout.close()
    gone, alive = psutil.wait_procs([decoder], timeout=10)
    assert gone
    assert not alive
