"""The whole log as files: what a static server can serve, and what an auditor takes home.

The layout of C2SP tlog-tiles, beside it the keys, the policy, what others confirmed, what is disclosed, and a manifest
of SHA-256 that the log signs. The same log gives the same bytes, whatever it was read from.
"""

import hashlib
import os
import re
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from governance.audit.checkpoint import parse_body
from governance.audit.errors import LogUnavailable
from governance.audit.manifest import PATH as MANIFEST
from governance.audit.manifest import Manifest, is_file_path
from governance.audit.merkle import EMPTY, leaf_hashes
from governance.audit.note import VerifierKey, parse_note
from governance.audit.tiles import ENTRIES, HEIGHT, WIDTH, Tile, entry_bundle

SignNote = Callable[[str], str]
"""The text of a note -> the log's signature line for it, its newline included."""

File = tuple[str, bytes]
"""A path below the export, and the file's bytes."""

_ANCHOR: Final = re.compile(
    r"(0|[1-9][0-9]{0,15})\.(?:note|(?:renewal-[1-9][0-9]{0,3}\.)?(?:tsr|chain\.pem))", re.ASCII
)
_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip file can state: files of an export have no time of their own."""


class LogToExport(Protocol):
    """What an export reads: a sequencer, its client, or a database file."""

    def checkpoint(self) -> str:
        """Return the newest signed checkpoint."""

    def entries(self, *, first: int, count: int) -> tuple[bytes, ...]:
        """Return the leaves from an index on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What lies beside the tree: the log's keys (the first one first), the policy's text, anchors, disclosures.

    `anchors` is the folder in which cosigned checkpoints and time-stamps lie as `<size>.note`, `.tsr`, `.chain.pem`,
    and renewals of a time-stamp as `<size>.renewal-<n>.tsr`, `.chain.pem`.
    `disclosures` are documents by their name without its ending.
    """

    vkeys: Sequence[VerifierKey]
    policy: str
    anchors: Path | None = None
    disclosures: Mapping[str, bytes] = field(default_factory=dict)


def export_files(log: LogToExport, beside: Beside, *, sign_note: SignNote) -> Iterator[File]:
    """Yield every file of the export, the manifest last. The log may grow meanwhile.

    Raises:
        LogUnavailable: the entries are not those that the checkpoint was signed over, or a name cannot be exported.
    """
    checkpoint = log.checkpoint()
    head = parse_body(parse_note(checkpoint).text)
    hashes: dict[str, bytes] = {}

    def listed(files: Iterable[File]) -> Iterator[File]:
        for path, data in files:
            if not is_file_path(path) or path in hashes:
                raise LogUnavailable(f"An export can hold no file named {path!a}, or has one already.")
            hashes[path] = hashlib.sha256(data).digest()
            yield path, data

    yield from listed([("checkpoint", checkpoint.encode())])
    yield from listed(_tree(log, head.size, head.root))
    yield from listed(_beside(beside, head.size))
    text = Manifest(origin=head.origin, size=head.size, files=hashes).to_text()
    yield MANIFEST, f"{text}\n{sign_note(text)}".encode()


def write_folder(files: Iterable[File], folder: Path) -> int:
    """Write an export as a new folder and return how many files it has. It appears whole or not at all.

    Raises:
        LogUnavailable: something of that name is there already, or the folder cannot be written.
    """
    part = folder.with_name(folder.name + ".part")
    if folder.exists() or part.exists():
        raise LogUnavailable("Where the export is to be written, something is already; name another folder.")
    number = 0
    try:
        for path, data in files:
            target = part / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            number += 1
        part.rename(folder)
    except OSError as error:
        raise LogUnavailable("The export cannot be written there; check the disk and your rights.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return number


def write_zip(files: Iterable[File], target: Path) -> int:
    """Write an export as a new zip file and return how many files it has. It appears whole or not at all.

    Nothing in it is compressed: packers differ, and the same log is to give the same bytes.

    Raises:
        LogUnavailable: something of that name is there already, or the file cannot be written.
    """
    part = target.with_name(target.name + ".part")
    if target.exists():
        raise LogUnavailable("Where the export is to be written, something is already; name another file.")
    number = 0
    try:
        with zipfile.ZipFile(part, "w", compression=zipfile.ZIP_STORED) as packed:
            for path, data in files:
                member = zipfile.ZipInfo(path, date_time=_EARLIEST)
                member.create_system, member.external_attr = 3, 0o644 << 16
                packed.writestr(member, data)
                number += 1
        os.link(part, target)
    except OSError as error:
        raise LogUnavailable("The export cannot be written there; check the disk and your rights.") from error
    finally:
        part.unlink(missing_ok=True)
    return number


def _tree(log: LogToExport, size: int, root: bytes) -> Iterator[File]:
    """Yield bundles and hash tiles, computed anew from the entries."""
    frontier, open_tiles = EMPTY, _OpenTiles()
    for first in range(0, size, WIDTH):
        count = min(WIDTH, size - first)
        leaves = log.entries(first=first, count=count)
        if len(leaves) != count:
            raise LogUnavailable(f"The log does not give its entries from {first} on; nothing was exported.")
        yield Tile(ENTRIES, first // WIDTH, count).path, entry_bundle(leaves)
        grown = frontier.extend(leaf_hashes(leaves))
        frontier = grown.frontier
        for row in grown.rows:
            if row.level % HEIGHT == 0:
                yield from open_tiles.take(row.level // HEIGHT, row.hashes)
    yield from open_tiles.rest()
    if frontier.root != root:
        raise LogUnavailable("The entries are not those that the checkpoint was signed over; nothing was exported.")


class _OpenTiles:
    """The hash tile of each level that is not full yet."""

    def __init__(self) -> None:
        self._rows: dict[int, list[bytes]] = {}
        self._numbers: dict[int, int] = {}

    def take(self, level: int, hashes: Sequence[bytes]) -> Iterator[File]:
        row = self._rows.setdefault(level, [])
        row.extend(hashes)
        while len(row) >= WIDTH:
            number = self._numbers.get(level, 0)
            yield Tile(level, number).path, b"".join(row[:WIDTH])
            self._numbers[level] = number + 1
            del row[:WIDTH]

    def rest(self) -> Iterator[File]:
        for level, row in sorted(self._rows.items()):
            if row:
                yield Tile(level, self._numbers.get(level, 0), len(row)).path, b"".join(row)


def _beside(beside: Beside, size: int) -> Iterator[File]:
    yield "vkeys", "".join(f"{key.text}\n" for key in beside.vkeys).encode()
    yield "policy", beside.policy.encode()
    for path in sorted(beside.anchors.iterdir()) if beside.anchors is not None else ():
        if _is_anchor_of(path.name, size):
            try:
                data = path.read_bytes()
            except FileNotFoundError:  # anchors that lie close together are thinned out at any time
                continue
            yield f"anchors/{path.name}", data
    for name, data in sorted(beside.disclosures.items()):
        yield f"disclosures/{name}.json", data


def _is_anchor_of(name: str, size: int) -> bool:
    """Say whether a file dates a checkpoint that the export holds: later ones belong to a later export."""
    found = _ANCHOR.fullmatch(name)
    return found is not None and int(found[1]) <= size
