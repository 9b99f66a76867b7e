"""AES-256-GCM from FIPS 197 and NIST SP 800-38D, slow and short: a second opinion on the library's."""

from functools import reduce
from typing import Final

_POLYNOMIAL: Final = 0xE1 << 120


def _doubled(value: int) -> int:
    return (value << 1) ^ (0x11B if value & 0x80 else 0)


def _times(one: int, other: int) -> int:
    product = 0
    while other:
        product ^= one if other & 1 else 0
        one, other = _doubled(one), other >> 1
    return product


def _substitute(value: int) -> int:
    inverse = next((one for one in range(256) if _times(value, one) == 1), 0)
    turned = [((inverse << by) | (inverse >> (8 - by))) & 0xFF for by in range(5)]
    return reduce(lambda one, other: one ^ other, turned, 0x63)


_BOX: Final = [_substitute(value) for value in range(256)]


def _round_keys(key: bytes) -> list[list[int]]:
    words = [list(key[at : at + 4]) for at in range(0, 32, 4)]
    constant = 1
    for number in range(8, 60):
        word = words[-1]
        if number % 8 == 0:
            word = [_BOX[value] for value in word[1:] + word[:1]]
            word[0] ^= constant
            constant = _doubled(constant)
        elif number % 8 == 4:
            word = [_BOX[value] for value in word]
        words.append([one ^ other for one, other in zip(words[-8], word, strict=True)])
    return [[value for word in words[at : at + 4] for value in word] for at in range(0, 60, 4)]


def _encrypt_block(keys: list[list[int]], block: bytes) -> bytes:
    state = [one ^ other for one, other in zip(block, keys[0], strict=True)]
    for number, key in enumerate(keys[1:], start=1):
        state = [_BOX[state[(at + 4 * (at % 4)) % 16]] for at in range(16)]
        if number < 14:
            columns = [state[at : at + 4] for at in range(0, 16, 4)]
            state = [
                _times(column[row], 2)
                ^ _times(column[(row + 1) % 4], 3)
                ^ column[(row + 2) % 4]
                ^ column[(row + 3) % 4]
                for column in columns
                for row in range(4)
            ]
        state = [one ^ other for one, other in zip(state, key, strict=True)]
    return bytes(state)


def _multiply(one: int, other: int) -> int:
    product = 0
    for bit in range(127, -1, -1):
        product ^= one if other >> bit & 1 else 0
        one = (one >> 1) ^ (_POLYNOMIAL if one & 1 else 0)
    return product


def _hash(key: int, data: bytes) -> int:
    result = 0
    for at in range(0, len(data), 16):
        result = _multiply(result ^ int.from_bytes(data[at : at + 16]), key)
    return result


def encrypt(key: bytes, nonce: bytes, plain: bytes, aad: bytes) -> bytes:
    """Return ciphertext and tag; the key has 32 bytes, the nonce 12."""
    keys = _round_keys(key)
    blocks = [plain[at : at + 16] for at in range(0, len(plain), 16)]
    cipher = b"".join(
        bytes(one ^ other for one, other in zip(block, _encrypt_block(keys, nonce + number.to_bytes(4)), strict=False))
        for number, block in enumerate(blocks, start=2)
    )
    padded = b"".join(part + bytes(-len(part) % 16) for part in (aad, cipher))
    lengths = (8 * len(aad)).to_bytes(8) + (8 * len(cipher)).to_bytes(8)
    tag = _hash(int.from_bytes(_encrypt_block(keys, bytes(16))), padded + lengths)
    mask = int.from_bytes(_encrypt_block(keys, nonce + (1).to_bytes(4)))
    return cipher + (tag ^ mask).to_bytes(16)
