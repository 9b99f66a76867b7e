"""What admits a model profile, and what suspends it (P4, C10)."""

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.guards import drop_guards

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    drop_guards(op.get_bind())
    _admissions()
    _suspensions()


def _admissions() -> None:
    op.create_table(
        "admissions",
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("admission_id", sa.Text(), nullable=False),
        sa.Column("profile_sha256", sa.Text(), nullable=False),
        sa.Column("profile_class", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("tested_list", sa.Integer(), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=False),
        sa.Column("measured_on", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("tested_list > 0", name=op.f("ck_admissions_tested_on_somebody")),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_admissions_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("document", name=op.f("pk_admissions")),
    )
    op.create_index(op.f("ix_admissions_profile_sha256"), "admissions", ["profile_sha256"], unique=False)
    op.create_index(op.f("ix_admissions_expires_at"), "admissions", ["expires_at"], unique=False)


def _suspensions() -> None:
    op.create_table(
        "profile_suspensions",
        sa.Column("suspension_id", sa.Text(), nullable=False),
        sa.Column("profile_sha256", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("suspended_by", sa.Text(), nullable=True),
        sa.Column("lift_asked_by", sa.Text(), nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.Column("lifted_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "ground IN ('doubt', 'drift', 'false-alerts', 'incident')",
            name=op.f("ck_profile_suspensions_ground_listed"),
        ),
        sa.CheckConstraint(
            "(suspended_by IS NULL) = (ground IN ('drift', 'false-alerts'))",
            name=op.f("ck_profile_suspensions_by_somebody_or_a_rule"),
        ),
        sa.CheckConstraint(
            "(lifted_by IS NULL) = (lifted_at IS NULL)", name=op.f("ck_profile_suspensions_lifted_by_somebody")
        ),
        sa.CheckConstraint(
            "lifted_by IS NULL OR lifted_by <> lift_asked_by", name=op.f("ck_profile_suspensions_lifted_by_another")
        ),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_profile_suspensions_ends_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["suspended_by"], ["accounts.account_id"], name=op.f("fk_profile_suspensions_suspended_by")
        ),
        sa.ForeignKeyConstraint(
            ["lift_asked_by"], ["accounts.account_id"], name=op.f("fk_profile_suspensions_lift_asked_by")
        ),
        sa.ForeignKeyConstraint(["lifted_by"], ["accounts.account_id"], name=op.f("fk_profile_suspensions_lifted_by")),
        sa.PrimaryKeyConstraint("suspension_id", name=op.f("pk_profile_suspensions")),
    )
    op.create_index(
        op.f("ix_profile_suspensions_profile_sha256"), "profile_suspensions", ["profile_sha256"], unique=False
    )
    op.create_index(op.f("ix_profile_suspensions_expires_at"), "profile_suspensions", ["expires_at"], unique=False)


def downgrade() -> None:
    drop_guards(op.get_bind())
    op.drop_table("profile_suspensions")
    op.drop_table("admissions")
