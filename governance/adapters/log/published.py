"""A log read from the files that its publisher writes: tiles and checkpoint, authenticated up to the signed root."""

from pathlib import Path
from typing import Final

from governance.audit.checkpoint import Checkpoint, parse_body
from governance.audit.errors import CheckpointRefused, LogUnavailable, NoteRefused, ProofRefused, TileRefused
from governance.audit.merkle import consistency_proof
from governance.audit.note import parse_note
from governance.audit.tile_reading import TreeOfTiles

_MISSING: Final = "The log's published files cannot be read; see that its sequencer has run on this folder."


class PublishedLog:
    """The folder `public` of a log. It can be proven from while nothing runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def checkpoint(self) -> str:
        """Return the signed checkpoint that was published last. Its signature is for the caller to verify."""
        try:
            return (self._folder / "checkpoint").read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise LogUnavailable(_MISSING) from error

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """Return the proof that the published log extends the one of `old` entries; none where it is trivial.

        Raises:
            LogUnavailable: `new` is not the published size, or a tile is missing or belongs to another tree.
        """
        head = self._head()
        if not 0 <= old <= new == head.size:
            raise LogUnavailable("The published log has another size, or the older size is the greater.")
        if old in {0, new}:
            return ()
        try:
            tree = TreeOfTiles(self._read, size=head.size, root=head.root)
            return consistency_proof(tree.node, old=old, new=new)
        except (TileRefused, ProofRefused) as error:
            raise LogUnavailable(f"The published log proves nothing. {error}") from error

    def _head(self) -> Checkpoint:
        try:
            return parse_body(parse_note(self.checkpoint()).text)
        except (NoteRefused, CheckpointRefused) as error:
            raise LogUnavailable(f"The published checkpoint is damaged. {error}") from error

    def _read(self, path: str) -> bytes | None:
        try:
            return (self._folder / path).read_bytes()
        except OSError:
            return None
