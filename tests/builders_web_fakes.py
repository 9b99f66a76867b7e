"""What a page has to show: two grey pictures, a score, and a photograph that is too small."""

import struct
import zlib
from typing import Final

from governance.application.findings import Finding
from governance.application.picture_ports import Pictures
from tests.builders_contracts import TrustedSite
from tests.builders_fakes import THRESHOLD as THRESHOLD  # noqa: PLC0414 (tests take it from here)
from tests.builders_fakes import FakeEnrolmentMatcher, FakeViewer

SCORE: Final = 0.31415
TOO_SMALL: Final = Finding(
    code="size",
    sentence="The face is 60 pixels wide; at least 80 are needed.",
    acceptable=False,
    measured="60 px",
    limit="at least 80 px",
    advice="Find the original file.",
)


def a_png(shade: int, size: int = 160) -> bytes:
    """Return a grey picture with a darker oval, so that a page has something to show."""
    rows = b"".join(b"\x00" + bytes(_pixel(x, y, size, shade) for x in range(size)) for y in range(size))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def _pixel(x: int, y: int, size: int, shade: int) -> int:
    inside = ((x - size / 2) / (size * 0.3)) ** 2 + ((y - size / 2) / (size * 0.4)) ** 2 < 1
    return shade // 2 if inside else shade


PROBE_PNG: Final = a_png(200)
REFERENCE_PNG: Final = a_png(160)


def a_viewer_with_pictures(site: TrustedSite) -> FakeViewer:
    """Return a viewer that has something to show."""
    return FakeViewer(site, score=SCORE, pictures=Pictures(probe_png=PROBE_PNG, reference_png=REFERENCE_PNG))


def a_strict_matcher(site: TrustedSite) -> FakeEnrolmentMatcher:
    """Return an enrolment matcher that finds every photograph too small when it only looks."""
    return FakeEnrolmentMatcher(site, finds=TOO_SMALL)
