"""The other end of `tests.warm_process`: it has loaded our programs, and forks one whenever it is asked to.

It ends when whoever started it can ask no more.
"""

import json
import os
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from types import FrameType
from typing import Any, Final

from governance import sequencer_service, serve

PROGRAMS: Final = {"governance.sequencer_service": sequencer_service, "governance.serve": serve}
_LARGEST: Final = 1 << 16


def _serve(asked: socket.socket) -> None:
    """Fork whatever is asked for until nobody can ask any more, and tell how each process ended."""
    endings: dict[int, socket.socket] = {}

    def tell(_number: int, _frame: FrameType | None) -> None:
        while endings:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            with endings.pop(pid) as ending, suppress(BrokenPipeError):  # nobody may wait for it any more
                ending.send(str(os.waitstatus_to_exitcode(status)).encode())

    signal.signal(signal.SIGCHLD, tell)
    while True:
        data, files, _, _ = socket.recv_fds(asked, _LARGEST, 2)
        if not data:
            return
        told, ending = json.loads(data), socket.socket(fileno=files[0])
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        pid = os.fork()
        if pid == 0:
            asked.close()
            _become(told, files)
        ending.send(str(pid).encode())
        endings[pid] = ending
        os.close(files[1])
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})


def _become(told: Mapping[str, Any], files: list[int]) -> None:
    """Be that program, and end as it ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    os.dup2(files[1], 2)
    os.dup2(files[1], 1)
    os.closerange(3, max(files) + 64)
    os.chdir(told["folder"])
    os.environ.clear()
    os.environ.update(told["environment"])
    program = PROGRAMS[told["program"]]
    sys.argv = [str(program.__file__)]
    status = 1
    try:
        status = program.main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 (a process's outermost)
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
