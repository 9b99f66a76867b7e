"""What `insyn authority` and `insyn region` share: keys with their public half beside them, and signed files."""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol, TypeVar

import typer
from rich.console import Console
from rich.text import Text

from contracts.canonical import decode, encode
from contracts.errors import ContractError, Malformed
from contracts.joint_signature import JointlySigned
from contracts.signature import Signed, SigningKey
from contracts.trust import PinnedKey, TrustedKeys, TrustedRole
from insyn.errors import InsynError
from insyn.key_files import public_half, read_key, write_key
from signed_pdf.process import carried_act

OUT: Final = Console(highlight=False, soft_wrap=True)


class PublicHalf(Protocol):
    """The public half of a key, as others pin or list it."""

    @property
    def public(self) -> bytes:
        """The 32 bytes of the public key."""
        ...

    def to_json(self) -> dict[str, object]:
        """Return it as a JSON object."""
        ...


Half = TypeVar("Half", bound=PublicHalf)
Record = TypeVar("Record")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
"""As `contracts.fields` reads an identifier."""


def stop(error: Exception) -> typer.Exit:
    """Say one sentence on standard error; raise what is returned, to end with status 1."""
    typer.echo(f"insyn: {error}", err=True)
    return typer.Exit(1)


def make_key(path: Path, public: PublicHalf, key: SigningKey) -> None:
    """Write a new key, and its public half beside it: both, or neither.

    Raises:
        InsynError: one of the files is there already, or cannot be written.
    """
    half = public_half(path)
    if os.path.lexists(half):
        raise InsynError(f"There is a file already at {half}; no key was made. Name another place.")
    write_key(path, key.seed)
    try:
        write_new(half, encode(public.to_json()))
    except InsynError:
        path.unlink()
        raise


def make_pinned_key(path: Path, role: TrustedRole, name: str, *, demo: bool, trial: bool = False) -> SigningKey:
    """Make the key of somebody whom others pin, and its public half beside it.

    Raises:
        InsynError: one of the files is there already, or cannot be written, or the name is none; no key was made.
    """
    if not _NAME.fullmatch(name):
        raise InsynError(
            "A name is one word of at most 64 letters (a to z), digits, dots, hyphens and underscores, and begins with "
            "a letter or a digit; no key was made."
        )
    key = SigningKey.generate()
    pinned = PinnedKey(role=role, name=name, public=key.public, demo=demo, trial=trial)
    make_key(path, PinnedKey.from_json(pinned.to_json()), key)
    return key


def open_key(path: Path, read: Callable[[object], Half]) -> tuple[SigningKey, Half | None]:
    """Read a key, and its public half if that lies beside it.

    Raises:
        InsynError: the key cannot be read, or its public half is another's.
    """
    key = SigningKey.from_seed(read_key(path))
    if not public_half(path).exists():
        return key, None
    try:
        public = read(decode(public_half(path).read_bytes()))
    except (OSError, ContractError) as error:
        raise InsynError(
            f"The public half of the key {path} cannot be read, or is of a key for something else; name the key that "
            "was made for this."
        ) from error
    if public.public != key.public:
        raise InsynError(f"The public half beside the key {path} is another key's.")
    return key, public


def open_own_key(path: Path, role: TrustedRole) -> tuple[SigningKey, PinnedKey]:
    """Read the key of this role, with its public half: without that nobody knows what it may sign.

    Raises:
        InsynError: the key cannot be read, its public half is missing or another's, or it is a key of another role.
    """
    key, public = open_key(path, PinnedKey.from_json)
    if public is None:
        raise InsynError(f"The public half of the key {path} is missing; bring it, it says whose the key is.")
    if public.role is not role:
        raise InsynError(
            f"The key {path} is of the role {public.role.value}, and this is signed with one of the role {role.value}; "
            "nothing was signed."
        )
    return key, public


def read_bytes(path: Path) -> bytes:
    """Read a file.

    Raises:
        InsynError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise InsynError(f"The file {path} cannot be read: {error.strerror}.") from error


def read_record(path: Path, read: Callable[[bytes], Record], what: str) -> Record:
    """Read a file that must hold one record: of several on a command line, the sentence names the one that does not.

    Raises:
        InsynError: it cannot be read, or is not what it must be.
        ContractError: it is, and nobody who is believed signed it.
    """
    content = read_bytes(path)
    try:
        return read(content)
    except Malformed as error:
        raise InsynError(f"The file {path} is not {what}. {error}") from error


def read_pinned(path: Path) -> TrustedKeys:
    """Read the file of pinned keys that a command line names.

    Raises:
        InsynError: it cannot be read, or is none.
    """
    return read_record(path, TrustedKeys.from_bytes, "a file of pinned keys, as `insyn evaluate keys` makes one")


def jointly(before: Sequence[Signed], own: Signed) -> JointlySigned:
    """Put a signature beside those that others made over the same record.

    Raises:
        InsynError: it is there already.
        Malformed: they are over another record.
    """
    if own.key in {one.key for one in before}:
        raise InsynError(f"The key {own.key} has signed this already; now somebody else signs.")
    return JointlySigned.of(*before, own)


def write_new(path: Path, data: bytes) -> None:
    """Write a new file. What is there is never overwritten: a signed act is not replaced by accident.

    Raises:
        InsynError: it exists, or cannot be written.
    """
    try:
        file = path.open("xb")
    except FileExistsError as error:
        raise InsynError(f"There is a file already at {path}; it is not overwritten.") from error
    except OSError as error:
        raise InsynError(f"The file {path} cannot be written: {error.strerror}.") from error
    try:
        with file:
            file.write(data)
    except OSError as error:
        path.unlink()  # half a signed act would not be one
        raise InsynError(f"The file {path} cannot be written: {error.strerror}.") from error


def payload_of(data: bytes) -> tuple[bytes, Signed | None]:
    """Return the payload of a file: the record itself, a signed envelope around it, or a PDF that has it attached.

    Raises:
        ContractError: it is neither, and no PDF that carries an act. Who signed a PDF is not asked here.
    """
    if data.startswith(b"%PDF-"):
        return carried_act(data), None
    value = decode(data)
    if isinstance(value, dict) and "payload" in value:
        signed = Signed.from_json(value)
        return signed.payload, signed
    return data, None


def require_consent(question: str, *, yes: bool) -> None:
    """Ask, unless the answer was given on the command line. What is to be signed was shown before, always.

    Raises:
        InsynError: the answer is no.
    """
    if not (yes or typer.confirm(question, default=False)):
        raise InsynError("Nothing was signed.")


def as_written(text: str) -> Text:
    """Return a text to print letter by letter: no markup, and control characters visible instead of obeyed.

    Somebody else wrote it; it must not be able to hide a part of what is signed.
    """
    return Text("".join(letter if letter.isprintable() or letter == "\n" else ascii(letter)[1:-1] for letter in text))
