"""A site's counts: how much was analysed, what was not compared and why. Numbers only, nothing of anybody (C3, C7)."""

from dataclasses import dataclass
from datetime import datetime

from contracts.canonical import decode, encode
from contracts.fields import Fields, format_instant
from contracts.vocabulary import CameraId, NotComparedReason, SiteId

_MANY = 2**53 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraCounts:
    """Counts of one camera since its worker began (`session`). Counts only grow; `serial` grows by one per report.

    `tracks` is the number of faces followed; each ends as `probed` or under one reason of `not_compared`.
    `seconds_without_authority` is the time in which nothing was analysed because nothing authorised it.
    """

    camera_id: CameraId
    session: str
    serial: int
    frames_read: int
    frames_analysed: int
    frames_dropped: int
    tracks: int
    probed: int
    compared: int
    candidates: int
    not_compared: tuple[tuple[NotComparedReason, int], ...]
    seconds_without_authority: float
    stream_state: str
    measured_at: datetime

    def to_json(self) -> dict[str, object]:
        """Return the counts as a JSON object."""
        return {
            "camera_id": self.camera_id,
            "candidates": self.candidates,
            "compared": self.compared,
            "frames_analysed": self.frames_analysed,
            "frames_dropped": self.frames_dropped,
            "frames_read": self.frames_read,
            "measured_at": format_instant(self.measured_at),
            "not_compared": {reason.value: count for reason, count in self.not_compared},
            "probed": self.probed,
            "seconds_without_authority": self.seconds_without_authority,
            "serial": self.serial,
            "session": self.session,
            "stream_state": self.stream_state,
            "tracks": self.tracks,
        }

    @classmethod
    def from_json(cls, value: object) -> "CameraCounts":
        """Read the counts of one camera.

        Raises:
            Malformed: they are not counts.
        """
        fields = Fields(value, "camera counts")
        counts = cls(
            camera_id=CameraId(fields.identifier("camera_id")),
            session=fields.identifier("session"),
            serial=fields.integer("serial", minimum=0, maximum=_MANY),
            frames_read=fields.integer("frames_read", minimum=0, maximum=_MANY),
            frames_analysed=fields.integer("frames_analysed", minimum=0, maximum=_MANY),
            frames_dropped=fields.integer("frames_dropped", minimum=0, maximum=_MANY),
            tracks=fields.integer("tracks", minimum=0, maximum=_MANY),
            probed=fields.integer("probed", minimum=0, maximum=_MANY),
            compared=fields.integer("compared", minimum=0, maximum=_MANY),
            candidates=fields.integer("candidates", minimum=0, maximum=_MANY),
            not_compared=fields.record("not_compared", _reasons),
            seconds_without_authority=fields.number("seconds_without_authority", minimum=0, maximum=1e12),
            stream_state=fields.identifier("stream_state"),
            measured_at=fields.instant("measured_at"),
        )
        fields.end()
        return counts


def _reasons(value: object) -> tuple[tuple[NotComparedReason, int], ...]:
    fields = Fields(value, "list of reasons")
    present = [reason for reason in NotComparedReason if isinstance(value, dict) and reason.value in value]
    counted = tuple((reason, fields.integer(reason.value, minimum=0, maximum=_MANY)) for reason in present)
    fields.end()
    return counted


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteReport:
    """The counts of all cameras of a site, signed by the site.

    `session` is new with each start of the site's matcher, and `number` counts its reports from 1 without a gap,
    whether or not one arrives: a missing number is a report that somebody lost.
    """

    site_id: SiteId
    session: str
    number: int
    cameras: tuple[CameraCounts, ...]

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the site signs."""
        return encode(
            {
                "cameras": [counts.to_json() for counts in self.cameras],
                "kind": "insyn/site-report/2",
                "number": self.number,
                "session": self.session,
                "site_id": self.site_id,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "SiteReport":
        """Read a site's report.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(decode(data), "site report")
        fields.kind("insyn/site-report/2")
        report = cls(
            site_id=SiteId(fields.identifier("site_id")),
            session=fields.identifier("session"),
            number=fields.integer("number", minimum=1, maximum=_MANY),
            cameras=fields.items("cameras", CameraCounts.from_json),
        )
        fields.end()
        return report
