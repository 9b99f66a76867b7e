"""Faces that a site says it compared: what budgets of false alerts are reckoned from."""

from dataclasses import replace
from typing import TYPE_CHECKING

from contracts.signature import Purpose
from contracts.site_report import SiteReport
from governance.application.accept_candidate import accept_site_report
from governance.application.budgets import ApproveBudget, approve_budget
from governance.domain.deployments import DeploymentState
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, SiteId, WarrantId
from tests.builders_contracts import SITE, some_counts

if TYPE_CHECKING:
    from tests.builders_governance import World


def give_budget(world: "World", warrant_id: WarrantId, passages_per_day: int) -> None:
    """Let the legal officer approve one false alert a day at so many passages."""
    approve_budget(world.governance, a_budget_of(warrant_id, world.people.legal_officer, passages_per_day))


def a_budget_of(warrant_id: WarrantId, actor: AccountId, passages_per_day: int, *, milli: int = 1000) -> ApproveBudget:
    """Return the approval of a budget at the one site."""
    return ApproveBudget(
        actor=actor,
        warrant_id=warrant_id,
        site_id=SiteId(SITE),
        expected_milli=milli,
        passages_per_day=passages_per_day,
    )


def pass_by(world: "World", faces: int) -> None:
    """Let the site report that so many faces were compared at its first camera since it last said so."""
    if not world.passed:
        _report(world, 0)
    _report(world, world.passed[-1] + faces)


def have_passed(world: "World", faces: int) -> None:
    """Let so many faces have been compared for all that runs, without the leases under which they were."""
    pass_by(world, faces)
    with world.governance.database.transaction() as tx:
        running = {one.warrant_id for one in tx.deployments.where(state=DeploymentState.RUNNING)}
        for budget in tx.budgets.where():
            if budget.warrant_id in running:
                tx.budgets.save(replace(budget, passages=budget.passages + faces))
        tx.log.append(Event.COUNTS_ACCEPT, {"site": SiteId(SITE)}, body={"from": "builder", "n": 1})
        tx.commit()


def _report(world: "World", compared: int) -> None:
    world.passed.append(compared)
    serial = len(world.passed)
    counts = some_counts(session="passages", serial=serial, compared=compared, measured_at=world.clock.now())
    report = SiteReport(site_id=SITE, session="passages", number=serial, cameras=(counts,))
    accept_site_report(world.governance, world.keys.site.sign(Purpose.SITE_REPORT, report.to_bytes()))
