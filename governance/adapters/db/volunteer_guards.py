"""What the database refuses about seeded volunteers (C11, C16), a part of `governance.adapters.db.guards`."""

from typing import Final

from governance.adapters.db.guard import Guard

VOLUNTEER_GUARDS: Final = (
    Guard(
        name="volunteer_runs_begin_proposed",
        table="volunteer_runs",
        operation="INSERT",
        condition="NEW.state <> 'proposed' OR NEW.withdrew <> 0 OR NEW.unannounced <> 0",
        sentence="a run is proposed before anything else (C16)",
    ),
    Guard(
        name="volunteer_runs_go_one_way",
        table="volunteer_runs",
        operation="UPDATE",
        condition="NEW.state <> OLD.state AND NOT ((OLD.state = 'proposed' AND NEW.state IN ('approved', 'ended'))"
        " OR (OLD.state = 'approved' AND NEW.state = 'ended'))",
        sentence="a run is proposed, approved once and ended once (C16)",
    ),
    Guard(
        name="volunteer_runs_keep_their_people_and_counts",
        table="volunteer_runs",
        operation="UPDATE",
        condition="(OLD.approved_by IS NOT NULL AND (NEW.approved_by IS NULL OR NEW.approved_by <> OLD.approved_by"
        " OR NEW.approved_at IS NULL OR NEW.approved_at <> OLD.approved_at))"
        " OR (OLD.ended_at IS NOT NULL AND (NEW.ended_at IS NULL OR NEW.ended_at <> OLD.ended_at))"
        " OR NEW.withdrew < OLD.withdrew OR NEW.unannounced < OLD.unannounced",
        sentence="who approved a run, its end and its counts are not taken back (C11)",
    ),
    Guard(
        name="volunteer_runs_inside_a_warrant_in_use",
        table="volunteer_runs",
        operation="UPDATE",
        condition="NEW.state = 'approved' AND OLD.state <> 'approved' AND NEW.mode = 'inside-warrant'"
        " AND NOT EXISTS (SELECT 1 FROM warrants w JOIN deployments d ON d.warrant_id = w.warrant_id"
        " WHERE w.warrant_id = NEW.warrant_id AND w.act_sha256 = NEW.rests_on_sha256 AND w.state = 'active'"
        " AND w.type <> 'post-remote' AND d.state = 'running' AND w.not_before <= NEW.begins_at"
        " AND NEW.ends_at <= w.not_after)",
        sentence="on an open site nobody is compared with volunteers but inside a warrant in use (C16)",
    ),
    Guard(
        name="volunteers_consent_to_their_whole_run",
        table="volunteers",
        operation="INSERT",
        condition="NOT EXISTS (SELECT 1 FROM volunteer_runs r WHERE r.run_id = NEW.run_id AND r.state = 'proposed'"
        " AND NEW.given_at <= r.begins_at AND r.ends_at <= NEW.until)",
        sentence="a volunteer is on a list only for a run to all of which they consented (C11)",
    ),
    Guard(
        name="volunteers_are_not_wanted",
        table="volunteers",
        operation="INSERT",
        condition='EXISTS (SELECT 1 FROM "references" r WHERE r.reference_id = NEW.reference_id'
        " OR r.photograph_sha256 = NEW.photograph_sha256)",
        sentence="nobody who is looked for under a warrant is on a list of volunteers (C16)",
    ),
    Guard(
        name="volunteer_references_of_who_consents",
        table="volunteer_references",
        operation="INSERT",
        condition="NOT EXISTS (SELECT 1 FROM volunteer_runs r JOIN volunteers v ON v.run_id = r.run_id"
        " WHERE r.run_id = NEW.run_id AND r.state = 'approved' AND v.volunteer_id = NEW.volunteer_id"
        " AND v.photograph_sha256 = NEW.photograph_sha256)",
        sentence="a volunteer is enrolled for an approved run, from the photograph that they consented to (C11)",
    ),
    Guard(
        name="volunteer_references_are_not_wanted",
        table="volunteer_references",
        operation="INSERT",
        condition='EXISTS (SELECT 1 FROM "references" r WHERE r.photograph_sha256 = NEW.photograph_sha256)',
        sentence="nobody who is looked for under a warrant is enrolled as a volunteer (C16)",
    ),
    Guard(
        name="run_leases_within_an_approved_run",
        table="run_leases",
        operation="INSERT",
        condition="NOT EXISTS (SELECT 1 FROM volunteer_runs r WHERE r.run_id = NEW.run_id AND r.state = 'approved'"
        " AND r.site_id = NEW.site_id AND r.begins_at <= NEW.created_at AND NEW.ends_at <= r.ends_at)",
        sentence="a run is lent at its own site while it is approved and under way (C16)",
    ),
    Guard(
        name="run_leases_lend_somebody",
        table="run_leases",
        operation="INSERT",
        condition="NOT EXISTS (SELECT 1 FROM volunteer_references e WHERE e.run_id = NEW.run_id)",
        sentence="a run of which nobody is enrolled is not lent (C11)",
    ),
    Guard(
        name="run_leases_inside_a_warrant_go_with_its_own",
        table="run_leases",
        operation="INSERT",
        condition="EXISTS (SELECT 1 FROM volunteer_runs r WHERE r.run_id = NEW.run_id AND r.mode = 'inside-warrant'"
        " AND NOT EXISTS (SELECT 1 FROM leases l WHERE l.warrant_id = r.warrant_id AND l.camera_id = NEW.camera_id"
        " AND l.ends_at >= NEW.ends_at AND l.stopped_at IS NULL))",
        sentence="inside a warrant a run is lent with the own lease of that warrant at that camera (C16)",
    ),
    Guard(
        name="run_leases_not_where_stop_was_pressed",
        table="run_leases",
        operation="INSERT",
        condition="EXISTS (SELECT 1 FROM site_stops s WHERE s.site_id = NEW.site_id AND s.released_at IS NULL)",
        sentence="no run is lent to a site where stop was pressed and not released (A16)",
    ),
    Guard(
        name="run_leases_keep_their_end",
        table="run_leases",
        operation="UPDATE",
        condition="(OLD.stopped_at IS NOT NULL AND (NEW.stopped_at IS NULL OR NEW.stopped_at <> OLD.stopped_at))"
        " OR (OLD.ended_at IS NOT NULL AND (NEW.ended_at IS NULL OR NEW.ended_at <> OLD.ended_at))",
        sentence="what stopped or ended a lease of a run is not taken back (C16)",
    ),
    Guard(
        name="alerts_of_no_volunteer",
        table="alerts",
        operation="INSERT",
        condition="EXISTS (SELECT 1 FROM volunteers v WHERE v.reference_id = NEW.reference_id)",
        sentence="that a volunteer was seen is no alert (C11)",
    ),
    Guard(
        name="seeded_passes_within_their_run",
        table="seeded_passes",
        operation="INSERT",
        condition="NEW.found OR NOT EXISTS (SELECT 1 FROM volunteer_runs r JOIN volunteers v ON v.run_id = r.run_id"
        " JOIN volunteer_references e ON e.volunteer_id = v.volunteer_id"
        " WHERE r.run_id = NEW.run_id AND v.volunteer_id = NEW.volunteer_id AND r.state = 'approved'"
        " AND r.begins_at <= NEW.begins_at AND NEW.ends_at <= r.ends_at)",
        sentence="a pass is announced within an approved run, of an enrolled volunteer of it, and not found yet (C11)",
    ),
    Guard(
        name="seeded_passes_stay_found",
        table="seeded_passes",
        operation="UPDATE",
        condition="OLD.found AND NOT NEW.found",
        sentence="a pass that was found stays found (C11)",
    ),
    Guard(
        name="seeded_results_of_what_is_over",
        table="seeded_results",
        operation="INSERT",
        condition="NOT EXISTS (SELECT 1 FROM volunteer_runs r WHERE r.run_id = NEW.run_id AND r.state = 'ended')",
        sentence="a run is counted when it is over (C11)",
    ),
)
