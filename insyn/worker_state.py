"""What an edge worker last said of itself, read from its log: states and counts, nothing of anybody."""

import json
from pathlib import Path


def newest_state(log: Path) -> dict[str, object]:
    """Return the worker's newest state line, or its last words where it said no state; empty where it said nothing."""
    if not log.exists():
        return {}
    words = ""
    for line in reversed(log.read_text(encoding="utf-8", errors="replace").splitlines()):
        words = words or line
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if isinstance(said, dict) and "state" in said:
            return said
    return {"note": words} if words else {}


def last_reason(log: Path) -> str:
    """Return the sentence with which a worker ended in failure, or a sentence that points at its log."""
    try:
        said = json.loads(log.read_text(encoding="utf-8", errors="replace").splitlines()[-1])
        return str(said["reason"])
    except (OSError, ValueError, LookupError, TypeError):
        return f"The worker ended without a word; see {log}."
