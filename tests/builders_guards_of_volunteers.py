"""What each guard over seeded volunteers refuses, and something like it that it lets pass (C11, C16)."""

from collections.abc import Mapping
from typing import Final

from tests.builders_guards import AT, MINUTE, Case, case, change, row

_PROPOSED: Final = row("volunteer_runs", state="proposed", mode="closed-site", ends_at=AT + MINUTE)
_INSIDE: Final = row(
    "volunteer_runs", state="proposed", mode="inside-warrant", warrant_id="x", ends_at=AT + MINUTE, rests_on_sha256="h"
)
_APPROVED: Final = row("volunteer_runs", state="approved", ends_at=AT + MINUTE)
_APPROVE: Final = change("volunteer_runs", state="'approved'")
_END: Final = change("volunteer_runs", state="'ended'")
_IN_USE: Final = (
    row("warrants", type="prior", state="active", act_sha256="h", not_before=AT, not_after=AT + MINUTE),
    row("deployments", state="running"),
)
_VOLUNTEER: Final = row("volunteers", until=AT + MINUTE)
_PASS: Final = row("seeded_passes", ends_at=AT + MINUTE)
_RESULT: Final = row("seeded_results")
_REFERENCE: Final = row("volunteer_references")
_LEASE: Final = row("run_leases", ends_at=AT + MINUTE)

