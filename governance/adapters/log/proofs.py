"""Receipts and consistency proofs from the database, each verified before it leaves. Their cost is O(log n)."""

import threading
from collections import OrderedDict
from typing import Final

from contracts.receipt import LogReceipt
from governance.adapters.log.right_edge import RightEdge
from governance.adapters.log.store import Head, Store
from governance.audit.errors import LogUnavailable, ProofRefused
from governance.audit.merkle import consistency_proof, inclusion_proof, root_of
from governance.audit.verify import verify_consistency, verify_inclusion

_UNPROVEN: Final = "The log could not prove an entry; run `insyn log verify`."
_KEPT_TILES: Final = 64
"""One megabyte. Proofs of new entries need the newest tiles and the few high ones."""


class Proofs:
    """Makes proofs under a given head. Safe to be used by many threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tiles: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self._turn = threading.Lock()

    def receipt(self, head: Head, edge: RightEdge, index: int) -> LogReceipt:
        """Return the receipt of one entry.

        Raises:
            LogUnavailable: the head does not cover it, or what is stored does not lead to the head's root.
        """
        if not 0 <= index < head.size:
            raise LogUnavailable("This entry is not in the committed log.")
        leaves = self._store.leaves(index, 1)
        if not leaves:
            raise LogUnavailable("An entry of the log is missing in the database; run `insyn log verify`.")
        proof = inclusion_proof(edge.nodes(self._tile), index=index, size=head.size)
        try:
            verify_inclusion(leaf=leaves[0], index=index, size=head.size, proof=proof, root=head.root)
        except ProofRefused as error:
            self._forget()
            raise LogUnavailable(_UNPROVEN) from error
        return LogReceipt(index=index, leaf=leaves[0], proof=proof, checkpoint=head.note)

    def consistency(self, head: Head, edge: RightEdge, old: int, new: int) -> tuple[bytes, ...]:
        """Return the proof between two sizes up to the head's; empty where the older is zero or both are one.

        Raises:
            LogUnavailable: the head does not cover them, or what is stored does not lead to the head's root.
        """
        if not 0 <= old <= new <= head.size:
            raise LogUnavailable("The committed log has not so many entries, or the older size is the greater.")
        if old in {0, new}:
            return ()
        nodes = edge.nodes(self._tile)
        proof = consistency_proof(nodes, old=old, new=new)
        try:
            verify_consistency(
                old=old, old_root=root_of(nodes, old), new=new, new_root=root_of(nodes, new), proof=proof
            )
            # What was proven of two roots must also belong to the one that is signed.
            if new != head.size:
                onward = consistency_proof(nodes, old=new, new=head.size)
                verify_consistency(
                    old=new, old_root=root_of(nodes, new), new=head.size, new_root=head.root, proof=onward
                )
        except ProofRefused as error:
            self._forget()
            raise LogUnavailable(_UNPROVEN) from error
        return proof

    def _tile(self, level: int, index: int) -> bytes:
        with self._turn:
            kept = self._tiles.get((level, index))
            if kept is not None:
                self._tiles.move_to_end((level, index))
                return kept
        nodes = self._store.tile(level, index)
        with self._turn:
            self._tiles[level, index] = nodes
            if len(self._tiles) > _KEPT_TILES:
                self._tiles.popitem(last=False)
        return nodes

    def _forget(self) -> None:
        with self._turn:
            self._tiles.clear()
