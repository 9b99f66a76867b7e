"""Known answers: what a second implementation computes by hand is what the product reads, seals, derives and draws."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from governance.adapters.compartment_sealer import open_box, padded
from governance.audit.challenge import drawn
from governance.audit.commitment import commit_key, commitment, seal_key
from governance.audit.errors import BoxRefused, EntryRefused
from governance.audit.inventory import Inventory, inventory_of
from governance.audit.leaf import Leaf
from governance.audit.merkle import leaf_hash
from governance.audit.puncturable import KeyTree
from tests.vectors import aes_gcm_by_hand
from tests.vectors.make_leaf_vectors import FILE, text

VECTORS: dict[str, Any] = json.loads(FILE.read_text())


def test_the_file_is_what_the_script_writes() -> None:
    assert FILE.read_text() == text()


@pytest.mark.parametrize("vector", VECTORS["leaves"], ids=lambda vector: vector["name"])
def test_a_leaf_is_read_and_written_as_it_stands(vector: dict[str, str]) -> None:
    data = vector["leaf"].encode()
    assert Leaf.from_bytes(data).to_bytes() == data
    assert leaf_hash(data).hex() == vector["leaf_hash"]


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: vector["name"])
def test_what_is_no_leaf_is_refused(vector: dict[str, str]) -> None:
    with pytest.raises(EntryRefused):
        Leaf.from_bytes(vector["leaf"].encode())


@pytest.mark.parametrize("vector", VECTORS["sealing"], ids=lambda vector: vector["name"])
def test_a_box_made_by_another_program_opens_to_its_payload(vector: dict[str, str]) -> None:
    value = {key: bytes.fromhex(text) for key, text in vector.items() if key != "name"}
    dek, context, payload, box = value["dek"], value["context"], value["payload"], value["box"]
    assert commit_key(dek) == value["commit_key"]
    assert seal_key(dek) == value["seal_key"]
    assert commitment(commit_key(dek), context, payload) == value["commitment"]
    assert open_box(dek, context, value["commitment"], box) == payload
    assert hashlib.sha256(box).digest() == value["box_sha256"]


@pytest.mark.parametrize("vector", VECTORS["sealing"], ids=lambda vector: vector["name"])
def test_three_implementations_agree_on_the_cipher_and_two_on_the_hash(vector: dict[str, str]) -> None:
    value = {key: bytes.fromhex(text) for key, text in vector.items() if key != "name"}
    nonce, aad = value["box"][:12], value["context"] + value["commitment"]
    assert aes_gcm_by_hand.encrypt(value["seal_key"], nonce, padded(value["payload"]), aad) == value["box"][12:]
    inner = bytes(byte ^ 0x36 for byte in value["dek"].ljust(64, b"\x00"))
    outer = bytes(byte ^ 0x5C for byte in value["dek"].ljust(64, b"\x00"))
    by_hand = hashlib.sha256(outer + hashlib.sha256(inner + b"insyn/audit/v1/commit").digest()).digest()
    assert by_hand == value["commit_key"] == hmac.new(value["dek"], b"insyn/audit/v1/commit", "sha256").digest()


def test_the_cipher_by_hand_is_that_of_nist() -> None:
    """Test case 16 of the GCM submission: a key of 256 bits, with additional data."""
    key = bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2)
    plain = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    )
    aad = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    sealed = aes_gcm_by_hand.encrypt(key, bytes.fromhex("cafebabefacedbaddecaf888"), plain, aad)
    assert sealed[-16:].hex() == "76fc6ece0f4e1768cddf8853bb2d551b"


@pytest.mark.parametrize("vector", VECTORS["sealing"], ids=lambda vector: vector["name"])
@pytest.mark.parametrize("part", ["dek", "context", "commitment", "box"])
def test_no_bit_of_a_vector_can_be_another(vector: dict[str, str], part: str) -> None:
    value = {key: bytes.fromhex(text) for key, text in vector.items() if key != "name"}
    step = 1 if len(value[part]) < 100 else 13
    for place in range(0, len(value[part]), step):
        bent = bytearray(value[part])
        bent[place] ^= 0x10
        changed = {**value, part: bytes(bent)}
        with pytest.raises(BoxRefused):
            open_box(changed["dek"], changed["context"], changed["commitment"], changed["box"])


def test_keys_are_those_of_the_tree() -> None:
    tree = KeyTree.from_root(bytes.fromhex(VECTORS["keys"]["root"]))
    for number, key in VECTORS["keys"]["derived"].items():
        assert tree.derive(int(number)) == bytes.fromhex(key)
    punctured = tree.puncture([(5, 5)])
    assert [
        {"first": seed.first, "height": seed.height, "secret": bytes(seed.secret).hex()} for seed in punctured.seeds
    ] == VECTORS["keys"]["without_5"]


def test_an_inventory_is_that_of_its_trees() -> None:
    tree = KeyTree.from_root(bytes.fromhex(VECTORS["keys"]["root"]))
    inventory = inventory_of({("review", 20_500): tree, ("candidate", 20_461): tree.puncture([(2, 2**32 - 1)])})
    assert inventory.to_bytes().decode() == VECTORS["inventory"]["bytes"]
    assert inventory.root.hex() == VECTORS["inventory"]["root"]
    assert Inventory.from_bytes(inventory.to_bytes()) == inventory


def test_the_draw_is_the_same_everywhere() -> None:
    challenge = VECTORS["challenge"]
    indices = drawn(challenge["note"], challenge["size"], 5, words=challenge["words"])
    assert list(indices) == challenge["drawn"]
