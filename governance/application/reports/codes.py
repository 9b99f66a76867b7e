"""The closed lists of the contracts in words, for reports: why, when the issuer spoke, and who issues."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from contracts.vocabulary import IssuerType, Objective, WarrantType
from governance.application.reports.report import Phrase

_WORDS: Final[Mapping[str, Phrase]] = MappingProxyType(
    {
        Objective.VICTIM_SEARCH.value: Phrase(en="search for a victim", sv="sökande efter ett brottsoffer"),
        Objective.IMMINENT_THREAT.value: Phrase(en="an imminent threat", sv="ett överhängande hot"),
        Objective.PERPETRATOR_SEARCH.value: Phrase(en="search for a perpetrator", sv="sökande efter en gärningsperson"),
        IssuerType.COURT.value: Phrase(en="a court", sv="en domstol"),
        IssuerType.PROSECUTOR.value: Phrase(en="a prosecutor", sv="en åklagare"),
        WarrantType.PRIOR.value: Phrase(en="issued beforehand", sv="meddelat i förväg"),
        WarrantType.URGENT.value: Phrase(
            en="urgent, begun before the issuer decided", sv="brådskande, inlett före beslutet"
        ),
        WarrantType.POST_REMOTE.value: Phrase(
            en="a search afterwards in recordings", sv="sökning i efterhand i inspelat material"
        ),
    }
)


def in_words(code: Objective | IssuerType | WarrantType) -> Phrase:
    """Return a code in words, with the code itself behind."""
    words = _WORDS[code.value]
    return Phrase(en=f"{words.en} ({code.value})", sv=f"{words.sv} ({code.value})")
