"""How far an alert that waits was escalated."""

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.guards import create_guards, drop_guards

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    drop_guards(op.get_bind())
    op.add_column("alerts", sa.Column("escalated", sa.Integer(), nullable=False, server_default="0"))
    create_guards(op.get_bind())


def downgrade() -> None:
    drop_guards(op.get_bind())
    op.drop_column("alerts", "escalated")
    create_guards(op.get_bind())
