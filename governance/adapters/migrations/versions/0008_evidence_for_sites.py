"""Sites have coordinates and evidence, cameras documents and signs (B7, C9, C14). What has none is lent to nobody."""

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.guards import drop_guards

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    drop_guards(op.get_bind())
    with op.batch_alter_table("sites") as batch:
        batch.add_column(sa.Column("latitude", sa.Float(), nullable=True))
        batch.add_column(sa.Column("longitude", sa.Float(), nullable=True))
    op.create_table(
        "evidence",
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("ratio", sa.Float(), nullable=False),
        sa.Column("ratio_low", sa.Float(), nullable=False),
        sa.Column("ratio_high", sa.Float(), nullable=False),
        sa.Column("p_value", sa.Float(), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=False),
        sa.Column("hot_spot", sa.Boolean(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "NOT hot_spot OR (counted > 0 AND ratio_low >= threshold)", name=op.f("ck_evidence_as_the_numbers_say")
        ),
        sa.CheckConstraint("counted BETWEEN 0 AND total", name=op.f("ck_evidence_a_part_of_all")),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_evidence_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["imported_by"], ["accounts.account_id"], name=op.f("fk_evidence_imported_by")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=op.f("fk_evidence_site_id")),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_evidence")),
    )
    op.create_index(op.f("ix_evidence_expires_at"), "evidence", ["expires_at"])
    op.create_table(
        "documents",
        sa.Column("camera_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("handed_in_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('balancing', 'impact-assessment', 'sign')", name=op.f("ck_documents_kind_listed")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_documents_a_hash")),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_documents_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["handed_in_by"], ["accounts.account_id"], name=op.f("fk_documents_handed_in_by")),
        sa.PrimaryKeyConstraint("camera_id", "kind", name=op.f("pk_documents")),
    )
    op.create_index(op.f("ix_documents_expires_at"), "documents", ["expires_at"])


def downgrade() -> None:
    drop_guards(op.get_bind())
    op.drop_table("documents")
    op.drop_table("evidence")
    # Not by making the table anew: SQLite would not let go of a site that a camera or a lease refers to.
    op.drop_column("sites", "longitude")
    op.drop_column("sites", "latitude")
