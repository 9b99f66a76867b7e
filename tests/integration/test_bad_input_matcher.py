"""Bad photographs through the enrolment process, and bad leases, kill -9 and wrong weights at the site's matcher."""

import asyncio
import base64
import json
import struct
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import cv2
import httpx
import numpy as np
import pytest
import structlog
from skimage import data

from contracts.authorisation import LeaseAsk
from contracts.clock import Moment, read_clocks
from contracts.enrolment import crop_context, template_context
from contracts.lease_request import LeaseRequest
from contracts.sealing import unseal
from contracts.signature import Purpose, Signed, SigningKey
from matcher import service as site_service
from matcher.faces.detection import open_face_finder
from matcher.logging_setup import set_up_logging
from matcher.models.store import ModelStore
from tests.builders_contracts import (
    CAMERA,
    SITE,
    a_camera,
    a_gallery,
    a_lease_answer,
    a_probe,
    a_warrant,
    an_authorisation,
    an_enrolment_request,
)
from tests.builders_processes import (
    PROFILE,
    FakeGovernance,
    Lender,
    World,
    as_jpeg,
    astronaut,
    crops_of,
    enrolled,
    today,
    wait_for,
)

pytestmark = pytest.mark.slow

ORIENTATION_6: Final = (
    b"MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"
)
"""EXIF: turn a quarter clockwise to see the picture upright."""


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory, built_models: ModelStore) -> Iterator[tuple[World, httpx.Client]]:
    """One enrolment process for all photographs: whatever it was sent before, it goes on."""
    world = World(tmp_path_factory.mktemp("c"), built_models)
    with ExitStack() as stack:
        process = stack.enter_context(world.process("matcher.enrolment_service"))
        client = world.ready("enrolment")
        yield world, client
        assert process.poll() is None
        process.terminate()
        _, said = process.communicate(timeout=20)
        assert "Traceback" not in said
        client.close()


def post(world: World, client: httpx.Client, photograph: bytes, *, named: bytes | None = None) -> httpx.Response:
    """Send a photograph under a request that names it, or names another."""
    keys = (world.keys.opening.public, world.keys.viewer_opening.public)
    request = an_enrolment_request(named or photograph, *keys, profile_sha256=PROFILE.profile_sha256)
    body = {"request": json.loads(request.to_bytes()), "photograph": base64.b64encode(photograph).decode()}
    return client.post("/enrolments", json=body)


def a_bomb() -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1_000_000))) + chunk(b"IEND", b"")


def shrunk_to(part: float) -> bytes:
    return as_jpeg(cv2.resize(astronaut(), None, fx=part, fy=part, interpolation=cv2.INTER_AREA))


