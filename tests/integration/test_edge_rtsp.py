"""An RTSP camera, served by GStreamer where Debian's packages for it are installed."""

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.capture import Capture, CaptureLimits
from edge.decoder_messages import Pace
from edge.masks import PrivacyMasks
from edge.source import parse_source
from edge.stream_state import Backoff, StreamNote, StreamState

SYSTEM_PYTHON = Path("/usr/bin/python3")

SERVER = """
import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer
Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service("0")
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(
    "( videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=320,height=240,framerate=25/1 "
    "! jpegenc ! rtpjpegpay name=pay0 pt=26 audiotestsrc is-live=true ! alawenc ! rtppcmapay name=pay1 pt=8 )"
)
server.get_mount_points().add_factory("/door", factory)
server.attach(None)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
"""

REDIRECTING = """
import socket
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
while True:
    connection, _ = server.accept()
    connection.recv(4096)
    connection.sendall(b"RTSP/1.0 302 Moved\\r\\nCSeq: 1\\r\\nLocation: rtsp://127.0.0.1:9/x\\r\\n\\r\\n")
    connection.close()
"""


def serve(python: Path, code: str) -> Iterator[int]:
    server = subprocess.Popen([str(python), "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert server.stdout is not None
    try:
        line = server.stdout.readline()
        if not line.strip():
            pytest.skip("GStreamer's RTSP server is not installed: apt install gir1.2-gst-rtsp-server-1.0 python3-gi")
        yield int(line)
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


@pytest.fixture
def rtsp_port() -> Iterator[int]:
    if not SYSTEM_PYTHON.exists():
        pytest.skip("there is no /usr/bin/python3 with GStreamer's bindings")
    yield from serve(SYSTEM_PYTHON, SERVER)


@pytest.fixture
def redirecting_port() -> Iterator[int]:
    yield from serve(Path(sys.executable), REDIRECTING)


def a_capture(address: str) -> Capture:
    limits = CaptureLimits(open_timeout_s=8, read_timeout_s=3, backoff=Backoff(first_s=0.1, longest_s=0.5))
    return Capture(parse_source(address), pace=Pace.REAL_TIME, limits=limits, now=datetime.now(UTC))


@pytest.mark.slow
def test_an_rtsp_camera_streams_its_video(rtsp_port: int) -> None:
    capture = a_capture(f"rtsp://127.0.0.1:{rtsp_port}/door")
    times: list[float] = []
    deadline = time.monotonic() + 40
    try:
        while len(times) < 10:
            assert time.monotonic() < deadline, capture.status
            raw = capture.read(0.2, datetime.now(UTC))
            if raw is not None:
                frame = PrivacyMasks([]).paint(raw)
                assert frame.image_bgr.shape == (240, 320, 3)
                times.append(frame.stamp.stream_time_s)
        assert capture.status.state is StreamState.STREAMING
        assert times == sorted(times)
    finally:
        capture.close(datetime.now(UTC))


def test_an_rtsp_camera_that_redirects_is_refused(redirecting_port: int) -> None:
    capture = a_capture(f"rtsp://127.0.0.1:{redirecting_port}/door")
    deadline = time.monotonic() + 30
    try:
        while not capture.is_over:
            assert time.monotonic() < deadline, capture.status
            capture.read(0.2, datetime.now(UTC))
        assert (capture.status.state, capture.status.note) == (StreamState.REFUSED, StreamNote.REDIRECTED)
    finally:
        capture.close(datetime.now(UTC))
