"""The JSON schemas of what is carried between organisations, made from the records themselves (docs/schemas).

`python -m insyn.schemas` writes them; a test fails when they are stale. A schema says less than the reader in
`contracts/`: bytes must also be canonical (RFC 8785), windows must not be empty, and nothing may be named twice.
"""

import dataclasses
import enum
import json
import sys
import types
import typing
from collections.abc import Collection, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from contracts.admission import ProfileAdmission
from contracts.fields import MAX_TEXT
from contracts.issuer_list import IssuerList
from contracts.volunteer_run import VolunteerRun
from contracts.volunteers import ConsentWithdrawal, SiteClosure, VolunteerConsent
from contracts.warrant import Warrant
from contracts.warrant_acts import Amendment, ApplicationReceipt, Countersignature, Rejection, Revocation

FOLDER: Final = Path("docs/schemas")
KINDS: Final[Mapping[str, type]] = types.MappingProxyType(
    {
        "insyn/application-receipt/1": ApplicationReceipt,
        "insyn/consent-withdrawal/1": ConsentWithdrawal,
        "insyn/countersignature/1": Countersignature,
        "insyn/issuer-list/1": IssuerList,
        "insyn/issuer-list/2": IssuerList,
        "insyn/profile-admission/v1": ProfileAdmission,
        "insyn/site-closure/1": SiteClosure,
        "insyn/volunteer-consent/1": VolunteerConsent,
        "insyn/volunteer-run/1": VolunteerRun,
        "insyn/warrant-amendment/1": Amendment,
        "insyn/warrant-rejection/1": Rejection,
        "insyn/warrant-revocation/1": Revocation,
        "insyn/warrant/2": Warrant,
        "insyn/warrant/3": Warrant,
    }
)
_NOT_YET: Final[Mapping[str, frozenset[str]]] = types.MappingProxyType(
    {"insyn/issuer-list/1": frozenset({"certificates"}), "insyn/warrant/2": frozenset({"record_sha256"})}
)
"""Fields that a record has now and had not in this version, which is still read."""
_HASHES: Final = frozenset({"commitment", "consents", "legal_profile", "photographs"})
_TEXTS: Final = frozenset({"groups", "necessity", "reason", "statute"})
_SHA256: Final = {"pattern": "^[0-9a-f]{64}$", "type": "string"}
_TEXT: Final = {"maxLength": MAX_TEXT, "minLength": 1, "type": "string"}
_IDENTIFIER: Final = {"pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", "type": "string"}
_INSTANT: Final = {
    "description": "UTC, to the millisecond",
    "pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$",
    "type": "string",
}
_DAY: Final = {"pattern": "^\\d{4}-\\d\\d-\\d\\d$", "type": "string"}
_PUBLIC_KEY: Final = {
    "description": "32 bytes in base64 (Ed25519)",
    "pattern": "^[A-Za-z0-9+/]{43}=$",
    "type": "string",
}

_PLAIN: Final[Mapping[type, Mapping[str, Any]]] = types.MappingProxyType(
    {
        bool: {"type": "boolean"},
        bytes: _PUBLIC_KEY,
        date: _DAY,
        datetime: _INSTANT,
        float: {"type": "number"},
        int: {"minimum": 0, "type": "integer"},
    }
)


def schema_of(kind: str) -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of one kind of record."""
    record = KINDS[kind]
    made = _object(record, _NOT_YET.get(kind, frozenset()))
    made["properties"]["kind"] = {"const": kind}
    made["required"] = sorted([*made["required"], "kind"])
    about = (record.__doc__ or "").strip().split("\n\n")[0]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": kind, "description": about, **made}


def file_of(kind: str) -> Path:
    """Return where the schema of a kind lies in this tree."""
    return FOLDER / (kind.removeprefix("insyn/").replace("/", "-") + ".json")


def text_of(kind: str) -> str:
    """Return the file's text."""
    return json.dumps(schema_of(kind), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _object(record: type, left_out: Collection[str]) -> dict[str, Any]:
    hints = typing.get_type_hints(record)
    names = [field.name for field in dataclasses.fields(record) if field.name not in left_out]
    return {
        "additionalProperties": False,
        "properties": {name: _value(name, hints[name], left_out) for name in names},
        "required": sorted(names),
        "type": "object",
    }


def _value(name: str, hint: Any, left_out: Collection[str]) -> dict[str, Any]:
    if typing.get_origin(hint) is tuple:
        (inner, _) = typing.get_args(hint)
        return {"items": _value(name, inner, left_out), "type": "array"}
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _object(hint, left_out)
    if isinstance(hint, type) and issubclass(hint, enum.StrEnum):
        return {"enum": [one.value for one in hint]}
    return dict(_PLAIN[hint]) if hint in _PLAIN else _string(name)


def _string(name: str) -> dict[str, Any]:
    if name in _HASHES or name.endswith(("_sha256", "_sha256s")):
        return dict(_SHA256)
    return dict(_TEXT if name in _TEXTS else _IDENTIFIER)


def main() -> int:
    """Write every schema."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for kind in KINDS:
        file_of(kind).write_text(text_of(kind), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
