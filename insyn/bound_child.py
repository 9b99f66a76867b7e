"""Start a program that ends with the process that started it, however that one ends: kill -9 leaves no orphans.

    python -m insyn.bound_child PARENT ARGUMENTS…

asks the kernel to send SIGTERM when the parent dies, and becomes `python ARGUMENTS…` in the same process.
"""

import ctypes
import os
import signal
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def main(arguments: list[str]) -> None:
    """Bind this process to its parent (prctl(2), Linux; it survives exec), then become the program."""
    parent, *program = arguments
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    # The parent may have died before the kernel was asked; then nobody would ever tell.
    if os.getppid() == int(parent):
        os.execv(sys.executable, [sys.executable, *program])  # noqa: S606 (our own interpreter, no shell)


if __name__ == "__main__":
    main(sys.argv[1:])
