"""The words of the public page, in both languages, and its tables: generated from what the program itself goes by."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final

from contracts.canonical import sha256_hex
from governance.application.public_records import PublicRecords
from governance.application.reports.report import Cell, Phrase, Section, Table
from governance.domain.legal_profile import LegalProfile
from governance.domain.legal_time import legal_day, local_time
from governance.domain.public_answers import PublicAnswer
from governance.domain.publications import Publication, PublicationKind
from governance.domain.retention import RETENTION, DataClass

TITLE: Final = Phrase(en="What everybody may know", sv="Vad alla får veta")
LEAD: Final = Phrase(
    en="This system compares faces at a few cameras with a few persons whom a warrant names, and with nobody else. "
    "Here stands what may be told to everybody without warning anybody. It is taken once a day, and keeps nothing of "
    "you: no log-in, no cookie, no address.",
    sv="Systemet jämför ansikten vid några få kameror med några få personer som ett tillstånd namnger, och med ingen "
    "annan. Här står det som kan berättas för alla utan att varna någon. Det tas fram en gång om dygnet och sparar "
    "inget om dig: ingen inloggning, ingen kaka, ingen adress.",
)
OTHER_LANGUAGE: Final = Phrase(en="På svenska", sv="In English")
ASK: Final = Phrase(en="Was this camera matching then?", sv="Jämförde den här kameran ansikten då?")
ASK_LEAD: Final = Phrase(
    en="Answered from deployments alone that ended, and only some days later. Until then the answer is the same "
    "whether there was one or not. It is about comparing in real time: whether a recording was searched afterwards is "
    "told of no camera; the year's report counts such searches.",
    sv="Svaret ges endast ur avslutade insatser, och först några dagar senare. Till dess är svaret detsamma vare sig "
    "det fanns någon eller inte. Det gäller jämförelse i realtid: om en inspelning genomsökts i efterhand sägs inte "
    "för någon kamera; årsrapporten räknar sådana sökningar.",
)
CAMERA: Final = Phrase(en="Camera", sv="Kamera")
DAY: Final = Phrase(en="Day", sv="Dag")
ANSWER: Final = Phrase(en="Answer", sv="Svar")
ASK_BUTTON: Final = Phrase(en="Ask", sv="Fråga")
BACK: Final = Phrase(en="Back", sv="Tillbaka")
RECORD: Final = Phrase(en="Read the record", sv="Läs redovisningen")
LOG: Final = Phrase(
    en="The log's checkpoint of the day: keep it, and nobody can change the log behind your back.",
    sv="Loggens dagliga kontrollpunkt: spara den, så kan ingen ändra loggen bakom ryggen på dig.",
)
REGISTER: Final = Phrase(
    en="The register of cameras: where they look, between which hours, on what grounds, with which sign; also as CSV "
    "and JSON",
    sv="Kameraregistret: vad de ser, mellan vilka tider, på vilka grunder och med vilken skylt; även som CSV och JSON",
)
NO_ADDRESS: Final = Phrase(
    en="Requests for access, rectification or erasure, and complaints, go to the authority's data-protection officer "
    "on paper or by mail: this page takes nothing from anybody.",
    sv="Begäran om tillgång, rättelse eller radering, och klagomål, skickas till myndighetens dataskyddsombud på "
    "papper eller med post: den här sidan tar inte emot något från någon.",
)
RECORDS: Final = Phrase(en="Published records", sv="Offentliggjorda redovisningar")
NOTHING_PUBLISHED: Final = Phrase(en="Nothing was published yet.", sv="Inget har offentliggjorts ännu.")

ANSWERS: Final[Mapping[PublicAnswer, Phrase]] = MappingProxyType(
    {
        PublicAnswer.MATCHED: Phrase(
            en="Yes. On this day a warrant was lent to this camera, so that faces could be compared there.",
            sv="Ja. Den dagen var ett tillstånd utlånat till kameran, så att ansikten kunde jämföras där.",
        ),
        PublicAnswer.NOT_MATCHED: Phrase(
            en="No. On this day no warrant was lent to this camera, so that no face was compared there in real time.",
            sv="Nej. Den dagen var inget tillstånd utlånat till kameran, så att inget ansikte jämfördes där i realtid.",
        ),
        PublicAnswer.NOTHING_YET: Phrase(
            en="There is nothing that can be told of this place and time yet.",
            sv="Det finns ännu inget som kan berättas om den platsen och tiden.",
        ),
        PublicAnswer.NO_LONGER_KEPT: Phrase(
            en="What was published of this day is no longer kept.",
            sv="Det som offentliggjordes om den dagen bevaras inte längre.",
        ),
    }
)
_CLASSES: Final[Mapping[DataClass, Phrase]] = MappingProxyType(
    {
        DataClass.ACCOUNT: Phrase(en="staff's accounts", sv="personalens konton"),
        DataClass.CANDIDATE: Phrase(en="alerts with their pictures", sv="larm med bilder"),
        DataClass.COUNT: Phrase(en="counts of faces, of nobody", sv="antal ansikten, av ingen"),
        DataClass.HOLD: Phrase(en="holds on erasure", sv="stopp för radering"),
        DataClass.INTERVENTION: Phrase(en="records of wrong interventions", sv="uppgifter om felaktiga ingripanden"),
        DataClass.LEASE: Phrase(en="that a camera was lent a warrant", sv="att en kamera lånade ett tillstånd"),
        DataClass.LOG: Phrase(
            en="the log: which steps there were, of nobody", sv="loggen: vilka steg som togs, av ingen"
        ),
        DataClass.LOG_CONTEXT: Phrase(en="which case an entry is about", sv="vilket ärende en post gäller"),
        DataClass.LOG_OPERATOR: Phrase(en="who of the staff acted", sv="vem i personalen som handlade"),
        DataClass.LOG_SUBJECT: Phrase(en="whom an entry is about", sv="vem en post gäller"),
        DataClass.REFERENCE: Phrase(en="templates of whom a warrant names", sv="mallar av den ett tillstånd namnger"),
        DataClass.REGISTER: Phrase(
            en="registers: cameras, incidents, what was published", sv="register: kameror, incidenter, offentliggjort"
        ),
        DataClass.REVIEW: Phrase(en="what reviewers answered", sv="vad granskare svarade"),
        DataClass.RIGHTS: Phrase(en="that somebody asked or complained", sv="att någon begärt något eller klagat"),
        DataClass.SESSION: Phrase(en="staff's log-ins", sv="personalens inloggningar"),
        DataClass.VOLUNTEER: Phrase(
            en="volunteers who consented to be looked for", sv="frivilliga som samtyckt till att eftersökas"
        ),
        DataClass.WARRANT: Phrase(en="applications and warrants", sv="ansökningar och tillstånd"),
    }
)
_UNNAMED: Final = Phrase(en="not named by the installation", sv="anges inte av installationen")
_USED_FROM: Final = Phrase(en="Used from (UTC)", sv="Används från (UTC)")


def sections(records: PublicRecords) -> tuple[Section, ...]:
    """C6, B9, C12: return what the page says in tables, below the question and the links."""
    return (_models(records), _admissions(records), _assessments(records), retention())


def record_title(publication: Publication, legal: LegalProfile) -> Phrase:
    """Return a published record's name in a list: what it is of, and when it was published."""
    day = legal_day(publication.created_at, legal)
    if publication.kind is PublicationKind.ANNUAL:
        return Phrase(
            en=f"Annual report {publication.about}, published {day}",
            sv=f"Årsrapport {publication.about}, offentliggjord {day}",
        )
    days = _between(publication)
    return Phrase(en=f"Deployment, {days.en}; published {day}", sv=f"Insats, {days.sv}; offentliggjord {day}")


