"""What each guard over warrants, their types, papers and cameras refuses, and something like it that it lets pass."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Final

from governance.domain.warrants import NEXT, WarrantState
from tests.builders_guards import AT, DAY, LEASE, Case, case, change, only, row


def _ways() -> Iterator[Case]:
    for before, after in product(WarrantState, WarrantState):
        if before is not after and after not in NEXT[before]:
            there = row("warrants", state=before.value)
            yield case(
                there, change("warrants", state=f"'{after.value}'"), change("warrants", state=f"'{before.value}'")
            )
    for before, following in NEXT.items():
        for after in following:
            there = row("warrants", state=before.value)
            yield case(there, change("warrants", state="'nowhere'"), change("warrants", state=f"'{after.value}'"))


def _other_applications(**also: str) -> tuple[str, ...]:
    """Return changes of what was applied for, one column at a time."""
    words = tuple(change("warrants", **{one: "'y'"}, **also) for one in ("issuer", "details", "type"))
    return *words, *(change("warrants", **{one: "1"}, **also) for one in ("not_before", "not_after"))


_URGENT: Final = (row("warrants", type="urgent"), row("papers", kind="countersignature", dated=AT))
_ASSESSED_ANEW: Final = (
    row("named_cameras", assessment_sha256="named", written_at=AT),
    row("documents", kind="impact-assessment", sha256="new"),
    row("filed_assessments", sha256="new", created_at=AT + 1),
)

OF_WARRANTS: Final[Mapping[str, tuple[Case, ...]]] = {
    # Warrants, types and papers: A3, A4, A6, A7, A12.
    "warrants_act_is_fixed_once": (
        case(
            row("warrants", act_sha256="a", legal_officer="l"),
            (
                change("warrants", act_sha256="'b'"),
                change("warrants", act_sha256="NULL"),
                change("warrants", legal_officer="'m'"),
                change("warrants", legal_officer="NULL"),
            ),
            change("warrants", state="'issued'"),
        ),
        case(
            row("warrants", act_sha256="a", legal_officer="l"),
            change("warrants", act_sha256="NULL"),
            change("warrants", act_sha256="'a'"),
        ),
    ),
    "warrants_end_once": tuple(
        case(row("warrants", state=state), change("warrants", state="'active'"), change("warrants", details="'y'"))
        for state in ("revoked", "expired", "rejected")
    ),
    "warrants_go_the_ways_there_are": tuple(_ways()),
    "warrants_move_by_somebody": (
        case(
            (
                row("warrants", state="submitted"),
                row("transitions", ordinal=1, before="submitted", after="approved"),
            ),
            (
                change("warrants", state="'rejected'"),
                (
                    row("transitions", ordinal=2, before="approved", after="issued"),
                    change("warrants", state="'approved'"),
                ),
                (change("transitions", warrant_id="'y'"), change("warrants", state="'approved'")),
            ),
            change("warrants", state="'approved'"),
        ),
    ),
    "warrants_keep_their_decision": (
        case(
            row("warrants", decision="a"),
            (change("warrants", decision="'b'"), change("warrants", decision="NULL")),
            change("warrants", decision="'a'"),
        ),
        case(
            row("warrants", state="drafted", decision="a"),
            (
                change("warrants", decision="NULL"),
                change("warrants", decision="'b'", state="'submitted'"),
                (change("warrants", state="'submitted'"), change("warrants", decision="'b'", state="'drafted'")),
            ),
            change("warrants", decision="'b'"),
        ),
    ),
    "warrants_of_known_types": (
        case(
            (),
            row("warrants", type="standing"),
            tuple(row("warrants", warrant_id=one, type=one) for one in ("prior", "urgent", "post-remote")),
        ),
    ),
    "warrants_urgent_by_two_officers": (
        case(
            row("warrants", type="urgent", state="approved"),
            tuple(change("warrants", state=f"'{state}'") for state in ("issued", "active", "suspended")),
            (row("papers", kind="countersignature"), change("warrants", state="'issued'")),
        ),
    ),
    "warrants_urgent_only_when_cleared": (
        case(
            (row("warrants", type="urgent", state="submitted"), row("papers", kind="receipt")),
            change("warrants", state="'approved'"),
            (change("papers", kind="'clearance'"), change("warrants", state="'approved'")),
        ),
    ),
    "deployments_of_live_types": (
        case(
            row("warrants", type="post-remote"),
            row("deployments"),
            (change("warrants", type="'prior'"), row("deployments")),
        ),
    ),
    "leases_of_live_types": (
        case(row("warrants", type="post-remote"), LEASE, (change("warrants", type="'prior'"), LEASE)),
    ),
    "leases_of_urgent_warrants_end_in_silence": (
        case(
            _URGENT,
            (row("leases", created_at=AT + DAY), row("leases", created_at=AT + 3 * DAY)),
            row("leases", created_at=AT + DAY - 1),
        ),
        case(
            (*_URGENT, row("papers", paper_sha256="r", kind="receipt")),
            row("leases", created_at=AT + 3 * DAY),
            row("leases", created_at=AT + 3 * DAY - 1),
        ),
        case(
            (*_URGENT, row("papers", paper_sha256="c", kind="confirmation")),
            (
                row("leases", created_at=AT + DAY),
                (
                    only("paper_sha256 = 'c'", change("papers", kind="'receipt'")),
                    row("leases", created_at=AT + 3 * DAY),
                ),
            ),
            row("leases", created_at=AT + DAY - 1),
        ),
        case(
            (*_URGENT, row("papers", paper_sha256="c", kind="confirmation")),
            row("leases", created_at=AT + 9 * DAY),
            (change("warrants", type="'prior'"), row("leases", created_at=AT + 9 * DAY)),
        ),
    ),
    "references_of_open_slots": (
        case(
            (row("narrowings", kind="slot", target="s"), row("narrowings", kind="camera", target="c")),
            row("references", slot_id="s"),
            row("references", slot_id="c"),
        ),
    ),
    "leases_of_open_cameras": (
        case(
            (row("narrowings", kind="slot", target="s"), row("narrowings", kind="camera", target="c")),
            row("leases", camera_id="c"),
            row("leases", camera_id="s"),
        ),
    ),
    "warrants_change_as_drafts_alone": (
        case(
            row("warrants", state="submitted"),
            (*_other_applications(), *_other_applications(state="'drafted'")),
            change("warrants", state="'approved'"),
        ),
        case(
            row("warrants", state="drafted"),
            _other_applications(state="'submitted'"),
            (*_other_applications(), change("warrants", state="'submitted'")),
        ),
    ),
    # Cameras as acts name them: A4, A5.
    "leases_of_named_cameras": (
        case(
            row("named_cameras"),
            ((change("named_cameras", warrant_id="'y'"), LEASE), (change("named_cameras", camera_id="'y'"), LEASE)),
            LEASE,
        ),
    ),
    "leases_under_the_assessment_of_the_act": (
        case(
            _ASSESSED_ANEW,
            (
                LEASE,
                # Filed before the act was written, after the one that the act names.
                (
                    change("filed_assessments", created_at=str(AT)),
                    row("filed_assessments", sha256="named", created_at=AT),
                    LEASE,
                ),
            ),
            # What the act names was not handed in yet.
            (change("filed_assessments", created_at=str(AT)), LEASE),
        ),
        case(_ASSESSED_ANEW, LEASE, (change("documents", sha256="'named'"), LEASE)),
        case(_ASSESSED_ANEW, LEASE, (change("documents", kind="'sign'"), LEASE)),
        case(_ASSESSED_ANEW, LEASE, row("leases", camera_id="y")),
        case(_ASSESSED_ANEW, LEASE, row("leases", warrant_id="y")),
    ),
}
"""By the guard's name."""
