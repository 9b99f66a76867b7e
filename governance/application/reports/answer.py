"""The letter to whoever asked at the rights desk: what was asked, the answer, and what can be found here at all (B13).

It is made without searching: no face is compared to answer anybody. What is kept how long is printed from the table by
which things are erased.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from governance.application.reports.report import Cell, Phrase, Report, ReportKind, Section, Table, same
from governance.domain.legal_profile import LegalProfile
from governance.domain.legal_time import legal_day
from governance.domain.retention import RETENTION, DataClass
from governance.domain.rights_requests import RequestKind, RightsOutcome, RightsRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was opened for the letter: why it took longer, and the answer. `None` is not said, or kept no longer."""

    extension: str | None
    answer: str | None


KINDS: Final[Mapping[RequestKind, Phrase]] = MappingProxyType(
    {
        RequestKind.ACCESS: Phrase(en="access to what is held about you", sv="tillgång till uppgifter om dig"),
        RequestKind.COMPLAINT: Phrase(en="a complaint", sv="ett klagomål"),
        RequestKind.ERASURE: Phrase(en="erasure", sv="radering"),
        RequestKind.RECTIFICATION: Phrase(en="rectification", sv="rättelse"),
    }
)
OUTCOMES: Final[Mapping[RightsOutcome, Phrase]] = MappingProxyType(
    {
        RightsOutcome.GRANTED: Phrase(en="granted", sv="bifallen"),
        RightsOutcome.NOTHING_FOUND: Phrase(en="nothing was found", sv="inget har hittats"),
        RightsOutcome.PARTLY: Phrase(en="granted in part", sv="delvis bifallen"),
        RightsOutcome.REFUSED: Phrase(en="refused", sv="avslagen"),
        RightsOutcome.WITHDRAWN: Phrase(en="withdrawn by you", sv="återtagen av dig"),
    }
)
_GONE: Final = Phrase(en="what was said is no longer kept here", sv="det som sades bevaras inte längre här")
_NOT_YET: Final = Phrase(en="not yet", sv="inte ännu")
_NO_SEARCH: Final = Phrase(
    en="No face was compared to answer you, and none ever is: a photograph that you send is not used to search. So "
    "what the system holds can be found only by a number, such as that of a record of an intervention, or from the "
    "papers of a case; what has neither a name nor a number that you know cannot be found as yours.",
    sv="Inget ansikte har jämförts för att besvara dig, och det görs aldrig: ett fotografi som du skickar används inte "
    "för att söka. Det som systemet har kan därför hittas endast genom ett nummer, som numret på en uppgift om ett "
    "ingripande, eller genom handlingarna i ett ärende; det som varken har ett namn eller ett nummer som du känner "
    "till kan inte hittas som ditt.",
)
_HELD: Final[tuple[tuple[DataClass | None, Phrase, Phrase], ...]] = (
    (
        None,
        Phrase(en="Faces that passed and were no candidate", sv="Ansikten som passerade och inte blev någon kandidat"),
        Phrase(en="nothing is left to find", sv="inget finns kvar att hitta"),
    ),
    (
        DataClass.CANDIDATE,
        Phrase(en="Alerts: the report and the pictures", sv="Larm: rapporten och bilderna"),
        Phrase(en="under a number, without a name; then gone", sv="under ett nummer, utan namn; sedan borta"),
    ),
    (
        DataClass.REVIEW,
        Phrase(en="What the reviewers answered", sv="Vad granskarna svarade"),
        Phrase(en="under the alert's number, without a name", sv="under larmets nummer, utan namn"),
    ),
    (
        DataClass.REFERENCE,
        Phrase(en="Templates of persons whom a warrant names", sv="Mallar av personer som ett tillstånd namnger"),
        Phrase(en="by the warrant, while it stands", sv="genom tillståndet, så länge det gäller"),
    ),
    (
        DataClass.WARRANT,
        Phrase(en="What a warrant says of a person", sv="Vad ett tillstånd säger om en person"),
        Phrase(en="by the case", sv="genom ärendet"),
    ),
    (
        DataClass.INTERVENTION,
        Phrase(en="The record of a wrong intervention", sv="Uppgiften om ett felaktigt ingripande"),
        Phrase(
            en="by its number; it is opened for a complaint or a defence",
            sv="genom dess nummer; den öppnas för ett klagomål eller ett försvar",
        ),
    ),
)
_WARNS: Final = Phrase(
    en="Whether anybody is looked for under a warrant is not told where that would warn somebody. The supervisory "
    "authority can examine it on your behalf.",
    sv="Om någon eftersöks enligt ett tillstånd lämnas inte ut om det skulle varna någon. Tillsynsmyndigheten kan "
    "granska det för din räkning.",
)
_FURTHER: Final = Phrase(
    en="You may complain to the supervisory authority, and have the decision tried by a court. Say this request's "
    "number.",
    sv="Du kan klaga hos tillsynsmyndigheten och få beslutet prövat av domstol. Ange numret på denna begäran.",
)


