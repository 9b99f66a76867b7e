"""Do the watched tables hold what the log says? The set of live rows is followed from entry to entry.

Entries say which commitments to rows begin and cease to stand; leases and heartbeats carry the root over the rows that
the database really held. A row that was edited behind the program's back shows in the next such root, also if it was
put back soon after.
"""

import hashlib
from binascii import a2b_base64
from bisect import bisect_left
from collections.abc import Mapping

from governance.audit.problems import EntryFile, Layer, Problems, entry_name


class LiveRows:
    """The rows that stand, and the root over them (`state_root`), kept from one change to the next.

    Only what lies behind the first place that changed is hashed anew.
    """

    def __init__(self) -> None:
        self._rows: list[bytes] = []
        self._levels: list[list[bytes]] = [[]]
        self._changed = 0
        self._root: bytes | None = None

    def __len__(self) -> int:
        return len(self._rows)

    def begin(self, row: bytes) -> bool:
        """Let a row stand; say whether it did not yet."""
        place = bisect_left(self._rows, row)
        if place < len(self._rows) and self._rows[place] == row:
            return False
        self._rows.insert(place, row)
        self._levels[0].insert(place, hashlib.sha256(b"\x00" + row).digest())
        self._changed, self._root = min(self._changed, place), None
        return True

    def cease(self, row: bytes) -> bool:
        """Let a row stand no more; say whether it did."""
        place = bisect_left(self._rows, row)
        if place == len(self._rows) or self._rows[place] != row:
            return False
        del self._rows[place], self._levels[0][place]
        self._changed, self._root = min(self._changed, place), None
        return True

    def root(self) -> bytes:
        """Return the root over the rows that stand."""
        if self._root is None:
            self._root = self._computed() if self._rows else hashlib.sha256(b"").digest()
        return self._root

    def _computed(self) -> bytes:
        level, place = 0, self._changed
        while len(self._levels[level]) > 1:
            place //= 2
            if level + 1 == len(self._levels):
                self._levels.append([])
            _rebuild(self._levels[level], self._levels[level + 1], place)
            level += 1
        self._changed = len(self._rows)
        return self._levels[level][0]


def _rebuild(row: list[bytes], above: list[bytes], place: int) -> None:
    """Hash a row of subtrees pair by pair, from this place above on; one that is left over goes up as it is."""
    sha256, even = hashlib.sha256, len(row) & ~1
    above[place:] = [sha256(b"\x01" + row[at] + row[at + 1]).digest() for at in range(2 * place, even, 2)]
    if even < len(row):
        above[even // 2 :] = [row[even]]


class Closure:
    """Follows the live set through the entries. Voided entries changed nothing; their roots are not looked at."""

    def __init__(self, problems: Problems, file_of: EntryFile) -> None:
        self._problems, self._file_of = problems, file_of
        self._live = LiveRows()
        self._is_known = True
        self._disagrees = False
        self.compared = 0
        """How many roots were compared."""

    @property
    def live(self) -> int:
        """How many rows stand."""
        return len(self._live)

    def tear(self) -> None:
        """An entry could not be read: what it changed is unknown, so from here on nothing can be compared."""
        self._is_known = False

    def take(self, index: int, body: Mapping[str, object]) -> None:
        """Take the body of an entry that was not voided: first what it changes, then the root that it saw."""
        if not self._is_known:
            return
        for text in _texts(body.get("adds")):
            self._begin(index, a2b_base64(text))
        for text in _texts(body.get("drops")):
            self._cease(index, a2b_base64(text))
        state = body.get("state")
        if isinstance(state, str):
            self._compare(index, a2b_base64(state))

    def _begin(self, index: int, row: bytes) -> None:
        if not self._live.begin(row):
            self._say(index, f"Entry {index} lets a row of the watched tables begin that stood already.")

    def _cease(self, index: int, row: bytes) -> None:
        if not self._live.cease(row):
            self._say(
                index,
                f"Entry {index} lets a row of the watched tables cease that no entry let begin: "
                "it was put there, or altered, by other means than the program.",
            )

    def _compare(self, index: int, found: bytes) -> None:
        self.compared += 1
        agrees = found == self._live.root()
        if not agrees and not self._disagrees:
            self._say(
                index,
                f"At entry {index} the watched tables (accounts, cameras, warrants: who may do what) "
                "held something else than the entries before it account for: they were edited by other means than the "
                "program.",
            )
        self._disagrees = not agrees

    def _say(self, index: int, sentence: str) -> None:
        self._problems.wrong(Layer.CLOSURE, self._file_of(index), entry_name(index), sentence)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, tuple) else ()
