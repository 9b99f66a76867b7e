"""Serving one application on a Unix socket that only its owner may open, once per socket, until told to end."""

import asyncio
import fcntl
import os
import socket
import threading
from pathlib import Path
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from governance.application.errors import GovernanceError

_LONGEST_PATH: Final = 107
_LAST_RESORT_S: Final = 5.0
_KEEP_ALIVE_S: Final = 60
"""Longer than any client keeps a silent connection, so that none is cut while it is taken up again."""


class SocketRefused(GovernanceError):
    """The socket cannot be opened: another process serves it, or its path is unusable."""


class SocketService:
    """A process's server. It holds the socket from its making on, so that a second process is refused at once.

    Raises:
        SocketRefused: another process holds the socket, or it cannot be made.
    """

    def __init__(self, path: Path) -> None:
        if len(os.fsencode(path)) > _LONGEST_PATH:
            raise SocketRefused(
                f"The socket's path is longer than {_LONGEST_PATH} bytes; choose a shorter data folder."
            )
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = _locked(path.with_suffix(".lock"))
            # Whoever held it before is dead, or the lock would not be ours.
            path.unlink(missing_ok=True)
            self._socket = _listening(path)
        except OSError as error:
            raise SocketRefused(f"The socket cannot be made: {error.strerror}; mend its folder's rights.") from error
        self._server: uvicorn.Server | None = None
        self._exit_status = 0
        self._told_to_end = False

    def end(self, exit_status: int) -> None:
        """End soon with this status, from any thread; after five seconds at the latest, whatever still runs."""
        self._exit_status, self._told_to_end = exit_status, True
        if self._server is not None:
            self._server.should_exit = True
        last_resort = threading.Timer(_LAST_RESORT_S, os._exit, (exit_status,))
        last_resort.daemon = True
        last_resort.start()

    def run(self, app: ASGIApp) -> int:
        """Serve until told to end, or until a signal; return the exit status. The socket goes at the end."""
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=2,
        )
        self._server = uvicorn.Server(config)
        self._server.should_exit = self._told_to_end
        try:
            asyncio.run(self._server.serve(sockets=[self._socket]))
        finally:
            self.close()
        return self._exit_status

    def close(self) -> None:
        """Remove the socket and give the lock back."""
        self._socket.close()
        self._path.unlink(missing_ok=True)
        os.close(self._lock)


def _locked(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise SocketRefused("Another process already serves this socket; stop it first.") from error
    return descriptor


def _listening(path: Path) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # The mask makes the socket its owner's from the first moment; a later chmod would leave a gap.
    before = os.umask(0o177)
    try:
        listening.bind(str(path))
    except OSError:
        listening.close()
        raise
    finally:
        os.umask(before)
    listening.listen(128)
    return listening
