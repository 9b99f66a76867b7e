"""Approve a budget of false alerts, and let a stopped one go on: two people, of two organisations (C5)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from governance.application.admissions import is_admitted_for
from governance.application.charge_budget import charges_of
from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.application.procedure import acting, require
from governance.domain.accounts import first_word_stands
from governance.domain.budget import (
    Budget,
    BudgetKey,
    Verdict,
    may_agree_to_resume,
    may_approve,
    may_ask_to_resume,
    tail,
    uncredited,
)
from governance.domain.decisions import allow, deny
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, SiteId, WarrantId
from governance.domain.retention import DataClass, expiry
from governance.domain.roles import Action
from governance.domain.warrants import NEXT, Warrant, WarrantState


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveBudget:
    """Sign for how many false alerts may be expected at a site, and how many passages were measured there in a day."""

    actor: AccountId
    warrant_id: WarrantId
    site_id: SiteId
    expected_milli: int
    passages_per_day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeBudget:
    """Ask to let a stopped budget go on, or agree to it."""

    actor: AccountId
    warrant_id: WarrantId
    site_id: SiteId


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetLine:
    """How one budget stands: numbers, and nobody. `joined` are candidates that joined an alert, `spent` what counts."""

    budget: Budget
    charged: int
    joined: int
    credited: int
    spent: int
    expected: float
    tail: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LackingBudget:
    """A warrant that lives, and the sites (id and title) at which it has no budget yet: there nothing can be lent."""

    warrant_id: WarrantId
    state: WarrantState
    sites: Mapping[SiteId, str]


def approve_budget(governance: Governance, command: ApproveBudget) -> None:
    """Approve the budget of a warrant at a site, once. Without one nothing is lent there."""
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.BUDGET_APPROVE)
        warrant, site = tx.warrants.get(command.warrant_id), tx.sites.get(command.site_id)
        key = (warrant.warrant_id, site.site_id, governance.profile_sha256)
        once = deny("C5", "This budget is approved already; its numbers do not change.")
        over = deny("A6", "The warrant is over.")
        require(
            tx,
            allow("C5") if tx.budgets.find(key) is None else once,
            allow("A6") if NEXT[warrant.state] else over,
            may_approve(
                expected_milli=command.expected_milli,
                passages_per_day=command.passages_per_day,
                legal=governance.legal,
                demo=governance.asks_for_no_evaluation,
            ),
            # The traffic alone: whom it is for, and where, is asked with it when the warrant is put into use.
            is_admitted_for(
                governance,
                tx,
                now=governance.clock.now(),
                persons=0,
                cameras=(),
                passages_a_day=command.passages_per_day,
            ),
            about={"actor": command.actor, "site": site.site_id, "warrant": warrant.warrant_id},
        )
        now = governance.clock.now()
        budget = Budget(
            warrant_id=warrant.warrant_id,
            site_id=site.site_id,
            profile_sha256=governance.profile_sha256,
            expected_milli=command.expected_milli,
            passages_per_day=command.passages_per_day,
            passages=0,
            tolerated=0,
            approved_by=command.actor,
            stopped_at=None,
            resume_asked_by=None,
            resumed_by=None,
            created_at=now,
            expires_at=expiry(DataClass.WARRANT, created_at=now, no_later_than=warrant.expires_at),
        )
        tx.budgets.add(budget)
        tx.log.append(Event.BUDGET_APPROVE, {"actor": command.actor, **_about(budget)})
        tx.commit(witnessed=True)


def ask_to_resume(governance: Governance, command: ResumeBudget) -> None:
    """A legal officer asks to let a stopped budget go on. Alone this changes nothing."""
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.BUDGET_ASK)
        budget = tx.budgets.get(_key(governance, command))
        asked = None if budget.resume_asked_by is None else tx.accounts.find(budget.resume_asked_by)
        if asked is None or not asked.is_in_force:
            # Nobody's word stands in the way: who asked has no account in force any more.
            budget = replace(budget, resume_asked_by=None)
        require(tx, may_ask_to_resume(budget), about={"actor": command.actor, **_about(budget)})
        tx.budgets.save(replace(budget, resume_asked_by=command.actor))
        tx.log.append(Event.BUDGET_ASK, {"actor": command.actor, **_about(budget)})
        tx.commit()


def agree_to_resume(governance: Governance, command: ResumeBudget) -> None:
    """A person of a second organisation agrees: the charges that stand are tolerated, the next one is not.

    The deployment stays suspended until a legal officer lets it go on, the warrant checked anew (A16).
    """
    with governance.database.transaction() as tx:
        account = acting(tx, command.actor, Action.BUDGET_AGREE)
        budget = tx.budgets.get(_key(governance, command))
        decision = may_agree_to_resume(
            budget,
            agrees=command.actor,
            organisation=account.organisation.value,
            asked_from=_organisation_that_asked(tx, budget),
        )
        asked = None if budget.resume_asked_by is None else tx.accounts.find(budget.resume_asked_by)
        require(tx, decision, first_word_stands(asked), about={"actor": command.actor, **_about(budget)})
        tolerated = uncredited(charges_of(tx, budget.key))
        tx.budgets.save(replace(budget, stopped_at=None, tolerated=tolerated, resumed_by=command.actor))
        tx.log.append(Event.BUDGET_RESUME, {"actor": command.actor, **_about(budget)})
        tx.commit(witnessed=True)


def list_budgets(governance: Governance, actor: AccountId) -> tuple[BudgetLine, ...]:
    """List all budgets with what is spent of them."""
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.BUDGET_LIST)
        return tuple(_line(tx, budget) for budget in tx.budgets.where())


def list_lacking_budgets(governance: Governance, actor: AccountId) -> tuple[LackingBudget, ...]:
    """List the warrants that live and lack a budget at one of their sites, the newest first.

    Which cameras a warrant names is sealed until it is in use; until then any site may be one of its own.
    """
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.BUDGET_APPROVE)
        live = [one for one in tx.warrants.where() if NEXT[one.state]]
        lacking = [
            LackingBudget(warrant_id=one.warrant_id, state=one.state, sites=_sites_without(governance, tx, one))
            for one in reversed(live)
        ]
        return tuple(one for one in lacking if one.sites)


def _sites_without(governance: Governance, tx: Transaction, warrant: Warrant) -> Mapping[SiteId, str]:
    deployments = tx.deployments.where(warrant_id=warrant.warrant_id)
    cameras = {camera for one in deployments for camera in one.cameras}
    named = {one.site_id for one in tx.cameras.where() if one.camera_id in cameras or not deployments}
    budgeted = {
        one.site_id for one in tx.budgets.where(warrant_id=warrant.warrant_id, profile_sha256=governance.profile_sha256)
    }
    return {one.site_id: one.title for one in tx.sites.where() if one.site_id in named - budgeted}


def _line(tx: Transaction, budget: Budget) -> BudgetLine:
    charged = charges_of(tx, budget.key)
    alerts = [one for one in charged if one.joins is None]
    spent = uncredited(charged)
    expected = budget.expected(spent)
    return BudgetLine(
        budget=budget,
        charged=len(alerts),
        joined=len(charged) - len(alerts),
        credited=sum(one.verdict is Verdict.RIGHT for one in alerts),
        spent=spent,
        expected=float(expected),
        tail=tail(spent, expected),
    )


def _organisation_that_asked(tx: Transaction, budget: Budget) -> str:
    asked = None if budget.resume_asked_by is None else tx.accounts.find(budget.resume_asked_by)
    return "" if asked is None else asked.organisation.value


def _key(governance: Governance, command: ResumeBudget) -> BudgetKey:
    return command.warrant_id, command.site_id, governance.profile_sha256


def _about(budget: Budget) -> dict[str, str]:
    return {"profile": budget.profile_sha256, "site": budget.site_id, "warrant": budget.warrant_id}
