"""A PostgreSQL server of one's own, on a free port of the loopback, in a folder of its own; where one is installed."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.errors import BenchmarkError

_ADMINISTRATOR: Final = "postgres"
_CONFIGURATION: Final = "listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\n"


class PostgresqlMissing(BenchmarkError):
    """No server is installed, or it does not start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnServer:
    """A running server; `url` is that of its one database."""

    binaries: Path
    folder: Path
    port: int
    user: str

    @property
    def url(self) -> str:
        """The address of the database."""
        return f"postgresql://{self.user}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it, and wait until it answers.

        Raises:
            PostgresqlMissing: it does not start.
        """
        self._require("pg_ctl", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-w", "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it, as `pg_ctl` has the mode: `immediate` is how a crash looks to it."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "stop")

    def make(self, settings: tuple[str, ...]) -> None:
        """Make the database's files.

        Raises:
            PostgresqlMissing: they cannot be made.
        """
        data = self.folder / "data"
        self._require("initdb", "-D", str(data), "-A", "trust", "-U", self.user, "-E", "UTF8", "--no-locale")
        with (data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(_CONFIGURATION + "\n".join([f"port = {self.port}", *settings, ""]))

    def _require(self, program: str, *arguments: str) -> None:
        done = self._run(program, *arguments)
        if done.returncode != 0:
            raise PostgresqlMissing(
                f"PostgreSQL's {program} did not do its work; see that the server is installed whole."
            )

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Run one of the server's programs as the user that may: it refuses to be run by root."""
        command = [str(self.binaries / program), *arguments]
        if os.geteuid() == 0:
            command = ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--init-groups", *command]
        # Into nothing and not a pipe: the server that pg_ctl starts would keep the pipe open.
        quiet = subprocess.DEVNULL
        return subprocess.run(command, check=False, stdout=quiet, stderr=quiet, cwd="/")  # noqa: S603  # no shell


@contextmanager
def own_postgresql(*settings: str) -> Iterator[OwnServer]:
    """Start a server, and stop and remove it at the end.

    Raises:
        PostgresqlMissing: none is installed, or it does not start.
    """
    user = _ADMINISTRATOR if os.geteuid() == 0 else os.environ.get("USER", _ADMINISTRATOR)
    # A folder that the server's user may enter, whoever made it.
    folder = Path(tempfile.mkdtemp(prefix="insyn-postgresql-"))
    server = OwnServer(binaries=_binaries(), folder=folder, port=_free_port(), user=user)
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, user, user)
        server.make(settings)
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
    except LookupError as error:
        raise PostgresqlMissing("PostgreSQL is installed, but its user is not.") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    """Find the newest server: Debian keeps each version in a folder of its own, off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    if on_path:
        return Path(on_path).parent
    raise PostgresqlMissing("PostgreSQL's server is not installed; install it, or give the address of one.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
