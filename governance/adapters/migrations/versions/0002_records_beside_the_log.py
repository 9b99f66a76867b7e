"""The records of governance, with what the database refuses by itself. The log lies elsewhere, with the sequencer.

Revision 0001 held a log within these tables; a database of that revision is refused (`governance.adapters.db.migrate`).

What the database refuses by itself (triggers) is no part of a revision: `governance.adapters.db.migrate` takes the
triggers away before it migrates, and sets up those of `governance.adapters.db.guards` afterwards.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = None
branch_labels = None
depends_on = None

_CHILDREN_FIRST = (
    "marks",
    "settled",
    "day_erasures",
    "views",
    "reviews",
    "joined",
    "leases",
    "alerts",
    "references",
    "deployments",
    "warrants",
    "sessions",
    "erasures",
    "cameras",
    "sites",
    "objects",
    "nonces",
    "counts",
    "accounts",
)

# ruff: noqa: E501 (generated from the tables; a condition is one line)


def upgrade() -> None:
    _create_accounts()
    _create_counts()
    _create_nonces()
    _create_objects()
    _create_sites()
    _create_cameras()
    _create_erasures()
    _create_sessions()
    _create_warrants()
    _create_deployments()
    _create_references()
    _create_alerts()
    _create_leases()
    _create_joined()
    _create_reviews()
    _create_views()
    _create_day_erasures()
    _create_marks()
    _create_settled()


def downgrade() -> None:
    for table in _CHILDREN_FIRST:
        op.drop_table(table)


def _create_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.BigInteger(), nullable=True),
        sa.Column("on_shift_until", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_accounts_ends_after_it_begins")),
        sa.CheckConstraint("length(roles) > 0", name=op.f("ck_accounts_has_a_role")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("login", name=op.f("uq_accounts_login")),
    )
    op.create_index(op.f("ix_accounts_expires_at"), "accounts", ["expires_at"], unique=False)


def _create_counts() -> None:
    op.create_table(
        "counts",
        sa.Column("camera_id", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=False),
        sa.Column("counts", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_counts_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("camera_id", "session", name=op.f("pk_counts")),
    )
    op.create_index(op.f("ix_counts_expires_at"), "counts", ["expires_at"], unique=False)


def _create_nonces() -> None:
    op.create_table(
        "nonces",
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_nonces_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_nonces")),
    )
    op.create_index(op.f("ix_nonces_expires_at"), "nonces", ["expires_at"], unique=False)


def _create_objects() -> None:
    op.create_table(
        "objects",
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("data_class", sa.Text(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(length=32), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "data_class IN ('account', 'candidate', 'count', 'lease', 'log', 'log-context', 'log-operator', 'log-subject', 'reference', 'register', 'review', 'session', 'warrant')",
            name=op.f("ck_objects_data_class_listed"),
        ),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_objects_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("object_id", name=op.f("pk_objects")),
    )
    op.create_index(op.f("ix_objects_expires_at"), "objects", ["expires_at"], unique=False)


def _create_sites() -> None:
    op.create_table(
        "sites",
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("opening_public", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_sites_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_sites")),
        sa.UniqueConstraint("key", name=op.f("uq_sites_key")),
    )
    op.create_index(op.f("ix_sites_expires_at"), "sites", ["expires_at"], unique=False)


def _create_cameras() -> None:
    op.create_table(
        "cameras",
        sa.Column("camera_id", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("view", sa.Text(), nullable=False),
        sa.Column("care_area", sa.Boolean(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_cameras_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=op.f("fk_cameras_site_id")),
        sa.PrimaryKeyConstraint("camera_id", name=op.f("pk_cameras")),
    )
    op.create_index(op.f("ix_cameras_expires_at"), "cameras", ["expires_at"], unique=False)
    op.create_index(op.f("ix_cameras_site_id"), "cameras", ["site_id"], unique=False)


def _create_erasures() -> None:
    op.create_table(
        "erasures",
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("intent", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "reason IN ('court', 'decision', 'request', 'retention')", name=op.f("ck_erasures_reason_listed")
        ),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_erasures_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["object_id"], ["objects.object_id"], name=op.f("fk_erasures_object_id")),
        sa.PrimaryKeyConstraint("object_id", name=op.f("pk_erasures")),
    )
    op.create_index(op.f("ix_erasures_expires_at"), "erasures", ["expires_at"], unique=False)


def _create_day_erasures() -> None:
    op.create_table(
        "day_erasures",
        sa.Column("data_class", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("intent", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_day_erasures_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("data_class", "day", name=op.f("pk_day_erasures")),
        sa.UniqueConstraint("intent", name=op.f("uq_day_erasures_intent")),
    )
    op.create_index(op.f("ix_day_erasures_expires_at"), "day_erasures", ["expires_at"], unique=False)


def _create_marks() -> None:
    op.create_table(
        "marks",
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("row_key", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_marks_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("table_name", "row_key", name=op.f("pk_marks")),
    )
    op.create_index(op.f("ix_marks_expires_at"), "marks", ["expires_at"], unique=False)


def _create_settled() -> None:
    settled = op.create_table(
        "settled",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_settled_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settled")),
    )
    op.bulk_insert(settled, [{"id": 1, "number": 0}])


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_sessions_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_sessions_account_id")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_account_id"), "sessions", ["account_id"], unique=False)
    op.create_index(op.f("ix_sessions_expires_at"), "sessions", ["expires_at"], unique=False)


def _create_warrants() -> None:
    op.create_table(
        "warrants",
        sa.Column("warrant_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("applicant", sa.Text(), nullable=False),
        sa.Column("legal_officer", sa.Text(), nullable=True),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=True),
        sa.Column("act_sha256", sa.Text(), nullable=True),
        sa.Column("signature_key", sa.Text(), nullable=True),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("not_after", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state <> 'approved' OR (act_sha256 IS NOT NULL AND legal_officer IS NOT NULL)",
            name=op.f("ck_warrants_approved_by_somebody"),
        ),
        sa.CheckConstraint(
            "state IN ('drafted', 'submitted', 'approved', 'issued', 'active', 'suspended', 'revoked', 'expired', 'rejected')",
            name=op.f("ck_warrants_state_listed"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('issued', 'active', 'suspended') OR (signature IS NOT NULL AND signature_key IS NOT NULL AND act_sha256 IS NOT NULL AND legal_officer IS NOT NULL)",
            name=op.f("ck_warrants_in_force_only_when_signed"),
        ),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_warrants_ends_after_it_begins")),
        sa.CheckConstraint(
            "issuer <> applicant AND (legal_officer IS NULL OR issuer <> legal_officer)",
            name=op.f("ck_warrants_issuer_is_third"),
        ),
        sa.CheckConstraint(
            "legal_officer IS NULL OR legal_officer <> applicant", name=op.f("ck_warrants_approved_by_another")
        ),
        sa.ForeignKeyConstraint(["applicant"], ["accounts.account_id"], name=op.f("fk_warrants_applicant")),
        sa.ForeignKeyConstraint(["legal_officer"], ["accounts.account_id"], name=op.f("fk_warrants_legal_officer")),
        sa.PrimaryKeyConstraint("warrant_id", name=op.f("pk_warrants")),
    )
    op.create_index(op.f("ix_warrants_applicant"), "warrants", ["applicant"], unique=False)
    op.create_index(op.f("ix_warrants_expires_at"), "warrants", ["expires_at"], unique=False)


def _create_deployments() -> None:
    op.create_table(
        "deployments",
        sa.Column("deployment_id", sa.Text(), nullable=False),
        sa.Column("warrant_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('running', 'suspended', 'ended')", name=op.f("ck_deployments_state_listed")),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_deployments_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["started_by"], ["accounts.account_id"], name=op.f("fk_deployments_started_by")),
        sa.ForeignKeyConstraint(["warrant_id"], ["warrants.warrant_id"], name=op.f("fk_deployments_warrant_id")),
        sa.PrimaryKeyConstraint("deployment_id", name=op.f("pk_deployments")),
        sa.UniqueConstraint("warrant_id", name=op.f("uq_deployments_warrant_id")),
    )
    op.create_index(op.f("ix_deployments_expires_at"), "deployments", ["expires_at"], unique=False)


def _create_references() -> None:
    op.create_table(
        "references",
        sa.Column("reference_id", sa.Text(), nullable=False),
        sa.Column("warrant_id", sa.Text(), nullable=False),
        sa.Column("slot_id", sa.Text(), nullable=False),
        sa.Column("photograph_sha256", sa.Text(), nullable=False),
        sa.Column("enrolled_by", sa.Text(), nullable=False),
        sa.Column("boxes", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_references_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["enrolled_by"], ["accounts.account_id"], name=op.f("fk_references_enrolled_by")),
        sa.ForeignKeyConstraint(["warrant_id"], ["warrants.warrant_id"], name=op.f("fk_references_warrant_id")),
        sa.PrimaryKeyConstraint("reference_id", name=op.f("pk_references")),
        sa.UniqueConstraint("slot_id", name=op.f("uq_references_slot_id")),
        sa.UniqueConstraint("warrant_id", "photograph_sha256", name=op.f("uq_references_warrant_id_photograph_sha256")),
    )
    op.create_index(op.f("ix_references_expires_at"), "references", ["expires_at"], unique=False)
    op.create_index(op.f("ix_references_warrant_id"), "references", ["warrant_id"], unique=False)


def _create_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("warrant_id", sa.Text(), nullable=False),
        sa.Column("deployment_id", sa.Text(), nullable=False),
        sa.Column("reference_id", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("camera_id", sa.Text(), nullable=False),
        sa.Column("lease_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("report", sa.Text(), nullable=True),
        sa.Column("crops", sa.Text(), nullable=True),
        sa.Column("crops_sha256", sa.Text(), nullable=False),
        sa.Column("joined", sa.Integer(), nullable=False),
        sa.Column("captured_at", sa.BigInteger(), nullable=False),
        sa.Column("stream_time", sa.Float(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("concluded_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'disputed', 'confirmed-lead', 'dismissed')", name=op.f("ck_alerts_state_listed")
        ),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_alerts_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["deployment_id"], ["deployments.deployment_id"], name=op.f("fk_alerts_deployment_id")),
        sa.ForeignKeyConstraint(["reference_id"], ["references.reference_id"], name=op.f("fk_alerts_reference_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=op.f("fk_alerts_site_id")),
        sa.ForeignKeyConstraint(["warrant_id"], ["warrants.warrant_id"], name=op.f("fk_alerts_warrant_id")),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_alerts")),
    )
    op.create_index("ix_alerts_due_at", "alerts", ["due_at"], unique=False)
    op.create_index(op.f("ix_alerts_expires_at"), "alerts", ["expires_at"], unique=False)
    op.create_index(op.f("ix_alerts_state"), "alerts", ["state"], unique=False)
    op.create_index(op.f("ix_alerts_warrant_id"), "alerts", ["warrant_id"], unique=False)


def _create_leases() -> None:
    op.create_table(
        "leases",
        sa.Column("lease_id", sa.Text(), nullable=False),
        sa.Column("deployment_id", sa.Text(), nullable=False),
        sa.Column("warrant_id", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("camera_id", sa.Text(), nullable=False),
        sa.Column("day_key_sha256", sa.Text(), nullable=False),
        sa.Column("gallery_sha256", sa.Text(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "ends_at > created_at AND ends_at - created_at <= 60000", name=op.f("ck_leases_at_most_a_minute")
        ),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_leases_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["deployment_id"], ["deployments.deployment_id"], name=op.f("fk_leases_deployment_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=op.f("fk_leases_site_id")),
        sa.ForeignKeyConstraint(["warrant_id"], ["warrants.warrant_id"], name=op.f("fk_leases_warrant_id")),
        sa.PrimaryKeyConstraint("lease_id", name=op.f("pk_leases")),
    )
    op.create_index(op.f("ix_leases_deployment_id"), "leases", ["deployment_id"], unique=False)
    op.create_index(op.f("ix_leases_expires_at"), "leases", ["expires_at"], unique=False)
    op.create_index(op.f("ix_leases_warrant_id"), "leases", ["warrant_id"], unique=False)


def _create_joined() -> None:
    op.create_table(
        "joined",
        sa.Column("report_id", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_joined_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.alert_id"], name=op.f("fk_joined_alert_id")),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_joined")),
    )
    op.create_index(op.f("ix_joined_alert_id"), "joined", ["alert_id"], unique=False)
    op.create_index(op.f("ix_joined_expires_at"), "joined", ["expires_at"], unique=False)


def _create_reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("support", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_reviews_ends_after_it_begins")),
        sa.CheckConstraint("ordinal BETWEEN 1 AND 3", name=op.f("ck_reviews_at_most_three")),
        sa.CheckConstraint("support BETWEEN -3 AND 3", name=op.f("ck_reviews_graded")),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.alert_id"], name=op.f("fk_reviews_alert_id")),
        sa.ForeignKeyConstraint(["reviewer"], ["accounts.account_id"], name=op.f("fk_reviews_reviewer")),
        sa.PrimaryKeyConstraint("alert_id", "reviewer", name=op.f("pk_reviews")),
        sa.UniqueConstraint("alert_id", "ordinal", name=op.f("uq_reviews_alert_id_ordinal")),
    )
    op.create_index(op.f("ix_reviews_expires_at"), "reviews", ["expires_at"], unique=False)


def _create_views() -> None:
    op.create_table(
        "views",
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_views_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.alert_id"], name=op.f("fk_views_alert_id")),
        sa.ForeignKeyConstraint(["reviewer"], ["accounts.account_id"], name=op.f("fk_views_reviewer")),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_views")),
    )
    op.create_index(op.f("ix_views_alert_id"), "views", ["alert_id"], unique=False)
    op.create_index(op.f("ix_views_expires_at"), "views", ["expires_at"], unique=False)
