"""A deployment's record: place, hours, reason, list, faces, alerts; each number with its denominator in words (C7)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from governance.application.reports.admitted import AdmittedModel, model_section
from governance.application.reports.deployment_words import (
    ABOUT,
    DEFINITIONS,
    FACES_UNSAID,
    GONE,
    NO_GROUPS,
    NOT_COMPARED,
    OF_UNSAID,
    OFFENCE_ERASED,
    OUTCOMES,
    SITES_GONE,
    STANDING,
    Number,
)
from governance.application.reports.report import Cell, Phrase, Report, ReportKind, Section, Table, Unsaid, same
from governance.domain.deployment_record import AlertEnd, Faces
from governance.domain.hand_offs import Found
from governance.domain.legal_profile import LegalProfile
from governance.domain.small_counts import withhold, withhold_single


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSize:
    """How many were on a site's list while it stood, and how many a rule kept off it on that day."""

    site: str
    begins: datetime
    ends: datetime
    listed: int
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentFacts:
    """All that the record is made of. `None` is what is not known, or no longer kept."""

    state: str
    hours: tuple[tuple[datetime, datetime | None], ...]
    lent: timedelta | None
    places: tuple[tuple[str, tuple[str, ...]], ...]
    """Each site's title with what its cameras see."""
    objective: Phrase | None
    offence: str | None
    type: Phrase | None
    model: AdmittedModel
    lists: tuple[ListSize, ...] | None
    faces: Faces | None
    comparisons: int | None
    leases: int | None
    leases_without_receipt: int | None
    ends: Mapping[AlertEnd, int] | None
    outcomes: Mapping[Found | None, int] | None
    joined: int | None


_Told = int | None | Unsaid
_DISMISSED: Final = (
    AlertEnd.DISMISSED_BY_REVIEWERS,
    AlertEnd.DISMISSED_BY_TIME,
    AlertEnd.DISMISSED_WITH_THE_WARRANT,
)
_SHOWN: Final = (AlertEnd.CONFIRMED_LEAD, *_DISMISSED, AlertEnd.OPEN)
"""The ends of what was an alert: what the centre withheld never was one."""


def deployment_record(
    facts: DeploymentFacts, legal: LegalProfile, *, public: bool, demo: bool, now: datetime
) -> Report:
    """C7: return the record of one deployment. What is public withholds small counts, and what would tell them."""
    return Report(
        kind=ReportKind.DEPLOYMENT,
        law="C7",
        title=Phrase(
            en="Record of a deployment: where, when, why, and what came of it",
            sv="Redovisning av en insats: var, när, varför och vad som blev av den",
        ),
        made_at=now,
        public=public,
        demo=demo,
        sections=(
            Section(title=Phrase(en="What this is", sv="Vad detta är"), paragraphs=ABOUT),
            _reason(facts),
            _places(facts),
            _hours(facts),
            _lists(facts, legal, public=public),
            model_section(facts.model),
            _numbers(facts, legal, public=public),
        ),
    )


def _reason(facts: DeploymentFacts) -> Section:
    rows: tuple[tuple[Cell, ...], ...] = (
        (Phrase(en="Objective", sv="Syfte"), facts.objective or Unsaid(why=GONE)),
        (Phrase(en="Kind of offence", sv="Slag av brott"), facts.offence or Unsaid(why=OFFENCE_ERASED)),
        (Phrase(en="Type of warrant", sv="Slag av tillstånd"), facts.type or Unsaid(why=GONE)),
        (Phrase(en="State", sv="Läge"), STANDING.get(facts.state, same(facts.state))),
    )
    return _table(Phrase(en="Reason", sv="Skäl"), (same(""), Phrase(en="What it says", sv="Vad som gäller")), rows)


def _places(facts: DeploymentFacts) -> Section:
    rows: tuple[tuple[Cell, ...], ...] = tuple((title, "; ".join(views)) for title, views in facts.places)
    headings = (Phrase(en="Place", sv="Plats"), Phrase(en="Cameras", sv="Kameror"))
    return _table(Phrase(en="Place", sv="Plats"), headings, rows or ((Unsaid(why=SITES_GONE), ""),))


