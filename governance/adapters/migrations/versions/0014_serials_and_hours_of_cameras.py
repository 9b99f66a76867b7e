"""A camera's record has a serial, hours and what healthcare needs (B7, B8). Records of before are not read any more."""

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.guards import drop_guards
from governance.application.errors import StorageFailed

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    cameras = sa.table("cameras")
    if op.get_bind().execute(sa.select(sa.func.count()).select_from(cameras)).scalar_one():
        raise StorageFailed(
            "This data folder holds records of cameras without a serial, which no site reads any more (B7); it cannot"
            " be carried over. For the demonstration run `make demo-reset`, then start again."
        )
    drop_guards(op.get_bind())
    with op.batch_alter_table("cameras") as batch:
        batch.add_column(sa.Column("serial", sa.Integer(), nullable=False))
        batch.add_column(sa.Column("opens", sa.Integer(), nullable=False))
        batch.add_column(sa.Column("closes", sa.Integer(), nullable=False))
        batch.add_column(sa.Column("healthcare", sa.Boolean(), nullable=False))
        batch.add_column(sa.Column("opened_by_sha256", sa.Text(), nullable=True))


def downgrade() -> None:
    drop_guards(op.get_bind())
    with op.batch_alter_table("cameras") as batch:
        for column in ("opened_by_sha256", "healthcare", "closes", "opens", "serial"):
            batch.drop_column(column)
