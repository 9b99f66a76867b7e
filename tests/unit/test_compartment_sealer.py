"""Sealing is committing: what opens, opens to the one payload that was committed to, in the place it is bound to."""

import hashlib
import hmac
import struct

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from governance.adapters.compartment_sealer import CommittingSealer, open_box, padded, seal
from governance.application.errors import NotFound
from governance.audit.commitment import commit_key, commitment, entry_context, object_context, seal_key
from governance.audit.errors import BoxRefused
from governance.audit.leaf import KeyRef

DEK = bytes(range(32))
CONTEXT = entry_context("candidate.view", "subject", "governance", 7)


def a_box(plain: bytes, committed: bytes, *, context: bytes = CONTEXT) -> bytes:
    """Make a box as somebody with the key would, who keeps to no rule."""
    return bytes(12) + AESGCM(seal_key(DEK)).encrypt(bytes(12), plain, context + committed)


def committed_to(payload: bytes) -> bytes:
    return commitment(commit_key(DEK), CONTEXT, payload)


def test_a_box_that_was_filled_up_with_something_else_is_refused() -> None:
    right = padded(b"payload")
    for wrong in (
        right[:-1] + b"\x01",  # not zeros
        right + bytes(256),  # filled up further than need be
        right[:-1],  # no multiple of 256
        struct.pack(">I", 6) + right[4:],  # a shorter length, so that a byte of payload stands in the filling
        struct.pack(">I", 2**32 - 1) + right[4:],  # a length beyond the end
        b"",
    ):
        with pytest.raises(BoxRefused):
            open_box(DEK, CONTEXT, committed_to(b"payload"), a_box(wrong, committed_to(b"payload")))


def test_a_box_that_holds_another_payload_than_was_committed_to_is_refused() -> None:
    with pytest.raises(BoxRefused, match="another payload"):
        open_box(DEK, CONTEXT, committed_to(b"the truth"), a_box(padded(b"a story"), committed_to(b"the truth")))


def test_a_box_opens_in_no_other_entry_group_or_producer() -> None:
    sealed = seal(DEK, CONTEXT, b"payload")
    for other in (
        entry_context("candidate.view", "subject", "governance", 8),
        entry_context("candidate.view", "operator", "governance", 7),
        entry_context("candidate.view", "subject", "edge-07", 7),
        entry_context("candidate.review", "subject", "governance", 7),
    ):
        with pytest.raises(BoxRefused):
            open_box(DEK, other, sealed.commitment, sealed.box)


def test_an_object_is_bound_to_the_name_of_its_key() -> None:
    context = object_context(KeyRef(data_class="candidate", day=20_460, number=42))
    assert context == b"object\x00candidate\x00" + struct.pack(">I", 20_460) + b"\x000000002a"


def test_the_context_of_an_entry_is_event_group_producer_and_number() -> None:
    assert b"candidate.view\x00subject\x00governance\x00" + struct.pack(">Q", 7) == CONTEXT


def test_the_keys_are_those_of_the_specification_computed_by_hand() -> None:
    k_c = hmac.new(DEK, b"insyn/audit/v1/commit", hashlib.sha256).digest()
    k_e = hmac.new(DEK, b"insyn/audit/v1/enc", hashlib.sha256).digest()
    sealed = seal(DEK, CONTEXT, b"payload")
    bound = struct.pack(">H", len(CONTEXT)) + CONTEXT + b"payload"
    assert sealed.commitment == hmac.new(k_c, bound, hashlib.sha256).digest()
    plain = AESGCM(k_e).decrypt(sealed.box[:12], sealed.box[12:], CONTEXT + sealed.commitment)
    assert plain == struct.pack(">I", 7) + b"payload" + bytes(245)
    assert sealed.box_sha256 == hashlib.sha256(sealed.box).digest()


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_a_key_has_exactly_32_bytes(length: int) -> None:
    with pytest.raises(BoxRefused):
        seal(bytes(length), CONTEXT, b"payload")
    with pytest.raises(BoxRefused):
        commitment(bytes(length), CONTEXT, b"payload")


def test_a_context_has_at_most_65535_bytes() -> None:
    with pytest.raises(BoxRefused):
        seal(DEK, bytes(65_536), b"payload")


@pytest.mark.parametrize("box", [b"", bytes(12), bytes(28), bytes(283)])
def test_what_is_too_short_is_no_box(box: bytes) -> None:
    with pytest.raises(BoxRefused):
        open_box(DEK, CONTEXT, bytes(32), box)


def test_each_sealing_has_a_nonce_of_its_own() -> None:
    assert seal(DEK, CONTEXT, b"payload").box != seal(DEK, CONTEXT, b"payload").box


def test_payloads_of_about_one_length_have_boxes_of_one_length() -> None:
    assert len({len(seal(DEK, CONTEXT, bytes(length)).box) for length in range(253)}) == 1
    assert len(seal(DEK, CONTEXT, bytes(252)).box) + 256 == len(seal(DEK, CONTEXT, bytes(253)).box)


def test_to_the_use_cases_what_does_not_open_was_never_there() -> None:
    sealer = CommittingSealer()
    sealed = sealer.seal(DEK, CONTEXT, b"payload")
    assert sealer.open(DEK, CONTEXT, sealed.commitment, sealed.box) == b"payload"
    with pytest.raises(NotFound):
        sealer.open(bytes(32), CONTEXT, sealed.commitment, sealed.box)


def test_a_sealed_payload_prints_without_its_box() -> None:
    assert "box=" not in repr(seal(DEK, CONTEXT, b"payload"))
