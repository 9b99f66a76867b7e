"""Tables of sites, their cameras, and what shows that they may be used (B7, C9, C14)."""

from typing import Final

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    Text,
)

from governance.adapters.db.base_tables import a_table, one_of
from governance.adapters.db.types import Choice
from governance.domain.retention import DataClass
from governance.domain.site_evidence import DocumentKind

SITES: Final = a_table(
    "sites",
    DataClass.REGISTER,
    Column("site_id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("opening_public", LargeBinary, nullable=False),
    Column("latitude", Float),
    Column("longitude", Float),
)

CAMERAS: Final = a_table(
    "cameras",
    DataClass.REGISTER,
    Column("camera_id", Text, primary_key=True),
    Column("site_id", Text, ForeignKey("sites.site_id"), nullable=False, index=True),
    Column("view", Text, nullable=False),
    Column("care_area", Boolean, nullable=False),
    Column("serial", Integer, nullable=False),
    Column("opens", Integer, nullable=False),
    Column("closes", Integer, nullable=False),
    Column("healthcare", Boolean, nullable=False),
    Column("opened_by_sha256", Text),
    Column("payload", LargeBinary, nullable=False),
    Column("key", Text, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)

EVIDENCE: Final = a_table(
    "evidence",
    DataClass.REGISTER,
    Column("site_id", Text, ForeignKey("sites.site_id"), primary_key=True),
    Column("document", Text, nullable=False),
    Column("counted", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("places", Integer, nullable=False),
    Column("ratio", Float, nullable=False),
    Column("ratio_low", Float, nullable=False),
    Column("ratio_high", Float, nullable=False),
    Column("p_value", Float, nullable=False),
    Column("threshold", Float, nullable=False),
    Column("hot_spot", Boolean, nullable=False),
    Column("counts", Text, nullable=False),
    Column("imported_by", Text, ForeignKey("accounts.account_id"), nullable=False),
    # C14: what the numbers do not say cannot be written over them.
    CheckConstraint("NOT hot_spot OR (counted > 0 AND ratio_low >= threshold)", name="as_the_numbers_say"),
    CheckConstraint("counted BETWEEN 0 AND total", name="a_part_of_all"),
)

DOCUMENTS: Final = a_table(
    "documents",
    DataClass.REGISTER,
    # No foreign key to the camera: its record is replaced by a newer one.
    Column("camera_id", Text, primary_key=True),
    Column("kind", Choice(DocumentKind), primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("handed_in_by", Text, ForeignKey("accounts.account_id"), nullable=False),
    one_of("kind", [kind.value for kind in DocumentKind]),
    CheckConstraint("length(sha256) = 64", name="a_hash"),
)