def answer_letter(request: RightsRequest, said: Said, legal: LegalProfile, *, demo: bool, now: datetime) -> Report:
    """B13: return the letter. It names whoever asked nowhere: the envelope does."""
    return Report(
        kind=ReportKind.ANSWER,
        law="B10, B13",
        title=Phrase(en="Answer to your request", sv="Svar på din begäran"),
        made_at=now,
        public=False,
        demo=demo,
        sections=tuple(_sections(request, said, legal)),
    )


def _sections(request: RightsRequest, said: Said, legal: LegalProfile) -> Iterator[Section]:
    yield Section(title=Phrase(en="Your request", sv="Din begäran"), table=_times(request, legal))
    if request.extended_at is not None:
        yield Section(
            title=Phrase(en="Why it takes longer", sv="Varför det tar längre tid"), paragraphs=(_words(said.extension),)
        )
    if request.outcome is not None:
        yield Section(
            title=Phrase(en="Our answer", sv="Vårt svar"), paragraphs=(OUTCOMES[request.outcome], _words(said.answer))
        )
    if request.intervention is not None:
        yield Section(
            title=Phrase(en="The intervention", sv="Ingripandet"), paragraphs=(_record(request.intervention),)
        )
    yield Section(
        title=Phrase(
            en="What can be found in this system, and what cannot",
            sv="Vad som kan hittas i systemet, och vad som inte kan",
        ),
        paragraphs=(_NO_SEARCH, _WARNS),
        table=_held(),
    )
    yield Section(title=Phrase(en="If you do not agree", sv="Om du inte håller med"), paragraphs=(_FURTHER,))


def _words(said: str | None) -> Phrase:
    return _GONE if said is None else same(said)


def _record(number: str) -> Phrase:
    return Phrase(
        en=f"A sealed record of it is kept under the number {number}. It says what the system's part was, and holds no "
        "picture. The auditor of the supervisory authority opens it for your complaint or your defence.",
        sv=f"En förseglad uppgift om det bevaras under numret {number}. Den säger vilken del systemet hade och har "
        "ingen bild. Tillsynsmyndighetens granskare öppnar den för ditt klagomål eller ditt försvar.",
    )


def _times(request: RightsRequest, legal: LegalProfile) -> Table:
    closed: Cell = _NOT_YET if request.closed_at is None else f"{legal_day(request.closed_at, legal)}"
    rows: tuple[tuple[Cell, ...], ...] = (
        (Phrase(en="Number", sv="Nummer"), request.request_id),
        (Phrase(en="What you asked for", sv="Vad du begärde"), KINDS[request.kind]),
        (Phrase(en="Received", sv="Mottagen"), f"{request.received_on}"),
        (Phrase(en="Last day for the answer", sv="Sista dag för svar"), last_day(request, legal)),
        (Phrase(en="Answered", sv="Besvarad"), closed),
    )
    return Table(headings=(Phrase(en="Item", sv="Uppgift"), Phrase(en="Content", sv="Innehåll")), rows=rows)


def last_day(request: RightsRequest, legal: LegalProfile) -> str:
    """Return the legal day that is the last one of a request's time."""
    return f"{legal_day(request.due_at - timedelta(milliseconds=1), legal)}"


def _held() -> Table:
    return Table(
        headings=(
            Phrase(en="What", sv="Vad"),
            Phrase(en="At most", sv="Längst"),
            Phrase(en="How it is found", sv="Hur det hittas"),
        ),
        rows=tuple((what, _kept(data_class), found) for data_class, what, found in _HELD),
    )


def _kept(data_class: DataClass | None) -> Cell:
    if data_class is None:
        return Phrase(en="not kept", sv="bevaras inte")
    hours = RETENTION[data_class].length // timedelta(hours=1)
    if hours <= 48:
        return Phrase(en=f"{hours} hours", sv=f"{hours} timmar")
    return Phrase(en=f"{hours // 24} days", sv=f"{hours // 24} dagar")
