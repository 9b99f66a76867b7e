"""Opening a photograph that a person sends for enrolment, and writing one without anything but pixels.

The file is foreign: its size is read before anything is decoded, only three formats are taken, and every way in which
it can be wrong is one sentence. No sentence says anything about what the picture shows or where it came from.
"""

import cv2
import numpy as np

from matcher.errors import ImageRefused
from matcher.faces.face import BgrImage
from matcher.faces.image_header import StatedSize, stated_size

#: Larger than a camera's best JPEG; a PNG of that size is a scan that should be sent as a photograph.
LARGEST_BYTES = 20 * 1024 * 1024
#: As many as the largest cameras make; decoded, 150 MB.
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 16_000


def open_photograph(content: bytes) -> BgrImage:
    """Decode a JPEG, PNG or WebP photograph, turned upright as its EXIF orientation says.

    Returns an array of shape (height, width, 3), uint8, blue first. Transparency is dropped.

    Raises:
        ImageRefused: empty, too large, not such a photograph, cut off, damaged, or larger inside than is sane.
    """
    if not content:
        raise ImageRefused("This file is empty; choose a photograph.")
    if len(content) > LARGEST_BYTES:
        raise ImageRefused(f"This file is larger than {LARGEST_BYTES // 2**20} MB; send a smaller copy.")
    size = stated_size(content)
    _refuse_bomb(size)
    try:
        image = cv2.imdecode(np.frombuffer(content, dtype=np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise ImageRefused("This photograph is damaged; send the file again.") from error
    if image is None or sorted(image.shape[:2]) != sorted((size.width, size.height)):
        raise ImageRefused("This photograph is damaged; send the file again.")
    upright: BgrImage = np.ascontiguousarray(image, dtype=np.uint8)
    return upright


def as_png(image_bgr: BgrImage) -> bytes:
    """Encode pixels losslessly as PNG, with no metadata at all."""
    done, encoded = cv2.imencode(".png", image_bgr)
    if not done:
        raise ImageRefused("This picture cannot be written as PNG; it has no pixels.")
    return encoded.tobytes()


def _refuse_bomb(size: StatedSize) -> None:
    if size.width == 0 or size.height == 0:
        raise ImageRefused("This photograph has no pixels; choose another.")
    if size.width * size.height > MOST_PIXELS or max(size.width, size.height) > LONGEST_SIDE:
        raise ImageRefused(
            f"This photograph unpacks to more than {MOST_PIXELS // 1_000_000} million pixels; send a smaller copy."
        )
