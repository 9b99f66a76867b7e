"""The machine's own clock, its random source, and argon2id."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from contracts.clock import Moment, read_clocks
from governance.application.errors import ClockJumped

_TOLERATED_JUMP: Final = timedelta(minutes=1)
"""As long as a lease. A clock that is slewed, as time services do, does not jump at all."""


class SystemClock:
    """The wall clock in UTC, to the millisecond, as records and log write it.

    It is held against the clock that nobody can set (`CLOCK_BOOTTIME`) from the making of this object on: a machine
    whose date jumps ahead by years would otherwise erase at once what has years to live.
    """

    def __init__(self, clocks: Callable[[], Moment] = read_clocks) -> None:
        self._clocks = clocks
        self._first = clocks()

    def now(self) -> datetime:
        """Return the present instant.

        Raises:
            ClockJumped: the wall clock was set by more than a minute. It is right again once it is set back.
        """
        at = self._clocks()
        jumped = (at.now - self._first.now) - timedelta(seconds=at.boot - self._first.boot)
        if abs(jumped) > _TOLERATED_JUMP:
            raise ClockJumped(
                f"This machine's clock was set by {round(jumped.total_seconds())} seconds while the server ran. "
                "Nothing is shown or erased until it is set back or, if it is right now, the server is started anew."
            )
        return at.now.replace(microsecond=at.now.microsecond // 1000 * 1000)


class SystemRandomness:
    """The operating system's random source."""

    def identifier(self) -> str:
        """Return 128 random bits as 32 hexadecimal digits."""
        return secrets.token_hex(16)

    def token(self) -> str:
        """Return a secret token of 32 random bytes, URL-safe."""
        return secrets.token_urlsafe(32)

    def salt(self) -> str:
        """Return 32 random bytes as 64 hexadecimal digits."""
        return secrets.token_hex(32)


class Argon2Hasher:
    """argon2id (RFC 9106) with the library's parameters; they travel inside the hash."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_urlsafe(32))

    def hash(self, password: str) -> str:
        """Return the salted hash to keep."""
        return self._hasher.hash(password)

    def is_right(self, password_hash: str, password: str) -> bool:
        """Say whether this is the password."""
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    def waste_time(self, password: str) -> None:
        """Take as long as for a real account, so that the time does not tell whether a name exists."""
        self.is_right(self._nobody, password)
