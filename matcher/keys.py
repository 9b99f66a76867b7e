"""Reading keys from files that only their owner may read, without leaving copies behind."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contracts import pinned_files
from contracts.errors import ContractError
from contracts.pinned_files import CarriedFileRefused, OlderListRefused, read_trusted
from contracts.sealing import OpeningKey
from contracts.signature import SigningKey
from contracts.trust import TrustedKeys
from matcher.errors import MatcherError
from matcher.wiping import wipe_bytearray

_KEY_BYTES = 32


class KeyRefused(MatcherError):
    """A key file is missing, of the wrong length, or readable by others."""


@contextmanager
def secret_bytes(path: Path) -> Iterator[bytearray]:
    """Lend the 32 secret bytes of a key file; they are overwritten afterwards.

    Raises:
        KeyRefused: there is no such file, others may read it, or it has not 32 bytes.
    """
    secret = bytearray(_KEY_BYTES + 1)
    try:
        _read_into(secret, path)
        # Deleting the spare byte in place makes no copy.
        del secret[_KEY_BYTES:]
        yield secret
    finally:
        wipe_bytearray(secret)


def _read_into(secret: bytearray, path: Path) -> None:
    try:
        with path.open("rb", buffering=0) as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            length = file.readinto(secret)
    except FileNotFoundError as error:
        raise KeyRefused(f"The key file {path.name} is missing; run the set-up, or restore it.") from error
    except OSError as error:
        raise KeyRefused(f"The key file {path.name} cannot be read; check its owner and mode.") from error
    if mode & 0o077:
        raise KeyRefused(f"The key file {path.name} may be read by others; set its mode to 0600.")
    if length != _KEY_BYTES:
        raise KeyRefused(f"The key file {path.name} has not {_KEY_BYTES} bytes; restore it from its backup.")


def load_signing_key(path: Path) -> SigningKey:
    """Load an Ed25519 key. OpenSSL holds it from then on, in memory of its own that it clears when the key goes.

    Raises:
        KeyRefused: see `secret_bytes`.
    """
    with secret_bytes(path) as secret:
        # Ed25519PrivateKey copies from any buffer; its stub says so too, the contract's narrower `bytes` does not.
        return SigningKey.from_seed(secret)  # type: ignore[arg-type]  # a bytearray serves, and can be overwritten


@contextmanager
def opened_key(path: Path) -> Iterator[OpeningKey]:
    """Lend an X25519 key for the opening of one set of boxes. Between two openings it is not in memory.

    Raises:
        KeyRefused: see `secret_bytes`.
    """
    with secret_bytes(path) as secret:
        yield OpeningKey(X25519PrivateKey.from_private_bytes(secret))


def load_trusted_keys(path: Path) -> TrustedKeys:
    """Read the pinned keys, and the signed list of issuers beside them, if there is one: without it nobody issues.

    Raises:
        KeyRefused: a file is missing or not what it must be.
    """
    try:
        return read_trusted(path)
    except OSError as error:
        raise KeyRefused(
            f"The file of pinned keys {path.name} cannot be read; without it nobody is believed."
        ) from error
    except CarriedFileRefused as error:
        raise KeyRefused(str(error)) from error
    except ContractError as error:
        raise KeyRefused(f"The file of pinned keys {path.name} is not one; carry it here again. {error}") from error


def require_newest_issuers(trusted: TrustedKeys, memory: Path) -> None:
    """P1: refuse a list of issuers that is older than one believed here before; `memory` holds the highest version.

    Raises:
        KeyRefused: it is older, or the memory cannot be used.
    """
    try:
        pinned_files.require_newest_issuers(trusted, memory)
    except OlderListRefused as error:
        raise KeyRefused(str(error)) from error
