"""Bad sources, bad authorisations, a full disk and kill -9, as whoever runs an edge worker meets them."""

import json
import os
import signal
import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import psutil
import pytest

from contracts.clock import Moment, read_clocks
from contracts.signature import Purpose, SigningKey
from contracts.vocabulary import SourceKind
from edge.worker_exit import WorkerExit
from matcher.models.shipped_profiles import shipped_profile
from matcher.models.store import ModelStore
from tests.builders_contracts import CAMERA, SITE, a_camera, a_warrant, an_ask, an_authorisation
from tests.builders_edge import a_walk, background, write_video
from tests.integration.test_edge_capture import a_camera_server
from tests.integration.test_edge_worker import (
    KEYS,
    PROFILE_SHA256,
    Lent,
    StandIn,
    a_matcher,
    lend,
    lines_of,
    settings_for,
    start,
    wait_for,
)

pytestmark = pytest.mark.slow

ROOT: Final = Path(__file__).parents[2]
SECRET: Final = "platform-nine"
"""A word of every path here; no log line may hold it."""


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory, built_models: ModelStore) -> Iterator[Path]:
    """A data folder whose matcher lends an authorisation for one camera. A socket's path must be short."""
    made = tmp_path_factory.mktemp("e") / "h"
    (made / "run").mkdir(parents=True)
    (made / "models").mkdir()
    for sha256 in built_models.stored():
        (made / "models" / f"{sha256}.onnx").symlink_to(built_models.path(sha256).absolute())
    KEYS.pin_in(made)
    server = StandIn(made / "run" / f"matcher-{SITE}.sock", lambda: [lend(camera=a_camera(source_kind=kind_of(made)))])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


def kind_of(home: Path) -> SourceKind:
    """Say what kind of source the camera's signed record names: a test that reads a folder leaves a mark."""
    return SourceKind.FOLDER if (home / "reads-a-folder").exists() else SourceKind.FILE


