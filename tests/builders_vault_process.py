"""The key vault's process on folders of its own, with a log that opens and destroys: for tests that start it."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from contracts.clock import read_clocks
from contracts.trust import PinnedKey, TrustedKeys, TrustedRole
from governance.adapters.vault_client import VaultClient
from tests.builders_processes import wait_for
from tests.builders_vault import LOG_KEY, ORIGIN, SmallLog

ROOT = Path(__file__).parents[1]


class Place:
    """Two folders, a socket and the settings of a vault's process."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.log = SmallLog()
        pinned = PinnedKey(role=TrustedRole.LOG, name="log", public=LOG_KEY.public, demo=True)
        (root / "trust.json").write_bytes(TrustedKeys((pinned,)).to_bytes())

    def environment(self, **more: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "INSYN_VAULT_HOME": str(self.root / "home"),
            "INSYN_VAULT_TWIN": str(self.root / "twin"),
            "INSYN_VAULT_SOCKET": str(self.root / "vault.sock"),
            "INSYN_VAULT_LOG_ORIGIN": ORIGIN,
            "INSYN_VAULT_TRUST": str(self.root / "trust.json"),
            **more,
        }

    def command(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "governance.vault_service", *words],
            env=self.environment(**more),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @contextmanager
    def running(self, **more: str) -> Iterator[VaultClient]:
        """Run the process; at the end it is told to stop, and what it said is kept in `said`."""
        process = subprocess.Popen(
            [sys.executable, "-m", "governance.vault_service"],
            env=self.environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        client = VaultClient(self.root / "vault.sock")
        self.process = process
        try:
            wait_for(lambda: process.poll() is not None or listens(self.root / "vault.sock"))
            assert process.poll() is None, process.stdout and process.stdout.read()
            yield client
        finally:
            client.close()
            process.terminate()
            self.said, _ = process.communicate(timeout=20)
            self.status = process.returncode

    def proc(self) -> Path:
        """Return the folder in which the system tells of the process."""
        return Path("/proc") / str(self.process.pid)

    def now_ms(self) -> int:
        return int(read_clocks().now.timestamp() * 1000)


def listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as trial:
        return trial.connect_ex(str(path)) == 0


@contextmanager
def a_place() -> Iterator[Place]:
    with TemporaryDirectory(prefix="vault") as short:  # a socket's path has at most 107 bytes
        yield Place(Path(short))
