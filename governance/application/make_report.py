"""Hand out a report that the law asks for: who may, and an entry before it is shown."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from governance.application.governance import Governance
from governance.application.log_errors import log_errors
from governance.application.log_reading import LogLine, read_lines
from governance.application.ports import LogValue
from governance.application.procedure import acting
from governance.application.released import Released, release
from governance.application.reports.annual import annual_report, tally
from governance.application.reports.report import Report
from governance.application.reports.technical import technical_documentation
from governance.application.what_admitted import what_admits
from governance.domain.events import Event
from governance.domain.identifiers import AccountId
from governance.domain.roles import Action

_PAGE: Final = 1000


def make_annual_report(governance: Governance, actor: AccountId, year: int, *, public: bool) -> Released[Report]:
    """A11: count a legal year of the log for an auditor or a legal officer.

    Raises:
        Refused: this role makes no reports.
        StorageFailed: the log does not answer; nothing is shown.
    """
    _require_maker(governance, actor)
    counted = tally(all_lines(governance), year, governance.legal)
    now = governance.clock.now()
    report = annual_report(counted, governance.legal, public=public, demo=governance.demo, now=now)
    return hand_out(governance, actor, report)


def make_technical_documentation(governance: Governance, actor: AccountId) -> Released[Report]:
    """A20: make Annex IV of what runs here.

    Raises:
        Refused: this role makes no reports.
        StorageFailed: the log does not answer; nothing is shown.
    """
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.REPORT_MAKE)
        model = what_admits(governance, tx)
    report = technical_documentation(
        governance.legal,
        model=model,
        demo=governance.demo,
        now=governance.clock.now(),
    )
    return hand_out(governance, actor, report)


def hand_out(
    governance: Governance,
    actor: AccountId,
    report: Report,
    about: Mapping[str, LogValue] = MappingProxyType({}),
    *,
    event: Event = Event.REPORT_MAKE,
) -> Released[Report]:
    """Write the entry that a report is handed out, with the SHA-256 of its JSON, and return it for showing.

    Whoever calls has asked whether the actor may.

    Raises:
        StorageFailed: the log does not answer; nothing is shown.
    """
    fields = {**about, "actor": actor, "document": report.sha256, "purpose": report.kind.value}
    with log_errors():
        recorded = governance.journal.record(event, fields)
    return release(governance, report, recorded, events=[event])


def _require_maker(governance: Governance, actor: AccountId) -> None:
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.REPORT_MAKE)


def all_lines(governance: Governance) -> Iterator[LogLine]:
    """Return every line of the log, as it says in clear."""
    first = 0
    while lines := read_lines(governance, first=first, count=_PAGE):
        yield from lines
        first += len(lines)
