"""How acts name cameras, and what the register replaced since (A4, A5); by which key cases are tagged (0.4)."""

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.guards import drop_guards

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    drop_guards(op.get_bind())
    op.create_table(
        "earlier_records",
        sa.Column("record_sha256", sa.Text(), nullable=False),
        sa.Column("camera_id", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_earlier_records_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("record_sha256", name=op.f("pk_earlier_records")),
    )
    op.create_index(op.f("ix_earlier_records_camera_id"), "earlier_records", ["camera_id"], unique=False)
    op.create_index(op.f("ix_earlier_records_expires_at"), "earlier_records", ["expires_at"], unique=False)
    op.create_table(
        "filed_assessments",
        sa.Column("camera_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_filed_assessments_a_hash")),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_filed_assessments_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("camera_id", "sha256", name=op.f("pk_filed_assessments")),
    )
    op.create_index(op.f("ix_filed_assessments_expires_at"), "filed_assessments", ["expires_at"], unique=False)
    op.create_table(
        "named_cameras",
        sa.Column("warrant_id", sa.Text(), nullable=False),
        sa.Column("camera_id", sa.Text(), nullable=False),
        sa.Column("record_sha256", sa.Text(), nullable=False),
        sa.Column("assessment_sha256", sa.Text(), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "length(record_sha256) = 64 AND length(assessment_sha256) = 64", name=op.f("ck_named_cameras_by_hashes")
        ),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_named_cameras_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["warrant_id"], ["warrants.warrant_id"], name=op.f("fk_named_cameras_warrant_id")),
        sa.PrimaryKeyConstraint("warrant_id", "camera_id", name=op.f("pk_named_cameras")),
    )
    op.create_index(op.f("ix_named_cameras_expires_at"), "named_cameras", ["expires_at"], unique=False)
    op.create_table(
        "case_leader_keys",
        sa.Column("case_tag", sa.Text(), nullable=False),
        sa.Column("leader", sa.Text(), nullable=False),
        sa.Column("key_check", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_case_leader_keys_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("case_tag", "leader", name=op.f("pk_case_leader_keys")),
    )
    op.create_index(op.f("ix_case_leader_keys_expires_at"), "case_leader_keys", ["expires_at"], unique=False)


def downgrade() -> None:
    drop_guards(op.get_bind())
    op.drop_table("case_leader_keys")
    op.drop_table("named_cameras")
    op.drop_table("filed_assessments")
    op.drop_table("earlier_records")
