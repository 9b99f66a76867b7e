"""A masked frame cannot be turned into an unmasked one: what made it does not travel with it."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from edge.masks import FrameStamp, MaskedFrame, PrivacyMasks, RawFrame

STAMP = FrameStamp(session="s", number=0, stream_time_s=0.0, captured_at=datetime(2026, 3, 2, tzinfo=UTC))
MASK = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


@pytest.mark.law("C3")
def test_replace_puts_no_other_picture_into_a_masked_frame() -> None:
    seen = np.full((8, 8, 3), 200, np.uint8)
    masked = PrivacyMasks([MASK]).paint(RawFrame(stamp=STAMP, unmasked_bgr=seen.copy()))
    assert not masked.image_bgr.any()
    with pytest.raises((TypeError, ValueError)):
        replace(masked, image_bgr=seen)


def test_a_masked_frame_carries_nothing_that_makes_another() -> None:
    masked = PrivacyMasks([]).paint(RawFrame(stamp=STAMP, unmasked_bgr=np.zeros((8, 8, 3), np.uint8)))
    with pytest.raises((TypeError, AttributeError)):
        MaskedFrame(stamp=STAMP, image_bgr=masked.image_bgr, _made_by=masked._made_by)  # type: ignore[misc]  # no field
