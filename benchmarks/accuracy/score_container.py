"""A file of arrays that has one spelling: zip without compression, one date, the names in order, numpy's own format.

Anybody opens it with a zip program and `numpy.load`. What has been read is written again and compared, so that no byte
hides behind another.
"""

import io
import zipfile
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.errors import ScoresRefused

LARGEST: Final = 512 * 1024 * 1024
_DATE: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3

Array = NDArray[Any]


def pack(parts: Mapping[str, bytes]) -> bytes:
    """The one file of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(parts):
            info = zipfile.ZipInfo(name, _DATE)
            info.create_system = _UNIX
            archive.writestr(info, parts[name])
    return out.getvalue()


def unpack(data: bytes) -> dict[str, bytes]:
    """The parts of a file.

    Raises:
        ScoresRefused: it is cut off, damaged, too large, or spelt otherwise than `pack` spells it.
    """
    if len(data) > LARGEST:
        raise ScoresRefused(f"The score file has more than {LARGEST // 2**20} MB and is none.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(info.file_size for info in archive.infolist()) > len(data):
                raise ScoresRefused("The score file is compressed; a score file is not.")
            parts = {info.filename: archive.read(info) for info in archive.infolist()}
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise ScoresRefused("The score file is cut off or damaged; copy it again.") from error
    if pack(parts) != data:
        raise ScoresRefused("The score file is not spelt as one; it may hide something, so write it again.")
    return parts


def array_bytes(values: Array, kind: str) -> bytes:
    """An array of one kind (such as `<f8`) in numpy's format, version 1.0."""
    out = io.BytesIO()
    np.lib.format.write_array(out, np.ascontiguousarray(values, dtype=np.dtype(kind)), (1, 0), allow_pickle=False)
    return out.getvalue()


def read_array(parts: Mapping[str, bytes], name: str, kind: str, axes: int = 1) -> Array:
    """The array of this name.

    Raises:
        ScoresRefused: it is not there, or is of another kind or shape.
    """
    if name not in parts:
        raise ScoresRefused(f"The score file has no part {name}.")
    try:
        found = np.lib.format.read_array(io.BytesIO(parts[name]), allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ScoresRefused(f"The part {name} of the score file is no array.") from error
    if found.dtype != np.dtype(kind) or found.ndim != axes or array_bytes(found, kind) != parts[name]:
        raise ScoresRefused(f"The part {name} of the score file is not of the kind that it must be.")
    return found
