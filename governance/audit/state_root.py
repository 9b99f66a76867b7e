"""The state root: one hash over all rows of the watched tables, so that an edit behind the program's back is found.

Each row stands for itself as a salted commitment of 32 bytes; the root is the head of an RFC 6962 tree over them in
ascending order. Entries of the log say which commitments begin and cease to stand, so the root can be followed.
"""

from collections.abc import Iterable

from governance.audit.errors import EntryRefused
from governance.audit.merkle import tree_root


def state_root(commitments: Iterable[bytes]) -> bytes:
    """Return the root over a set of commitments; of none it is the root of the empty tree.

    Raises:
        EntryRefused: a commitment has not 32 bytes, or stands there twice.
    """
    ordered = sorted(commitments)
    if any(len(one) != 32 for one in ordered) or len(set(ordered)) != len(ordered):
        raise EntryRefused("A state is a set of commitments of 32 bytes.")
    return tree_root(ordered)
