"""Invariants 2 and 5: what was compared and is no candidate, and what the lease permitted, is gone from memory.

A process compares a real face with a reference and a volunteer that are others', ends the lease and the run, and scans
all of its own writable memory at every step. What must be gone at the end is found before, so that the test is known to
be able to fail.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from skimage import data

from contracts.lease_request import LeaseAnswer
from matcher.embedding import open_embedder
from matcher.faces.detection import open_face_finder
from matcher.models.shipped_profiles import shipped_profile
from matcher.models.store import ModelStore
from matcher.process_hygiene import CLEANING_ENVIRONMENT
from matcher.track_embedder import TrackEmbedder
from tests.builders_contracts import (
    a_crop,
    a_gallery,
    a_probe,
    a_reference,
    a_template,
    a_trusted_site,
    a_warrant,
    an_authorisation,
)
from tests.builders_lent_runs import a_lent_list
from tests.builders_volunteers import a_blue_gallery, a_consent, a_sealed_volunteer
from tests.memory_scanner import masked

PROFILE = shipped_profile()
PIECE = 16


def pieces(whole: bytes) -> list[str]:
    """Return sixteen bytes from two places, masked: four numbers of a template are nobody else's."""
    places = np.linspace(len(whole) // 3, len(whole) - PIECE, 2).astype(int) // 4 * 4
    return [masked(whole[place : place + PIECE]).hex() for place in places]


def a_real_probe(store: ModelStore) -> Any:
    """Return a probe of three crops of a real face."""
    image = np.ascontiguousarray(data.astronaut()[:, :, ::-1])
    found = max(open_face_finder(PROFILE, store, threads=1).find(image), key=lambda face: face.width)
    left, top, right, bottom = (round(value) for value in found.box_xyxy)
    x, y = max(0, left - 40), max(0, top - 40)
    part = image[y : bottom + 40, x : right + 40]
    assert found.landmarks_xy is not None
    return a_probe(
        *(
            a_crop(
                width=part.shape[1],
                height=part.shape[0],
                box_xyxy=(left - x, top - y, right - x, bottom - y),
                landmarks_xy=tuple((float(px - x), float(py - y)) for px, py in found.landmarks_xy),
                quality=0.9 - 0.1 * number,
                pixels_bgr=cv2.convertScaleAbs(part, alpha=1 - 0.04 * number).tobytes(),
            )
            for number in range(3)
        )
    )


def prepare(folder: Path, store: ModelStore) -> None:
    site = a_trusted_site(demo=True)
    template = a_template(7)
    gallery = a_gallery([a_reference(site, template, profile_sha256=PROFILE.profile_sha256)])
    warrant = a_warrant(profile_sha256=PROFILE.profile_sha256, demo=True)
    unverified, ask = an_authorisation(site, gallery=gallery, warrant=warrant)
    volunteer = a_template(8)
    run = a_lent_list(
        site,
        bundle=a_blue_gallery([a_sealed_volunteer(site, volunteer, profile_sha256=PROFILE.profile_sha256)]),
        consents=(a_consent(),),
        run={"profile_sha256": PROFILE.profile_sha256},
    )
    probe = a_real_probe(store)
    embedder = open_embedder(PROFILE, store, threads=1)
    fused = TrackEmbedder(embedder, PROFILE.comparison).embed(probe.crops).template
    images = [np.frombuffer(crop.pixels_bgr, np.uint8).reshape(crop.height, crop.width, 3) for crop in probe.crops]
    landmarks = [np.asarray(crop.landmarks_xy, np.float32) for crop in probe.crops]
    chips = [embedder.align(image, points) for image, points in zip(images, landmarks, strict=True)]
    singles = embedder.embed(chips)
    patterns = {
        "reference": pieces(template.tobytes()),
        "volunteer": pieces(volunteer.tobytes()),
        "opening key": [masked(site.opening.secret).hex()],
        "probe template": pieces(fused.tobytes()),
        "single templates": [piece for single in singles[1:] for piece in pieces(single.tobytes())],
        "pixels": [piece for image in images[1:] for piece in pieces(image[10:-10].tobytes())],
        "chips": [piece for chip in chips[1:2] for piece in pieces(chip[20:-20].tobytes())],
    }
    (folder / "models").symlink_to(store.path("0" * 64).parent)
    site.pin_in(folder)
    (folder / "opening.key").touch(mode=0o600)
    (folder / "opening.key").write_bytes(site.opening.secret)
    (folder / "ask.json").write_text(json.dumps(ask.to_json()))
    answer = LeaseAnswer(authorisations=((unverified, gallery),), runs=(run[:2],))
    (folder / "answer").write_bytes(answer.to_bytes())
    (folder / "probe").write_bytes(probe.to_bytes())
    (folder / "patterns.json").write_text(json.dumps(patterns))


@pytest.mark.law("C3")
@pytest.mark.slow
def test_memory_holds_nothing_of_a_non_candidate_and_nothing_of_the_gallery_after_the_lease(
    tmp_path: Path, built_models: ModelStore
) -> None:
    prepare(tmp_path, built_models)
    root = Path(__file__).parents[2]
    ended = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("memory_subject.py")), str(tmp_path)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(root), **CLEANING_ENVIRONMENT},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    result = json.loads(ended.stdout)
    assert result["compared"]
    assert (result["candidates"], result["sighted"], result["runs"]) == (0, 0, 1)
    seen = result["seen"]
    print(json.dumps(seen, indent=1))  # noqa: T201 -- shown where the test fails

    assert not any(seen["empty"].values())
    assert seen["key in use"]["opening key"] > 0
    assert seen["lease held"]["reference"] > 0
    assert seen["lease held"]["volunteer"] > 0
    assert seen["lease held"]["opening key"] == 0
    assert seen["face in hand"]["probe template"] > 0
    assert seen["face in hand"]["pixels"] > 0

    held = {"reference", "volunteer"}
    assert {name: seen["probe compared"][name] for name in seen["empty"] if name not in held} == {
        "opening key": 0,
        "probe template": 0,
        "single templates": 0,
        "pixels": 0,
        "chips": 0,
    }
    assert all(seen["probe compared"][name] > 0 for name in held)
    assert not any(seen["lease ended"].values())
