"""Urgent warrants: two officers begin, the issuer decides afterwards, and silence is a rejection (A7, A8, A5).

All times run from the second officer's signature, as elapsed UTC. What is begun in urgency is never renewed.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from governance.domain.decisions import Decision, allow, deny, refuse_where
from governance.domain.legal_profile import LegalProfile
from governance.domain.papers import Paper, PaperKind, newest
from governance.domain.warrants import Application, Warrant, WarrantState, WarrantType

PENDING: Final = "pending"
"""What an urgent application may say in place of a registration number (A5)."""
_BEGUN: Final = frozenset({WarrantState.ISSUED, WarrantState.ACTIVE, WarrantState.SUSPENDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgentUse:
    """How far an urgent warrant has come: when two officers began it, and which answers of the issuer are logged.

    `received_at` and `registered_at` are when those papers were taken in, which is when the log says so.
    """

    begun_at: datetime
    received_at: datetime | None
    confirmed: bool
    registered_at: datetime | None

    def silence_ends_it_at(self, legal: LegalProfile) -> datetime | None:
        """A7: return the instant from which silence counts as a rejection; nothing once the issuer confirmed."""
        return None if self.confirmed else self.holds_until(legal)

    def holds_until(self, legal: LegalProfile) -> datetime:
        """A7: return the instant from which it is lent no more: 24 h without the receipt of the application, 72 h with.

        A confirmation says that what came of it was right, and lengthens nothing: sites say the same by the same acts
        (`contracts.issued_act`).
        """
        longest = legal.urgent_receipt_time if self.received_at is None else legal.urgent_decision_time
        return self.begun_at + longest


def urgent_use(warrant: Warrant, papers: Collection[Paper]) -> UrgentUse | None:
    """Return how far an urgent warrant has come; nothing for another type, or before the second officer signed."""
    second = newest(papers, PaperKind.COUNTERSIGNATURE)
    if warrant.type is not WarrantType.URGENT or second is None:
        return None
    received, registered = newest(papers, PaperKind.RECEIPT), newest(papers, PaperKind.REGISTRATION)
    return UrgentUse(
        begun_at=second.dated,
        received_at=None if received is None else received.created_at,
        confirmed=newest(papers, PaperKind.CONFIRMATION) is not None,
        registered_at=None if registered is None else registered.created_at,
    )


def is_not_silent(use: UrgentUse, legal: LegalProfile, *, now: datetime) -> Decision:
    """A7, A8: without the application's receipt in 24 h, or without a decision in 72 h, it counts as rejected."""
    end = use.silence_ends_it_at(legal)
    if end is None or now < end:
        return allow("A7")
    if use.received_at is None:
        return deny("A7", "The issuer's receipt of the application was not logged in time; this counts as a rejection.")
    return deny("A7", "The issuer has not decided in time; this counts as a rejection.")


def is_in_urgent_time(use: UrgentUse, legal: LegalProfile, *, now: datetime) -> Decision:
    """A7: lent for 24 h without the receipt of the application, and for 72 h at most, whatever was confirmed."""
    if now < use.holds_until(legal):
        return allow("A7")
    if use.received_at is None:
        return deny("A7", "The receipt of the application was not logged in time; more time takes a prior warrant.")
    return deny("A7", f"An urgent warrant is for {_hours(legal)} hours at most; more time takes a prior warrant.")


def is_registered_in_time(use: UrgentUse, legal: LegalProfile, *, now: datetime) -> Decision:
    """A5: an urgent warrant brings its registration with the application, within 24 h; until then it may wait."""
    if use.registered_at is not None:
        return allow("A5")
    if now < use.begun_at + legal.urgent_registration_time:
        return allow("A5")
    return deny("A5", "The urgent use was not registered in time; enter the registration number.")


def may_take_receipt(use: UrgentUse | None, legal: LegalProfile, *, dated: datetime, now: datetime) -> Decision:
    """A7: the receipt of the application is logged within 24 h of the second signature, or not at all."""
    if use is None:
        return deny("A7", "Only an urgent warrant that two officers began waits for the application's receipt.")
    if now >= use.begun_at + legal.urgent_receipt_time:
        return deny("A7", "The receipt came after 24 hours; the urgent warrant counts as rejected already.")
    return is_dated_by_now("A7", dated, now=now)


def is_dated_by_now(rule: str, dated: datetime, *, now: datetime) -> Decision:
    """A7, A3: what a site wants with the act is not dated in the future: until then the site would refuse all of it."""
    if dated > now:
        return deny(rule, "This is dated in the future; see to the clocks, and take it in again.")
    return allow(rule)


def may_confirm(use: UrgentUse | None, legal: LegalProfile, *, now: datetime) -> Decision:
    """A7: the issuer's decision is logged within 72 h of the second signature; a confirmation renews nothing."""
    if use is None:
        what = "Only an urgent warrant that two officers began waits for the issuer's decision."
        return deny("A7", f"{what} A signed prior warrant is taken in where its file was downloaded.")
    if not is_not_silent(use, legal, now=now).allowed:
        return deny("A7", "The decision came too late; the urgent warrant counts as rejected already.")
    return allow("A7")


def may_begin(warrant: Warrant, *, begun_at: datetime, legal: LegalProfile, now: datetime) -> Decision:
    """A7: what two officers signed begins at the second signature, is taken in within 24 h, and lasts 72 h at most."""
    return refuse_where(
        "A7",
        (warrant.type is not WarrantType.URGENT, "A7", "Two officers begin an urgent warrant and no other."),
        (
            warrant.not_after - warrant.not_before > legal.urgent_decision_time,
            "A7",
            f"An urgent warrant is for {_hours(legal)} hours at most.",
        ),
        (begun_at > now, "A7", "The second officer's signature is dated in the future."),
        (
            now >= begun_at + legal.urgent_receipt_time,
            "A7",
            "The second officer signed too long ago; an urgent warrant is not renewed.",
        ),
    )


def has_urgent_substance(application: Application, legal: LegalProfile) -> Decision:
    """A7, A5: an urgent application asks for 72 h at most; the impact assessment is never excused."""
    if application.warrant_type != WarrantType.URGENT:
        return allow("A7")
    if application.not_after - application.not_before > legal.urgent_decision_time:
        return deny("A7", f"An urgent warrant is for {_hours(legal)} hours at most.")
    return allow("A7")


def may_reject(warrant: Warrant) -> Decision:
    """A8: the issuer says no to what was put before it and has not ended, most of all to what began in urgency."""
    if warrant.state is WarrantState.APPROVED or warrant.state in _BEGUN:
        return allow("A8")
    return deny("A8", f"A warrant that is {warrant.state.value} cannot be rejected by its issuer.")


def is_cleared(cleared: bool | None) -> Decision:  # noqa: FBT001 (the supervisor's answer, or none)
    """A7: the supervisor says whether the same person or case had an urgent warrant in the 30 legal days before."""
    if cleared is None:
        return deny("A7", "The supervisor has not answered yet whether the same person or case was urgent before.")
    if not cleared:
        return deny("A7", "The same person or case had an urgent warrant within 30 days; this needs the issuer first.")
    return allow("A7")


def _hours(legal: LegalProfile) -> int:
    return int(legal.urgent_decision_time.total_seconds() // 3600)
