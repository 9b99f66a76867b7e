"""A further kind of paper: the PDF under which a court signed the act (A6)."""

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.guards import drop_guards

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_BEFORE = (
    "'amendment', 'clearance', 'confirmation', 'countersignature', 'receipt', 'registration', 'rejection', 'revocation'"
)
_NAME = "ck_papers_kind_listed"
_COLUMNS = (
    ("paper_sha256", sa.Text, False),
    ("warrant_id", sa.Text, False),
    ("kind", sa.Text, False),
    ("record", sa.Text, False),
    ("openly", sa.Text, True),
    ("dated", sa.BigInteger, False),
    ("created_at", sa.BigInteger, False),
    ("expires_at", sa.BigInteger, False),
)


def upgrade() -> None:
    drop_guards(op.get_bind())
    _list_kinds(f"{_BEFORE}, 'signed-pdf'")


def downgrade() -> None:
    drop_guards(op.get_bind())
    _list_kinds(_BEFORE)


def _list_kinds(kinds: str) -> None:
    """List the kinds anew. A database that holds a paper of a kind that is not listed refuses."""
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f(_NAME), "papers", type_="check")
        op.create_check_constraint(op.f(_NAME), "papers", f"kind IN ({kinds})")
        return
    op.create_table(
        "papers_anew",
        *(sa.Column(name, kind(), nullable=nullable) for name, kind, nullable in _COLUMNS),
        sa.CheckConstraint(f"kind IN ({kinds})", name=op.f(_NAME)),
        sa.CheckConstraint(
            "(openly IS NOT NULL) = (kind IN ('rejection', 'revocation'))", name=op.f("ck_papers_ends_are_told")
        ),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_papers_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["warrant_id"], ["warrants.warrant_id"], name=op.f("fk_papers_warrant_id")),
        sa.PrimaryKeyConstraint("paper_sha256", name=op.f("pk_papers")),
    )
    names = ", ".join(name for name, _, _ in _COLUMNS)
    op.execute(sa.text(f"INSERT INTO papers_anew ({names}) SELECT {names} FROM papers"))  # noqa: S608 (names of ours)
    op.drop_table("papers")
    op.rename_table("papers_anew", "papers")
    op.create_index(op.f("ix_papers_warrant_id"), "papers", ["warrant_id"], unique=False)
    op.create_index(op.f("ix_papers_expires_at"), "papers", ["expires_at"], unique=False)
