"""Where photographs come from, for tests."""

from dataclasses import replace
from datetime import date
from typing import Any, Final

from governance.domain.provenance import Origin


def an_origin(**changes: Any) -> Origin:
    """Return the origin of a lawful photograph: a custody photograph of last year."""
    origin = Origin(
        provenance="custody-photograph",
        release="none",
        source="Photograph 4711 of the custody register",
        taken_on=date(2025, 6, 1),
        born_on=None,
    )
    return replace(origin, **changes)


ORIGIN: Final = {
    "provenance": "custody-photograph",
    "source": "Photograph 4711 of the custody register",
    "taken_on": "2025-06-01",
}
"""The same as the form sends it."""
