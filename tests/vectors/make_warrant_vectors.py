"""Writes warrant_acts.json: each record about a warrant once, signed with the first key of RFC 8032, 7.1.

    python -m tests.vectors.make_warrant_vectors

The signatures were checked with `openssl pkeyutl -verify -rawin` when the file was made; Ed25519 signs the same bytes
the same way everywhere, so that whoever builds another implementation can hold it against these.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contracts.canonical import sha256_hex
from contracts.issuer_list import IssuerList, ListedIssuer
from contracts.signature import Purpose, SigningKey
from contracts.vocabulary import IssuerType, SlotId, WarrantId
from contracts.warrant_acts import Amendment, ApplicationReceipt, Countersignature, Rejection, Revocation
from tests.builders_acts import of_the_version_before
from tests.builders_contracts import a_hash, a_warrant

SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
FILE = Path(__file__).with_name("warrant_acts.json")
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def records() -> list[tuple[Purpose, Any]]:
    """Return one record of each kind."""
    # The records below are about this act of the version before: what was signed under it stays as it is.
    act = of_the_version_before(a_warrant())
    about = {"warrant_id": WarrantId("warrant-1"), "warrant_sha256": sha256_hex(act.to_bytes()), "demo": False}
    said = {**about, "issuer": act.issuer, "issued_at": NOON}
    end = {**said, "not_after": act.not_after, "decision_sha256": a_hash("decision")}
    court = ListedIssuer(
        name=act.issuer,
        issuer_type=IssuerType.COURT,
        public=SigningKey.from_seed(SEED).public,
        demo=False,
        valid_from=NOON,
        valid_to=NOON.replace(year=2027),
    )
    return [
        (Purpose.WARRANT, act),
        (Purpose.AMENDMENT, Amendment(**said, slot_id=SlotId("slot-1"), photographs=(a_hash("another picture"),))),
        (Purpose.APPLICATION_RECEIPT, ApplicationReceipt(**said, diary_number="B-123-26")),
        (Purpose.COUNTERSIGNATURE, Countersignature(**about, first_key="0" * 16, officer="officer-2", signed_at=NOON)),
        (Purpose.REJECTION, Rejection(**end)),
        (Purpose.REVOCATION, Revocation(**end)),
        (
            Purpose.ISSUER_LIST,
            IssuerList(version=7, issued_at=NOON, expires_at=NOON.replace(year=2027), issuers=(court,)),
        ),
        (Purpose.WARRANT, a_warrant()),
    ]


def vectors() -> list[dict[str, str]]:
    """Return what the file holds."""
    key = SigningKey.from_seed(SEED)
    made = []
    for purpose, record in records():
        signed = key.sign(purpose, record.to_bytes())
        made.append(
            {
                "payload": signed.payload.decode(),
                "purpose": purpose.value,
                "sha256": signed.sha256,
                "signature": signed.signature.hex(),
            }
        )
    return made


if __name__ == "__main__":
    FILE.write_text(json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
