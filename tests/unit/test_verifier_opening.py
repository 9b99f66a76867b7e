"""Opening a disclosed compartment: the box and the payload that were committed to, or nothing."""

import hashlib
import struct
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from governance.adapters.compartment_sealer import seal
from governance.audit.commitment import commit_key, commitment, entry_context, object_context, seal_key
from governance.audit.errors import DisclosureRefused
from governance.audit.leaf import Compartment, KeyRef
from governance.verifier.opening import opened_payload

DEK = bytes(range(32))
KEY = KeyRef(data_class="log-subject", day=20_460, number=7)
CONTEXT = entry_context("candidate.view", "subject", "governance", 5)
PAYLOAD = b'{"alert":"a1"}'


def filled(payload: bytes, filling: bytes = b"\x00") -> bytes:
    plain = struct.pack(">I", len(payload)) + payload
    return plain + filling * (-len(plain) % 256)


def box_of(plain: bytes, committed: bytes, *, nonce: bytes = b"n" * 12) -> bytes:
    """A box that whoever holds the key could make of anything."""
    return nonce + AESGCM(seal_key(DEK)).encrypt(nonce, plain, CONTEXT + committed)


def stated(box: bytes, committed: bytes) -> Compartment:
    return Compartment(group="subject", key=KEY, commitment=committed, box_sha256=hashlib.sha256(box).digest())


COMMITTED = commitment(commit_key(DEK), CONTEXT, PAYLOAD)
GOOD = box_of(filled(PAYLOAD), COMMITTED)


def test_what_the_system_sealed_opens_to_what_it_committed_to() -> None:
    for payload in (b"", PAYLOAD, b"x" * 252, b"x" * 253, b"x" * 5000):
        sealed = seal(DEK, CONTEXT, payload)
        one = stated(sealed.box, sealed.commitment)
        assert opened_payload(one, CONTEXT, dek=DEK, box=sealed.box) == payload


def test_another_box_with_the_same_payload_is_not_the_one_that_was_logged() -> None:
    other = box_of(filled(PAYLOAD), COMMITTED, nonce=b"m" * 12)
    assert opened_payload(stated(other, COMMITTED), CONTEXT, dek=DEK, box=other) == PAYLOAD
    with pytest.raises(DisclosureRefused, match="whose hash the entry holds"):
        opened_payload(stated(GOOD, COMMITTED), CONTEXT, dek=DEK, box=other)


def test_a_box_with_another_payload_than_was_committed_to_is_refused() -> None:
    forged = box_of(filled(b'{"alert":"a2"}'), COMMITTED)
    with pytest.raises(DisclosureRefused, match="another payload"):
        opened_payload(stated(forged, COMMITTED), CONTEXT, dek=DEK, box=forged)


@pytest.mark.parametrize(
    "plain",
    [
        filled(PAYLOAD, b"\x01"),
        filled(PAYLOAD)[:-1] + b"\x01",
        filled(PAYLOAD) + bytes(256),
        struct.pack(">I", 2**32 - 1) + PAYLOAD + bytes(256 - 4 - len(PAYLOAD)),
    ],
)
def test_a_box_that_is_filled_otherwise_is_refused(plain: bytes) -> None:
    box = box_of(plain, COMMITTED)
    with pytest.raises(DisclosureRefused, match="filled up"):
        opened_payload(stated(box, COMMITTED), CONTEXT, dek=DEK, box=box)


def test_another_key_context_or_commitment_opens_nothing() -> None:
    one = stated(GOOD, COMMITTED)
    for context in (entry_context("candidate.view", "subject", "governance", 6), object_context(KEY)):
        with pytest.raises(DisclosureRefused):
            opened_payload(one, context, dek=DEK, box=GOOD)
    with pytest.raises(DisclosureRefused):
        opened_payload(one, CONTEXT, dek=bytes(32), box=GOOD)
    with pytest.raises(DisclosureRefused):
        opened_payload(replace(one, commitment=bytes(32)), CONTEXT, dek=DEK, box=GOOD)


@pytest.mark.parametrize("box", [b"", b"x" * 27, b"x" * 283, b"x" * 285, b"x" * 284])
def test_what_is_no_box_is_refused(box: bytes) -> None:
    with pytest.raises(DisclosureRefused):
        opened_payload(stated(box, COMMITTED), CONTEXT, dek=DEK, box=box)
