"""One of our programs, run to its end in a process of its own, for the JSON object that it prints last."""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, Final

from benchmarks.errors import ContenderFailed
from benchmarks.speed.cores import environment, on_cores

_LONGEST_S: Final = 900


def run_module(module: str, arguments: Sequence[str], *, threads: int) -> Any:
    """Run `python -m module` on so many cores and return what it printed last, or None where it printed nothing.

    Raises:
        ContenderFailed: it failed, or took a quarter of an hour.
    """
    try:
        with on_cores(threads):
            done = subprocess.run(  # noqa: S603  # our own program, without a shell
                [sys.executable, "-m", module, *arguments],
                env=dict(environment(threads)),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_LONGEST_S,
                check=False,
            )
    except subprocess.TimeoutExpired as error:
        raise ContenderFailed(f"{module} did not end within a quarter of an hour.") from error
    if done.returncode != 0:
        last = " ".join(done.stderr.strip().splitlines()[-1:])
        raise ContenderFailed(f"{module} ended early: {last}")
    printed = done.stdout.strip().splitlines()
    return json.loads(printed[-1]) if printed else None
