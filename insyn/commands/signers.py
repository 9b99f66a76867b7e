"""Who signs: a key file, or a key that never leaves its token (PKCS#11). Both sign the same bytes."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Final, Generic, Protocol

import typer

from contracts.canonical import decode
from contracts.errors import ContractError
from contracts.signature import Purpose, Signed, key_id, signed_message
from contracts.trust import PinnedKey, TrustedRole
from insyn.commands.signing import Half, open_key
from insyn.errors import InsynError

pkcs11: ModuleType | None
try:
    import pkcs11
except ImportError:
    pkcs11 = None

PIN: Final = "INSYN_PKCS11_PIN"
"""Where a token's PIN is taken from, if it is not to be asked for. Never an argument: everybody can read those."""

KeyOption = Annotated[str, typer.Option("--key", help="The secret key's file; with --pkcs11 the key's label.")]
ModuleOption = Annotated[Path | None, typer.Option("--pkcs11", help="A token's PKCS#11 module, instead of a file.")]
TokenOption = Annotated[str, typer.Option("--token", help="The token's label, with --pkcs11.")]
PublicOption = Annotated[Path | None, typer.Option("--public", help="The key's public half, where it lies elsewhere.")]


class Signer(Protocol):
    """Whatever signs with one Ed25519 key."""

    @property
    def public(self) -> bytes:
        """The 32 bytes of the public key."""
        ...

    @property
    def id(self) -> str:
        """The short name of the public key."""
        ...

    def sign(self, purpose: Purpose, payload: bytes) -> Signed:
        """Sign canonical bytes for one purpose."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChoice:
    """What the command line says of the key."""

    key: str
    module: Path | None = None
    token: str = ""
    public: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSigner(Generic[Half]):
    """A key ready to sign, and its public half, which says whose it is and whether it is DEMO."""

    signer: Signer
    half: Half


def require_role(half: PinnedKey, role: TrustedRole, what: str) -> None:
    """Refuse a key that is for something else, before anything is signed that nobody would believe.

    Raises:
        InsynError: it has another role; `what` says what this one signs, and who makes its key.
    """
    if half.role is not role:
        raise InsynError(f"This key is of the role {half.role.value}; {what}.")


@contextmanager
def opened_signer(choice: KeyChoice, read: Callable[[object], Half]) -> Iterator[OpenSigner[Half]]:
    """Lend the key that was chosen, with its public half: without that nobody knows what it may sign.

    Raises:
        InsynError: the key, its token or its public half cannot be used, or they do not belong together.
    """
    if choice.module is None:
        signer, half = open_key(Path(choice.key), read)
        if half is None:
            half = _half(choice.public, read)
        yield _matched(signer, half)
    else:
        with _token_key(choice) as signer_on_token:
            yield _matched(signer_on_token, _half(choice.public, read))


def _half(path: Path | None, read: Callable[[object], Half]) -> Half:
    if path is None:
        raise InsynError("The key's public half is missing: it lies beside the key, or is named with --public.")
    try:
        return read(decode(path.read_bytes()))
    except (OSError, ContractError) as error:
        raise InsynError(f"The public half {path} cannot be read, or is of a key for something else.") from error


def _matched(signer: Signer, half: Half) -> OpenSigner[Half]:
    if half.public != signer.public:
        raise InsynError("The public half is another key's; nothing is signed.")
    return OpenSigner(signer=signer, half=half)


@dataclass(frozen=True, slots=True, kw_only=True)
class _TokenSigner:
    """A key on a token: its secret half stays there."""

    public: bytes
    private: Any
    mechanism: Any

    @property
    def id(self) -> str:
        """The short name of the public key."""
        return key_id(self.public)

    def sign(self, purpose: Purpose, payload: bytes) -> Signed:
        """Have the token sign."""
        signature = self.private.sign(signed_message(purpose, payload), mechanism=self.mechanism)
        return Signed(payload=payload, key=self.id, signature=bytes(signature))


@contextmanager
def _token_key(choice: KeyChoice) -> Iterator[_TokenSigner]:
    library = _library()
    try:
        token = library.lib(str(choice.module)).get_token(token_label=choice.token)
        with token.open(user_pin=os.environ.get(PIN) or typer.prompt("PIN of the token", hide_input=True)) as session:
            yield _key_of(library, session, choice.key)
    except (library.exceptions.PKCS11Error, RuntimeError) as error:
        words = type(error).__name__
        raise InsynError(f"The token '{choice.token}' or its key '{choice.key}' cannot be used ({words}).") from error


def _key_of(library: ModuleType, session: Any, label: str) -> _TokenSigner:
    kinds, attribute = library.constants.ObjectClass, library.constants.Attribute
    point = session.get_key(object_class=kinds.PUBLIC_KEY, label=label)[attribute.EC_POINT]
    private = session.get_key(object_class=kinds.PRIVATE_KEY, label=label)
    # An Ed25519 point is a DER octet string around its 32 bytes (PKCS#11 3.0, 6.3.5).
    public = bytes(point)[-32:]
    return _TokenSigner(public=public, private=private, mechanism=library.mechanisms.Mechanism.EDDSA)


def _library() -> ModuleType:
    if pkcs11 is None:
        raise InsynError("Keys on tokens need the extra 'hsm': pip install 'insyn[hsm]'.")
    return pkcs11
