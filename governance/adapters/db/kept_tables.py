"""Which class of data each table holds, as the tables say it themselves: asked before anything starts (B11)."""

from governance.adapters.db.tables import METADATA
from governance.domain.retention import DataClass


def kept_tables() -> dict[str, DataClass | None]:
    """Return every table with its retention class; nothing where it names none."""
    found: dict[str, DataClass | None] = {}
    for table in METADATA.sorted_tables:
        named = table.info.get("retention")
        found[table.name] = named if isinstance(named, DataClass) else None
    return found
