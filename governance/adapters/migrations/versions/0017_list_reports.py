"""Reports on lists: nothing is put into use before a legal officer approved its list (C2, C5)."""

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.guards import drop_guards

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "list_reports",
        sa.Column("report_id", sa.Text(), nullable=False),
        sa.Column("warrant_id", sa.Text(), nullable=False),
        sa.Column("listed", sa.Text(), nullable=False),
        sa.Column("near", sa.Integer(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("prepared_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_list_reports_ends_after_it_begins")),
        sa.CheckConstraint(
            "approved_by IS NULL OR near = 0 OR reason IS NOT NULL", name=op.f("ck_list_reports_alike_for_a_reason")
        ),
        sa.CheckConstraint(
            "(approved_by IS NULL) = (approved_at IS NULL)", name=op.f("ck_list_reports_approved_whole")
        ),
        sa.ForeignKeyConstraint(["approved_by"], ["accounts.account_id"], name=op.f("fk_list_reports_approved_by")),
        sa.ForeignKeyConstraint(["prepared_by"], ["accounts.account_id"], name=op.f("fk_list_reports_prepared_by")),
        sa.ForeignKeyConstraint(["warrant_id"], ["warrants.warrant_id"], name=op.f("fk_list_reports_warrant_id")),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_list_reports")),
    )
    op.create_index(op.f("ix_list_reports_expires_at"), "list_reports", ["expires_at"], unique=False)
    op.create_index(op.f("ix_list_reports_warrant_id"), "list_reports", ["warrant_id"], unique=False)


def downgrade() -> None:
    drop_guards(op.get_bind())
    op.drop_table("list_reports")
