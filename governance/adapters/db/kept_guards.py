"""What the database refuses of every kept row: an end put off, words changed, an end beyond its class (B1)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from governance.adapters.db.guard import Guard
from governance.audit.vault_keys import OBJECT_CLASSES
from governance.domain.retention import RETENTION, DataClass

_EXPIRING: Final = (
    "accounts",
    "admissions",
    "alerts",
    "budgets",
    "cameras",
    "charges",
    "confirmations",
    "corroborations",
    "case_leader_keys",
    "case_leaders",
    "certificates",
    "counts",
    "day_erasures",
    "deployments",
    "documents",
    "drift_explanations",
    "earlier_records",
    "erasures",
    "evidence",
    "filed_assessments",
    "hand_offs",
    "holds",
    "interventions",
    "joined",
    "lease_refusals",
    "leases",
    "named_cameras",
    "narrowings",
    "list_reports",
    "marks",
    "model_announcements",
    "nonces",
    "notifications",
    "objects",
    "papers",
    "profile_suspensions",
    "publications",
    "references",
    "reviews",
    "rights_requests",
    "run_leases",
    "run_refusals",
    "searches",
    "seeded_passes",
    "seeded_results",
    "serious_incidents",
    "sessions",
    "site_stops",
    "sites",
    "transitions",
    "views",
    "volunteer_references",
    "volunteer_runs",
    "volunteers",
    "warrants",
    "watchlists",
)

_FIXED: Final = {
    "accounts": ("account_id", "login", "organisation", "roles", "proposed_by", "created_at"),
    "admissions": (
        "document",
        "admission_id",
        "profile_sha256",
        "profile_class",
        "verdict",
        "tested_list",
        "threshold",
        "measured_on",
        "ends_at",
        "record",
        "created_at",
    ),
    "alerts": (
        "alert_id",
        "warrant_id",
        "deployment_id",
        "search_id",
        "reference_id",
        "crops_sha256",
        "captured_at",
        "created_at",
        "due_at",
    ),
    "budgets": (
        "warrant_id",
        "site_id",
        "profile_sha256",
        "expected_milli",
        "passages_per_day",
        "approved_by",
        "created_at",
    ),
    "charges": ("alert_id", "warrant_id", "site_id", "profile_sha256", "reference_id", "joins", "created_at"),
    "confirmations": ("hand_off_id", "confirmed_by", "report", "created_at"),
    "corroborations": ("hand_off_id", "recorded_by", "verified_by", "created_at"),
    "deployments": ("deployment_id", "warrant_id", "started_by", "cameras", "profile_sha256", "urgent", "created_at"),
    "case_leaders": ("case_tag", "leader", "created_at"),
    "certificates": ("certificate_id", "account_id", "ends_at", "proposed_by", "created_at"),
    "day_erasures": ("data_class", "day", "intent", "kept_apart", "created_at"),
    "documents": ("camera_id", "kind", "sha256", "handed_in_by", "created_at"),
    "drift_explanations": ("profile_sha256", "month", "explanation", "explained_by", "created_at"),
    "case_leader_keys": ("case_tag", "leader", "key_check", "created_at"),
    "earlier_records": ("record_sha256", "camera_id", "payload", "key", "signature", "created_at"),
    "filed_assessments": ("camera_id", "sha256", "created_at"),
    "named_cameras": ("warrant_id", "camera_id", "record_sha256", "assessment_sha256", "written_at", "created_at"),
    "erasures": ("object_id", "reason", "created_at"),
    "evidence": ("site_id", "document", "counted", "total", "places", "threshold", "hot_spot", "counts", "created_at"),
    "hand_offs": (
        "hand_off_id",
        "alert_id",
        "warrant_id",
        "slot_id",
        "reference_id",
        "patrol",
        "sent_by",
        "created_at",
        "due_at",
    ),
    "holds": ("object_id", "basis", "reason", "until_day", "asked_by", "created_at"),
    "interventions": ("record", "alert_id", "warrant_id", "created_at"),
    "leases": ("lease_id", "deployment_id", "warrant_id", "site_id", "camera_id", "created_at", "ends_at"),
    "narrowings": ("warrant_id", "kind", "target", "rule", "created_at"),
    "notifications": ("notification_id", "deployment_id", "authority", "record", "created_at"),
    "site_stops": ("stop_id", "site_id", "pressed_at", "record", "created_at"),
    "list_reports": ("report_id", "warrant_id", "listed", "near", "report", "prepared_by", "created_at"),
    "model_announcements": ("number", "profile_sha256", "usable_from", "created_at"),
    "objects": ("object_id", "data_class", "commitment", "box", "created_at"),
    "papers": ("paper_sha256", "warrant_id", "kind", "record", "openly", "dated", "created_at"),
    "profile_suspensions": ("suspension_id", "profile_sha256", "ground", "suspended_by", "created_at"),
    "publications": (
        "publication_id",
        "kind",
        "about",
        "report",
        "days",
        "registration_number",
        "assessment_sha256",
        "created_at",
    ),
    "references": (
        "reference_id",
        "warrant_id",
        "slot_id",
        "photograph_sha256",
        "provenance",
        "enrolled_by",
        "boxes",
        "origin",
        "created_at",
    ),
    "run_leases": ("lease_id", "run_id", "site_id", "camera_id", "created_at", "ends_at"),
    "searches": (
        "search_id",
        "warrant_id",
        "reference_id",
        "site_id",
        "camera_id",
        "recording_sha256",
        "recorded_from",
        "recorded_until",
        "asked_by",
        "created_at",
    ),
    "seeded_passes": ("pass_id", "run_id", "volunteer_id", "camera_id", "begins_at", "ends_at", "created_at"),
    "seeded_results": (
        "run_id",
        "parted_by",
        "group_name",
        "profile_sha256",
        "volunteers",
        "announced",
        "found",
        "withheld",
        "created_at",
    ),
    "serious_incidents": ("incident_id", "kinds", "known_at", "what", "registered_by", "created_at"),
    "reviews": ("alert_id", "reviewer", "ordinal", "support", "answer", "created_at"),
    "rights_requests": ("request_id", "kind", "received_on", "words", "registered_by", "created_at"),
    "sessions": ("token_sha256", "account_id", "created_at"),
    "transitions": ("warrant_id", "ordinal", "after", "rule", "created_at"),
    "views": ("alert_id", "reviewer", "created_at"),
    "volunteer_references": ("volunteer_id", "run_id", "photograph_sha256", "boxes", "created_at"),
    "volunteer_runs": (
        "run_id",
        "site_id",
        "mode",
        "rests_on_sha256",
        "warrant_id",
        "cameras",
        "begins_at",
        "ends_at",
        "profile_sha256",
        "proposed_by",
        "created_at",
    ),
    "volunteers": (
        "volunteer_id",
        "run_id",
        "reference_id",
        "photograph_sha256",
        "consent_sha256",
        "given_at",
        "until",
        "sex",
        "age",
        "skin",
        "created_at",
    ),
    "watchlists": (
        "watchlist_id",
        "deployment_id",
        "warrant_id",
        "site_id",
        "listed",
        "left_out",
        "gallery_sha256",
        "created_at",
        "ends_at",
    ),
    "warrants": ("warrant_id", "applicant", "created_at"),
}


def _expiry_guards() -> Iterator[Guard]:
    for table in _EXPIRING:
        yield Guard(
            name=f"{table}_expiry_is_never_put_off",
            table=table,
            operation="UPDATE",
            condition="NEW.expires_at > OLD.expires_at",
            sentence="expiry is never put off (B1)",
        )


def other(column: str) -> str:
    """Return the condition that a column is another, from nothing and to nothing too."""
    return f'NEW."{column}" <> OLD."{column}" OR (NEW."{column}" IS NULL) <> (OLD."{column}" IS NULL)'


def _fixed_guards() -> Iterator[Guard]:
    for table, columns in _FIXED.items():
        changed = " OR ".join(other(column) for column in columns)
        yield Guard(
            name=f"{table}_keeps_what_was_written",
            table=table,
            operation="UPDATE",
            condition=changed,
            sentence="what was written here does not change",
        )


def _longest(data_class: str) -> int:
    """Return how long a class is kept at most, in milliseconds as instants are kept."""
    return RETENTION[DataClass(data_class)].length // timedelta(milliseconds=1)


_LONGEST_OF_AN_OBJECT: Final = " ".join(f"WHEN '{one}' THEN {_longest(one)}" for one in sorted(OBJECT_CLASSES))


def _beginning_guards() -> Iterator[Guard]:
    """What is kept begins with an end within its class: no later trigger could bring it forward."""
    for table, longest in (
        ("interventions", str(_longest("intervention"))),
        ("objects", f"CASE NEW.data_class {_LONGEST_OF_AN_OBJECT} ELSE 0 END"),
    ):
        yield Guard(
            name=f"{table}_end_within_their_class",
            table=table,
            operation="INSERT",
            condition=f"NEW.expires_at > NEW.created_at + {longest}",
            sentence="nothing is kept longer than its class (B1)",
        )


KEPT_GUARDS: Final = (*_expiry_guards(), *_fixed_guards(), *_beginning_guards())
