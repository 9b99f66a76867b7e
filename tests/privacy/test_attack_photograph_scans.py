"""A photograph of a few kilobytes that would keep the enrolment matcher busy for hours is refused before decoding."""

import cv2
import numpy as np
import pytest

from matcher.errors import ImageRefused
from matcher.faces.photograph import open_photograph

PROGRESSIVE = [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]


def a_progressive_jpeg() -> bytes:
    return cv2.imencode(".jpg", np.zeros((64, 64, 3), np.uint8), PROGRESSIVE)[1].tobytes()


def test_a_scan_repeated_without_end_is_refused_undecoded(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = a_progressive_jpeg()
    last_scan = plain[plain.rfind(b"\xff\xda") : -2]
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("decoded"))
    with pytest.raises(ImageRefused, match="layers"):
        open_photograph(plain[:-2] + last_scan * 1000 + b"\xff\xd9")


def test_a_progressive_photograph_is_opened() -> None:
    assert open_photograph(a_progressive_jpeg()).shape == (64, 64, 3)
