"""A single machine without witnesses: nothing is asked of anybody, and every page says so."""

from datetime import datetime


class NoWitnesses:
    """No witness is configured."""

    @property
    def are_configured(self) -> bool:
        """There are none."""
        return False

    def require_cosigned(self, size: int) -> None:
        """Nobody is asked."""

    def require_fresh(self, now: datetime) -> None:
        """Nobody is asked."""

    def refresh(self) -> None:
        """Nobody is asked."""

    def newest(self) -> str | None:
        """Nobody cosigned."""
        return None
