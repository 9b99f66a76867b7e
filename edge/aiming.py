"""Aiming a camera without a warrant: a picture too coarse for any face, made without a detector."""

from typing import Final

import cv2
import numpy as np

from edge.masks import MaskedFrame
from matcher.faces.face import BgrImage

#: So many blocks across the picture: a face that fills a third of its height is then about five blocks wide.
_BLOCKS_ACROSS: Final = 32


def pixelated(frame: MaskedFrame) -> BgrImage:
    """Return a coarse copy of the frame, of the same size, in blocks of one colour each."""
    rows = max(1, round(_BLOCKS_ACROSS * frame.height / frame.width))
    coarse = cv2.resize(frame.image_bgr, (_BLOCKS_ACROSS, rows), interpolation=cv2.INTER_AREA)
    blocks = cv2.resize(coarse, (frame.width, frame.height), interpolation=cv2.INTER_NEAREST)
    return blocks.astype(np.uint8, copy=False)
