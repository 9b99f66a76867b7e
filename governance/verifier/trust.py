"""The file of pinned keys (`trust.json`), as a site has it: who signs warrants, leases and reports."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from governance.audit.base64_strict import decode64
from governance.audit.canonical import parse_canonical
from governance.audit.errors import CanonicalRefused
from governance.verifier.sources import SourceRefused

_KIND: Final = "insyn/trusted-keys/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """A pinned key: what it is believed for (such as `issuer`), whose it is, its 32 public bytes."""

    role: str
    name: str
    public: bytes
    demo: bool


def read_trusted(data: bytes) -> Mapping[tuple[str, str], Trusted]:
    """Return the pinned keys by (role, short name of the key).

    Raises:
        SourceRefused: the file is not one of pinned keys.
    """
    refusal = SourceRefused("The file after --trust is not one of pinned keys (trust.json).")
    try:
        value = parse_canonical(data)
    except CanonicalRefused as error:
        raise refusal from error
    if not isinstance(value, dict) or value.get("kind") != _KIND or not isinstance(value.get("keys"), list):
        raise refusal
    keys = [_key(one) for one in value["keys"]]
    if any(key is None for key in keys):
        raise refusal
    return {(key.role, hashlib.sha256(key.public).hexdigest()[:16]): key for key in keys if key is not None}


def _key(value: object) -> Trusted | None:
    match value:
        case {"role": str(role), "name": str(name), "public": str(public), "demo": bool(demo)}:
            data = decode64(public)
            return None if data is None or len(data) != 32 else Trusted(role=role, name=name, public=data, demo=demo)
        case _:
            return None
