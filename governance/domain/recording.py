"""What a route, a job or a command declares that it writes to the log (invariant 4: nothing shown that is not logged).

A declaration is read by tests that call each of them and hold the log against it. Two things stand outside it, because
they may come with any call: a refusal (`request.refuse`), and what the journal itself says (`BY_THE_JOURNAL`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from governance.domain.events import Event

BY_THE_JOURNAL: Final = frozenset({Event.CHANGE_VOID, Event.RECORDS_CHANGE})
"""Written for whoever comes next: what was announced and did not come, and what did not fit into one entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """B4: the events of each success (`always`), of some (`sometimes`); `silent` says why a success may write none."""

    always: frozenset[Event] = frozenset()
    sometimes: frozenset[Event] = frozenset()
    silent: str = ""

    def __post_init__(self) -> None:
        """Refuse a declaration that declares nothing and gives no reason.

        Raises:
            ValueError: it names no event and no reason, or a reason although each success writes something.
        """
        if (self.always and self.silent) or not (self.events or self.silent):
            raise ValueError("A declaration names the events that each success writes, or the reason why it has none.")

    @property
    def events(self) -> frozenset[Event]:
        """Every event that may be written, but refusals and what the journal says."""
        return self.always | self.sometimes

    def admits(self, written: Collection[Event]) -> bool:
        """Say whether these are the events of a success as declared: none missing, none undeclared."""
        own = frozenset(written) - BY_THE_JOURNAL
        if not own:
            return bool(self.silent)
        return self.always <= own <= self.events


def recording(*always: Event, sometimes: Collection[Event] = (), silent: str = "") -> Recording:
    """Return the declaration of something that writes to the log.

    `always` are written by each success; of `sometimes`, a success that writes nothing else writes at least one, unless
    `silent` says why it may write none.

    Raises:
        ValueError: nothing is declared.
    """
    if not always and not sometimes:
        raise ValueError("Name the events, or declare that nothing is recorded, and why.")
    return Recording(always=frozenset(always), sometimes=frozenset(sometimes), silent=silent)


def recording_nothing(reason: str) -> Recording:
    """Return the declaration of something that writes nothing to the log, with the reviewed reason why.

    Raises:
        ValueError: no reason is given.
    """
    if not reason:
        raise ValueError("Say why nothing is recorded.")
    return Recording(silent=reason)
