"""What a deployment's record says in words: every number's definition, with its denominator, in both languages (C7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from governance.application.reports.report import Phrase
from governance.domain.deployment_record import AlertEnd
from governance.domain.deployments import DeploymentState
from governance.domain.hand_offs import Found


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One number of the record: what it is a part of (`of`, another number's name), and what both count."""

    name: str
    of: str | None
    title: Phrase
    definition: Phrase


ABOUT: Final = (
    Phrase(
        en="Counted from the records that the authority keeps of this deployment: its leases with the sites' signed "
        "receipts, its lists, the sites' signed counts, its alerts and the answers to them. No person, case or warrant "
        "is named. The SHA-256 of this record stands in the signed transparency log.",
        sv="Räknat ur det som myndigheten bevarar om insatsen: lånen med platsernas undertecknade kvitton, listorna, "
        "platsernas undertecknade räknetal, larmen och svaren på dem. Ingen person, inget ärende och inget tillstånd "
        "nämns. Redovisningens SHA-256 står i den undertecknade transparensloggen.",
    ),
    Phrase(
        en="A face counted is a track: one face followed from picture to picture at one camera. One person who passes "
        "twice, or two cameras, is two tracks. A lead is for people to follow up; it is no identification.",
        sv="Ett räknat ansikte är ett spår: ett ansikte som följs från bild till bild vid en kamera. Den som passerar "
        "två gånger, eller två kameror, är två spår. Ett uppslag är för människor att följa upp; det är ingen "
        "identifiering.",
    ),
    Phrase(
        en="A small share of all faces and a large share of all alerts can be the same number of errors: read both.",
        sv="En liten andel av alla ansikten och en stor andel av alla larm kan vara samma antal fel: läs båda.",
    ),
)

GONE: Final = Phrase(
    en="what it is counted from is no longer kept (183 days)", sv="underlaget bevaras inte längre (183 dygn)"
)
OFFENCE_ERASED: Final = Phrase(
    en="the warrant's words were erased, as they must be", sv="tillståndets ord är raderade, som de ska vara"
)
OF_UNSAID: Final = Phrase(en="see its own line", sv="se dess egen rad")
SITES_GONE: Final = Phrase(en="its cameras left the register", sv="kamerorna finns inte kvar i registret")
FACES_UNSAID: Final = Phrase(
    en="the cameras' counts do not cover it, or hold another deployment's faces too, or are no longer kept",
    sv="kamerornas räknetal täcker den inte, rymmer även en annan insats ansikten, eller bevaras inte längre",
)
OUTCOMES: Final[Mapping[Found | None, str]] = MappingProxyType(
    {
        Found.IDENTITY_RIGHT: "true-by-outcome",
        Found.IDENTITY_WRONG: "false-by-outcome",
        Found.NOT_STOPPED: "not-stopped",
        Found.UNKNOWN: "outcome-unknown",
        None: "no-outcome",
    }
)
"""The number of each outcome of a lead, in the order in which they are told."""
NO_GROUPS: Final = Phrase(
    en="nothing that is kept tells anybody's group",
    sv="inget som bevaras säger någons grupp",
)

STANDING: Final[Mapping[str, Phrase]] = MappingProxyType(
    {
        DeploymentState.RUNNING.value: Phrase(en="running", sv="pågår"),
        DeploymentState.SUSPENDED.value: Phrase(en="suspended", sv="stoppad"),
        DeploymentState.ENDED.value: Phrase(en="ended", sv="avslutad"),
    }
)

NOT_COMPARED: Final[Mapping[str, Phrase]] = MappingProxyType(
    {
        "blurred": Phrase(en="– blurred", sv="– oskarpt"),
        "cut-by-edge": Phrase(en="– cut by the edge of the picture", sv="– avskuret av bildkanten"),
        "lease-ended": Phrase(en="– the lease had ended", sv="– lånet var slut"),
        "matcher-busy": Phrase(en="– the matcher was busy", sv="– jämföraren var upptagen"),
        "poor-light": Phrase(en="– poor light", sv="– dåligt ljus"),
        "too-small": Phrase(en="– too small", sv="– för litet"),
        "turned-away": Phrase(en="– turned away", sv="– bortvänt"),
        "unstable": Phrase(en="– seen too briefly", sv="– sett för kort"),
    }
)

