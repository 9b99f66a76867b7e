"""Folding neighbouring linear steps into one convolution, in double precision."""

import numpy as np

from matcher.models.arrays import FloatArray
from matcher.models.dlib_weights.layers import Affine, Convolution

#: dlib divides pixel values by this after it has subtracted the mean colour.
_PIXEL_SCALE = 256.0


def fold_affine(convolution: Convolution, affine: Affine) -> Convolution:
    """Return the convolution that does both."""
    gamma = affine.gamma.astype(np.float64)
    filters = convolution.filters * gamma[:, None, None, None]
    biases = convolution.biases * gamma + affine.beta
    return _with(convolution, filters, biases)


def fold_mean_colour(convolution: Convolution, mean_rgb: tuple[float, float, float]) -> Convolution:
    """Return the convolution that takes pixel values as they are, 0 to 255.

    Exact only because the first convolution of both networks has no padding.
    """
    if convolution.padding:
        raise ValueError("a padded convolution would see zeros where dlib sees the mean colour")
    filters = convolution.filters / np.float64(_PIXEL_SCALE)
    biases = convolution.biases - np.einsum("ocij,c->o", filters, np.asarray(mean_rgb, dtype=np.float64))
    return _with(convolution, filters, biases)


def _with(old: Convolution, filters: np.ndarray, biases: np.ndarray) -> Convolution:
    return Convolution(
        filters=filters.astype(np.float32),
        biases=biases.astype(np.float32),
        stride=old.stride,
        padding=old.padding,
    )


def with_silent_channels(convolution: Convolution, *, channels_in: int, channels_out: int) -> Convolution:
    """Return the same convolution with channels added that are always zero, and that nothing looks at.

    Its sums stay what they were; the runtime has a fast memory layout for whole blocks of channels alone.
    """
    out, into, rows, columns = convolution.filters.shape
    filters = np.zeros((channels_out, channels_in, rows, columns), dtype=np.float64)
    filters[:out, :into] = convolution.filters
    biases = np.zeros(channels_out, dtype=np.float64)
    biases[:out] = convolution.biases
    return _with(convolution, filters, biases)


def averaging_filters(channels_in: int, channels_out: int, size: int) -> FloatArray:
    """Filters that average each channel over a window and add silent channels at the end.

    One convolution in place of an average and a filling-up with zeros keeps the runtime in its fast memory layout.
    """
    filters = np.zeros((channels_out, channels_in, size, size), dtype=np.float32)
    filters[np.arange(channels_in), np.arange(channels_in)] = 1.0 / (size * size)
    return filters