def lying_with_exif() -> bytes:
    lying = as_jpeg(np.ascontiguousarray(np.rot90(astronaut())))
    segment = b"Exif\x00\x00" + ORIENTATION_6
    return lying[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment + lying[2:]


BAD_PHOTOGRAPHS: Final[dict[str, tuple[Callable[[], bytes], str]]] = {
    "no face": (lambda: as_jpeg(np.ascontiguousarray(data.coffee()[:, :, ::-1])), "No face was found"),
    "two faces": (lambda: as_jpeg(np.hstack([astronaut(), astronaut()[:, ::-1]])), "shows 2 faces"),
    "too small": (lambda: shrunk_to(0.55), "choose one that shows it from the front, large and sharp"),
    "blurred": (lambda: as_jpeg(cv2.GaussianBlur(astronaut(), (0, 0), 3.5)), "sharp"),
    "not an image": (lambda: b"%PDF-1.7 this is a letter", "photograph"),
    "empty": (lambda: b"", "This file is empty"),
    "truncated": (lambda: as_jpeg(astronaut())[:20_000], "send the whole file again"),
    "decompression bomb": (a_bomb, "unpacks to more than 50 million pixels"),
}


@pytest.mark.parametrize("kind", BAD_PHOTOGRAPHS)
def test_a_bad_photograph_is_refused_in_one_sentence_and_the_process_goes_on(
    centre: tuple[World, httpx.Client], kind: str
) -> None:
    make, words = BAD_PHOTOGRAPHS[kind]
    answer = post(*centre, make())
    assert answer.status_code == 422
    detail = answer.json()["detail"]
    assert words in detail
    assert detail.endswith(".")
    assert "enrolment" not in answer.json()
    assert centre[1].get("/health").status_code == 200


def test_a_photograph_that_the_request_does_not_name_is_refused(centre: tuple[World, httpx.Client]) -> None:
    answer = post(*centre, as_jpeg(astronaut()), named=b"the photograph that the issuer saw")
    assert answer.status_code == 422
    assert "send the one the issuer saw" in answer.json()["detail"]


def test_a_photograph_lying_on_its_side_is_enrolled_upright(
    centre: tuple[World, httpx.Client], built_models: ModelStore
) -> None:
    world, client = centre
    photograph = lying_with_exif()
    answer = post(world, client, photograph)
    assert answer.status_code == 200, answer.text
    keys = (world.keys.opening.public, world.keys.viewer_opening.public)
    request = an_enrolment_request(photograph, *keys, profile_sha256=PROFILE.profile_sha256)
    crop = unseal(base64.b64decode(answer.json()["sealed_crop"]), world.keys.viewer_opening, crop_context(request))
    shown = cv2.imdecode(np.frombuffer(crop, np.uint8), cv2.IMREAD_COLOR)
    # The detector finds no face that lies on its side.
    assert len(open_face_finder(PROFILE, built_models, threads=1).find(np.asarray(shown, np.uint8))) == 1
    lying, upright = (template(world, client, each) for each in (photograph, as_jpeg(astronaut())))
    assert float(np.linalg.norm(lying - upright)) < PROFILE.comparison.threshold / 2


def template(world: World, client: httpx.Client, photograph: bytes) -> np.ndarray:
    keys = (world.keys.opening.public, world.keys.viewer_opening.public)
    request = an_enrolment_request(photograph, *keys, profile_sha256=PROFILE.profile_sha256)
    box = base64.b64decode(post(world, client, photograph).json()["sealed_templates"][world.keys.opening.id])
    return np.frombuffer(unseal(box, world.keys.opening, template_context(request)), "<f4")


# -- the site's matcher -----------------------------------------------------------------------------------------------


def ended_with(world: World, module: str) -> str:
    """Start a process that must refuse; return its one sentence."""
    with world.process(module) as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "Traceback" not in errors
    (sentence,) = [line for line in errors.splitlines() if not line.startswith("{")]
    return sentence


def a_bad_lease(world: World, why: str) -> Callable[[LeaseRequest], bytes]:
    """Return what lends an authorisation that is wrong in one way and right in every other."""

    def lend(request: LeaseRequest) -> bytes:
        here = read_clocks()
        off = timedelta(days={"warrant expired": -30, "warrant not yet valid": 30}.get(why, 0))
        old = 120.0 if why == "lease expired" else 0.0
        at = Moment(now=here.now - timedelta(seconds=old), boot=here.boot)
        warrant = a_warrant(now=here.now + off, demo=True, profile_sha256=PROFILE.profile_sha256)
        camera = a_camera(camera_id="camera-2") if why == "for another camera" else a_camera()
        unverified, _ = an_authorisation(
            world.keys,
            at=at,
            ask=LeaseAsk(nonce=request.nonce, asked_boot=here.boot),
            gallery=a_gallery([], now=here.now),
            warrant=warrant,
            camera=camera,
        )
        object_changes: dict[str, Signed] = {}
        if why == "one byte changed":
            signature = bytearray(unverified.warrant.signature)
            signature[7] ^= 1
            object_changes["warrant"] = Signed(
                payload=unverified.warrant.payload, key_id=unverified.warrant.key_id, signature=bytes(signature)
            )
        if why == "signed by an unknown key":
            object_changes["warrant"] = SigningKey.generate().sign(Purpose.WARRANT, unverified.warrant.payload)
        changed = type(unverified)(
            **{name: object_changes.get(name, getattr(unverified, name)) for name in unverified.__dataclass_fields__}
        )
        return a_lease_answer((changed, a_gallery([], now=here.now)))

    return lend


BAD_LEASES: Final = (
    "lease expired",
    "warrant expired",
    "warrant not yet valid",
    "for another camera",
    "one byte changed",
    "signed by an unknown key",
)


def test_no_bad_authorisation_lets_a_running_matcher_load_or_compare_anything(
    world: World, governance: FakeGovernance, built_models: ModelStore
) -> None:
    probe = a_probe(*crops_of(astronaut(), built_models, count=1)).to_bytes()
    with world.process("matcher.service", governance.url) as matcher:
        edge = world.ready(f"matcher-{SITE}")
        for why in BAD_LEASES:
            governance.lend = a_bad_lease(world, why)
            asked = governance.requests
            # A worker's asking makes the matcher ask; the worker is answered only when that answer was judged.
            while governance.requests == asked:
                assert edge.get(f"/authorisations/{CAMERA}").json() == {"authorisations": []}, why
                time.sleep(0.1)
            assert edge.post("/probes", content=probe).json() == {"compared": False, "reason": "lease-ended"}, why
            assert edge.get("/health").json()["models_loaded"] is False, why
        matcher.terminate()
        _, said = matcher.communicate(timeout=20)
    assert "Traceback" not in said
    refused = [json.loads(line) for line in said.splitlines() if "authorisation refused" in line]
    assert len({line["reason"] for line in refused}) >= 4
    assert not governance.candidates


def test_a_matcher_killed_with_an_open_gallery_leaves_nothing_on_disk_and_starts_empty(
    world: World, governance: FakeGovernance, built_models: ModelStore
) -> None:
    photograph = as_jpeg(astronaut())
    with world.process("matcher.enrolment_service"), world.process("matcher.viewer_service"):
        enrolment = enrolled(world, world.ready("enrolment"), photograph)
        day = {"deployment_id": "deployment-1", "day": today()}
        day_key = Signed.from_json(world.ready("viewer").post("/day-keys", json=day).json()["day_key"])
    lender = Lender(world, enrolment, an_enrolment_request(photograph).photograph_sha256, day_key)
    governance.lend = lender
    before = files_of(world.home)
    probe = a_probe(*crops_of(astronaut(), built_models, count=1)).to_bytes()
    with world.process("matcher.service", governance.url) as killed:
        edge = world.ready(f"matcher-{SITE}")
        wait_for(lambda: edge.get(f"/authorisations/{CAMERA}").json()["authorisations"])
        assert edge.post("/probes", content=probe).json()["compared"]
        killed.kill()
        killed.wait()
    # What a site may remember: which list of issuers it saw, and what it signs for of its leases. Both name nobody.
    left = {
        path: held
        for path, held in files_of(world.home).items()
        if path.name != "issuers-version" and path.parent.name != "receipts"
    }
    assert left == before
    lender.revoked = True
    with world.process("matcher.service", governance.url):
        edge = world.ready(f"matcher-{SITE}")
        assert edge.post("/probes", content=probe).json() == {"compared": False, "reason": "lease-ended"}
        assert edge.get("/health").json()["leases"] == 0
        lender.revoked = False
        wait_for(lambda: edge.get(f"/authorisations/{CAMERA}").json()["authorisations"])


def files_of(home: Path) -> dict[Path, bytes]:
    """Return every file there is and what it holds; sockets and locks hold nothing."""
    found = (path for path in home.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {path: path.read_bytes() for path in found}


@pytest.mark.parametrize("module", ["matcher.enrolment_service", "matcher.viewer_service"])
def test_a_second_process_on_the_same_socket_is_one_sentence_and_the_first_goes_on(world: World, module: str) -> None:
    name = module.removeprefix("matcher.").removesuffix("_service")
    with world.process(module) as first:
        client = world.ready(name)
        assert "Another process already serves this socket; stop it first." in ended_with(world, module)
        assert first.poll() is None
        assert client.get("/health").status_code == 200


def test_wrong_weights_stop_the_enrolment_process_at_its_start(world: World, built_models: ModelStore) -> None:
    sha256 = PROFILE.detector.file.sha256
    (world.home / "models").unlink()
    (world.home / "models").mkdir()
    for stored in built_models.stored():
        (world.home / "models" / f"{stored}.onnx").symlink_to(built_models.path(stored).absolute())
    altered = bytearray(built_models.read(sha256))
    altered[-1] ^= 1
    (world.home / "models" / f"{sha256}.onnx").unlink()
    (world.home / "models" / f"{sha256}.onnx").write_bytes(altered)
    assert "altered on disk; delete it and add it again" in ended_with(world, "matcher.enrolment_service")


class FullDisk:
    """Standard error on a disk that takes nothing more."""

    def write(self, _text: str = "") -> None:
        """Fail."""
        raise OSError(28, "No space left on device")

    flush = write


def test_the_end_of_a_matcher_does_not_depend_on_its_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", FullDisk())
    try:
        set_up_logging("matcher")
        done: list[Any] = []

        class Broken:
            async def run(self) -> None:
                raise OSError(28, "No space left on device")

            def close(self) -> None:
                done.append("overwritten")

            def end(self, status: int) -> None:
                done.append(status)

        asyncio.run(site_service._run_or_end(Broken()))  # type: ignore[arg-type]  # the parts that it uses
        assert done == ["overwritten", 1]
    finally:
        structlog.reset_defaults()
