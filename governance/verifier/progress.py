"""A progress bar of one line, on a terminal only."""

from collections.abc import Callable
from typing import Final, TextIO

_WIDTH: Final = 30


def progress_on(stream: TextIO, label: str) -> Callable[[int, int], None]:
    """Return a function that shows how far something is; where the stream is no terminal, it shows nothing."""
    if not stream.isatty():
        return lambda _done, _all: None
    shown = -1

    def show(done: int, of: int) -> None:
        nonlocal shown
        percent = 100 * done // of if of else 100
        if percent == shown:
            return
        shown = percent
        bar = "█" * (_WIDTH * percent // 100)
        stream.write(f"\r{label} [{bar:<{_WIDTH}}] {percent:3d} %")
        if done >= of:
            stream.write("\r" + " " * (len(label) + _WIDTH + 10) + "\r")
        stream.flush()

    return show
