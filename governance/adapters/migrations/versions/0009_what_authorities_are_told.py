"""Notifications of each use to the two authorities, and their signed acknowledgements; which uses are urgent."""

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.guards import create_guards, drop_guards

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    drop_guards(op.get_bind())
    op.add_column("deployments", sa.Column("urgent", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "notifications",
        sa.Column("notification_id", sa.Text(), nullable=False),
        sa.Column("deployment_id", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.Column("acknowledgement", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(acknowledged_at IS NULL) = (acknowledgement IS NULL)",
            name=op.f("ck_notifications_delivered_when_signed_for"),
        ),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_notifications_ends_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployments.deployment_id"], name=op.f("fk_notifications_deployment_id")
        ),
        sa.PrimaryKeyConstraint("notification_id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("deployment_id", "authority", name=op.f("uq_notifications_deployment_id_authority")),
    )
    op.create_index(op.f("ix_notifications_expires_at"), "notifications", ["expires_at"], unique=False)
    create_guards(op.get_bind())


def downgrade() -> None:
    drop_guards(op.get_bind())
    op.drop_table("notifications")
    op.drop_column("deployments", "urgent")
    create_guards(op.get_bind())