def retention() -> Section:
    """C12: return the very table by which things are erased."""
    return Section(
        title=Phrase(en="How long everything is kept (C12)", sv="Hur länge allt bevaras (C12)"),
        paragraphs=(
            Phrase(
                en="This is the table by which the program erases, and not a description of it. What is not in it is "
                "not kept: faces that are no candidate leave nothing but a count.",
                sv="Det här är tabellen som programmet raderar efter, inte en beskrivning av den. Det som inte står "
                "här bevaras inte: ansikten som inte blir någon kandidat lämnar inget efter sig utom ett antal.",
            ),
        ),
        table=Table(
            headings=(
                Phrase(en="Class", sv="Slag"),
                Phrase(en="What it is", sv="Vad det är"),
                Phrase(en="At most", sv="Längst"),
                Phrase(en="Destroyed under", sv="Gallras enligt"),
            ),
            rows=tuple(
                (one.value, _CLASSES.get(one, ""), length_in_words(rule.length), _provision(rule.provision))
                for one, rule in sorted(RETENTION.items())
            ),
        ),
    )


def _provision(provision: str) -> Phrase:
    """Return a destruction provision; the one half that is not a statute's name is the authority's own decision."""
    return Phrase(
        en=provision, sv=provision.replace("the authority's destruction decision", "myndighetens gallringsbeslut")
    )


def length_in_words(length: timedelta) -> Phrase:
    """Return a time that something is kept for."""
    hours = length // timedelta(hours=1)
    if hours < 48:
        return Phrase(en=f"{hours} hours", sv=f"{hours} timmar")
    return Phrase(en=f"{hours // 24} days", sv=f"{hours // 24} dagar")


