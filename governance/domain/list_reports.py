"""The report on a list, and who approves it before the warrant is put into use (A3, C2, C5)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from governance.domain.decisions import Decision, deny, refuse_where
from governance.domain.identifiers import AccountId, ListReportId, ObjectId, ReferenceId, WarrantId
from governance.domain.legal_profile import LegalProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class ListReport:
    """Who looks like whom on one warrant's list, and how many false alerts are expected: sealed, until it is approved.

    `near` is the number of references that stand nearer to another person than threshold and margin. Where there is
    one, the approval has a reason, sealed.
    """

    report_id: ListReportId
    warrant_id: WarrantId
    listed: frozenset[ReferenceId]
    near: int
    report: ObjectId
    prepared_by: AccountId
    approved_by: AccountId | None
    approved_at: datetime | None
    reason: ObjectId | None
    created_at: datetime
    expires_at: datetime


def may_approve_list(
    report: ListReport,
    *,
    actor: AccountId,
    enrollers: Collection[AccountId],
    standing: Collection[ReferenceId],
    reason: str,
    legal: LegalProfile,
) -> Decision:
    """A3, C2: a legal officer who enrolled nobody approves the list as it is now; look-alikes need a reason."""
    return refuse_where(
        "C2",
        (report.approved_by is not None, "C2", "This list was approved already."),
        (actor in enrollers, "C2", "Whoever enrolled somebody of this list cannot approve it."),
        (not standing, "A3", "The list is empty."),
        (
            report.listed != frozenset(standing),
            "C1",
            "The list has changed since this report was made; make another one.",
        ),
        (
            report.near > 0 and len(reason.strip()) < legal.shortest_reason,
            "A3",
            "Two persons of this list look alike to the matcher; say why both are needed, such as for twins.",
        ),
    )


def has_approved_list(reports: Collection[ListReport], standing: Collection[ReferenceId]) -> Decision:
    """C2, C5: a warrant is put into use only after its list, just as it is now, was approved."""
    wanted = frozenset(standing)
    return refuse_where(
        "C2",
        (
            not any(one.approved_by is not None and one.listed == wanted for one in reports),
            "C2",
            "A legal officer first looks at the report on this list and approves it.",
        ),
    )


def approved_references(reports: Collection[ListReport]) -> frozenset[ReferenceId]:
    """C2: return the references of the list that was approved last; empty where none was."""
    approved = [one for one in reports if one.approved_at is not None]
    if not approved:
        return frozenset()
    return max(approved, key=lambda one: (one.approved_at, one.created_at)).listed


def is_not_approved() -> Decision:
    """C2: the sentence for a reference that came after the approval."""
    return deny("C2", "This reference is on no list that a legal officer approved.")
