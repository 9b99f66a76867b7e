"""The three processes as they run: real models, real sockets, and a small stand-in for governance."""

import base64
import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import psutil
import pytest

from contracts.authorisation import Lease, LeaseAsk, UnverifiedAuthorisation, verify
from contracts.candidate_report import CandidateReport
from contracts.clock import read_clocks
from contracts.enrolment import template_context
from contracts.lease_receipts import LeaseEnding
from contracts.sealing import unseal
from contracts.signature import Purpose, Signed, verified
from contracts.site_report import SiteReport
from contracts.site_stop import SiteRelease, SiteStop
from contracts.stop import StopOrder
from contracts.trust import TrustedRole
from matcher.embedding import open_embedder
from matcher.models.shipped_profiles import shipped_profile
from matcher.models.store import ModelStore
from matcher.track_embedder import TrackEmbedder
from tests.builders_contracts import CAMERA, SITE, a_probe, an_enrolment_request, some_counts
from tests.builders_processes import (
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
from tests.builders_receipts import a_receipt, a_view_entry
from tests.memory_scanner import MemoryScanner, masked

pytestmark = pytest.mark.slow

PROFILE = shipped_profile()


def test_from_photograph_to_two_pictures_and_to_the_end_of_the_lease(
    world: World, governance: FakeGovernance, built_models: ModelStore
) -> None:
    world.cleaning = {}  # each process starts itself anew, as where a person starts it
    photograph = as_jpeg(astronaut())
    with world.process("matcher.enrolment_service"), world.process("matcher.viewer_service"):
        enrolment = enrolled(world, world.ready("enrolment"), photograph)
        viewer = world.ready("viewer")
        day_key = viewer.post("/day-keys", json={"deployment_id": "deployment-1", "day": today()}).json()["day_key"]
        photograph_sha256 = an_enrolment_request(photograph).photograph_sha256
        lender = Lender(world, enrolment, photograph_sha256, Signed.from_json(day_key))
        governance.lend = lender

        with world.process("matcher.service", governance.url) as matcher:
            edge = world.ready(f"matcher-{SITE}")
            lent = wait_for(lambda: edge.get(f"/authorisations/{CAMERA}").json()["authorisations"])
            permit = verify(
                UnverifiedAuthorisation.from_json(lent[0]["authorisation"]),
                trusted=world.keys.trusted,
                site_id=SITE,
                camera_id=CAMERA,
                profile=PROFILE,
                ask=LeaseAsk.from_json(lent[0]["ask"]),
                at=read_clocks(),
            )
            assert permit.demo
            assert "gallery" not in json.dumps(lent)

            crops = crops_of(astronaut(), built_models)
            probe = a_probe(*crops, captured_at=permit.lease.issued_at)
            answer = edge.post("/probes", content=probe.to_bytes())
            assert answer.json() == {"compared": True, "reason": None}
            candidate = wait_for(lambda: governance.candidates)[0]
            report = CandidateReport.from_bytes(
                verified(
                    Signed.from_json(candidate["report"]),
                    Purpose.CANDIDATE_REPORT,
                    world.keys.trusted.of(TrustedRole.SITE),
                )
            )
            assert report.reference_id == "reference-1"
            assert report.score < PROFILE.comparison.threshold

            soon = probe.stream_time + PROFILE.comparison.quiet_time.total_seconds() / 2
            again = a_probe(*crops_of(astronaut(), built_models), captured_at=permit.lease.issued_at, stream_time=soon)
            edge.post("/probes", content=again.to_bytes())
            joined = wait_for(lambda: len(governance.candidates) == 2 and governance.candidates[1])
            assert joined["crops"] is None
            assert CandidateReport.from_bytes(Signed.from_json(joined["report"]).payload).joins == report.report_id

            upside_down = np.ascontiguousarray(crops_of_stranger(crops[0]))
            stranger = a_probe(replace(crops[0], pixels_bgr=upside_down.tobytes()), stream_time=200.0)
            assert edge.post("/probes", content=stranger.to_bytes()).json() == {"compared": True, "reason": None}

            assert edge.post("/counts", json=some_counts().to_json()).status_code == 204
            signed = wait_for(lambda: governance.site_reports)[-1]
            counts = SiteReport.from_bytes(
                verified(signed, Purpose.SITE_REPORT, world.keys.trusted.of(TrustedRole.SITE))
            )
            assert counts.cameras[0].candidates == 2
            health = edge.get("/health").json()
            assert health["models_loaded"]
            assert health["hygiene"] == {
                "core_dumps_off": True,
                "not_dumpable": True,
                "freed_memory_overwritten": True,
            }
            assert "candidates" not in json.dumps(health)

            rescore_and_view(world, viewer, candidate, report, enrolment)

            assert not (world.home / "nobody").exists(), "something was written to the home folder"
            assert connections_of(matcher.pid) <= {governance.server.server_port}

            lender.revoked = True
            assert matcher.wait(timeout=20) == 75
    assert len(governance.candidates) == 2


@pytest.mark.law("A8", "A16")
def test_an_order_ends_the_matcher_at_once_and_the_receipt_says_when_was_compared_last(
    world: World, governance: FakeGovernance, built_models: ModelStore
) -> None:
    photograph = as_jpeg(astronaut())
    with world.process("matcher.enrolment_service"), world.process("matcher.viewer_service"):
        enrolment = enrolled(world, world.ready("enrolment"), photograph)
        day = {"deployment_id": "deployment-1", "day": today()}
        day_key = Signed.from_json(world.ready("viewer").post("/day-keys", json=day).json()["day_key"])
    governance.lend = Lender(world, enrolment, an_enrolment_request(photograph).photograph_sha256, day_key)
    with world.process("matcher.service", governance.url, INSYN_MATCHER_RENEWAL_SECONDS="20") as matcher:
        edge = world.ready(f"matcher-{SITE}")
        (lent,) = wait_for(lambda: edge.get(f"/authorisations/{CAMERA}").json()["authorisations"])
        lease = Lease.from_bytes(UnverifiedAuthorisation.from_json(lent["authorisation"]).lease.payload)
        probe = a_probe(*crops_of(astronaut(), built_models), captured_at=lease.issued_at)
        assert edge.post("/probes", content=probe.to_bytes()).json()["compared"]
        order = StopOrder(
            site_id=SITE,
            camera_id=CAMERA,
            deployment_id=lease.deployment_id,
            rule="A8",
            issued_at=read_clocks().now,
        )
        governance.orders = [world.keys.site.sign(Purpose.STOP, order.to_bytes())]
        wait_for(lambda: governance.stops_asked > 2)
        assert matcher.poll() is None, "another's key stops nothing"
        governance.orders = [world.keys.governance.sign(Purpose.STOP, order.to_bytes())]
        assert matcher.wait(timeout=5) == 75
    # An answer that came late is asked for once more: the same receipt may be handed in again, and counts once.
    (taken,) = {one for receipts in governance.receipts for one in receipts.taken}
    (ended,) = {one for receipts in governance.receipts for one in receipts.ended}
    assert taken.lease_id == ended.lease_id == lease.lease_id
    assert (ended.ending, ended.comparisons) == (LeaseEnding.STOPPED, 1)
    assert ended.last_compared_at is not None
    assert ended.last_compared_at <= ended.ended_at


@pytest.mark.law("A16")
def test_the_button_stops_at_once_and_outlives_the_process_until_governance_releases(
    world: World, governance: FakeGovernance, built_models: ModelStore
) -> None:
    photograph = as_jpeg(astronaut())
    with world.process("matcher.enrolment_service"), world.process("matcher.viewer_service"):
        enrolment = enrolled(world, world.ready("enrolment"), photograph)
        day = {"deployment_id": "deployment-1", "day": today()}
        day_key = Signed.from_json(world.ready("viewer").post("/day-keys", json=day).json()["day_key"])
    governance.lend = Lender(world, enrolment, an_enrolment_request(photograph).photograph_sha256, day_key)
    with world.process("matcher.service", governance.url) as matcher:
        edge = world.ready(f"matcher-{SITE}")
        wait_for(lambda: edge.get(f"/authorisations/{CAMERA}").json()["authorisations"])
        # What a button's own small program does, and no more.
        (world.home / "site" / SITE / "stop").touch()
        assert matcher.wait(timeout=5) == 75
    with world.process("matcher.service", governance.url):
        edge = world.ready(f"matcher-{SITE}")
        asked = governance.requests
        assert edge.get("/health").json()["stopped"]
        assert edge.get(f"/authorisations/{CAMERA}").json() == {"authorisations": []}
        probe = a_probe(*crops_of(astronaut(), built_models, count=1))
        assert edge.post("/probes", content=probe.to_bytes()).json()["compared"] is False
        pressed = SiteStop.from_bytes(wait_for(lambda: governance.pressed)[-1].payload)
        assert governance.requests == asked, "a stopped site asks for nothing"
        release = SiteRelease(site_id=SITE, stop_id=pressed.stop_id, released_at=read_clocks().now)
        governance.release = world.keys.governance.sign(Purpose.SITE_RELEASE, release.to_bytes())
        wait_for(lambda: not (world.home / "site" / SITE / "stop").exists())
        wait_for(lambda: edge.get(f"/authorisations/{CAMERA}").json()["authorisations"])
    endings = [one.ending for receipts in governance.receipts for one in receipts.ended]
    assert LeaseEnding.BUTTON in endings


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may look into the memory of a process that is not dumpable")
def test_memory_of_the_running_matcher_holds_nothing_of_a_passer_by(
    world: World, governance: FakeGovernance, built_models: ModelStore
) -> None:
    """The server's own buffers too. `test_memory_holds_nothing` guards the same for everybody, without a server."""
    photograph = as_jpeg(astronaut())
    with world.process("matcher.enrolment_service"), world.process("matcher.viewer_service"):
        enrolment = enrolled(world, world.ready("enrolment"), photograph)
        day = {"deployment_id": "deployment-1", "day": today()}
        day_key = Signed.from_json(world.ready("viewer").post("/day-keys", json=day).json()["day_key"])
    photograph_sha256 = an_enrolment_request(photograph).photograph_sha256
    governance.lend = Lender(world, enrolment, photograph_sha256, day_key)
    request = an_enrolment_request(photograph, profile_sha256=PROFILE.profile_sha256)
    box = base64.b64decode(enrolment["sealed_templates"][world.keys.opening.id])
    reference = unseal(box, world.keys.opening, template_context(request))

    crop = crops_of(astronaut(), built_models, count=1)[0]
    strangers = [replace(crop, pixels_bgr=crops_of_stranger(crop, blur).tobytes()) for blur in (5, 7, 9)]
    pixels = [stranger.pixels_bgr[len(crop.pixels_bgr) // 2 :][:24] for stranger in strangers]
    templates = [
        TrackEmbedder(open_embedder(PROFILE, built_models, threads=1), PROFILE.comparison).embed([each]).template
        for each in strangers
    ]
    looked_for = [masked(piece) for piece in (*pixels, *(each[40:44].tobytes() for each in templates))]

    with world.process("matcher.service", governance.url) as matcher:
        edge = world.ready(f"matcher-{SITE}")
        wait_for(lambda: edge.get(f"/authorisations/{CAMERA}").json()["authorisations"])
        scanner = MemoryScanner(matcher.pid)
        assert scanner.count([masked(reference[160:176])]) != [0]
        for number, stranger in enumerate(strangers):
            probe = a_probe(stranger, stream_time=100.0 * number)
            assert edge.post("/probes", content=probe.to_bytes()).json() == {"compared": True, "reason": None}
        assert scanner.count(looked_for) == [0] * len(looked_for)
    assert not governance.candidates


def connections_of(pid: int) -> set[int]:
    """Return the remote ports that a process has TCP connections to."""
    return {found.raddr.port for found in psutil.Process(pid).net_connections("inet") if found.raddr}


def crops_of_stranger(crop: Any, blur: float = 9) -> np.ndarray:
    """Return the same crop's pixels, mixed beyond recognition but not beyond being pixels."""
    pixels = np.frombuffer(crop.pixels_bgr, np.uint8).reshape(crop.height, crop.width, 3)
    return cv2.GaussianBlur(pixels[::-1], (0, 0), blur)


def rescore_and_view(
    world: World,
    viewer: httpx.Client,
    candidate: dict[str, Any],
    report: CandidateReport,
    enrolment: dict[str, Any],
) -> None:
    pair = {"report": candidate["report"], "crops": candidate["crops"], "enrolment": enrolment["enrolment"]}
    template = enrolment["sealed_templates"][world.keys.viewer_opening.id]
    rescored = viewer.post("/rescores", json={**pair, "sealed_template": template}).json()
    assert rescored["reaches_threshold"]
    assert rescored["score"] == pytest.approx(report.score, abs=1e-5)

    entry = a_view_entry(report.report_id, report.crops_sha256 or "", now=datetime.now(UTC))
    receipt = a_receipt(world.keys, entry).to_json()
    body = {**pair, "sealed_crop": enrolment["sealed_crop"], "receipt": receipt}
    shown = viewer.post("/views", json=body)
    assert shown.status_code == 200, shown.text
    for name in ("probe_png", "reference_png"):
        png = base64.b64decode(shown.json()[name])
        assert cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR) is not None
        assert b"tEXt" not in png
        assert b"eXIf" not in png
    refused = viewer.post("/views", json=body)
    assert refused.status_code == 403
    assert "already" in refused.json()["detail"]


def test_without_a_warrant_the_matcher_loads_nothing_and_compares_nothing(
    world: World, governance: FakeGovernance, built_models: ModelStore
) -> None:
    with world.process("matcher.service", governance.url) as matcher:
        edge = world.ready(f"matcher-{SITE}")
        assert edge.get(f"/authorisations/{CAMERA}").json() == {"authorisations": []}
        wait_for(lambda: governance.requests >= 2)
        probe = a_probe(*crops_of(astronaut(), built_models))
        answer = edge.post("/probes", content=probe.to_bytes()).json()
        assert answer == {"compared": False, "reason": "lease-ended"}
        assert edge.get("/health").json()["models_loaded"] is False
        assert matcher.poll() is None
        opened = [line for line in Path(f"/proc/{matcher.pid}/maps").read_text().splitlines() if ".onnx" in line]
        assert not opened
    assert not governance.candidates


def test_matcher_without_governance_authorises_nothing_and_keeps_running(world: World) -> None:
    with world.process("matcher.service") as matcher:
        edge = world.ready(f"matcher-{SITE}")
        assert edge.get(f"/authorisations/{CAMERA}").json() == {"authorisations": []}
        assert matcher.poll() is None


@pytest.mark.parametrize("module", ["matcher.service", "matcher.enrolment_service", "matcher.viewer_service"])
def test_process_without_settings_says_which_in_one_sentence(module: str, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])}
    ended = subprocess.run(
        [sys.executable, "-m", module], env=environment, capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert ended.returncode == 2
    assert "INSYN_" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def ended_with(world: World, module: str, **extra: str) -> str:
    with world.process(module, **extra) as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "Traceback" not in errors
    sentences = [line for line in errors.splitlines() if not line.startswith("{")]
    assert len(sentences) == 1
    return sentences[0]


@pytest.mark.parametrize(
    ("module", "key"),
    [
        ("matcher.service", f"site/{SITE}/site.key"),
        ("matcher.service", f"site/{SITE}/opening.key"),
        ("matcher.service", "trust.json"),
        ("matcher.enrolment_service", "centre/enrolment/enrolment.key"),
        ("matcher.viewer_service", "centre/viewer/viewer.key"),
        ("matcher.viewer_service", "centre/viewer/reference.key"),
    ],
)
def test_missing_key_file_is_named_in_one_sentence(world: World, module: str, key: str) -> None:
    (world.home / key).unlink()
    assert Path(key).name in ended_with(world, module)


def test_key_file_that_others_may_read_is_refused(world: World) -> None:
    (world.home / f"site/{SITE}/opening.key").chmod(0o644)
    assert "0600" in ended_with(world, "matcher.service")


def test_database_credentials_in_the_environment_are_refused(world: World) -> None:
    sentence = ended_with(world, "matcher.service", INSYN_DATABASE_URL="sqlite:///insyn.db")
    assert "INSYN_DATABASE_URL" in sentence
    assert "insyn.db" not in sentence


def test_model_file_with_a_wrong_hash_is_refused_at_the_start(world: World, built_models: ModelStore) -> None:
    sha256 = PROFILE.embedder.file.sha256
    (world.home / "models").unlink()
    (world.home / "models").mkdir()
    altered = bytearray(built_models.read(sha256))
    altered[-1] ^= 1
    (world.home / "models" / f"{sha256}.onnx").write_bytes(altered)
    assert "altered" in ended_with(world, "matcher.service")


def test_second_matcher_on_the_same_socket_is_refused(world: World) -> None:
    with world.process("matcher.service") as first:
        edge = world.ready(f"matcher-{SITE}")
        assert "already" in ended_with(world, "matcher.service")
        assert first.poll() is None
        assert edge.get("/health").status_code == 200


def test_matcher_starts_again_after_it_was_killed(world: World) -> None:
    with world.process("matcher.service") as first:
        world.ready(f"matcher-{SITE}")
        first.kill()
        first.wait()
    with world.process("matcher.service"):
        assert world.ready(f"matcher-{SITE}").get("/health").status_code == 200


def test_socket_is_its_owners_alone(world: World) -> None:
    with world.process("matcher.service"):
        world.ready(f"matcher-{SITE}")
        assert (world.home / "run" / f"matcher-{SITE}.sock").stat().st_mode & 0o077 == 0
