"""Where a deployment is and with which model profile; the last answer to each camera's question for a lease.

A deployment of before names no camera and is lent to none: revoke its warrant, and have another issued.
"""

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.guards import create_guards, drop_guards

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    drop_guards(op.get_bind())
    op.add_column("deployments", sa.Column("cameras", sa.Text(), nullable=False, server_default=""))
    op.add_column("deployments", sa.Column("profile_sha256", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "lease_refusals",
        sa.Column("deployment_id", sa.Text(), nullable=False),
        sa.Column("camera_id", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_lease_refusals_ends_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployments.deployment_id"], name=op.f("fk_lease_refusals_deployment_id")
        ),
        sa.PrimaryKeyConstraint("deployment_id", "camera_id", name=op.f("pk_lease_refusals")),
    )
    op.create_index(op.f("ix_lease_refusals_expires_at"), "lease_refusals", ["expires_at"], unique=False)
    create_guards(op.get_bind())


def downgrade() -> None:
    drop_guards(op.get_bind())
    op.drop_table("lease_refusals")
    op.drop_column("deployments", "profile_sha256")
    op.drop_column("deployments", "cameras")
    create_guards(op.get_bind())
