"""Tables of what acts name and what the register replaced since (A4, A5), and of the key that tags cases (0.4)."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, LargeBinary, Text

from governance.adapters.db.base_tables import a_table
from governance.adapters.db.types import Instant
from governance.domain.retention import DataClass

EARLIER_RECORDS: Final = a_table(
    "earlier_records",
    DataClass.REGISTER,
    Column("record_sha256", Text, primary_key=True),
    Column("camera_id", Text, nullable=False, index=True),
    Column("payload", LargeBinary, nullable=False),
    Column("key", Text, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)
"""The signed records of cameras that newer ones took the place of: acts name them by their hash (A4)."""

FILED_ASSESSMENTS: Final = a_table(
    "filed_assessments",
    DataClass.REGISTER,
    Column("camera_id", Text, primary_key=True),
    Column("sha256", Text, primary_key=True),
    CheckConstraint("length(sha256) = 64", name="a_hash"),
)
"""Each impact assessment that was ever handed in for a camera, with its first time (A5)."""

NAMED_CAMERAS: Final = a_table(
    "named_cameras",
    DataClass.WARRANT,
    Column("warrant_id", Text, ForeignKey("warrants.warrant_id"), primary_key=True),
    Column("camera_id", Text, primary_key=True),
    Column("record_sha256", Text, nullable=False),
    Column("assessment_sha256", Text, nullable=False),
    Column("written_at", Instant, nullable=False),
    CheckConstraint("length(record_sha256) = 64 AND length(assessment_sha256) = 64", name="by_hashes"),
)
"""What the act of a warrant in use names of each camera: its record and the impact assessment (A4, A5)."""

CASE_LEADER_KEYS: Final = a_table(
    "case_leader_keys",
    DataClass.LOG_CONTEXT,
    Column("case_tag", Text, primary_key=True),
    Column("leader", Text, primary_key=True),
    Column("key_check", Text, nullable=False),
)
"""Which key a case tag was made under, by its hash: with another one nothing starts."""
