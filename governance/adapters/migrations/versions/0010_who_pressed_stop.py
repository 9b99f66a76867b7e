"""Stops that somebody pressed at a site, and who released them."""

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.guards import create_guards, drop_guards

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    drop_guards(op.get_bind())
    op.create_table(
        "site_stops",
        sa.Column("stop_id", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("pressed_at", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.Column("released_by", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(released_at IS NULL) = (released_by IS NULL)", name=op.f("ck_site_stops_released_by_somebody")
        ),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_site_stops_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["released_by"], ["accounts.account_id"], name=op.f("fk_site_stops_released_by")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=op.f("fk_site_stops_site_id")),
        sa.PrimaryKeyConstraint("stop_id", name=op.f("pk_site_stops")),
    )
    op.create_index(op.f("ix_site_stops_expires_at"), "site_stops", ["expires_at"], unique=False)
    op.create_index(op.f("ix_site_stops_site_id"), "site_stops", ["site_id"], unique=False)
    create_guards(op.get_bind())


def downgrade() -> None:
    drop_guards(op.get_bind())
    op.drop_table("site_stops")
    create_guards(op.get_bind())
