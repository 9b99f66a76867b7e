"""What the database refuses about searches of recordings (A12, A15)."""

from typing import Final

from governance.adapters.db.guard import Guard

_WAYS: Final = (
    "(OLD.state = 'asked' AND NEW.state = 'approved') OR (OLD.state = 'approved' AND NEW.state = 'begun')"
    " OR (OLD.state = 'begun' AND NEW.state = 'ended')"
)

_LENT: Final = "NEW.state = 'begun' AND (OLD.state <> 'begun' OR NEW.ends_at > OLD.ends_at)"
"""An order is given: the first, or one that renews it."""


def _when_lent(condition: str) -> str:
    """Return the condition, asked whenever an order is given."""
    return f"{_LENT} AND {condition}"


SEARCH_GUARDS: Final = (
    Guard(
        name="searches_begin_asked",
        table="searches",
        operation="INSERT",
        condition="NEW.state <> 'asked'",
        sentence="a search is asked for before anything else (A12)",
    ),
    Guard(
        name="searches_go_one_way",
        table="searches",
        operation="UPDATE",
        condition=f"NEW.state <> OLD.state AND NOT ({_WAYS})",
        sentence="a search is asked for, approved, begun once and ended once (A12)",
    ),
    Guard(
        name="searches_keep_their_query",
        table="searches",
        operation="UPDATE",
        condition=" OR ".join(
            f"(OLD.{column} IS NOT NULL AND (NEW.{column} IS NULL OR NEW.{column} <> OLD.{column}))"
            for column in ("approved_by", "approved_at", "begun_at", "day_key_sha256", "ended_at", "candidates")
        ),
        sentence="who approved a search, its beginning and its end do not change (A12)",
    ),
    Guard(
        name="searches_are_renewed_while_they_last",
        table="searches",
        operation="UPDATE",
        condition="OLD.order_sha256 IS NOT NULL AND (NEW.order_sha256 IS NULL OR NEW.ends_at IS NULL"
        " OR NEW.ends_at < OLD.ends_at OR ((NEW.order_sha256 <> OLD.order_sha256 OR NEW.ends_at <> OLD.ends_at)"
        " AND (NEW.state <> 'begun' OR NEW.ends_at - OLD.ends_at > 60000)))",
        sentence="an order is renewed for a minute at most, while its search lasts (A12)",
    ),
    Guard(
        name="searches_of_a_warrant_for_it",
        table="searches",
        operation="UPDATE",
        condition=_when_lent(
            "NOT EXISTS (SELECT 1 FROM warrants w"
            ' JOIN "references" r ON r.warrant_id = w.warrant_id WHERE w.warrant_id = NEW.warrant_id'
            " AND r.reference_id = NEW.reference_id AND w.type = 'post-remote' AND w.state IN ('issued', 'active')"
            " AND w.not_before <= NEW.begun_at AND NEW.ends_at <= w.not_after)"
        ),
        sentence="a recording is searched for the one person of a post-remote warrant in force (A12)",
    ),
    Guard(
        name="searches_not_where_stop_was_pressed",
        table="searches",
        operation="UPDATE",
        condition=_when_lent(
            "EXISTS (SELECT 1 FROM site_stops s WHERE s.site_id = NEW.site_id AND s.released_at IS NULL)"
        ),
        sentence="nothing is searched at a site where stop was pressed and not released (A16)",
    ),
    Guard(
        name="searches_of_open_cameras",
        table="searches",
        operation="UPDATE",
        condition=_when_lent(
            "(EXISTS (SELECT 1 FROM narrowings n"
            " WHERE n.warrant_id = NEW.warrant_id AND n.kind = 'camera' AND n.target = NEW.camera_id)"
            " OR EXISTS (SELECT 1 FROM cameras c WHERE c.camera_id = NEW.camera_id AND (c.care_area"
            " OR (c.healthcare AND c.opened_by_sha256 IS NULL))))"
        ),
        sentence="nothing is searched of a suspended camera, or of one in a care area (A4, B8)",
    ),
    Guard(
        name="alerts_of_what_was_searched",
        table="alerts",
        operation="INSERT",
        condition="NEW.search_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM searches s"
        " WHERE s.search_id = NEW.search_id AND s.warrant_id = NEW.warrant_id AND s.reference_id = NEW.reference_id"
        " AND s.camera_id = NEW.camera_id AND s.state IN ('begun', 'ended'))",
        sentence="a candidate of a recording comes from a search that was begun (A12)",
    ),
    Guard(
        name="reviews_by_nobody_who_searched",
        table="reviews",
        operation="INSERT",
        condition="EXISTS (SELECT 1 FROM alerts a JOIN searches s ON s.warrant_id = a.warrant_id"
        " WHERE a.alert_id = NEW.alert_id AND NEW.reviewer IN (s.asked_by, s.approved_by))",
        sentence="whoever chose what was searched does not review (A15)",
    ),
    Guard(
        name="hand_offs_of_live_alerts",
        table="hand_offs",
        operation="INSERT",
        condition="EXISTS (SELECT 1 FROM alerts a WHERE a.alert_id = NEW.alert_id AND a.search_id IS NOT NULL)",
        sentence="a lead from a recording is handed to no patrol (A12)",
    ),
    Guard(
        name="charges_of_live_alerts",
        table="charges",
        operation="INSERT",
        condition="EXISTS (SELECT 1 FROM alerts a WHERE a.alert_id = NEW.alert_id AND a.search_id IS NOT NULL)",
        sentence="a candidate of a recording is charged to no live budget (C5, A12)",
    ),
)
