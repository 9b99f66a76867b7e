"""Whom a site believes: the pinned keys (`trust.json`), and the list of issuers that two organisations signed."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from governance.audit.base64_strict import decode64
from governance.audit.canonical import parse_canonical
from governance.audit.errors import CanonicalRefused
from governance.verifier.signatures import ed25519_verifies
from governance.verifier.sources import SourceRefused

ISSUER: Final = "issuer"
_KIND: Final = "insyn/trusted-keys/1"
_LISTS: Final = ("insyn/issuer-list/1", "insyn/issuer-list/2")
"""The second also names certificates of courts, under which they sign PDF files; those are not read here."""
_SIGNERS_NEEDED: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """A key that is believed: for what (such as `issuer`), whose it is, its 32 public bytes."""

    role: str
    name: str
    public: bytes
    demo: bool


def read_trusted(data: bytes) -> Mapping[tuple[str, str], Trusted]:
    """Return the pinned keys by (role, short name of the key).

    Raises:
        SourceRefused: the file is not one of pinned keys, or pins an issuer: issuers stand in a signed list.
    """
    refusal = SourceRefused("The file after --trust is not one of pinned keys (trust.json).")
    try:
        value = parse_canonical(data)
    except CanonicalRefused as error:
        raise refusal from error
    if not isinstance(value, dict) or value.get("kind") != _KIND or not isinstance(value.get("keys"), list):
        raise refusal
    keys = [_key(one) for one in value["keys"]]
    if any(key is None or key.role == ISSUER for key in keys):
        raise refusal
    return {(key.role, _short(key.public)): key for key in keys if key is not None}


def with_issuers(trusted: Mapping[tuple[str, str], Trusted], data: bytes) -> Mapping[tuple[str, str], Trusted]:
    """Return the pinned keys with the issuers of a list that two different pinned organisations signed.

    Whether the list was in its time is not asked here: what is audited is long past as a rule.

    Raises:
        SourceRefused: the file is no such list, or fewer than two organisations signed it.
    """
    refusal = SourceRefused("The file after --issuers is no list of issuers that two pinned organisations signed.")
    payload, signatures = _signed_list(data, refusal)
    match _parsed(payload, refusal):
        case {"kind": str(kind), "issuers": list(listed)} if kind in _LISTS:
            issuers = [_issuer(one) for one in listed]
        case _:
            raise refusal
    signers = {_signer(one, kind, payload, trusted) for one in signatures} - {None}
    if len(signers) < _SIGNERS_NEEDED:
        raise refusal
    if any(issuer is None for issuer in issuers):
        raise refusal
    return {**trusted, **{(ISSUER, _short(one.public)): one for one in issuers if one is not None}}


def _signed_list(data: bytes, refusal: SourceRefused) -> tuple[bytes, list[object]]:
    match _parsed(data, refusal):
        case {"kind": "insyn/jointly-signed/1", "payload": str(text), "signatures": list(signatures)}:
            payload = decode64(text)
        case _:
            raise refusal
    if payload is None:
        raise refusal
    return payload, signatures


def _parsed(data: bytes, refusal: SourceRefused) -> object:
    try:
        return parse_canonical(data)
    except CanonicalRefused as error:
        raise refusal from error


def _signer(value: object, kind: str, payload: bytes, trusted: Mapping[tuple[str, str], Trusted]) -> str | None:
    """Return which pinned organisation made this signature, if one did."""
    match value:
        case {"key": str(name), "signature": str(text)}:
            key, signature = trusted.get(("organisation", name)), decode64(text)
        case _:
            return None
    if key is None or signature is None:
        return None
    message = b"insyn\x00" + kind.encode() + b"\x00" + payload
    return key.name if ed25519_verifies(key.public, signature, message) else None


def _issuer(value: object) -> Trusted | None:
    match value:
        case {"name": str(name), "public": str(public), "demo": bool(demo)}:
            data = decode64(public)
            return None if data is None or len(data) != 32 else Trusted(role=ISSUER, name=name, public=data, demo=demo)
        case _:
            return None


def _short(public: bytes) -> str:
    return hashlib.sha256(public).hexdigest()[:16]


def _key(value: object) -> Trusted | None:
    match value:
        case {"role": str(role), "name": str(name), "public": str(public), "demo": bool(demo)}:
            data = decode64(public)
            return None if data is None or len(data) != 32 else Trusted(role=role, name=name, public=data, demo=demo)
        case _:
            return None