OF_VOLUNTEERS: Final[Mapping[str, tuple[Case, ...]]] = {
    "volunteer_runs_begin_proposed": (
        case(
            (),
            (
                row("volunteer_runs", state="approved"),
                row("volunteer_runs", state="ended"),
                row("volunteer_runs", state="proposed", withdrew=1),
                row("volunteer_runs", state="proposed", unannounced=1),
            ),
            _PROPOSED,
        ),
    ),
    "volunteer_runs_go_one_way": (
        case(_PROPOSED, ((_APPROVE, change("volunteer_runs", state="'proposed'")),), (_APPROVE, _END)),
        case(
            _PROPOSED,
            ((_END, _APPROVE), (_END, change("volunteer_runs", state="'proposed'"))),
            (_END, change("volunteer_runs", withdrew="1")),
        ),
    ),
    "volunteer_runs_keep_their_people_and_counts": (
        case(
            row("volunteer_runs", approved_by="a", approved_at=AT, ended_at=AT, withdrew=2, unannounced=3),
            (
                change("volunteer_runs", approved_by="'b'"),
                change("volunteer_runs", approved_by="NULL"),
                change("volunteer_runs", approved_at="1"),
                change("volunteer_runs", approved_at="NULL"),
                change("volunteer_runs", ended_at="1"),
                change("volunteer_runs", ended_at="NULL"),
                change("volunteer_runs", withdrew="1"),
                change("volunteer_runs", unannounced="2"),
            ),
            change("volunteer_runs", withdrew="3", unannounced="4", papers="papers"),
        ),
        case(
            row("volunteer_runs"),
            ((change("volunteer_runs", approved_by="'a'"), change("volunteer_runs", approved_by="'b'")),),
            change("volunteer_runs", approved_by="'a'", approved_at="1", ended_at="1"),
        ),
    ),
    "volunteer_runs_inside_a_warrant_in_use": (
        case(
            (_INSIDE, *_IN_USE),
            (
                (change("warrants", state="'issued'"), _APPROVE),
                (change("warrants", state="'revoked'"), _APPROVE),
                (change("warrants", type="'post-remote'"), _APPROVE),
                (change("warrants", act_sha256="'other'"), _APPROVE),
                (change("warrants", not_before=str(AT + 1)), _APPROVE),
                (change("warrants", not_after=str(AT + MINUTE - 1)), _APPROVE),
                (change("deployments", state="'suspended'"), _APPROVE),
                (change("deployments", warrant_id="'y'"), _APPROVE),
                ("DELETE FROM deployments", _APPROVE),
                (change("volunteer_runs", warrant_id="'y'"), _APPROVE),
            ),
            (_APPROVE, change("warrants", state="'revoked'"), _END),
        ),
        # A closed site needs no warrant.
        case(_INSIDE, _APPROVE, (change("volunteer_runs", mode="'closed-site'"), _APPROVE)),
    ),
    "volunteers_consent_to_their_whole_run": (
        case(
            _PROPOSED,
            (
                row("volunteers", until=AT + MINUTE - 1),
                row("volunteers", until=AT + MINUTE, given_at=AT + 1),
                row("volunteers", until=AT + MINUTE, run_id="y"),
                (_APPROVE, _VOLUNTEER),
                (_END, _VOLUNTEER),
            ),
            _VOLUNTEER,
        ),
    ),
    "volunteers_are_not_wanted": (
        case(
            row("references", reference_id="wanted", photograph_sha256="picture"),
            (row("volunteers", reference_id="wanted"), row("volunteers", photograph_sha256="picture")),
            _VOLUNTEER,
        ),
    ),
    "volunteer_references_of_who_consents": (
        case(
            (_APPROVED, _VOLUNTEER),
            (
                row("volunteer_references", photograph_sha256="another"),
                row("volunteer_references", volunteer_id="y"),
                row("volunteer_references", run_id="y"),
                (change("volunteers", run_id="'y'"), _REFERENCE),
                (change("volunteer_runs", state="'proposed'"), _REFERENCE),
                (_END, _REFERENCE),
            ),
            _REFERENCE,
        ),
    ),
    "volunteer_references_are_not_wanted": (
        case(
            row("references", photograph_sha256="picture"),
            row("volunteer_references", photograph_sha256="picture"),
            _REFERENCE,
        ),
    ),
    "run_leases_within_an_approved_run": (
        case(
            _APPROVED,
            (
                row("run_leases", ends_at=AT + MINUTE, run_id="y"),
                row("run_leases", ends_at=AT + MINUTE, site_id="y"),
                row("run_leases", ends_at=AT + MINUTE + 1),
                row("run_leases", ends_at=AT + MINUTE, created_at=AT - 1),
                (change("volunteer_runs", state="'proposed'"), _LEASE),
                (_END, _LEASE),
            ),
            _LEASE,
        ),
    ),
    "run_leases_lend_somebody": (
        case(_APPROVED, (_LEASE, (row("volunteer_references", run_id="y"), _LEASE)), (_REFERENCE, _LEASE)),
    ),
    "run_leases_inside_a_warrant_go_with_its_own": (
        case(
            (_INSIDE, row("leases", warrant_id="x", ends_at=AT + MINUTE)),
            (
                (change("leases", ends_at=str(AT + MINUTE - 1)), _LEASE),
                (change("leases", stopped_at=str(AT)), _LEASE),
                (change("leases", warrant_id="'y'"), _LEASE),
                (change("leases", camera_id="'y'"), _LEASE),
                ("DELETE FROM leases", _LEASE),
            ),
            _LEASE,
        ),
        # A closed site needs no warrant.
        case(_INSIDE, _LEASE, (change("volunteer_runs", mode="'closed-site'"), _LEASE)),
    ),
    "run_leases_not_where_stop_was_pressed": (
        case(row("site_stops"), _LEASE, (change("site_stops", released_at=str(AT)), _LEASE)),
        case((), ((row("site_stops"), _LEASE),), (row("site_stops", site_id="y"), _LEASE)),
    ),
    "run_leases_keep_their_end": (
        case(
            row("run_leases", stopped_at=AT, stopped_by="C11", ended_at=AT),
            (
                change("run_leases", stopped_at="NULL"),
                change("run_leases", stopped_at="1"),
                change("run_leases", ended_at="NULL"),
                change("run_leases", ended_at="1"),
            ),
            change("run_leases", stopped_by="'C16'"),
        ),
        case(
            row("run_leases"),
            ((change("run_leases", stopped_at="1"), change("run_leases", stopped_at="2")),),
            change("run_leases", stopped_at="1", ended_at="1"),
        ),
    ),
    "alerts_of_no_volunteer": (
        case(
            row("volunteers", reference_id="volunteer"),
            row("alerts", reference_id="volunteer"),
            row("alerts", reference_id="wanted"),
        ),
    ),
    "seeded_passes_within_their_run": (
        case(
            (_APPROVED, _VOLUNTEER, _REFERENCE),
            (
                row("seeded_passes", ends_at=AT + MINUTE, found=True),
                row("seeded_passes", ends_at=AT + MINUTE + 1),
                row("seeded_passes", begins_at=AT - 1),
                row("seeded_passes", run_id="y"),
                row("seeded_passes", volunteer_id="y"),
                (change("volunteers", run_id="'y'"), _PASS),
                ("DELETE FROM volunteer_references", _PASS),
                (_END, _PASS),
                (change("volunteer_runs", state="'proposed'"), _PASS),
            ),
            _PASS,
        ),
    ),
    "seeded_passes_stay_found": (
        case(
            _PASS,
            ((change("seeded_passes", found="TRUE"), change("seeded_passes", found="FALSE")),),
            (change("seeded_passes", found="FALSE"), change("seeded_passes", found="TRUE")),
        ),
    ),
    "seeded_results_of_what_is_over": (case(_APPROVED, (_RESULT, row("seeded_results", run_id="y")), (_END, _RESULT)),),
}
"""By the guard's name."""
