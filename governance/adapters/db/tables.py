"""The tables. Columns are named as the records' fields; what the rules refuse, constraints and triggers refuse too.

Every table names the retention class of what it holds (`info["retention"]`), and no foreign key deletes anything by
itself: what goes, goes by the erasure that is logged.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from governance.adapters.db.admission_tables import ADMISSIONS, PROFILE_SUSPENSIONS
from governance.adapters.db.base_tables import METADATA, a_table, one_of
from governance.adapters.db.incident_tables import SERIOUS_INCIDENTS
from governance.adapters.db.named_tables import CASE_LEADER_KEYS, EARLIER_RECORDS, FILED_ASSESSMENTS, NAMED_CAMERAS
from governance.adapters.db.operation_tables import DRIFT_EXPLANATIONS
from governance.adapters.db.outcome_tables import (
    BUDGETS,
    CHARGES,
    CONFIRMATIONS,
    CORROBORATIONS,
    HAND_OFFS,
    INTERVENTIONS,
)
from governance.adapters.db.public_tables import MODEL_ANNOUNCEMENTS, PUBLICATIONS
from governance.adapters.db.review_tables import ALERTS, JOINED, REVIEWS, VIEWS
from governance.adapters.db.rights_tables import RIGHTS_REQUESTS
from governance.adapters.db.search_tables import SEARCHES
from governance.adapters.db.site_tables import CAMERAS, DOCUMENTS, EVIDENCE, SITES
from governance.adapters.db.types import Choice, Instant, Roles, Words
from governance.adapters.db.volunteer_tables import (
    RUN_LEASES,
    RUN_REFUSALS,
    SEEDED_PASSES,
    SEEDED_RESULTS,
    VOLUNTEER_REFERENCES,
    VOLUNTEER_RUNS,
    VOLUNTEERS,
)
from governance.domain.deployments import DeploymentState
from governance.domain.eu_floor import FORBIDDEN_PROVENANCES, Provenance
from governance.domain.holds import Basis, HoldState
from governance.domain.narrowing import NarrowedKind
from governance.domain.organisations import Organisation
from governance.domain.papers import PaperKind
from governance.domain.retention import DataClass
from governance.domain.warrants import WarrantState, WarrantType

__all__ = [
    "ACCOUNTS",
    "ADMISSIONS",
    "ALERTS",
    "BUDGETS",
    "CAMERAS",
    "CASE_LEADERS",
    "CASE_LEADER_KEYS",
    "CERTIFICATES",
    "CHARGES",
    "CONFIRMATIONS",
    "CORROBORATIONS",
    "COUNTS",
    "DAY_ERASURES",
    "DEPLOYMENTS",
    "DOCUMENTS",
    "DRIFT_EXPLANATIONS",
    "EARLIER_RECORDS",
    "ERASURES",
    "EVIDENCE",
    "FILED_ASSESSMENTS",
    "HAND_OFFS",
    "HOLDS",
    "INTERVENTIONS",
    "JOINED",
    "LEASES",
    "LEASE_REFUSALS",
    "MARKS",
    "METADATA",
    "MODEL_ANNOUNCEMENTS",
    "NAMED_CAMERAS",
    "NARROWINGS",
    "NONCES",
    "NOTIFICATIONS",
    "OBJECTS",
    "PAPERS",
    "PROFILE_SUSPENSIONS",
    "PUBLICATIONS",
    "REFERENCES",
    "REVIEWS",
    "RIGHTS_REQUESTS",
    "RUN_LEASES",
    "RUN_REFUSALS",
    "SEARCHES",
    "SEEDED_PASSES",
    "SEEDED_RESULTS",
    "SERIOUS_INCIDENTS",
    "SESSIONS",
    "SETTLED",
    "SITES",
    "SITE_STOPS",
    "TRANSITIONS",
    "VIEWS",
    "VOLUNTEERS",
    "VOLUNTEER_REFERENCES",
    "VOLUNTEER_RUNS",
    "WARRANTS",
    "WATCHLISTS",
]

ACCOUNTS: Final = a_table(
    "accounts",
    DataClass.ACCOUNT,
    Column("account_id", Text, primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("organisation", Choice(Organisation), nullable=False),
    Column("roles", Roles, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("opening_hash", Text),
    Column("demo", Boolean, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked_until", Instant),
    Column("known_failures", Integer, nullable=False, server_default="0"),
    Column("known_locked_until", Instant),
    Column("on_shift_until", Instant),
    Column("certified_until", Instant),
    # No foreign keys: the first two name each other.
    Column("proposed_by", Text, nullable=False),
    Column("confirmed_by", Text),
    Column("confirmed_at", Instant),
    Column("withdrawn_at", Instant),
    one_of("organisation", [one.value for one in Organisation]),
    CheckConstraint(
        "(confirmed_by IS NULL) = (confirmed_at IS NULL)"
        " AND (confirmed_by IS NULL OR (confirmed_by <> proposed_by AND confirmed_by <> account_id))",
        name="confirmed_by_another",
    ),
    CheckConstraint("length(roles) > 0", name="has_a_role"),
)

CERTIFICATES: Final = a_table(
    "certificates",
    DataClass.ACCOUNT,
    Column("certificate_id", Text, primary_key=True),
    Column("account_id", Text, ForeignKey("accounts.account_id"), nullable=False, index=True),
    Column("ends_at", Instant, nullable=False),
    Column("proposed_by", Text, ForeignKey("accounts.account_id"), nullable=False),
    Column("confirmed_by", Text, ForeignKey("accounts.account_id")),
    CheckConstraint(
        "proposed_by <> account_id"
        " AND (confirmed_by IS NULL OR (confirmed_by <> proposed_by AND confirmed_by <> account_id))",
        name="by_two_others",
    ),
)

SESSIONS: Final = a_table(
    "sessions",
    DataClass.SESSION,
    Column("token_sha256", Text, primary_key=True),
    Column("account_id", Text, ForeignKey("accounts.account_id"), nullable=False, index=True),
)

OBJECTS: Final = a_table(
    "objects",
    DataClass.WARRANT,
    Column("object_id", Text, primary_key=True),
    Column("data_class", Choice(DataClass), nullable=False),
    # A8: whose it is. No foreign key: an object's own end comes before or after its warrant's.
    Column("warrant_id", Text, index=True),
    Column("commitment", LargeBinary(32), nullable=False),
    Column("box", LargeBinary, nullable=False),
)
"""Sealed objects. Each row has its own class (a guard holds the closed list) and its own end; the table's class is the
longest of them."""

ERASURES: Final = a_table(
    "erasures",
    DataClass.WARRANT,
    Column("object_id", Text, ForeignKey("objects.object_id"), primary_key=True),
    # None until the entry that says so stands in the log, within the same transaction.
    Column("intent", BigInteger),
    Column("reason", Text, nullable=False),
    one_of("reason", ["court", "decision", "request", "retention"]),
)

DAY_ERASURES: Final = a_table(
    "day_erasures",
    DataClass.WARRANT,
    Column("data_class", Text, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("intent", BigInteger, nullable=False, unique=True),
    Column("kept_apart", Words, nullable=False, server_default=""),
)

HOLDS: Final = a_table(
    "holds",
    DataClass.HOLD,
    # B15: one hold for an object, ever.
    Column("object_id", Text, primary_key=True),
    Column("state", Choice(HoldState), nullable=False, index=True),
    Column("basis", Choice(Basis), nullable=False),
    Column("reason", Text, nullable=False),
    Column("until_day", Integer, nullable=False),
    Column("asked_by", Text, ForeignKey("accounts.account_id"), nullable=False),
    Column("first_approver", Text, ForeignKey("accounts.account_id")),
    Column("second_approver", Text, ForeignKey("accounts.account_id")),
    Column("placed_at", BigInteger),
    Column("in_force_at", Instant),
    Column("set_apart", Boolean, nullable=False),
    Column("erase_after", Text, nullable=False),
    one_of("state", [one.value for one in HoldState]),
    one_of("basis", [one.value for one in Basis]),
    # B15: three people.
    CheckConstraint(
        "state = 'asked' OR (first_approver IS NOT NULL AND second_approver IS NOT NULL"
        " AND first_approver <> second_approver AND first_approver <> asked_by AND second_approver <> asked_by"
        " AND in_force_at IS NOT NULL)",
        name="set_by_three",
    ),
)

MARKS: Final = a_table(
    "marks",
    # A mark goes with the row that it belongs to, and accounts are the rows that stay longest.
    DataClass.REGISTER,
    Column("table_name", Text, primary_key=True),
    Column("row_key", Text, primary_key=True),
    Column("salt", LargeBinary, nullable=False),
)
"""The salts of the watched rows' commitments (`governance.adapters.db.watch`)."""

