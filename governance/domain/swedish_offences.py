"""The table of offences that a Swedish warrant may name (A2): pairs of offence and statute, for a lawyer to confirm."""

from typing import Final

from governance.domain.eu_floor import Annex, Objective
from governance.domain.legal_parameter import Offence, Status

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
"""Graffiti and fare-dodging are in no annex and in no row."""
