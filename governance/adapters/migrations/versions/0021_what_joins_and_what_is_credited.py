"""What joins an alert is charged beside it; a patrol's *right* credits by a second person's word alone;
what a patrol does not say is unknown until it does (B12, C5)."""

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.guards import drop_guards

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    drop_guards(op.get_bind())
    with op.batch_alter_table("charges") as batch:
        batch.add_column(sa.Column("joins", sa.Text(), nullable=True))
        batch.create_index(op.f("ix_charges_joins"), ["joins"], unique=False)
    with op.batch_alter_table("interventions") as batch:
        batch.add_column(sa.Column("said", sa.Text(), nullable=False, server_default="identity-wrong"))
        batch.create_check_constraint(op.f("ck_interventions_said_listed"), "said IN ('identity-wrong', 'unknown')")
        batch.create_index(op.f("ix_interventions_alert_id"), ["alert_id"], unique=False)
    op.create_table(
        "confirmations",
        sa.Column("hand_off_id", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_confirmations_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["confirmed_by"], ["accounts.account_id"], name=op.f("fk_confirmations_confirmed_by")),
        sa.ForeignKeyConstraint(["hand_off_id"], ["hand_offs.hand_off_id"], name=op.f("fk_confirmations_hand_off_id")),
        sa.PrimaryKeyConstraint("hand_off_id", name=op.f("pk_confirmations")),
    )
    op.create_index(op.f("ix_confirmations_expires_at"), "confirmations", ["expires_at"], unique=False)


def downgrade() -> None:
    drop_guards(op.get_bind())
    op.drop_table("confirmations")
    with op.batch_alter_table("interventions") as batch:
        batch.drop_index(op.f("ix_interventions_alert_id"))
        batch.drop_constraint(op.f("ck_interventions_said_listed"), type_="check")
        batch.drop_column("said")
    with op.batch_alter_table("charges") as batch:
        batch.drop_index(op.f("ix_charges_joins"))
        batch.drop_column("joins")
