"""The table of legal parameters: every number and every list that a lawyer may correct without a programmer.

Each entry has its source and a status: `text` (read in the law's text), `secondary`, `general` (general knowledge, to
be confirmed against the text) or `design` (our own number). The EU floor (A1, A2) is compiled in; a table can only
narrow it. Its version is written into every warrant.
"""

import hashlib
import json
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final


class Status(StrEnum):
    """How sure we are of an entry."""

    TEXT = "text"
    SECONDARY = "secondary"
    GENERAL = "general"
    DESIGN = "design"


class Objective(StrEnum):
    """Art 5(1)(h)(i) to (iii) of the AI Act: a closed list (A1)."""

    VICTIM_SEARCH = "victim-search"
    IMMINENT_THREAT = "imminent-threat"
    PERPETRATOR_SEARCH = "perpetrator-search"


class AgeBand(StrEnum):
    """The age band of a person slot (C13). Unknown counts as minor (C2)."""

    UNDER_12 = "0-11"
    TO_17 = "12-17"
    TO_39 = "18-39"
    TO_64 = "40-64"
    FROM_65 = "65-up"
    UNKNOWN = "unknown"


class Annex(StrEnum):
    """The 16 kinds of offence of Annex II (A2), plus nothing."""

    AIRCRAFT_OR_SHIP_SEIZURE = "aircraft-or-ship-seizure"
    CHILD_SEXUAL_EXPLOITATION = "child-sexual-exploitation"
    CRIMINAL_ORGANISATION = "criminal-organisation"
    ENVIRONMENTAL_CRIME = "environmental-crime"
    HUMAN_TRAFFICKING = "human-trafficking"
    INTERNATIONAL_CRIMES = "international-crimes"
    KIDNAPPING = "kidnapping"
    MURDER_OR_GRIEVOUS_INJURY = "murder-or-grievous-injury"
    NARCOTICS = "narcotics"
    NUCLEAR_OR_RADIOACTIVE = "nuclear-or-radioactive"
    ORGANISED_OR_ARMED_ROBBERY = "organised-or-armed-robbery"
    ORGANS_OR_TISSUE = "organs-or-tissue"
    RAPE = "rape"
    SABOTAGE = "sabotage"
    TERRORISM = "terrorism"
    WEAPONS_OR_EXPLOSIVES = "weapons-or-explosives"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offence:
    """One pair of offence and statute (A2). A pair that is not in the table does not exist here.

    `maximum_penalty_years` is the longest fixed term; imprisonment for life is not needed to pass four years.
    """

    code: Annex
    statute: str
    maximum_penalty_years: int
    objectives: frozenset[Objective]
    source: str
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalProfile:
    """One version of the table."""

    version: str
    offences: tuple[Offence, ...]
    least_maximum_penalty_years: int
    longest_window: timedelta
    longest_lead_time: timedelta
    largest_camera_share: float
    most_persons: int
    shortest_reason: int
    group_words: frozenset[str]
    review_time: timedelta
    lease: timedelta
    reviewers_needed: int
    zone: str
    oldest_photograph_years: int
    oldest_photograph_of_minor_years: int
    shortest_source: int
    enrolments_per_hour: int
    watchlist_life: timedelta
    watchlist_renewal: timedelta

    @property
    def sha256(self) -> str:
        """The SHA-256 of the whole table, as each warrant bears it: sorted JSON, durations in milliseconds."""
        said = json.dumps(asdict(self), default=_plainly, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()

    def find(self, code: str, statute: str) -> Offence | None:
        """Return the row of this pair, if the table has it."""
        return next((row for row in self.offences if row.code.value == code and row.statute == statute), None)

    def most_cameras(self, register_size: int) -> int:
        """Return how many cameras of a register one warrant may name: the share rounded down, but at least one."""
        return max(1, int(register_size * self.largest_camera_share)) if register_size else 0


def _plainly(value: object) -> object:
    if isinstance(value, timedelta):
        return value // timedelta(milliseconds=1)
    if isinstance(value, AbstractSet):
        return sorted(str(one) for one in value)
    raise TypeError(f"A legal profile cannot hold {type(value).__name__}.")


_SEARCH: Final = frozenset({Objective.PERPETRATOR_SEARCH})
_SEARCH_OR_VICTIM: Final = frozenset({Objective.PERPETRATOR_SEARCH, Objective.VICTIM_SEARCH})
_SEARCH_OR_THREAT: Final = frozenset({Objective.PERPETRATOR_SEARCH, Objective.IMMINENT_THREAT})
_ALL: Final = frozenset(Objective)


def _row(code: Annex, statute: str, years: int, objectives: frozenset[Objective]) -> Offence:
    return Offence(
        code=code,
        statute=statute,
        maximum_penalty_years=years,
        objectives=objectives,
        source="law.md A2 (S6); Swedish statute and penalty from general knowledge, to be confirmed by a lawyer",
        status=Status.GENERAL,
    )


# Brottsbalken is the criminal code. Kinds of Annex II without a row here are refused until a lawyer adds their statute:
# nuclear material, organs, environmental crime and criminal organisations among them.
OFFENCES: Final = (
    _row(Annex.AIRCRAFT_OR_SHIP_SEIZURE, "brottsbalken 13:5 b", 18, _SEARCH_OR_THREAT),
    _row(Annex.CHILD_SEXUAL_EXPLOITATION, "brottsbalken 6:4", 10, _SEARCH_OR_VICTIM),
    _row(Annex.HUMAN_TRAFFICKING, "brottsbalken 4:1 a", 10, _SEARCH_OR_VICTIM),
    _row(Annex.INTERNATIONAL_CRIMES, "lag (2014:406) 1", 18, _SEARCH),
    _row(Annex.KIDNAPPING, "brottsbalken 4:1", 18, _ALL),
    _row(Annex.MURDER_OR_GRIEVOUS_INJURY, "brottsbalken 3:1", 18, _SEARCH_OR_THREAT),
    _row(Annex.MURDER_OR_GRIEVOUS_INJURY, "brottsbalken 3:6", 10, _SEARCH_OR_THREAT),
    _row(Annex.NARCOTICS, "narkotikastrafflag (1968:64) 3", 7, _SEARCH),
    _row(Annex.ORGANISED_OR_ARMED_ROBBERY, "brottsbalken 8:6", 10, _SEARCH),
    _row(Annex.RAPE, "brottsbalken 6:1", 10, _SEARCH_OR_VICTIM),
    _row(Annex.SABOTAGE, "brottsbalken 13:5", 18, _SEARCH_OR_THREAT),
    _row(Annex.TERRORISM, "terroristbrottslag (2022:666) 4", 18, _SEARCH_OR_THREAT),
    _row(Annex.WEAPONS_OR_EXPLOSIVES, "vapenlag (1996:67) 9:1 a", 6, _SEARCH),
)

SWEDEN_2026: Final = LegalProfile(
    version="se-2026-1",
    offences=OFFENCES,
    least_maximum_penalty_years=4,  # A2, text
    longest_window=timedelta(days=14),  # A4, design: the statute's own length is not known to us yet
    longest_lead_time=timedelta(days=30),  # A4, design
    largest_camera_share=0.25,  # A4, design
    most_persons=10,  # A3, design: each is reasoned for by itself
    shortest_reason=20,  # A4, B2, C14, design: characters
    # A3, design: words that speak of a group. What truly keeps groups out is that each slot needs a person's own
    # photograph, own reason and own identity; the words make the refusal come with the right sentence.
    group_words=frozenset(
        {
            "all",
            "anyone",
            "band",
            "crew",
            "everybody",
            "everyone",
            "gang",
            "gäng",
            "group",
            "grupp",
            "member",
            "members",
        }
        | {"medlem", "medlemmar", "nätverk", "network", "people", "persons", "supporters", "youths"}
    ),
    review_time=timedelta(hours=24),  # C4, E6
    lease=timedelta(seconds=60),  # P1, design
    reviewers_needed=2,  # A15, text
    zone="Europe/Stockholm",  # legal days are those of this zone, general
    oldest_photograph_years=5,  # C2, design: the College of Policing says current, and no number
    oldest_photograph_of_minor_years=2,  # C2, design: children's faces change faster
    shortest_source=3,  # C2, design: characters
    enrolments_per_hour=20,  # B2, design
    watchlist_life=timedelta(hours=24),  # C1, general
    watchlist_renewal=timedelta(hours=12),  # C1, design: rebuilt from this age on
)
"""The one profile there is. Kinds of offence such as graffiti and fare-dodging are in no annex and in no row."""
