"""The tables of what everybody may read, a part of `governance.adapters.db.tables` (C6, C7, C15)."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, Float, Integer, LargeBinary, Text, UniqueConstraint

from governance.adapters.db.base_tables import a_table, one_of
from governance.adapters.db.types import Choice, Instant
from governance.domain.publications import PublicationKind
from governance.domain.retention import DataClass

PUBLICATIONS: Final = a_table(
    "publications",
    DataClass.REGISTER,
    Column("publication_id", Text, primary_key=True),
    Column("kind", Choice(PublicationKind), nullable=False),
    # C7: it outlives the deployment that it tells of, so it points to nothing.
    Column("about", Text, nullable=False),
    Column("report", LargeBinary, nullable=False),
    Column("days", LargeBinary, nullable=False),
    Column("registration_number", Text, nullable=False),
    Column("assessment_sha256", Text, nullable=False),
    one_of("kind", [one.value for one in PublicationKind]),
    UniqueConstraint("kind", "about"),
)

MODEL_ANNOUNCEMENTS: Final = a_table(
    "model_announcements",
    DataClass.REGISTER,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("profile_sha256", Text, nullable=False),
    Column("threshold", Float),
    Column("usable_from", Instant, nullable=False),
    CheckConstraint("number >= 1", name="counted_from_one"),
    CheckConstraint("usable_from >= created_at", name="announced_before_it_is_used"),
)
