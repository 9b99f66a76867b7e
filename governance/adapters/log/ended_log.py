"""A log that takes nothing in any more, read whole from its database and held against its signed head."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from contracts.receipt import LogReceipt
from governance.adapters.log.log_file import LogFile, open_log_file
from governance.adapters.log.place import LogPlace
from governance.adapters.log.rotation import chain_of, log_rotations
from governance.adapters.log.signing import HeadSigner
from governance.audit.checkpoint import Checkpoint
from governance.audit.errors import CheckpointRefused, EntryRefused, LogRolledBack, LogUnavailable
from governance.audit.leaf import Leaf
from governance.audit.merkle import consistency_proof, inclusion_proof, leaf_hashes, node_hash, root_of
from governance.audit.note import VerifierKey

_PAGE: Final = 4096


class EndedLog:
    """One reading of such a log: entries, proofs, keys. Made only where the entries give the signed root.

    Raises:
        LogRolledBack: the head is not signed by these keys, or is not that of the entries.
    """

    def __init__(self, file: LogFile, signer: HeadSigner) -> None:
        self._file = file
        self.note = file.checkpoint()
        try:
            self.head: Checkpoint = signer.open(self.note)
        except CheckpointRefused as error:
            raise LogRolledBack("The log's head is not signed by the log's key that lies here.") from error
        self._rows = [leaf_hashes(list(self.all_entries()))]
        while len(self._rows[-1]) > 1:
            row = self._rows[-1]
            self._rows.append([node_hash(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)])
        if len(self._rows[0]) != self.head.size or self.root(self.head.size) != self.head.root:
            raise LogRolledBack("The log's entries are not those that its head was signed over.")

    def checkpoint(self) -> str:
        """Return the signed note over the head."""
        return self.note

    def entries(self, *, first: int, count: int) -> tuple[bytes, ...]:
        """Return up to `count` leaves from an index on."""
        return self._file.entries(first=first, count=count)

    def all_entries(self) -> Iterator[bytes]:
        """Yield every entry in order."""
        for first in range(0, self._file.size, _PAGE):
            yield from self.entries(first=first, count=_PAGE)

    def last(self) -> Leaf | None:
        """Return the last entry, if there is one."""
        size = self.head.size
        try:
            return Leaf.from_bytes(self.entries(first=size - 1, count=1)[0]) if size else None
        except EntryRefused as error:
            raise LogRolledBack("The log's newest entry is none of this version.") from error

    def root(self, size: int) -> bytes:
        """Return the root that the log had at a size."""
        if not 0 <= size <= len(self._rows[0]):
            raise LogUnavailable(f"The log holds {len(self._rows[0])} entries, and {size} are asked for.")
        return root_of(self._node, size)

    def receipt(self, index: int) -> LogReceipt:
        """Return the receipt of an entry under the head."""
        proof = inclusion_proof(self._node, index=index, size=self.head.size)
        (leaf,) = self.entries(first=index, count=1)
        return LogReceipt(index=index, leaf=leaf, proof=proof, checkpoint=self.note)

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """Return the proof between two sizes, whichever is the larger; none where it is trivial.

        Raises:
            LogUnavailable: the log never had so many entries.
        """
        older, newer = sorted((old, new))
        if newer > self.head.size:
            raise LogUnavailable(
                f"The key vault has seen {newer} entries of this log, and {self.head.size} lie here: an older copy "
                "was put in its place."
            )
        return () if older in {0, newer} else consistency_proof(self._node, old=older, new=newer)

    def keys(self, newest: VerifierKey) -> tuple[VerifierKey, ...]:
        """Return the keys that ever signed it, the first one first."""
        return chain_of(log_rotations(self.all_entries()), newest)

    def _node(self, level: int, position: int) -> bytes:
        return self._rows[level][position]


@contextmanager
def open_ended(place: LogPlace, signer: HeadSigner) -> Iterator[EndedLog]:
    """Read a log that nothing writes any more. The caller holds its folder.

    Raises:
        LogUnavailable: it cannot be read, or is not the one that was signed.
    """
    with open_log_file(place.database) as file:
        yield EndedLog(file, signer)
