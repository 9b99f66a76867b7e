"""What each guard over narrowings, budgets, charges and hand-offs refuses, and something like it that it lets pass."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Final

from governance.domain.hand_offs import NEXT, Found, HandOffState
from tests.builders_guards import AT, LEASE, Case, case, change, only, row


def _while_in_use(table: str) -> Case:
    given = (row(table), row("deployments", state="running"))
    removed = f'DELETE FROM "{table}"'  # noqa: S608 (our own names)
    return case(given, removed, (change("deployments", state="'ended'"), removed))


def _ways() -> Iterator[Case]:
    for before, after in product(HandOffState, HandOffState):
        there, moved = row("hand_offs", state=before.value), change("hand_offs", state=f"'{after.value}'")
        if after in NEXT[before]:
            yield case(there, change("hand_offs", state="'nowhere'"), moved)
        elif after is not before:
            yield case(there, moved, change("hand_offs", state=f"'{before.value}'"))


_JOINING: Final = row("charges", alert_id="joining", joins="x")
_WITHOUT_A_RECORD: Final = (
    change("hand_offs", state="'overdue'", found="'unknown'"),
    change("hand_offs", state="'recalled'"),
    change("hand_offs", state="'concluded'", found="'identity-wrong'"),
)

OF_OUTCOMES: Final[Mapping[str, tuple[Case, ...]]] = {
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
    "named_cameras_stay_while_in_use": (_while_in_use("named_cameras"),),
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
    "charges_right_by_a_patrol_and_a_second": (
        case(
            (
                row("charges", verdict="pending"),
                row("charges", alert_id="joined", verdict="pending", joins="x"),
                row("hand_offs", found="identity-right"),
                row("confirmations"),
            ),
            (
                ("DELETE FROM confirmations", change("charges", verdict="'right'")),
                (change("confirmations", hand_off_id="'y'"), change("charges", verdict="'right'")),
                (change("hand_offs", found="'identity-wrong'"), change("charges", verdict="'right'")),
                (change("hand_offs", found="NULL"), change("charges", verdict="'right'")),
                (change("hand_offs", alert_id="'y'"), change("charges", verdict="'right'")),
                # Of its own alert is what it joined, not what carries its number.
                (
                    change("hand_offs", alert_id="'joined'"),
                    only("alert_id = 'joined'", change("charges", verdict="'right'")),
                ),
            ),
            change("charges", verdict="'right'"),
        ),
    ),
    "charges_join_what_is_open": (
        case(
            row("charges", verdict="pending"),
            (
                (change("charges", verdict="'wrong'"), _JOINING),
                (change("charges", joins="'z'"), _JOINING),
                (change("charges", warrant_id="'y'"), _JOINING),
                (change("charges", site_id="'y'"), _JOINING),
                (change("charges", profile_sha256="'y'"), _JOINING),
                row("charges", alert_id="joining", joins="none"),
            ),
            (_JOINING, row("charges", alert_id="of its own", warrant_id="y")),
        ),
    ),
    "charges_of_live_alerts": (
        case(row("alerts", search_id="s"), row("charges"), (change("alerts", search_id="NULL"), row("charges"))),
    ),
    "confirmations_of_what_was_right": (
        case(
            row("hand_offs", found="identity-right"),
            (
                *(
                    (change("hand_offs", found=found), row("confirmations"))
                    for found in ("'identity-wrong'", "'not-stopped'", "'unknown'", "NULL")
                ),
                row("confirmations", hand_off_id="y"),
            ),
            row("confirmations"),
        ),
    ),
    "confirmations_by_nobody_who_had_a_part": (
        case(
            (row("hand_offs", patrol="p", sent_by="s"), row("reviews", reviewer="r")),
            tuple(row("confirmations", confirmed_by=one) for one in ("p", "r", "s")),
            row("confirmations", confirmed_by="c"),
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
            (
                change("hand_offs", opened_index="4"),
                change("hand_offs", opened_index="NULL"),
                (change("hand_offs", opened_index="-4"), change("hand_offs", opened_index="3")),
                (change("hand_offs", opened_index="-4"), change("hand_offs", opened_index="-5")),
            ),
            (change("hand_offs", state="'acknowledged'"), change("hand_offs", opened_index="-4")),
        ),
    ),
    "hand_offs_end_once": (
        *(
            case(
                row("hand_offs", state=state, found=found),
                (
                    change("hand_offs", state="'sent'"),
                    change("hand_offs", found="'identity-right'"),
                    *((change("hand_offs", found="NULL"),) if found else ()),
                ),
                change("hand_offs", concluded_at="1"),
            )
            for state, found in (
                ("concluded", "identity-wrong"),
                ("concluded", None),
                ("overdue", "unknown"),
                ("recalled", None),
            )
        ),
    ),
    "hand_offs_go_the_ways_there_are": tuple(_ways()),
    "hand_offs_are_opened_by_a_showing": (
        case(
            row("hand_offs", state="sent"),
            tuple(change("hand_offs", state=f"'{one}'") for one in ("opened", "acknowledged", "concluded")),
            (change("hand_offs", state="'recalled'"), change("hand_offs", state="'opened'", opened_index="7")),
        ),
    ),
    "hand_offs_leave_a_record": (
        case(
            row("hand_offs", state="acknowledged", opened_index=7),
            (
                *_WITHOUT_A_RECORD,
                (row("interventions", alert_id="y"), change("hand_offs", state="'overdue'")),
            ),
            change("hand_offs", state="'concluded'", found="'not-stopped'"),
        ),
        *(
            case(row("hand_offs", state="acknowledged", opened_index=7), ending, (row("interventions"), ending))
            for ending in _WITHOUT_A_RECORD
        ),
        # Nobody was stopped by whom nothing was shown.
        *(
            case(
                row("hand_offs", state="sent"),
                change("hand_offs", state=state, opened_index="7"),
                change("hand_offs", state=state),
            )
            for state in ("'overdue'", "'recalled'")
        ),
    ),
    "hand_offs_of_live_alerts": (
        case(row("alerts", search_id="s"), row("hand_offs"), (change("alerts", search_id="NULL"), row("hand_offs"))),
    ),
    "interventions_are_said_once": (
        *(
            case(
                row("interventions", said=said),
                tuple(change("interventions", said=f"'{one.value}'") for one in Found if one.value != said),
                change("interventions", said=f"'{said}'"),
            )
            for said in ("identity-right", "identity-wrong", "not-stopped")
        ),
        case(
            row("interventions", said="unknown"),
            ((change("interventions", said="'identity-wrong'"), change("interventions", said="'unknown'")),),
            change("interventions", said="'identity-wrong'"),
        ),
    ),
    "hand_offs_right_only_corroborated": (
        case(
            (row("hand_offs", patrol="a"), row("corroborations", recorded_by="b")),
            change("hand_offs", found="'identity-right'"),
            (change("corroborations", recorded_by="'a'"), change("hand_offs", found="'identity-right'")),
        ),
    ),
}
"""By the guard's name."""
