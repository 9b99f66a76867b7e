"""A PostgreSQL server of the test's own, on a free port of the loopback, in a folder of its own; where installed."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_CONFIGURATION = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
shared_buffers = 32MB
"""


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server; `url` is that of its one database."""

    binaries: Path
    folder: Path
    port: int
    user: str

    @property
    def url(self) -> str:
        return f"postgresql://{self.user}@127.0.0.1:{self.port}/postgres"

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Run one of the server's programs as the user that may: the server refuses to be run by root."""
        command = [str(self.binaries / program), *arguments]
        if os.geteuid() == 0:
            command = ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--init-groups", *command]
        return subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/")

    def start(self) -> None:
        log = str(self.folder / "log")
        started = self.run("pg_ctl", "-D", str(self.folder / "data"), "-l", log, "-w", "-t", "60", "start")
        assert started.returncode == 0, started.stderr

    def stop(self, mode: str = "fast") -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "stop")


@contextmanager
def a_postgresql_server(*settings: str) -> Iterator[Server]:
    """Start a server and stop it; skip where none is installed or nobody may run it."""
    binaries = _binaries()
    user = "postgres" if os.geteuid() == 0 else os.environ.get("USER", "")
    # Not below the test's own folder, which another user may not enter.
    folder = Path(tempfile.mkdtemp(prefix="insyn-postgresql-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, user, user)
        server = Server(binaries=binaries, folder=folder, port=_free_port(), user=user)
        made = server.run("initdb", "-D", str(folder / "data"), "-A", "trust", "-U", user, "-E", "UTF8", "--no-locale")
        assert made.returncode == 0, made.stderr
        lines = [_CONFIGURATION, f"port = {server.port}", *settings, ""]
        with (folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\n".join(lines))
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    if on_path:
        return Path(on_path).parent
    pytest.skip("PostgreSQL's server is not installed; the log's second database is tested where it is")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
