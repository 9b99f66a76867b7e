"""Governance's own secret keys: files of 32 bytes, readable by their owner alone."""

import os
import secrets
import stat
from pathlib import Path

from contracts import pinned_files
from contracts.errors import ContractError
from contracts.pinned_files import CarriedFileRefused, OlderListRefused, read_trusted
from contracts.signature import SigningKey
from contracts.trust import TrustedKeys
from governance.adapters.kept_file import sync_folder
from governance.application.case_leaders import RememberedKeys, key_check, key_of_before
from governance.application.errors import StorageFailed


def read_signing_key(path: Path) -> SigningKey:
    """Read a key's seed.

    Raises:
        StorageFailed: it is missing, damaged, or others may read it.
    """
    return SigningKey.from_seed(_read_secret(path))


def case_key(path: Path, lease_key: SigningKey, remembered: RememberedKeys) -> bytes:
    """0.4: return the key under which former case leaders are remembered; make it where nobody is remembered yet.

    It is no signing key and follows none: a new lease key changes nothing of it. Only leaders of before this file,
    whose tags came from the lease key, hand that derived key on, once.

    Raises:
        StorageFailed: it is missing, or another than the one by which leaders are remembered: they would be forgotten.
    """
    if not path.exists():
        if remembered.checks:
            raise StorageFailed(
                f"The key {path} is missing, and without it former case leaders are forgotten; bring it back."
            )
        _write_secret(path, key_of_before(lease_key.seed) if remembered.anybody else secrets.token_bytes(32))
    key = _read_secret(path)
    if remembered.checks - {key_check(key)}:
        raise StorageFailed(f"The key {path} is another than the one by which former case leaders are remembered.")
    return key


def _read_secret(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            mode, secret = os.fstat(file.fileno()).st_mode, file.read()
    except OSError as error:
        raise StorageFailed(f"The key {path} cannot be read: {error.strerror}.") from error
    if stat.S_IMODE(mode) & 0o077:
        raise StorageFailed(f"The key {path} can be read by others; set its mode to 0600 and consider it known.")
    if len(secret) != 32:
        raise StorageFailed(f"The key {path} has not 32 bytes.")
    return secret


def _write_secret(path: Path, secret: bytes) -> None:
    """Write it whole and durable, or not at all; nobody else ever reads it."""
    new = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise StorageFailed(f"The key {path} cannot be written: {error.strerror}.") from error


def read_trusted_keys(path: Path) -> TrustedKeys:
    """Read the pinned keys, and the signed list of issuers beside them, if there is one: without it nobody issues.

    Raises:
        StorageFailed: a file is missing or not what it must be. Nobody is believed then, so nothing starts.
    """
    try:
        return read_trusted(path)
    except OSError as error:
        raise StorageFailed(f"The pinned keys {path} cannot be read: {error.strerror}.") from error
    except CarriedFileRefused as error:
        raise StorageFailed(str(error)) from error
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
