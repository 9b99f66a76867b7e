"""How a lease ends: that the site took it, that it was told to stop, and the site's signed receipt of the end."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.guards import create_guards, drop_guards

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_COLUMNS: dict[str, sa.types.TypeEngine[Any]] = {
    "acknowledged_at": sa.BigInteger(),
    "stopped_at": sa.BigInteger(),
    "stopped_by": sa.Text(),
    "ended_at": sa.BigInteger(),
    "last_compared_at": sa.BigInteger(),
    "comparisons": sa.BigInteger(),
    "end_receipt": sa.LargeBinary(),
}


def upgrade() -> None:
    drop_guards(op.get_bind())
    for name, kind in _COLUMNS.items():
        op.add_column("leases", sa.Column(name, kind))
    create_guards(op.get_bind())


def downgrade() -> None:
    drop_guards(op.get_bind())
    for name in reversed(_COLUMNS):
        op.drop_column("leases", name)
    create_guards(op.get_bind())
