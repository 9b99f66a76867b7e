"""The rights desk (B13), what was published (C7, C15), and which model profile was announced when (C6)."""

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.guards import drop_guards

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    drop_guards(op.get_bind())
    _rights_requests()
    _publications()
    _model_announcements()


def _rights_requests() -> None:
    op.create_table(
        "rights_requests",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("registered_by", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("extension", sa.Text(), nullable=True),
        sa.Column("extended_by", sa.Text(), nullable=True),
        sa.Column("extended_at", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("intervention", sa.Text(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('access', 'complaint', 'erasure', 'rectification')", name=op.f("ck_rights_requests_kind_listed")
        ),
        sa.CheckConstraint(
            "outcome IN ('granted', 'nothing-found', 'partly-granted', 'refused', 'withdrawn')",
            name=op.f("ck_rights_requests_outcome_listed"),
        ),
        sa.CheckConstraint(
            "(extended_at IS NULL) = (extended_by IS NULL) AND (extended_at IS NULL) = (extension IS NULL)",
            name=op.f("ck_rights_requests_extended_by_somebody_with_a_reason"),
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by IS NULL) AND (closed_at IS NULL) = (answer IS NULL)"
            " AND (closed_at IS NULL) = (outcome IS NULL)",
            name=op.f("ck_rights_requests_closed_by_somebody_with_an_answer"),
        ),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_rights_requests_ends_after_it_begins")),
        *(
            sa.ForeignKeyConstraint([column], ["accounts.account_id"], name=op.f(f"fk_rights_requests_{column}"))
            for column in ("registered_by", "extended_by", "closed_by")
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_rights_requests")),
    )
    op.create_index(op.f("ix_rights_requests_expires_at"), "rights_requests", ["expires_at"], unique=False)


def _publications() -> None:
    op.create_table(
        "publications",
        sa.Column("publication_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("report", sa.LargeBinary(), nullable=False),
        sa.Column("days", sa.LargeBinary(), nullable=False),
        sa.Column("registration_number", sa.Text(), nullable=False),
        sa.Column("assessment_sha256", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('annual', 'deployment')", name=op.f("ck_publications_kind_listed")),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_publications_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("publication_id", name=op.f("pk_publications")),
        sa.UniqueConstraint("kind", "about", name=op.f("uq_publications_kind_about")),
    )
    op.create_index(op.f("ix_publications_expires_at"), "publications", ["expires_at"], unique=False)


def _model_announcements() -> None:
    op.create_table(
        "model_announcements",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("profile_sha256", sa.Text(), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=True),
        sa.Column("usable_from", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_model_announcements_counted_from_one")),
        sa.CheckConstraint(
            "usable_from >= created_at", name=op.f("ck_model_announcements_announced_before_it_is_used")
        ),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_model_announcements_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_model_announcements")),
    )
    op.create_index(op.f("ix_model_announcements_expires_at"), "model_announcements", ["expires_at"], unique=False)


def downgrade() -> None:
    drop_guards(op.get_bind())
    op.drop_table("model_announcements")
    op.drop_table("publications")
    op.drop_table("rights_requests")
