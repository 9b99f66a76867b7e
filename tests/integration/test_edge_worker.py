"""A whole edge worker as its own process: a real face in a video, the real models, and a stand-in for the matcher."""

import http.server
import json
import os
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import psutil
import pytest

from contracts.authorisation import LeaseAsk, UnverifiedAuthorisation
from contracts.camera import CameraRecord
from contracts.clock import read_clocks
from contracts.lent_run import UnverifiedVolunteerRun
from contracts.probe import Probe
from contracts.site_report import CameraCounts
from contracts.vocabulary import SourceKind
from edge.supervisor import Supervisor, WorkerPlan
from edge.worker_exit import WorkerExit
from matcher.models.shipped_profiles import shipped_profile
from matcher.models.store import ModelStore
from tests.builders_contracts import (
    CAMERA,
    SITE,
    TrustedSite,
    a_camera,
    a_trusted_site,
    a_warrant,
    an_ask,
    an_authorisation,
)
from tests.builders_edge import a_walk, background, write_video
from tests.builders_lent_runs import a_list_of_this_moment
from tests.builders_volunteers import a_sealed_volunteer

Lent = tuple[UnverifiedAuthorisation, LeaseAsk]
LentRun = tuple[UnverifiedVolunteerRun, LeaseAsk]

KEYS: Final = a_trusted_site(demo=True)
"""As the shipped profiles are: any other keys refuse them (P4)."""
PROFILE_SHA256: Final = shipped_profile().profile_sha256


def lend(site: TrustedSite = KEYS, *, camera: CameraRecord | None = None, **changes: Any) -> Lent:
    """An authorisation of this very moment, as a matcher hands it on."""
    at = read_clocks()
    warrant = a_warrant(now=at.now, demo=site.demo, profile_sha256=changes.pop("profile_sha256", PROFILE_SHA256))
    return an_authorisation(site, at=at, ask=an_ask(at=at), warrant=warrant, camera=camera or a_camera(), **changes)


def lend_a_run(**run: Any) -> LentRun:
    """A volunteers' run on a site that is closed now, as a matcher hands it on."""
    sealed = [a_sealed_volunteer(KEYS)]
    run = {"profile_sha256": PROFILE_SHA256, **run}
    unverified, _, ask = a_list_of_this_moment(KEYS, sealed, read_clocks(), run=run)
    return unverified, ask