SETTLED: Final = Table(
    "settled",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
    info={"retention": DataClass.LOG},
)
"""The number of the last change of governance that is committed here, as the log counts them."""

WARRANTS: Final = a_table(
    "warrants",
    DataClass.WARRANT,
    Column("warrant_id", Text, primary_key=True),
    Column("state", Choice(WarrantState), nullable=False),
    Column("applicant", Text, ForeignKey("accounts.account_id"), nullable=False, index=True),
    Column("legal_officer", Text, ForeignKey("accounts.account_id")),
    Column("issuer", Text, nullable=False),
    # No foreign keys to objects: an erased object leaves its opaque id behind.
    Column("details", Text, nullable=False),
    Column("act", Text),
    Column("act_sha256", Text),
    Column("signature_key", Text),
    Column("signature", LargeBinary),
    Column("not_before", Instant, nullable=False),
    Column("not_after", Instant, nullable=False),
    Column("type", Choice(WarrantType), nullable=False, server_default=WarrantType.PRIOR.value),
    Column("decision", Text),
    one_of("state", [state.value for state in WarrantState]),
    # B14: applicant, legal officer and issuer are three.
    CheckConstraint("legal_officer IS NULL OR legal_officer <> applicant", name="approved_by_another"),
    CheckConstraint(
        "issuer <> applicant AND (legal_officer IS NULL OR issuer <> legal_officer)", name="issuer_is_third"
    ),
    # A6: nothing is in force without the issuer's signature over approved bytes.
    CheckConstraint(
        "state NOT IN ('issued', 'active', 'suspended') OR (signature IS NOT NULL AND signature_key IS NOT NULL"
        " AND act_sha256 IS NOT NULL AND legal_officer IS NOT NULL)",
        name="in_force_only_when_signed",
    ),
    CheckConstraint(
        "state <> 'approved' OR (act_sha256 IS NOT NULL AND legal_officer IS NOT NULL)", name="approved_by_somebody"
    ),
)

