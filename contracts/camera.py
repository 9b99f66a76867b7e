"""A camera's record, signed by the region that owns the camera: what it is, where it looks, what it must not see."""

from dataclasses import dataclass
from typing import Final

from contracts.canonical import decode, encode
from contracts.errors import Malformed
from contracts.fields import Fields
from contracts.vocabulary import CameraClass, CameraId, SiteId, SourceKind

_DAY: Final = 24 * 60
_KIND: Final = "insyn/camera/3"
_KIND_BEFORE: Final = "insyn/camera/2"

Point = tuple[float, float]
"""x and y as fractions of the picture's width and height, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraRecord:
    """One camera as its owner describes it (law.md B7, B8, A4).

    `masks` are polygons painted black before anything else sees a frame. `view` says in words what the camera sees.
    `loopback_only`: opened at this machine's own addresses alone. A newer record has a higher `serial`; an older one is
    never registered again. `opens` and `closes` are minutes of the legal local day, between which the camera may be
    used; the end may lie on the next day. A camera in a care area is never lent (B8), one of a healthcare site only by
    the documented decision `opened_by_sha256`. `camera_class` says how people come before it; a record that does not
    say so is of the version before, and has the bytes that it always had: no evaluation speaks for that camera (P4).
    """

    camera_id: CameraId
    site_id: SiteId
    source_kind: SourceKind
    view: str
    masks: tuple[tuple[Point, ...], ...]
    loopback_only: bool
    care_area: bool
    serial: int
    opens: int
    closes: int
    healthcare: bool
    opened_by_sha256: str | None
    camera_class: CameraClass | None = None

    @property
    def hours_a_day(self) -> float:
        """For how many hours of a day the camera may be used."""
        return len(_minutes(self)) / 60

    @property
    def is_closed(self) -> bool:
        """B8: whether nobody may be lent this camera, by its record alone."""
        return self.care_area or (self.healthcare and self.opened_by_sha256 is None)

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the region signs."""
        stated = {} if self.camera_class is None else {"camera_class": self.camera_class.value}
        return encode(
            {
                **stated,
                "camera_id": self.camera_id,
                "care_area": self.care_area,
                "closes": self.closes,
                "healthcare": self.healthcare,
                "kind": _KIND if stated else _KIND_BEFORE,
                "loopback_only": self.loopback_only,
                "masks": [[[x, y] for x, y in polygon] for polygon in self.masks],
                "opened_by_sha256": self.opened_by_sha256,
                "opens": self.opens,
                "serial": self.serial,
                "site_id": self.site_id,
                "source_kind": self.source_kind.value,
                "view": self.view,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "CameraRecord":
        """Read a camera's record.

        Raises:
            Malformed: it is not one.
        """
        value = decode(data)
        fields, before = Fields(value, "camera record"), isinstance(value, dict) and value.get("kind") == _KIND_BEFORE
        fields.kind(_KIND_BEFORE if before else _KIND)
        record = cls(
            camera_id=CameraId(fields.identifier("camera_id")),
            site_id=SiteId(fields.identifier("site_id")),
            source_kind=fields.choice("source_kind", SourceKind),
            view=fields.text("view"),
            masks=fields.items("masks", _polygon),
            loopback_only=fields.boolean("loopback_only"),
            care_area=fields.boolean("care_area"),
            serial=fields.integer("serial", minimum=1, maximum=2**31 - 1),
            opens=fields.integer("opens", minimum=0, maximum=_DAY - 1),
            closes=fields.integer("closes", minimum=1, maximum=_DAY),
            healthcare=fields.boolean("healthcare"),
            opened_by_sha256=fields.record("opened_by_sha256", _optional_sha256),
            camera_class=None if before else fields.choice("camera_class", CameraClass),
        )
        fields.end()
        if record.opens == record.closes:
            raise Malformed("A camera's hours have a beginning and another end.")
        return record


def only_narrows(named: CameraRecord, newer: CameraRecord) -> bool:
    """A4: say whether a newer record lets the camera see nowhere, never and by no way that the named one did not.

    Further masks and fewer hours narrow, and so does what closes the camera. Another view, place or kind of source is
    another camera, whatever its id; so is a mask that was moved, a decision that opens what was closed (B8), another
    class than the one stated. To state one where there was none changes nothing of what the camera sees.
    """
    same = (newer.camera_id, newer.site_id, newer.source_kind, newer.view)
    return (
        same == (named.camera_id, named.site_id, named.source_kind, named.view)
        and newer.serial >= named.serial
        and set(named.masks) <= set(newer.masks)
        and _minutes(newer) <= _minutes(named)
        and (newer.loopback_only or not named.loopback_only)
        and (newer.care_area or not named.care_area)
        and _opens_no_more(named, newer)
        and (named.camera_class is None or newer.camera_class in {named.camera_class, None})
    )


def _minutes(record: CameraRecord) -> frozenset[int]:
    """Return the minutes of the day in which the camera may be used; its end may lie on the next day."""
    length = (record.closes - record.opens) % _DAY or _DAY
    return frozenset(minute % _DAY for minute in range(record.opens, record.opens + length))


def _opens_no_more(named: CameraRecord, newer: CameraRecord) -> bool:
    """B8: what is of a healthcare site remains so, and no decision opens it but the one that was named."""
    if not named.healthcare:
        return True
    return newer.healthcare and newer.opened_by_sha256 in {named.opened_by_sha256, None}


def _polygon(value: object) -> tuple[Point, ...]:
    if not isinstance(value, list) or len(value) < 3:
        raise Malformed("A mask is a list of at least three points.")
    return tuple(_point(point) for point in value)


def _point(value: object) -> Point:
    match value:
        case [bool(), _] | [_, bool()]:
            raise Malformed("A point of a mask is two fractions from 0 to 1.")
        case [int() | float() as x, int() | float() as y] if 0 <= x <= 1 and 0 <= y <= 1:
            return float(x), float(y)
        case _:
            raise Malformed("A point of a mask is two fractions from 0 to 1.")


def _optional_sha256(value: object) -> str | None:
    return None if value is None else Fields({"value": value}, "camera record").sha256("value")
