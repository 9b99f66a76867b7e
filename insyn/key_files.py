"""Key files: 32 secret bytes each, readable by their owner alone, written whole or not at all."""

import os
from pathlib import Path

from insyn.errors import InsynError


def public_half(key: Path) -> Path:
    """Return where the public half of a key lies: what others pin, or list."""
    return key.with_name(key.name + ".public.json")


def write_key(path: Path, secret: bytes) -> None:
    """Write a new key file with mode 0600. An existing key is never overwritten.

    Raises:
        InsynError: a key is there already, or the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_whole(path, secret)
    except FileExistsError as error:
        raise InsynError(f"There is a key already at {path}; it is not overwritten.") from error
    except OSError as error:
        raise InsynError(f"No key can be written at {path}: {error.strerror}.") from error


def _write_whole(path: Path, secret: bytes) -> None:
    """Write beside it and link: half a key never has its name, and no name is taken twice."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(partial)
    finally:
        partial.unlink(missing_ok=True)


def read_key(path: Path) -> bytes:
    """Read a key file.

    Raises:
        InsynError: it is missing, or has not 32 bytes.
    """
    try:
        secret = path.read_bytes()
    except OSError as error:
        raise InsynError(f"The key {path} cannot be read: {error.strerror}.") from error
    if len(secret) != 32:
        raise InsynError(f"The key {path} has not 32 bytes; name the secret key's file, and not its public half.")
    return secret
