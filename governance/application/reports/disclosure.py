"""The file for the defence: all that is kept of one match, how it was reviewed, and what it cannot prove (E8)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from governance.application.log_trail import ChainLink, Link
from governance.application.reports.admitted import AdmittedModel, model_rows
from governance.application.reports.disclosure_words import (
    ABOUT,
    ENCLOSED,
    ERASED,
    FEATURES,
    LIMITS,
    LINKS,
    NO_RECEIPT,
    NOT_KEPT,
    OBSERVATIONS,
    SEARCH_ORDER,
    STANDINGS,
    SUPPORTS,
)
from governance.application.reports.report import Cell, Phrase, Report, ReportKind, Section, Table, Unsaid, same
from governance.domain.review import Feature, Observation, Support


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAnswer:
    """What one reviewer answered. `looked` are the entries of their views; the observations are `None` once erased."""

    reviewer: str
    ordinal: int
    at: datetime
    support: Support
    looked: tuple[int, ...]
    observations: tuple[tuple[Feature, Observation], ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchFacts:
    """What is kept of one match. `None` is what was erased, or is no longer kept."""

    alert_id: str
    captured_at: datetime
    site: str
    view: str
    joined: int
    concluded_at: datetime | None
    provenance: str | None
    score: float | None
    threshold: float | None
    model: AdmittedModel | None
    list_size: int | None
    lease_id: str
    lease_from: datetime | None
    lease_to: datetime | None
    comparisons: int | None
    from_recording: bool
    """Whether it was found in a recording that was searched afterwards (A12): then the search stands for the lease."""
    act_sha256: str | None
    answers: tuple[GivenAnswer, ...]
    chain: tuple[ChainLink, ...]


def disclosure_file(facts: MatchFacts, *, demo: bool, now: datetime) -> Report:
    """E8: return the file. It names no person, no colleague of anybody's, and nobody else of the warrant."""
    return Report(
        kind=ReportKind.DISCLOSURE,
        law="E8",
        title=Phrase(
            en="File for the defence: one match of a face", sv="Underlag till försvaret: en träff på ett ansikte"
        ),
        made_at=now,
        public=False,
        demo=demo,
        sections=(
            Section(title=Phrase(en="What this is", sv="Vad detta är"), paragraphs=ABOUT),
            _match(facts),
            _reviews(facts),
            *(_observed(answer) for answer in facts.answers),
            _chain(facts),
            Section(title=Phrase(en="Known limits", sv="Kända begränsningar"), paragraphs=LIMITS),
            Section(title=Phrase(en="Enclosed", sv="Bifogat"), paragraphs=ENCLOSED),
        ),
    )


def _match(facts: MatchFacts) -> Section:
    rows: tuple[tuple[Cell, ...], ...] = (
        (Phrase(en="Match", sv="Träff"), facts.alert_id),
        (Phrase(en="Seen (UTC)", sv="Sedd (UTC)"), _moment(facts.captured_at)),
        (
            Phrase(en="Found", sv="Funnen"),
            Phrase(en="in a recording, searched afterwards", sv="i en inspelning, genomsökt i efterhand")
            if facts.from_recording
            else Phrase(en="in real time", sv="i realtid"),
        ),
        (Phrase(en="Place", sv="Plats"), facts.site),
        (Phrase(en="Camera", sv="Kamera"), facts.view),
        (Phrase(en="Score", sv="Värde"), _number(facts.score)),
        (Phrase(en="Threshold", sv="Tröskel"), _number(facts.threshold)),
        *model_rows(facts.model),
        (Phrase(en="Persons on the list", sv="Personer på listan"), _kept(facts.list_size)),
        (
            Phrase(en="Comparisons under the same lease or search", sv="Jämförelser under samma lån eller sökning"),
            Unsaid(why=NO_RECEIPT) if facts.comparisons is None else facts.comparisons,
        ),
        (Phrase(en="Lease or search", sv="Lån eller sökning"), facts.lease_id),
        (Phrase(en="Lent from (UTC)", sv="Lånad från (UTC)"), _at(facts.lease_from)),
        (Phrase(en="Lent to (UTC)", sv="Lånad till (UTC)"), _at(facts.lease_to)),
        (Phrase(en="Source of the reference photograph", sv="Jämförelsefotografiets källa"), _text(facts.provenance)),
        (Phrase(en="Measured quality of the pictures", sv="Bildernas uppmätta kvalitet"), Unsaid(why=NOT_KEPT)),
        (Phrase(en="Further candidates that joined it", sv="Ytterligare kandidater som fördes hit"), facts.joined),
        (Phrase(en="The issuer's act, SHA-256", sv="Beslutet, SHA-256"), _text(facts.act_sha256)),
        (Phrase(en="Made a lead (UTC)", sv="Blev uppslag (UTC)"), _at(facts.concluded_at)),
    )
    return Section(title=Phrase(en="The match", sv="Träffen"), table=Table(headings=_TWO, rows=rows))


