"""Watchlists: one list for each site of a deployment, at most a day old (C1).

A deployment of before has no list and is lent to no camera until its list is built, which is done within a minute.
"""

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.guards import drop_guards

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "watchlists",
        sa.Column("watchlist_id", sa.Text(), nullable=False),
        sa.Column("deployment_id", sa.Text(), nullable=False),
        sa.Column("warrant_id", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("listed", sa.Text(), nullable=False),
        sa.Column("left_out", sa.Text(), nullable=False),
        sa.Column("gallery_sha256", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("destroyed_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_watchlists_ends_after_it_begins")),
        sa.CheckConstraint(
            "ends_at > created_at AND ends_at - created_at <= 86400000", name=op.f("ck_watchlists_at_most_a_day")
        ),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployments.deployment_id"], name=op.f("fk_watchlists_deployment_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=op.f("fk_watchlists_site_id")),
        sa.ForeignKeyConstraint(["warrant_id"], ["warrants.warrant_id"], name=op.f("fk_watchlists_warrant_id")),
        sa.PrimaryKeyConstraint("watchlist_id", name=op.f("pk_watchlists")),
    )
    op.create_index(op.f("ix_watchlists_deployment_id"), "watchlists", ["deployment_id"], unique=False)
    op.create_index(op.f("ix_watchlists_expires_at"), "watchlists", ["expires_at"], unique=False)


def downgrade() -> None:
    drop_guards(op.get_bind())
    op.drop_table("watchlists")
