"""Searches of recordings, and alerts that come from one: of a deployment or of a search, never of both (A12)."""

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.guards import drop_guards
from governance.application.errors import StorageFailed

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_ONE_SOURCE = "(deployment_id IS NULL) <> (search_id IS NULL)"


def upgrade() -> None:
    drop_guards(op.get_bind())
    op.create_table(
        "searches",
        sa.Column("search_id", sa.Text(), nullable=False),
        sa.Column("warrant_id", sa.Text(), nullable=False),
        sa.Column("reference_id", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("camera_id", sa.Text(), nullable=False),
        sa.Column("recording_sha256", sa.Text(), nullable=False),
        sa.Column("recorded_from", sa.BigInteger(), nullable=False),
        sa.Column("recorded_until", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.BigInteger(), nullable=True),
        sa.Column("begun_at", sa.BigInteger(), nullable=True),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("order_sha256", sa.Text(), nullable=True),
        sa.Column("day_key_sha256", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ending", sa.Text(), nullable=True),
        sa.Column("frames", sa.BigInteger(), nullable=True),
        sa.Column("faces", sa.BigInteger(), nullable=True),
        sa.Column("compared", sa.BigInteger(), nullable=True),
        sa.Column("candidates", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        *_checks(),
        *(
            sa.ForeignKeyConstraint([column], [parent], name=op.f(f"fk_searches_{column}"))
            for column, parent in (
                ("warrant_id", "warrants.warrant_id"),
                ("reference_id", "references.reference_id"),
                ("site_id", "sites.site_id"),
                ("asked_by", "accounts.account_id"),
                ("approved_by", "accounts.account_id"),
            )
        ),
        sa.PrimaryKeyConstraint("search_id", name=op.f("pk_searches")),
    )
    op.create_index(op.f("ix_searches_expires_at"), "searches", ["expires_at"], unique=False)
    op.create_index(op.f("ix_searches_warrant_id"), "searches", ["warrant_id"], unique=False)
    with op.batch_alter_table("alerts") as batch:
        batch.alter_column("deployment_id", existing_type=sa.Text(), nullable=True)
        batch.add_column(sa.Column("search_id", sa.Text(), nullable=True))
        batch.create_foreign_key(op.f("fk_alerts_search_id"), "searches", ["search_id"], ["search_id"])
        batch.create_check_constraint(op.f("ck_alerts_of_one_source"), _ONE_SOURCE)


def _checks() -> tuple[sa.CheckConstraint, ...]:
    conditions = {
        "state_listed": "state IN ('asked', 'approved', 'begun', 'ended')",
        "of_a_closed_recording": "recorded_until > recorded_from AND recorded_until - recorded_from <= 86400000"
        " AND recorded_until <= created_at",
        "approved_by_another": "state = 'asked' OR (approved_by IS NOT NULL AND approved_at IS NOT NULL"
        " AND approved_by <> asked_by)",
        "begun_by_an_order": "state NOT IN ('begun', 'ended') OR (begun_at IS NOT NULL AND order_sha256 IS NOT NULL"
        " AND day_key_sha256 IS NOT NULL AND ends_at IS NOT NULL AND ends_at > begun_at"
        " AND ends_at - begun_at <= 900000)",
        "ended_with_its_numbers": "(state = 'ended') = (ended_at IS NOT NULL) AND (ended_at IS NULL) = (frames IS NULL)"
        " AND (ended_at IS NULL) = (candidates IS NULL)",
        "ends_after_it_begins": "expires_at >= created_at",
    }
    return tuple(sa.CheckConstraint(text, name=op.f(f"ck_searches_{name}")) for name, text in conditions.items())


def downgrade() -> None:
    drop_guards(op.get_bind())
    searched = sa.text("SELECT count(*) FROM alerts WHERE search_id IS NOT NULL")
    if op.get_bind().execute(searched).scalar_one():
        raise StorageFailed("Alerts of searched recordings are kept here, which an older program does not know.")
    with op.batch_alter_table("alerts") as batch:
        batch.drop_constraint(op.f("ck_alerts_of_one_source"), type_="check")
        batch.drop_constraint(op.f("fk_alerts_search_id"), type_="foreignkey")
        batch.drop_column("search_id")
        batch.alter_column("deployment_id", existing_type=sa.Text(), nullable=False)
    op.drop_table("searches")
