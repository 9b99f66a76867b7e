"""The matcher's three processes on a folder of their own, with a stand-in for governance: for tests that start them."""

import base64
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from skimage import data

from contracts.authorisation import DayKey, LeaseAsk
from contracts.clock import read_clocks
from contracts.gallery_bundle import SealedReference
from contracts.lease_receipts import LeaseReceipts
from contracts.lease_request import LeaseRequest
from contracts.signature import Signed
from contracts.stop import StopAnswer
from contracts.vocabulary import ReferenceId
from matcher.faces.detection import open_face_finder
from matcher.faces.face import BgrImage
from matcher.models.shipped_profiles import shipped_profile
from matcher.models.store import ModelStore
from matcher.process_hygiene import CLEANING_ENVIRONMENT
from tests.builders_contracts import (
    CAMERA,
    LOG_ORIGIN,
    SITE,
    a_crop,
    a_gallery,
    a_lease_answer,
    a_slot,
    a_trusted_site,
    a_warrant,
    an_authorisation,
    an_enrolment_request,
)

PROFILE = shipped_profile()


def wait_for(condition: Callable[[], Any], seconds: float = 30) -> Any:
    """Return the first truth that the condition gives before the deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    pytest.fail("the condition did not come true in time")


class FakeGovernance:
    """Answers lease requests with what `lend` returns, and keeps what it is sent."""

    def __init__(self) -> None:
        self.lend: Callable[[LeaseRequest], bytes] = lambda _request: a_lease_answer()
        self.candidates: list[dict[str, Any]] = []
        self.site_reports: list[Signed] = []
        self.requests = 0
        self.stops_asked = 0
        self.pressed: list[Signed] = []
        self.release: Signed | None = None
        self.orders: list[Signed] = []
        self.run_orders: list[Signed] = []
        self.sightings: list[Signed] = []
        self.receipts: list[LeaseReceipts] = []
        self.candidate_statuses: list[int] = []
        handler = type("Handler", (_Handler,), {"governance": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def stop_answer(self) -> bytes:
        """Keep the question open for a second, as the real one does for longer."""
        self.stops_asked += 1
        for _ in range(100):
            if self.orders or self.run_orders:
                break
            time.sleep(0.01)
        return StopAnswer(orders=tuple(self.orders), runs=tuple(self.run_orders)).to_bytes()

    def answer(self, path: str, body: Any) -> tuple[int, bytes]:  # noqa: PLR0911 (one for each route)
        match path:
            case "/api/site/leases":
                self.requests += 1
                return 200, self.lend(LeaseRequest.from_bytes(Signed.from_json(body).payload))
            case "/api/site/candidates":
                if self.candidate_statuses:
                    return self.candidate_statuses.pop(0), b"{}"
                self.candidates.append(body)
                return 201, b"{}"
            case "/api/site/stops":
                return 200, self.stop_answer()
            case "/api/site/button":
                self.pressed.append(Signed.from_json(body))
                return 200, json.dumps({"release": self.release and self.release.to_json()}).encode()
            case "/api/site/receipts":
                self.receipts.append(LeaseReceipts.from_bytes(Signed.from_json(body).payload))
                return 204, b""
            case "/api/site/volunteer-sightings":
                self.sightings.append(Signed.from_json(body))
                return 204, b""
            case "/api/site/reports":
                self.site_reports.append(Signed.from_json(body))
                return 204, b""
            case _:
                return 404, b"{}"


class _Handler(BaseHTTPRequestHandler):
    governance: FakeGovernance
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, answer = self.governance.answer(self.path, body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_arguments: object) -> None:
        pass


class World:
    """A data folder with keys and models, and the processes started in it."""

    def __init__(self, home: Path, store: ModelStore) -> None:
        self.home = home
        self.keys = a_trusted_site(demo=True)
        self.clients: list[httpx.Client] = []
        (home / "models").symlink_to(store.path("0" * 64).parent)
        self._write("trust.json", self.keys.trusted.to_bytes())
        self._write("issuers.json", self.keys.issuer_list.to_bytes())
        self._write(f"site/{SITE}/site.key", self.keys.site.seed)
        self._write(f"site/{SITE}/opening.key", self.keys.opening.secret)
        self._write("centre/enrolment/enrolment.key", self.keys.enrolment.seed)
        self._write("centre/viewer/viewer.key", self.keys.viewer.seed)
        self._write("centre/viewer/reference.key", self.keys.viewer_opening.secret)

    def _write(self, name: str, content: bytes) -> None:
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_bytes(content)

    def environment(self, governance_url: str = "http://127.0.0.1:9") -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "HOME": str(self.home / "nobody"),
            "INSYN_MATCHER_HOME": str(self.home),
            "INSYN_MATCHER_SITE_ID": SITE,
            "INSYN_MATCHER_CAMERAS": CAMERA,
            "INSYN_MATCHER_GOVERNANCE_URL": governance_url,
            "INSYN_MATCHER_RENEWAL_SECONDS": "0.5",
            "INSYN_MATCHER_REPORT_SECONDS": "0.5",
            "INSYN_ENROLMENT_HOME": str(self.home),
            "INSYN_ENROLMENT_REFERENCE_PUBLIC_KEY": self.keys.viewer_opening.public.hex(),
            "INSYN_ENROLMENT_SITE_PUBLIC_KEYS": self.keys.opening.public.hex(),
            "INSYN_VIEWER_HOME": str(self.home),
            "INSYN_VIEWER_LOG_ORIGIN": LOG_ORIGIN,
        }

    cleaning: Mapping[str, str] = CLEANING_ENVIRONMENT
    """Where it is empty a process starts itself anew with it, as one does that a person starts."""

    @contextmanager
    def process(
        self, module: str, governance_url: str = "http://127.0.0.1:9", **extra: str
    ) -> Iterator[subprocess.Popen[str]]:
        process = subprocess.Popen(
            [sys.executable, "-m", module],
            env={**self.environment(governance_url), **self.cleaning, **extra},
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.communicate(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()

    def client(self, name: str) -> httpx.Client:
        transport = httpx.HTTPTransport(uds=str(self.home / "run" / f"{name}.sock"))
        client = httpx.Client(transport=transport, base_url="http://socket", timeout=60)
        self.clients.append(client)
        return client

    def ready(self, name: str) -> httpx.Client:
        path = str(self.home / "run" / f"{name}.sock")

        def listens() -> bool:
            with socket.socket(socket.AF_UNIX) as trial:
                return trial.connect_ex(path) == 0

        wait_for(listens)
        client = self.client(name)
        assert client.get("/health").status_code == 200
        return client


@pytest.fixture
def world(tmp_path: Path, built_models: ModelStore) -> Iterator[World]:
    made = World(tmp_path, built_models)
    yield made
    for client in made.clients:
        client.close()


@pytest.fixture
def governance() -> Iterator[FakeGovernance]:
    fake = FakeGovernance()
    yield fake
    fake.server.shutdown()
    fake.server.server_close()


def astronaut() -> BgrImage:
    return np.ascontiguousarray(data.astronaut()[:, :, ::-1])


def as_jpeg(image: BgrImage) -> bytes:
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()


def crops_of(image: BgrImage, store: ModelStore, *, count: int = 3) -> list[Any]:
    """Return what an edge worker would cut: the largest face with margin, a little different each time."""
    finder = open_face_finder(PROFILE, store, threads=1)
    found = max(finder.find(image), key=lambda face: face.width)
    left, top, right, bottom = found.box_xyxy
    x0, y0 = max(0, int(left - found.width * 0.5)), max(0, int(top - found.height * 0.5))
    x1, y1 = int(right + found.width * 0.5), int(bottom + found.height * 0.5)
    part = image[y0:y1, x0:x1]
    height, width = part.shape[:2]
    assert found.landmarks_xy is not None
    crops = []
    for number in range(count):
        pixels = cv2.convertScaleAbs(part, alpha=1 - 0.05 * number, beta=4 * number)
        crops.append(
            a_crop(
                width=width,
                height=height,
                box_xyxy=(left - x0, top - y0, right - x0, bottom - y0),
                landmarks_xy=tuple((float(x - x0), float(y - y0)) for x, y in found.landmarks_xy),
                quality=0.9 - 0.1 * number,
                face_size_px=float(found.width),
                pixels_bgr=pixels.tobytes(),
            )
        )
    return crops


def enrolled(world: World, client: httpx.Client, photograph: bytes) -> dict[str, Any]:
    request = an_enrolment_request(
        photograph,
        world.keys.opening.public,
        world.keys.viewer_opening.public,
        profile_sha256=PROFILE.profile_sha256,
    )
    answer = client.post(
        "/enrolments",
        json={"request": json.loads(request.to_bytes()), "photograph": base64.b64encode(photograph).decode()},
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


class Lender:
    """What governance would lend: a warrant for one person, the day key of the viewer, and the gallery."""

    def __init__(self, world: World, enrolment: dict[str, Any], photograph_sha256: str, day_key: Signed) -> None:
        keys = world.keys
        self._keys = keys
        self.warrant = a_warrant(
            now=read_clocks().now,
            demo=True,
            slots=(a_slot("slot-1", photograph_sha256),),
            profile_sha256=PROFILE.profile_sha256,
        )
        reference = SealedReference(
            reference_id=ReferenceId("reference-1"),
            enrolment=Signed.from_json(enrolment["enrolment"]),
            sealed_template=base64.b64decode(enrolment["sealed_templates"][keys.opening.id]),
        )
        self.gallery = a_gallery([reference], now=read_clocks().now)
        self.day_key = day_key
        self.revoked = False

    def __call__(self, request: LeaseRequest) -> bytes:
        if self.revoked:
            return a_lease_answer()
        now = read_clocks()
        ask = LeaseAsk(nonce=request.nonce, asked_boot=now.boot)
        day_key = DayKey.from_bytes(self.day_key.payload)
        unverified, _ = an_authorisation(
            self._keys, at=now, ask=ask, gallery=self.gallery, warrant=self.warrant, day_key=day_key
        )
        return a_lease_answer((replace(unverified, day_key=self.day_key), self.gallery))


def today() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d")
