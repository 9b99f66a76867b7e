"""What the centre's processes and a witness say: JSON lines on standard error, sentences and counts of ours."""

import sys
from collections.abc import Collection, Mapping, MutableMapping
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog
from structlog.types import Processor


class _LossyLines:
    """Standard error, but a line that does not fit on a full disk is lost: the process goes on all the same."""

    def write(self, text: str) -> None:
        """Write, or lose the text."""
        with suppress(OSError):
            sys.stderr.write(text)

    def flush(self) -> None:
        """Flush, or lose what was pending."""
        with suppress(OSError):
            sys.stderr.flush()


def set_up_logging(*, only: Collection[str] | None = None) -> None:
    """Write JSON lines on standard error; `only` is the closed list of their keys, where there is one."""

    def leave_out(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        return event if only is None else {key: value for key, value in event.items() if key in only}

    processors: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        leave_out,
        structlog.processors.JSONRenderer(sort_keys=True),
    ]
    structlog.configure(
        processors=processors, logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", _LossyLines()))
    )
