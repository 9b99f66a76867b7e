"""The table of legal parameters: every number and every list that a lawyer may correct without a programmer.

Each parameter says the requirement it serves (docs/law.md), how sure we are (`Status`), its source, and which way a
profile file may move it. The values below are those of `sweden-police`. The EU floor is compiled in (`eu_floor.py`).
"""

import hashlib
import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, fields
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from governance.domain import eu_floor
from governance.domain.eu_floor import Annex, Objective
from governance.domain.incident_categories import INCIDENT_CATEGORIES
from governance.domain.legal_parameter import Basis, Entry, Narrower, Offence, Status, entry_of, parameter
from governance.domain.swedish_offences import OFFENCES

__all__ = [
    "EU_AI_ACT",
    "OFFENCES",
    "SWEDEN_2026",
    "AgeBand",
    "Annex",
    "Basis",
    "LegalProfile",
    "Objective",
    "Offence",
    "Status",
    "builtin_profiles",
]

KIND: Final = "insyn/legal-profile/1"
TEXT, SECONDARY, GENERAL, DESIGN = Status.TEXT, Status.SECONDARY, Status.GENERAL, Status.DESIGN
LOWER, HIGHER, FEWER, MORE, NEVER = Narrower.LOWER, Narrower.HIGHER, Narrower.FEWER, Narrower.MORE, Narrower.NEVER
_OURS: Final = "our own number; no law says it"


class AgeBand(StrEnum):
    """The age band of a person slot (C13). Unknown counts as minor (C2)."""

    UNDER_12 = "0-11"
    TO_17 = "12-17"
    TO_39 = "18-39"
    TO_64 = "40-64"
    FROM_65 = "65-up"
    UNKNOWN = "unknown"