ENDS: Final[Mapping[AlertEnd, tuple[Phrase, Phrase]]] = MappingProxyType(
    {
        AlertEnd.CONFIRMED_LEAD: (
            Phrase(en="Confirmed leads", sv="Bekräftade uppslag"),
            Phrase(
                en="Alerts of which two people, separately, made a lead; of all alerts.",
                sv="Larm som två personer, var för sig, gjorde till ett uppslag; av alla larm.",
            ),
        ),
        AlertEnd.DISMISSED_BY_REVIEWERS: (
            Phrase(en="– by reviewers", sv="– av granskare"),
            Phrase(
                en="Dismissed by the answers of those who looked; of all alerts.",
                sv="Avfärdade genom svaren från dem som såg dem; av alla larm.",
            ),
        ),
        AlertEnd.DISMISSED_BY_TIME: (
            Phrase(en="– by time", sv="– av tiden"),
            Phrase(
                en="Dismissed because the time for review ran out; of all alerts.",
                sv="Avfärdade för att tiden för granskning var ute; av alla larm.",
            ),
        ),
        AlertEnd.DISMISSED_WITH_THE_WARRANT: (
            Phrase(en="– with the warrant", sv="– med tillståndet"),
            Phrase(
                en="Dismissed because the warrant ended or was taken back; of all alerts.",
                sv="Avfärdade för att tillståndet upphörde eller återkallades; av alla larm.",
            ),
        ),
        AlertEnd.OPEN: (
            Phrase(en="Open", sv="Öppna"),
            Phrase(
                en="Alerts that still wait for an answer; of all alerts.", sv="Larm som väntar på svar; av alla larm."
            ),
        ),
        AlertEnd.WITHHELD: (
            Phrase(en="Withheld by the centre", sv="Undanhållna av centralen"),
            Phrase(
                en="Candidates whose score did not hold when the centre compared anew: nobody saw them, and they are "
                "no alerts.",
                sv="Kandidater vars värde inte höll när centralen jämförde på nytt: ingen såg dem, och de är inga "
                "larm.",
            ),
        ),
    }
)


def _of_ends(*ends: AlertEnd) -> tuple[Number, ...]:
    return tuple(
        Number(name=end.value, of=None if end is AlertEnd.WITHHELD else "alerts", title=ENDS[end][0], definition=said)
        for end in ends
        for said in (ENDS[end][1],)
    )


