"""What each guard over leases, lists, sites, objects and alerts refuses, and something like it that it lets pass."""

from collections.abc import Mapping
from typing import Final

from governance.audit.vault_keys import OBJECT_CLASSES
from tests.builders_guards import AT, DAY, IN_FORCE, LEASE, LIST, MINUTE, Case, case, change, row

OF_SITES: Final[Mapping[str, tuple[Case, ...]]] = {
    # Leases: A4, A6, A10, A13, A16, B7, B8, C1, C9, C14.
    "leases_end_as_they_ended": (
        case(
            row(
                "leases",
                stopped_at=AT,
                ended_at=AT,
                last_compared_at=AT,
                comparisons=7,
                end_receipt=b"r",
            ),
            (
                *(
                    change("leases", **{column: value})
                    for column in ("stopped_at", "ended_at", "last_compared_at", "comparisons")
                    for value in ("1", "NULL")
                ),
                change("leases", end_receipt="NULL"),
                change("leases", end_receipt="CAST('y' AS BLOB)"),
            ),
            change("leases", acknowledged_at="1"),
        ),
        case(
            row("leases", ended_at=AT, comparisons=0, end_receipt=b"r"),
            change("leases", last_compared_at="1"),
            change("leases", acknowledged_at="1"),
        ),
    ),
    "leases_not_where_stop_was_pressed": (
        case(row("site_stops"), LEASE, (change("site_stops", released_at="1"), LEASE)),
    ),
    "site_stops_are_released_once": (
        case(
            row("site_stops", released_at=AT, released_by="a"),
            (
                change("site_stops", released_at="1"),
                change("site_stops", released_at="NULL"),
                change("site_stops", released_by="'b'"),
            ),
            change("site_stops", released_by="'a'"),
        ),
    ),
    "site_stops_stay_until_released": (
        case(
            row("site_stops"),
            "DELETE FROM site_stops",
            (change("site_stops", released_at=str(AT)), "DELETE FROM site_stops"),
        ),
    ),
    "leases_only_after_notifications": (
        case(
            row("notifications"),
            (LEASE, (row("notifications", notification_id="y", authority="y", deployment_id="y"), LEASE)),
            (row("notifications", notification_id="y", authority="y"), LEASE),
        ),
    ),
    "notifications_are_signed_for_once": (
        case(
            row("notifications", acknowledged_at=AT, acknowledgement=b"a"),
            (
                change("notifications", acknowledged_at="1"),
                change("notifications", acknowledged_at="NULL"),
                change("notifications", acknowledgement="CAST('y' AS BLOB)"),
            ),
            change("notifications", attempts="1"),
        ),
    ),
    "leases_only_of_what_runs": (
        case(
            (IN_FORCE, row("deployments", state="running")),
            (
                (change("deployments", state="'suspended'"), LEASE),
                (change("warrants", state="'suspended'"), LEASE),
                (change("warrants", not_before=str(AT + 1)), LEASE),
                (change("warrants", not_after=str(AT + MINUTE - 1)), LEASE),
                row("leases", ends_at=AT + MINUTE, warrant_id="y"),
                row("leases", ends_at=AT + MINUTE, deployment_id="y"),
            ),
            LEASE,
        ),
    ),
    "leases_lend_a_list_of_the_day": (
        case(
            LIST,
            (
                (change("watchlists", destroyed_at="1"), LEASE),
                (change("watchlists", gallery_sha256="'y'"), LEASE),
                (change("watchlists", site_id="'y'"), LEASE),
                (change("watchlists", deployment_id="'y'"), LEASE),
                (change("watchlists", created_at=str(AT + 1)), LEASE),
                (change("watchlists", ends_at=str(AT + MINUTE - 1)), LEASE),
            ),
            LEASE,
        ),
    ),
    "leases_never_in_a_care_area": (
        case(
            row("cameras"),
            (
                (change("cameras", care_area="TRUE"), LEASE),
                (change("cameras", care_area="TRUE", opened_by_sha256="'y'"), LEASE),
                (change("cameras", healthcare="TRUE"), LEASE),
            ),
            (change("cameras", healthcare="TRUE", opened_by_sha256="'y'"), LEASE),
        ),
    ),
    "leases_only_with_evidence": (
        case(
            row("evidence", hot_spot=True),
            (
                (change("evidence", hot_spot="FALSE"), LEASE),
                (change("evidence", site_id="'y'"), LEASE),
                row("leases", created_at=AT + DAY),
            ),
            row("leases", created_at=AT + DAY - 1),
        ),
    ),
    "leases_only_with_documents": (
        case(
            tuple(row("documents", kind=one) for one in ("a", "b", "c")),
            (
                ("DELETE FROM documents WHERE kind = 'a'", LEASE),
                row("leases", created_at=AT + DAY),
                row("leases", camera_id="y"),
            ),
            row("leases", created_at=AT + DAY - 1),
        ),
    ),
    # Lists, deployments, incidents, cameras, references: A3, A18, B7, B8, C1, C2.
    "deployments_of_an_approved_list": (
        case(
            row("list_reports"),
            row("deployments"),
            (change("list_reports", approved_by="'a'"), row("deployments")),
        ),
    ),
    "list_reports_begin_unapproved": (case((), row("list_reports", approved_by="a"), row("list_reports")),),
    "list_reports_approved_by_no_enroller": (
        case(
            (row("list_reports"), row("references", enrolled_by="a")),
            change("list_reports", approved_by="'a'"),
            change("list_reports", approved_by="'b'"),
        ),
        case(
            row("list_reports", approved_by="b", approved_at=AT),
            (
                change("list_reports", approved_by="'c'"),
                change("list_reports", approved_by="NULL"),
                change("list_reports", approved_at="1"),
            ),
            change("list_reports", approved_by="'b'"),
        ),
    ),
    "watchlists_end_once": (
        case(
            row("watchlists", destroyed_at=AT),
            (change("watchlists", destroyed_at="NULL"), change("watchlists", destroyed_at="1")),
            change("watchlists", destroyed_at=str(AT)),
        ),
    ),
    "watchlists_of_a_warrant_in_force": (
        case(
            (IN_FORCE, row("deployments", state="running")),
            (
                (change("deployments", state="'ended'"), LIST),
                (change("warrants", state="'revoked'"), LIST),
                (change("warrants", not_after=str(AT + MINUTE - 1)), LIST),
                row("watchlists", ends_at=AT + MINUTE, warrant_id="y"),
            ),
            (change("warrants", state="'suspended'"), LIST),
        ),
    ),
    "serious_incidents_begin_unreported": (
        case((), row("serious_incidents", reported_at=AT), row("serious_incidents")),
    ),
    "serious_incidents_are_reported_once": (
        case(
            row("serious_incidents", reported_at=AT, reported_by="a", told="t"),
            (
                change("serious_incidents", reported_at="1"),
                change("serious_incidents", reported_at="NULL"),
                change("serious_incidents", told="'u'"),
                change("serious_incidents", reported_by="'b'"),
            ),
            change("serious_incidents", told="'t'"),
        ),
    ),
    "cameras_are_replaced_by_newer_ones": (
        case(
            row("cameras", serial=5),
            (
                change("cameras", payload="CAST('y' AS BLOB)"),
                change("cameras", payload="CAST('y' AS BLOB)", serial="4"),
            ),
            change("cameras", payload="CAST('y' AS BLOB)", serial="6"),
        ),
    ),
    "cameras_keep_their_tags_of_care": (
        case(
            row("cameras", care_area=True, healthcare=True),
            (change("cameras", care_area="FALSE"), change("cameras", healthcare="FALSE")),
            change("cameras", serial="6"),
        ),
    ),
    "references_begin_unconfirmed": (case((), row("references", confirmed_by="a"), row("references")),),
    "references_confirmed_by_a_third": (
        case(
            (row("warrants", applicant="a", legal_officer="l"), row("references")),
            (change("references", confirmed_by="'a'"), change("references", confirmed_by="'l'")),
            change("references", confirmed_by="'b'"),
        ),
    ),
    "references_stay_what_they_are": (
        case(
            row("references", minor=True, confirmed_by="a"),
            (
                change("references", minor="FALSE"),
                change("references", confirmed_by="'b'"),
                change("references", confirmed_by="NULL"),
            ),
            change("references", confirmed_by="'a'"),
        ),
    ),
    "references_by_nobody_who_reviewed": (
        case(
            (row("alerts"), row("reviews", reviewer="a")),
            row("references", enrolled_by="a"),
            row("references", enrolled_by="b"),
        ),
    ),
    # Objects, alerts, reviews: A8, A15, B11, E2, E4, E6.
    "objects_of_a_class_with_a_rule": (
        case(
            (),
            tuple(row("objects", data_class=one) for one in ("log", "lease", "x")),
            tuple(row("objects", object_id=one, data_class=one) for one in sorted(OBJECT_CLASSES)),
        ),
    ),
    "objects_stay_their_warrants": (
        case(
            row("objects", warrant_id="w"),
            (change("objects", warrant_id="'v'"), change("objects", warrant_id="NULL")),
            change("objects", warrant_id="'w'"),
        ),
    ),
    "reviews_by_nobody_with_a_hand_in_it": (
        case(
            (row("alerts"), row("warrants", applicant="a", legal_officer="l"), row("references", enrolled_by="e")),
            tuple(row("reviews", reviewer=one) for one in ("a", "l", "e")),
            row("reviews", reviewer="b"),
        ),
    ),
    "views_keep_their_place": (
        case(
            row("views", log_index=7),
            (change("views", log_index="8"), (change("views", log_index="-7"), change("views", log_index="7"))),
            change("views", log_index="-7"),
        ),
    ),
    "reviews_only_after_a_view": (
        case(
            row("views"),
            (
                row("reviews", created_at=AT + 9_999),
                row("reviews", created_at=AT + 10_000, reviewer="y"),
                row("reviews", created_at=AT + 10_000, alert_id="y"),
            ),
            row("reviews", created_at=AT + 10_000),
        ),
    ),
    "alerts_confirmed_by_two": (
        case(
            (row("alerts", state="open"), row("reviews", reviewer="a", support=2)),
            (
                change("alerts", state="'confirmed-lead'"),
                (row("reviews", reviewer="b", ordinal=2, support=1), change("alerts", state="'confirmed-lead'")),
            ),
            (row("reviews", reviewer="b", ordinal=2, support=2), change("alerts", state="'confirmed-lead'")),
        ),
    ),
    "alerts_begin_open_or_dismissed": (
        case(
            (),
            tuple(row("alerts", state=one) for one in ("confirmed-lead", "disputed")),
            tuple(row("alerts", alert_id=one, state=one) for one in ("open", "dismissed")),
        ),
    ),
    "alerts_end_once": tuple(
        case(row("alerts", state=state), change("alerts", state="'open'"), change("alerts", joined="1"))
        for state in ("confirmed-lead", "dismissed")
    ),
    "alerts_stay_escalated": (
        case(row("alerts", escalated=2), change("alerts", escalated="1"), change("alerts", escalated="3")),
    ),
}
"""By the guard's name."""
