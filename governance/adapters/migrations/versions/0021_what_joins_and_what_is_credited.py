"""What joins an alert is charged beside it; a patrol's *right* credits by a second person's word alone (C5)."""

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.guards import drop_guards

revision = "0021"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    drop_guards(op.get_bind())
    with op.batch_alter_table("charges") as batch:
        batch.add_column(sa.Column("joins", sa.Text(), nullable=True))
        batch.create_index(op.f("ix_charges_joins"), ["joins"], unique=False)
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
    with op.batch_alter_table("charges") as batch:
        batch.drop_index(op.f("ix_charges_joins"))
        batch.drop_column("joins")
