"""Known answers from outside: Certificate Transparency's trees, Go's sumdb, Tessera's golden log, a Rekor proof."""

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key

from contracts.receipt import LogReceipt, verify_receipt
from governance.adapters.signatures import ed25519_verifies
from governance.audit.checkpoint import Checkpoint, key_hash, open_checkpoint, parse_body, signed_note
from governance.audit.errors import CheckpointRefused, ProofRefused
from governance.audit.merkle import (
    EMPTY_ROOT,
    Nodes,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    range_root,
    tree_root,
)
from governance.audit.verify import verify_consistency, verify_hash_inclusion, verify_inclusion


@pytest.fixture(scope="module")
def vectors(test_data: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((test_data / "vectors" / "tlog_vectors.json").read_text())
    return loaded


def nodes_over(leaves: Sequence[bytes]) -> Nodes:
    def node(level: int, position: int) -> bytes:
        if level == 0:
            return leaf_hash(leaves[position])
        return node_hash(node(level - 1, 2 * position), node(level - 1, 2 * position + 1))

    return node


def raw(hexadecimal: str) -> bytes:
    return bytes.fromhex(hexadecimal)


def raw64(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def test_hashing_is_rfc_6962(vectors: dict[str, Any]) -> None:
    for case in vectors["rfc6962_hashing"]["cases"]:
        if case["kind"] == "leaf":
            assert leaf_hash(raw(case["input"])) == raw(case["want"])
        if case["kind"] == "node":
            assert node_hash(raw(case["left"]), raw(case["right"])) == raw(case["want"])


def test_heads_of_sumdb_are_reproduced(vectors: dict[str, Any]) -> None:
    for size, root in vectors["sumdb_leaf_n_tree"]["roots"].items():
        assert tree_root(f"leaf {n}".encode() for n in range(int(size))) == raw(root)


def test_all_inclusion_proofs_of_the_reference_tree_are_generated_and_verified(vectors: dict[str, Any]) -> None:
    nodes = nodes_over([raw(leaf) for leaf in vectors["tree8"]["leaf_inputs"]])
    for case in vectors["tree8_all_inclusion_proofs"]["cases"]:
        proof = tuple(map(raw, case["proof"]))
        assert inclusion_proof(nodes, index=case["index"], size=case["size"]) == proof
        verify_hash_inclusion(
            leaf_hash=raw(case["leaf_hash"]),
            index=case["index"],
            size=case["size"],
            proof=proof,
            root=raw(case["root"]),
        )


def test_all_consistency_proofs_of_the_reference_tree_are_generated_and_verified(vectors: dict[str, Any]) -> None:
    nodes = nodes_over([raw(leaf) for leaf in vectors["tree8"]["leaf_inputs"]])
    for case in vectors["tree8_all_consistency_proofs"]["cases"]:
        proof = tuple(map(raw, case["proof"]))
        assert consistency_proof(nodes, old=case["size1"], new=case["size2"]) == proof
        verify_consistency(
            old=case["size1"], old_root=raw(case["root1"]), new=case["size2"], new_root=raw(case["root2"]), proof=proof
        )


def test_inclusion_probes_of_the_reference_are_judged_alike(vectors: dict[str, Any]) -> None:
    for case in vectors["upstream_inclusion_probes_b64"]["cases"]:
        try:
            verify_hash_inclusion(
                leaf_hash=raw64(case["leafHash"]),
                index=case["leafIdx"],
                size=case["treeSize"],
                proof=[raw64(node) for node in case["proof"] or []],
                root=raw64(case["root"]),
            )
        except ProofRefused:
            assert case["wantErr"], case["file"]
        else:
            assert not case["wantErr"], case["file"]


def test_consistency_probes_of_the_reference_are_judged_alike(vectors: dict[str, Any]) -> None:
    for case in vectors["upstream_consistency_probes_b64"]["cases"]:
        try:
            verify_consistency(
                old=case["size1"],
                old_root=raw64(case["root1"]),
                new=case["size2"],
                new_root=raw64(case["root2"]),
                proof=[raw64(node) for node in case["proof"] or []],
            )
        except ProofRefused:
            # We are stricter in one thing: a root is 32 bytes, also where two equal ones would do.
            assert case["wantErr"] or len(raw64(case["root1"])) != 32, case["file"]
        else:
            assert not case["wantErr"], case["file"]


def test_every_subtree_of_130_leaves_has_the_rolling_hash_of_the_draft(vectors: dict[str, Any]) -> None:
    nodes = nodes_over([bytes([n]) for n in range(130)])
    rolling = hashlib.sha256()
    for end in range(131):
        for start in range(end + 1):
            if start == end or _is_subtree(start, end):
                root = EMPTY_ROOT if start == end else range_root(nodes, start, end)
                rolling.update(f"[{start}, {end}) {root.hex()}\n".encode())
    assert rolling.hexdigest() == vectors["rolling_hash_subtree_vectors"]["subtree_hash"]["want"]


def _is_subtree(start: int, end: int) -> bool:
    """Whether start is a multiple of the smallest power of two that holds the range."""
    return start % (1 << (end - start - 1).bit_length()) == 0


@pytest.fixture(scope="module")
def golden_key(vectors: dict[str, Any]) -> Ed25519PrivateKey:
    encoded = vectors["golden_log"]["skey"].split("+", 4)[4]
    return Ed25519PrivateKey.from_private_bytes(raw64(encoded)[1:])


def test_golden_log_grows_checkpoint_by_checkpoint_byte_for_byte(
    vectors: dict[str, Any], golden_key: Ed25519PrivateKey
) -> None:
    golden = vectors["golden_log"]
    public = golden_key.public_key().public_bytes_raw()
    entries = [entry.encode() for entry in golden["entries_text"]]
    for size, note in golden["checkpoints_text"].items():
        head = Checkpoint(origin=golden["origin"], size=int(size), root=tree_root(entries[: int(size)]))
        assert signed_note(head, public_key=public, sign=golden_key.sign) == note
        assert open_checkpoint(note, origin=golden["origin"], public_key=public, verify=ed25519_verifies) == head


def test_receipts_over_the_golden_log_verify_at_the_recipient(
    vectors: dict[str, Any], golden_key: Ed25519PrivateKey
) -> None:
    golden = vectors["golden_log"]
    entries = [entry.encode() for entry in golden["entries_text"]]
    nodes = nodes_over(entries)
    for index, leaf in enumerate(entries):
        proof = inclusion_proof(nodes, index=index, size=15)
        receipt = LogReceipt(index=index, leaf=leaf, proof=proof, checkpoint=golden["checkpoints_text"]["15"])
        key = golden_key.public_key().public_bytes_raw()
        assert verify_receipt(receipt, origin=golden["origin"], log_key=key) == leaf


def test_a_real_proof_of_a_deployed_log_verifies(vectors: dict[str, Any]) -> None:
    real = vectors["rekor_v2_real"]
    public = load_der_public_key(raw64(real["ed25519_spki_b64"])).public_bytes_raw()  # type: ignore[union-attr]  # Ed25519
    origin = real["checkpoint_text"].split("\n", 1)[0]
    head = open_checkpoint(real["checkpoint_text"], origin=origin, public_key=public, verify=ed25519_verifies)
    verify_inclusion(
        leaf=raw64(real["entry_b64"]),
        index=real["index"],
        size=head.size,
        proof=[raw64(node) for node in real["proof_b64"]],
        root=head.root,
    )


def test_key_names_are_those_of_signed_notes(vectors: dict[str, Any]) -> None:
    case = vectors["note_key_id"]
    private = load_der_private_key(raw64(case["ed25519_pkcs8_b64"]), password=None)
    public = private.public_key().public_bytes_raw()  # type: ignore[union-attr]  # Ed25519
    assert int.from_bytes(key_hash(case["name"], public)) == case["want_key_id_uint32"]


def test_checkpoints_that_only_a_lax_parser_would_take_are_refused(vectors: dict[str, Any]) -> None:
    for body in vectors["checkpoint_body"]["fail_text"]:
        with pytest.raises(CheckpointRefused):
            parse_body(body)


@pytest.mark.slow
def test_a_log_of_70000_entries_has_the_root_that_other_programs_compute(vectors: dict[str, Any]) -> None:
    assert tree_root(b"entry %d" % n for n in range(70_000)) == raw(vectors["log_70000"]["root"])
