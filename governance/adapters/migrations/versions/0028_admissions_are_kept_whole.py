"""The admission of a model profile is kept whole, with both signatures, for whoever asks later (P4, E8)."""

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.guards import drop_guards

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    drop_guards(op.get_bind())
    op.add_column("admissions", sa.Column("record", sa.Text(), nullable=True))


def downgrade() -> None:
    drop_guards(op.get_bind())
    op.drop_column("admissions", "record")
