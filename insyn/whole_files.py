"""Files that are written over: whole or not at all, and never something that is no file."""

import os
from contextlib import suppress
from pathlib import Path

from insyn.errors import InsynError


def write_whole(path: Path, content: bytes, what: str) -> None:
    """Write a file, over the one that is there. Half a file would be believed, so what fails leaves all as it was.

    Raises:
        InsynError: it cannot be written, or a folder or a device is there; `what` begins the sentence.
    """
    require_place(path, what)
    beside = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise _refused(path, what, error.strerror) from error


def require_place(path: Path, what: str, *, folder: bool = False) -> None:
    """Refuse a place where no file (or folder) can come to lie: asked before hours are spent on what is to lie there.

    Raises:
        InsynError: something else is there, or no folder above it can be written.
    """
    try:
        if path.exists() and not (path.is_dir() if folder else path.is_file()):
            raise _refused(path, what, "there is something else, which is never replaced; name another place")
        above = next(one for one in path.absolute().parents if one.exists())
        if not above.is_dir() or not os.access(above, os.W_OK):
            raise _refused(path, what, f"{above} is no folder that you may write in")
    except OSError as error:
        raise _refused(path, what, error.strerror) from error


def _refused(path: Path, what: str, why: str | None) -> InsynError:
    return InsynError(f"{what} cannot be written to {path}: {why}.")
