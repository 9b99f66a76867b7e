"""The floor of the EU act, compiled in: A1, A2 and A19 for every profile, and what else no file can reach below.

A legal profile may only narrow what stands here. Changing it is changing the program, which two reviewers look at.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Final


class Objective(StrEnum):
    """A1: Art 5(1)(h)(i) to (iii) of the AI Act, a closed list."""

    VICTIM_SEARCH = "victim-search"
    IMMINENT_THREAT = "imminent-threat"
    PERPETRATOR_SEARCH = "perpetrator-search"


class Annex(StrEnum):
    """A2: the 16 kinds of offence of Annex II."""

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


class Provenance(StrEnum):
    """A19, C2: where a photograph was taken from. Some are named in order to be refused by their own sentence."""

    CASE_CAMERA = "case-camera"
    """A camera's recording that was secured in this case."""
    CUSTODY_PHOTOGRAPH = "custody-photograph"
    """The police's own photograph of a person in custody."""
    FAMILY = "family"
    """Given by the family of a missing person."""
    GIVEN_BY_THE_PERSON = "given-by-the-person"
    """Given by the person, who agreed to this use."""
    IDENTITY_REGISTER = "identity-register"
    """The passport or identity register, under a lawful request."""
    OPEN_PROFILE = "open-profile"
    """A profile that anybody can look at. Refused unless it was seized or given by its owner."""
    SCRAPED = "scraped"
    """Collected from the internet or from cameras without aim. Always refused."""
    SEIZED = "seized"
    """Seized in this case."""
    UNKNOWN = "unknown"
    """Nobody knows. Always refused."""


FORBIDDEN_PROVENANCES: Final = frozenset({Provenance.SCRAPED, Provenance.UNKNOWN})
"""A19: no profile makes them usable."""
LEAST_MAXIMUM_PENALTY_YEARS: Final = 4
"""A2: Art 5(1)(h)(iii): a maximum of at least four years."""
REVIEWERS: Final = 2
"""A15: Art 14(5): two persons, separately. The national derogation is deliberately not coded."""
URGENT_APPLICATION: Final = timedelta(hours=24)
"""A7: Art 5(3): the application without undue delay, within 24 hours at the latest."""
LOG_KEEPING: Final = timedelta(days=183)
"""A14: Art 19, 26(6): logs for at least six months."""
