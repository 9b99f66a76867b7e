"""Which sources there are, who may open them, and what FFmpeg may speak for each."""

from pathlib import Path

import pytest

from contracts.vocabulary import SourceKind
from edge.decoding_rules import capture_options
from edge.errors import SourceRefused
from edge.source import CameraSource, may_open, parse_source


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("0", SourceKind.DEVICE),
        ("rtsp://10.0.0.1/stream", SourceKind.RTSP),
        ("RTSPS://camera.example:322/a", SourceKind.RTSPS),
        ("http://[::1]:8080/mjpeg", SourceKind.HTTP),
        ("https://user:secret@camera.example/x", SourceKind.HTTPS),
        ("missing.mp4", SourceKind.FILE),
    ],
)
def test_sources_are_told_apart_by_how_they_are_written(text: str, kind: SourceKind) -> None:
    assert parse_source(text).kind is kind


def test_a_folder_is_a_folder(tmp_path: Path) -> None:
    assert parse_source(str(tmp_path)).kind is SourceKind.FOLDER


@pytest.mark.parametrize(
    "text",
    [
        "",
        "64",
        "a\nb.mp4",
        "file:///etc/passwd",
        "ftp://example.org/x.mp4",
        "udp://239.0.0.1:1234",
        "concat:a.mp4|b.mp4",
        "pipe:0",
        "data:video/mp4;base64,AAAA",
        "crypto:file.mp4",
        "rtmp://example.org/live",
        "gopher://example.org/",
        "http://",
        "http://exa mple/",
        "http://example.org:99999/",
        "http://example.org:0/",
        "rtsp://host|protocol_whitelist;all/",
        "http://-example.org/",
        "x" * 3000,
    ],
)
def test_every_other_scheme_and_malformed_address_is_refused(text: str) -> None:
    with pytest.raises(SourceRefused):
        parse_source(text)


@pytest.mark.parametrize(
    "text", ["0", "recording.mp4", "http://127.0.0.1:9/x", "rtsp://localhost/x", "http://[::1]/x", "http://127.8.9.1/"]
)
def test_under_demo_keys_local_sources_may_be_opened(text: str) -> None:
    assert may_open(parse_source(text), local_only=True)


@pytest.mark.parametrize(
    "text",
    [
        "http://10.0.0.1/x",
        "rtsp://camera.example/x",
        "http://127.0.0.1.example.org/x",
        "http://localhost.example.org/x",
        "https://0.0.0.0/x",
        "http://[::ffff:8.8.8.8]/",
        "http://2130706433/",
    ],
)
def test_under_demo_keys_no_other_address_may_be_opened(text: str) -> None:
    source = parse_source(text)
    assert not may_open(source, local_only=True)
    assert may_open(source, local_only=False)


def test_a_source_never_shows_its_location() -> None:
    source = parse_source("rtsp://user:secret@camera.example/door")
    assert "secret" not in repr(source)
    assert "camera.example" not in repr(source)


def test_refusals_never_show_the_location() -> None:
    with pytest.raises(SourceRefused) as refused:
        parse_source("ftp://user:secret@camera.example/door")
    assert "camera" not in str(refused.value).replace("camera's", "")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "kind", [SourceKind.FILE, SourceKind.HTTP, SourceKind.HTTPS, SourceKind.RTSP, SourceKind.RTSPS]
)
def test_every_kind_that_ffmpeg_reads_has_closed_lists(kind: SourceKind) -> None:
    options = dict(pair.split(";", 1) for pair in capture_options(kind).split("|"))
    protocols = set(options["protocol_whitelist"].split(","))
    formats = set(options["format_whitelist"].split(","))
    assert not protocols & {"concat", "crypto", "data", "hls", "pipe", "subfile", "udp"}
    assert not formats & {"hls", "concat", "sdp", "image2", "dash", "lavfi", "live_flv"}
    assert ("file" in protocols) == (kind is SourceKind.FILE)


def test_http_follows_no_redirect() -> None:
    assert "max_redirects;0" in capture_options(SourceKind.HTTP)


def test_rtsp_asks_for_video_alone() -> None:
    assert "allowed_media_types;video" in capture_options(SourceKind.RTSP)


def test_a_device_is_live_and_a_recording_is_not() -> None:
    assert CameraSource(kind=SourceKind.DEVICE, location="0").is_live
    assert not CameraSource(kind=SourceKind.FILE, location="/x").is_live
