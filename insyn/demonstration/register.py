"""The demonstration's register: one site, one rendered camera, one camera of each kind for visitors, and many more.

The many more are there so that "a whole city" is something that can be asked for, and refused (law.md A4).
"""

from typing import Final

from contracts.camera import CameraRecord
from contracts.vocabulary import CameraId, SiteId, SourceKind
from insyn.demonstration.keys import SITE

CONCOURSE: Final = "concourse"
"""The rendered camera."""

VISITORS: Final = {
    SourceKind.FILE: "visitor-file",
    SourceKind.FOLDER: "visitor-folder",
    SourceKind.DEVICE: "visitor-webcam",
    SourceKind.RTSP: "visitor-rtsp",
    SourceKind.HTTP: "visitor-http",
}
"""The cameras that `insyn edge run` reads under DEMO keys, one of each kind."""

_STOPS: Final = 22


def camera_records() -> tuple[CameraRecord, ...]:
    """Return the record of every camera, as the region will sign it."""
    shown = [_record(CONCOURSE, SourceKind.FILE, "The rendered concourse of the demonstration, seen from the front.")]
    visitors = [_record(name, kind, f"A visitor's own {kind.value}.") for kind, name in VISITORS.items()]
    stops = [
        _record(f"stop-{number:02d}", SourceKind.RTSP, f"Stop {number} of a line that the demonstration never reads.")
        for number in range(1, _STOPS + 1)
    ]
    return (*shown, *visitors, *stops)


def _record(camera_id: str, kind: SourceKind, view: str) -> CameraRecord:
    return CameraRecord(
        camera_id=CameraId(camera_id),
        site_id=SiteId(SITE),
        source_kind=kind,
        view=view,
        masks=(),
        loopback_only=True,
        care_area=False,
        serial=1,
        opens=0,
        closes=24 * 60,
        healthcare=False,
        opened_by_sha256=None,
    )
