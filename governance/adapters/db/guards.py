"""What the database itself refuses, beyond constraints: triggers, for SQLite and PostgreSQL from one list.

They stand behind the rules of `governance.domain`: should a rule be forgotten in a use case, nothing is written.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, inspect, text

from governance.adapters.db.account_guards import ACCOUNT_GUARDS
from governance.adapters.db.admission_guards import ADMISSION_GUARDS
from governance.adapters.db.guard import Guard
from governance.adapters.db.kept_guards import KEPT_GUARDS, other
from governance.adapters.db.operation_guards import OPERATION_GUARDS
from governance.adapters.db.outcome_guards import OUTCOME_GUARDS
from governance.adapters.db.public_guards import PUBLIC_GUARDS
from governance.adapters.db.rights_guards import RIGHTS_GUARDS
from governance.adapters.db.search_guards import SEARCH_GUARDS
from governance.adapters.db.volunteer_guards import VOLUNTEER_GUARDS
from governance.adapters.db.warrant_guards import WARRANT_GUARDS
from governance.audit.vault_keys import OBJECT_CLASSES
from governance.domain.legal_profile import SWEDEN_2026

SHORTEST_LOOK: Final = SWEDEN_2026.shortest_look // timedelta(milliseconds=1)
"""In milliseconds; a legal profile's own is this or longer."""


def _gone_or_other(first: str, *others: str) -> str:
    """Return the condition that one of these columns is gone or another, once the first of them is there."""
    changed = " OR ".join(f"NEW.{one} IS NULL OR NEW.{one} <> OLD.{one}" for one in (first, *others))
    return f"OLD.{first} IS NOT NULL AND ({changed})"


_CLASSES: Final = ", ".join(f"'{one}'" for one in sorted(OBJECT_CLASSES))

