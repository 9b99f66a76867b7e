"""The tables of alerts and of the people who look at them, a part of `governance.adapters.db.tables`."""

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, Float, ForeignKey, Integer, Text, UniqueConstraint

from governance.adapters.db.base_tables import a_table, one_of
from governance.adapters.db.types import Choice, Instant, Level
from governance.domain.retention import DataClass
from governance.domain.review import AlertState, Support

ALERTS: Final = a_table(
    "alerts",
    DataClass.REVIEW,
    Column("alert_id", Text, primary_key=True),
    Column("warrant_id", Text, ForeignKey("warrants.warrant_id"), nullable=False, index=True),
    Column("deployment_id", Text, ForeignKey("deployments.deployment_id")),
    Column("search_id", Text, ForeignKey("searches.search_id")),
    Column("reference_id", Text, ForeignKey("references.reference_id"), nullable=False),
    Column("site_id", Text, ForeignKey("sites.site_id"), nullable=False),
    Column("camera_id", Text, nullable=False),
    Column("lease_id", Text, nullable=False),
    Column("state", Choice(AlertState), nullable=False, index=True),
    Column("report", Text),
    Column("crops", Text),
    Column("crops_sha256", Text, nullable=False),
    Column("joined", Integer, nullable=False),
    Column("captured_at", Instant, nullable=False),
    Column("stream_time", Float, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("concluded_at", Instant),
    Column("escalated", Integer, nullable=False, server_default="0"),
    one_of("state", [state.value for state in AlertState]),
    CheckConstraint("(deployment_id IS NULL) <> (search_id IS NULL)", name="of_one_source"),
)

JOINED: Final = a_table(
    "joined",
    DataClass.CANDIDATE,
    Column("report_id", Text, primary_key=True),
    Column("alert_id", Text, ForeignKey("alerts.alert_id"), nullable=False, index=True),
)

VIEWS: Final = a_table(
    "views",
    DataClass.REVIEW,
    Column("log_index", BigInteger, primary_key=True, autoincrement=False),
    Column("alert_id", Text, ForeignKey("alerts.alert_id"), nullable=False, index=True),
    Column("reviewer", Text, ForeignKey("accounts.account_id"), nullable=False),
)

REVIEWS: Final = a_table(
    "reviews",
    DataClass.REVIEW,
    # A15: the key itself keeps anybody from reviewing a candidate twice.
    Column("alert_id", Text, ForeignKey("alerts.alert_id"), primary_key=True),
    Column("reviewer", Text, ForeignKey("accounts.account_id"), primary_key=True),
    Column("ordinal", Integer, nullable=False),
    Column("support", Level(Support), nullable=False),
    Column("answer", Text, nullable=False),
    UniqueConstraint("alert_id", "ordinal"),
    CheckConstraint("ordinal BETWEEN 1 AND 3", name="at_most_three"),
    CheckConstraint("support BETWEEN -3 AND 3", name="graded"),
)