def _models(records: PublicRecords) -> Section:
    notice = length_in_words(records.legal.model_notice)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            _moment(one.created_at),
            _moment(one.usable_from),
            one.profile_sha256,
            _UNNAMED if one.threshold is None else f"{one.threshold:g}",
        )
        for one in sorted(records.models, key=lambda one: -one.number)
    )
    return Section(
        title=Phrase(en="The model and its threshold (C6)", sv="Modellen och dess tröskel (C6)"),
        paragraphs=(
            Phrase(
                en="Detector, landmarks, alignment, embedder, score and threshold are one profile with one hash, which "
                f"each warrant names. A change stands here {notice.en} before a warrant can use it; newest first.",
                sv="Detektor, landmärken, justering, inbäddning, värde och tröskel är en profil med ett hashvärde, som "
                f"varje tillstånd anger. En ändring står här {notice.sv} innan ett tillstånd kan använda den; den "
                "senaste först.",
            ),
        ),
        table=Table(
            headings=(
                Phrase(en="Announced (UTC)", sv="Tillkännagiven (UTC)"),
                _USED_FROM,
                Phrase(en="Profile (SHA-256)", sv="Profil (SHA-256)"),
                Phrase(en="Threshold", sv="Tröskel"),
            ),
            rows=rows,
        ),
    )


def _admissions(records: PublicRecords) -> Section:
    newest = sorted(records.admissions, key=lambda one: (one.measured_on, one.document), reverse=True)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            one.profile_sha256,
            f"{one.profile_class}: {one.verdict}",
            one.measured_on,
            str(one.tested_list),
            f"{one.threshold:g}",
            one.ends_at.date().isoformat(),
            one.document,
        )
        for one in newest
    )
    return Section(
        title=Phrase(en="What admits a model (P4)", sv="Vad som godkänner en modell (P4)"),
        paragraphs=(
            Phrase(
                en="A profile is used only inside what a signed evaluation of exactly this profile admits: signed by "
                "who measured, and by the officer of the authority who answers for it. A demonstration's profile needs "
                "none, and is refused wherever anything else is required.",
                sv="En profil används bara inom det som en undertecknad utvärdering av just denna profil medger: "
                "undertecknad av den som mätte, och av den tjänsteman vid myndigheten som svarar för den. En "
                "demonstrations profil behöver ingen, och avvisas överallt där något annat krävs.",
            ),
        ),
        table=Table(
            headings=(
                Phrase(en="Profile (SHA-256)", sv="Profil (SHA-256)"),
                Phrase(en="Class and verdict", sv="Klass och utslag"),
                Phrase(en="Measured on", sv="Uppmätt"),
                Phrase(en="Persons in the test", sv="Personer i provet"),
                Phrase(en="Tested threshold", sv="Prövad tröskel"),
                Phrase(en="Until", sv="Till"),
                Phrase(en="Admission (SHA-256)", sv="Godkännande (SHA-256)"),
            ),
            rows=rows,
        ),
    )


def _assessments(records: PublicRecords) -> Section:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (_between(one), one.registration_number, one.assessment_sha256, sha256_hex(one.report))
        for one in reversed(records.deployments)
    )
    return Section(
        title=Phrase(en="Impact assessments (B9)", sv="Konsekvensbedömningar (B9)"),
        paragraphs=(
            Phrase(
                en="Of each deployment that was published: its number in the EU register, the SHA-256 of its impact "
                "assessment, and that of its record. Ask the authority for the text and compare. The assessments of "
                "the cameras stand in their register.",
                sv="För varje insats som offentliggjorts: dess nummer i EU-registret, SHA-256 för dess "
                "konsekvensbedömning och för dess redovisning. Begär texten av myndigheten och jämför. Kamerornas "
                "bedömningar står i kameraregistret.",
            ),
            *(() if rows else (NOTHING_PUBLISHED,)),
        ),
        table=Table(
            headings=(
                Phrase(en="Deployment", sv="Insats"),
                Phrase(en="Registered", sv="Registrerad"),
                Phrase(en="Assessment (SHA-256)", sv="Bedömning (SHA-256)"),
                Phrase(en="Record (SHA-256)", sv="Redovisning (SHA-256)"),
            ),
            rows=rows,
        )
        if rows
        else None,
    )


def taken(records: PublicRecords) -> Phrase:
    """Return when the page's content was taken, as the clocks of the legal profile's zone show it."""
    at = f"{local_time(records.taken_at, records.legal):%Y-%m-%d %H:%M}"
    return Phrase(en=f"As of {at}.", sv=f"Läget {at}.")


def asked(camera_id: str, day: date) -> Phrase:
    """Return the question that was asked."""
    return Phrase(en=f"Camera {camera_id}, {day}", sv=f"Kamera {camera_id}, {day}")


def _between(publication: Publication) -> Phrase:
    days = sorted({day for days in publication.days_by_camera.values() for day in days})
    if not days:
        return Phrase(en="no camera compared", sv="ingen kamera jämförde")
    first, last = days[0], days[-1]
    return Phrase(en=first, sv=first) if first == last else Phrase(en=f"{first} to {last}", sv=f"{first} till {last}")


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