DEFINITIONS: Final = (
    Number(
        name="leases",
        of=None,
        title=Phrase(en="Leases", sv="Lån"),
        definition=Phrase(
            en="Times the warrant was lent to one camera, each for at most a minute.",
            sv="Gånger tillståndet lånades ut till en kamera, varje gång högst en minut.",
        ),
    ),
    Number(
        name="leases-without-receipt",
        of="leases",
        title=Phrase(en="– without a receipt", sv="– utan kvitto"),
        definition=Phrase(
            en="Leases of which the site has not signed how they ended; of all leases. Their comparisons are not "
            "counted.",
            sv="Lån vars slut platsen inte har undertecknat; av alla lån. Deras jämförelser är inte räknade.",
        ),
    ),
    Number(
        name="comparisons",
        of=None,
        title=Phrase(en="Comparisons", sv="Jämförelser"),
        definition=Phrase(
            en="Times one picture of a face was compared with the list, by the sites' signed receipts. One face can be "
            "compared more than once.",
            sv="Gånger en bild av ett ansikte jämfördes med listan, enligt platsernas undertecknade kvitton. Ett "
            "ansikte "
            "kan jämföras flera gånger.",
        ),
    ),
    Number(
        name="tracks",
        of=None,
        title=Phrase(en="Faces followed", sv="Följda ansikten"),
        definition=Phrase(
            en="Tracks: faces that a camera followed while it was authorised (recognition opportunities). The "
            "denominator of all shares of faces.",
            sv="Spår: ansikten som en kamera följde medan den hade rätt till det (möjligheter till igenkänning). "
            "Nämnare "
            "för alla andelar av ansikten.",
        ),
    ),
    Number(
        name="tracks-compared",
        of="tracks",
        title=Phrase(en="Faces compared", sv="Jämförda ansikten"),
        definition=Phrase(
            en="Tracks of which at least one picture was good enough and was sent for comparison; of the faces "
            "followed.",
            sv="Spår av vilka minst en bild dög och sändes till jämförelse; av de följda ansiktena.",
        ),
    ),
    Number(
        name="tracks-open",
        of="tracks",
        title=Phrase(en="Faces still followed", sv="Ansikten som ännu följdes"),
        definition=Phrase(
            en="Tracks that had not ended when the camera was last heard of; of the faces followed.",
            sv="Spår som inte var slut när kameran senast hördes av; av de följda ansiktena.",
        ),
    ),
    Number(
        name="tracks-not-compared",
        of="tracks",
        title=Phrase(en="Faces not compared", sv="Ansikten som inte jämfördes"),
        definition=Phrase(
            en="Tracks that ended without a comparison; of the faces followed.",
            sv="Spår som tog slut utan jämförelse; av de följda ansiktena.",
        ),
    ),
    Number(
        name="alerts",
        of="tracks-compared",
        title=Phrase(en="Alerts", sv="Larm"),
        definition=Phrase(
            en="Candidates that waited for two people; of the faces compared. Further candidates inside the quiet time "
            "join an earlier alert and are not counted here.",
            sv="Kandidater som väntade på två personer; av de jämförda ansiktena. Ytterligare kandidater inom kort tid "
            "förs till ett tidigare larm och räknas inte här.",
        ),
    ),
    Number(
        name="reviewed",
        of="alerts",
        title=Phrase(en="Reviewed", sv="Granskade"),
        definition=Phrase(
            en="Alerts that two or three people concluded by their answers; of all alerts.",
            sv="Larm som två eller tre personer avgjorde genom sina svar; av alla larm.",
        ),
    ),
    *_of_ends(AlertEnd.CONFIRMED_LEAD),
    Number(
        name="dismissed",
        of="alerts",
        title=Phrase(en="Dismissed", sv="Avfärdade"),
        definition=Phrase(
            en="Alerts that came to nothing, for the reasons below; of all alerts.",
            sv="Larm som inte ledde till något, av skälen nedan; av alla larm.",
        ),
    ),
    *_of_ends(
        AlertEnd.DISMISSED_BY_REVIEWERS,
        AlertEnd.DISMISSED_BY_TIME,
        AlertEnd.DISMISSED_WITH_THE_WARRANT,
        AlertEnd.OPEN,
        AlertEnd.WITHHELD,
    ),
    Number(
        name="joined",
        of=None,
        title=Phrase(en="Candidates that joined an alert", sv="Kandidater som fördes till ett larm"),
        definition=Phrase(
            en="Further candidates of the same person at the same camera within the quiet time; no alerts of their "
            "own.",
            sv="Ytterligare kandidater för samma person vid samma kamera inom kort tid; inga egna larm.",
        ),
    ),
    Number(
        name="true-by-outcome",
        of=AlertEnd.CONFIRMED_LEAD.value,
        title=Phrase(en="True, by outcome", sv="Riktiga, enligt utfall"),
        definition=Phrase(
            en="Leads whose patrol verified on the spot that it was the person looked for; of all leads.",
            sv="Uppslag där patrullen på plats fann att det var den sökta; av alla uppslag.",
        ),
    ),
    Number(
        name="false-by-outcome",
        of=AlertEnd.CONFIRMED_LEAD.value,
        title=Phrase(en="False, by outcome", sv="Felaktiga, enligt utfall"),
        definition=Phrase(
            en="Leads whose patrol found that it was somebody else; of all leads.",
            sv="Uppslag där patrullen fann att det var någon annan; av alla uppslag.",
        ),
    ),
    Number(
        name="not-stopped",
        of=AlertEnd.CONFIRMED_LEAD.value,
        title=Phrase(en="Nobody was stopped", sv="Ingen stoppades"),
        definition=Phrase(
            en="Leads after which nobody was met; of all leads.",
            sv="Uppslag efter vilka ingen påträffades; av alla uppslag.",
        ),
    ),
    Number(
        name="outcome-unknown",
        of=AlertEnd.CONFIRMED_LEAD.value,
        title=Phrase(en="Outcome unknown", sv="Utfallet okänt"),
        definition=Phrase(
            en="Leads whose patrol could not tell, or said nothing within a day; of all leads.",
            sv="Uppslag där patrullen inte kunde avgöra det, eller inte sade något inom ett dygn; av alla uppslag.",
        ),
    ),
    Number(
        name="no-outcome",
        of=AlertEnd.CONFIRMED_LEAD.value,
        title=Phrase(en="No outcome yet", sv="Inget utfall ännu"),
        definition=Phrase(
            en="Leads that were handed to nobody, or whose patrol still has time; of all leads.",
            sv="Uppslag som inte lämnats till någon, eller där patrullen ännu har tid; av alla uppslag.",
        ),
    ),
    Number(
        name="false-by-group",
        of="false-by-outcome",
        title=Phrase(en="False, by group of people", sv="Felaktiga, per grupp av personer"),
        definition=Phrase(
            en="How false leads fall on groups of people; of all that were false by outcome.",
            sv="Hur felaktiga uppslag fördelas på grupper av personer; av alla felaktiga enligt utfall.",
        ),
    ),
)
