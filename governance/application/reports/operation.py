"""What use came to, month by month, with what each number is a part of, exact limits and what does not agree (A18, C7).

The same definitions as in an evaluation. What is public withholds small counts, and what would tell them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from governance.application.reports.report import Cell, Phrase, Report, ReportKind, Section, Table, Unsaid, same
from governance.domain.admissions import ProfileSuspension, SuspensionGround
from governance.domain.in_operation import Flag, Row, Share, Sum, add_up, false_per_face, flags, precision
from governance.domain.legal_profile import LegalProfile
from governance.domain.operation_limit import MOST, Declared, Drift, drift, lowest_share
from governance.domain.small_counts import withheld_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationFacts:
    """What was counted, what the report of the evaluation declared, and what stands about the profile."""

    rows: tuple[Row, ...]
    limit: Fraction
    declared: Declared | None
    explained: frozenset[str]
    suspensions: tuple[ProfileSuspension, ...]


FLAGS: Final[Mapping[Flag, Phrase]] = MappingProxyType(
    {
        Flag.ALERTS_DO_NOT_SUM: Phrase(
            en="true, false and unconfirmed are not all alerts", sv="sanna, falska och obekräftade är inte alla larm"
        ),
        Flag.COUNTED_DIFFERENTLY: Phrase(
            en="faces counted in another way than in the row before", sv="ansikten räknade på annat sätt än raden före"
        ),
        Flag.DATE_OUT_OF_ORDER: Phrase(en="date out of order", sv="datum i fel ordning"),
        Flag.MORE_ALERTS_THAN_FACES: Phrase(en="more alerts than faces", sv="fler larm än ansikten"),
        Flag.NO_FACES: Phrase(en="alerts without a counted face", sv="larm utan ett räknat ansikte"),
        Flag.OUTCOME_CHANGED: Phrase(
            en="outcomes of an earlier month were told in it", sv="utfall av en tidigare månad angavs i den"
        ),
        Flag.PRECISION_DIFFERS: Phrase(
            en="the published share of true alerts is another", sv="den publicerade andelen sanna larm är en annan"
        ),
        Flag.RATE_DIFFERS: Phrase(
            en="the published rate of false alerts is another", sv="den publicerade andelen falska larm är en annan"
        ),
        Flag.RECEIPTS_MISSING: Phrase(
            en="sites did not sign how leases ended: faces are missing",
            sv="platser har inte undertecknat hur lån slutade: ansikten saknas",
        ),
        Flag.TOO_MANY_OVERTURNED: Phrase(en="more disagreements than alerts", sv="fler oenigheter än larm"),
    }
)
_DRIFTS: Final[Mapping[Drift, Phrase]] = MappingProxyType(
    {
        Drift.ABOVE: Phrase(en="above what was tested", sv="över det prövade"),
        Drift.BELOW: Phrase(en="below what was tested", sv="under det prövade"),
        Drift.NONE: Phrase(en="as tested", sv="som prövat"),
        Drift.UNKNOWN: Phrase(en="not known", sv="inte känt"),
    }
)
_GROUNDS: Final[Mapping[SuspensionGround, Phrase]] = MappingProxyType(
    {
        SuspensionGround.DOUBT: Phrase(en="somebody's doubt", sv="någons tvivel"),
        SuspensionGround.DRIFT: Phrase(
            en="by rule: drift that nobody explained", sv="av regel: avvikelse som ingen förklarade"
        ),
        SuspensionGround.FALSE_ALERTS: Phrase(
            en="by rule: too many false alerts", sv="av regel: för många falska larm"
        ),
        SuspensionGround.INCIDENT: Phrase(en="an incident", sv="en incident"),
    }
)
_HEADINGS: Final = (
    Phrase(en="Month", sv="Månad"),
    Phrase(en="Deployments", sv="Insatser"),
    Phrase(en="Faces", sv="Ansikten"),
    Phrase(en="Counted how", sv="Hur räknade"),
    Phrase(en="Alerts", sv="Larm"),
    Phrase(en="True", sv="Sanna"),
    Phrase(en="False", sv="Falska"),
    Phrase(en="Unconfirmed", sv="Obekräftade"),
    Phrase(en="True of all alerts", sv="Sanna av alla larm"),
    Phrase(en="False alerts over faces (95 of 100)", sv="Falska larm per ansikte (95 av 100)"),
    Phrase(en="Reviewers disagreed", sv="Granskare oeniga"),
    Phrase(en="Against the test", sv="Mot prövningen"),
    Phrase(en="What does not agree", sv="Vad som inte stämmer"),
)
_FEW: Final = 10
_NO_RATE: Final = Phrase(en="nothing was counted", sv="inget räknades")
_NOT_KNOWN: Final = Phrase(en="not known", sv="inte känt")


def operation_report(facts: OperationFacts, legal: LegalProfile, *, public: bool, demo: bool, now: datetime) -> Report:
    """A18, C7: return what use came to. For the public `facts` hold only the months that may be told."""
    smallest = legal.smallest_public_count if public else 0
    found = flags(facts.rows)
    hidden = _hidden_months(facts.rows, smallest)
    rows = tuple(
        _hidden(row) if row.label in hidden else _cells(row, of, facts)
        for row, of in zip(facts.rows, found, strict=True)
    )
    return Report(
        kind=ReportKind.OPERATION,
        law="A18, C7",
        title=Phrase(en="In operation", sv="I drift"),
        made_at=now,
        public=public,
        demo=demo,
        sections=(
            _about(legal, public=public),
            Section(
                title=Phrase(en="Month by month", sv="Månad för månad"), table=Table(headings=_HEADINGS, rows=rows)
            ),
            Section(
                title=Phrase(en="Together", sv="Tillsammans"),
                paragraphs=(
                    Phrase(
                        en="Only what counts faces in one way is added up. Percentages are never averaged.",
                        sv="Bara det som räknar ansikten på ett sätt läggs ihop. Andelar medelvärdesbildas aldrig.",
                    ),
                ),
                table=_sums(facts.rows, hidden),
            ),
            _item_15(facts, public=public),
        ),
        months=None if public else tuple(_figures(row, of) for row, of in zip(facts.rows, found, strict=True)),
    )


def _about(legal: LegalProfile, *, public: bool) -> Section:
    paragraphs = [
        Phrase(
            en="Counted from what the transparency log says in clear, by months of legal days in "
            f"{legal.zone}; nothing sealed is opened for it, and anybody who may read the log can count again. "
            "An alert is counted in the month in which it came to its end, its outcome in that in which it was told.",
            sv="Räknat ur det som transparensloggen anger i klartext, per månad av dygn enligt "
            f"{legal.zone}; inget förseglat öppnas, och den som får läsa loggen kan räkna om. Ett larm räknas i den "
            "månad då det avslutades, dess utfall i den månad då det angavs.",
        ),
        Phrase(
            en="True: a patrol found that it was this person, and a second person confirmed it. False: the reviewers "
            "dismissed it, or a patrol found somebody else. Unconfirmed: all others. The share of true alerts depends "
            "on how many listed people pass; it is no accuracy.",
            sv="Sant: en patrull fann att det var personen, och en andra person bekräftade det. Falskt: granskarna "
            "avfärdade det, eller en patrull fann någon annan. Obekräftat: alla andra. Andelen sanna larm beror på "
            "hur många på listan som passerar; den är ingen träffsäkerhet.",
        ),
        Phrase(
            en="Faces are comparisons of one picture of a face, by the sites' signed receipts; one person who passes "
            "twice is two, and one face can be compared more than once. Rates whose faces were counted in another way "
            "cannot be held against these.",
            sv="Ansikten är jämförelser av en bild av ett ansikte, enligt platsernas undertecknade kvitton; den som "
            "passerar två gånger är två, och ett ansikte kan jämföras flera gånger. Andelar där ansikten räknats på "
            "annat sätt kan inte jämföras med dessa.",
        ),
    ]
    if public:
        paragraphs.append(
            Phrase(
                en=f"A month with a count from 1 to {legal.smallest_public_count - 1} is withheld whole, and others "
                "with it, so that the annual report does not tell it. The months of a year are told together, once "
                "every deployment of that year was published.",
                sv=f"En månad med ett tal från 1 till {legal.smallest_public_count - 1} redovisas inte alls, och fler "
                "med den, så att årsrapporten inte röjer den. Ett års månader redovisas tillsammans, när varje insats "
                "under året har offentliggjorts.",
            )
        )
    return Section(title=Phrase(en="What is counted", sv="Vad som räknas"), paragraphs=tuple(paragraphs))


def _hidden_months(rows: Sequence[Row], smallest: int) -> frozenset[str]:
    """C7: return the months that the public is told nothing of: the annual report tells what all of a year come to."""
    hidden: set[str] = set()
    for year in {row.label[:4] for row in rows}:
        of = [row for row in rows if row.label.startswith(year)]
        hidden |= {of[place].label for place in withheld_rows([_counts(row) for row in of], smallest=smallest)}
    return frozenset(hidden)


def _counts(row: Row) -> tuple[int, ...]:
    outcomes = (row.alerts, row.true_alerts, row.false_alerts, row.unconfirmed, row.overturned or 0)
    return row.deployments, row.faces, *outcomes


def _hidden(row: Row) -> tuple[Cell, ...]:
    return (row.label, None, None, row.counted_how, *[None] * (len(_HEADINGS) - 4))


def _cells(row: Row, found: frozenset[Flag], facts: OperationFacts) -> tuple[Cell, ...]:
    return (
        row.label,
        row.deployments,
        row.faces,
        row.counted_how,
        row.alerts,
        row.true_alerts,
        row.false_alerts,
        row.unconfirmed,
        _of(precision(row)),
        _often(false_per_face(row)),
        Unsaid(why=_NOT_KNOWN) if row.overturned is None else row.overturned,
        _drift(row, facts),
        _joined([FLAGS[one] for one in sorted(found)]),
    )


def _sums(rows: Sequence[Row], hidden: Collection[str]) -> Table:
    return Table(
        headings=(_HEADINGS[3], _HEADINGS[1], _HEADINGS[2], _HEADINGS[4], _HEADINGS[5], _HEADINGS[6], _HEADINGS[9]),
        rows=tuple(_sum(of, rows, hidden) for of in add_up(rows)),
    )


def _sum(one: Sum, rows: Sequence[Row], hidden: Collection[str]) -> tuple[Cell, ...]:
    """Return the sum of what was counted in one way; of the public, where no month of it is withheld."""
    if any(row.label in hidden for row in rows if row.counted_how == one.counted_how):
        return (one.counted_how, *[None] * 6)
    return (
        one.counted_how,
        one.deployments,
        one.faces,
        one.alerts,
        one.true_alerts,
        one.false_alerts,
        _often(one.false_per_face),
    )


def _item_15(facts: OperationFacts, *, public: bool) -> Section:
    standing = [one for one in facts.suspensions if one.lifted_at is None]
    said = Phrase(
        en="The profile is suspended: nothing is lent under it." if standing else "The profile is not suspended.",
        sv="Profilen är avstängd: inget lånas ut med den." if standing else "Profilen är inte avstängd.",
    )
    limit = _one_in(min(facts.limit, MOST))
    rule = Phrase(
        en="By item 15 of the gate a profile is suspended by itself where the lower limit (one-sided, 95 of 100) of "
        f"false alerts over faces exceeds {limit.en}, in all months together or in one of them, and where two months "
        "of use, one after the other, lie wholly outside what the evaluation measured and nobody explained either.",
        sv="Enligt punkt 15 stängs en profil av av sig själv där den undre gränsen (ensidig, 95 av 100) för falska "
        f"larm per ansikte överstiger {limit.sv}, i alla månader tillsammans eller i en av dem, och där två månader i "
        "följd ligger helt utanför det som utvärderingen mätte och två personer inte har förklarat någon av dem.",
    )
    title = Phrase(en="Whether it goes on", sv="Om den får fortsätta")
    if public:
        # C15: whether anything can be lent today warns somebody, or the opposite; it is not told.
        return Section(title=title, paragraphs=(rule,))
    lowest = max((lowest_share([row]) for row in facts.rows), default=0.0)
    return Section(
        title=title,
        paragraphs=(said, rule, _lowest(lowest), _measured(facts.declared)),
        table=Table(
            headings=(
                Phrase(en="Suspended (UTC)", sv="Avstängd (UTC)"),
                Phrase(en="Why", sv="Varför"),
                Phrase(en="Let go on (UTC)", sv="Fick fortsätta (UTC)"),
                Phrase(en="On the report (SHA-256)", sv="På rapporten (SHA-256)"),
            ),
            rows=tuple(
                (
                    f"{one.created_at:%Y-%m-%d %H:%M}",
                    _GROUNDS[one.ground],
                    "" if one.lifted_at is None else f"{one.lifted_at:%Y-%m-%d %H:%M}",
                    one.lift_report_sha256 or "",
                )
                for one in facts.suspensions
            ),
        ),
    )


def _lowest(lowest: float) -> Phrase:
    if not lowest:
        return Phrase(en="No month has a lower limit above nought.", sv="Ingen månad har en undre gräns över noll.")
    said = _one_in(lowest)
    return Phrase(
        en=f"The highest lower limit of a month is {said.en}.",
        sv=f"Den högsta undre gränsen för en månad är {said.sv}.",
    )


def _measured(declared: Declared | None) -> Phrase:
    if declared is None or declared.lower is None or declared.upper is None:
        return Phrase(
            en="No evaluation's interval is known here, so no month can be held against the test.",
            sv="Ingen utvärderings intervall är känt här, så ingen månad kan hållas mot prövningen.",
        )
    low, high = _one_in(declared.lower), _one_in(declared.upper)
    return Phrase(
        en=f"The evaluation leads to expect from {low.en} to {high.en}, for lists as long as those in use.",
        sv=f"Utvärderingen ger anledning att vänta från {low.sv} till {high.sv}, för listor så långa som de i bruk.",
    )


def _drift(row: Row, facts: OperationFacts) -> Phrase:
    said = _DRIFTS[drift(row, facts.declared)]
    if row.label not in facts.explained:
        return said
    return Phrase(en=f"{said.en}; explained by two people", sv=f"{said.sv}; förklarat av två personer")


def _of(share: Share) -> Cell:
    if share.limits is None:
        return Unsaid(why=_NO_RATE)
    return Phrase(en=f"{share.part:,} of {share.whole:,}", sv=f"{share.part:,} av {share.whole:,}".replace(",", " "))


def _often(share: Share) -> Cell:
    """Say a rate as people do: one in so many, and between what and what."""
    if share.limits is None:
        return Unsaid(why=_NO_RATE)
    low, high = _one_in(share.limits.lower), _one_in(share.limits.upper)
    if share.one_in is None:
        return Phrase(en=f"none; at most {high.en}", sv=f"inget; högst {high.sv}")
    most = _one_in(share.part / share.whole)
    return Phrase(en=f"{most.en} ({low.en} to {high.en})", sv=f"{most.sv} ({low.sv} till {high.sv})")


def _one_in(share: float | Fraction) -> Phrase:
    if not share:
        return Phrase(en="none", sv="inget")
    one_in = float(1 / share)
    many = f"{one_in:,.0f}" if one_in >= _FEW else f"{one_in:.1f}"
    return Phrase(en=f"1 in {many}", sv=f"1 på {many.replace(',', ' ').replace('.', ',')}")


def _joined(words: Sequence[Phrase]) -> Phrase:
    if not words:
        return same("–")
    return Phrase(en="; ".join(one.en for one in words), sv="; ".join(one.sv for one in words))


def _figures(row: Row, found: frozenset[Flag]) -> Mapping[str, object]:
    return {
        "alerts": row.alerts,
        "counted_how": row.counted_how,
        "deployments": row.deployments,
        "faces": row.faces,
        "false": row.false_alerts,
        "flags": sorted(found),
        "leases_ended": row.leases_ended,
        "leases_taken": row.leases_taken,
        "month": row.label,
        "overturned": row.overturned,
        "precision": precision(row).value,
        "told_of_earlier": row.told_of_earlier,
        "true": row.true_alerts,
        "unconfirmed": row.unconfirmed,
    }
