"""What each guard over accounts, warrants and their outcomes refuses, and something like it that it lets pass."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Final

from governance.domain.organisations import BELONGS, Organisation
from governance.domain.warrants import NEXT, WarrantState
from tests.builders_guards import AT, DAY, LEASE, TODAY, Case, case, change, row


def _roles() -> Iterator[Case]:
    for role, owner in BELONGS.items():
        others = [one for one in Organisation if one is not owner]
        yield case(
            (),
            tuple(row("accounts", roles=f"{role.value} x", organisation=one.value) for one in others),
            row("accounts", roles=f"{role.value} x", organisation=owner.value),
        )


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


def _while_in_use(table: str) -> Case:
    given = (row(table), row("deployments", state="running"))
    removed = f'DELETE FROM "{table}"'  # noqa: S608 (our own names)
    return case(given, removed, (change("deployments", state="'ended'"), removed))


_URGENT: Final = (row("warrants", type="urgent"), row("papers", kind="countersignature", dated=AT))

OF_WARRANTS: Final[Mapping[str, tuple[Case, ...]]] = {
    # Accounts and certificates: B6, B14, E7.
    "accounts_of_one_organisation": tuple(_roles()),
    "accounts_begin_as_proposals": (
        case(
            tuple(row("accounts", account_id=one, login=one, confirmed_by="y") for one in ("a", "b")),
            (row("accounts", confirmed_by="a"), row("accounts", certified_until=AT)),
            row("accounts"),
        ),
    ),
    "accounts_confirmed_by_somebody_in_force": (
        case(
            (
                row("accounts", account_id="x", login="x"),
                row("accounts", account_id="asked", login="asked"),
                row("accounts", account_id="gone", login="gone", confirmed_by="y", withdrawn_at=AT),
                row("accounts", account_id="there", login="there", confirmed_by="y"),
            ),
            tuple(
                f"UPDATE accounts SET confirmed_by = '{one}' WHERE account_id = 'x'"  # noqa: S608 (our own names)
                for one in ("asked", "gone", "nobody", "x")
            ),
            "UPDATE accounts SET confirmed_by = 'there' WHERE account_id = 'x'",
        ),
    ),
    "accounts_keep_what_two_people_said": (
        case(
            row("accounts", confirmed_by="a", confirmed_at=AT, withdrawn_at=AT),
            (
                change("accounts", confirmed_by="'b'"),
                change("accounts", confirmed_by="NULL"),
                change("accounts", confirmed_at="1"),
                change("accounts", withdrawn_at="NULL"),
                change("accounts", withdrawn_at="1"),
            ),
            change("accounts", failures="1"),
        ),
    ),
    "accounts_certified_by_a_certificate": (
        case(
            (row("accounts"), row("certificates", ends_at=AT)),
            (
                change("accounts", certified_until=str(AT)),
                (change("certificates", confirmed_by="'a'"), change("accounts", certified_until=str(AT + 1))),
            ),
            (change("certificates", confirmed_by="'a'"), change("accounts", certified_until=str(AT))),
        ),
    ),
    "certificates_begin_as_proposals": (case((), row("certificates", confirmed_by="a"), row("certificates")),),
    "certificates_keep_their_confirmation": (
        case(
            row("certificates", confirmed_by="a"),
            (change("certificates", confirmed_by="'b'"), change("certificates", confirmed_by="NULL")),
            change("certificates", confirmed_by="'a'"),
        ),
    ),
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
            _URGENT,
            row("leases", created_at=AT + DAY),
            (row("papers", paper_sha256="c", kind="confirmation"), row("leases", created_at=AT + 9 * DAY)),
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
    # Budgets, hand-offs, holds, narrowings: A9, A9b, B12, B15, C5.
    "narrowings_by_a_person_or_a_rule": (
        case(
            (),
            row("narrowings", rule="A4"),
            (
                *(row("narrowings", target=rule, rule=rule) for rule in ("A9b", "C5")),
                row("narrowings", target="by somebody", rule="A4", actor="a"),
            ),
        ),
    ),
    "narrowings_stay_while_in_use": (_while_in_use("narrowings"),),
    "budgets_stay_while_in_use": (_while_in_use("budgets"),),
    "charges_stay_while_in_use": (_while_in_use("charges"),),
    "budgets_passages_never_fall": (
        case(row("budgets", passages=5), change("budgets", passages="4"), change("budgets", passages="6")),
    ),
    "budgets_go_on_by_two": (
        case(
            row("budgets", stopped_at=AT),
            (
                change("budgets", stopped_at="NULL"),
                change("budgets", stopped_at="NULL", resume_asked_by="'a'"),
                change("budgets", stopped_at="NULL", resumed_by="'a'"),
                change("budgets", stopped_at="NULL", resume_asked_by="'a'", resumed_by="'a'"),
            ),
            change("budgets", stopped_at="NULL", resume_asked_by="'a'", resumed_by="'b'"),
        ),
    ),
    "budgets_go_on_by_two_organisations": (
        case(
            (
                row("budgets", stopped_at=AT),
                *(
                    row("accounts", account_id=one, login=one, organisation=of)
                    for one, of in (("a", "police"), ("b", "police"), ("c", "supervisory-authority"))
                ),
            ),
            change("budgets", stopped_at="NULL", resume_asked_by="'a'", resumed_by="'b'"),
            change("budgets", stopped_at="NULL", resume_asked_by="'a'", resumed_by="'c'"),
        ),
    ),
    "budgets_tolerate_no_more_unasked": (
        case(
            row("budgets", stopped_at=AT),
            (
                change("budgets", tolerated="1"),
                (change("budgets", stopped_at="NULL"), change("budgets", tolerated="1")),
            ),
            change("budgets", tolerated="1", stopped_at="NULL"),
        ),
    ),
    "budgets_begin_unspent": (case((), (row("budgets", tolerated=1), row("budgets", passages=1)), row("budgets")),),
    "charges_begin_pending": (
        case((), tuple(row("charges", verdict=one) for one in ("right", "wrong")), row("charges", verdict="pending")),
    ),
    "charges_are_settled_once": (
        case(
            row("charges", verdict="wrong"),
            (change("charges", verdict="'right'"), change("charges", verdict="'pending'")),
            change("charges", verdict="'wrong'"),
        ),
    ),
    "charges_right_by_a_patrol": (
        case(
            (row("charges", verdict="pending"), row("hand_offs", found="identity-wrong")),
            change("charges", verdict="'right'"),
            (change("hand_offs", found="'identity-right'"), change("charges", verdict="'right'")),
        ),
    ),
    "leases_within_a_budget": (
        case(
            (row("deployments"), row("budgets")),
            (
                (change("budgets", stopped_at="1"), LEASE),
                (change("budgets", site_id="'y'"), LEASE),
                (change("budgets", profile_sha256="'y'"), LEASE),
                (change("budgets", warrant_id="'y'"), LEASE),
                ("DELETE FROM budgets", LEASE),
            ),
            LEASE,
        ),
    ),
    "hand_offs_begin_as_sent": (
        case(
            (),
            (row("hand_offs", state="acknowledged"), row("hand_offs", state="sent", opened_index=1)),
            row("hand_offs", state="sent"),
        ),
    ),
    "hand_offs_of_leads_alone": (
        case(
            row("alerts", state="open"),
            (row("hand_offs"), (change("alerts", state="'dismissed'"), row("hand_offs"))),
            (change("alerts", state="'confirmed-lead'"), row("hand_offs")),
        ),
    ),
    "hand_offs_to_nobody_who_reviewed": (
        case(row("reviews", reviewer="a"), row("hand_offs", patrol="a"), row("hand_offs", patrol="b")),
    ),
    "hand_offs_are_shown_once": (
        case(
            row("hand_offs", opened_index=3),
            (change("hand_offs", opened_index="4"), change("hand_offs", opened_index="NULL")),
            change("hand_offs", state="'acknowledged'"),
        ),
    ),
    "hand_offs_end_once": tuple(
        case(
            row("hand_offs", state=state, found=found),
            (
                change("hand_offs", state="'sent'"),
                *((change("hand_offs", found="'identity-right'"), change("hand_offs", found="NULL")) if found else ()),
            ),
            change("hand_offs", concluded_at="1"),
        )
        for state, found in (("concluded", "identity-wrong"), ("overdue", "not-found"), ("recalled", None))
    ),
    "hand_offs_right_only_corroborated": (
        case(
            (row("hand_offs", patrol="a"), row("corroborations", recorded_by="b")),
            change("hand_offs", found="'identity-right'"),
            (change("corroborations", recorded_by="'a'"), change("hand_offs", found="'identity-right'")),
        ),
    ),
    "holds_begin_as_asked": (
        case(
            row("objects"),
            (
                row("holds", state="in-force"),
                row("holds", state="asked", first_approver="a"),
                row("holds", state="asked", object_id="none"),
                row("holds", state="asked", created_at=AT + DAY),
            ),
            row("holds", state="asked", created_at=AT + DAY - 1),
        ),
    ),
    "holds_end_within_the_longest": (
        case((), row("holds", until_day=TODAY + 183), row("holds", until_day=TODAY + 182)),
    ),
    "holds_are_set_before_the_due_time": (
        case(
            (row("objects"), row("holds", state="asked")),
            (
                change("holds", state="'in-force'", in_force_at=str(AT + DAY)),
                ("DELETE FROM objects", change("holds", state="'in-force'", in_force_at=str(AT))),
            ),
            change("holds", state="'in-force'", in_force_at=str(AT + DAY - 1)),
        ),
    ),
    "holds_end_once": (
        case(
            row("holds", state="cleared"),
            (change("holds", state="'in-force'"), change("holds", state="'asked'")),
            change("holds", set_apart="TRUE"),
        ),
        case(row("holds", state="in-force"), change("holds", state="'asked'"), change("holds", state="'cleared'")),
    ),
    "erasures_of_nothing_that_is_held": (
        case(
            row("holds", state="in-force"),
            row("erasures"),
            (change("holds", state="'cleared'"), row("erasures")),
        ),
    ),
    "objects_that_are_held_stay": (
        case(
            (row("objects"), row("holds", state="in-force")),
            "DELETE FROM objects",
            (change("holds", state="'cleared'"), "DELETE FROM objects"),
        ),
    ),
}
"""By the guard's name."""
