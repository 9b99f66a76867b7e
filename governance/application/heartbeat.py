"""Signs of life: the server says when it begins, every minute that it runs, and when it stops in good order.

So silence is evidence, and a beat carries the root over the watched tables: an edit by other means than the program is
found within a minute even where nothing is lent. It also says how many erasures were intended and still wait.
"""

from contracts.fields import format_bytes
from governance.application.governance import Governance
from governance.application.log_errors import log_errors
from governance.domain.events import Event


def begin(governance: Governance) -> None:
    """Say that the server begins, and on which state."""
    _say(governance, Event.LOG_BEGIN)


def beat(governance: Governance) -> None:
    """Say that the server is alive. To be called every minute.

    Raises:
        StorageFailed: the log does not answer.
    """
    _say(governance, Event.LOG_BEAT)


def stop(governance: Governance) -> None:
    """Say that the server stops in good order."""
    _say(governance, Event.LOG_STOP)


def take_inventory(governance: Governance) -> None:
    """Write the root of the vault's inventory into the log. To be called once a day.

    Raises:
        StorageFailed: log or vault do not answer.
    """
    with log_errors():
        root = governance.vault.inventory_root()
        governance.journal.record(Event.VAULT_INVENTORY, {}, body={"root": format_bytes(root)})


def _say(governance: Governance, event: Event) -> None:
    # Within a transaction no change can come between the state that is read and the entry that tells of it.
    with governance.database.transaction() as tx, log_errors():
        body: dict[str, object] = {
            "count": len(tx.erasures.where()) + len(tx.day_erasures.where()),
            "settled": governance.journal.settled,
            "state": format_bytes(tx.state_root()),
        }
        governance.journal.record(event, {}, body=body)
