"""The tables of what becomes of an alert: charges to a budget, hand-offs, what was found (A9b, B12, C5)."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    Text,
)

from governance.adapters.db.base_tables import a_table, one_of
from governance.adapters.db.types import Choice, Instant
from governance.domain.budget import Verdict
from governance.domain.hand_offs import Found, HandOffState, VerifiedBy
from governance.domain.retention import DataClass

BUDGETS: Final = a_table(
    "budgets",
    DataClass.WARRANT,
    # C5: no deployment in the key, so that a new one resets nothing.
    Column("warrant_id", Text, ForeignKey("warrants.warrant_id"), primary_key=True),
    Column("site_id", Text, ForeignKey("sites.site_id"), primary_key=True),
    Column("profile_sha256", Text, primary_key=True),
    Column("expected_milli", Integer, nullable=False),
    Column("passages_per_day", BigInteger, nullable=False),
    Column("passages", BigInteger, nullable=False),
    Column("tolerated", Integer, nullable=False),
    Column("approved_by", Text, ForeignKey("accounts.account_id"), nullable=False),
    Column("stopped_at", Instant),
    Column("resume_asked_by", Text, ForeignKey("accounts.account_id")),
    Column("resumed_by", Text, ForeignKey("accounts.account_id")),
    CheckConstraint("expected_milli > 0 AND passages_per_day > 0", name="is_a_rate"),
    CheckConstraint("passages >= 0 AND tolerated >= 0", name="counts_from_nothing"),
    # Two people, one of them the legal officer who asked.
    CheckConstraint("resumed_by IS NULL OR resumed_by <> resume_asked_by", name="resumed_by_another"),
)


CHARGES: Final = a_table(
    "charges",
    DataClass.WARRANT,
    # No foreign key to the alert: its bare record goes before its charge does.
    Column("alert_id", Text, primary_key=True),
    Column("warrant_id", Text, ForeignKey("warrants.warrant_id"), nullable=False, index=True),
    Column("site_id", Text, nullable=False),
    Column("profile_sha256", Text, nullable=False),
    Column("reference_id", Text, nullable=False, index=True),
    Column("verdict", Choice(Verdict), nullable=False),
    # The alert that a further candidate joined, and shares the end of.
    Column("joins", Text, index=True),
    one_of("verdict", [one.value for one in Verdict]),
)


HAND_OFFS: Final = a_table(
    "hand_offs",
    DataClass.REVIEW,
    Column("hand_off_id", Text, primary_key=True),
    # A9b: one lead, one patrol.
    Column("alert_id", Text, ForeignKey("alerts.alert_id"), nullable=False, unique=True),
    Column("warrant_id", Text, ForeignKey("warrants.warrant_id"), nullable=False, index=True),
    Column("slot_id", Text, nullable=False),
    Column("reference_id", Text, nullable=False),
    Column("patrol", Text, ForeignKey("accounts.account_id"), nullable=False, index=True),
    Column("sent_by", Text, ForeignKey("accounts.account_id"), nullable=False),
    Column("state", Choice(HandOffState), nullable=False),
    Column("found", Choice(Found)),
    Column("opened_index", BigInteger, unique=True),
    Column("due_at", Instant, nullable=False),
    Column("concluded_at", Instant),
    one_of("state", [one.value for one in HandOffState]),
    one_of("found", [one.value for one in Found]),
    CheckConstraint("patrol <> sent_by", name="verified_by_another"),
    CheckConstraint("(state IN ('concluded', 'overdue')) = (found IS NOT NULL)", name="found_when_it_ended"),
)


CORROBORATIONS: Final = a_table(
    "corroborations",
    DataClass.REVIEW,
    Column("hand_off_id", Text, ForeignKey("hand_offs.hand_off_id"), primary_key=True),
    Column("recorded_by", Text, ForeignKey("accounts.account_id"), nullable=False),
    Column("verified_by", Choice(VerifiedBy), nullable=False),
    one_of("verified_by", [one.value for one in VerifiedBy]),
)


CONFIRMATIONS: Final = a_table(
    "confirmations",
    DataClass.REVIEW,
    # C5: one second word, and it stands.
    Column("hand_off_id", Text, ForeignKey("hand_offs.hand_off_id"), primary_key=True),
    Column("confirmed_by", Text, ForeignKey("accounts.account_id"), nullable=False),
    Column("report", Text, nullable=False),
)


INTERVENTIONS: Final = a_table(
    "interventions",
    DataClass.INTERVENTION,
    # B12: it outlives alert, hand-off and warrant, so it points to none of them.
    Column("record", Text, primary_key=True),
    Column("alert_id", Text, nullable=False, index=True),
    Column("warrant_id", Text, nullable=False),
    Column("said", Choice(Found), nullable=False, server_default=Found.IDENTITY_WRONG.value),
    one_of("said", [Found.IDENTITY_WRONG.value, Found.UNKNOWN.value]),
)
