"""The machine's own clock, its random source, and argon2id."""

import secrets
from datetime import UTC, datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


class SystemClock:
    """The wall clock in UTC, to the millisecond, as records and log write it."""

    def now(self) -> datetime:
        """Return the present instant."""
        now = datetime.now(UTC)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)


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
