"""Reading one record strictly: every key known, present, and of its type; nothing left over."""

import base64
import binascii
import re
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from contracts.errors import Malformed

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

_SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
MAX_TEXT: Final = 4000


def format_instant(instant: datetime) -> str:
    """Write an aware instant as UTC with milliseconds, the one spelling that `Fields.instant` reads back.

    Raises:
        Malformed: the instant names no time zone.
    """
    if instant.utcoffset() is None:
        raise Malformed("An instant without a time zone cannot be written down.")
    utc = instant.astimezone(UTC).replace(tzinfo=None)
    return utc.isoformat(timespec="milliseconds") + "Z"


def format_bytes(data: bytes) -> str:
    """Write bytes as standard base64, the one spelling that `Fields.binary` reads back."""
    return base64.b64encode(data).decode("ascii")


class Fields:
    """One JSON object, read field by field. `end()` refuses what nobody asked for.

    Every reader raises `Malformed`, naming the record and the field but never its content.
    """

    def __init__(self, value: object, record: str) -> None:
        if not isinstance(value, dict):
            raise Malformed(f"This {record} is not a JSON object.")
        self._left: dict[str, Any] = dict(value)
        self._record = record

    def _take(self, key: str) -> Any:
        if key not in self._left:
            raise Malformed(f"This {self._record} has no field '{key}'.")
        return self._left.pop(key)

    def _wrong(self, key: str, expected: str) -> Malformed:
        return Malformed(f"The field '{key}' of this {self._record} is not {expected}.")

    def kind(self, expected: str) -> None:
        """Require the field `kind` to name exactly this record and version."""
        if self._take("kind") != expected:
            raise self._wrong("kind", f"'{expected}'")

    def text(self, key: str) -> str:
        """Read a text that says something: not empty, not only spaces, at most `MAX_TEXT` Unicode characters."""
        value = self._take(key)
        if not isinstance(value, str) or not value.strip() or len(value) > MAX_TEXT or _LONE_SURROGATE.search(value):
            raise self._wrong(key, "a text of 1 to 4000 characters")
        return value

    def identifier(self, key: str) -> str:
        """Read an identifier: 1 to 64 ASCII letters, digits, dots, hyphens, underscores. It can spell no wildcard."""
        value = self._take(key)
        if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
            raise self._wrong(key, "an identifier")
        return value

    def sha256(self, key: str) -> str:
        """Read a SHA-256 of 64 lower-case hexadecimal digits."""
        value = self._take(key)
        if not isinstance(value, str) or not _SHA256.fullmatch(value):
            raise self._wrong(key, "a SHA-256")
        return value

    def integer(self, key: str, *, minimum: int, maximum: int) -> int:
        """Read a whole number within its bounds. `true` is not one."""
        value = self._take(key)
        if isinstance(value, bool) or not isinstance(value, int) or not minimum <= value <= maximum:
            raise self._wrong(key, f"a whole number from {minimum} to {maximum}")
        return value

    def number(self, key: str, *, minimum: float, maximum: float) -> float:
        """Read a finite number within its bounds."""
        value = self._take(key)
        # NaN and the infinities lie within no bounds.
        if isinstance(value, bool) or not isinstance(value, int | float) or not minimum <= value <= maximum:
            raise self._wrong(key, f"a number from {minimum} to {maximum}")
        return float(value)

    def boolean(self, key: str) -> bool:
        """Read `true` or `false`."""
        value = self._take(key)
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false")
        return value

    def choice(self, key: str, choices: type[E]) -> E:
        """Read one member of a closed list."""
        value = self._take(key)
        try:
            return choices(value)
        except ValueError as error:
            raise self._wrong(key, "one of " + ", ".join(choices)) from error

    def instant(self, key: str) -> datetime:
        """Read an instant as `format_instant` writes it: UTC, with milliseconds."""
        value = self._take(key)
        if not isinstance(value, str) or not _INSTANT.fullmatch(value):
            raise self._wrong(key, "an instant such as 2026-01-31T08:00:00.000Z")
        try:
            return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        except ValueError as error:
            raise self._wrong(key, "an instant that exists") from error

    def binary(self, key: str, *, length: int | None = None) -> bytes:
        """Read bytes in canonical base64; `length` is the exact number of bytes, where it is fixed."""
        value = self._take(key)
        try:
            data = base64.b64decode(value, validate=True) if isinstance(value, str) else None
        except (binascii.Error, ValueError) as error:
            raise self._wrong(key, "base64") from error
        # Re-encoding refuses the stray trailing bits that base64 would otherwise let through.
        if data is None or format_bytes(data) != value or (length is not None and len(data) != length):
            raise self._wrong(key, "base64" if length is None else f"base64 of {length} bytes")
        return data

    def items(self, key: str, read: Callable[[object], T]) -> tuple[T, ...]:
        """Read a list, each element by `read`."""
        value = self._take(key)
        if not isinstance(value, list):
            raise self._wrong(key, "a list")
        return tuple(read(element) for element in value)

    def record(self, key: str, read: Callable[[object], T]) -> T:
        """Read a record within this one."""
        return read(self._take(key))

    def end(self) -> None:
        """Refuse fields that nobody asked for."""
        if self._left:
            raise Malformed(f"This {self._record} has {len(self._left)} unknown field(s).")
