"""Volunteers' runs are lent: sealed templates, leases and their last refusal, what was signed of withdrawals."""

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.guards import drop_guards

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    drop_guards(op.get_bind())
    op.add_column("volunteer_runs", sa.Column("withdrawals", sa.LargeBinary(), nullable=True))
    _references()
    _leases()
    _refusals()


def _references() -> None:
    op.create_table(
        "volunteer_references",
        sa.Column("volunteer_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("photograph_sha256", sa.Text(), nullable=False),
        sa.Column("boxes", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        *_checks("volunteer_references"),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.volunteer_id"], name=op.f("fk_volunteer_references_volunteer_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["volunteer_runs.run_id"], name=op.f("fk_volunteer_references_run_id")),
        sa.PrimaryKeyConstraint("volunteer_id", name=op.f("pk_volunteer_references")),
    )
    _indexes("volunteer_references", "expires_at", "run_id")


def _leases() -> None:
    op.create_table(
        "run_leases",
        sa.Column("lease_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("camera_id", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("stopped_at", sa.BigInteger(), nullable=True),
        sa.Column("stopped_by", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        *_checks(
            "run_leases",
            at_most_a_minute="ends_at > created_at AND ends_at - created_at <= 60000",
            stopped_by_a_rule="(stopped_at IS NULL) = (stopped_by IS NULL)",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["volunteer_runs.run_id"], name=op.f("fk_run_leases_run_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=op.f("fk_run_leases_site_id")),
        sa.PrimaryKeyConstraint("lease_id", name=op.f("pk_run_leases")),
    )
    _indexes("run_leases", "expires_at", "run_id")


def _refusals() -> None:
    op.create_table(
        "run_refusals",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("camera_id", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        *_checks("run_refusals"),
        sa.ForeignKeyConstraint(["run_id"], ["volunteer_runs.run_id"], name=op.f("fk_run_refusals_run_id")),
        sa.PrimaryKeyConstraint("run_id", "camera_id", name=op.f("pk_run_refusals")),
    )
    _indexes("run_refusals", "expires_at")


def _indexes(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def _checks(table: str, **conditions: str) -> tuple[sa.CheckConstraint, ...]:
    named = {**conditions, "ends_after_it_begins": "expires_at >= created_at"}
    return tuple(sa.CheckConstraint(text, name=op.f(f"ck_{table}_{name}")) for name, text in named.items())


def downgrade() -> None:
    drop_guards(op.get_bind())
    for table in ("run_refusals", "run_leases", "volunteer_references"):
        op.drop_table(table)
    op.drop_column("volunteer_runs", "withdrawals")
