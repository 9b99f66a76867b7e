"""Accounts and certificates by two people each; whose organisation an account is (B14, E7).

An account of before was made by one person alone: it is not carried over.
"""

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.guards import drop_guards
from governance.application.errors import StorageFailed

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_ORGANISATIONS = "'region', 'police', 'issuing-authority', 'supervisory-authority', 'witness'"
_ANOTHER = (
    "(confirmed_by IS NULL) = (confirmed_at IS NULL)"
    " AND (confirmed_by IS NULL OR (confirmed_by <> proposed_by AND confirmed_by <> account_id))"
)
_TWO_OTHERS = (
    "proposed_by <> account_id"
    " AND (confirmed_by IS NULL OR (confirmed_by <> proposed_by AND confirmed_by <> account_id))"
)


def upgrade() -> None:
    _require_no_accounts()
    drop_guards(op.get_bind())
    with op.batch_alter_table("accounts") as batch:
        batch.add_column(sa.Column("organisation", sa.Text(), nullable=False))
        batch.add_column(sa.Column("certified_until", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("proposed_by", sa.Text(), nullable=False))
        batch.add_column(sa.Column("confirmed_by", sa.Text(), nullable=True))
        batch.add_column(sa.Column("confirmed_at", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("withdrawn_at", sa.BigInteger(), nullable=True))
        batch.create_check_constraint(op.f("ck_accounts_organisation_listed"), f"organisation IN ({_ORGANISATIONS})")
        batch.create_check_constraint(op.f("ck_accounts_confirmed_by_another"), _ANOTHER)
    op.create_table(
        "certificates",
        sa.Column("certificate_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(_TWO_OTHERS, name=op.f("ck_certificates_by_two_others")),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_certificates_ends_after_it_begins")),
        *(
            sa.ForeignKeyConstraint([column], ["accounts.account_id"], name=op.f(f"fk_certificates_{column}"))
            for column in ("account_id", "proposed_by", "confirmed_by")
        ),
        sa.PrimaryKeyConstraint("certificate_id", name=op.f("pk_certificates")),
    )
    op.create_index(op.f("ix_certificates_account_id"), "certificates", ["account_id"], unique=False)
    op.create_index(op.f("ix_certificates_expires_at"), "certificates", ["expires_at"], unique=False)


def downgrade() -> None:
    drop_guards(op.get_bind())
    op.drop_table("certificates")
    with op.batch_alter_table("accounts") as batch:
        batch.drop_constraint(op.f("ck_accounts_confirmed_by_another"), type_="check")
        batch.drop_constraint(op.f("ck_accounts_organisation_listed"), type_="check")
        for column in (
            "withdrawn_at",
            "confirmed_at",
            "confirmed_by",
            "proposed_by",
            "certified_until",
            "organisation",
        ):
            batch.drop_column(column)


def _require_no_accounts() -> None:
    accounts = sa.table("accounts")
    if op.get_bind().execute(sa.select(sa.func.count()).select_from(accounts)).scalar_one():
        raise StorageFailed(
            "This data folder was written by a version in which one person alone made accounts (B14); it cannot be"
            " carried over. For the demonstration run `make demo-reset`, then start again."
        )