TRANSITIONS: Final = a_table(
    "transitions",
    DataClass.WARRANT,
    Column("warrant_id", Text, ForeignKey("warrants.warrant_id"), primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("before", Choice(WarrantState)),
    Column("after", Choice(WarrantState), nullable=False),
    # None: time did it.
    Column("actor", Text, ForeignKey("accounts.account_id")),
    Column("rule", Text, nullable=False),
    Column("why", Text),
    one_of("after", [state.value for state in WarrantState]),
    CheckConstraint("actor IS NULL OR why IS NOT NULL", name="people_say_why"),
)
"""Who brought a warrant from where to where, when, and why (a sealed object)."""

PAPERS: Final = a_table(
    "papers",
    DataClass.WARRANT,
    Column("paper_sha256", Text, primary_key=True),
    Column("warrant_id", Text, ForeignKey("warrants.warrant_id"), nullable=False, index=True),
    Column("kind", Choice(PaperKind), nullable=False),
    Column("record", Text, nullable=False),
    Column("openly", Text),
    Column("dated", Instant, nullable=False),
    one_of("kind", [kind.value for kind in PaperKind]),
    CheckConstraint("(openly IS NOT NULL) = (kind IN ('rejection', 'revocation'))", name="ends_are_told"),
)
"""What was signed about a warrant after its approval. The records are sealed objects; the end of a warrant is kept
openly beside, as every site is told it again and again."""

CASE_LEADERS: Final = a_table(
    "case_leaders",
    DataClass.LOG_CONTEXT,
    Column("case_tag", Text, primary_key=True),
    Column("leader", Text, primary_key=True),
)
"""Who led a case (0.4); the tag names no case without governance's key."""

NARROWINGS: Final = a_table(
    "narrowings",
    DataClass.WARRANT,
    Column("warrant_id", Text, ForeignKey("warrants.warrant_id"), primary_key=True),
    Column("kind", Choice(NarrowedKind), primary_key=True),
    Column("target", Text, primary_key=True),
    Column("actor", Text, ForeignKey("accounts.account_id")),
    Column("rule", Text, nullable=False),
    Column("why", Text),
    one_of("kind", [kind.value for kind in NarrowedKind]),
    CheckConstraint("actor IS NULL OR why IS NOT NULL", name="people_say_why"),
)
"""What a warrant does not allow any more: one slot or one camera to a row. Nothing is given back."""

REFERENCES: Final = a_table(
    "references",
    DataClass.WARRANT,
    Column("reference_id", Text, primary_key=True),
    Column("warrant_id", Text, ForeignKey("warrants.warrant_id"), nullable=False, index=True),
    # A3: a slot is filled once, and one photograph stands for one person of a warrant.
    Column("slot_id", Text, nullable=False, unique=True),
    Column("photograph_sha256", Text, nullable=False),
    Column("provenance", Choice(Provenance), nullable=False),
    Column("minor", Boolean, nullable=False),
    Column("enrolled_by", Text, ForeignKey("accounts.account_id"), nullable=False),
    Column("confirmed_by", Text, ForeignKey("accounts.account_id")),
    Column("boxes", Text, nullable=False),
    Column("origin", Text, nullable=False),
    UniqueConstraint("warrant_id", "photograph_sha256"),
    one_of("provenance", [one.value for one in Provenance if one not in FORBIDDEN_PROVENANCES]),
    # C2: the second signature for a minor's slot is somebody else's, and given for nothing else.
    CheckConstraint("confirmed_by IS NULL OR (minor AND confirmed_by <> enrolled_by)", name="confirmed_by_another"),
)

DEPLOYMENTS: Final = a_table(
    "deployments",
    DataClass.WARRANT,
    Column("deployment_id", Text, primary_key=True),
    Column("warrant_id", Text, ForeignKey("warrants.warrant_id"), nullable=False, unique=True),
    Column("state", Choice(DeploymentState), nullable=False),
    Column("started_by", Text, ForeignKey("accounts.account_id"), nullable=False),
    # No camera means nowhere: so it is for deployments of before this column.
    Column("cameras", Words, nullable=False, server_default=""),
    Column("profile_sha256", Text, nullable=False, server_default=""),
    Column("urgent", Boolean, nullable=False, server_default=false()),
    one_of("state", [state.value for state in DeploymentState]),
)

LIST_REPORTS: Final = a_table(
    "list_reports",
    DataClass.WARRANT,
    Column("report_id", Text, primary_key=True),
    Column("warrant_id", Text, ForeignKey("warrants.warrant_id"), nullable=False, index=True),
    Column("listed", Words, nullable=False),
    Column("near", Integer, nullable=False),
    Column("report", Text, nullable=False),
    Column("prepared_by", Text, ForeignKey("accounts.account_id"), nullable=False),
    Column("approved_by", Text, ForeignKey("accounts.account_id")),
    Column("approved_at", Instant),
    Column("reason", Text),
    # A3: two who look alike stand on a list for a reason.
    CheckConstraint("approved_by IS NULL OR near = 0 OR reason IS NOT NULL", name="alike_for_a_reason"),
    CheckConstraint("(approved_by IS NULL) = (approved_at IS NULL)", name="approved_whole"),
)

WATCHLISTS: Final = a_table(
    "watchlists",
    DataClass.LEASE,
    Column("watchlist_id", Text, primary_key=True),
    Column("deployment_id", Text, ForeignKey("deployments.deployment_id"), nullable=False, index=True),
    Column("warrant_id", Text, ForeignKey("warrants.warrant_id"), nullable=False),
    Column("site_id", Text, ForeignKey("sites.site_id"), nullable=False),
    Column("listed", Words, nullable=False),
    Column("left_out", Words, nullable=False),
    Column("gallery_sha256", Text, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("destroyed_at", Instant),
    # C1: at most a day, in milliseconds as instants are kept.
    CheckConstraint("ends_at > created_at AND ends_at - created_at <= 86400000", name="at_most_a_day"),
)

LEASES: Final = a_table(
    "leases",
    DataClass.LEASE,
    Column("lease_id", Text, primary_key=True),
    Column("deployment_id", Text, ForeignKey("deployments.deployment_id"), nullable=False, index=True),
    Column("warrant_id", Text, ForeignKey("warrants.warrant_id"), nullable=False, index=True),
    Column("site_id", Text, ForeignKey("sites.site_id"), nullable=False),
    Column("camera_id", Text, nullable=False),
    Column("day_key_sha256", Text, nullable=False),
    Column("gallery_sha256", Text, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("acknowledged_at", Instant),
    Column("stopped_at", Instant),
    Column("stopped_by", Text),
    Column("ended_at", Instant),
    Column("last_compared_at", Instant),
    Column("comparisons", BigInteger),
    Column("end_receipt", LargeBinary),
    # P1: at most 60 seconds, in milliseconds as instants are kept.
    CheckConstraint("ends_at > created_at AND ends_at - created_at <= 60000", name="at_most_a_minute"),
)

LEASE_REFUSALS: Final = a_table(
    "lease_refusals",
    DataClass.LEASE,
    Column("deployment_id", Text, ForeignKey("deployments.deployment_id"), primary_key=True),
    Column("camera_id", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
"""The last answer to a camera's question, while it is a no; `reason` is a rule's own sentence, about nobody."""

SITE_STOPS: Final = a_table(
    "site_stops",
    DataClass.REGISTER,
    Column("stop_id", Text, primary_key=True),
    Column("site_id", Text, ForeignKey("sites.site_id"), nullable=False, index=True),
    Column("pressed_at", Instant, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("released_at", Instant),
    Column("released_by", Text, ForeignKey("accounts.account_id")),
    CheckConstraint("(released_at IS NULL) = (released_by IS NULL)", name="released_by_somebody"),
    stands_until="released_at",
)

NOTIFICATIONS: Final = a_table(
    "notifications",
    DataClass.WARRANT,
    Column("notification_id", Text, primary_key=True),
    Column("deployment_id", Text, ForeignKey("deployments.deployment_id"), nullable=False),
    Column("authority", Text, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", Instant, nullable=False),
    Column("acknowledged_at", Instant),
    Column("acknowledgement", LargeBinary),
    UniqueConstraint("deployment_id", "authority"),
    # A10: delivered is what the authority signed for, never set by hand.
    CheckConstraint("(acknowledged_at IS NULL) = (acknowledgement IS NULL)", name="delivered_when_signed_for"),
)

NONCES: Final = a_table("nonces", DataClass.LEASE, Column("nonce", Text, primary_key=True))

COUNTS: Final = a_table(
    "counts",
    DataClass.COUNT,
    Column("camera_id", Text, primary_key=True),
    Column("session", Text, primary_key=True),
    Column("serial", BigInteger, nullable=False),
    Column("counts", LargeBinary, nullable=False),
)

Index("ix_alerts_due_at", ALERTS.c.due_at)
