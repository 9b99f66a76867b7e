"""A second opinion on time-stamps, by other code: `openssl ts -verify`, where the program is installed."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from governance.audit.errors import LogUnavailable

_TIMEOUT_S: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Openssl:
    """The program at a path."""

    program: str

    @classmethod
    def installed(cls) -> "Openssl | None":
        """Return the program where it is installed."""
        found = shutil.which("openssl")
        return None if found is None else cls(program=found)

    def agrees(self, token: bytes, stamped: bytes, *, roots: bytes, between: bytes, time: datetime) -> bool:
        """Say whether the time-stamp is good over these bytes, under these roots (PEM), at its own time.

        Raises:
            LogUnavailable: the program cannot be run.
        """
        with tempfile.TemporaryDirectory(prefix="insyn-stamp-") as folder:
            files = {"token": token, "stamped": stamped, "roots": roots, "between": between}
            for name, content in files.items():
                (Path(folder) / name).write_bytes(content)
            command = [self.program, "ts", "-verify", "-in", "token", "-data", "stamped", "-CAfile", "roots"]
            command += ["-untrusted", "between", "-attime", str(int(time.timestamp()))]
            try:
                done = subprocess.run(  # noqa: S603  # a fixed command on files of ours, without a shell
                    command,
                    cwd=folder,
                    env={"PATH": os.environ.get("PATH", ""), "OPENSSL_CONF": os.devnull, "SSL_CERT_DIR": os.devnull},
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    timeout=_TIMEOUT_S,
                    check=False,
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                raise LogUnavailable("The program openssl cannot be run to look at a time-stamp.") from error
        return done.returncode == 0
