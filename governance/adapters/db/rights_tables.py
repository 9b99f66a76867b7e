"""The table of the rights desk, a part of `governance.adapters.db.tables` (B13)."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, Text

from governance.adapters.db.base_tables import a_table, one_of
from governance.adapters.db.types import Choice, Day, Instant
from governance.domain.retention import DataClass
from governance.domain.rights_requests import RequestKind, RightsOutcome

RIGHTS_REQUESTS: Final = a_table(
    "rights_requests",
    DataClass.RIGHTS,
    Column("request_id", Text, primary_key=True),
    Column("kind", Choice(RequestKind), nullable=False),
    Column("received_on", Day, nullable=False),
    Column("words", Text, nullable=False),
    Column("registered_by", Text, ForeignKey("accounts.account_id"), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("extension", Text),
    Column("extended_by", Text, ForeignKey("accounts.account_id")),
    Column("extended_at", Instant),
    Column("answer", Text),
    Column("outcome", Choice(RightsOutcome)),
    # B12: the record may go before the request does, so it points to nothing.
    Column("intervention", Text),
    Column("closed_by", Text, ForeignKey("accounts.account_id")),
    Column("closed_at", Instant),
    one_of("kind", [one.value for one in RequestKind]),
    one_of("outcome", [one.value for one in RightsOutcome]),
    CheckConstraint(
        "(extended_at IS NULL) = (extended_by IS NULL) AND (extended_at IS NULL) = (extension IS NULL)",
        name="extended_by_somebody_with_a_reason",
    ),
    CheckConstraint(
        "(closed_at IS NULL) = (closed_by IS NULL) AND (closed_at IS NULL) = (answer IS NULL)"
        " AND (closed_at IS NULL) = (outcome IS NULL)",
        name="closed_by_somebody_with_an_answer",
    ),
)
