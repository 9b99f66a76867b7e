"""The project's own check values for the log's formats stay what they were, and are read as they are meant."""

import json
from typing import Any

import pytest

from contracts.signature import SigningKey
from governance.adapters.signatures import ed25519_verifies
from governance.audit.accepted import accept
from governance.audit.checkpoint import open_checkpoint
from governance.audit.cosignature import Verifiers
from governance.audit.errors import CheckpointRefused, NoteRefused, TileRefused
from governance.audit.note import VerifierKey
from governance.audit.policy import parse_policy
from governance.audit.proof import parse_proof
from governance.audit.tiles import parse_tile_path
from governance.audit.verify import verify_inclusion
from tests.vectors.make_audit_vectors import FILE, ORIGIN, TIME_S, encoded


@pytest.fixture(scope="module")
def vectors() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return loaded


def test_making_the_check_values_again_changes_nothing() -> None:
    assert encoded() == FILE.read_text(encoding="utf-8")


def test_seeds_and_verifier_keys_belong_together(vectors: dict[str, Any]) -> None:
    for key in vectors["keys"].values():
        assert VerifierKey.parse(key["vkey"]).public_key == SigningKey.from_seed(bytes.fromhex(key["seed"])).public


def test_the_checkpoint_of_seven_entries_is_accepted_with_two_of_its_cosignatures(vectors: dict[str, Any]) -> None:
    lines = vectors["cosignatures"]
    note = vectors["checkpoints"]["7"] + lines["ours"] + lines["third"]
    policy = parse_policy(vectors["policy"]["text"])
    accepted = accept(note, policy=policy, verify=Verifiers(ed25519=ed25519_verifies))
    assert accepted.checkpoint.size == 7
    assert {one.time_s for one in accepted.cosignatures} == {TIME_S}
    for names, satisfied in vectors["policy"]["satisfied"].items():
        assert policy.is_satisfied(names.split()) == satisfied


def test_the_proofs_verify(vectors: dict[str, Any]) -> None:
    key = VerifierKey.parse(vectors["keys"]["log"]["vkey"])
    for case, text in vectors["proofs"].items():
        proof = parse_proof(text)
        head = open_checkpoint(proof.checkpoint, origin=ORIGIN, public_key=key.public_key, verify=ed25519_verifies)
        leaf = b"entry %d" % proof.index
        verify_inclusion(leaf=leaf, index=proof.index, size=head.size, proof=proof.hashes, root=head.root)
        assert case == f"{proof.index} of {head.size}"


def test_what_a_lax_reader_would_take_is_refused(vectors: dict[str, Any]) -> None:
    key = VerifierKey.parse(vectors["keys"]["log"]["vkey"])
    for note in vectors["refused"]["checkpoints"]:
        with pytest.raises(CheckpointRefused):
            open_checkpoint(note, origin=ORIGIN, public_key=key.public_key, verify=ed25519_verifies)
    for text in vectors["refused"]["keys"]:
        with pytest.raises(NoteRefused):
            VerifierKey.parse(text)
    for path in vectors["refused"]["paths"]:
        with pytest.raises(TileRefused):
            parse_tile_path(path)