def _hours(facts: DeploymentFacts) -> Section:
    still = Phrase(en="still in use", sv="pågår")
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (_moment(begun), still if ended is None else _moment(ended)) for begun, ended in facts.hours
    )
    headings = (Phrase(en="In use from (UTC)", sv="I bruk från (UTC)"), Phrase(en="To (UTC)", sv="Till (UTC)"))
    return Section(
        title=Phrase(en="Hours", sv="Tider"),
        paragraphs=(_lent(facts.lent),),
        table=Table(headings=headings, rows=rows or ((Unsaid(why=GONE), ""),)),
    )


def _lent(lent: timedelta | None) -> Phrase:
    if lent is None:
        return Phrase(
            en=f"For how long cameras could compare cannot be said: {GONE.en}.",
            sv=f"Hur länge kameror kunde jämföra kan inte sägas: {GONE.sv}.",
        )
    minutes = lent // timedelta(minutes=1)
    return Phrase(
        en=f"Within these times the warrant was lent to cameras for {minutes} camera minutes in all: two cameras for "
        "one "
        "minute are two.",
        sv=f"Inom dessa tider var tillståndet utlånat till kameror i sammanlagt {minutes} kameraminuter: två kameror i "
        "en minut är två.",
    )


def _lists(facts: DeploymentFacts, legal: LegalProfile, *, public: bool) -> Section:
    def told(count: int) -> int | None:
        return withhold_single(count, smallest=legal.smallest_public_count) if public else count

    rows: tuple[tuple[Cell, ...], ...] = ((Unsaid(why=GONE), "", "", "", ""),)
    if facts.lists is not None:
        rows = tuple(
            (one.site, _moment(one.begins), _moment(one.ends), told(one.listed), told(one.left_out))
            for one in facts.lists
        )
    return Section(
        title=Phrase(en="List size over time", sv="Listans storlek över tid"),
        paragraphs=(
            Phrase(
                en="The list is built anew at least once a day. Its size is the number of persons' photographs that "
                "each face is compared with. Left out are those whom a rule kept off it on that day.",
                sv="Listan byggs på nytt minst en gång om dygnet. Storleken är antalet personers fotografier som varje "
                "ansikte jämförs med. Utelämnade är de som en regel höll borta den dagen.",
            ),
        ),
        table=Table(
            headings=(
                Phrase(en="Place", sv="Plats"),
                Phrase(en="From (UTC)", sv="Från (UTC)"),
                Phrase(en="To (UTC)", sv="Till (UTC)"),
                Phrase(en="Size", sv="Storlek"),
                Phrase(en="Left out", sv="Utelämnade"),
            ),
            rows=rows,
        ),
    )


def _numbers(facts: DeploymentFacts, legal: LegalProfile, *, public: bool) -> Section:
    told = _told(facts, legal, public=public)
    return _table(
        Phrase(en="Numbers, each with what it is a part of", sv="Tal, vart och ett med vad det är en del av"),
        (
            Phrase(en="Number", sv="Tal"),
            Phrase(en="Count", sv="Antal"),
            Phrase(en="Of", sv="Av"),
            Phrase(en="Share", sv="Andel"),
            Phrase(en="What is counted, and of what", sv="Vad som räknas, och av vad"),
        ),
        tuple(_rows(facts, told)),
    )


def _rows(facts: DeploymentFacts, told: Mapping[str, _Told]) -> Iterator[tuple[Cell, ...]]:
    for number in DEFINITIONS:
        yield _row(number, told)
        if number.name == "tracks-not-compared" and facts.faces is not None:
            for reason in sorted(facts.faces.not_compared):
                one = Number(
                    name=f"reason:{reason}",
                    of="tracks",
                    title=NOT_COMPARED.get(reason, same(reason)),
                    definition=Phrase(
                        en="A part of those not compared, by reason; of the faces followed.",
                        sv="En del av dem som inte jämfördes, efter skäl; av de följda ansiktena.",
                    ),
                )
                yield _row(one, told)


def _row(number: Number, told: Mapping[str, _Told]) -> tuple[Cell, ...]:
    count = told[number.name]
    of: Cell = "" if number.of is None else told[number.of]
    if isinstance(of, Unsaid):
        of = Unsaid(why=OF_UNSAID)
    return number.title, count, of, _share(count, of), number.definition


