"""Known answers: each record about a warrant, byte for byte, under the first key of RFC 8032, 7.1 (A3, A6, A7, A8)."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contracts.issuer_list import IssuerList
from contracts.signature import Purpose, SigningKey
from contracts.warrant import Warrant
from contracts.warrant_acts import Amendment, ApplicationReceipt, Countersignature, Rejection, Revocation
from tests.vectors.make_warrant_vectors import FILE, SEED, vectors

pytestmark = pytest.mark.law("A3", "A6", "A7", "A8", "P1")
PUBLIC = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
"""The public key of RFC 8032, 7.1, test 1."""
VECTORS = json.loads(FILE.read_text(encoding="utf-8"))
READERS: Mapping[Purpose, Any] = {
    Purpose.AMENDMENT: Amendment,
    Purpose.APPLICATION_RECEIPT: ApplicationReceipt,
    Purpose.COUNTERSIGNATURE: Countersignature,
    Purpose.ISSUER_LIST: IssuerList,
    Purpose.REJECTION: Rejection,
    Purpose.REVOCATION: Revocation,
    Purpose.WARRANT: Warrant,
}


def test_the_key_is_that_of_the_rfc() -> None:
    assert SigningKey.from_seed(SEED).public.hex() == PUBLIC


def test_there_is_a_vector_for_every_record_that_people_carry() -> None:
    assert {vector["purpose"] for vector in VECTORS} == {purpose.value for purpose in READERS}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["purpose"])
def test_each_record_is_these_bytes_and_this_signature(vector: dict[str, str]) -> None:
    purpose, payload = Purpose(vector["purpose"]), vector["payload"].encode()
    signed = SigningKey.from_seed(SEED).sign(purpose, payload)
    assert (signed.signature.hex(), signed.sha256) == (vector["signature"], vector["sha256"])
    assert READERS[purpose].from_bytes(payload).to_bytes() == payload
    # By hand, without our own code: "insyn" 00 purpose 00 payload.
    message = b"insyn\x00" + vector["purpose"].encode() + b"\x00" + payload
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(PUBLIC)).verify(bytes.fromhex(vector["signature"]), message)


def test_the_records_are_still_written_like_this() -> None:
    assert vectors() == VECTORS
