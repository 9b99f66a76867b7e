"""The background job after a start: the whole log read once more, its tree built anew, its tiles and files compared.

The start itself compares the right edge alone, so that it is quick. This takes its time, and a quarter of it at most.
"""

import threading
import time
from collections.abc import Callable
from typing import Final

import structlog

from governance.adapters.log.right_edge import EMPTY_EDGE, FullTile
from governance.adapters.log.sequencer import View
from governance.adapters.log.store import Missing, Store
from governance.adapters.log.tile_files import TileFiles
from governance.audit.errors import LogRolledBack, LogUnavailable
from governance.audit.merkle import leaf_hashes
from governance.audit.tiles import WIDTH, tiles_of

_PAGE: Final = 8 * WIDTH
_REST: Final = 3.0
"""How many times as long as it worked the job rests."""

log = structlog.get_logger()


class Comparison:
    """Compares the log up to the head of a start. A database that is not what was signed ends the sequencer."""

    def __init__(
        self,
        store: Store,
        view: View,
        files: TileFiles | None,
        *,
        found: Callable[[LogUnavailable], None],
        rest: float = _REST,
    ) -> None:
        self._store = store
        self._view = view
        self._files = files
        self._found = found
        self._rest = rest
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="comparison", daemon=True)

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End, finished or not."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def join(self) -> None:
        """Wait until all is compared."""
        self._thread.join()

    def _run(self) -> None:
        try:
            if self._tree_is_the_signed_one():
                mended = self._files_are_mended()
                log.info("the log was compared", count=self._view.head.size, mended=mended)
        except LogRolledBack as error:
            log.warning("the log is not what was signed", sentence=str(error))
            self._found(error)
        except LogUnavailable as error:
            log.warning("the log could not be compared", sentence=str(error))
        except OSError as error:
            log.warning("published tiles could not be mended", sentence=error.strerror)

    def _tree_is_the_signed_one(self) -> bool:
        """Build the tree anew from the entries; false where it was told to end."""
        edge, size = EMPTY_EDGE, self._view.head.size
        for first in range(0, size, _PAGE):
            begun = time.monotonic()
            leaves = self._store.leaves(first, min(_PAGE, size - first))
            if len(leaves) != min(_PAGE, size - first):
                raise LogRolledBack("Entries of the log are missing in the database; nothing runs on it.")
            edge, full = edge.extended(leaf_hashes(leaves))
            for tile in full:
                if self._stored(tile) != tile.nodes:
                    raise LogRolledBack(
                        f"The log's entries or tree before index {first + _PAGE} are not those that were signed; "
                        "nothing runs on them."
                    )
            if self._stopping.wait(self._rest * (time.monotonic() - begun)):
                return False
        if edge.root() != self._view.head.root:
            raise LogRolledBack("The log's entries are not those that were signed; nothing runs on them.")
        return True

    def _stored(self, tile: FullTile) -> bytes | None:
        try:
            return self._store.tile(tile.level, tile.index)
        except Missing:
            return None

    def _files_are_mended(self) -> int:
        """Write the published files anew that are missing or wrong; return how many there were."""
        mended = 0
        if self._files is None:
            return mended
        for tile in tiles_of(self._view.head.size):
            if not tile.is_full:
                continue
            begun = time.monotonic()
            mended += len(self._files.write([tile], self._view.edge))
            if self._stopping.wait(self._rest * (time.monotonic() - begun)):
                break
        return mended
