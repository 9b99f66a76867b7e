"""Frames in memory that decoder and worker share: anonymous, without a name in any file system.

The decoder makes a ring for one frame size and sends its file descriptor; both map it. A slot belongs to one side at
a time, which the messages between them settle, so no frame is copied and none is read while it is written.
"""

import mmap
import os
from typing import Final, Self

import numpy as np

from matcher.faces.face import BgrImage

#: One being written, one ready, one lent to the worker: the least with which nobody waits for another.
SLOTS: Final = 3

MAX_PIXELS: Final = 33_554_432
"""Frames larger than this are refused; 8K is 33,177,600."""


class FrameRing:
    """`SLOTS` frames of one shape in one anonymous shared memory."""

    def __init__(self, *, descriptor: int, height: int, width: int) -> None:
        self.descriptor = descriptor
        self.height = height
        self.width = width
        size = SLOTS * height * width * 3
        self._memory = mmap.mmap(descriptor, size)
        self._frames = np.frombuffer(self._memory, dtype=np.uint8).reshape(SLOTS, height, width, 3)

    @classmethod
    def create(cls, *, height: int, width: int) -> Self:
        """Make the memory; the decoder does."""
        descriptor = os.memfd_create("frames", os.MFD_CLOEXEC)
        os.ftruncate(descriptor, SLOTS * height * width * 3)
        return cls(descriptor=descriptor, height=height, width=width)

    def slot(self, index: int) -> BgrImage:
        """Return one slot as a writable (height, width, 3) view, not a copy."""
        view: BgrImage = self._frames[index]
        return view

    def wipe(self) -> None:
        """Overwrite every slot."""
        self._frames[:] = 0

    def close(self) -> None:
        """Give up this side's descriptor. The memory itself goes when the last view of it does."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
