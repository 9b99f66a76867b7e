"""The table of serious incidents, a part of `governance.adapters.db.tables` (A18)."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, Text

from governance.adapters.db.base_tables import a_table
from governance.adapters.db.types import Instant, Words
from governance.domain.retention import DataClass

SERIOUS_INCIDENTS: Final = a_table(
    "serious_incidents",
    DataClass.REGISTER,
    Column("incident_id", Text, primary_key=True),
    Column("kinds", Words, nullable=False),
    Column("known_at", Instant, nullable=False),
    Column("what", Text, nullable=False),
    Column("registered_by", Text, ForeignKey("accounts.account_id"), nullable=False),
    Column("told", Words, nullable=False),
    Column("reported_at", Instant),
    Column("reported_by", Text, ForeignKey("accounts.account_id")),
    CheckConstraint("known_at <= created_at", name="known_before_it_is_written"),
    # A18: reported is what somebody entered, at a time, to somebody.
    CheckConstraint(
        "(reported_at IS NULL) = (reported_by IS NULL) AND (reported_at IS NULL) = (told = '')",
        name="reported_by_somebody_to_somebody",
    ),
)