def _share(count: Cell, of: Cell) -> Cell:
    if not isinstance(count, int) or not isinstance(of, int) or not of:
        return ""
    said = f"{100 * count / of:.4f} %"
    return Phrase(en=said, sv=said.replace(".", ","))


def _told(facts: DeploymentFacts, legal: LegalProfile, *, public: bool) -> dict[str, _Told]:
    """Return every number as it may be told.

    A sum of parts is told only where each of its parts is, or as the total of its own partition: so no two numbers that
    are told differ by one that is withheld.
    """
    smallest = legal.smallest_public_count if public else 0
    gone: _Told = Unsaid(why=GONE)
    return {
        "leases": gone if facts.leases is None else facts.leases,
        "leases-without-receipt": _single(facts.leases_without_receipt, smallest),
        "comparisons": _single(facts.comparisons, smallest),
        **_faces(facts.faces, smallest),
        **_alerts(facts.ends, smallest),
        "joined": _single(facts.joined, smallest),
        **_outcomes(facts, smallest),
        "false-by-group": Unsaid(why=NO_GROUPS),
    }


def _single(count: int | None, smallest: int) -> _Told:
    return Unsaid(why=GONE) if count is None else withhold_single(count, smallest=smallest)


def _faces(faces: Faces | None, smallest: int) -> dict[str, _Told]:
    if faces is None:
        names = ("tracks", "tracks-compared", "tracks-not-compared", "tracks-open")
        return dict.fromkeys(names, Unsaid(why=FACES_UNSAID))
    reasons = sorted(faces.not_compared)
    parts = [faces.probed, faces.open, *(faces.not_compared[reason] for reason in reasons)]
    published = withhold(parts, smallest=smallest)
    compared, still, *by_reason = published.parts
    return {
        "tracks": published.total,
        "tracks-compared": compared,
        "tracks-not-compared": _sum(by_reason),
        "tracks-open": still,
        **{f"reason:{reason}": count for reason, count in zip(reasons, by_reason, strict=True)},
    }


def _alerts(ends: Mapping[AlertEnd, int] | None, smallest: int) -> dict[str, _Told]:
    names = ["alerts", "reviewed", "dismissed", *(end.value for end in AlertEnd)]
    if ends is None:
        return dict.fromkeys(names, Unsaid(why=GONE))
    published = withhold([ends[end] for end in _SHOWN], smallest=smallest)
    shown = dict(zip(_SHOWN, published.parts, strict=True))
    return {
        "alerts": published.total,
        "reviewed": _sum([shown[AlertEnd.CONFIRMED_LEAD], shown[AlertEnd.DISMISSED_BY_REVIEWERS]]),
        "dismissed": _sum([shown[end] for end in _DISMISSED]),
        **{end.value: count for end, count in shown.items()},
        AlertEnd.WITHHELD.value: withhold_single(ends[AlertEnd.WITHHELD], smallest=smallest),
    }


def _outcomes(facts: DeploymentFacts, smallest: int) -> dict[str, _Told]:
    """Return what came of the leads. They are parts of the leads, so none is told where the leads are not."""
    if facts.ends is None or facts.outcomes is None:
        return dict.fromkeys(OUTCOMES.values(), Unsaid(why=GONE))
    leads = _alerts(facts.ends, smallest)[AlertEnd.CONFIRMED_LEAD.value]
    published = withhold([facts.outcomes[one] for one in OUTCOMES], smallest=smallest)
    parts = published.parts if leads is not None and leads == published.total else [None] * len(OUTCOMES)
    return dict(zip(OUTCOMES.values(), parts, strict=True))


def _sum(parts: Sequence[int | None]) -> int | None:
    """Return the sum of what is told; nothing where a part of it is withheld, as the sum could tell it."""
    told = [part for part in parts if part is not None]
    return sum(told) if len(told) == len(parts) else None


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def _table(title: Phrase, headings: tuple[Phrase, ...], rows: tuple[tuple[Cell, ...], ...]) -> Section:
    return Section(title=title, table=Table(headings=headings, rows=rows))