GUARDS: Final = (
    *KEPT_GUARDS,
    *OUTCOME_GUARDS,
    *ACCOUNT_GUARDS,
    *ADMISSION_GUARDS,
    *OPERATION_GUARDS,
    *PUBLIC_GUARDS,
    *RIGHTS_GUARDS,
    *WARRANT_GUARDS,
    *SEARCH_GUARDS,
    *VOLUNTEER_GUARDS,
    Guard(
        name="views_keep_their_place",
        table="views",
        operation="UPDATE",
        condition="NEW.log_index <> OLD.log_index AND NOT (OLD.log_index >= 0 AND NEW.log_index < 0)",
        sentence="a view keeps its place in the log, until a new log gives it one that no entry has",
    ),
    Guard(
        name="alerts_stay_escalated",
        table="alerts",
        operation="UPDATE",
        condition="NEW.escalated < OLD.escalated",
        sentence="an alert that was escalated stays so (E6)",
    ),
    Guard(
        name="leases_end_as_they_ended",
        table="leases",
        operation="UPDATE",
        condition=f"({_gone_or_other('stopped_at')}) OR ({_gone_or_other('ended_at', 'comparisons', 'end_receipt')})"
        f" OR (OLD.ended_at IS NOT NULL AND ({other('last_compared_at')}))",
        sentence="how a lease ended does not change (A13)",
    ),
    Guard(
        name="notifications_are_signed_for_once",
        table="notifications",
        operation="UPDATE",
        condition="OLD.acknowledged_at IS NOT NULL AND (NEW.acknowledged_at IS NULL"
        " OR NEW.acknowledged_at <> OLD.acknowledged_at OR NEW.acknowledgement <> OLD.acknowledgement)",
        sentence="what an authority signed for does not change (A10)",
    ),
    Guard(
        name="serious_incidents_begin_unreported",
        table="serious_incidents",
        operation="INSERT",
        condition="NEW.reported_at IS NOT NULL",
        sentence="an incident is registered before it is reported (A18)",
    ),
    Guard(
        name="serious_incidents_are_reported_once",
        table="serious_incidents",
        operation="UPDATE",
        condition="OLD.reported_at IS NOT NULL AND (NEW.reported_at IS NULL OR NEW.reported_at <> OLD.reported_at"
        " OR NEW.told <> OLD.told OR NEW.reported_by <> OLD.reported_by)",
        sentence="what was reported of an incident does not change (A18)",
    ),
    Guard(
        name="leases_not_where_stop_was_pressed",
        table="leases",
        operation="INSERT",
        condition="EXISTS (SELECT 1 FROM site_stops s WHERE s.site_id = NEW.site_id AND s.released_at IS NULL)",
        sentence="nothing is lent to a site where stop was pressed and not released (A16)",
    ),
    Guard(
        name="site_stops_are_released_once",
        table="site_stops",
        operation="UPDATE",
        condition="OLD.released_at IS NOT NULL AND (NEW.released_at IS NULL OR NEW.released_at <> OLD.released_at"
        " OR NEW.released_by <> OLD.released_by)",
        sentence="a stop is released once (A16)",
    ),
    Guard(
        name="site_stops_stay_until_released",
        table="site_stops",
        operation="DELETE",
        condition="OLD.released_at IS NULL",
        sentence="a stop that was pressed is kept for as long as it stands (A16)",
    ),
    Guard(
        name="leases_only_after_notifications",
        table="leases",
        operation="INSERT",
        condition="(SELECT COUNT(*) FROM notifications n WHERE n.deployment_id = NEW.deployment_id) < 2",
        sentence="nothing is lent before both authorities were written to (A10)",
    ),
    Guard(
        name="leases_only_of_what_runs",
        table="leases",
        operation="INSERT",
        condition="NOT EXISTS (SELECT 1 FROM deployments d JOIN warrants w ON w.warrant_id = d.warrant_id"
        " WHERE d.deployment_id = NEW.deployment_id AND w.warrant_id = NEW.warrant_id AND d.state = 'running'"
        " AND w.state = 'active' AND w.not_before <= NEW.created_at AND NEW.ends_at <= w.not_after)",
        sentence="nothing is lent but the live warrant of a running deployment (A6)",
    ),
    Guard(
        name="objects_of_a_class_with_a_rule",
        table="objects",
        operation="INSERT",
        condition=f"NEW.data_class NOT IN ({_CLASSES})",
        sentence="nothing is kept without a rule for its destruction (B11)",
    ),
    Guard(
        name="leases_lend_a_list_of_the_day",
        table="leases",
        operation="INSERT",
        condition="NOT EXISTS (SELECT 1 FROM watchlists w WHERE w.deployment_id = NEW.deployment_id"
        " AND w.site_id = NEW.site_id AND w.gallery_sha256 = NEW.gallery_sha256 AND w.destroyed_at IS NULL"
        " AND w.created_at <= NEW.created_at AND w.ends_at >= NEW.ends_at)",
        sentence="a lease lends a list that was built within the day, as it was built (C1)",
    ),
    Guard(
        name="deployments_of_an_approved_list",
        table="deployments",
        operation="INSERT",
        condition="NOT EXISTS (SELECT 1 FROM list_reports r WHERE r.warrant_id = NEW.warrant_id"
        " AND r.approved_by IS NOT NULL)",
        sentence="nothing is put into use before its list was approved (C2)",
    ),
    Guard(
        name="list_reports_begin_unapproved",
        table="list_reports",
        operation="INSERT",
        condition="NEW.approved_by IS NOT NULL",
        sentence="a list is approved after its report was made (C2)",
    ),
    Guard(
        name="list_reports_approved_by_no_enroller",
        table="list_reports",
        operation="UPDATE",
        condition="(OLD.approved_by IS NOT NULL AND (NEW.approved_by IS NULL OR NEW.approved_by <> OLD.approved_by"
        " OR NEW.approved_at <> OLD.approved_at)) OR (OLD.approved_by IS NULL AND NEW.approved_by IS NOT NULL"
        ' AND EXISTS (SELECT 1 FROM "references" r WHERE r.warrant_id = NEW.warrant_id'
        " AND r.enrolled_by = NEW.approved_by))",
        sentence="a list is approved once, by somebody who enrolled nobody of it (C2)",
    ),
    Guard(
        name="watchlists_end_once",
        table="watchlists",
        operation="UPDATE",
        condition="OLD.destroyed_at IS NOT NULL AND (NEW.destroyed_at IS NULL OR NEW.destroyed_at <> OLD.destroyed_at)",
        sentence="a list that was destroyed does not come back (C1)",
    ),
    Guard(
        name="watchlists_of_a_warrant_in_force",
        table="watchlists",
        operation="INSERT",
        condition="NOT EXISTS (SELECT 1 FROM deployments d JOIN warrants w ON w.warrant_id = d.warrant_id"
        " WHERE d.deployment_id = NEW.deployment_id AND w.warrant_id = NEW.warrant_id AND d.state <> 'ended'"
        " AND w.state IN ('active', 'suspended') AND NEW.ends_at <= w.not_after)",
        sentence="a list belongs to one deployment of a warrant in force (C1)",
    ),
    Guard(
        name="cameras_are_replaced_by_newer_ones",
        table="cameras",
        operation="UPDATE",
        condition="NEW.payload <> OLD.payload AND NEW.serial <= OLD.serial",
        sentence="an older record of a camera is not registered again (B7)",
    ),
    Guard(
        name="cameras_keep_their_tags_of_care",
        table="cameras",
        operation="UPDATE",
        condition="(OLD.care_area AND NOT NEW.care_area) OR (OLD.healthcare AND NOT NEW.healthcare)",
        sentence="nobody takes a tag of care off a camera (B8)",
    ),
    Guard(
        name="leases_never_in_a_care_area",
        table="leases",
        operation="INSERT",
        condition="EXISTS (SELECT 1 FROM cameras c WHERE c.camera_id = NEW.camera_id AND (c.care_area"
        " OR (c.healthcare AND c.opened_by_sha256 IS NULL)))",
        sentence="a camera in a care area, or of a healthcare site without a decision, is never lent (B8)",
    ),
    Guard(
        name="leases_only_with_evidence",
        table="leases",
        operation="INSERT",
        condition="NOT EXISTS (SELECT 1 FROM evidence e WHERE e.site_id = NEW.site_id AND e.hot_spot"
        " AND e.expires_at > NEW.created_at)",
        sentence="a site without live evidence is lent to nobody (C14)",
    ),
    Guard(
        name="leases_only_with_documents",
        table="leases",
        operation="INSERT",
        condition="(SELECT count(*) FROM documents d WHERE d.camera_id = NEW.camera_id"
        " AND d.expires_at > NEW.created_at) < 3",
        sentence="a camera without its documents and its sign is lent to nobody (B7, C9)",
    ),
    Guard(
        name="references_begin_unconfirmed",
        table="references",
        operation="INSERT",
        condition="NEW.confirmed_by IS NOT NULL",
        sentence="the second signature comes after the first (C2)",
    ),
    Guard(
        name="references_confirmed_by_a_third",
        table="references",
        operation="UPDATE",
        condition="NEW.confirmed_by IS NOT NULL AND EXISTS (SELECT 1 FROM warrants w"
        " WHERE w.warrant_id = NEW.warrant_id"
        " AND (w.applicant = NEW.confirmed_by OR w.legal_officer = NEW.confirmed_by))",
        sentence="whoever applied or approved does not sign second (C2)",
    ),
    Guard(
        name="references_stay_what_they_are",
        table="references",
        operation="UPDATE",
        condition="(OLD.minor AND NOT NEW.minor) OR (OLD.confirmed_by IS NOT NULL"
        " AND (NEW.confirmed_by IS NULL OR NEW.confirmed_by <> OLD.confirmed_by))",
        sentence="the slot of a minor stays one, and its second signature stands (C2)",
    ),
    Guard(
        name="objects_stay_their_warrants",
        table="objects",
        operation="UPDATE",
        condition="OLD.warrant_id IS NOT NULL AND (NEW.warrant_id IS NULL OR NEW.warrant_id <> OLD.warrant_id)",
        sentence="an object stays with its warrant, and goes with it (A8)",
    ),
    Guard(
        name="reviews_by_nobody_with_a_hand_in_it",
        table="reviews",
        operation="INSERT",
        condition="EXISTS (SELECT 1 FROM alerts a JOIN warrants w ON w.warrant_id = a.warrant_id"
        " WHERE a.alert_id = NEW.alert_id AND (w.applicant = NEW.reviewer OR w.legal_officer = NEW.reviewer"
        ' OR EXISTS (SELECT 1 FROM "references" r WHERE r.warrant_id = w.warrant_id'
        " AND r.enrolled_by = NEW.reviewer)))",
        sentence="whoever had a hand in the warrant does not review (A15)",
    ),
    Guard(
        name="references_by_nobody_who_reviewed",
        table="references",
        operation="INSERT",
        condition="EXISTS (SELECT 1 FROM alerts a JOIN reviews r ON r.alert_id = a.alert_id"
        " WHERE a.warrant_id = NEW.warrant_id AND r.reviewer = NEW.enrolled_by)",
        sentence="whoever reviewed under a warrant does not enrol under it (B14)",
    ),
    Guard(
        name="reviews_only_after_a_view",
        table="reviews",
        operation="INSERT",
        condition="NOT EXISTS (SELECT 1 FROM views v WHERE v.alert_id = NEW.alert_id AND v.reviewer = NEW.reviewer"  # noqa: S608 (a number of ours)
        f" AND v.created_at <= NEW.created_at - {SHORTEST_LOOK})",
        sentence="nobody reviews what was not shown to them for long enough (E2, E4)",
    ),
    Guard(
        name="alerts_confirmed_by_two",
        table="alerts",
        operation="UPDATE",
        condition="NEW.state = 'confirmed-lead' AND (SELECT count(DISTINCT r.reviewer) FROM reviews r"
        " WHERE r.alert_id = NEW.alert_id AND r.support >= 2) < 2",
        sentence="two different people, or it is not confirmed (A15)",
    ),
    Guard(
        name="alerts_begin_open_or_dismissed",
        table="alerts",
        operation="INSERT",
        condition="NEW.state NOT IN ('open', 'dismissed')",
        sentence="an alert does not begin as a lead (A15)",
    ),
    Guard(
        name="alerts_end_once",
        table="alerts",
        operation="UPDATE",
        condition="OLD.state IN ('confirmed-lead', 'dismissed') AND NEW.state <> OLD.state",
        sentence="a concluded alert does not change (E6)",
    ),
)


