"""What each guard over searches of recordings refuses, and something like it that it lets pass (A12)."""

from collections.abc import Iterator, Mapping
from itertools import pairwise, product
from typing import Final

from governance.domain.searches import SearchState
from tests.builders_guards import AT, MINUTE, Case, case, change, only, row

_ONWARDS: Final = tuple(pairwise(("asked", "approved", "begun", "ended")))


def _ways() -> Iterator[Case]:
    for before, after in product((one.value for one in SearchState), repeat=2):
        there, moved = row("searches", state=before), change("searches", state=f"'{after}'")
        if (before, after) in _ONWARDS:
            yield case(there, change("searches", state="'nowhere'"), moved)
        elif after != before:
            yield case(there, moved, change("searches", state=f"'{before}'"))


_APPROVED: Final = row("searches", state="approved")
_BEGIN: Final = change("searches", state="'begun'", begun_at=str(AT), ends_at=str(AT + 1))
_RENEW: Final = change("searches", ends_at=str(AT + MINUTE))
_END: Final = change("searches", state="'ended'")
_WARRANT: Final = row("warrants", type="post-remote", state="active", not_before=AT, not_after=AT + MINUTE)
_ALERT: Final = row("alerts", search_id="x")


def _refused_to_lend(*barring: str) -> tuple[tuple[str, ...], ...]:
    """Return an order, and one that renews it, each after something that is in the way of both."""
    return *((one, _BEGIN) for one in barring), *((_BEGIN, one, _RENEW) for one in barring)


OF_SEARCHES: Final[Mapping[str, tuple[Case, ...]]] = {
    "searches_begin_asked": (
        case(
            (),
            tuple(row("searches", state=one) for one in ("approved", "begun", "ended")),
            row("searches", state="asked"),
        ),
    ),
    "searches_go_one_way": tuple(_ways()),
    "searches_keep_their_query": (
        case(
            row(
                "searches",
                approved_by="a",
                approved_at=AT,
                begun_at=AT,
                day_key_sha256="k",
                ended_at=AT,
                candidates=3,
            ),
            tuple(
                change("searches", **{column: value})
                for column, other in (
                    ("approved_by", "'y'"),
                    ("approved_at", "1"),
                    ("begun_at", "1"),
                    ("day_key_sha256", "'y'"),
                    ("ended_at", "1"),
                    ("candidates", "1"),
                )
                for value in (other, "NULL")
            ),
            change("searches", frames="1", candidates="3"),
        ),
        case(
            row("searches"),
            ((change("searches", approved_by="'a'"), change("searches", approved_by="'b'")),),
            change("searches", approved_by="'a'", approved_at="1"),
        ),
    ),
    "searches_are_renewed_while_they_last": (
        case(
            row("searches", state="begun", order_sha256="o", ends_at=AT),
            (
                change("searches", order_sha256="NULL"),
                change("searches", ends_at="NULL"),
                change("searches", ends_at=str(AT - 1)),
                change("searches", ends_at=str(AT + MINUTE + 1), order_sha256="'p'"),
                change("searches", ends_at=str(AT + 1), state="'ended'"),
                change("searches", order_sha256="'p'", state="'ended'"),
                (_END, change("searches", order_sha256="'p'")),
                (_END, change("searches", ends_at=str(AT + 1))),
            ),
            (change("searches", ends_at=str(AT + MINUTE), order_sha256="'p'"), _END),
        ),
    ),
    "searches_of_a_warrant_for_it": (
        case(
            (_APPROVED, _WARRANT, row("references")),
            (
                *_refused_to_lend(
                    change("warrants", type="'prior'"),
                    *(change("warrants", state=f"'{state}'") for state in ("approved", "suspended", "revoked")),
                    change("warrants", not_before=str(AT + 1)),
                    change("warrants", not_after=str(AT)),
                    change("references", warrant_id="'y'"),
                    change("references", reference_id="'y'"),
                    "DELETE FROM warrants",
                ),
                (change("warrants", not_after=str(AT + MINUTE - 1)), _BEGIN, _RENEW),
            ),
            (_BEGIN, change("warrants", state="'issued'"), _RENEW),
        ),
        # What is lent ends also when its warrant is over.
        case((_APPROVED, _WARRANT, row("references"), _BEGIN, change("warrants", state="'revoked'")), _RENEW, _END),
    ),
    "searches_not_where_stop_was_pressed": (
        case(
            (_APPROVED, row("site_stops", site_id="y")),
            _refused_to_lend(change("site_stops", site_id="'x'")),
            (
                _BEGIN,
                _RENEW,
                change("site_stops", site_id="'x'", released_at="1"),
                change("searches", ends_at=str(AT + MINUTE + 1)),
            ),
        ),
        case((_APPROVED, _BEGIN, row("site_stops")), _RENEW, _END),
    ),
    "searches_of_open_cameras": (
        case(
            (
                _APPROVED,
                row("narrowings", kind="slot", target="x"),
                row("narrowings", kind="camera", target="y"),
                row("cameras", camera_id="x", opened_by_sha256="d"),
                row("cameras", camera_id="y", care_area=True),
            ),
            _refused_to_lend(
                only("kind = 'camera'", change("narrowings", target="'x'")),
                change("cameras", care_area="TRUE"),
                change("cameras", healthcare="TRUE", opened_by_sha256="NULL"),
            ),
            (change("cameras", healthcare="TRUE"), _BEGIN, _RENEW),
        ),
    ),
    # What comes of a search: A12, A15.
    "alerts_of_what_was_searched": (
        case(
            row("searches", state="begun"),
            (
                *((change("searches", **{one: "'y'"}), _ALERT) for one in ("warrant_id", "reference_id", "camera_id")),
                *((change("searches", state=f"'{one}'"), _ALERT) for one in ("asked", "approved")),
                row("alerts", search_id="y"),
            ),
            (row("alerts", alert_id="live", camera_id="y"), change("searches", state="'ended'"), _ALERT),
        ),
    ),
    "reviews_by_nobody_who_searched": (
        case(
            (row("alerts"), row("searches", asked_by="a", approved_by="b")),
            (row("reviews", reviewer="a"), row("reviews", reviewer="b")),
            (
                row("reviews", reviewer="c"),
                change("searches", warrant_id="'y'"),
                row("reviews", reviewer="a", ordinal=2),
            ),
        ),
        case(
            (row("alerts"), row("searches", asked_by="a")), row("reviews", reviewer="a"), row("reviews", reviewer="b")
        ),
    ),
}
"""By the guard's name."""
