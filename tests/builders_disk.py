"""A disk that can be filled: a small file system of its own, where the machine allows one to be mounted."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

needs_mount = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small file system")


@contextmanager
def a_small_disk(at: Path, size: str) -> Iterator[Path]:
    """Mount a file system of this size (`8m`) at a new folder; skip where that is not allowed."""
    at.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(at)], stderr=subprocess.DEVNULL, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("this machine does not let us mount a small file system; only root may, and not in every container")
    try:
        yield at
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=True)


def fill(disk: Path) -> Path:
    """Take every byte that is left; removing the file that is returned gives them back."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    return ballast
