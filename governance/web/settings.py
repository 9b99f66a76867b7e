"""The few values of the web itself: the names under which it answers, and its limits."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from governance.application.daily_checkpoint import Kept, KeptInMemory

LARGEST_BODY: Final = 12 * 1024 * 1024
"""Bytes of a request that carries no crops."""
LARGEST_REPORT: Final = 28 * 1024 * 1024
"""Bytes of a candidate report: five crops of the largest size, sealed, as base64, beside the signed record."""
LONGEST_UPLOAD: Final = 30.0
"""Seconds in which a request's body arrives: nobody holds memory here by sending slowly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """`hosts` are the names in the Host header that are answered: another name is a rebinding attack or a mistake.

    `secure_cookies` is set wherever the consoles are reached over TLS, which is everywhere but on one machine.
    `log_tokens` is a file of tokens for auditors' machines, one a line; none, no machine reads the log. `public` keeps
    the day's checkpoint; in memory it is another after a restart.
    """

    hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    secure_cookies: bool = False
    log_tokens: Path | None = None
    stop_patience: float = 20.0
    """Seconds for which a site's question about stops stays open."""
    public: Kept = field(default_factory=KeptInMemory)
    print_pdf: Callable[[str], bytes] | None = None
    """Makes a PDF of a page; without it there are HTML and JSON."""
