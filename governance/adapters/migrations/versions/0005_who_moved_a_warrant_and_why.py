"""Who brought a warrant from where to where, and why; what was taken from it since; whose each sealed object is.

An object of before has no warrant's tag; what ends a warrant of before erases what its other records name.
"""

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.guards import drop_guards

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_STATES = "'drafted', 'submitted', 'approved', 'issued', 'active', 'suspended', 'revoked', 'expired', 'rejected'"


def upgrade() -> None:
    drop_guards(op.get_bind())
    op.add_column("objects", sa.Column("warrant_id", sa.Text(), nullable=True))
    op.create_index(op.f("ix_objects_warrant_id"), "objects", ["warrant_id"], unique=False)
    op.create_table(
        "transitions",
        sa.Column("warrant_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=False),
        *_told("transitions"),
        sa.CheckConstraint(f"after IN ({_STATES})", name=op.f("ck_transitions_after_listed")),
        sa.PrimaryKeyConstraint("warrant_id", "ordinal", name=op.f("pk_transitions")),
    )
    op.create_index(op.f("ix_transitions_expires_at"), "transitions", ["expires_at"], unique=False)
    op.create_table(
        "narrowings",
        sa.Column("warrant_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        *_told("narrowings"),
        sa.CheckConstraint("kind IN ('slot', 'camera')", name=op.f("ck_narrowings_kind_listed")),
        sa.PrimaryKeyConstraint("warrant_id", "kind", "target", name=op.f("pk_narrowings")),
    )
    op.create_index(op.f("ix_narrowings_expires_at"), "narrowings", ["expires_at"], unique=False)


def _told(table: str) -> tuple[sa.Column[object] | sa.CheckConstraint | sa.ForeignKeyConstraint, ...]:
    return (
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("actor IS NULL OR why IS NOT NULL", name=op.f(f"ck_{table}_people_say_why")),
        sa.CheckConstraint("expires_at >= created_at", name=op.f(f"ck_{table}_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["actor"], ["accounts.account_id"], name=op.f(f"fk_{table}_actor")),
        sa.ForeignKeyConstraint(["warrant_id"], ["warrants.warrant_id"], name=op.f(f"fk_{table}_warrant_id")),
    )


def downgrade() -> None:
    drop_guards(op.get_bind())
    op.drop_table("narrowings")
    op.drop_table("transitions")
    op.drop_index(op.f("ix_objects_warrant_id"), "objects")
    op.drop_column("objects", "warrant_id")
