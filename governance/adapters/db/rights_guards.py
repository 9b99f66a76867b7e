"""What the database itself refuses at the rights desk (B13), a part of `governance.adapters.db.guards`."""

from typing import Final

from governance.adapters.db.guard import Guard

_HOUR: Final = 3_600_000
_DAY: Final = 24 * _HOUR
_LONGEST_TIME: Final = 32 * _DAY + _HOUR
"""A month of 31 days, to the end of its last; the clock may be put back meanwhile. No legal profile has more."""
_LONGEST_EXTENSION: Final = 62 * _DAY + _HOUR

RIGHTS_GUARDS: Final = (
    Guard(
        name="rights_requests_begin_open",
        table="rights_requests",
        operation="INSERT",
        condition="NEW.closed_at IS NOT NULL OR NEW.extended_at IS NOT NULL"
        f" OR NEW.due_at > NEW.created_at + {_LONGEST_TIME}",
        sentence="a request is registered before it is extended or answered, and due within its time (B13)",
    ),
    Guard(
        name="rights_requests_are_put_off_once",
        table="rights_requests",
        operation="UPDATE",
        condition="(NEW.due_at <> OLD.due_at AND (OLD.extended_at IS NOT NULL OR NEW.extended_at IS NULL"
        f" OR NEW.due_at > OLD.due_at + {_LONGEST_EXTENSION}))"
        " OR (OLD.extended_at IS NOT NULL AND (NEW.extended_at IS NULL OR NEW.extended_at <> OLD.extended_at"
        " OR NEW.extended_by <> OLD.extended_by OR NEW.extension <> OLD.extension))"
        " OR (OLD.extended_at IS NULL AND NEW.extended_at IS NOT NULL AND NEW.extended_at >= OLD.due_at)",
        sentence="the time of a request is put off once, while it runs, by no more than the extension of the law (B13)",
    ),
    Guard(
        name="rights_requests_are_closed_once",
        table="rights_requests",
        operation="UPDATE",
        condition="OLD.closed_at IS NOT NULL AND (NEW.closed_at IS NULL OR NEW.closed_at <> OLD.closed_at"
        " OR NEW.closed_by <> OLD.closed_by OR NEW.answer <> OLD.answer OR NEW.outcome <> OLD.outcome"
        " OR COALESCE(NEW.intervention, '') <> COALESCE(OLD.intervention, '')"
        " OR (OLD.extended_at IS NULL AND NEW.extended_at IS NOT NULL))",
        sentence="a request that was answered stays closed, as it was answered (B13)",
    ),
)
