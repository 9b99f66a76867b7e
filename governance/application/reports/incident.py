"""The report of one serious incident: what happened, when it was known, when it was due, and who was told (A18)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from governance.application.reports.report import Cell, Phrase, Report, ReportKind, Section, Table, same
from governance.domain.legal_profile import LegalProfile
from governance.domain.serious_incidents import (
    IncidentKind,
    KeptIncident,
    ToldAuthority,
    is_reported_in_time,
    report_due_at,
)

KINDS: Final[Mapping[IncidentKind, Phrase]] = MappingProxyType(
    {
        IncidentKind.DEATH: Phrase(en="somebody died", sv="någon har avlidit"),
        IncidentKind.SERIOUS: Phrase(en="serious", sv="allvarlig"),
        IncidentKind.WIDESPREAD: Phrase(en="widespread", sv="utbredd"),
    }
)
TOLD: Final[Mapping[ToldAuthority, Phrase]] = MappingProxyType(
    {
        ToldAuthority.MARKET_SURVEILLANCE: Phrase(
            en="the market-surveillance authority", sv="marknadskontrollmyndigheten"
        ),
        ToldAuthority.DATA_PROTECTION: Phrase(en="the data-protection authority", sv="dataskyddsmyndigheten"),
        ToldAuthority.SUPERVISORY: Phrase(en="the supervisory authority", sv="tillsynsmyndigheten"),
        ToldAuthority.PROVIDER: Phrase(en="the provider", sv="leverantören"),
    }
)
_NOT_YET: Final = Phrase(en="not yet", sv="inte ännu")
_ERASED: Final = Phrase(en="its words are no longer kept", sv="orden bevaras inte längre")


def incident_report(
    incident: KeptIncident, what: str | None, legal: LegalProfile, *, demo: bool, now: datetime
) -> Report:
    """A18: return the report. What is late is said first."""
    return Report(
        kind=ReportKind.INCIDENT,
        law="A18",
        title=Phrase(en="Report of a serious incident", sv="Rapport om en allvarlig incident"),
        made_at=now,
        public=False,
        demo=demo,
        sections=(
            Section(
                title=Phrase(en="Time", sv="Tid"),
                paragraphs=(standing(incident, legal, now=now),),
                table=_times(incident, legal),
            ),
            Section(
                title=Phrase(en="What happened", sv="Vad som hände"),
                paragraphs=(_ERASED if what is None else same(what),),
            ),
            Section(title=Phrase(en="How the time is set", sv="Hur tiden bestäms"), paragraphs=(_rule(legal),)),
        ),
    )


def standing(incident: KeptIncident, legal: LegalProfile, *, now: datetime) -> Phrase:
    """A18: say whether it was or can be reported in time, as the rule decides; and if not, how late it is."""
    due = report_due_at(incident.timer, legal)
    in_time = is_reported_in_time(incident.timer, legal, now=now).allowed
    late = _length((incident.reported_at or now) - due)
    if incident.reported_at is not None and in_time:
        return Phrase(en="It was reported in time.", sv="Den rapporterades i tid.")
    if incident.reported_at is not None:
        return Phrase(en=f"It was reported {late.en} late.", sv=f"Den rapporterades {late.sv} för sent.")
    if in_time:
        left = _length(due - now)
        return Phrase(
            en=f"It is not reported yet; {left.en} are left.", sv=f"Den är inte rapporterad ännu; {left.sv} återstår."
        )
    return Phrase(
        en=f"The report is {late.en} overdue: send it now.", sv=f"Rapporten är {late.sv} försenad: sänd den nu."
    )


def _times(incident: KeptIncident, legal: LegalProfile) -> Table:
    reported: Cell = _NOT_YET if incident.reported_at is None else _moment(incident.reported_at)
    rows: tuple[tuple[Cell, ...], ...] = (
        (Phrase(en="Incident", sv="Incident"), incident.incident_id),
        (Phrase(en="Kind", sv="Slag"), _joined([KINDS[IncidentKind(kind)] for kind in sorted(incident.kinds)])),
        (Phrase(en="Known since (UTC)", sv="Känd sedan (UTC)"), _moment(incident.known_at)),
        (Phrase(en="Registered (UTC)", sv="Registrerad (UTC)"), _moment(incident.created_at)),
        (
            Phrase(en="To be reported before (UTC)", sv="Ska rapporteras före (UTC)"),
            _moment(report_due_at(incident.timer, legal)),
        ),
        (Phrase(en="Reported (UTC)", sv="Rapporterad (UTC)"), reported),
        (Phrase(en="Told", sv="Underrättade"), _joined([TOLD[ToldAuthority(one)] for one in sorted(incident.told)])),
    )
    return Table(headings=(Phrase(en="Item", sv="Uppgift"), Phrase(en="Content", sv="Innehåll")), rows=rows)


def _rule(legal: LegalProfile) -> Phrase:
    times = (legal.incident_report, legal.incident_report_death, legal.incident_report_widespread)
    serious, death, widespread = (length.days for length in times)
    return Phrase(
        en=f"The time runs from when it was known: {serious} days, {death} where somebody died, {widespread} where it "
        "is "
        "widespread; the shortest that fits counts, and at its last moment it is late (Regulation (EU) 2024/1689, "
        "Article 73).",
        sv=f"Tiden räknas från när den blev känd: {serious} dagar, {death} om någon har avlidit, {widespread} om det "
        "är "
        "utbrett; den kortaste som passar gäller, och i sista ögonblicket är det för sent (förordning (EU) 2024/1689, "
        "artikel 73).",
    )


def _joined(phrases: list[Phrase]) -> Phrase:
    if not phrases:
        return same("–")
    return Phrase(en=", ".join(one.en for one in phrases), sv=", ".join(one.sv for one in phrases))


def _length(length: timedelta) -> Phrase:
    hours = length // timedelta(hours=1)
    days, rest = divmod(hours, 24)
    if days:
        return Phrase(en=f"{days} d {rest} h", sv=f"{days} d {rest} h")
    return (
        Phrase(en=f"{hours} h", sv=f"{hours} h") if hours else Phrase(en="less than an hour", sv="mindre än en timme")
    )


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
