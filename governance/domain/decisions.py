"""What a rule answers: allowed or not, by which rule, and why. It has no truth value."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Never


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A rule's answer. `rule` names the requirement in law.md (such as A3); `reason` is one sentence for a person.

    `if decision:` raises, so that a denial can never be mistaken for a yes. Ask `.allowed`.
    """

    allowed: bool
    rule: str
    reason: str

    def __bool__(self) -> Never:
        raise TypeError("a Decision has no truth value; ask .allowed")


def allow(rule: str, reason: str = "Nothing stands against it.") -> Decision:
    """Say yes, by this rule."""
    return Decision(allowed=True, rule=rule, reason=reason)


def deny(rule: str, reason: str) -> Decision:
    """Say no, by this rule, for this reason."""
    return Decision(allowed=False, rule=rule, reason=reason)


def denials(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Return those that say no, in order."""
    return tuple(decision for decision in decisions if not decision.allowed)


def refuse_where(rule: str, *cases: tuple[bool, str, str]) -> Decision:
    """Deny by the first case that holds (whether it does, its rule, its reason); allow by `rule` if none does."""
    for holds, case_rule, reason in cases:
        if holds:
            return deny(case_rule, reason)
    return allow(rule)


def all_of(rule: str, decisions: Iterable[Decision]) -> Decision:
    """Allow only if there is at least one decision and every one allows; otherwise give the first denial.

    Empty means no: a policy without rules authorises nothing.
    """
    given = tuple(decisions)
    if not given:
        return deny(rule, "No rule was asked, so nothing is allowed.")
    return next(iter(denials(given)), allow(rule))
