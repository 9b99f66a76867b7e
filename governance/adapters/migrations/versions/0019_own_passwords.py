"""Owners open their accounts with a password of their own; failures are counted apart for known browsers (B14).

Accounts of before stay opened: their owners change their passwords themselves.
"""

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.guards import drop_guards

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_BEGINS_AT_NONE = sa.text("0")


def upgrade() -> None:
    drop_guards(op.get_bind())
    op.add_column("accounts", sa.Column("opening_hash", sa.Text(), nullable=True))
    op.add_column("accounts", sa.Column("known_failures", sa.Integer(), nullable=False, server_default=_BEGINS_AT_NONE))
    op.add_column("accounts", sa.Column("known_locked_until", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    drop_guards(op.get_bind())
    with op.batch_alter_table("accounts") as batch:
        for column in ("known_locked_until", "known_failures", "opening_hash"):
            batch.drop_column(column)
