"""JSON lines on standard error, with a closed list of keys: what is not on the list is not written (style.md 7.7)."""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from typing import Any, Final, TextIO, cast

import structlog

ALLOWED_KEYS: Final = frozenset(
    {
        "accepted",
        "attempt",
        "cameras",
        "count",
        "dropped",
        "duration_ms",
        "event",
        "level",
        "process",
        "profile",
        "reason",
        "seconds",
        "sentence",
        "status",
        "timestamp",
        "waiting",
    }
)
"""No id of a person, a reference or a report. A new key is added here first, with a reviewer."""


class _LossyLines:
    """Standard error, but a line that does not fit on a full disk is lost: a lease ends on time all the same."""

    def write(self, text: str) -> None:
        """Write, or lose the text."""
        with suppress(OSError):
            sys.stderr.write(text)

    def flush(self) -> None:
        """Flush, or lose what was pending."""
        with suppress(OSError):
            sys.stderr.flush()


def set_up_logging(process: str) -> None:
    """Write log lines of this process as JSON to standard error; silence libraries that log requests."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_allowed_keys,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", _LossyLines())),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.clear_contextvars()
    for noisy in ("httpx", "httpcore", "uvicorn", "uvicorn.access", "uvicorn.error"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    structlog.get_logger().info("logging", process=process)


def _only_allowed_keys(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in event.items() if key in ALLOWED_KEYS}
