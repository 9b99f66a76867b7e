"""What holds for every log: each entry provable, no altered one; each proof of the right length and nothing else."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import ContractError
from contracts.receipt import LogReceipt, verify_receipt
from contracts.signature import SigningKey
from governance.audit.checkpoint import Checkpoint, signed_note
from governance.audit.errors import ProofRefused
from governance.audit.merkle import (
    EMPTY,
    Nodes,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    tree_root,
)
from governance.audit.verify import verify_consistency, verify_inclusion

ORIGIN = "insyn.invalid/demo/2026"
KEY = SigningKey.from_seed(b"\x07" * 32)
SIZES = st.integers(min_value=1, max_value=70)


def leaves(count: int) -> list[bytes]:
    return [b"entry %d" % n for n in range(count)]


def nodes_over(entries: Sequence[bytes]) -> Nodes:
    def node(level: int, position: int) -> bytes:
        if level == 0:
            return leaf_hash(entries[position])
        return node_hash(node(level - 1, 2 * position), node(level - 1, 2 * position + 1))

    return node


@pytest.mark.parametrize("size", range(1, 71))
def test_the_recipient_accepts_every_receipt_that_the_log_makes(size: int) -> None:
    entries = leaves(size)
    nodes = nodes_over(entries)
    head = Checkpoint(origin=ORIGIN, size=size, root=tree_root(entries))
    note = signed_note(head, public_key=KEY.public, sign=KEY.private.sign)
    for index, leaf in enumerate(entries):
        proof = inclusion_proof(nodes, index=index, size=size)
        verify_inclusion(leaf=leaf, index=index, size=size, proof=proof, root=head.root)
        receipt = LogReceipt(index=index, leaf=leaf, proof=proof, checkpoint=note)
        assert verify_receipt(receipt, origin=ORIGIN, log_key=KEY.public) == leaf


@given(size=SIZES, data=st.data())
def test_no_altered_entry_is_provable(size: int, data: st.DataObject) -> None:
    entries = leaves(size)
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    other = data.draw(st.binary(max_size=40).filter(lambda leaf: leaf != entries[index]))
    proof = inclusion_proof(nodes_over(entries), index=index, size=size)
    with pytest.raises(ProofRefused):
        verify_inclusion(leaf=other, index=index, size=size, proof=proof, root=tree_root(entries))


@given(size=SIZES, data=st.data())
def test_proofs_of_wrong_length_are_refused(size: int, data: st.DataObject) -> None:
    entries = leaves(size)
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    proof = inclusion_proof(nodes_over(entries), index=index, size=size)
    extra = data.draw(st.binary(min_size=32, max_size=32))
    for wrong in {(*proof, extra), (extra, *proof), proof[:-1], proof[1:]} - {proof}:
        with pytest.raises(ProofRefused):
            verify_inclusion(leaf=entries[index], index=index, size=size, proof=wrong, root=tree_root(entries))


@given(size=SIZES, past=st.integers(min_value=0, max_value=5))
def test_an_index_past_the_end_is_refused(size: int, past: int) -> None:
    entries = leaves(size)
    nodes, root = nodes_over(entries), tree_root(entries)
    last = inclusion_proof(nodes, index=size - 1, size=size)
    with pytest.raises(ProofRefused):
        verify_inclusion(leaf=entries[-1], index=size + past, size=size, proof=last, root=root)
    with pytest.raises(ProofRefused):
        inclusion_proof(nodes, index=size + past, size=size)
    with pytest.raises(ProofRefused):
        verify_inclusion(leaf=entries[-1], index=-1, size=size, proof=last, root=root)


@given(size=SIZES, data=st.data())
def test_an_entry_is_provable_at_its_own_place_only(size: int, data: st.DataObject) -> None:
    entries = leaves(size)
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    proof = inclusion_proof(nodes_over(entries), index=index, size=size)
    if size > 1:
        other = (index + data.draw(st.integers(min_value=1, max_value=size - 1))) % size
        with pytest.raises(ProofRefused):
            verify_inclusion(leaf=entries[index], index=other, size=size, proof=proof, root=tree_root(entries))


@given(size=SIZES, data=st.data())
def test_every_earlier_log_is_proven_a_beginning_and_no_other_is(size: int, data: st.DataObject) -> None:
    entries = leaves(size)
    nodes = nodes_over(entries)
    old = data.draw(st.integers(min_value=1, max_value=size))
    new_root, old_root = tree_root(entries), tree_root(entries[:old])
    proof = consistency_proof(nodes, old=old, new=size)
    verify_consistency(old=old, old_root=old_root, new=size, new_root=new_root, proof=proof)
    forged = tree_root([*entries[: old - 1], b"something else"])
    with pytest.raises(ProofRefused):
        verify_consistency(old=old, old_root=forged, new=size, new_root=new_root, proof=proof)
    for wrong in {(*proof, old_root), proof[:-1]} - {proof}:
        with pytest.raises(ProofRefused):
            verify_consistency(old=old, old_root=old_root, new=size, new_root=new_root, proof=wrong)


@given(size=st.integers(min_value=0, max_value=70))
def test_growing_and_recomputing_give_one_root(size: int) -> None:
    entries = leaves(size)
    nodes = nodes_over(entries)
    frontier = EMPTY
    for leaf in entries:
        grown = frontier.append(leaf)
        frontier = grown.frontier
        assert all(nodes(level, position) == value for level, position, value in grown.completed)
    assert frontier.root == root_of(nodes, size)


@given(flip=st.integers(min_value=0), data=st.data())
def test_one_changed_character_of_a_checkpoint_is_refused(flip: int, data: st.DataObject) -> None:
    entries = leaves(5)
    head = Checkpoint(origin=ORIGIN, size=5, root=tree_root(entries))
    note = signed_note(head, public_key=KEY.public, sign=KEY.private.sign)
    place = flip % len(note)
    other = data.draw(st.characters(codec="utf-8").filter(lambda character: character != note[place]))
    receipt = LogReceipt(
        index=2,
        leaf=entries[2],
        proof=inclusion_proof(nodes_over(entries), index=2, size=5),
        checkpoint=note[:place] + other + note[place + 1 :],
    )
    with pytest.raises(ContractError):
        verify_receipt(receipt, origin=ORIGIN, log_key=KEY.public)
