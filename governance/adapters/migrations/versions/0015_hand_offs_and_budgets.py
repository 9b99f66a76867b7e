"""Budgets of false alerts and what is charged to them; hand-offs to patrols and what they found.

The closed list of an object's classes becomes a guard, which each program sets up anew: a new class needs no new table.
"""

import sqlalchemy as sa
from alembic import op

from governance.adapters.db.guards import drop_guards

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# ruff: noqa: E501 (generated from the tables; a condition is one line)

_LISTED = "data_class IN ('account', 'candidate', 'count', 'lease', 'log', 'log-context', 'log-operator', 'log-subject', 'reference', 'register', 'review', 'session', 'warrant')"
_TABLES = ("corroborations", "hand_offs", "charges", "budgets", "interventions")


def upgrade() -> None:
    drop_guards(op.get_bind())
    _make_objects_anew()
    _create_interventions()
    _create_budgets()
    _create_charges()
    _create_hand_offs()
    _create_corroborations()


def downgrade() -> None:
    drop_guards(op.get_bind())
    for table in _TABLES:
        op.drop_table(table)
    _make_objects_anew(sa.CheckConstraint(_LISTED, name=op.f("ck_objects_data_class_listed")))


def _make_objects_anew(*checks: sa.CheckConstraint) -> None:
    """Make the table anew with these conditions. What points to it stands aside meanwhile."""
    bind = op.get_bind()
    if bind.dialect.name != "sqlite":
        op.drop_constraint(op.f("ck_objects_data_class_listed"), "objects", type_="check", if_exists=True)
        if checks:
            op.create_check_constraint(op.f("ck_objects_data_class_listed"), "objects", _LISTED)
        return
    bind.execute(sa.text("CREATE TEMPORARY TABLE erasures_aside AS SELECT * FROM erasures"))
    bind.execute(sa.text("DELETE FROM erasures"))
    op.create_table(
        "objects_anew",
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("data_class", sa.Text(), nullable=False),
        sa.Column("warrant_id", sa.Text(), nullable=True),
        sa.Column("commitment", sa.LargeBinary(length=32), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_objects_ends_after_it_begins")),
        *checks,
        sa.PrimaryKeyConstraint("object_id", name=op.f("pk_objects")),
    )
    bind.execute(
        sa.text(
            "INSERT INTO objects_anew SELECT object_id, data_class, warrant_id, commitment, box, created_at, expires_at FROM objects"
        )
    )
    op.drop_table("objects")
    op.rename_table("objects_anew", "objects")
    _index("objects", "warrant_id")
    bind.execute(sa.text("INSERT INTO erasures SELECT * FROM erasures_aside"))
    bind.execute(sa.text("DROP TABLE erasures_aside"))


def _made_and_ends(table: str) -> tuple[sa.Column[int], sa.Column[int], sa.CheckConstraint]:
    return (
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("expires_at >= created_at", name=op.f(f"ck_{table}_ends_after_it_begins")),
    )


def _index(table: str, *columns: str) -> None:
    for column in ("expires_at", *columns):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def _create_interventions() -> None:
    op.create_table(
        "interventions",
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("warrant_id", sa.Text(), nullable=False),
        *_made_and_ends("interventions"),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_interventions")),
    )
    _index("interventions")


def _create_budgets() -> None:
    op.create_table(
        "budgets",
        sa.Column("warrant_id", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("profile_sha256", sa.Text(), nullable=False),
        sa.Column("expected_milli", sa.Integer(), nullable=False),
        sa.Column("passages_per_day", sa.BigInteger(), nullable=False),
        sa.Column("passages", sa.BigInteger(), nullable=False),
        sa.Column("tolerated", sa.Integer(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("stopped_at", sa.BigInteger(), nullable=True),
        sa.Column("resume_asked_by", sa.Text(), nullable=True),
        sa.Column("resumed_by", sa.Text(), nullable=True),
        *_made_and_ends("budgets"),
        sa.CheckConstraint("expected_milli > 0 AND passages_per_day > 0", name=op.f("ck_budgets_is_a_rate")),
        sa.CheckConstraint("passages >= 0 AND tolerated >= 0", name=op.f("ck_budgets_counts_from_nothing")),
        sa.CheckConstraint(
            "resumed_by IS NULL OR resumed_by <> resume_asked_by", name=op.f("ck_budgets_resumed_by_another")
        ),
        sa.ForeignKeyConstraint(["approved_by"], ["accounts.account_id"], name=op.f("fk_budgets_approved_by")),
        sa.ForeignKeyConstraint(["resume_asked_by"], ["accounts.account_id"], name=op.f("fk_budgets_resume_asked_by")),
        sa.ForeignKeyConstraint(["resumed_by"], ["accounts.account_id"], name=op.f("fk_budgets_resumed_by")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=op.f("fk_budgets_site_id")),
        sa.ForeignKeyConstraint(["warrant_id"], ["warrants.warrant_id"], name=op.f("fk_budgets_warrant_id")),
        sa.PrimaryKeyConstraint("warrant_id", "site_id", "profile_sha256", name=op.f("pk_budgets")),
    )
    _index("budgets")


def _create_charges() -> None:
    op.create_table(
        "charges",
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("warrant_id", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("profile_sha256", sa.Text(), nullable=False),
        sa.Column("reference_id", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        *_made_and_ends("charges"),
        sa.CheckConstraint("verdict IN ('pending', 'false', 'right')", name=op.f("ck_charges_verdict_listed")),
        sa.ForeignKeyConstraint(["warrant_id"], ["warrants.warrant_id"], name=op.f("fk_charges_warrant_id")),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_charges")),
    )
    _index("charges", "reference_id", "warrant_id")


def _create_hand_offs() -> None:
    op.create_table(
        "hand_offs",
        sa.Column("hand_off_id", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("warrant_id", sa.Text(), nullable=False),
        sa.Column("slot_id", sa.Text(), nullable=False),
        sa.Column("reference_id", sa.Text(), nullable=False),
        sa.Column("patrol", sa.Text(), nullable=False),
        sa.Column("sent_by", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("found", sa.Text(), nullable=True),
        sa.Column("opened_index", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("concluded_at", sa.BigInteger(), nullable=True),
        *_made_and_ends("hand_offs"),
        sa.CheckConstraint(
            "(state IN ('concluded', 'overdue')) = (found IS NOT NULL)", name=op.f("ck_hand_offs_found_when_it_ended")
        ),
        sa.CheckConstraint(
            "found IN ('identity-right', 'identity-wrong', 'not-stopped', 'unknown')",
            name=op.f("ck_hand_offs_found_listed"),
        ),
        sa.CheckConstraint(
            "state IN ('sent', 'opened', 'acknowledged', 'concluded', 'overdue', 'recalled')",
            name=op.f("ck_hand_offs_state_listed"),
        ),
        sa.CheckConstraint("patrol <> sent_by", name=op.f("ck_hand_offs_verified_by_another")),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.alert_id"], name=op.f("fk_hand_offs_alert_id")),
        sa.ForeignKeyConstraint(["patrol"], ["accounts.account_id"], name=op.f("fk_hand_offs_patrol")),
        sa.ForeignKeyConstraint(["sent_by"], ["accounts.account_id"], name=op.f("fk_hand_offs_sent_by")),
        sa.ForeignKeyConstraint(["warrant_id"], ["warrants.warrant_id"], name=op.f("fk_hand_offs_warrant_id")),
        sa.PrimaryKeyConstraint("hand_off_id", name=op.f("pk_hand_offs")),
        sa.UniqueConstraint("alert_id", name=op.f("uq_hand_offs_alert_id")),
        sa.UniqueConstraint("opened_index", name=op.f("uq_hand_offs_opened_index")),
    )
    _index("hand_offs", "patrol", "warrant_id")


def _create_corroborations() -> None:
    op.create_table(
        "corroborations",
        sa.Column("hand_off_id", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("verified_by", sa.Text(), nullable=False),
        *_made_and_ends("corroborations"),
        sa.CheckConstraint(
            "verified_by IN ('document', 'register', 'acquaintance')", name=op.f("ck_corroborations_verified_by_listed")
        ),
        sa.ForeignKeyConstraint(["hand_off_id"], ["hand_offs.hand_off_id"], name=op.f("fk_corroborations_hand_off_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["accounts.account_id"], name=op.f("fk_corroborations_recorded_by")),
        sa.PrimaryKeyConstraint("hand_off_id", name=op.f("pk_corroborations")),
    )
    _index("corroborations")
