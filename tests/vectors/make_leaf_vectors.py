"""Writes `leaves.json`: check values of leaves, sealing, keys, inventories and challenges, computed by hand.

`python -m tests.vectors.make_leaf_vectors`. Nothing of the product is used here: HMAC and AES-GCM are those of
`cryptography`, canonical JSON is that of `rfc8785`, trees are walked as the specification words it.
"""

import base64
import hashlib
import json
import struct
from pathlib import Path
from typing import Any, Final

import rfc8785
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC

FILE: Final = Path(__file__).with_name("leaves.json")
ROOT: Final = bytes(range(32))
NONCE: Final = bytes(range(12))


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256 by the library."""
    mac = HMAC(key, hashes.SHA256())
    mac.update(message)
    return mac.finalize()


def encode64(data: bytes) -> str:
    """Base64 as in RFC 4648, section 4."""
    return base64.b64encode(data).decode()


def a_hash(number: int) -> str:
    """Some 32 bytes."""
    return encode64(hashlib.sha256(bytes([number])).digest())


def the_key(number: int) -> bytes:
    """Walk from the root to the key of this number."""
    secret = ROOT
    for bit in f"{number:032b}":
        secret = hmac_sha256(secret, b"insyn/vault/v1/" + (b"right" if bit == "1" else b"left"))
    return secret


def the_node(prefix: str) -> bytes:
    """Walk from the root along these bits."""
    secret = ROOT
    for bit in prefix:
        secret = hmac_sha256(secret, b"insyn/vault/v1/" + (b"right" if bit == "1" else b"left"))
    return secret


def sealed(name: str, dek: bytes, context: bytes, payload: bytes) -> dict[str, str]:
    """Seal a payload as the specification words it, with a nonce that is no secret."""
    commit_key = hmac_sha256(dek, b"insyn/audit/v1/commit")
    seal_key = hmac_sha256(dek, b"insyn/audit/v1/enc")
    commitment = hmac_sha256(commit_key, struct.pack(">H", len(context)) + context + payload)
    plain = struct.pack(">I", len(payload)) + payload
    plain += bytes(-len(plain) % 256)
    box = NONCE + AESGCM(seal_key).encrypt(NONCE, plain, context + commitment)
    values = {
        "dek": dek,
        "context": context,
        "payload": payload,
        "commit_key": commit_key,
        "seal_key": seal_key,
        "commitment": commitment,
        "box": box,
        "box_sha256": hashlib.sha256(box).digest(),
    }
    return {"name": name, **{key: value.hex() for key, value in values.items()}}


def leaf(**changes: Any) -> dict[str, Any]:
    """Return a leaf as a JSON value."""
    value: dict[str, Any] = {
        "e": "candidate.view",
        "p": [
            {"c": a_hash(1), "d": 22_280, "g": "operator", "k": "0000002a", "r": "log-operator", "x": a_hash(2)},
            {"c": a_hash(3), "d": 20_460, "g": "subject", "k": "ffffffff", "r": "log-subject", "x": a_hash(4)},
        ],
        "sn": 18_233,
        "src": "governance",
        "t": 1_763_790_000_123,
        "v": 1,
    }
    return {**value, **changes}


def good_leaves() -> dict[str, dict[str, Any]]:
    """Leaves that every reader accepts."""
    an_object = {"c": a_hash(5), "d": 20_461, "g": "object", "k": "00000000", "r": "candidate", "x": a_hash(6)}
    both = sorted([a_hash(7), a_hash(8)])
    whole_day = ["candidate", 20_461, 0, 2**32 - 1]
    return {
        "two sealed groups": leaf(),
        "nothing sealed": leaf(e="log.beat", p=[], b={"settled": 9, "state": a_hash(9)}),
        "an object kept": leaf(e="candidate.accept", p=[an_object], b={"adds": both, "settled": 3}),
        "keys to be opened": leaf(e="object.read", p=[], b={"opens": [["candidate", 20_461, 3, 3]]}),
        "an erasure intended": leaf(e="erasure.intend", p=[], b={"keys": [whole_day], "reason": "retention"}),
        "an erasure completed": leaf(
            e="erasure.complete",
            p=[],
            b={
                "after": a_hash(10),
                "before": a_hash(11),
                "count": 12,
                "keys": [whole_day],
                "of": [7],
                "reason": "retention",
            },
        ),
        "a producer beside the log": leaf(
            e="counts.accept", p=[], src="edge-07", b={"from": "camera-3.session-9", "n": 4}
        ),
    }


def bad_leaves() -> dict[str, str]:
    """Texts that every reader refuses."""
    text = rfc8785.dumps(leaf()).decode()
    changed = {
        "a name": leaf(b={"name": "x"}),
        "a pseudonym where a rule stands": leaf(b={"rule": "0123456789abcdef0123456789abcdef"}),
        "an empty body": leaf(b={}),
        "a list that is not sorted": leaf(b={"of": [4, 3]}),
        "groups out of order": leaf(p=leaf()["p"][::-1]),
        "a group twice": leaf(p=[leaf()["p"][0], {**leaf()["p"][0], "k": "0000002b"}]),
        "a class of no list": leaf(p=[{**leaf()["p"][0], "r": "account"}]),
        "an object of a log's class": leaf(p=[{**leaf()["p"][0], "g": "object"}]),
        "a number of zero": leaf(sn=0),
        "another version": leaf(v=0),
    }
    return {
        **{name: rfc8785.dumps(value).decode() for name, value in changed.items()},
        "a space": text.replace(":", ": ", 1),
        "an escape": text.replace("candidate.view", "candidate\\u002eview"),
        "a fraction": text.replace('"sn":18233', '"sn":18233.0'),
        "base64 with stray bits": text.replace(a_hash(1), a_hash(1)[:-2] + chr(ord(a_hash(1)[-2]) + 1) + "="),
        "large hexadecimal digits": text.replace("ffffffff", "FFFFFFFF"),
        "a key twice": text.replace('"v":1', '"v":1,"v":1'),
    }


def inventory() -> dict[str, Any]:
    """A vault of two days: one whole, one of which the keys 0 and 1 alone are left, by hand."""
    label = b"insyn/vault/v1/inventory"
    whole, pair = hmac_sha256(ROOT, label), hmac_sha256(the_node("0" * 31), label)
    days = [
        ["candidate", 20_461, [[0, 1, encode64(pair)]]],
        ["review", 20_500, [[0, 2**32 - 1, encode64(whole)]]],
    ]
    first, second = (hashlib.sha256(b"\x00" + rfc8785.dumps(day)).digest() for day in days)
    return {
        "bytes": rfc8785.dumps({"days": days, "kind": "insyn/vault-inventory/1"}).decode(),
        "root": hashlib.sha256(b"\x01" + first + second).hexdigest(),
    }


def challenge() -> dict[str, Any]:
    """Five indices drawn of a thousand."""
    note, words, drawn = "insyn.invalid/demo/2026\n1000\n" + a_hash(12) + "\n", "chosen by nobody", []
    framed = b"".join(struct.pack(">I", len(text)) + text.encode() for text in (note, words))
    counter = 0
    while len(drawn) < 5:
        digest = hashlib.sha256(b"insyn/challenge/v1\x00" + framed + struct.pack(">Q", counter)).digest()
        counter += 1
        index = int.from_bytes(digest[:8]) % 1000
        drawn += [] if index in drawn else [index]
    return {"note": note, "words": words, "size": 1000, "drawn": drawn}


def vectors() -> dict[str, Any]:
    """Return everything."""
    entry = b"candidate.view\x00subject\x00governance\x00" + struct.pack(">Q", 18_233)
    an_object = b"object\x00candidate\x00" + struct.pack(">I", 20_461) + b"\x0000000000"
    payload = rfc8785.dumps({"alert": "0123456789abcdef0123456789abcdef", "slot": "slot-1"})
    left_out = [(f"{5:032b}"[:depth], 32 - depth) for depth in range(1, 33)]
    siblings = [(prefix[:-1] + ("1" if prefix[-1] == "0" else "0"), height) for prefix, height in left_out]
    return {
        "leaves": [
            {
                "name": name,
                "leaf": (data := rfc8785.dumps(value)).decode(),
                "leaf_hash": hashlib.sha256(b"\x00" + data).hexdigest(),
            }
            for name, value in good_leaves().items()
        ],
        "refused": [{"name": name, "leaf": text} for name, text in bad_leaves().items()],
        "sealing": [
            sealed("a group of an entry", the_key(42), entry, payload),
            sealed("an object", the_key(0), an_object, bytes(range(256))),
            sealed("nothing", the_key(7), entry, b""),
            sealed("the last that fits into one block", the_key(8), entry, bytes(252)),
            sealed("the first that does not", the_key(9), entry, bytes(253)),
        ],
        "keys": {
            "root": ROOT.hex(),
            "derived": {str(number): the_key(number).hex() for number in (0, 1, 42, 2**31, 2**32 - 1)},
            "without_5": [
                {"first": int(prefix.ljust(32, "0"), 2), "height": height, "secret": the_node(prefix).hex()}
                for prefix, height in sorted(siblings, key=lambda node: node[0].ljust(32, "0"))
            ],
        },
        "inventory": inventory(),
        "challenge": challenge(),
    }


def text() -> str:
    """Return the file's content."""
    return json.dumps(vectors(), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(text())
