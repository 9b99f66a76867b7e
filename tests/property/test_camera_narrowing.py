"""For all changes of a camera's record: what survives sees nothing that the warrant's issuer did not know (A4)."""

from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.authorisation import AuthorisationRefused, RefusalReason, verify
from contracts.camera import CameraRecord, Point, only_narrows
from contracts.vocabulary import SiteId, SourceKind
from tests.builders_contracts import AT_NOON, CAMERA, PROFILE, SITE, a_camera, a_hash, a_trusted_site, an_authorisation

pytestmark = pytest.mark.law("A4")
SITE_KEYS = a_trusted_site()
CORNERS = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.5, 0.2), (0.2, 0.7)]
GRID: Final = [((x + 0.5) / 5, (y + 0.5) / 5) for x in range(5) for y in range(5)]
MASKS = st.lists(st.permutations(CORNERS).map(lambda points: tuple(points[:3])), max_size=3).map(tuple)
PARTS: dict[str, st.SearchStrategy[Any]] = {
    "view": st.sampled_from(["The north entrance, from the left.", "The street outside."]),
    "site_id": st.sampled_from([SITE, SiteId("site-2")]),
    "source_kind": st.sampled_from([SourceKind.FILE, SourceKind.DEVICE]),
    "masks": MASKS,
    "loopback_only": st.booleans(),
    "serial": st.integers(1, 3),
    "hours": st.tuples(st.integers(0, 23), st.integers(1, 23)),
    "healthcare": st.booleans(),
    "opened_by_sha256": st.sampled_from([None, a_hash("decision"), a_hash("another")]),
    "care_area": st.booleans(),
}


def with_hours(parts: dict[str, Any]) -> dict[str, Any]:
    """Return the parts with the hours as a record has them: the first, and how many, also over midnight."""
    if "hours" not in parts:
        return parts
    first, length = parts.pop("hours")
    return {**parts, "opens": first * 60, "closes": ((first + length) % 24 or 24) * 60}


CHANGES = st.fixed_dictionaries({}, optional=PARTS).map(with_hours)
RECORDS = CHANGES.map(lambda parts: a_camera(**parts))


def inside(point: Point, polygon: tuple[Point, ...]) -> bool:
    """Say whether a point lies in a polygon, by counting the edges that a ray to the right meets."""
    x, y = point
    met = False
    for (x1, y1), (x2, y2) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            met = not met
    return met


def seen(record: CameraRecord) -> set[tuple[object, ...]]:
    """Return all that a camera sees by its record: where, what of the picture, at which hours, by which way."""
    if record.is_closed:
        return set()
    points = [point for point in GRID if not any(inside(point, mask) for mask in record.masks)]
    end = record.closes if record.opens < record.closes else record.closes + 1440
    hours = {minute // 60 % 24 for minute in range(record.opens, end)}
    ways = [True] if record.loopback_only else [True, False]
    where = (record.site_id, record.view, record.source_kind)
    return {(*where, point, hour, way) for point in points for hour in hours for way in ways}


@given(named=RECORDS, changes=CHANGES)
def test_a_record_that_only_narrows_sees_nothing_new(named: CameraRecord, changes: dict[str, Any]) -> None:
    newer = replace(named, **changes)
    if only_narrows(named, newer):
        assert seen(newer) <= seen(named)


@given(parts=CHANGES, first=st.integers(0, 23), length=st.integers(3, 23), more=MASKS, less=st.integers(0, 2))
def test_further_masks_and_fewer_hours_never_stop_it(
    parts: dict[str, Any], first: int, length: int, more: tuple[tuple[Point, ...], ...], less: int
) -> None:
    named = a_camera(**{**parts, **with_hours({"hours": (first, length)})})
    fewer = with_hours({"hours": ((first + less) % 24, length - less)})
    assert only_narrows(named, replace(named, masks=(*more, *named.masks), serial=named.serial + 1, **fewer))


@given(named=RECORDS, changes=CHANGES)
def test_no_change_of_the_record_but_a_narrowing_one_survives(named: CameraRecord, changes: dict[str, Any]) -> None:
    newer = replace(named, **changes)
    reason = refusal_of(named, newer)
    if reason is None:
        assert seen(newer) <= seen(named)
    others = {RefusalReason.OTHER_RECORDS, RefusalReason.OTHER_SITE, RefusalReason.CAMERA_CLOSED}
    assert reason in others or (reason is RefusalReason.CAMERA_CHANGED) is not only_narrows(named, newer)


def refusal_of(named: CameraRecord, newer: CameraRecord) -> RefusalReason | None:
    """Return why a site refuses a camera whose record is newer than the one that the act names; nothing if it lends."""
    unverified, ask = an_authorisation(SITE_KEYS, named=named, camera=newer)
    try:
        verify(
            unverified, trusted=SITE_KEYS.trusted, site_id=SITE, camera_id=CAMERA, profile=PROFILE, ask=ask, at=AT_NOON
        )
    except AuthorisationRefused as refusal:
        return refusal.reason
    return None
