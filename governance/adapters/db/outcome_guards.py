"""What the database refuses about budgets of false alerts, hand-offs and legal holds (A9, A9b, B15, C5)."""

from datetime import timedelta
from typing import Final

from governance.adapters.db.account_guards import IN_FORCE
from governance.adapters.db.guard import Guard
from governance.adapters.db.kept_guards import other
from governance.domain.hand_offs import NEXT
from governance.domain.holds import HOLDABLE, WATCHERS
from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.narrowing import NarrowedByRule

_MILLISECOND: Final = timedelta(milliseconds=1)
_DAY: Final = timedelta(days=1) // _MILLISECOND
_LONGEST_HOLD: Final = SWEDEN_2026.longest_hold // _MILLISECOND
"""A legal profile's own is this or shorter."""
_WAYS: Final = " OR ".join(
    f"(OLD.state = '{before.value}' AND NEW.state IN ({', '.join(repr(one.value) for one in sorted(after))}))"
    for before, after in NEXT.items()
    if after
)
_HOLDABLE: Final = ", ".join(f"'{one.value}'" for one in sorted(HOLDABLE))


_WATCHES: Final = (
    f"{IN_FORCE} AND ("
    + " OR ".join(f"(' ' || a.roles || ' ') LIKE '% {one.value} %'" for one in sorted(WATCHERS))
    + ")"
)
"""The account `a` is in force, and of somebody who watches over the police (B15)."""
_ASKED_FROM: Final = "(SELECT q.organisation FROM accounts q WHERE q.account_id = NEW.asked_by)"
_WATCHER_ELSEWHERE: Final = (
    f"EXISTS (SELECT 1 FROM accounts a WHERE {_WATCHES}"  # noqa: S608 (own words)
    f" AND a.account_id <> NEW.asked_by AND a.organisation <> {_ASKED_FROM})"
)
_APPROVED_BY_A_WATCHER: Final = (
    "EXISTS (SELECT 1 FROM accounts a WHERE a.account_id IN (NEW.first_approver, NEW.second_approver)"  # noqa: S608
    f" AND {_WATCHES} AND (a.organisation <> {_ASKED_FROM} OR NOT {_WATCHER_ELSEWHERE}))"
)
_BY_RULE: Final = ", ".join(f"'{one.value}'" for one in NarrowedByRule)

