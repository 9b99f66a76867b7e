"""How large a photograph says it is, read from its first bytes without decoding it, and whether it is all there.

Sources: ITU-T T.81 annex B (JPEG), W3C PNG (third edition) clause 5, RFC 9649 (WebP).
"""

import re
import struct
import zlib
from dataclasses import dataclass

from matcher.errors import ImageRefused

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: A marker within a JPEG's coded picture that is neither stuffing nor a restart.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
#: Each scan makes the decoder go over the whole picture. Cameras and editors write ten or so; 270,000 fit into a file.
_MOST_SCANS = 64
#: Start-of-frame markers hold the size; these three in their range are something else.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}

TRUNCATED = "This photograph is cut off; send the whole file again."
NOT_AN_IMAGE = "This file is not a JPEG, PNG or WebP photograph; choose one that is."


@dataclass(frozen=True, kw_only=True)
class StatedSize:
    """Width and height in pixels, before any turn that its orientation asks for."""

    width: int
    height: int


def stated_size(content: bytes) -> StatedSize:
    """Read the size that a complete JPEG, PNG or WebP file states.

    Raises:
        ImageRefused: it is none of them, or not complete.
    """
    try:
        if content.startswith(b"\xff\xd8\xff"):
            return _jpeg_size(content)
        if content.startswith(_PNG_SIGNATURE):
            return _png_size(content)
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return _webp_size(content)
    except (IndexError, struct.error) as error:
        raise ImageRefused(TRUNCATED) from error
    raise ImageRefused(NOT_AN_IMAGE)


def _jpeg_size(content: bytes) -> StatedSize:
    size: StatedSize | None = None
    at, scans = 2, 0
    while True:
        found = _MARKER.search(content, at)
        if found is None:
            raise ImageRefused(TRUNCATED)
        marker, at = content[found.end() - 1], found.end()
        if marker == _END_OF_IMAGE:
            break
        scans += marker == _START_OF_SCAN
        if scans > _MOST_SCANS:
            raise ImageRefused("This photograph is put together from too many layers; send a plain copy.")
        (length,) = struct.unpack_from(">H", content, at)
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", content, at + 3)
            size = StatedSize(width=width, height=height)
        at += length
    if size is None:
        raise ImageRefused(NOT_AN_IMAGE)
    return size


def _png_size(content: bytes) -> StatedSize:
    (kind,) = struct.unpack_from("4s", content, 12)
    if kind != b"IHDR":
        raise ImageRefused(NOT_AN_IMAGE)
    width, height = struct.unpack_from(">II", content, 16)
    at = len(_PNG_SIGNATURE)
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", content, at)
        end = at + 8 + length
        (checksum,) = struct.unpack_from(">I", content, end)
        if zlib.crc32(content[at + 4 : end]) != checksum:
            raise ImageRefused("This photograph is damaged; send the file again.")
        at = end + 4
    return StatedSize(width=width, height=height)


def _webp_size(content: bytes) -> StatedSize:
    (length,) = struct.unpack_from("<I", content, 4)
    if len(content) < length + 8:
        raise ImageRefused(TRUNCATED)
    match content[12:16]:
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", content, 26)
            return StatedSize(width=width & 0x3FFF, height=height & 0x3FFF)
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", content, 21)
            return StatedSize(width=(bits & 0x3FFF) + 1, height=(bits >> 14 & 0x3FFF) + 1)
        case b"VP8X":
            width = int.from_bytes(content[24:27], "little") + 1
            height = int.from_bytes(content[27:30], "little") + 1
            return StatedSize(width=width, height=height)
        case _:
            raise ImageRefused(NOT_AN_IMAGE)
