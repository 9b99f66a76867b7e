"""The table of why months of use were not as they were tested (A18), a part of `governance.adapters.db.tables`."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, Text

from governance.adapters.db.base_tables import a_table, one_of
from governance.adapters.db.types import Choice
from governance.domain.operation_limit import Explanation
from governance.domain.retention import DataClass

DRIFT_EXPLANATIONS: Final = a_table(
    "drift_explanations",
    DataClass.REGISTER,
    Column("profile_sha256", Text, primary_key=True),
    Column("month", Text, primary_key=True),
    Column("explanation", Choice(Explanation), nullable=False),
    Column("explained_by", Text, ForeignKey("accounts.account_id"), nullable=False),
    Column("agreed_by", Text, ForeignKey("accounts.account_id")),
    one_of("explanation", [one.value for one in Explanation]),
    CheckConstraint("agreed_by IS NULL OR agreed_by <> explained_by", name="agreed_by_another"),
)
