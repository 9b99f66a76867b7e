"""Masks are the only door out of capture."""

import ast
from pathlib import Path

import numpy as np
import pytest

import edge
from edge.aiming import pixelated
from edge.masks import MaskedFrame, PrivacyMasks
from tests.builders_edge import a_frame, a_raw_frame, astronaut_bgr


def test_nobody_but_paint_makes_a_masked_frame() -> None:
    raw = a_raw_frame(np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(TypeError, match="only"):
        MaskedFrame(stamp=raw.stamp, image_bgr=raw.unmasked_bgr, _made_by=object())


def test_only_the_masks_read_what_is_not_masked_and_the_worker_only_overwrites_it() -> None:
    users = {}
    for path in Path(edge.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr == "unmasked_bgr":
                users.setdefault(path.name, []).append(node)
    assert set(users) == {"masks.py", "worker.py"}
    source = (Path(edge.__file__).parent / "worker.py").read_text()
    assert source.count("unmasked_bgr") == source.count("raw.unmasked_bgr[:] = 0")


def test_a_mask_hides_a_face_from_all_that_follows() -> None:
    image = astronaut_bgr().copy()
    masked = PrivacyMasks([[(0.3, 0.1), (0.6, 0.1), (0.6, 0.4), (0.3, 0.4)]]).paint(a_raw_frame(image))
    assert not masked.image_bgr[60:200, 160:300].any()
    assert masked.image_bgr[400:, :100].any()


def test_aiming_shows_no_face() -> None:
    coarse = pixelated(a_frame(astronaut_bgr().copy()))
    assert coarse.shape == (512, 512, 3)
    face = coarse[64:175, 173:277].reshape(-1, 3)
    assert len(np.unique(face, axis=0)) <= 8 * 8
