"""Seeded volunteers: their runs, consents, announced passes, and what was counted of them (C11, C16)."""

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.guards import drop_guards

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    drop_guards(op.get_bind())
    _runs()
    _volunteers()
    _passes()
    _results()


def _runs() -> None:
    op.create_table(
        "volunteer_runs",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("rests_on_sha256", sa.Text(), nullable=False),
        sa.Column("warrant_id", sa.Text(), nullable=True),
        sa.Column("cameras", sa.Text(), nullable=False),
        sa.Column("begins_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("profile_sha256", sa.Text(), nullable=False),
        sa.Column("papers", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("withdrew", sa.Integer(), server_default="0", nullable=False),
        sa.Column("unannounced", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        *_checks(
            "volunteer_runs",
            mode_listed="mode IN ('closed-site', 'inside-warrant')",
            state_listed="state IN ('proposed', 'approved', 'ended')",
            closed_or_inside_a_warrant="(mode = 'inside-warrant') = (warrant_id IS NOT NULL)",
            approved_by_another="(approved_by IS NULL) = (approved_at IS NULL)"
            " AND (approved_by IS NULL OR approved_by <> proposed_by)"
            " AND (state <> 'approved' OR approved_by IS NOT NULL)",
            ended_when_it_says_so="(state = 'ended') = (ended_at IS NOT NULL)",
            a_week_at_most="ends_at > begins_at AND ends_at - begins_at <= 604800000",
            counted_from_nothing="withdrew >= 0 AND unannounced >= 0",
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=op.f("fk_volunteer_runs_site_id")),
        sa.ForeignKeyConstraint(["proposed_by"], ["accounts.account_id"], name=op.f("fk_volunteer_runs_proposed_by")),
        sa.ForeignKeyConstraint(["approved_by"], ["accounts.account_id"], name=op.f("fk_volunteer_runs_approved_by")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_volunteer_runs")),
    )
    op.create_index(op.f("ix_volunteer_runs_expires_at"), "volunteer_runs", ["expires_at"], unique=False)


def _volunteers() -> None:
    op.create_table(
        "volunteers",
        sa.Column("volunteer_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("reference_id", sa.Text(), nullable=False),
        sa.Column("photograph_sha256", sa.Text(), nullable=False),
        sa.Column("consent_sha256", sa.Text(), nullable=False),
        sa.Column("of_age", sa.Boolean(), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("sex", sa.Text(), nullable=True),
        sa.Column("age", sa.Text(), nullable=True),
        sa.Column("skin", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        *_checks(
            "volunteers",
            no_child="of_age",
            consents_for_thirty_days="until > given_at AND until - given_at <= 2592000000",
            sex_listed="sex IN ('man', 'other', 'woman')",
            age_listed="age IN ('18-29', '30-49', '50-69', '70+')",
            skin_listed="skin IN ('dark', 'light', 'medium')",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["volunteer_runs.run_id"], name=op.f("fk_volunteers_run_id")),
        sa.PrimaryKeyConstraint("volunteer_id", name=op.f("pk_volunteers")),
        sa.UniqueConstraint("reference_id", name=op.f("uq_volunteers_reference_id")),
        sa.UniqueConstraint("consent_sha256", name=op.f("uq_volunteers_consent_sha256")),
    )
    op.create_index(op.f("ix_volunteers_expires_at"), "volunteers", ["expires_at"], unique=False)
    op.create_index(op.f("ix_volunteers_run_id"), "volunteers", ["run_id"], unique=False)


def _passes() -> None:
    op.create_table(
        "seeded_passes",
        sa.Column("pass_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("volunteer_id", sa.Text(), nullable=False),
        sa.Column("camera_id", sa.Text(), nullable=False),
        sa.Column("begins_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("found", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        *_checks(
            "seeded_passes",
            announced="begins_at > created_at AND ends_at > begins_at AND ends_at - begins_at <= 600000",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["volunteer_runs.run_id"], name=op.f("fk_seeded_passes_run_id")),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.volunteer_id"], name=op.f("fk_seeded_passes_volunteer_id")
        ),
        sa.PrimaryKeyConstraint("pass_id", name=op.f("pk_seeded_passes")),
    )
    op.create_index(op.f("ix_seeded_passes_expires_at"), "seeded_passes", ["expires_at"], unique=False)
    op.create_index(op.f("ix_seeded_passes_run_id"), "seeded_passes", ["run_id"], unique=False)


def _results() -> None:
    op.create_table(
        "seeded_results",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("parted_by", sa.Text(), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("profile_sha256", sa.Text(), nullable=False),
        sa.Column("volunteers", sa.Integer(), nullable=False),
        sa.Column("announced", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("withheld", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        *_checks(
            "seeded_results",
            parted_by_listed="parted_by IN ('all', 'age', 'sex', 'skin')",
            found_of_what_was_announced="found >= 0 AND found <= announced",
        ),
        sa.PrimaryKeyConstraint("run_id", "parted_by", "group_name", name=op.f("pk_seeded_results")),
    )
    op.create_index(op.f("ix_seeded_results_expires_at"), "seeded_results", ["expires_at"], unique=False)


def _checks(table: str, **conditions: str) -> tuple[sa.CheckConstraint, ...]:
    named = {**conditions, "ends_after_it_begins": "expires_at >= created_at"}
    return tuple(sa.CheckConstraint(text, name=op.f(f"ck_{table}_{name}")) for name, text in named.items())


def downgrade() -> None:
    drop_guards(op.get_bind())
    for table in ("seeded_results", "seeded_passes", "volunteers", "volunteer_runs"):
        op.drop_table(table)
