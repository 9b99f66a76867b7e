"""Why a month of use was not as it was tested, and on what report a suspended profile goes on (A18, P4)."""

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.guards import drop_guards

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    drop_guards(op.get_bind())
    with op.batch_alter_table("profile_suspensions") as batch:
        batch.add_column(sa.Column("lift_report_sha256", sa.Text(), nullable=True))
    op.create_table(
        "drift_explanations",
        sa.Column("profile_sha256", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("explained_by", sa.Text(), nullable=False),
        sa.Column("agreed_by", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "explanation IN ('cameras-changed', 'crowd-changed', 'faces-counted-differently', 'list-length')",
            name=op.f("ck_drift_explanations_explanation_listed"),
        ),
        sa.CheckConstraint(
            "agreed_by IS NULL OR agreed_by <> explained_by", name=op.f("ck_drift_explanations_agreed_by_another")
        ),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_drift_explanations_ends_after_it_begins")),
        *(
            sa.ForeignKeyConstraint([column], ["accounts.account_id"], name=op.f(f"fk_drift_explanations_{column}"))
            for column in ("explained_by", "agreed_by")
        ),
        sa.PrimaryKeyConstraint("profile_sha256", "month", name=op.f("pk_drift_explanations")),
    )
    op.create_index(op.f("ix_drift_explanations_expires_at"), "drift_explanations", ["expires_at"], unique=False)


def downgrade() -> None:
    drop_guards(op.get_bind())
    op.drop_table("drift_explanations")
    with op.batch_alter_table("profile_suspensions") as batch:
        batch.drop_column("lift_report_sha256")
