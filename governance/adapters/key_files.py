"""Governance's own secret keys: files of 32 bytes, readable by their owner alone."""

import os
import stat
from pathlib import Path

from contracts import pinned_files
from contracts.errors import ContractError, Malformed
from contracts.pinned_files import OlderListRefused, read_trusted
from contracts.signature import SigningKey
from contracts.trust import TrustedKeys
from governance.application.errors import StorageFailed


def read_signing_key(path: Path) -> SigningKey:
    """Read a key's seed.

    Raises:
        StorageFailed: it is missing, damaged, or others may read it.
    """
    try:
        with path.open("rb") as file:
            mode, seed = os.fstat(file.fileno()).st_mode, file.read()
    except OSError as error:
        raise StorageFailed(f"The key {path} cannot be read: {error.strerror}.") from error
    if stat.S_IMODE(mode) & 0o077:
        raise StorageFailed(f"The key {path} can be read by others; set its mode to 0600 and consider it known.")
    try:
        return SigningKey.from_seed(seed)
    except Malformed as error:
        raise StorageFailed(f"The key {path} has not 32 bytes.") from error


def read_trusted_keys(path: Path) -> TrustedKeys:
    """Read the pinned keys, and the signed list of issuers beside them, if there is one: without it nobody issues.

    Raises:
        StorageFailed: a file is missing or not what it must be. Nobody is believed then, so nothing starts.
    """
    try:
        return read_trusted(path)
    except OSError as error:
        raise StorageFailed(f"The pinned keys {path} cannot be read: {error.strerror}.") from error
    except ContractError as error:
        raise StorageFailed(f"The pinned keys {path} are not as they must be. {error}") from error


def require_newest_issuers(trusted: TrustedKeys, memory: Path) -> None:
    """P1: refuse a list of issuers that is older than one believed here before; `memory` holds the highest version.

    Raises:
        StorageFailed: it is older, or the memory cannot be used.
    """
    try:
        pinned_files.require_newest_issuers(trusted, memory)
    except OlderListRefused as error:
        raise StorageFailed(str(error)) from error
