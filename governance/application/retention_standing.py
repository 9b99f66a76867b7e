"""How retention stands here and now: what is past its end and still there (B1, F3). Numbers, and nobody."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from governance.application.governance import Governance
from governance.application.log_errors import log_errors
from governance.application.procedure import acting
from governance.domain.holds import HoldState, is_over
from governance.domain.identifiers import AccountId
from governance.domain.retention import RETENTION, DataClass, RetentionRule, due_day
from governance.domain.roles import Action

_PATIENCE: Final = timedelta(hours=1)
"""The job runs every few seconds; what is still there an hour after its end is late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPage:
    """Every class with its rule; objects and days of keys that are late, erasures that wait, objects that are held."""

    rules: tuple[tuple[DataClass, RetentionRule], ...]
    late_objects: int
    late_days: int
    waiting: int
    held: int

    @property
    def is_late(self) -> bool:
        """Whether anything is past its end that nobody holds."""
        return self.late_objects > 0 or self.late_days > 0


def read_retention(governance: Governance, actor: AccountId) -> RetentionPage:
    """Say what is late now. What the log proves of the past is another question: `insyn retention prove`."""
    now = governance.clock.now()
    with log_errors():
        days = governance.vault.days()
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.LOG_READ)
        # B15: a hold that is over keeps nothing, also where nothing ended it yet.
        in_force = tx.holds.where(state=HoldState.IN_FORCE)
        held = {one.object_id for one in in_force if not is_over(one, now=now - _PATIENCE)}
        late = set(tx.object_ids(due_by=now - _PATIENCE)) - held
        waiting = len(tx.erasures.where())
        held_days = {tuple(one.split(".")[:2]) for one in held}
    # A day's keys go when the day is over; an hour later they are late.
    today = due_day(now - _PATIENCE)
    over = [(name, day) for name, day in days if day < today and (name, str(day)) not in held_days]
    return RetentionPage(
        rules=tuple(sorted(RETENTION.items())),
        late_objects=len(late),
        late_days=len(over),
        waiting=waiting,
        held=len(held),
    )
