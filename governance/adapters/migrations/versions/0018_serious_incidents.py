"""The register of serious incidents (A18)."""

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.guards import drop_guards

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    drop_guards(op.get_bind())
    op.create_table(
        "serious_incidents",
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("registered_by", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("reported_at", sa.BigInteger(), nullable=True),
        sa.Column("reported_by", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("known_at <= created_at", name=op.f("ck_serious_incidents_known_before_it_is_written")),
        sa.CheckConstraint(
            "(reported_at IS NULL) = (reported_by IS NULL) AND (reported_at IS NULL) = (told = '')",
            name=op.f("ck_serious_incidents_reported_by_somebody_to_somebody"),
        ),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_serious_incidents_ends_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["registered_by"], ["accounts.account_id"], name=op.f("fk_serious_incidents_registered_by")
        ),
        sa.ForeignKeyConstraint(
            ["reported_by"], ["accounts.account_id"], name=op.f("fk_serious_incidents_reported_by")
        ),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_serious_incidents")),
    )
    op.create_index(op.f("ix_serious_incidents_expires_at"), "serious_incidents", ["expires_at"], unique=False)


def downgrade() -> None:
    drop_guards(op.get_bind())
    op.drop_table("serious_incidents")
