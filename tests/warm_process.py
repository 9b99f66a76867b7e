"""Our own programs as processes of their own that need not load them anew: forked from one that has.

process = start("governance.serve", environment, stderr=file)
process.wait()

Loading governance takes seconds of a core, and these tests start it a hundred times. Each process is a real one: its
own memory, settings, files, sockets and end; `os.fork` alone takes the place of a new interpreter. How a program starts
from nothing is tried where the whole system runs, and in the tests of each program.
"""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final

ROOT: Final = Path(__file__).resolve().parents[1]


class WarmProcess:
    """A running process, with what of `subprocess.Popen` the tests use."""

    def __init__(self, pid: int, ending: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ending = ending

    def poll(self) -> int | None:
        """Return the exit status, negative for a signal; None while it runs."""
        return self._wait(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended, and return its exit status."""
        status = self._wait(timeout)
        if status is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal to a process that runs."""
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it ended meanwhile
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Tell it to stop."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut does."""
        self.send_signal(signal.SIGKILL)

    def _wait(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._ending], [], [], timeout)[0]:
            self.returncode = int(self._ending.recv(64))
            self._ending.close()
        return self.returncode


def run(program: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Start a program that ends by itself within a minute; return its status, and in `stderr` all that it said."""
    with TemporaryFile() as said:
        status = start(program, environment, stderr=said).wait(60)
        said.seek(0)
        return subprocess.CompletedProcess([program], status, stderr=said.read().decode())


def start(program: str, environment: Mapping[str, str], *, stderr: IO[bytes]) -> WarmProcess:
    """Start a program of ours in this environment and no other, as `python -m PROGRAM` would."""
    # Each message by itself: the number of a process that has ended already, and how it ended, are two.
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    told = {"program": program, "environment": dict(environment), "folder": str(Path.cwd())}
    files = [theirs.fileno(), stderr.fileno()]
    socket.send_fds(_loaded(), [json.dumps(told).encode()], files)
    theirs.close()
    return WarmProcess(int(ours.recv(64)), ours)


@cache
def _loaded() -> socket.socket:
    """Start the process that loads every program, once for all tests of this one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    number = theirs.fileno()
    process = subprocess.Popen([sys.executable, "-m", "tests.warm_programs", str(number)], cwd=ROOT, pass_fds=[number])
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours
