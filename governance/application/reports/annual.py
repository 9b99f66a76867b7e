"""The annual report: every decision and result of a legal year, refusals included, counted from the log (A11, A12)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from governance.application.log_reading import LogLine
from governance.application.reports.report import Cell, Phrase, Report, ReportKind, Section, Table, same
from governance.application.reports.swedish import SWEDISH
from governance.domain.events import SENTENCES, Event
from governance.domain.legal_profile import LegalProfile
from governance.domain.legal_time import day_begins
from governance.domain.post_remote import AFTERWARDS
from governance.domain.small_counts import withhold

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NO_RULE: Final = "–"
_SECTIONS: Final = (
    (Phrase(en="Applications and warrants", sv="Ansökningar och tillstånd"), ("warrant", "paper")),
    (
        Phrase(en="Use in real time", sv="Användning i realtid"),
        ("deployment", "watchlist", "lease", "notification", "budget", "slot", "operation"),
    ),
    (Phrase(en="Searches of recordings afterwards", sv="Sökningar i inspelningar i efterhand"), ("search",)),
    (Phrase(en="Results", sv="Resultat"), ("candidate", "lead", "hand-off", "intervention", "disclosure")),
    (Phrase(en="Photographs", sv="Fotografier"), ("reference",)),
    (Phrase(en="Erasure", sv="Radering"), ("erasure", "hold", "records")),
    (Phrase(en="Reading and refusals", sv="Läsning och avslag"), ("object", "log", "request", "session")),
)
_NOT_COUNTED: Final = frozenset({Event.LOG_BEAT, Event.RECORDS_CHANGE})
"""Signs of life, and the continuation of an entry: nobody decided anything."""
_EITHER: Final = tuple(
    event for event in Event if event is Event.LEAD_CONFIRM or event.value.partition(".")[0] in {"candidate", "warrant"}
)
"""Decisions and results that there are for real-time use and for searches afterwards."""
_APART: Final = (
    Phrase(en="Event", sv="Händelse"),
    Phrase(en="What happened", sv="Vad som hände"),
    Phrase(en="Real time", sv="I realtid"),
    Phrase(en="Afterwards", sv="I efterhand"),
)
_HEADINGS: Final = (
    Phrase(en="Event", sv="Händelse"),
    Phrase(en="What happened", sv="Vad som hände"),
    Phrase(en="Requirement", sv="Krav"),
    Phrase(en="Entries", sv="Poster"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The entries of a year: how many of each event, and by which rule where the entry names one."""

    year: int
    counts: Mapping[tuple[Event, str], int]
    unknown: int
    """Entries of kinds that this program does not know: an older or newer log. They are said, never dropped."""
    later: Mapping[Event, int]
    """How many of each event say in clear that they are about a search afterwards (A11)."""


def tally(lines: Iterable[LogLine], year: int, legal: LegalProfile) -> Tally:
    """A11: count the entries of one legal year, of the legal profile's zone."""
    begin, end = day_begins(date(year, 1, 1), legal), day_begins(date(year + 1, 1, 1), legal)
    counts: Counter[tuple[Event, str]] = Counter()
    later: Counter[Event] = Counter()
    unknown = 0
    known = {event.value: event for event in Event}
    for line in lines:
        if not begin <= _EPOCH + timedelta(milliseconds=line.leaf.time_ms) < end:
            continue
        event = known.get(line.leaf.event)
        if event is None:
            unknown += 1
        elif event not in _NOT_COUNTED:
            counts[event, str(line.leaf.body.get("rule") or _NO_RULE)] += 1
            later[event] += line.leaf.body.get("method") == AFTERWARDS
    return Tally(year=year, counts=dict(counts), unknown=unknown, later=dict(later))


def annual_report(counted: Tally, legal: LegalProfile, *, public: bool, demo: bool, now: datetime) -> Report:
    """A11, A12: return the report of a year. What is public withholds small counts (C7)."""
    nouns = {noun for _, section in _SECTIONS for noun in section}
    others = tuple(sorted({_noun(event) for event in Event} - nouns))
    sections = (*_SECTIONS, (Phrase(en="Everything else", sv="Övrigt"), others))
    return Report(
        kind=ReportKind.ANNUAL,
        law="A11, A12",
        title=Phrase(
            en=f"Annual report {counted.year}: real-time and later remote biometric identification",
            sv=f"Årsrapport {counted.year}: biometrisk fjärridentifiering i realtid och i efterhand",
        ),
        made_at=now,
        public=public,
        demo=demo,
        sections=(
            _about(counted, legal, public=public),
            Section(
                title=Phrase(en="Real time and afterwards, apart", sv="Realtid och efterhand, var för sig"),
                table=Table(headings=_APART, rows=tuple(_apart(counted, legal, public=public))),
            ),
            *(
                Section(title=title, table=Table(headings=_HEADINGS, rows=tuple(_rows(counted, of, legal, public))))
                for title, of in sections
            ),
        ),
    )


def _about(counted: Tally, legal: LegalProfile, *, public: bool) -> Section:
    paragraphs = [
        Phrase(
            en=f"Counted are the entries of the transparency log from 1 January to 31 December {counted.year}, legal "
            f"days in {legal.zone}. One entry is one event; an event that was refused is an entry too. Each count can "
            "be checked against the log by anybody who may read it.",
            sv=f"Räknade är posterna i transparensloggen från 1 januari till 31 december {counted.year}, dygn enligt "
            f"{legal.zone}. En post är en händelse; även det som avslogs är en post. Varje tal kan kontrolleras mot "
            "loggen av den som får läsa den.",
        ),
        Phrase(
            en=f"Legal profile {legal.name} {legal.version}, SHA-256 {legal.sha256}.",
            sv=f"Rättslig profil {legal.name} {legal.version}, SHA-256 {legal.sha256}.",
        ),
        Phrase(
            en="Real-time use and searches of recordings afterwards are counted apart: deployments and leases are "
            "real-time use alone, searches are afterwards alone, and decisions and results of both are told apart by "
            "what their entries say in clear. What is refused before there is a case counts as neither.",
            sv="Användning i realtid och sökning i inspelningar i efterhand räknas var för sig: insatser och lån är "
            "enbart realtid, sökningar enbart efterhand, och beslut och resultat av båda skiljs åt genom vad posterna "
            "anger i klartext. Det som avslås innan det finns ett ärende räknas till ingendera.",
        ),
        Phrase(
            en="What it cannot say: the log keeps in clear what happened and by which rule, not which case; one case "
            "may stand behind several entries.",
            sv="Vad den inte kan säga: loggen har i klartext vad som hände och enligt vilken regel, inte vilket "
            "ärende; ett ärende kan ge flera poster.",
        ),
    ]
    if counted.unknown:
        paragraphs.append(
            Phrase(
                en=f"{counted.unknown} entries are of kinds unknown to this program; they are not counted below.",
                sv=f"{counted.unknown} poster är av slag som detta program inte känner; de räknas inte nedan.",
            )
        )
    if public:
        paragraphs.append(
            Phrase(
                en=f"Counts from 1 to {legal.smallest_public_count - 1} are withheld, and others where one could be "
                "worked out from a sum.",
                sv=f"Tal från 1 till {legal.smallest_public_count - 1} redovisas inte, och inte heller tal som skulle "
                "röja dem genom en summa.",
            )
        )
    return Section(title=Phrase(en="What is counted", sv="Vad som räknas"), paragraphs=tuple(paragraphs))


def _rows(counted: Tally, nouns: tuple[str, ...], legal: LegalProfile, public: bool) -> Iterator[tuple[Cell, ...]]:  # noqa: FBT001 (one of four columns of facts)
    for event in (event for event in Event if _noun(event) in nouns and event not in _NOT_COUNTED):
        rules = sorted(rule for of, rule in counted.counts if of is event)
        row = _published(counted, event, legal, public=public)
        sentence = Phrase(en=SENTENCES[event], sv=SWEDISH[event])
        yield event.value, sentence, "", row.total
        if rules not in ([], [_NO_RULE]):
            yield from ((same(""), same(""), rule, part) for rule, part in zip(rules, row.by_rule, strict=True))


def _apart(counted: Tally, legal: LegalProfile, *, public: bool) -> Iterator[tuple[Cell, ...]]:
    """A11: yield each decision and result with its two counts."""
    for event in _EITHER:
        sentence = Phrase(en=SENTENCES[event], sv=SWEDISH[event])
        live, later = _published(counted, event, legal, public=public).apart
        yield event.value, sentence, live, later


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One event's sum, and the two ways in which it falls apart; `None` is withheld."""

    total: int | None
    by_rule: tuple[int | None, ...]
    apart: tuple[int | None, ...]


def _published(counted: Tally, event: Event, legal: LegalProfile, *, public: bool) -> _Row:
    """C7: one sum stands above two lists of parts. Where either list needs it withheld, so do both."""
    rules = sorted(rule for of, rule in counted.counts if of is event)
    parts = [counted.counts[event, rule] for rule in rules]
    afterwards = counted.later.get(event, 0)
    methods = [sum(parts) - afterwards, afterwards]
    if not public:
        return _Row(total=sum(parts), by_rule=tuple(parts), apart=tuple(methods))
    smallest = legal.smallest_public_count
    shown, apart = withhold(parts, smallest=smallest), withhold(methods, smallest=smallest)
    if shown.total is None or apart.total is None:
        return _Row(total=None, by_rule=_only_noughts(parts), apart=_only_noughts(methods))
    return _Row(total=shown.total, by_rule=shown.parts, apart=apart.parts)


def _only_noughts(parts: Sequence[int]) -> tuple[int | None, ...]:
    """Withhold every part that is somebody."""
    return tuple(None if part else 0 for part in parts)


def _noun(event: Event) -> str:
    return event.value.partition(".")[0]
