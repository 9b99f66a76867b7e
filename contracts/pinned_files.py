"""The files that people carry to a machine, read in one way wherever: whom it believes, who issues, what may run."""

import os
from collections.abc import Callable
from pathlib import Path

from contracts.admission import FILE_NAME as ADMISSION_FILE_NAME
from contracts.believed_admission import admitting
from contracts.believed_issuers import believing
from contracts.errors import ContractError
from contracts.issuer_list import FILE_NAME
from contracts.trust import TrustedKeys


class CarriedFileRefused(ContractError):
    """A file beside the pinned keys is not what it must be. The sentence names it and says what to do about it."""


class OlderListRefused(ContractError):
    """A list of issuers is older than one that was believed here, or nobody knows which one was."""


def read_trusted(path: Path) -> TrustedKeys:
    """Return the pinned keys, with the signed list of issuers and the admission beside them, where there are any.

    Without the list nobody issues; without the admission no model profile above DEMO is used.

    Raises:
        OSError: the file of pinned keys cannot be read.
        CarriedFileRefused: the list or the admission cannot be read, or is not what it must be.
        ContractError: the file of pinned keys is not one. Whatever it is, nobody is believed then: nothing starts.
    """
    trusted = TrustedKeys.from_bytes(path.read_bytes())
    trusted = _with(
        trusted,
        path.with_name(ADMISSION_FILE_NAME),
        admitting,
        "is no admission of a model profile that is believed here",
        "its evaluator and its model officer signed it, or take it away: without one only a DEMO profile is used",
    )
    return _with(
        trusted,
        path.with_name(FILE_NAME),
        believing,
        "is no list of issuers that is believed here",
        "two organisations signed it, or take it away: without one nobody issues",
    )


def _with(
    trusted: TrustedKeys, path: Path, takes_in: Callable[[TrustedKeys, bytes], TrustedKeys], is_not: str, as_who: str
) -> TrustedKeys:
    """Return the pinned keys with what lies beside them; the same where nothing does."""
    if not path.exists():
        return trusted
    try:
        return takes_in(trusted, path.read_bytes())
    except (OSError, ContractError) as error:
        why = f"it cannot be read: {error.strerror}" if isinstance(error, OSError) else str(error).rstrip(".")
        raise CarriedFileRefused(
            f"The file {path.name} {is_not} ({why}), so nothing starts; carry it here again as {as_who}."
        ) from error


def require_newest_issuers(trusted: TrustedKeys, memory: Path) -> None:
    """P1: refuse a list of issuers that is older than one believed here before; `memory` holds the highest version.

    Raises:
        OlderListRefused: it is older, or the memory cannot be used.
    """
    if trusted.issuers is None:
        return
    version = trusted.issuers.version
    try:
        seen = int(memory.read_text(encoding="ascii")) if memory.exists() else 0
        if version > seen:
            _write_durably(memory, f"{version}\n")
    except (OSError, ValueError) as error:
        raise OlderListRefused(
            f"The file {memory.name}, which says which list of issuers was believed, is not usable."
        ) from error
    if version < seen:
        raise OlderListRefused(
            f"The list of issuers is version {version}; version {seen} was believed here before. Carry that here."
        )


def _write_durably(path: Path, said: str) -> None:
    """Replace a file whole: after a power cut it holds the old text or the new one, and what was believed stays so."""
    new = path.with_name(path.name + ".new")
    with new.open("w", encoding="ascii") as file:
        file.write(said)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
