"""Verification of proofs, iteratively as RFC 9162, 2.1.3.2 and 2.1.4.2, write it down.

It shares nothing with `merkle.py` but the two hash functions' definition, repeated here on purpose.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from governance.audit.errors import ProofRefused

_EMPTY: Final = hashlib.sha256(b"").digest()


def verify_inclusion(*, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Accept that the entry stands at this index of the tree with this size and root.

    Raises:
        ProofRefused: it is not proven.
    """
    verify_hash_inclusion(
        leaf_hash=hashlib.sha256(b"\x00" + leaf).digest(), index=index, size=size, proof=proof, root=root
    )


def verify_hash_inclusion(*, leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Accept that the leaf of this hash stands at this index (RFC 9162, 2.1.3.2).

    Raises:
        ProofRefused: it is not proven.
    """
    if not 0 <= index < size:
        raise ProofRefused("The index lies outside the tree.")
    _require_hashes((leaf_hash, root, *proof))
    place, last, current = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            raise ProofRefused("The inclusion proof is too long.")
        if place % 2 == 1 or place == last:
            current = _parent(sibling, current)
            while place % 2 == 0 and place != 0:
                place, last = place // 2, last // 2
        else:
            current = _parent(current, sibling)
        place, last = place // 2, last // 2
    if last != 0:
        raise ProofRefused("The inclusion proof is too short.")
    if current != root:
        raise ProofRefused("The inclusion proof leads to another root.")


def verify_consistency(*, old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Accept that the new tree extends the old one and changed nothing in it (RFC 9162, 2.1.4.2).

    Raises:
        ProofRefused: it is not proven.
    """
    if not 0 <= old <= new:
        raise ProofRefused("Of the two trees the first must be the older.")
    _require_hashes((old_root, new_root, *proof))
    if old in (0, new):
        _require_trivial(old=old, old_root=old_root, new=new, new_root=new_root, proof=proof)
        return
    nodes = list(proof)
    if old & (old - 1) == 0:
        nodes.insert(0, old_root)
    if not nodes:
        raise ProofRefused("The consistency proof is too short.")
    _climb(nodes, old - 1, new - 1, old_root, new_root)


def _climb(nodes: list[bytes], place: int, last: int, old_root: bytes, new_root: bytes) -> None:
    while place % 2 == 1:
        place, last = place // 2, last // 2
    of_old = of_new = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            raise ProofRefused("The consistency proof is too long.")
        if place % 2 == 1 or place == last:
            of_old, of_new = _parent(node, of_old), _parent(node, of_new)
            while place % 2 == 0 and place != 0:
                place, last = place // 2, last // 2
        else:
            of_new = _parent(of_new, node)
        place, last = place // 2, last // 2
    if last != 0:
        raise ProofRefused("The consistency proof is too short.")
    if of_old != old_root or of_new != new_root:
        raise ProofRefused("The consistency proof leads to other roots.")


def _require_trivial(*, old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    if proof:
        raise ProofRefused("The consistency proof is too long.")
    if old == new and old_root != new_root:
        raise ProofRefused("Two trees of one size have two roots.")
    if (old == 0 and old_root != _EMPTY) or (new == 0 and new_root != _EMPTY):
        raise ProofRefused("The root of an empty tree is not the one that it must be.")


def _require_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(value) != 32 for value in hashes):
        raise ProofRefused("A hash of the proof has not 32 bytes.")


def _parent(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
