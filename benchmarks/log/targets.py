"""What the log is to reach on two cores, and whether it did."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One figure: the least or the greatest value that is good, or neither where it is told for comparison alone."""

    key: str
    title: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def wanted(self) -> str:
        """The target in words."""
        if self.at_least is not None:
            return f"at least {self.at_least:g}"
        return "–" if self.at_most is None else f"at most {self.at_most:g}"

    def met_by(self, measured: float | None) -> bool | None:
        """Say whether a value reaches the target; None where nothing was measured or nothing is asked."""
        if measured is None or (self.at_least is None and self.at_most is None):
            return None
        return (self.at_least is None or measured >= self.at_least) and (
            self.at_most is None or measured <= self.at_most
        )


LARGEST_GROWTH: Final = 1.25
"""Cost per append at a million entries over that at ten thousand: what the noise of a shared machine may add to one."""

TARGETS: Final = (
    Target(key="sqlite_appends_per_s", title="Appends/s, 64 writers, SQLite", at_least=2_000),
    Target(key="sqlite_ratio_vs_unbatched", title="… times one unbatched writer's on the same disk"),
    Target(key="appends_per_commit", title="Appends to one durable commit, 64 writers", at_least=20),
    Target(key="postgresql_appends_per_s", title="Appends/s, 64 writers, PostgreSQL", at_least=2_000),
    Target(key="p99_ms", title="p99 of an append at half of the highest rate, ms", at_most=100),
    Target(key="replay_per_s", title="Replay of the tree, leaves/s", at_least=200_000),
    Target(key="audit_per_s", title="Full audit, entries/s", at_least=40_000),
    Target(key="restart_s", title="Restart of the large log to its first append, s", at_most=1),
    Target(key="receipt_check_ms", title="Check of a receipt under a verified checkpoint, ms", at_most=0.1),
    Target(key="growth_ratio", title="Cost of an append, large log over small", at_most=LARGEST_GROWTH),
)
