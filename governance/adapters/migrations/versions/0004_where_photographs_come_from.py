"""References say where their photograph comes from, and who signed second for a minor (A19, C2).

A reference that was enrolled before has no known origin, which no rule lets anybody use: a database that holds one is
not carried over.
"""

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.earlier_versions import require_known_origins
from governance.adapters.db.guards import drop_guards

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# ruff: noqa: E501 (generated from the tables; a condition is one line)

_LISTED = "provenance IN ('case-camera', 'custody-photograph', 'family', 'given-by-the-person', 'identity-register', 'open-profile', 'seized')"


def upgrade() -> None:
    require_known_origins(op.get_bind())
    drop_guards(op.get_bind())
    with op.batch_alter_table("references") as batch:
        batch.add_column(sa.Column("provenance", sa.Text(), nullable=False))
        batch.add_column(sa.Column("minor", sa.Boolean(), nullable=False))
        batch.add_column(sa.Column("confirmed_by", sa.Text(), nullable=True))
        batch.add_column(sa.Column("origin", sa.Text(), nullable=False))
        batch.create_foreign_key(op.f("fk_references_confirmed_by"), "accounts", ["confirmed_by"], ["account_id"])
        batch.create_check_constraint(op.f("ck_references_provenance_listed"), _LISTED)
        batch.create_check_constraint(
            op.f("ck_references_confirmed_by_another"),
            "confirmed_by IS NULL OR (minor AND confirmed_by <> enrolled_by)",
        )


def downgrade() -> None:
    drop_guards(op.get_bind())
    with op.batch_alter_table("references") as batch:
        batch.drop_constraint(op.f("ck_references_confirmed_by_another"), type_="check")
        batch.drop_constraint(op.f("ck_references_provenance_listed"), type_="check")
        batch.drop_constraint(op.f("fk_references_confirmed_by"), type_="foreignkey")
        for column in ("origin", "confirmed_by", "minor", "provenance"):
            batch.drop_column(column)
