"""What is shown or handed out about a person travels as `Released`, and only a receipt makes one (invariant 4)."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Final, Generic, TypeVar

from contracts.errors import ContractError
from contracts.receipt import verify_receipt
from governance.application.errors import StorageFailed
from governance.application.governance import Governance
from governance.application.journal import Recorded
from governance.audit.errors import EntryRefused
from governance.audit.leaf import Leaf
from governance.domain.events import Event

T = TypeVar("T")

RECEIPT_LIFE: Final = timedelta(seconds=60)
"""What is released follows its entry within this time, or needs another."""
_CLOCKS_DIFFER: Final = timedelta(seconds=5)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ONLY_RELEASE: Final = object()


class Released(Generic[T]):
    """Something personal together with the place of the entry that says it is shown. `release` alone makes it."""

    __slots__ = ("index", "value")

    def __init__(self, token: object, value: T, index: int) -> None:
        """Refuse everybody but `release`.

        Raises:
            TypeError: somebody else called.
        """
        if token is not _ONLY_RELEASE:
            raise TypeError("Only `release` makes something of this type, from a receipt.")
        self.value = value
        self.index = index

    def __repr__(self) -> str:
        return f"Released(entry {self.index})"


def release(governance: Governance, value: T, recorded: Recorded, *, events: Collection[Event]) -> Released[T]:
    """Return the value for showing, if a fresh and proven entry of one of these events says that it is shown.

    Raises:
        StorageFailed: it does not, or no witness confirmed the log for too long; nothing may be shown.
    """
    refusal = "The log does not say that this is shown; nothing is."
    governance.journal.require_fresh_witness()
    try:
        proven = verify_receipt(recorded.receipt, origin=governance.log_origin, log_key=governance.log_key)
        leaf = Leaf.from_bytes(proven)
    except (ContractError, EntryRefused) as error:
        raise StorageFailed(refusal) from error
    age = governance.clock.now() - (_EPOCH + timedelta(milliseconds=leaf.time_ms))
    if leaf.event not in {event.value for event in events} or not -_CLOCKS_DIFFER <= age <= RECEIPT_LIFE:
        raise StorageFailed(refusal)
    return Released(_ONLY_RELEASE, value, recorded.index)