OUTCOME_GUARDS: Final = (
    Guard(
        name="narrowings_by_a_person_or_a_rule",
        table="narrowings",
        operation="INSERT",
        condition=f"NEW.actor IS NULL AND NEW.rule NOT IN ({_BY_RULE})",
        sentence="a person narrows a warrant, or a rule that takes a person off its list (A3, A4, A9b, C5)",
    ),
    Guard(
        name="budgets_passages_never_fall",
        table="budgets",
        operation="UPDATE",
        condition="NEW.passages < OLD.passages",
        sentence="what was counted is not counted back (C5)",
    ),
    Guard(
        name="budgets_go_on_by_two",
        table="budgets",
        operation="UPDATE",
        condition="OLD.stopped_at IS NOT NULL AND NEW.stopped_at IS NULL AND (NEW.resume_asked_by IS NULL"
        " OR NEW.resumed_by IS NULL OR NEW.resume_asked_by = NEW.resumed_by)",
        sentence="a stopped budget goes on by two people (C5)",
    ),
    Guard(
        name="budgets_go_on_by_two_organisations",
        table="budgets",
        operation="UPDATE",
        condition="OLD.stopped_at IS NOT NULL AND NEW.stopped_at IS NULL AND EXISTS (SELECT 1 FROM accounts a"
        " JOIN accounts b ON b.organisation = a.organisation"
        " WHERE a.account_id = NEW.resume_asked_by AND b.account_id = NEW.resumed_by)",
        sentence="a stopped budget goes on by people of two organisations (C5)",
    ),
    Guard(
        name="budgets_tolerate_no_more_unasked",
        table="budgets",
        operation="UPDATE",
        condition="NEW.tolerated > OLD.tolerated AND (OLD.stopped_at IS NULL OR NEW.stopped_at IS NOT NULL)",
        sentence="more is tolerated only when two people let a budget go on (C5)",
    ),
    Guard(
        name="budgets_begin_unspent",
        table="budgets",
        operation="INSERT",
        condition="NEW.tolerated <> 0 OR NEW.passages <> 0",
        sentence="a budget begins with nothing tolerated and nothing counted (C5)",
    ),
    *(
        Guard(
            name=f"{table}_stay_while_in_use",
            table=table,
            operation="DELETE",
            condition="EXISTS (SELECT 1 FROM deployments d WHERE d.warrant_id = OLD.warrant_id AND d.state <> 'ended')",
            sentence=f"{said} while its warrant is in use ({rule})",
        )
        for table, said, rule in (
            ("budgets", "no budget is removed", "C5"),
            ("charges", "no charge is removed", "C5"),
            ("named_cameras", "what an act names of its cameras stays", "A4, A5"),
            ("narrowings", "nothing that was taken from a warrant is given back", "A3, A4"),
        )
    ),
    Guard(
        name="charges_begin_pending",
        table="charges",
        operation="INSERT",
        condition="NEW.verdict <> 'pending'",
        sentence="an alert is charged before anybody knows what becomes of it (C5)",
    ),
    Guard(
        name="charges_join_what_is_open",
        table="charges",
        operation="INSERT",
        condition="NEW.joins IS NOT NULL AND NOT EXISTS (SELECT 1 FROM charges c WHERE c.alert_id = NEW.joins"
        " AND c.joins IS NULL AND c.verdict = 'pending' AND c.warrant_id = NEW.warrant_id"
        " AND c.site_id = NEW.site_id AND c.profile_sha256 = NEW.profile_sha256)",
        sentence="a candidate joins an alert that has not come to its end (C5)",
    ),
    Guard(
        name="charges_are_settled_once",
        table="charges",
        operation="UPDATE",
        condition="OLD.verdict <> 'pending' AND NEW.verdict <> OLD.verdict",
        sentence="what became of an alert is settled once (C5)",
    ),
    Guard(
        name="charges_right_by_a_patrol_and_a_second",
        table="charges",
        operation="UPDATE",
        condition="NEW.verdict = 'right' AND NOT EXISTS (SELECT 1 FROM hand_offs h JOIN confirmations c"
        " ON c.hand_off_id = h.hand_off_id WHERE h.alert_id = COALESCE(NEW.joins, NEW.alert_id)"
        " AND h.found = 'identity-right')",
        sentence="only a patrol and a second person credit an alert back (C5)",
    ),
    Guard(
        name="confirmations_of_what_was_right",
        table="confirmations",
        operation="INSERT",
        condition="NOT EXISTS (SELECT 1 FROM hand_offs h WHERE h.hand_off_id = NEW.hand_off_id"
        " AND h.found = 'identity-right')",
        sentence="only what a patrol found right is confirmed (C5)",
    ),
    Guard(
        name="confirmations_by_nobody_who_had_a_part",
        table="confirmations",
        operation="INSERT",
        condition="EXISTS (SELECT 1 FROM hand_offs h WHERE h.hand_off_id = NEW.hand_off_id"
        " AND (h.patrol = NEW.confirmed_by OR h.sent_by = NEW.confirmed_by OR EXISTS (SELECT 1 FROM reviews r"
        " WHERE r.alert_id = h.alert_id AND r.reviewer = NEW.confirmed_by)))",
        sentence="whoever had a part in a lead does not confirm it (C5)",
    ),
    Guard(
        name="leases_within_a_budget",
        table="leases",
        operation="INSERT",
        condition="NOT EXISTS (SELECT 1 FROM budgets b JOIN deployments d ON d.warrant_id = b.warrant_id"
        " AND d.profile_sha256 = b.profile_sha256 WHERE d.deployment_id = NEW.deployment_id"
        " AND b.site_id = NEW.site_id AND b.stopped_at IS NULL)",
        sentence="nothing is lent without a budget of false alerts that goes on (C5)",
    ),
    Guard(
        name="hand_offs_begin_as_sent",
        table="hand_offs",
        operation="INSERT",
        condition="NEW.state <> 'sent' OR NEW.opened_index IS NOT NULL",
        sentence="a hand-off begins unseen (A9b)",
    ),
    Guard(
        name="hand_offs_of_leads_alone",
        table="hand_offs",
        operation="INSERT",
        condition="NOT EXISTS (SELECT 1 FROM alerts a WHERE a.alert_id = NEW.alert_id AND a.state = 'confirmed-lead')",
        sentence="only what two people confirmed is handed off (A9b)",
    ),
    Guard(
        name="hand_offs_to_nobody_who_reviewed",
        table="hand_offs",
        operation="INSERT",
        condition="EXISTS (SELECT 1 FROM reviews r WHERE r.alert_id = NEW.alert_id AND r.reviewer = NEW.patrol)",
        sentence="whoever reviewed a candidate does not verify it (A9)",
    ),
    Guard(
        name="hand_offs_are_shown_once",
        table="hand_offs",
        operation="UPDATE",
        # A new log gives it a place that no entry has.
        condition="OLD.opened_index IS NOT NULL AND (NEW.opened_index IS NULL OR (NEW.opened_index <> OLD.opened_index"
        " AND NOT (OLD.opened_index >= 0 AND NEW.opened_index < 0)))",
        sentence="a hand-off is shown once (A9b)",
    ),
    Guard(
        name="hand_offs_end_once",
        table="hand_offs",
        operation="UPDATE",
        condition=f"OLD.state IN ('concluded', 'overdue', 'recalled') AND (NEW.state <> OLD.state OR {other('found')})",
        sentence="what a patrol found does not change (A9b)",
    ),
    Guard(
        name="hand_offs_right_only_corroborated",
        table="hand_offs",
        operation="UPDATE",
        condition="NEW.found = 'identity-right' AND NOT EXISTS (SELECT 1 FROM corroborations c"
        " WHERE c.hand_off_id = NEW.hand_off_id AND c.recorded_by = NEW.patrol)",
        sentence="no lead is right without a record of the patrol (A9)",
    ),
    Guard(
        name="hand_offs_go_the_ways_there_are",
        table="hand_offs",
        operation="UPDATE",
        condition=f"NEW.state <> OLD.state AND NOT ({_WAYS})",
        sentence="an outcome follows an acknowledgement, and that a showing (A9b)",
    ),
    Guard(
        name="hand_offs_are_opened_by_a_showing",
        table="hand_offs",
        operation="UPDATE",
        condition="NEW.state IN ('opened', 'acknowledged', 'concluded') AND NEW.opened_index IS NULL",
        sentence="nothing is acknowledged that was not shown (A9b)",
    ),
    Guard(
        name="hand_offs_leave_a_record",
        table="hand_offs",
        operation="UPDATE",
        condition="NEW.state <> OLD.state AND NEW.opened_index IS NOT NULL"
        " AND (NEW.state IN ('overdue', 'recalled') OR NEW.found = 'identity-wrong')"
        " AND NOT EXISTS (SELECT 1 FROM interventions i WHERE i.alert_id = NEW.alert_id)",
        sentence="who may have been stopped wrongly has a record that stays (B12)",
    ),
    Guard(
        name="interventions_are_said_once",
        table="interventions",
        operation="UPDATE",
        condition="OLD.said <> 'unknown' AND NEW.said <> OLD.said",
        sentence="a wrong intervention stays one (B12)",
    ),
    Guard(
        name="holds_begin_as_asked",
        table="holds",
        operation="INSERT",
        condition="NEW.state <> 'asked' OR NEW.first_approver IS NOT NULL OR NOT EXISTS (SELECT 1 FROM objects o"
        " WHERE o.object_id = NEW.object_id AND o.expires_at > NEW.created_at)",
        sentence="a hold is asked for before the due time, and approved by others (B15)",
    ),
    Guard(
        name="holds_of_a_closed_list",
        table="holds",
        operation="INSERT",
        condition="EXISTS (SELECT 1 FROM objects o WHERE o.object_id = NEW.object_id"  # noqa: S608 (classes of ours)
        f" AND o.data_class NOT IN ({_HOLDABLE})) OR EXISTS (SELECT 1 FROM alerts a WHERE a.crops = NEW.object_id)",
        sentence="no photograph, template or picture is held (B15, A8)",
    ),
    Guard(
        name="holds_set_by_a_watcher",
        table="holds",
        operation="UPDATE",
        condition=f"OLD.state = 'asked' AND NEW.state = 'in-force' AND NOT {_APPROVED_BY_A_WATCHER}",
        sentence="a hold is approved by the auditor or the data protection officer, from elsewhere (B15)",
    ),
    Guard(
        name="holds_end_within_the_longest",
        table="holds",
        operation="INSERT",
        condition=f"(CAST(NEW.until_day AS BIGINT) + 1) * {_DAY} > NEW.created_at + {_LONGEST_HOLD}",
        sentence="a hold has an end within the longest (B15)",
    ),
    Guard(
        name="holds_are_set_before_the_due_time",
        table="holds",
        operation="UPDATE",
        condition="OLD.state = 'asked' AND NEW.state = 'in-force' AND NOT EXISTS (SELECT 1 FROM objects o"
        " WHERE o.object_id = NEW.object_id AND o.expires_at > NEW.in_force_at)",
        sentence="a hold is set before the due time only (B15)",
    ),
    Guard(
        name="holds_end_once",
        table="holds",
        operation="UPDATE",
        condition="(OLD.state = 'cleared' AND NEW.state <> 'cleared')"
        " OR (OLD.state = 'in-force' AND NEW.state = 'asked')",
        sentence="a hold that ended holds nothing again (B15)",
    ),
    Guard(
        name="erasures_of_nothing_that_is_held",
        table="erasures",
        operation="INSERT",
        condition="EXISTS (SELECT 1 FROM holds h WHERE h.object_id = NEW.object_id AND h.state = 'in-force')",
        sentence="what is held is not erased (B15)",
    ),
    Guard(
        name="objects_that_are_held_stay",
        table="objects",
        operation="DELETE",
        condition="EXISTS (SELECT 1 FROM holds h WHERE h.object_id = OLD.object_id AND h.state = 'in-force')",
        sentence="what is held is not removed (B15)",
    ),
)
