"""What the file for the defence says in words: the chain's links, the scale, the components, and the known limits."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from governance.application.log_trail import Link, Standing
from governance.application.reports.report import Phrase
from governance.domain.review import Feature, Observation, Support

ABOUT: Final = (
    Phrase(
        en="A system compared a face in front of a camera with the photographs of a few persons, and two people who "
        "looked separately made a lead of it. A lead is no identification and no evidence of who somebody is.",
        sv="Ett system jämförde ett ansikte framför en kamera med fotografier av några få personer, och två personer "
        "som "
        "granskade var för sig gjorde det till ett uppslag. Ett uppslag är ingen identifiering och inget bevis för vem "
        "någon är.",
    ),
    Phrase(
        en="This file holds what is kept of that one match, also what speaks against it. It names nobody: ids are "
        "opaque.",
        sv="Underlaget rymmer det som bevaras om just den träffen, även det som talar emot den. Det nämner ingen: id "
        "är "
        "ogenomskinliga.",
    ),
)

ERASED: Final = Phrase(
    en="it was erased, as it must be, or is no longer kept", sv="det är raderat, som det ska, eller bevaras inte"
)
NOT_KEPT: Final = Phrase(
    en="only that they reached the limits of the model profile is known; the measures are not kept",
    sv="man vet bara att de nådde modellprofilens gränser; mätvärdena bevaras inte",
)
NO_RECEIPT: Final = Phrase(
    en="the site's receipt has not come, or is no longer kept", sv="platsens kvitto har inte kommit, eller bevaras inte"
)

LIMITS: Final = (
    Phrase(
        en="A score is a score of this model, never a probability that two pictures show one person. Whether it lies "
        "on the "
        "right side of the threshold says no more than that a person should look.",
        sv="Ett värde är ett värde i denna modell, aldrig en sannolikhet för att två bilder visar samma person. Att "
        "det ligger på rätt sida om tröskeln säger bara att en människa bör titta.",
    ),
    Phrase(
        en="The more faces are compared, and the longer the list, the more look-alikes are found. Relatives and people "
        "who look alike score as near as the person.",
        sv="Ju fler ansikten som jämförs, och ju längre listan är, desto fler förväxlingar. Släktingar och människor "
        "som "
        "liknar varandra ger lika bra värden som personen själv.",
    ),
    Phrase(
        en="How often the model errs on this camera, and for people of different sex, age, skin tone or origin, is not "
        "measured in use. What was tested beforehand, for which groups, stands in the report of the evaluation, where "
        "one is named. Elsewhere such systems have erred more often for some groups.",
        sv="Hur ofta modellen tar fel vid denna kamera, och för människor av olika kön, ålder, hudton eller ursprung, "
        "mäts inte under användningen. Vad som prövades innan, och för vilka grupper, står i utvärderingens rapport, "
        "där en sådan anges. På andra håll har sådana system tagit fel oftare för vissa grupper.",
    ),
    Phrase(
        en="Both reviewers looked at the picture that the model had already chosen. Trained people too err on "
        "unfamiliar "
        "faces, and agreement of two is weaker than it seems where both see the same resemblance.",
        sv="Båda granskarna såg en bild som modellen redan hade valt. Även utbildade tar fel på främmande ansikten, "
        "och att "
        "två är överens är svagare än det verkar när båda ser samma likhet.",
    ),
    Phrase(
        en="Pictures, report and score are kept for at most 24 hours. What is said to be erased cannot be brought "
        "back. "
        "The record of the deployment, with all its alerts and their denominators, is a report of its own: ask for it.",
        sv="Bilder, rapport och värde bevaras högst 24 timmar. Det som sägs vara raderat kan inte återskapas. "
        "Insatsens "
        "redovisning, med alla larm och deras nämnare, är en egen rapport: begär den.",
    ),
    Phrase(
        en="The log proves what was written and when, not that it was right.",
        sv="Loggen bevisar vad som skrevs och när, inte att det var riktigt.",
    ),
)

ENCLOSED: Final = (
    Phrase(
        en="The folder `bundle` is the proof bundle of this match: its entries of the log, opened, with their proofs, "
        "and the lease, the site's report, the model profile and the signed admission of it, as far as they stand. "
        "`insyn-verify --bundle` checks it without us. The issuer's act is not enclosed, since it speaks of others "
        "too; its hash binds it.",
        sv="Mappen `bundle` är träffens bevispaket: dess poster i loggen, öppnade, med bevis, och lånet, platsens "
        "rapport, modellprofilen och det undertecknade godkännandet av den, så långt de finns kvar. "
        "`insyn-verify --bundle` kontrollerar det utan oss. Beslutet bifogas inte, eftersom det även rör andra; dess "
        "hashvärde binder det.",
    ),
)

SEARCH_ORDER: Final = (
    Phrase(en="search order", sv="sökorder"),
    Phrase(
        en="That this one recording was to be searched for this one person, before it was looked at.",
        sv="Att just denna inspelning skulle genomsökas efter just denna person, innan den granskades.",
    ),
)
"""What stands in the place of the lease where a recording was searched afterwards (A12)."""
LINKS: Final[Mapping[Link, tuple[Phrase, Phrase]]] = MappingProxyType(
    {
        Link.AUTHORITY: (
            Phrase(en="authority", sv="beslutsfattare"),
            Phrase(en="With whose key the warrant was signed.", sv="Med vems nyckel tillståndet undertecknades."),
        ),
        Link.WARRANT: (
            Phrase(en="warrant", sv="tillstånd"),
            Phrase(
                en="How it was applied for, approved, issued and put into use.",
                sv="Hur det söktes, godkändes, meddelades och togs i bruk.",
            ),
        ),
        Link.LEASE: (
            Phrase(en="lease", sv="lån"),
            Phrase(
                en="That it was lent to this one camera, for at most a minute.",
                sv="Att det var utlånat till denna enda kamera, i högst en minut.",
            ),
        ),
        Link.PROFILE: (
            Phrase(en="model profile", sv="modellprofil"),
            Phrase(en="With which model was compared.", sv="Med vilken modell jämförelsen gjordes."),
        ),
        Link.COMPARISON: (
            Phrase(en="comparison", sv="jämförelse"),
            Phrase(
                en="The site's signed report, and the centre's own comparison.",
                sv="Platsens undertecknade rapport, och centralens egen jämförelse.",
            ),
        ),
        Link.ALERT: (
            Phrase(en="alert", sv="larm"),
            Phrase(en="That it waited for two reviewers.", sv="Att den väntade på två granskare."),
        ),
        Link.VIEWS: (
            Phrase(en="views", sv="visningar"),
            Phrase(en="Each time somebody asked to see the pictures.", sv="Varje gång någon bad att få se bilderna."),
        ),
        Link.DECISIONS: (
            Phrase(en="decisions", sv="svar"),
            Phrase(en="Each answer, with a commitment to its words.", sv="Varje svar, med en bindning till dess ord."),
        ),
        Link.OUTCOME: (
            Phrase(en="outcome", sv="utgång"),
            Phrase(en="That two people made a lead of it.", sv="Att två personer gjorde den till ett uppslag."),
        ),
        Link.ERASURE: (
            Phrase(en="erasure", sv="radering"),
            Phrase(en="What of it was erased, and when.", sv="Vad av den som raderades, och när."),
        ),
    }
)

STANDINGS: Final[Mapping[Standing, Phrase]] = MappingProxyType(
    {
        Standing.TOLD: Phrase(en="told", sv="berättas"),
        Standing.PENDING: Phrase(en="not yet, or not wholly", sv="inte ännu, eller inte helt"),
        Standing.MISSING: Phrase(en="missing in the entries that were opened", sv="saknas i de poster som öppnades"),
    }
)

SUPPORTS: Final[Mapping[Support, Phrase]] = MappingProxyType(
    {
        Support.STRONG_SUPPORT_SAME: Phrase(en="strong support: one person (+3)", sv="starkt stöd: samma person (+3)"),
        Support.SUPPORT_SAME: Phrase(en="support: one person (+2)", sv="stöd: samma person (+2)"),
        Support.LIMITED_SUPPORT_SAME: Phrase(en="limited support: one person (+1)", sv="visst stöd: samma person (+1)"),
        Support.NO_SUPPORT_EITHER_WAY: Phrase(en="no support either way (0)", sv="inget stöd åt något håll (0)"),
        Support.LIMITED_SUPPORT_DIFFERENT: Phrase(
            en="limited support: two persons (−1)", sv="visst stöd: olika personer (−1)"
        ),
        Support.SUPPORT_DIFFERENT: Phrase(en="support: two persons (−2)", sv="stöd: olika personer (−2)"),
        Support.STRONG_SUPPORT_DIFFERENT: Phrase(
            en="strong support: two persons (−3)", sv="starkt stöd: olika personer (−3)"
        ),
    }
)

FEATURES: Final[Mapping[Feature, Phrase]] = MappingProxyType(
    {
        Feature.EARS: Phrase(en="ears", sv="öron"),
        Feature.EYEBROWS: Phrase(en="eyebrows", sv="ögonbryn"),
        Feature.EYES: Phrase(en="eyes", sv="ögon"),
        Feature.FACE_OUTLINE: Phrase(en="outline of the face", sv="ansiktets kontur"),
        Feature.FOREHEAD_AND_HAIRLINE: Phrase(en="forehead and hairline", sv="panna och hårfäste"),
        Feature.MOUTH_AND_CHIN: Phrase(en="mouth and chin", sv="mun och haka"),
        Feature.NOSE_AND_CHEEKS: Phrase(en="nose and cheeks", sv="näsa och kinder"),
        Feature.SKIN_LINES_AND_MARKS: Phrase(en="lines and marks of the skin", sv="linjer och märken i huden"),
    }
)

OBSERVATIONS: Final[Mapping[Observation, Phrase]] = MappingProxyType(
    {
        Observation.SIMILAR: Phrase(en="similar", sv="lika"),
        Observation.DIFFERENT: Phrase(en="different", sv="olika"),
        Observation.NOT_COMPARABLE: Phrase(en="not comparable", sv="går inte att jämföra"),
    }
)
