"""Profile files for tests: the built-in table as JSON, with some entries changed; a lawyer's attestation of it."""

import json
from collections.abc import Callable
from typing import Any

from contracts.canonical import encode
from contracts.legal_attestation import LegalAttestation
from contracts.signature import Purpose
from governance.domain.legal_profile import SWEDEN_2026, LegalProfile
from tests.builders_contracts import NOON, TrustedSite, a_hash


def as_written(value: object) -> bytes:
    """Return the canonical bytes of a JSON value, as a profile file has them."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def a_table(base: LegalProfile = SWEDEN_2026) -> dict[str, Any]:
    """Return a profile file as a JSON object, to be changed."""
    table: dict[str, Any] = json.loads(base.to_bytes())
    return table


def a_profile_file(base: LegalProfile = SWEDEN_2026, **values: object) -> bytes:
    """Return a profile file in which some parameters have other values."""
    table = a_table(base)
    for name, value in values.items():
        table["parameters"][name]["value"] = value
    return as_written(table)


def edited(base: LegalProfile, edit: Callable[[dict[str, Any]], object]) -> bytes:
    """Return a profile file after an edit of its JSON."""
    table = a_table(base)
    edit(table)
    return as_written(table)


def an_attestation(keys: TrustedSite) -> bytes:
    """Return the pinned lawyer's attestation of the built-in profile: without it nothing starts for real."""
    said = LegalAttestation(
        lawyer="A. Lawyer",
        profile_sha256=SWEDEN_2026.sha256,
        statute="lag (2026:1)",
        statute_sha256=a_hash("statute"),
        controller="police-authority",
        attested_at=NOON,
    )
    return encode(keys.lawyer.sign(Purpose.LEGAL_ATTESTATION, said.to_bytes()).to_json())
