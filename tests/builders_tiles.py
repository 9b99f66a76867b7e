"""A whole log as files in the layout of C2SP tlog-tiles, made in memory or in a folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from contracts.signature import SigningKey
from governance.audit.checkpoint import Checkpoint, signed_note
from governance.audit.merkle import EMPTY, Nodes, leaf_hashes
from governance.audit.note import ED25519, VerifierKey
from governance.audit.tiles import ENTRIES, WIDTH, entry_bundle, tile_content, tiles_of

ORIGIN = "log.example/demo/2026"
LOG_KEY = SigningKey.from_seed(b"\x11" * 32)
LOG_VKEY = VerifierKey(name=ORIGIN, algorithm=ED25519, public_key=LOG_KEY.public)


@dataclass(frozen=True, kw_only=True)
class TiledLog:
    """A log's head and the files that belong to it, by their path."""

    checkpoint: Checkpoint
    files: dict[str, bytes]
    nodes: Nodes

    @property
    def note(self) -> str:
        return signed_note(self.checkpoint, public_key=LOG_KEY.public, sign=LOG_KEY.private.sign)

    def write(self, folder: Path) -> Path:
        """Write the layout as a log serves it: `checkpoint`, `tile/…`, `tile/entries/…`."""
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in self.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        (folder / "checkpoint").write_text(self.note, encoding="utf-8")
        return folder


def tiled_log(leaves: Sequence[bytes]) -> TiledLog:
    """Make every tile and bundle of the log over these leaves, and its head."""
    grown = EMPTY.extend(leaf_hashes(leaves))
    rows = {row.level: row.hashes for row in grown.rows}

    def nodes(level: int, position: int) -> bytes:
        return rows[level][position]

    files = {
        tile.path: entry_bundle(leaves[tile.index * WIDTH : tile.index * WIDTH + tile.width])
        if tile.level == ENTRIES
        else tile_content(nodes, tile)
        for tile in tiles_of(len(leaves))
    }
    head = Checkpoint(origin=ORIGIN, size=len(leaves), root=grown.frontier.root)
    return TiledLog(checkpoint=head, files=files, nodes=nodes)


def numbered(count: int) -> list[bytes]:
    """Return the entries of the known log: `entry 0`, `entry 1` …"""
    return [b"entry %d" % number for number in range(count)]


def flipped(data: bytes, offset: int, mask: int = 1) -> bytes:
    """Return the bytes with one of them changed."""
    return data[:offset] + bytes([data[offset] ^ mask]) + data[offset + 1 :]
