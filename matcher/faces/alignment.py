"""From a face in a picture to an upright chip of fixed size, as the embedder was trained on it."""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from contracts.model_profile import AlignmentBinding, AlignmentKind
from matcher.faces.dlib_chip import dlib_chip
from matcher.faces.face import BgrImage, FloatArray, RgbChip
from matcher.faces.geometry import similarity

#: Cuts one chip: picture and landmarks in, (size, size, 3) uint8, red first, out.
Aligner = Callable[[BgrImage, FloatArray], RgbChip]


def open_aligner(binding: AlignmentBinding) -> Aligner:
    """Return the alignment that the profile binds."""
    match binding.kind:
        case AlignmentKind.DLIB_CHIP:
            return lambda image_bgr, landmarks_xy: dlib_chip(
                image_bgr, landmarks_xy, size=binding.size, padding=binding.padding
            )
        case AlignmentKind.TEMPLATE:
            template = np.array(binding.template_xy, dtype=np.float64)
            return lambda image_bgr, landmarks_xy: template_chip(
                image_bgr, landmarks_xy, size=binding.size, template_xy=template
            )


def template_chip(
    image_bgr: BgrImage, landmarks_xy: FloatArray, *, size: int, template_xy: npt.NDArray[np.float64]
) -> RgbChip:
    """Bring five landmarks nearest to a template, as ArcFace does (J. Deng et al., 2019); black outside the picture."""
    matrix = similarity(landmarks_xy, template_xy)
    chip_bgr = cv2.warpAffine(image_bgr, matrix, (size, size), flags=cv2.INTER_LINEAR)
    return np.ascontiguousarray(chip_bgr[:, :, ::-1])
