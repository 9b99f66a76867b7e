"""Legal holds: what is kept beyond its end, by whose order, until when; and the keys that a day's erasure leaves."""

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.guards import drop_guards

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# ruff: noqa: E501 (generated from the tables; a condition is one line)


def upgrade() -> None:
    drop_guards(op.get_bind())
    op.add_column("day_erasures", sa.Column("kept_apart", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "holds",
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until_day", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("first_approver", sa.Text(), nullable=True),
        sa.Column("second_approver", sa.Text(), nullable=True),
        sa.Column("placed_at", sa.BigInteger(), nullable=True),
        sa.Column("in_force_at", sa.BigInteger(), nullable=True),
        sa.Column("set_apart", sa.Boolean(), nullable=False),
        sa.Column("erase_after", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('asked', 'in-force', 'cleared')", name=op.f("ck_holds_state_listed")),
        sa.CheckConstraint(
            "basis IN ('complaint', 'court-order', 'defence', 'inspection')", name=op.f("ck_holds_basis_listed")
        ),
        sa.CheckConstraint(
            "state = 'asked' OR (first_approver IS NOT NULL AND second_approver IS NOT NULL AND first_approver <> second_approver AND first_approver <> asked_by AND second_approver <> asked_by AND in_force_at IS NOT NULL)",
            name=op.f("ck_holds_set_by_three"),
        ),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_holds_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["asked_by"], ["accounts.account_id"], name=op.f("fk_holds_asked_by")),
        sa.ForeignKeyConstraint(["first_approver"], ["accounts.account_id"], name=op.f("fk_holds_first_approver")),
        sa.ForeignKeyConstraint(["second_approver"], ["accounts.account_id"], name=op.f("fk_holds_second_approver")),
        sa.PrimaryKeyConstraint("object_id", name=op.f("pk_holds")),
    )
    op.create_index(op.f("ix_holds_expires_at"), "holds", ["expires_at"], unique=False)
    op.create_index(op.f("ix_holds_state"), "holds", ["state"], unique=False)


def downgrade() -> None:
    drop_guards(op.get_bind())
    op.drop_table("holds")
    op.drop_column("day_erasures", "kept_apart")
