"""The manifest of an export: the SHA-256 of every file, signed by the log, so that every changed bit has a name.

A signed note of the log's key. Its text is `insyn/manifest/1`, the origin, the size, and one line for each file: 64
hexadecimal digits, two spaces, the path; in ascending order of the paths.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from governance.audit.checkpoint import SIZE
from governance.audit.errors import ManifestRefused
from governance.audit.note import is_key_name

PATH: Final = "manifest"
"""Where the manifest lies. It does not list itself."""

_KIND: Final = "insyn/manifest/1"
_LINE: Final = re.compile(r"([0-9a-f]{64})  (.+)", re.ASCII)
_FILE: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*){0,15}", re.ASCII)
_LONGEST_PATH: Final = 200


def is_file_path(path: str) -> bool:
    """Say whether an export may hold a file of this path: relative, no part begins with a dot, plain letters only."""
    return len(path) <= _LONGEST_PATH and _FILE.fullmatch(path) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Of which log at which size an export is, and the SHA-256 (32 bytes) of each of its files by path."""

    origin: str
    size: int
    files: Mapping[str, bytes]

    def to_text(self) -> str:
        """Return the text that the log signs.

        Raises:
            ManifestRefused: it could not be read back as it is.
        """
        lines = "".join(f"{sha256.hex()}  {path}\n" for path, sha256 in sorted(self.files.items()))
        text = f"{_KIND}\n{self.origin}\n{self.size}\n{lines}"
        if parse_manifest(text) != self:
            raise ManifestRefused("A manifest with these files would be read as another one.")
        return text


def parse_manifest(text: str) -> Manifest:
    """Read the text of a manifest strictly. Nothing is verified.

    Raises:
        ManifestRefused: it is not one, or its lines are not in order.
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() or lines[0] != _KIND or not is_key_name(lines[1]) or not SIZE.fullmatch(lines[2]):
        raise ManifestRefused(f"A manifest begins with {_KIND}, the log's origin and its size, each on a line.")
    found = [_LINE.fullmatch(line) for line in lines[3:]]
    files = [(one[2], bytes.fromhex(one[1])) for one in found if one is not None and is_file_path(one[2])]
    if len(files) != len(found):
        raise ManifestRefused("A line of the manifest is not a SHA-256, two spaces and a path.")
    if any(before[0] >= after[0] for before, after in pairwise(files)):
        raise ManifestRefused("The manifest's paths are not in ascending order, each once.")
    return Manifest(origin=lines[1], size=int(lines[2]), files=dict(files))