class StandIn(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """A matcher's socket: lends what it is told to, takes probes and counts, compares nothing."""

    daemon_threads = True

    def __init__(self, path: Path, lends: Callable[[], Sequence[Lent]]) -> None:
        super().__init__(str(path), _Handler)
        self.lends = lends
        self.lends_runs: Callable[[], Sequence[LentRun]] = list
        self.probes: list[Probe] = []
        self.counts: list[CameraCounts] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A worker that was killed is no error of the matcher's."""


class _Handler(http.server.BaseHTTPRequestHandler):
    server: StandIn
    protocol_version = "HTTP/1.1"

    def address_string(self) -> str:
        return "worker"

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        if self.path == f"/runs/{CAMERA}":
            runs = [{"ask": ask.to_json(), "run": unverified.to_json()} for unverified, ask in self.server.lends_runs()]
            self._answer(200, json.dumps({"runs": runs}).encode())
            return
        lent = self.server.lends() if self.path == f"/authorisations/{CAMERA}" else []
        listed = [{"ask": ask.to_json(), "authorisation": unverified.to_json()} for unverified, ask in lent]
        self._answer(200, json.dumps({"authorisations": listed}).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/probes":
            self.server.probes.append(Probe.from_bytes(body))
            self._answer(200, json.dumps({"compared": True, "reason": None}).encode())
        else:
            self.server.counts.append(CameraCounts.from_json(json.loads(body)))
            self._answer(200, b"{}")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def a_matcher(folder: Path, lends: Callable[[], Sequence[Lent]]) -> Iterator[StandIn]:
    server = StandIn(folder / "matcher.sock", lends)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def settings_for(folder: Path, source: str, *, site: TrustedSite = KEYS, **changes: str) -> dict[str, str]:
    site.pin_in(folder)
    told = {
        "site_id": SITE,
        "camera_id": CAMERA,
        "source": source,
        "matcher_socket": str(folder / "matcher.sock"),
        "trusted_keys": str(folder / "trust.json"),
        "home": os.environ.get("INSYN_HOME") or str(Path(__file__).parents[2] / "var"),
        "pace": "consumer",
        "renew_every_s": "0.2",
        "report_every_s": "0.5",
        "read_timeout_s": "2",
        **changes,
    }
    return {f"INSYN_EDGE_{name.upper()}": value for name, value in told.items()}


def start(folder: Path, source: str, **changes: Any) -> subprocess.Popen[str]:
    environment = {"PATH": os.environ["PATH"], **settings_for(folder, source, **changes)}
    return subprocess.Popen(
        [sys.executable, "-m", "edge.worker"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def lines_of(worker: subprocess.Popen[str], timeout: float = 40) -> list[dict[str, Any]]:
    try:
        out, errors = worker.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        worker.kill()
        out, errors = worker.communicate()
        pytest.fail(f"the worker did not end: {out[-500:]}")
    assert "Traceback" not in errors
    return [json.loads(line) for line in out.splitlines()]


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The astronaut crosses a picture of 640 x 360 once, her face about 110 pixels wide, then nobody."""
    images = a_walk(seconds=3, width=640, height=360, scale=1.05) + [background(640, 360)] * 40
    return write_video(tmp_path_factory.mktemp("video") / "secret-place.mp4", images)


@pytest.mark.slow
def test_a_passer_by_is_one_probe_of_a_real_face(tmp_path: Path, walk: Path, built_models: ModelStore) -> None:
    with a_matcher(tmp_path, lambda: [lend()]) as matcher:
        worker = start(tmp_path, str(walk))
        said = lines_of(worker)
        assert worker.returncode == WorkerExit.ENDED
        assert len(matcher.probes) == 1
        (probe,) = matcher.probes
        assert 2 <= len(probe.crops) <= 5
        for crop in probe.crops:
            assert crop.face_size_px >= 80
            pixels = np.frombuffer(crop.pixels_bgr, np.uint8).reshape(crop.height, crop.width, 3)
            assert pixels.std() > 20
        counts = matcher.counts[-1]
        assert counts.frames_read == counts.frames_analysed == 115
        assert counts.frames_dropped == 0
        assert counts.tracks == counts.probed + sum(number for _, number in counts.not_compared)
        assert counts.stream_state == "ended"
        assert [one.serial for one in matcher.counts] == list(range(1, len(matcher.counts) + 1))
    assert any(line["event"] == "edge state" and line["state"] == "streaming" for line in said)
    assert "secret-place" not in json.dumps(said)


@pytest.mark.slow
@pytest.mark.parametrize("why", ["nothing lent", "other profile", "one byte changed", "other camera", "no matcher"])
def test_without_an_authorisation_that_verifies_nothing_is_opened_and_time_is_counted(
    tmp_path: Path, walk: Path, why: str
) -> None:
    lends: dict[str, Callable[[], Sequence[Lent]]] = {
        "nothing lent": list,
        "other profile": lambda: [lend(profile_sha256="0" * 64)],
        "one byte changed": lambda: [_with_one_byte_changed(lend())],
        "other camera": lambda: [lend(camera=a_camera(camera_id="camera-2"))],
        "no matcher": list,
    }
    with a_matcher(tmp_path, lends[why]) as matcher:
        if why == "no matcher":
            (tmp_path / "matcher.sock").unlink()
        worker = start(tmp_path, str(walk))
        seen: list[psutil.Process] = []
        assert worker.stdout is not None
        said: list[dict[str, Any]] = []
        while len([line for line in said if line["event"] == "edge state"]) < 3:
            seen += psutil.Process(worker.pid).children()
            said.append(json.loads(worker.stdout.readline()))
        worker.send_signal(signal.SIGTERM)
        said += lines_of(worker)
        assert worker.returncode == WorkerExit.ENDED
        assert seen == []
        assert matcher.probes == []
        last = [line for line in said if line["event"] == "edge state"][-1]
        assert last["frames_analysed"] == last["frames_unseen"] == 0
        assert last["seconds_without_warrant"] > 0
        assert last["seconds_authorised"] == 0
        if why not in ("nothing lent", "no matcher"):
            assert any(line["event"] == "authorisation refused" for line in said)


@pytest.mark.slow
@pytest.mark.law("C16")
def test_on_a_closed_site_a_volunteers_run_alone_lets_a_worker_look(
    tmp_path: Path, walk: Path, built_models: ModelStore
) -> None:
    with a_matcher(tmp_path, list) as matcher:
        matcher.lends_runs = lambda: [lend_a_run()]
        worker = start(tmp_path, str(walk))
        said = lines_of(worker)
        assert worker.returncode == WorkerExit.ENDED
        assert len(matcher.probes) == 1
    last = [line for line in said if line["event"] == "edge state"][-1]
    assert last["seconds_for_volunteers"] > 0
    assert last["seconds_authorised"] == 0


@pytest.mark.slow
@pytest.mark.law("C16")
def test_a_run_that_does_not_verify_here_opens_nothing(tmp_path: Path, walk: Path) -> None:
    with a_matcher(tmp_path, list) as matcher:
        matcher.lends_runs = lambda: [lend_a_run(rests_on_sha256="0" * 64), lend_a_run(profile_sha256="0" * 64)]
        worker = start(tmp_path, str(walk))
        assert worker.stdout is not None
        said: list[dict[str, Any]] = []
        while len([line for line in said if line["event"] == "edge state"]) < 3:
            said.append(json.loads(worker.stdout.readline()))
        worker.send_signal(signal.SIGTERM)
        said += lines_of(worker)
        assert matcher.probes == []
    assert len([line for line in said if line["event"] == "authorisation refused"]) >= 2
    assert [line for line in said if line["event"] == "edge state"][-1]["frames_analysed"] == 0


def _with_one_byte_changed(lent: Lent) -> Lent:
    unverified, ask = lent
    signature = bytearray(unverified.warrant.signature)
    signature[3] ^= 1
    return replace(unverified, warrant=replace(unverified.warrant, signature=bytes(signature))), ask


@pytest.mark.slow
def test_authority_that_is_withdrawn_mid_stream_stops_the_analysis(tmp_path: Path, built_models: ModelStore) -> None:
    long_walk = write_video(tmp_path / "long.mp4", a_walk(seconds=12, width=640, height=360, scale=1.05))
    lent = True
    with a_matcher(tmp_path, lambda: [lend()] if lent else []) as matcher:
        worker = start(tmp_path, str(long_walk), pace="real-time")
        wait_for(lambda: bool(matcher.counts) and matcher.counts[-1].frames_analysed > 10)
        lent = False
        said = lines_of(worker)
        states = [line for line in said if line["event"] == "edge state"]
        stopped = [line["frames_analysed"] for line in states if not line["authorised"]]
        assert len(set(stopped[1:])) == 1
        assert states[-1]["frames_unseen"] > 50
        assert states[-1]["tracks_seen"] == states[-1]["tracks_probed"] + sum(
            states[-1]["tracks_not_compared"].values()
        )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "record", "site", "note"),
    [
        ("http://10.255.255.1/x", a_camera(source_kind=SourceKind.HTTP), KEYS, "does not permit"),
        ("http://127.0.0.1:1/x", a_camera(), KEYS, "not of the kind"),
        ("missing-secret.mp4", a_camera(), KEYS, "no file"),
    ],
    ids=["not loopback", "other kind", "missing file"],
)
def test_a_source_that_may_not_be_read_is_refused_in_one_sentence(
    tmp_path: Path, source: str, record: CameraRecord, site: TrustedSite, note: str
) -> None:
    with a_matcher(tmp_path, lambda: [lend(site, camera=record)]):
        worker = start(tmp_path, source, site=site)
        said = lines_of(worker)
    assert worker.returncode == WorkerExit.REFUSED
    assert said[-1]["state"] == "refused"
    assert note in said[-1]["note"]
    assert "10.255" not in json.dumps(said)
    assert "secret" not in json.dumps(said)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value"),
    [("SOURCE", "ftp://secret/x"), ("TRUSTED_KEYS", "/secret/none"), ("PROFILE", "/secret/none"), ("PACE", "secret")],
)
def test_a_wrong_setting_is_one_sentence_without_a_traceback(tmp_path: Path, name: str, value: str) -> None:
    settings = {**settings_for(tmp_path, "0"), f"INSYN_EDGE_{name}": value, "PATH": os.environ["PATH"]}
    command = [sys.executable, "-m", "edge.worker"]
    done = subprocess.run(command, env=settings, capture_output=True, text=True, timeout=40, check=False)
    assert done.returncode == WorkerExit.FAILED
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["event"] == "edge worker ended"
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stdout + done.stderr


@pytest.mark.slow
def test_a_supervisor_starts_a_killed_worker_again_and_shows_its_state(
    tmp_path: Path, built_models: ModelStore
) -> None:
    long_walk = write_video(tmp_path / "long.mp4", a_walk(seconds=20, width=320, height=240, scale=0.5))
    with a_matcher(tmp_path, lambda: [lend()]):
        settings = settings_for(tmp_path, str(long_walk), pace="real-time")
        supervisor = Supervisor([WorkerPlan(camera_id=CAMERA, settings=settings)])
        try:
            wait_for(lambda: supervisor.watch(0.1)[0].last_words.get("state") == "streaming")
            supervised = supervisor._workers[0]._process
            assert supervised is not None
            children = psutil.Process(supervised.pid).children()
            supervised.kill()
            wait_for(lambda: supervisor.watch(0.1)[0].restarts == 1)
            wait_for(lambda: supervisor.watch(0.1)[0].running)
            _, alive = psutil.wait_procs(children, timeout=10)
            assert not alive
        finally:
            supervisor.stop()
        assert supervisor.is_over


def test_a_unix_socket_path_is_short_enough_here(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(tmp_path / "x.sock"))
