"""What joins an alert is charged beside it (C5)."""

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.guards import drop_guards

revision = "0021"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    drop_guards(op.get_bind())
    with op.batch_alter_table("charges") as batch:
        batch.add_column(sa.Column("joins", sa.Text(), nullable=True))
        batch.create_index(op.f("ix_charges_joins"), ["joins"], unique=False)


def downgrade() -> None:
    drop_guards(op.get_bind())
    with op.batch_alter_table("charges") as batch:
        batch.drop_index(op.f("ix_charges_joins"))
        batch.drop_column("joins")
