"""The tables of what admits a model profile, a part of `governance.adapters.db.tables` (P4, C10)."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, Float, ForeignKey, Integer, Text

from governance.adapters.db.base_tables import a_table, one_of
from governance.adapters.db.types import Choice, Instant
from governance.domain.admissions import BY_RULE, SuspensionGround
from governance.domain.retention import DataClass

_BY_RULE: Final = ", ".join(f"'{one.value}'" for one in sorted(BY_RULE))

ADMISSIONS: Final = a_table(
    "admissions",
    DataClass.REGISTER,
    Column("document", Text, primary_key=True),
    Column("admission_id", Text, nullable=False),
    Column("profile_sha256", Text, nullable=False, index=True),
    Column("profile_class", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("tested_list", Integer, nullable=False),
    Column("threshold", Float, nullable=False),
    Column("measured_on", Text, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("record", Text),
    CheckConstraint("tested_list > 0", name="tested_on_somebody"),
)

PROFILE_SUSPENSIONS: Final = a_table(
    "profile_suspensions",
    DataClass.REGISTER,
    Column("suspension_id", Text, primary_key=True),
    Column("profile_sha256", Text, nullable=False, index=True),
    Column("ground", Choice(SuspensionGround), nullable=False),
    Column("suspended_by", Text, ForeignKey("accounts.account_id")),
    Column("lift_asked_by", Text, ForeignKey("accounts.account_id")),
    Column("lift_report_sha256", Text),
    Column("lifted_by", Text, ForeignKey("accounts.account_id")),
    Column("lifted_at", Instant),
    one_of("ground", [one.value for one in SuspensionGround]),
    CheckConstraint(f"(suspended_by IS NULL) = (ground IN ({_BY_RULE}))", name="by_somebody_or_a_rule"),
    CheckConstraint("(lifted_by IS NULL) = (lifted_at IS NULL)", name="lifted_by_somebody"),
    CheckConstraint("lifted_by IS NULL OR lifted_by <> lift_asked_by", name="lifted_by_another"),
    stands_until="lifted_at",
)
