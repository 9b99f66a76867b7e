"""Governance's records when one log follows another: what they remember of places in the log is made to fit.

Done between the end of the old log and the first start on the new one; doing it twice changes nothing.
"""

from collections.abc import Sequence
from typing import Final, cast

from sqlalchemy import Column, Connection, Engine, delete, func, select, update

from governance.adapters.compartment_sealer import CommittingSealer
from governance.adapters.db import tables
from governance.adapters.db.database import SqlDatabase
from governance.adapters.db.repositories import storage_errors
from governance.adapters.system import SystemClock, SystemRandomness
from governance.adapters.without_witnesses import NoWitnesses
from governance.application.journal import SOURCE, Journal
from governance.application.ports import KeyVault, Log
from governance.audit.leaf import KeyRef
from governance.audit.merkle import EMPTY_ROOT

_FIRST: Final = 0


class _NobodyAsked:
    """A vault of which the journal learns nothing: what it says here seals nothing, and opens nothing."""

    def seen(self) -> tuple[int, bytes]:
        """Say that nothing was seen."""
        return 0, EMPTY_ROOT


class Records:
    """The database, seen by the commands that end a log."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def settle(self, log: Log) -> None:
        """Let the old log say of every announced change that it was carried out, or that it was not.

        Raises:
            LogRolledBack: the database is older than the log says.
            LogUnavailable: one of the two cannot be read or written.
        """
        journal = Journal(
            log=log,
            vault=cast("KeyVault", _NobodyAsked()),
            witnesses=NoWitnesses(),
            sealer=CommittingSealer(),
            clock=SystemClock(),
            randomness=SystemRandomness(),
        )
        journal.start(SqlDatabase(self._engine, journal).settled)

    def settled(self) -> dict[str, int]:
        """Return the number of the last committed change, by producer."""
        with storage_errors(), self._engine.begin() as connection:
            return {SOURCE: int(connection.execute(select(tables.SETTLED.c.number)).scalar_one_or_none() or 0)}

    def begin_new_log(self) -> None:
        """Make every place in the old log one of the past, in one transaction.

        Changes are counted from the beginning. Erasures that were intended and not carried out are intended anew in the
        new log; whole days by themselves. Views, and hand-offs that were shown, keep a place that no entry of a log can
        have: else the showing of another by an entry of the same number would be refused. Holds forget theirs: the
        entry that ends one would else name whatever has that number in the new log.

        Raises:
            StorageFailed: nothing was changed.
        """
        with storage_errors(), self._engine.begin() as connection:
            for places in (tables.VIEWS.c.log_index, tables.HAND_OFFS.c.opened_index):
                _let_be_of_the_past(connection, places)
            connection.execute(update(tables.HOLDS).values(placed_at=None))
            connection.execute(update(tables.ERASURES).values(intent=None))
            connection.execute(delete(tables.DAY_ERASURES))
            connection.execute(update(tables.SETTLED).values(number=_FIRST))


def _let_be_of_the_past(connection: Connection, places: Column[int]) -> None:
    least = min(_FIRST, connection.execute(select(func.min(places))).scalar_one() or _FIRST)
    put = {places.name: least - 1 - places}
    connection.execute(update(places.table).where(places >= _FIRST).values(put))


def kept_boxes(engine: Engine, keys: Sequence[KeyRef]) -> dict[KeyRef, bytes]:
    """Return the boxes of kept objects by their keys; those that were erased are missing.

    Raises:
        StorageFailed: the database cannot be read.
    """
    query = select(tables.OBJECTS.c.box)
    found = {}
    with storage_errors(), engine.connect() as connection:
        for key in keys:
            box = connection.execute(query.where(tables.OBJECTS.c.object_id == key.text)).scalar_one_or_none()
            if box is not None:
                found[key] = bytes(box)
    return found
