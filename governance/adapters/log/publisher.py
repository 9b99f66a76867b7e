"""The second thread: tiles and checkpoint as files, behind the sequencer and never before it.

New tiles first, each under a name that no older checkpoint needs, synchronised with their folders; then, in one rename,
the checkpoint. Whoever reads it finds every tile of it. What a start finds missing or wrong is written again.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from governance.adapters.log.guard import write_durably
from governance.adapters.log.sequencer import View
from governance.adapters.log.signing import HeadSigner
from governance.adapters.log.store import Store
from governance.adapters.log.tile_files import TileFiles, right_edge_of
from governance.audit.checkpoint import Checkpoint
from governance.audit.errors import CheckpointRefused, LogRolledBack, LogUnavailable
from governance.audit.merkle import root_of
from governance.audit.tiles import tiles_of

PAUSE_S: Final = 0.25
_FILE_MODE: Final = 0o644
_NOTHING: Final = -1

log = structlog.get_logger()


class Publisher:
    """Keeps a folder at the newest committed head, a quarter of a second behind it at a steady load."""

    def __init__(self, folder: Path, store: Store, signer: HeadSigner, *, pause_s: float = PAUSE_S) -> None:
        self._folder = folder
        self._store = store
        self._signer = signer
        self._pause_s = pause_s
        self.files = TileFiles(folder, store)
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._newest: View | None = None
        self._published = _NOTHING
        self._found: Callable[[LogUnavailable], None] = lambda _error: None
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)

    def start(self, view: View, *, found: Callable[[LogUnavailable], None]) -> None:
        """Hold what is published against the head that the sequencer starts from, and begin to publish.

        `found` is told if later the database turns out to hold another log than was signed.

        Raises:
            LogRolledBack: what is published and signed is of a longer log, or of another, than the database holds.
            LogUnavailable: the folder cannot be used.
        """
        self._found = found
        try:
            self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        except OSError as error:
            raise LogUnavailable(f"The folder of published tiles cannot be made: {error.strerror}.") from error
        self._published = self._checked(view)
        self.committed(view)
        self._thread.start()

    def committed(self, view: View) -> None:
        """Take note of a newer head."""
        with self._changed:
            if self._newest is None or view.head.size >= self._newest.head.size:
                self._newest = view
            self._changed.notify_all()

    def wait_until(self, size: int, timeout_s: float) -> bool:
        """Wait until a checkpoint of at least this size is published; say whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: self._published >= size, timeout_s)

    def stop(self) -> None:
        """Publish what is committed, and end."""
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join()

    def _checked(self, view: View) -> int:
        """Return the size up to which the files are known to be there, their right edge compared and mended."""
        published = self._signed()
        if published is None:
            return _NOTHING
        if published.size > view.head.size:
            raise LogRolledBack(
                f"The database holds {view.head.size} log entries, but {published.size} were published: an older copy "
                "was put in its place. Restore the newest database; nothing runs on this one."
            )
        if root_of(view.edge.nodes(self._store.tile), published.size) != published.root:
            raise LogRolledBack("The published checkpoint is of another log than the database; nothing runs on it.")
        # A tile that was partial then is written anew in any case, unless the log has not grown since.
        edge = [tile for tile in right_edge_of(published.size) if tile.is_full or published.size == view.head.size]
        wrong = list(self.files.missing(edge, view.edge))
        if wrong:
            log.warning("published tiles were missing or wrong", count=len(wrong))
            return _NOTHING
        return published.size

    def _signed(self) -> Checkpoint | None:
        try:
            return self._signer.open((self._folder / "checkpoint").read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise LogUnavailable(f"The published checkpoint cannot be read: {error.strerror}.") from error
        except CheckpointRefused:
            log.warning("the published checkpoint was not this log's and is written anew")
            return None

    def _run(self) -> None:
        while (view := self._next()) is not None:
            published = self._try_to_publish(view)
            if self._stopping.wait(self._pause_s) and not published:
                return

    def _next(self) -> View | None:
        with self._changed:
            self._changed.wait_for(lambda: self._is_behind() or self._stopping.is_set())
            return self._newest if self._is_behind() else None

    def _is_behind(self) -> bool:
        return self._newest is not None and self._newest.head.size > self._published

    def _try_to_publish(self, view: View) -> bool:
        try:
            self._publish(view)
        except OSError as error:
            # Readers stay at the checkpoint before; the log itself goes on.
            log.warning("tiles could not be published", sentence=error.strerror)
        except LogUnavailable as error:
            log.warning("tiles could not be published", sentence=str(error))
            if isinstance(error, LogRolledBack):
                self._found(error)
        else:
            return True
        return False

    def _publish(self, view: View) -> None:
        tiles = list(tiles_of(view.head.size, since=max(self._published, 0)))
        self.files.write(tiles, view.edge)
        write_durably(self._folder / "checkpoint", view.head.note.encode(), mode=_FILE_MODE)
        self.files.remove_partial(tiles)
        with self._changed:
            self._published = view.head.size
            self._changed.notify_all()
