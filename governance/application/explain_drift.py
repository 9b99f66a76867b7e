"""Say what a month's drift from the evaluation came from: two people, of two organisations, or it explains nothing."""

from dataclasses import dataclass, replace
from datetime import date

from governance.application.governance import Governance
from governance.application.procedure import acting, require
from governance.domain.accounts import first_word_stands
from governance.domain.events import Event
from governance.domain.identifiers import AccountId
from governance.domain.legal_time import legal_day
from governance.domain.operation_limit import (
    DriftExplanation,
    Explanation,
    may_agree_to_explanation,
    may_explain,
)
from governance.domain.retention import DataClass, expiry
from governance.domain.roles import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainMonth:
    """Say what a month's drift came from."""

    actor: AccountId
    month: str
    explanation: Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreeToExplanation:
    """Agree to what was said of a month."""

    actor: AccountId
    month: str


def explain_month(governance: Governance, command: ExplainMonth) -> None:
    """A legal officer says what a month's drift came from. Alone this counts for nothing."""
    now, profile = governance.clock.now(), governance.profile_sha256
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.MODEL_ASK)
        about = _about_month(command.actor, profile, command.month, command.explanation)
        existing = tx.drift_explanations.find((profile, command.month))
        require(tx, may_explain(command.month, existing, now=_today(governance)), about=about)
        tx.drift_explanations.add(
            DriftExplanation(
                profile_sha256=profile,
                month=command.month,
                explanation=command.explanation,
                explained_by=command.actor,
                agreed_by=None,
                created_at=now,
                expires_at=expiry(DataClass.REGISTER, created_at=now),
            )
        )
        tx.log.append(Event.OPERATION_EXPLAIN, about)
        tx.commit()


def agree_to_explanation(governance: Governance, command: AgreeToExplanation) -> None:
    """A person of a second organisation agrees to what was said of a month: from now on it is no drift."""
    with governance.database.transaction() as tx:
        account = acting(tx, command.actor, Action.MODEL_AGREE)
        said = tx.drift_explanations.get((governance.profile_sha256, command.month))
        explained = tx.accounts.find(said.explained_by)
        about = _about_month(command.actor, said.profile_sha256, said.month, said.explanation)
        require(
            tx,
            may_agree_to_explanation(
                said,
                agrees=command.actor,
                organisation=account.organisation.value,
                explained_from="" if explained is None else explained.organisation.value,
            ),
            first_word_stands(explained),
            about=about,
        )
        tx.drift_explanations.save(replace(said, agreed_by=command.actor))
        tx.log.append(Event.OPERATION_AGREE, about)
        tx.commit(witnessed=True)


def list_explanations(governance: Governance, actor: AccountId) -> tuple[DriftExplanation, ...]:
    """List what was said of months of the profile in use, the newest first."""
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.MODEL_LIST)
        return tuple(reversed(tx.drift_explanations.where(profile_sha256=governance.profile_sha256)))


def _about_month(actor: AccountId, profile: str, month: str, explanation: Explanation) -> dict[str, str]:
    return {"actor": actor, "profile": profile, "purpose": f"{month} {explanation.value}"}


def _today(governance: Governance) -> date:
    return legal_day(governance.clock.now(), governance.legal)
