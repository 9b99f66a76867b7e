"""What makes a photograph usable: where it comes from, and how old it is (A19, C2). What is not listed is refused."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from governance.domain.ages import age_on
from governance.domain.decisions import Decision, allow, deny
from governance.domain.eu_floor import FORBIDDEN_PROVENANCES, Objective, Provenance
from governance.domain.legal_profile import LegalProfile
from governance.domain.legal_time import legal_day


class Release(StrEnum):
    """How a picture from an open profile came to the case."""

    BY_ITS_OWNER = "by-its-owner"
    NONE = "none"
    SEIZED = "seized"


_FIRST_POSSIBLE: Final = date(1900, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What somebody says of a photograph, as they typed it. `born_on` is the person's, where it is known."""

    provenance: str
    release: str
    source: str
    """Where it can be found again: a file's or a request's number, a seizure's, a recording's."""
    taken_on: date | None
    born_on: date | None


def may_use_photograph(
    origin: Origin, *, objective: str, minor: bool, legal: LegalProfile, now: datetime
) -> tuple[Decision, ...]:
    """A19, C2: ask all that a photograph's origin must satisfy; each answer is one sentence."""
    return (
        has_lawful_provenance(origin, objective=objective),
        names_its_source(origin, legal),
        is_current(origin, minor=minor, legal=legal, now=now),
    )


def has_lawful_provenance(origin: Origin, *, objective: str) -> Decision:
    """A19: the provenance is one of the list, not a forbidden one, and not an open profile that nobody released."""
    if origin.provenance not in set(Provenance):
        return deny("A19", "Say where the photograph comes from; this is none of the sources on the list.")
    provenance = Provenance(origin.provenance)
    if provenance is Provenance.SCRAPED:
        return deny("A19", "Photographs that were collected from the internet or from cameras are never enrolled.")
    if provenance in FORBIDDEN_PROVENANCES:
        return deny("A19", "A photograph whose source nobody knows is not enrolled.")
    if provenance is Provenance.OPEN_PROFILE and origin.release not in {Release.SEIZED, Release.BY_ITS_OWNER}:
        return deny("A19", "A picture from an open profile is enrolled only if it was seized or given by its owner.")
    if provenance is Provenance.FAMILY and objective != Objective.VICTIM_SEARCH:
        return deny("A19", "A family's photograph serves the search for a missing person or victim, and nothing else.")
    return allow("A19")


def names_its_source(origin: Origin, legal: LegalProfile) -> Decision:
    """C2: a photograph is sourced: it says where it can be found again."""
    if len(origin.source.strip()) < legal.shortest_source:
        return deny("C2", "Name the source so that it can be found again: a file's, a request's or a seizure's number.")
    return allow("C2")


def is_current(origin: Origin, *, minor: bool, legal: LegalProfile, now: datetime) -> Decision:
    """C2: a photograph is current: taken on a known day, not before the person's birth, and not too long ago."""
    today = legal_day(now, legal)
    if origin.taken_on is None:
        return deny("C2", "Give the day on which the photograph was taken; without it nobody knows if it is current.")
    if not _FIRST_POSSIBLE <= origin.taken_on <= today:
        return deny("C2", "The day on which the photograph was taken lies in the future, or too far back.")
    if origin.born_on is not None and origin.taken_on < origin.born_on:
        return deny("C2", "The photograph was taken before the person was born; one of the two days is wrong.")
    most = legal.oldest_photograph_of_minor_years if minor else legal.oldest_photograph_years
    if age_on(origin.taken_on, today) >= most:
        return deny("C2", f"The photograph is {most} years old or older; choose a newer one.")
    return allow("C2")