def edge_run(home: Path, source: Path | str) -> tuple[int, str]:
    """Run `insyn edge run` to its end; return its exit status and what a person sees on standard error."""
    command = [sys.executable, "-m", "insyn", "edge", "run", "--camera", str(source)]
    ran = subprocess.run(
        [*command, "--camera-id", CAMERA, "--site", SITE],
        env={**os.environ, "INSYN_HOME": str(home)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    log = (home / "logs" / f"edge-{CAMERA}.log").read_text()
    assert "Traceback" not in ran.stderr + ran.stdout + log
    assert SECRET not in log
    return ran.returncode, " ".join(ran.stderr.split())


def a_bad_source(folder: Path, damage: str) -> Path:
    path = folder / f"{SECRET}.mp4"
    match damage:
        case "empty":
            path.touch()
        case "truncated":
            whole = write_video(folder / "whole.mp4", [background(320, 240)] * 30).read_bytes()
            path.write_bytes(whole[: len(whole) // 2])
        case "corrupt":
            path.write_bytes(np.random.default_rng(1).bytes(50_000))
        case "folder of no pictures":
            path.mkdir()
            (path / "0.png").write_bytes(a_bomb())
            (path / "1.jpg").write_bytes(b"\xff\xd8\xff\xe0 and then nothing")
            (path / "2.png").touch()
        case "device file":
            path.symlink_to("/dev/null")
    return path


def a_bomb() -> bytes:
    """Return a PNG that says it is 60000 pixels square."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1_000_000))) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("missing", "There is no file at the configured path; check the camera's source."),
        ("empty", "The file is empty; put a recording in its place."),
        ("truncated", "The file holds no video that can be read; it is damaged, truncated or of a kind that is not"),
        ("corrupt", "The file holds no video that can be read; it is damaged, truncated or of a kind that is not"),
        ("folder of no pictures", "The folder holds no image that can be read (PNG or JPEG); put images in it."),
        ("device file", "The configured path is neither a file nor a folder of images."),
    ],
)
def test_a_bad_recording_ends_the_command_with_one_sentence(
    home: Path, tmp_path: Path, damage: str, sentence: str
) -> None:
    source = a_bad_source(tmp_path, damage)
    if source.is_dir():
        (home / "reads-a-folder").touch()
    status, said = edge_run(home, source)
    assert status == 1
    assert sentence in said


def test_a_recording_cut_short_is_read_as_far_as_it_goes_and_said_to_be_damaged(home: Path, tmp_path: Path) -> None:
    path = write_video(tmp_path / f"{SECRET}.avi", [background(320, 240)] * 60)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    status, said = edge_run(home, path)
    assert status == 0
    assert "truncated or damaged" in said


def test_weights_that_are_not_what_their_hash_says_end_the_command_with_one_sentence(
    home: Path, tmp_path: Path, built_models: ModelStore
) -> None:
    sha256 = shipped_profile().detector.file.sha256
    altered = bytearray(built_models.read(sha256))
    altered[-1] ^= 1
    (home / "models" / f"{sha256}.onnx").unlink()
    (home / "models" / f"{sha256}.onnx").write_bytes(altered)
    # Somebody has to move: without motion no detector is loaded.
    status, said = edge_run(home, write_video(tmp_path / "a.mp4", a_walk(seconds=1, width=320, height=240, scale=0.5)))
    assert status == 1
    assert "was altered on disk; delete it and add it again from its source" in said


def test_without_a_matcher_the_command_says_what_to_start(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "insyn", "edge", "run", "--camera", "0"],
        env={**os.environ, "INSYN_HOME": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 1
    assert "make run" in ran.stderr
    assert "Traceback" not in ran.stderr


def at(seconds: float, **changes: Any) -> Lent:
    """An authorisation as it was, or will be, that many seconds from now, by both clocks."""
    here = read_clocks()
    there = Moment(now=here.now + timedelta(seconds=seconds), boot=max(0.0, here.boot + seconds))
    warrant = a_warrant(now=changes.pop("warrant_now", there.now), profile_sha256=PROFILE_SHA256)
    return an_authorisation(KEYS, at=there, ask=an_ask(at=there), warrant=warrant, camera=a_camera())


def signed_by_a_stranger() -> Lent:
    unverified, ask = lend()
    stranger = SigningKey.generate().sign(Purpose.WARRANT, unverified.warrant.payload)
    return replace(unverified, warrant=stranger), ask


@pytest.mark.parametrize(
    ("why", "lends"),
    [
        ("expired", lambda: at(-61)),
        ("lease not yet valid", lambda: at(+3600)),
        ("warrant not yet valid", lambda: at(0, warrant_now=read_clocks().now + timedelta(days=30))),
        ("warrant expired", lambda: at(0, warrant_now=read_clocks().now - timedelta(days=30))),
        ("signed by an unknown key", signed_by_a_stranger),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_authorisation_opens_nothing_and_is_named(tmp_path: Path, why: str, lends: Callable[[], Lent]) -> None:
    """The others (another camera, one byte changed, another profile) are in `test_edge_worker`."""
    video = write_video(tmp_path / "a.mp4", [background(320, 240)] * 10)
    with a_matcher(tmp_path, lambda: [lends()]) as matcher:
        worker = start(tmp_path, str(video))
        wait_for(lambda: len(matcher.counts) >= 3)
        assert psutil.Process(worker.pid).children() == []
        worker.send_signal(signal.SIGTERM)
        said = lines_of(worker)
    assert worker.returncode == WorkerExit.ENDED
    assert matcher.probes == []
    refusals = [line["reason"] for line in said if line["event"] == "authorisation refused"]
    assert refusals, why
    assert refusals[0].endswith(".")
    assert all(line["frames_analysed"] == 0 for line in said if line["event"] == "edge state")


def test_a_camera_that_stalls_vanishes_and_comes_back_larger_is_followed_through_all_of_it(tmp_path: Path) -> None:
    record = a_camera(source_kind=SourceKind.HTTP)
    with a_matcher(tmp_path, lambda: [lend(KEYS, camera=record)]) as matcher, a_camera_server() as camera:
        camera.images = lambda number: background(320, 240) if number < 20 else None
        settings = {"report_every_s": "0.1", "read_timeout_s": "0.5", "open_timeout_s": "1"}
        worker = start(tmp_path, camera.address, site=KEYS, **settings)

        def states() -> list[str]:
            return [one.stream_state for one in matcher.counts]

        wait_for(lambda: "streaming" in states())
        wait_for(lambda: "stalled" in states() or "reconnecting" in states())
        camera.images = lambda _number: background(640, 480)
        with_hole = len(states())
        wait_for(lambda: "streaming" in states()[with_hole:])
        port = camera.server_port
        camera.ended.set()
        camera.shutdown()
        camera.server_close()
        gone = len(states())
        wait_for(lambda: "reconnecting" in states()[gone:])
        with a_camera_server(port) as again:
            again.images = lambda _number: background(320, 240)
            back = len(states())
            wait_for(lambda: "streaming" in states()[back:])
            worker.send_signal(signal.SIGTERM)
            said = lines_of(worker)
    assert worker.returncode == WorkerExit.ENDED
    notes = {line["note"] for line in said if line["event"] == "edge state"}
    assert all(note.endswith(".") for note in notes)
    assert "127.0.0.1" not in json.dumps(said)


def test_a_full_disk_under_the_log_loses_lines_and_nothing_else(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", [background(320, 240)] * 50)
    with a_matcher(tmp_path, lambda: [lend()]) as matcher, Path("/dev/full").open("wb") as full:
        environment = {"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1", **settings_for(tmp_path, str(video))}
        command = [sys.executable, "-m", "edge.worker"]
        ran = subprocess.run(command, env=environment, stdout=full, stderr=full, timeout=60, check=False)
        assert ran.returncode == WorkerExit.ENDED
        assert matcher.counts[-1].frames_analysed == 50


def files_under(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


@contextmanager
def a_worker_in(folder: Path, source: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker whose home, working and temporary folder are all `folder`."""
    told = {"HOME": str(folder), "TMPDIR": str(folder), "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    told |= {"PYTHONDONTWRITEBYTECODE": "1", **settings_for(folder, source, pace="real-time")}
    worker = subprocess.Popen(
        [sys.executable, "-m", "edge.worker"], env=told, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        yield worker
    finally:
        worker.kill()
        worker.communicate()


def test_a_worker_killed_midway_leaves_nothing_on_disk_and_starts_again(
    tmp_path: Path, built_models: ModelStore
) -> None:
    video = write_video(tmp_path / "a.mp4", a_walk(seconds=8, width=640, height=360, scale=1.05))
    with a_matcher(tmp_path, lambda: [lend()]) as matcher:
        settings_for(tmp_path, str(video))
        before = files_under(tmp_path)
        analysed: Sequence[int] = ()
        for _ in range(2):
            matcher.counts.clear()
            with a_worker_in(tmp_path, str(video)) as worker:
                wait_for(lambda: bool(matcher.counts) and matcher.counts[-1].tracks > 0)
                analysed = [*analysed, matcher.counts[-1].frames_analysed]
                children = psutil.Process(worker.pid).children()
                worker.kill()
                worker.wait()
                _, alive = psutil.wait_procs(children, timeout=10)
                assert children
                assert not alive
            assert files_under(tmp_path) == before
    assert all(count > 0 for count in analysed)
