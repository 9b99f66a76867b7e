"""What lies outside a house with pages, as fakes: the viewer with its pictures, and the matcher that enrols."""

import struct
import zlib
from collections.abc import Sequence
from typing import Final

from contracts.enrolment import Enrolment, EnrolmentRequest, box_sha256
from contracts.look_alike import ListedReference
from contracts.receipt import LogReceipt, verify_receipt
from contracts.signature import Purpose, Signed, key_id
from governance.application.findings import Finding
from governance.application.ports import EnrolmentAnswer, Pictures, Rescore
from governance.domain.identifiers import DeploymentId
from tests.builders_contracts import LOG_ORIGIN, TrustedSite, a_day_key
from tests.builders_watchlist import a_look_alike_report

SCORE: Final = 0.31415
THRESHOLD: Final = 0.45


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


class FakeViewer:
    """A viewer that keeps its one rule: nothing is shown without a proven, fresh entry of this very view."""

    def __init__(self, world: TrustedSite) -> None:
        self._world = world
        self._used: set[int] = set()
        self.score = SCORE

    def public_reference_key(self) -> bytes:
        """Return the key that references are sealed to."""
        return self._world.viewer_opening.public

    def day_key(self, deployment_id: DeploymentId, day: str) -> Signed:
        """Return a signed day key."""
        key = a_day_key(self._world, deployment_id=deployment_id, day=day)
        return self._world.viewer.sign(Purpose.DAY_KEY, key.to_bytes())

    def rescore(self, *, report: Signed, crops: bytes, enrolment: Signed, sealed_template: bytes) -> Rescore:
        """Compare anew."""
        return Rescore(score=self.score, reaches_threshold=self.score <= THRESHOLD)

    def look_alikes(self, listed: Sequence[ListedReference]) -> Signed:
        """Find nobody who looks like anybody."""
        return a_look_alike_report(self._world, listed)

    def view(
        self, *, receipt: LogReceipt, report: Signed, crops: bytes, enrolment: Signed, sealed_crop: bytes
    ) -> Pictures:
        """Open the pictures of one logged view."""
        leaf = verify_receipt(receipt, origin=LOG_ORIGIN, log_key=self._world.log.public)
        if (b'"e":"candidate.view"' not in leaf and b'"e":"hand-off.open"' not in leaf) or receipt.index in self._used:
            raise AssertionError("The viewer was asked to show something without a view of its own in the log.")
        self._used.add(receipt.index)
        return Pictures(probe_png=PROBE_PNG, reference_png=REFERENCE_PNG)

    def close(self) -> None:
        """Nothing to close."""


class FakeEnrolmentMatcher:
    """An enrolment matcher that signs boxes which nobody can open."""

    def __init__(self, world: TrustedSite) -> None:
        self._world = world

    def enrol(self, request: EnrolmentRequest, photograph: bytes) -> EnrolmentAnswer:
        """Answer with sealed nothing, signed."""
        boxes = {key_id(bytes.fromhex(public)): b"sealed template " + public.encode() for public in request.recipients}
        crop = b"sealed crop"
        enrolment = Enrolment(
            warrant_id=request.warrant_id,
            slot_id=request.slot_id,
            photograph_sha256=request.photograph_sha256,
            profile_sha256=request.profile_sha256,
            template_sha256=tuple((key, box_sha256(box)) for key, box in sorted(boxes.items())),
            crop_sha256=box_sha256(crop),
        )
        return EnrolmentAnswer(
            enrolment=self._world.enrolment.sign(Purpose.ENROLMENT, enrolment.to_bytes()),
            sealed_templates=boxes,
            sealed_crop=crop,
            findings=(Finding(code="size", sentence="The face is large enough.", acceptable=True),),
        )

    def examine(self, request: EnrolmentRequest, photograph: bytes) -> tuple[Finding, ...]:
        """Find that a face is too small."""
        return (
            Finding(
                code="size",
                sentence="The face is 60 pixels wide; at least 80 are needed.",
                acceptable=False,
                measured="60 px",
                limit="at least 80 px",
                advice="Find the original file.",
            ),
        )

    def close(self) -> None:
        """Nothing to close."""
