"""Two clocks read together: the wall clock, which people can set, and one that nobody can set back."""

import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from contracts.errors import Malformed

CLOCK_TOLERANCE: Final = timedelta(seconds=5)
"""How far the clocks of site and centre may differ before a record counts as not yet valid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One reading of both clocks.

    `now` is the wall clock in UTC. `boot` is CLOCK_BOOTTIME in seconds: it runs on while the machine sleeps, is the
    same for all processes of the machine, and no command sets it.
    """

    now: datetime
    boot: float

    def __post_init__(self) -> None:
        # Every comparison with NaN is false, so NaN would never be past the end of anything.
        if self.now.utcoffset() is None or not math.isfinite(self.boot):
            raise Malformed("A moment is an instant with a time zone and a finite number of seconds.")


def read_clocks() -> Moment:
    """Read both clocks of this machine."""
    return Moment(now=datetime.now(UTC), boot=time.clock_gettime(time.CLOCK_BOOTTIME))
