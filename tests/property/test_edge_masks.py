"""Inside of a privacy mask every pixel is black, whatever was there; outside nothing changes but a thin rim."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from edge.errors import MaskRefused
from edge.masks import PrivacyMasks
from tests.builders_edge import a_raw_frame

FRACTION = st.floats(0, 1, width=32)
POLYGON = st.lists(st.tuples(FRACTION, FRACTION), min_size=3, max_size=7)
SIZE = st.integers(16, 160)


@given(polygon=POLYGON, width=SIZE, height=SIZE, seed=st.integers(0, 2**32 - 1))
def test_every_pixel_inside_is_black_whatever_was_there(
    polygon: list[tuple[float, float]], width: int, height: int, seed: int
) -> None:
    image = np.random.default_rng(seed).integers(1, 256, (height, width, 3), dtype=np.uint8)
    masked = PrivacyMasks([polygon]).paint(a_raw_frame(image)).image_bgr
    inside = _inside(polygon, width, height)
    assert not masked[inside].any()


@given(left=st.floats(0.1, 0.4), right=st.floats(0.5, 0.9), top=st.floats(0.1, 0.4), bottom=st.floats(0.5, 0.9))
def test_far_outside_nothing_changes(left: float, right: float, top: float, bottom: float) -> None:
    image = np.full((200, 300, 3), 200, np.uint8)
    masked = PrivacyMasks([[(left, top), (right, top), (right, bottom), (left, bottom)]]).paint(a_raw_frame(image))
    outside = np.ones((200, 300), bool)
    outside[int(top * 200) - 4 : int(bottom * 200) + 5, int(left * 300) - 4 : int(right * 300) + 5] = False
    assert (masked.image_bgr[outside] == 200).all()


@given(polygon=POLYGON, bad=st.sampled_from([float("nan"), float("inf"), -0.01, 1.01]), place=st.integers(0, 2))
def test_a_mask_that_cannot_be_painted_is_refused(polygon: list[tuple[float, float]], bad: float, place: int) -> None:
    assume(place < len(polygon))
    broken = [*polygon[:place], (bad, 0.5), *polygon[place + 1 :]]
    with pytest.raises(MaskRefused):
        PrivacyMasks([broken])


def _inside(polygon: list[tuple[float, float]], width: int, height: int) -> np.ndarray:
    """Tell by even and odd crossings, at the centre of each pixel: independent of how OpenCV fills."""
    rows, columns = np.mgrid[0:height, 0:width]
    x, y = (columns + 0.5) / width, (rows + 0.5) / height
    inside = np.zeros((height, width), bool)
    for (x0, y0), (x1, y1) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        crosses = (y0 > y) != (y1 > y)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            at = (x1 - x0) * (y - y0) / np.float64(y1 - y0 if y1 != y0 else np.nan) + x0
        inside ^= crosses & (x < at)
    return inside