def create_guards(connection: Connection) -> None:
    """Create every trigger whose table is there: an early revision does not have them all yet."""
    there = set(inspect(connection).get_table_names())
    for guard in GUARDS:
        if guard.table not in there:
            continue
        for statement in _statements(guard, connection.dialect.name):
            connection.execute(text(statement))


def has_every_guard(connection: Connection) -> bool:
    """Say whether the triggers of this database are those of this program, by their names."""
    return {name for name, _ in _standing(connection)} == {guard.name for guard in GUARDS}


def drop_guards(connection: Connection) -> None:
    """Drop every trigger that stands, also those of an earlier program: tables are changed without them."""
    for name, table in _standing(connection):
        if connection.dialect.name == "sqlite":
            connection.execute(text(f'DROP TRIGGER "{name}"'))
        else:
            connection.execute(text(f'DROP TRIGGER "{name}" ON "{table}"'))
            connection.execute(text(f'DROP FUNCTION "{name}"()'))


def _standing(connection: Connection) -> list[tuple[str, str]]:
    """Return the triggers of this database and their tables."""
    triggers = (
        "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'"
        if connection.dialect.name == "sqlite"
        else "SELECT tgname, relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal"
    )
    return [(str(name), str(table)) for name, table in connection.execute(text(triggers))]


def _statements(guard: Guard, dialect: str) -> tuple[str, ...]:
    head = f'CREATE TRIGGER {guard.name} BEFORE {guard.operation} ON "{guard.table}" FOR EACH ROW'
    if dialect == "sqlite":
        return (f"{head} WHEN {guard.condition} BEGIN SELECT RAISE(ABORT, '{guard.sentence}'); END",)
    # The error code makes it an integrity error to whoever catches it, as SQLite's is.
    alarm = f"RAISE EXCEPTION '{guard.sentence}' USING ERRCODE = 'integrity_constraint_violation'"
    row = "OLD" if guard.operation == "DELETE" else "NEW"
    refuse = f"IF ({guard.condition}) THEN {alarm}; END IF; RETURN {row};"
    function = f"CREATE OR REPLACE FUNCTION {guard.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {refuse} END $$"
    return function, f"{head} EXECUTE FUNCTION {guard.name}()"
