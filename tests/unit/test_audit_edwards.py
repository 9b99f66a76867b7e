"""Keys with which anybody could sign, or that have two spellings, are no keys."""

import pytest

from contracts.signature import SigningKey
from governance.audit.edwards import is_fit_public_key
from governance.audit.errors import NoteRefused
from governance.audit.note import COSIGNATURE_ED25519, ED25519, VerifierKey

P = 2**255 - 19
SIGN = 1 << 255

# The points of order 1, 2, 4 and 8 of edwards25519 by their y; the two of order 8 are published in many libraries.
ORDER_8 = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
SMALL_ORDER = {
    "neutral": 1,
    "order 2": P - 1,
    "order 4": 0,
    "order 4, other sign": 0 | SIGN,
    "order 8 a": int.from_bytes(ORDER_8, "little"),
    "order 8 a, other sign": int.from_bytes(ORDER_8, "little") | SIGN,
    "order 8 b": P - int.from_bytes(ORDER_8, "little"),
    "order 8 b, other sign": (P - int.from_bytes(ORDER_8, "little")) | SIGN,
}
OTHER_SPELLINGS = {
    "neutral with a sign": 1 | SIGN,
    "order 2 with a sign": (P - 1) | SIGN,
    "p": P,
    "p + 1": P + 1,
    "p + 1 with a sign": (P + 1) | SIGN,
    "the greatest": 2**255 - 1,
    "all ones": 2**256 - 1,
    "y = 3 plus p": P + 3,
}


def encoded(value: int) -> bytes:
    return value.to_bytes(32, "little")


@pytest.mark.parametrize("value", SMALL_ORDER.values(), ids=SMALL_ORDER.keys())
def test_the_eight_points_of_small_order_are_no_keys(value: int) -> None:
    assert not is_fit_public_key(encoded(value))


@pytest.mark.parametrize("value", OTHER_SPELLINGS.values(), ids=OTHER_SPELLINGS.keys())
def test_another_spelling_of_a_point_is_no_key(value: int) -> None:
    assert not is_fit_public_key(encoded(value))


@pytest.mark.parametrize("y", [2, 7])
def test_bytes_that_are_no_point_are_no_key(y: int) -> None:
    assert not is_fit_public_key(encoded(y))


@pytest.mark.parametrize("y", [3, 4, 5, 6, 9])
def test_points_of_great_order_are_keys_with_either_sign(y: int) -> None:
    assert is_fit_public_key(encoded(y))
    assert is_fit_public_key(encoded(y | SIGN))


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_key_has_32_bytes(length: int) -> None:
    assert not is_fit_public_key(b"\x03" + bytes(length - 1) if length else b"")


def test_the_base_point_is_a_key() -> None:
    assert is_fit_public_key(bytes.fromhex("58" + "66" * 31))


def test_every_key_that_is_made_here_is_fit() -> None:
    for number in range(32):
        assert is_fit_public_key(SigningKey.from_seed(bytes([number]) * 32).public)


@pytest.mark.parametrize("algorithm", [ED25519, COSIGNATURE_ED25519])
@pytest.mark.parametrize("value", [*SMALL_ORDER.values(), *OTHER_SPELLINGS.values()])
def test_no_verifier_key_can_hold_one(value: int, algorithm: int) -> None:
    with pytest.raises(NoteRefused, match="anybody could sign"):
        VerifierKey(name="w.example", algorithm=algorithm, public_key=encoded(value))
