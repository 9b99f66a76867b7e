"""Types of warrants, the attached decision, what is signed about a warrant later, and who led a case (A6, A7, A12)."""

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.guards import drop_guards

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_KINDS = (
    "'amendment', 'clearance', 'confirmation', 'countersignature', 'receipt', 'registration', 'rejection', 'revocation'"
)


def upgrade() -> None:
    drop_guards(op.get_bind())
    op.add_column("warrants", sa.Column("type", sa.Text(), nullable=False, server_default="prior"))
    op.add_column("warrants", sa.Column("decision", sa.Text(), nullable=True))
    op.create_table(
        "papers",
        sa.Column("paper_sha256", sa.Text(), nullable=False),
        sa.Column("warrant_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("openly", sa.Text(), nullable=True),
        sa.Column("dated", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(f"kind IN ({_KINDS})", name=op.f("ck_papers_kind_listed")),
        sa.CheckConstraint(
            "(openly IS NOT NULL) = (kind IN ('rejection', 'revocation'))", name=op.f("ck_papers_ends_are_told")
        ),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_papers_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["warrant_id"], ["warrants.warrant_id"], name=op.f("fk_papers_warrant_id")),
        sa.PrimaryKeyConstraint("paper_sha256", name=op.f("pk_papers")),
    )
    op.create_index(op.f("ix_papers_warrant_id"), "papers", ["warrant_id"], unique=False)
    op.create_index(op.f("ix_papers_expires_at"), "papers", ["expires_at"], unique=False)
    op.create_table(
        "case_leaders",
        sa.Column("case_tag", sa.Text(), nullable=False),
        sa.Column("leader", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_case_leaders_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("case_tag", "leader", name=op.f("pk_case_leaders")),
    )
    op.create_index(op.f("ix_case_leaders_expires_at"), "case_leaders", ["expires_at"], unique=False)


def downgrade() -> None:
    drop_guards(op.get_bind())
    op.drop_table("case_leaders")
    op.drop_table("papers")
    op.drop_column("warrants", "decision")
    op.drop_column("warrants", "type")
