"""What a region's file may call an offence of Annex II: `word=kind`. Every other word is ignored (C14)."""

from typing import Final

from governance.domain.eu_floor import Annex

_SWEDISH: Final = {
    "grov misshandel": Annex.MURDER_OR_GRIEVOUS_INJURY,
    "grovt narkotikabrott": Annex.NARCOTICS,
    "grovt rån": Annex.ORGANISED_OR_ARMED_ROBBERY,
    "grovt vapenbrott": Annex.WEAPONS_OR_EXPLOSIVES,
    "mord": Annex.MURDER_OR_GRIEVOUS_INJURY,
    "människohandel": Annex.HUMAN_TRAFFICKING,
    "människorov": Annex.KIDNAPPING,
    "terroristbrott": Annex.TERRORISM,
    "våldtäkt": Annex.RAPE,
}

INCIDENT_CATEGORIES: Final = frozenset(
    {f"{code.value}={code.value}" for code in Annex} | {f"{word}={code.value}" for word, code in _SWEDISH.items()}
)