# What truly keeps groups out is that each slot needs a person's own photograph, own reason and own identity; the words
# make the refusal come with the right sentence.
_GROUP_WORDS: Final = frozenset(
    {"all", "anyone", "band", "crew", "everybody", "everyone", "gang", "gäng", "group", "grupp", "medlem", "medlemmar"}
    | {"member", "members", "network", "nätverk", "people", "persons", "supporters", "youths"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalProfile:
    """One version of the table. `name` is the built-in profile it belongs to; `bases` are a file's own sources."""

    name: str
    version: str
    bases: Mapping[str, Basis] = field(default_factory=lambda: MappingProxyType({}))

    # Who, what for (A1, A2, 0.1)
    controllers: frozenset[str] = parameter(
        frozenset({"police-authority"}), "0.1", SECONDARY, "S1: the Police Authority alone; Säpo is left out", FEWER
    )
    objectives: frozenset[Objective] = parameter(frozenset(Objective), "A1", TEXT, "S5: Art 5(1)(h)(i) to (iii)", FEWER)
    offences: tuple[Offence, ...] = parameter(OFFENCES, "A2", GENERAL, "each row has its own", Narrower.OFFENCES)
    any_statute: bool = parameter(
        value=False,
        law="A2",
        status=DESIGN,
        source="whether a file may name other statutes than these rows, within Annex II",
        narrower=LOWER,
    )
    least_maximum_penalty_years: int = parameter(4, "A2", TEXT, "S5: Art 5(1)(h)(iii)", HIGHER, limit=18)

    # The warrant (A3, A4, B2, C14)
    longest_window: timedelta = parameter(
        timedelta(days=14), "A4", DESIGN, "ours; the statute's own length is not known to us yet (0.1)", LOWER
    )
    longest_lead_time: timedelta = parameter(timedelta(days=30), "A4", DESIGN, _OURS, LOWER)
    largest_camera_share: float = parameter(0.25, "A4", DESIGN, "S5 says: not a whole city; the share is ours", LOWER)
    most_persons: int = parameter(10, "A3", DESIGN, "ours: each is reasoned for by itself", LOWER)
    shortest_reason: int = parameter(20, "B2", DESIGN, "ours, in characters; also A4 and C14", HIGHER, limit=2000)
    group_words: frozenset[str] = parameter(_GROUP_WORDS, "A3", DESIGN, "ours: words that speak of a group", MORE)
    zone: str = parameter("Europe/Stockholm", "A4", GENERAL, "lag (1979:988) om svensk normaltid", NEVER)

    # Photographs and the watchlist (B2, C1, C2)
    oldest_photograph_years: int = parameter(5, "C2", DESIGN, "S19 says current, and no number", LOWER)
    oldest_photograph_of_minor_years: int = parameter(2, "C2", DESIGN, "ours: children's faces change faster", LOWER)
    shortest_source: int = parameter(3, "C2", DESIGN, "ours, in characters", HIGHER, limit=2000)
    enrolments_per_hour: int = parameter(20, "B2", DESIGN, "ours: no bulk import", LOWER)
    watchlist_life: timedelta = parameter(timedelta(hours=24), "C1", GENERAL, "S18; Met and SWP practice", LOWER)
    watchlist_renewal: timedelta = parameter(
        timedelta(hours=12), "C1", DESIGN, "ours: the list is rebuilt from this age on", LOWER
    )

    # Urgent warrants and searching afterwards (A5, A7, A12)
    urgent_receipt_time: timedelta = parameter(
        timedelta(hours=24), "A7", TEXT, "S5: Art 5(3): the application within 24 hours", LOWER
    )
    urgent_decision_time: timedelta = parameter(
        timedelta(hours=72), "A7", DESIGN, "ours: no decision in this time is a rejection", LOWER
    )
    urgent_registration_time: timedelta = parameter(
        timedelta(hours=24), "A5", DESIGN, "S5: without undue delay; the number is ours", LOWER
    )
    urgent_bar_days: int = parameter(
        30, "A7", DESIGN, "ours: legal days without another for the same person or case", HIGHER, limit=366
    )
    post_remote_age: timedelta = parameter(
        timedelta(hours=24),
        "A12",
        DESIGN,
        "S2: a short delay is still real-time; the number is ours",
        HIGHER,
        limit=timedelta(days=30),
    )

    # The lease (P1) and the review (A15, C4, E4, E5, E6)
    lease: timedelta = parameter(timedelta(seconds=60), "P1", DESIGN, _OURS, LOWER)
    review_time: timedelta = parameter(timedelta(hours=24), "C4", SECONDARY, "S20: SWP; also E6", LOWER)
    certificate_life: timedelta = parameter(timedelta(days=365), "E7", GENERAL, "PCAST, OSAC: annual tests", LOWER)
    reviewers_needed: int = parameter(2, "A15", TEXT, "S10: Art 14(5)", HIGHER, limit=2)

    # Evidence for sites, documents of cameras (B7, C9, C14)
    incident_categories: frozenset[str] = parameter(
        INCIDENT_CATEGORIES, "C14", DESIGN, "ours: what a region's file may call an offence of Annex II", FEWER
    )
    incident_distance_metres: int = parameter(300, "C14", DESIGN, _OURS, LOWER)
    evidence_period: timedelta = parameter(
        timedelta(days=730), "C14", DESIGN, "ours: older incidents say nothing of today", LOWER
    )
    evidence_life: timedelta = parameter(timedelta(days=365), "C14", DESIGN, _OURS, LOWER)
    camera_document_life: timedelta = parameter(
        timedelta(days=365), "B7", DESIGN, "ours: balancing, assessment and sign are looked at yearly; also C9", LOWER
    )
    least_places: int = parameter(5, "C14", DESIGN, "ours: among fewer, none can stand out", HIGHER, limit=10_000)
    least_incidents: int = parameter(5, "C14", DESIGN, _OURS, HIGHER, limit=10_000)
    least_hot_spot_percent: int = parameter(
        150, "C14", DESIGN, "ours: of an equal share; an authority's own may only be higher", HIGHER, limit=10_000
    )
    hot_spot_significance: float = parameter(
        0.05, "C14", DESIGN, "the usual level, after correction for asking about every place", LOWER
    )
    # The budget of false alerts (C5), the hand-off (A9b), what a wrong one leaves (B12), legal holds (B15)
    false_alerts_per_day_milli: int = parameter(
        1000, "C5", DESIGN, "ours: thousandths of a false alert expected per site and day", LOWER
    )
    least_passages_per_false_alert: int = parameter(
        1000, "C5", SECONDARY, "S18, S21: the outer limit, one in a thousand", HIGHER, limit=1_000_000_000
    )
    false_alert_tail: float = parameter(
        0.01, "C5", DESIGN, "ours: less likely than this under the approved rate, and it stops", HIGHER, limit=0.5
    )
    false_alert_cap: int = parameter(10, "C5", DESIGN, "ours: so many, whatever was expected", LOWER)
    false_alerts_per_reference: int = parameter(2, "C5", DESIGN, _OURS, LOWER)
    hand_off_time: timedelta = parameter(
        timedelta(hours=24), "A9b", GENERAL, "K: from the hand-off to its outcome", LOWER
    )
    complaint_period: timedelta = parameter(
        timedelta(days=365), "B12", DESIGN, "ours; the statute's own time is not known to us yet", NEVER
    )
    # How soon whoever asks at the rights desk is answered, in calendar months from the day received (B13)
    rights_answer_months: int = parameter(
        1, "B13", GENERAL, "K: Regulation (EU) 2016/679, Art 12(3), one month; Swedish law: without undue delay", LOWER
    )
    rights_extension_months: int = parameter(
        2, "B13", GENERAL, "K: Art 12(3), by two further months, once, with a reason", LOWER
    )
    longest_hold: timedelta = parameter(timedelta(days=183), "B15", DESIGN, _OURS, LOWER)

    # How much one reviewer reviews (E4)
    most_reviews_per_hour: int = parameter(20, "E4", DESIGN, "S37 measured the loss; the number is ours", LOWER)
    shortest_look: timedelta = parameter(
        timedelta(seconds=10),
        "E4",
        DESIGN,
        "S37: under 4 s accuracy falls; ten are ours",
        HIGHER,
        limit=timedelta(minutes=5),
    )
    longest_review_stretch: timedelta = parameter(timedelta(hours=2), "E4", DESIGN, "the same", LOWER)
    review_break: timedelta = parameter(timedelta(minutes=15), "E4", DESIGN, _OURS, HIGHER, limit=timedelta(hours=8))

    # Alerts that wait (E6)
    first_escalation: timedelta = parameter(timedelta(seconds=60), "E6", DESIGN, "ours: to further reviewers", LOWER)
    second_escalation: timedelta = parameter(timedelta(seconds=120), "E6", DESIGN, "ours: to a senior operator", LOWER)

    # Telling the authorities (A10, A7)
    notification_time: timedelta = parameter(timedelta(hours=24), "A10", DESIGN, "ours; S5 says each use", LOWER)
    urgent_notification_time: timedelta = parameter(
        timedelta(minutes=15), "A7", DESIGN, "ours; S5 says that urgency excuses no notice", LOWER
    )

    # What is reported, and what the public is told (A18, C6, C7, C15)
    model_notice: timedelta = parameter(
        timedelta(hours=24),
        "C6",
        DESIGN,
        "ours: so long a changed model profile is public before a warrant may use it",
        HIGHER,
        limit=timedelta(days=90),
    )
    incident_report: timedelta = parameter(timedelta(days=15), "A18", SECONDARY, "S11: Art 73(2)", LOWER)
    incident_report_death: timedelta = parameter(timedelta(days=10), "A18", SECONDARY, "S11: Art 73(4)", LOWER)
    incident_report_widespread: timedelta = parameter(timedelta(days=2), "A18", SECONDARY, "S11: Art 73(3)", LOWER)
    smallest_public_count: int = parameter(5, "C7", DESIGN, "ours, as official statistics do", HIGHER, limit=100)
    public_answer_delay: timedelta = parameter(timedelta(days=7), "C15", DESIGN, _OURS, LOWER)

    @property
    def sha256(self) -> str:
        """The SHA-256 of the whole table, as each warrant bears it."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        """Return the table's canonical bytes: sorted JSON without spaces, durations in milliseconds."""
        table = {
            name: {
                "law": self.basis(name).law,
                "source": self.basis(name).source,
                "status": self.basis(name).status.value,
                "value": plainly(getattr(self, name)),
            }
            for name in ENTRIES
        }
        said = {"kind": KIND, "name": self.name, "parameters": table, "version": self.version}
        return json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()

    def basis(self, name: str) -> Basis:
        """Return why a parameter has its value."""
        return self.bases.get(name, ENTRIES[name].basis)

    def find(self, code: str, statute: str) -> Offence | None:
        """Return the row of this pair, if the table has it."""
        return next((row for row in self.offences if row.code.value == code and row.statute == statute), None)

    def most_cameras(self, register_size: int) -> int:
        """Return how many cameras of a register one warrant may name: the share rounded down, but at least one."""
        return max(1, int(register_size * self.largest_camera_share)) if register_size else 0


def plainly(value: Any) -> Any:
    """Return a parameter's value as JSON holds it."""
    if isinstance(value, timedelta):
        return value // timedelta(milliseconds=1)
    if isinstance(value, AbstractSet):
        return sorted(str(one) for one in value)
    if isinstance(value, Offence):
        return {each.name: plainly(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple):
        return [plainly(one) for one in value]
    return value


ENTRIES: Final[Mapping[str, Entry]] = MappingProxyType(
    {each.name: entry for each in fields(LegalProfile) if (entry := entry_of(each.metadata)) is not None}
)
"""What the table says of each parameter, by its name."""

SWEDEN_2026: Final = LegalProfile(name="sweden-police", version="se-2026-1")
"""The default: narrower than the act. A missing person is looked for only as a victim of an offence of the table."""

_CONTROLLERS: Final = frozenset({"police-authority", "security-service", "other-law-enforcement"})
EU_AI_ACT: Final = LegalProfile(
    name="eu-ai-act",
    version="eu-2024-1689-1",
    bases=MappingProxyType(
        {
            "controllers": Basis(law="0.1", source="S5: Art 3(45), law enforcement authorities", status=TEXT),
            "any_statute": Basis(law="A2", source="S5: Annex II names kinds, not statutes", status=TEXT),
        }
    ),
    controllers=_CONTROLLERS,
    any_statute=True,
)
"""The act alone. It permits nothing by itself: real-time use needs a member state's law (Art 5(5))."""


def builtin_profiles() -> Mapping[str, LegalProfile]:
    """Return the profiles that are compiled in, by name."""
    return MappingProxyType({one.name: one for one in (SWEDEN_2026, EU_AI_ACT)})


def keeps_the_floor(legal: LegalProfile) -> bool:
    """A1, A2, A15: say whether a table stays within the EU act's floor."""
    return (
        legal.least_maximum_penalty_years >= eu_floor.LEAST_MAXIMUM_PENALTY_YEARS
        and legal.objectives <= set(Objective)
        and all(row.maximum_penalty_years >= eu_floor.LEAST_MAXIMUM_PENALTY_YEARS for row in legal.offences)
        and legal.reviewers_needed >= eu_floor.REVIEWERS
    )
