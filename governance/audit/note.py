"""Signed notes and verifier keys, byte for byte as C2SP signed-note v1.0.0 has them.

A text, an empty line, and one line for each signature. Reading is strict and verifies nothing: whoever holds a key asks
`signatures_of` for the lines that claim to be that key's, and every one of them must be good.
"""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from governance.audit.base64_strict import decode64, encode64
from governance.audit.edwards import is_fit_public_key
from governance.audit.errors import NoteRefused

Sign = Callable[[bytes], bytes]
"""Signs a message with a private key: 64 bytes for Ed25519, 2420 for ML-DSA-44."""

VerifySignature = Callable[[bytes, bytes, bytes], bool]
"""(public key, signature, message) -> whether the signature is good. For any other bytes it answers no."""

ED25519: Final = 0x01
"""Ed25519 over the note's text: how a log signs."""
COSIGNATURE_ED25519: Final = 0x04
"""Ed25519 over a time and the text: how a witness signs (C2SP tlog-cosignature)."""
COSIGNATURE_ML_DSA_44: Final = 0x06
"""ML-DSA-44 over name, time, origin, size and root (C2SP tlog-cosignature)."""

MAX_SIGNATURES: Final = 100
MAX_CHARACTERS: Final = 1_000_000

_KEY_BYTES: Final = {ED25519: 32, COSIGNATURE_ED25519: 32, COSIGNATURE_ML_DSA_44: 1312}
_NAME: Final = re.compile(r"[^\s+]+")
_KEY_ID: Final = re.compile(r"[0-9a-f]{8}", re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")


def key_id(name: str, algorithm: int, public_key: bytes) -> bytes:
    """Return the four bytes by which a signature line names its key."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([algorithm]) + public_key).digest()[:4]


def is_key_name(name: str) -> bool:
    """Say whether a note can carry this name: not empty, true Unicode, no space, plus or control character."""
    return _NAME.fullmatch(name) is not None and not _CONTROL.search(name) and _is_unicode(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """A public key with its name and what it signs. Made whole or not at all."""

    name: str
    algorithm: int
    public_key: bytes

    def __post_init__(self) -> None:
        """Refuse what could not be a signer.

        Raises:
            NoteRefused: name, algorithm or length is wrong, or the Ed25519 point has another spelling or a small order.
        """
        if not is_key_name(self.name):
            raise NoteRefused("A verifier key's name is not empty and holds neither spaces nor '+'.")
        if self.algorithm not in _KEY_BYTES:
            raise NoteRefused("A verifier key's algorithm must be 1, 4 or 6; this program knows no other.")
        if len(self.public_key) != _KEY_BYTES[self.algorithm]:
            raise NoteRefused("A verifier key's public key has not the length of its algorithm.")
        if self.algorithm != COSIGNATURE_ML_DSA_44 and not is_fit_public_key(self.public_key):
            raise NoteRefused("A verifier key's Ed25519 point is not canonical or of small order: anybody could sign.")

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature line names this key."""
        return key_id(self.name, self.algorithm, self.public_key)

    @property
    def text(self) -> str:
        """The key as a vkey: name+id+base64(algorithm, public key)."""
        return f"{self.name}+{self.id.hex()}+{encode64(bytes([self.algorithm]) + self.public_key)}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Read a vkey strictly.

        Raises:
            NoteRefused: it is malformed, or its id is not that of its name and key.
        """
        parts = text.split("+", 2)  # base64 may hold further plus signs; a name may not
        if len(parts) != 3 or not _KEY_ID.fullmatch(parts[1]):
            raise NoteRefused("A verifier key is written name+8 hexadecimal digits+base64.")
        data = decode64(parts[2])
        if not data:
            raise NoteRefused("A verifier key's last part is not canonical base64.")
        key = cls(name=parts[0], algorithm=data[0], public_key=data[1:])
        if key.id.hex() != parts[1]:
            raise NoteRefused("A verifier key's id does not belong to its name and key: one of them was changed.")
        return key


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSignature:
    """One signature line, not verified."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def line(self) -> str:
        """The line as it stands in a note, its newline included."""
        return f"— {self.name} {encode64(self.key_id + self.signature)}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text (its last newline included) and its signature lines in their order. Nothing is verified."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def signatures_of(self, key: VerifierKey) -> tuple[bytes, ...]:
        """Return the signatures that claim to be this key's: name and id are both its own. Every other is ignored."""
        wanted = (key.name, key.id)
        return tuple(line.signature for line in self.signatures if (line.name, line.key_id) == wanted)

    def with_signatures(self, more: Iterable[NoteSignature]) -> "Note":
        """Return the note with these lines at its end; a key that has signed already keeps its first line alone.

        Nothing is verified: whoever adds what came from outside adds only lines that are good.
        """
        first: dict[tuple[str, bytes], NoteSignature] = {}
        for line in (*self.signatures, *more):
            first.setdefault((line.name, line.key_id), line)
        return Note(text=self.text, signatures=tuple(first.values()))


def format_note(note: Note) -> str:
    """Return the note as text.

    Raises:
        NoteRefused: the parts cannot be written so that they are read back.
    """
    text = f"{note.text}\n" + "".join(signature.line for signature in note.signatures)
    if parse_note(text) != note:
        raise NoteRefused("A note with this text and these signatures would be read as another one.")
    return text


def parse_note(note: bytes | str) -> Note:
    """Read a signed note strictly. Nothing is verified.

    Raises:
        NoteRefused: it is too long, not UTF-8, holds control characters, lacks signature lines, or one is malformed.
    """
    text = decoded(note)
    body, separator, lines = text.rpartition("\n\n")
    if not separator:
        raise NoteRefused("This is not a signed note: there is no empty line before the signatures.")
    return Note(text=body + "\n", signatures=parse_signature_lines(lines))


def parse_signature_lines(lines: str) -> tuple[NoteSignature, ...]:
    """Read one to a hundred signature lines, each ended by a newline. None is dropped: one bad line refuses all.

    Raises:
        NoteRefused: there are none or too many, the last newline is missing, or a line is malformed.
    """
    if len(lines) > MAX_CHARACTERS:
        raise NoteRefused("These signature lines are too long to be a note's.")
    every = lines.split("\n")
    if every.pop() or not 1 <= len(every) <= MAX_SIGNATURES:
        raise NoteRefused(f"A signed note ends in 1 to {MAX_SIGNATURES} signature lines, each with a newline.")
    return tuple(map(_signature_line, every))


def decoded(data: bytes | str) -> str:
    """Return the text of a note or of something that holds one: UTF-8, no control character but the newline.

    Raises:
        NoteRefused: it is none, or too long.
    """
    if len(data) > MAX_CHARACTERS:
        raise NoteRefused("This is too long to be a signed note.")
    if isinstance(data, str):
        text = data
        if not _is_unicode(text):
            raise NoteRefused("A signed note is UTF-8.")
    else:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise NoteRefused("A signed note is UTF-8.") from error
    if _CONTROL.search(text):
        raise NoteRefused("A signed note holds no control character but the newline.")
    return text


def _signature_line(line: str) -> NoteSignature:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—" or not is_key_name(parts[1]):
        raise NoteRefused("A signature line is written: em dash, space, name, space, base64.")
    data = decode64(parts[2])
    if data is None:
        raise NoteRefused("A signature line holds something that is not canonical base64.")
    if len(data) < 5:
        raise NoteRefused("A signature line is too short to hold a key's id and a signature.")
    return NoteSignature(name=parts[1], key_id=data[:4], signature=data[4:])


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
