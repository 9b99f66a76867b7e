"""Profile files for tests: the built-in table as JSON, with some entries changed."""

import json
from collections.abc import Callable
from typing import Any

from governance.domain.legal_profile import SWEDEN_2026, LegalProfile


def as_written(value: object) -> bytes:
    """Return the canonical bytes of a JSON value, as a profile file has them."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def a_table(base: LegalProfile = SWEDEN_2026) -> dict[str, Any]:
    """Return a profile file as a JSON object, to be changed."""
    table: dict[str, Any] = json.loads(base.to_bytes())
    return table


def a_profile_file(base: LegalProfile = SWEDEN_2026, **values: object) -> bytes:
    """Return a profile file in which some parameters have other values."""
    table = a_table(base)
    for name, value in values.items():
        table["parameters"][name]["value"] = value
    return as_written(table)


def edited(base: LegalProfile, edit: Callable[[dict[str, Any]], object]) -> bytes:
    """Return a profile file after an edit of its JSON."""
    table = a_table(base)
    edit(table)
    return as_written(table)
