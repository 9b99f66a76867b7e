"""Hand out a report that the law asks for: who may, and an entry before it is shown."""

from collections.abc import Callable, Iterator
from typing import Final

from governance.application.governance import Governance
from governance.application.log_errors import log_errors
from governance.application.log_reading import LogLine, read_lines
from governance.application.procedure import acting
from governance.application.released import Released, release
from governance.application.reports.annual import annual_report, tally
from governance.application.reports.report import Report
from governance.application.reports.technical import technical_documentation
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

    def build() -> Report:
        counted = tally(_all_lines(governance), year, governance.legal)
        now = governance.clock.now()
        return annual_report(counted, governance.legal, public=public, demo=governance.demo, now=now)

    return _handed_out(governance, actor, build)


def make_technical_documentation(governance: Governance, actor: AccountId) -> Released[Report]:
    """A20: make Annex IV of what runs here.

    Raises:
        Refused: this role makes no reports.
        StorageFailed: the log does not answer; nothing is shown.
    """

    def build() -> Report:
        return technical_documentation(
            governance.legal,
            model_profile_sha256=governance.profile_sha256,
            demo=governance.demo,
            now=governance.clock.now(),
        )

    return _handed_out(governance, actor, build)


def _handed_out(governance: Governance, actor: AccountId, build: Callable[[], Report]) -> Released[Report]:
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.REPORT_MAKE)
    report = build()
    with log_errors():
        recorded = governance.journal.record(
            Event.REPORT_MAKE, {"actor": actor, "document": report.sha256, "purpose": report.kind.value}
        )
    return release(governance, report, recorded, events=[Event.REPORT_MAKE])


def _all_lines(governance: Governance) -> Iterator[LogLine]:
    first = 0
    while lines := read_lines(governance, first=first, count=_PAGE):
        yield from lines
        first += len(lines)
