"""The table of searches of recordings, a part of `governance.adapters.db.tables` (A12)."""

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Text

from governance.adapters.db.base_tables import a_table, one_of
from governance.adapters.db.types import Choice, Instant
from governance.domain.retention import DataClass
from governance.domain.searches import SearchState

SEARCHES: Final = a_table(
    "searches",
    DataClass.WARRANT,
    Column("search_id", Text, primary_key=True),
    Column("warrant_id", Text, ForeignKey("warrants.warrant_id"), nullable=False, index=True),
    Column("reference_id", Text, ForeignKey("references.reference_id"), nullable=False),
    Column("site_id", Text, ForeignKey("sites.site_id"), nullable=False),
    Column("camera_id", Text, nullable=False),
    Column("recording_sha256", Text, nullable=False),
    Column("recorded_from", Instant, nullable=False),
    Column("recorded_until", Instant, nullable=False),
    Column("state", Choice(SearchState), nullable=False),
    Column("asked_by", Text, ForeignKey("accounts.account_id"), nullable=False),
    Column("approved_by", Text, ForeignKey("accounts.account_id")),
    Column("approved_at", Instant),
    Column("begun_at", Instant),
    Column("ends_at", Instant),
    Column("order_sha256", Text),
    Column("day_key_sha256", Text),
    Column("ended_at", Instant),
    Column("ending", Text),
    Column("frames", BigInteger),
    Column("faces", BigInteger),
    Column("compared", BigInteger),
    Column("candidates", BigInteger),
    one_of("state", [state.value for state in SearchState]),
    # A12: a closed recording of at most a day, in milliseconds as instants are kept.
    CheckConstraint(
        "recorded_until > recorded_from AND recorded_until - recorded_from <= 86400000"
        " AND recorded_until <= created_at",
        name="of_a_closed_recording",
    ),
    CheckConstraint(
        "state = 'asked' OR (approved_by IS NOT NULL AND approved_at IS NOT NULL AND approved_by <> asked_by)",
        name="approved_by_another",
    ),
    CheckConstraint(
        "state NOT IN ('begun', 'ended') OR (begun_at IS NOT NULL AND order_sha256 IS NOT NULL"
        " AND day_key_sha256 IS NOT NULL AND ends_at IS NOT NULL AND ends_at > begun_at"
        " AND ends_at - begun_at <= 900000)",
        name="begun_by_an_order",
    ),
    CheckConstraint(
        "(state = 'ended') = (ended_at IS NOT NULL) AND (ended_at IS NULL) = (frames IS NULL)"
        " AND (ended_at IS NULL) = (candidates IS NULL)",
        name="ended_with_its_numbers",
    ),
)
