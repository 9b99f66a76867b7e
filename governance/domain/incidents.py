"""Incidents that a region hands in as evidence: which of them count, and which place stands out (C14, B7).

Only an offence that a warrant could name counts. What is said here of an incident is a place, an hour, an offence and a
number; nobody who had anything to do with it.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from governance.domain.decisions import Decision, allow, deny, refuse_where
from governance.domain.legal_profile import Annex, LegalProfile

_EARTH_RADIUS: Final = 6_371_008.8
"""Metres: the mean radius of the earth (IUGG)."""


class Ignored(StrEnum):
    """Why a row does not count though it could be read."""

    CATEGORY = "its category is no offence that a warrant could name"
    FAR = "it is too far from every site of the register"
    OLD = "it is older than evidence may be"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place that an import can speak of. Without coordinates only its id finds it."""

    place: str
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One row: where (a place, or coordinates in degrees), when, of which category, how many."""

    place: str
    coordinates: tuple[float, float] | None
    at: datetime
    category: str
    count: int


def offence_of(category: str, legal: LegalProfile) -> Annex | None:
    """C14, A2: the offence that a category stands for, if a warrant could name it; nothing for any other."""
    said = f"{category.strip().casefold()}="
    wanted = next((entry.removeprefix(said) for entry in legal.incident_categories if entry.startswith(said)), None)
    return next((row.code for row in legal.offences if row.code.value == wanted), None)


def metres_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the distance of two points (degrees) along the surface, by the haversine formula."""
    (latitude, longitude), (to_latitude, to_longitude) = (tuple(map(math.radians, point)) for point in (one, other))
    half = math.sin((to_latitude - latitude) / 2) ** 2
    half += math.cos(latitude) * math.cos(to_latitude) * math.sin((to_longitude - longitude) / 2) ** 2
    return 2 * _EARTH_RADIUS * math.asin(min(1.0, math.sqrt(half)))


def nearest(coordinates: tuple[float, float], places: Iterable[Place], legal: LegalProfile) -> str | None:
    """C14: the place within the profile's distance that lies nearest; nothing if none does."""
    within = [
        (metres_between(coordinates, (one.latitude, one.longitude)), one.place)
        for one in places
        if one.latitude is not None and one.longitude is not None
    ]
    distance, place = min(within, default=(math.inf, ""))
    return place if distance <= legal.incident_distance_metres else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceCounts:
    """What counted at one place: by offence, by month (`2026-03`) and by hour of the day, both in legal local time."""

    offences: Mapping[str, int]
    months: Mapping[str, int]
    hours: Mapping[int, int]

    @property
    def total(self) -> int:
        """How many incidents there were."""
        return sum(self.offences.values())


class Tally:
    """The sums of an import, row by row. Every count ends in one sum: what counts, or why it does not."""

    def __init__(self, legal: LegalProfile, places: Iterable[Place], *, now: datetime) -> None:
        self._legal = legal
        self._known = tuple(places)
        self._zone = ZoneInfo(legal.zone)
        self._oldest = now - legal.evidence_period
        self._known_categories: dict[str, Annex | None] = {}
        self._offences: dict[str, Counter[str]] = {one.place: Counter() for one in self._known}
        self._months: dict[str, Counter[str]] = {}
        self._hours: dict[str, Counter[int]] = {}
        self.ignored: Counter[Ignored] = Counter()
        self.ignored_categories: Counter[str] = Counter()
        self.total = 0

    def add(self, incident: Incident) -> None:
        """Count one row."""
        self.total += incident.count
        if incident.category not in self._known_categories:
            self._known_categories[incident.category] = offence_of(incident.category, self._legal)
        offence = self._known_categories[incident.category]
        if offence is None:
            self.ignored[Ignored.CATEGORY] += incident.count
            self.ignored_categories[incident.category.strip()[:60]] += incident.count
            return
        if incident.at < self._oldest:
            self.ignored[Ignored.OLD] += incident.count
            return
        place = incident.place or self._near(incident)
        if place is None:
            self.ignored[Ignored.FAR] += incident.count
            return
        local = incident.at.astimezone(self._zone)
        self._offences.setdefault(place, Counter())[offence.value] += incident.count
        self._months.setdefault(place, Counter())[f"{local:%Y-%m}"] += incident.count
        self._hours.setdefault(place, Counter())[local.hour] += incident.count

    def _near(self, incident: Incident) -> str | None:
        return None if incident.coordinates is None else nearest(incident.coordinates, self._known, self._legal)

    @property
    def counted(self) -> int:
        """How many incidents count, at all places together."""
        return sum(counts.total() for counts in self._offences.values())

    def places(self) -> Mapping[str, PlaceCounts]:
        """Return the sums of every place of the import and of the register, those without an incident among them."""
        return {
            place: PlaceCounts(
                offences=dict(sorted(offences.items())),
                months=dict(sorted(self._months.get(place, Counter()).items())),
                hours=dict(sorted(self._hours.get(place, Counter()).items())),
            )
            for place, offences in sorted(self._offences.items())
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class HotSpot:
    """How one place stands against all places of an import.

    `ratio` is its count over the count that an equal share would give; `ratio_low` and `ratio_high` bound it (exact,
    95 %); `p_value` is exact, one-sided, and corrected for asking about every place.
    """

    counted: int
    total: int
    places: int
    ratio: float
    ratio_low: float
    ratio_high: float
    p_value: float


def is_hot_spot(found: HotSpot, *, threshold: float, legal: LegalProfile) -> Decision:
    """C14, B7: whether the incidents of a place justify cameras there, by the authority's own threshold.

    The lower bound of the ratio has to reach it, not the ratio: few incidents prove little, however they are spread.
    """
    lowest = legal.least_hot_spot_percent / 100
    return refuse_where(
        "C14",
        (threshold < lowest, "C14", f"The threshold is at least {lowest:g} times an equal share."),
        (found.places < legal.least_places, "C14", f"An import compares at least {legal.least_places} places."),
        (
            found.counted < legal.least_incidents,
            "C14",
            f"Fewer than {legal.least_incidents} incidents that a warrant could name are no evidence.",
        ),
        (
            found.p_value > legal.hot_spot_significance,
            "C14",
            "So many incidents could as well be chance: the place does not stand out against the others.",
        ),
        (
            found.ratio_low < threshold,
            "C14",
            f"The incidents do not show that the place has at least {threshold:g} times an equal share.",
        ),
    )


def may_import(tally: Tally, bad_rows: int) -> Decision:
    """C14: an import is taken in whole or not at all: no bad row, and something that counts."""
    if bad_rows:
        return deny(
            "C14", f"{bad_rows} rows cannot be read; nothing was taken in. Mend them and choose the file again."
        )
    if not tally.counted:
        return deny("C14", "Nothing in this file counts: no row is an offence that a warrant could name.")
    return allow("C14")