_TWO = (Phrase(en="Item", sv="Uppgift"), Phrase(en="Content", sv="Innehåll"))


def _reviews(facts: MatchFacts) -> Section:
    rows = tuple(
        (answer.ordinal, answer.reviewer, _moment(answer.at), SUPPORTS[answer.support], _entries(answer.looked))
        for answer in facts.answers
    )
    return Section(
        title=Phrase(en="Who reviewed it", sv="Vilka som granskade den"),
        paragraphs=(
            Phrase(
                en="Each reviewer answered alone, without the score, the offence, the person or the other's answer, "
                "on a "
                "scale of seven steps. Reviewers stand by opaque ids.",
                sv="Varje granskare svarade ensam, utan värdet, brottet, personen eller den andras svar, på en skala "
                "i sju "
                "steg. Granskare anges med ogenomskinliga id.",
            ),
        ),
        table=Table(
            headings=(
                Phrase(en="Order", sv="Ordning"),
                Phrase(en="Reviewer", sv="Granskare"),
                Phrase(en="Answered (UTC)", sv="Svarade (UTC)"),
                Phrase(en="Answer", sv="Svar"),
                Phrase(en="Looked: entries of the log", sv="Såg bilderna: poster i loggen"),
            ),
            rows=rows,
        ),
    )


def _observed(answer: GivenAnswer) -> Section:
    rows: tuple[tuple[Cell, ...], ...] = ((Unsaid(why=ERASED), ""),)
    if answer.observations is not None:
        rows = tuple((FEATURES[feature], OBSERVATIONS[seen]) for feature, seen in answer.observations)
    return Section(
        title=Phrase(en=f"What reviewer {answer.ordinal} observed", sv=f"Vad granskare {answer.ordinal} iakttog"),
        table=Table(
            headings=(Phrase(en="Component", sv="Del av ansiktet"), Phrase(en="Observed", sv="Iakttaget")), rows=rows
        ),
    )


def _chain(facts: MatchFacts) -> Section:
    return Section(
        title=Phrase(en="The chain in the log", sv="Kedjan i loggen"),
        paragraphs=(
            Phrase(
                en="Each link is told by entries of the signed log. What does not fit together is told in English.",
                sv="Varje led berättas av poster i den undertecknade loggen. Vad som inte går ihop sägs på engelska.",
            ),
        ),
        table=Table(
            headings=(
                Phrase(en="Link", sv="Led"),
                Phrase(en="What it shows", sv="Vad det visar"),
                Phrase(en="How it stands", sv="Läge"),
                Phrase(en="Entries", sv="Poster"),
                Phrase(en="What does not fit", sv="Vad som inte går ihop"),
            ),
            rows=tuple(_links(facts)),
        ),
    )


def _links(facts: MatchFacts) -> Iterator[tuple[Cell, ...]]:
    for link in facts.chain:
        is_order = facts.from_recording and link.link is Link.LEASE
        title, meaning = SEARCH_ORDER if is_order else LINKS[link.link]
        entries = _entries(tuple(line.index for line in link.lines))
        yield title, meaning, STANDINGS[link.standing], entries, " ".join(link.problems)


def _entries(indices: tuple[int, ...]) -> str:
    return ", ".join(str(index) for index in sorted(indices))


def _number(value: float | None) -> Cell:
    return Unsaid(why=ERASED) if value is None else str(value)


def _kept(count: int | None) -> Cell:
    return Unsaid(why=ERASED) if count is None else count


def _text(text: str | None) -> Cell:
    return Unsaid(why=ERASED) if text is None else same(text)


def _at(at: datetime | None) -> Cell:
    return Unsaid(why=ERASED) if at is None else _moment(at)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"
