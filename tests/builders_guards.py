"""Every guard of the database with statements that it refuses, and a like one that it lets pass.

    case = CASES["alerts_end_once"][0]

A guard is tried alone: the other guards, references and conditions of the tables do not apply, so that a row says no
more than the guard asks about. Whatever a row leaves out is the same everywhere ("x", nothing, `AT`), so that rows
belong together unless a case says otherwise.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Connection, Float, Integer, LargeBinary, text
from sqlalchemy.sql.type_api import TypeEngine

from governance.adapters.db.tables import METADATA
from governance.adapters.db.types import Instant, Level
from governance.audit.vault_keys import OBJECT_CLASSES
from governance.domain.organisations import BELONGS, Organisation
from governance.domain.warrants import NEXT, WarrantState

DAY: Final = 86_400_000
TODAY: Final = 20_514
AT: Final = TODAY * DAY + DAY // 2
"""Noon, in milliseconds."""
MINUTE: Final = 60_000


@dataclass(frozen=True)
class Row:
    """A row to put in."""

    table: str
    values: Mapping[str, Any]

    def put(self, connection: Connection) -> None:
        """Put it in, past the program's own types."""
        columns = {column.name: _filler(column) for column in METADATA.tables[self.table].columns} | dict(self.values)
        names, places = (", ".join(f"{mark}{name}{end}" for name in columns) for mark, end in (('"', '"'), (":", "")))
        connection.execute(text(f'INSERT INTO "{self.table}" ({names}) VALUES ({places})'), columns)  # noqa: S608 (ours)


Step = Row | str
Steps = tuple[Step, ...]


@dataclass(frozen=True, kw_only=True)
class Case:
    """What lies there; each of `refused` ends in a step that the guard refuses; `allowed` passes whole."""

    given: Steps
    refused: tuple[Steps, ...]
    allowed: Steps


def row(table: str, **values: Any) -> Row:
    """Return a row of a table; what is not named is filled in."""
    return Row(table, values)


def do(connection: Connection, step: Step) -> None:
    """Carry one step out."""
    if isinstance(step, Row):
        step.put(connection)
    else:
        connection.execute(text(step))


def _filler(column: Any) -> object:
    if column.name == "expires_at":
        return AT + DAY
    return None if column.nullable else _of_type(column.type)


def _of_type(kind: TypeEngine[Any]) -> object:
    if isinstance(kind, Instant):
        return AT
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, LargeBinary):
        return b"x"
    return 0 if isinstance(kind, Integer | BigInteger | Float | Level) else "x"


def another(table: str, column: str) -> str:
    """Return SQL for another value of a column than it has."""
    kind = METADATA.tables[table].c[column].type
    if isinstance(kind, Boolean):
        return f'NOT "{column}"'
    if isinstance(kind, LargeBinary):
        return "CAST('y' AS BLOB)"
    return f'"{column}" + 1' if isinstance(kind, Instant | Integer | BigInteger | Float | Level) else "'y'"


def _case(given: Step | Steps, refused: Step | tuple[Step | Steps, ...], allowed: Step | Steps) -> Case:
    alternatives = refused if isinstance(refused, tuple) else (refused,)
    return Case(given=_steps(given), refused=tuple(_steps(one) for one in alternatives), allowed=_steps(allowed))


def _steps(given: Step | Steps) -> Steps:
    return given if isinstance(given, tuple) else (given,)


def _roles() -> Iterator[Case]:
    for role, owner in BELONGS.items():
        others = [one for one in Organisation if one is not owner]
        yield _case(
            (),
            tuple(row("accounts", roles=f"{role.value} x", organisation=one.value) for one in others),
            row("accounts", roles=f"{role.value} x", organisation=owner.value),
        )


def _ways() -> Iterator[Case]:
    for before, after in product(WarrantState, WarrantState):
        if before is not after and after not in NEXT[before]:
            there = row("warrants", state=before.value)
            yield _case(
                there, change("warrants", state=f"'{after.value}'"), change("warrants", state=f"'{before.value}'")
            )
    for before, following in NEXT.items():
        for after in following:
            there = row("warrants", state=before.value)
            yield _case(there, change("warrants", state="'nowhere'"), change("warrants", state=f"'{after.value}'"))


def _while_in_use(table: str) -> Case:
    given = (row(table), row("deployments", state="running"))
    removed = f'DELETE FROM "{table}"'  # noqa: S608 (our own names)
    return _case(given, removed, (change("deployments", state="'ended'"), removed))


def change(table: str, **values: str) -> str:
    """Return SQL that gives columns these values, in every row; a value is SQL too."""
    changes = ", ".join(f'"{name}" = {value}' for name, value in values.items())
    return f'UPDATE "{table}" SET {changes}'  # noqa: S608 (our own names)


_LEASE: Final = row("leases", ends_at=AT + MINUTE)
_IN_FORCE: Final = row("warrants", state="active", not_before=AT, not_after=AT + MINUTE)
_URGENT: Final = (row("warrants", type="urgent"), row("papers", kind="countersignature", dated=AT))
_LIST: Final = row("watchlists", ends_at=AT + MINUTE)

CASES: Final[Mapping[str, tuple[Case, ...]]] = {
    # Accounts and certificates: B6, B14, E7.
    "accounts_of_one_organisation": tuple(_roles()),
    "accounts_begin_as_proposals": (
        _case(
            tuple(row("accounts", account_id=one, login=one, confirmed_by="y") for one in ("a", "b")),
            (row("accounts", confirmed_by="a"), row("accounts", certified_until=AT)),
            row("accounts"),
        ),
    ),
    "accounts_confirmed_by_somebody_in_force": (
        _case(
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
        _case(
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
        _case(
            (row("accounts"), row("certificates", ends_at=AT)),
            (
                change("accounts", certified_until=str(AT)),
                (change("certificates", confirmed_by="'a'"), change("accounts", certified_until=str(AT + 1))),
            ),
            (change("certificates", confirmed_by="'a'"), change("accounts", certified_until=str(AT))),
        ),
    ),
    "certificates_begin_as_proposals": (_case((), row("certificates", confirmed_by="a"), row("certificates")),),
    "certificates_keep_their_confirmation": (
        _case(
            row("certificates", confirmed_by="a"),
            (change("certificates", confirmed_by="'b'"), change("certificates", confirmed_by="NULL")),
            change("certificates", confirmed_by="'a'"),
        ),
    ),
    # Warrants, types and papers: A3, A4, A6, A7, A12.
    "warrants_act_is_fixed_once": (
        _case(
            row("warrants", act_sha256="a", legal_officer="l"),
            (
                change("warrants", act_sha256="'b'"),
                change("warrants", act_sha256="NULL"),
                change("warrants", legal_officer="'m'"),
                change("warrants", legal_officer="NULL"),
            ),
            change("warrants", state="'issued'"),
        ),
        _case(
            row("warrants", act_sha256="a", legal_officer="l"),
            change("warrants", act_sha256="NULL"),
            change("warrants", act_sha256="'a'"),
        ),
    ),
    "warrants_end_once": tuple(
        _case(row("warrants", state=state), change("warrants", state="'active'"), change("warrants", details="'y'"))
        for state in ("revoked", "expired", "rejected")
    ),
    "warrants_go_the_ways_there_are": tuple(_ways()),
    "warrants_move_by_somebody": (
        _case(
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
        _case(
            row("warrants", decision="a"),
            (change("warrants", decision="'b'"), change("warrants", decision="NULL")),
            change("warrants", decision="'a'"),
        ),
    ),
    "warrants_of_known_types": (
        _case(
            (),
            row("warrants", type="standing"),
            tuple(row("warrants", warrant_id=one, type=one) for one in ("prior", "urgent", "post-remote")),
        ),
    ),
    "warrants_urgent_by_two_officers": (
        _case(
            row("warrants", type="urgent", state="approved"),
            tuple(change("warrants", state=f"'{state}'") for state in ("issued", "active", "suspended")),
            (row("papers", kind="countersignature"), change("warrants", state="'issued'")),
        ),
    ),
    "warrants_urgent_only_when_cleared": (
        _case(
            (row("warrants", type="urgent", state="submitted"), row("papers", kind="receipt")),
            change("warrants", state="'approved'"),
            (change("papers", kind="'clearance'"), change("warrants", state="'approved'")),
        ),
    ),
    "deployments_of_live_types": (
        _case(
            row("warrants", type="post-remote"),
            row("deployments"),
            (change("warrants", type="'prior'"), row("deployments")),
        ),
    ),
    "leases_of_live_types": (
        _case(row("warrants", type="post-remote"), _LEASE, (change("warrants", type="'prior'"), _LEASE)),
    ),
    "leases_of_urgent_warrants_end_in_silence": (
        _case(
            _URGENT,
            (row("leases", created_at=AT + DAY), row("leases", created_at=AT + 3 * DAY)),
            row("leases", created_at=AT + DAY - 1),
        ),
        _case(
            (*_URGENT, row("papers", paper_sha256="r", kind="receipt")),
            row("leases", created_at=AT + 3 * DAY),
            row("leases", created_at=AT + 3 * DAY - 1),
        ),
        _case(
            _URGENT,
            row("leases", created_at=AT + DAY),
            (row("papers", paper_sha256="c", kind="confirmation"), row("leases", created_at=AT + 9 * DAY)),
        ),
    ),
    "references_of_open_slots": (
        _case(
            (row("narrowings", kind="slot", target="s"), row("narrowings", kind="camera", target="c")),
            row("references", slot_id="s"),
            row("references", slot_id="c"),
        ),
    ),
    "leases_of_open_cameras": (
        _case(
            (row("narrowings", kind="slot", target="s"), row("narrowings", kind="camera", target="c")),
            row("leases", camera_id="c"),
            row("leases", camera_id="s"),
        ),
    ),
    # Budgets, hand-offs, holds, narrowings: A9, A9b, B12, B15, C5.
    "narrowings_by_a_person_or_a_rule": (
        _case(
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
        _case(row("budgets", passages=5), change("budgets", passages="4"), change("budgets", passages="6")),
    ),
    "budgets_go_on_by_two": (
        _case(
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
        _case(
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
        _case(
            row("budgets", stopped_at=AT),
            (
                change("budgets", tolerated="1"),
                (change("budgets", stopped_at="NULL"), change("budgets", tolerated="1")),
            ),
            change("budgets", tolerated="1", stopped_at="NULL"),
        ),
    ),
    "budgets_begin_unspent": (_case((), (row("budgets", tolerated=1), row("budgets", passages=1)), row("budgets")),),
    "charges_begin_pending": (
        _case((), tuple(row("charges", verdict=one) for one in ("right", "wrong")), row("charges", verdict="pending")),
    ),
    "charges_are_settled_once": (
        _case(
            row("charges", verdict="wrong"),
            (change("charges", verdict="'right'"), change("charges", verdict="'pending'")),
            change("charges", verdict="'wrong'"),
        ),
    ),
    "charges_right_by_a_patrol": (
        _case(
            (row("charges", verdict="pending"), row("hand_offs", found="identity-wrong")),
            change("charges", verdict="'right'"),
            (change("hand_offs", found="'identity-right'"), change("charges", verdict="'right'")),
        ),
    ),
    "leases_within_a_budget": (
        _case(
            (row("deployments"), row("budgets")),
            (
                (change("budgets", stopped_at="1"), _LEASE),
                (change("budgets", site_id="'y'"), _LEASE),
                (change("budgets", profile_sha256="'y'"), _LEASE),
                (change("budgets", warrant_id="'y'"), _LEASE),
                ("DELETE FROM budgets", _LEASE),
            ),
            _LEASE,
        ),
    ),
    "hand_offs_begin_as_sent": (
        _case(
            (),
            (row("hand_offs", state="acknowledged"), row("hand_offs", state="sent", opened_index=1)),
            row("hand_offs", state="sent"),
        ),
    ),
    "hand_offs_of_leads_alone": (
        _case(
            row("alerts", state="open"),
            (row("hand_offs"), (change("alerts", state="'dismissed'"), row("hand_offs"))),
            (change("alerts", state="'confirmed-lead'"), row("hand_offs")),
        ),
    ),
    "hand_offs_to_nobody_who_reviewed": (
        _case(row("reviews", reviewer="a"), row("hand_offs", patrol="a"), row("hand_offs", patrol="b")),
    ),
    "hand_offs_are_shown_once": (
        _case(
            row("hand_offs", opened_index=3),
            (change("hand_offs", opened_index="4"), change("hand_offs", opened_index="NULL")),
            change("hand_offs", state="'acknowledged'"),
        ),
    ),
    "hand_offs_end_once": tuple(
        _case(
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
        _case(
            (row("hand_offs", patrol="a"), row("corroborations", recorded_by="b")),
            change("hand_offs", found="'identity-right'"),
            (change("corroborations", recorded_by="'a'"), change("hand_offs", found="'identity-right'")),
        ),
    ),
    "holds_begin_as_asked": (
        _case(
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
        _case((), row("holds", until_day=TODAY + 183), row("holds", until_day=TODAY + 182)),
    ),
    "holds_are_set_before_the_due_time": (
        _case(
            (row("objects"), row("holds", state="asked")),
            (
                change("holds", state="'in-force'", in_force_at=str(AT + DAY)),
                ("DELETE FROM objects", change("holds", state="'in-force'", in_force_at=str(AT))),
            ),
            change("holds", state="'in-force'", in_force_at=str(AT + DAY - 1)),
        ),
    ),
    "holds_end_once": (
        _case(
            row("holds", state="cleared"),
            (change("holds", state="'in-force'"), change("holds", state="'asked'")),
            change("holds", set_apart="TRUE"),
        ),
        _case(row("holds", state="in-force"), change("holds", state="'asked'"), change("holds", state="'cleared'")),
    ),
    "erasures_of_nothing_that_is_held": (
        _case(
            row("holds", state="in-force"),
            row("erasures"),
            (change("holds", state="'cleared'"), row("erasures")),
        ),
    ),
    "objects_that_are_held_stay": (
        _case(
            (row("objects"), row("holds", state="in-force")),
            "DELETE FROM objects",
            (change("holds", state="'cleared'"), "DELETE FROM objects"),
        ),
    ),
    # Leases: A4, A6, A10, A13, A16, B7, B8, C1, C9, C14.
    "leases_end_as_they_ended": (
        _case(
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
        _case(
            row("leases", ended_at=AT, comparisons=0, end_receipt=b"r"),
            change("leases", last_compared_at="1"),
            change("leases", acknowledged_at="1"),
        ),
    ),
    "leases_not_where_stop_was_pressed": (
        _case(row("site_stops"), _LEASE, (change("site_stops", released_at="1"), _LEASE)),
    ),
    "site_stops_are_released_once": (
        _case(
            row("site_stops", released_at=AT, released_by="a"),
            (
                change("site_stops", released_at="1"),
                change("site_stops", released_at="NULL"),
                change("site_stops", released_by="'b'"),
            ),
            change("site_stops", released_by="'a'"),
        ),
    ),
    "leases_only_after_notifications": (
        _case(
            row("notifications"),
            (_LEASE, (row("notifications", notification_id="y", authority="y", deployment_id="y"), _LEASE)),
            (row("notifications", notification_id="y", authority="y"), _LEASE),
        ),
    ),
    "notifications_are_signed_for_once": (
        _case(
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
        _case(
            (_IN_FORCE, row("deployments", state="running")),
            (
                (change("deployments", state="'suspended'"), _LEASE),
                (change("warrants", state="'suspended'"), _LEASE),
                (change("warrants", not_before=str(AT + 1)), _LEASE),
                (change("warrants", not_after=str(AT + MINUTE - 1)), _LEASE),
                row("leases", ends_at=AT + MINUTE, warrant_id="y"),
                row("leases", ends_at=AT + MINUTE, deployment_id="y"),
            ),
            _LEASE,
        ),
    ),
    "leases_lend_a_list_of_the_day": (
        _case(
            _LIST,
            (
                (change("watchlists", destroyed_at="1"), _LEASE),
                (change("watchlists", gallery_sha256="'y'"), _LEASE),
                (change("watchlists", site_id="'y'"), _LEASE),
                (change("watchlists", deployment_id="'y'"), _LEASE),
                (change("watchlists", created_at=str(AT + 1)), _LEASE),
                (change("watchlists", ends_at=str(AT + MINUTE - 1)), _LEASE),
            ),
            _LEASE,
        ),
    ),
    "leases_never_in_a_care_area": (
        _case(
            row("cameras"),
            (
                (change("cameras", care_area="TRUE"), _LEASE),
                (change("cameras", care_area="TRUE", opened_by_sha256="'y'"), _LEASE),
                (change("cameras", healthcare="TRUE"), _LEASE),
            ),
            (change("cameras", healthcare="TRUE", opened_by_sha256="'y'"), _LEASE),
        ),
    ),
    "leases_only_with_evidence": (
        _case(
            row("evidence", hot_spot=True),
            (
                (change("evidence", hot_spot="FALSE"), _LEASE),
                (change("evidence", site_id="'y'"), _LEASE),
                row("leases", created_at=AT + DAY),
            ),
            row("leases", created_at=AT + DAY - 1),
        ),
    ),
    "leases_only_with_documents": (
        _case(
            tuple(row("documents", kind=one) for one in ("a", "b", "c")),
            (
                ("DELETE FROM documents WHERE kind = 'a'", _LEASE),
                row("leases", created_at=AT + DAY),
                row("leases", camera_id="y"),
            ),
            row("leases", created_at=AT + DAY - 1),
        ),
    ),
    # Lists, deployments, incidents, cameras, references: A3, A18, B7, B8, C1, C2.
    "deployments_of_an_approved_list": (
        _case(
            row("list_reports"),
            row("deployments"),
            (change("list_reports", approved_by="'a'"), row("deployments")),
        ),
    ),
    "list_reports_begin_unapproved": (_case((), row("list_reports", approved_by="a"), row("list_reports")),),
    "list_reports_approved_by_no_enroller": (
        _case(
            (row("list_reports"), row("references", enrolled_by="a")),
            change("list_reports", approved_by="'a'"),
            change("list_reports", approved_by="'b'"),
        ),
        _case(
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
        _case(
            row("watchlists", destroyed_at=AT),
            (change("watchlists", destroyed_at="NULL"), change("watchlists", destroyed_at="1")),
            change("watchlists", destroyed_at=str(AT)),
        ),
    ),
    "watchlists_of_a_warrant_in_force": (
        _case(
            (_IN_FORCE, row("deployments", state="running")),
            (
                (change("deployments", state="'ended'"), _LIST),
                (change("warrants", state="'revoked'"), _LIST),
                (change("warrants", not_after=str(AT + MINUTE - 1)), _LIST),
                row("watchlists", ends_at=AT + MINUTE, warrant_id="y"),
            ),
            (change("warrants", state="'suspended'"), _LIST),
        ),
    ),
    "serious_incidents_begin_unreported": (
        _case((), row("serious_incidents", reported_at=AT), row("serious_incidents")),
    ),
    "serious_incidents_are_reported_once": (
        _case(
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
        _case(
            row("cameras", serial=5),
            (
                change("cameras", payload="CAST('y' AS BLOB)"),
                change("cameras", payload="CAST('y' AS BLOB)", serial="4"),
            ),
            change("cameras", payload="CAST('y' AS BLOB)", serial="6"),
        ),
    ),
    "cameras_keep_their_tags_of_care": (
        _case(
            row("cameras", care_area=True, healthcare=True),
            (change("cameras", care_area="FALSE"), change("cameras", healthcare="FALSE")),
            change("cameras", serial="6"),
        ),
    ),
    "references_begin_unconfirmed": (_case((), row("references", confirmed_by="a"), row("references")),),
    "references_confirmed_by_a_third": (
        _case(
            (row("warrants", applicant="a", legal_officer="l"), row("references")),
            (change("references", confirmed_by="'a'"), change("references", confirmed_by="'l'")),
            change("references", confirmed_by="'b'"),
        ),
    ),
    "references_stay_what_they_are": (
        _case(
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
        _case(
            (row("alerts"), row("reviews", reviewer="a")),
            row("references", enrolled_by="a"),
            row("references", enrolled_by="b"),
        ),
    ),
    # Objects, alerts, reviews: A8, A15, B11, E2, E4, E6.
    "objects_of_a_class_with_a_rule": (
        _case(
            (),
            tuple(row("objects", data_class=one) for one in ("log", "lease", "x")),
            tuple(row("objects", object_id=one, data_class=one) for one in sorted(OBJECT_CLASSES)),
        ),
    ),
    "objects_stay_their_warrants": (
        _case(
            row("objects", warrant_id="w"),
            (change("objects", warrant_id="'v'"), change("objects", warrant_id="NULL")),
            change("objects", warrant_id="'w'"),
        ),
    ),
    "reviews_by_nobody_with_a_hand_in_it": (
        _case(
            (row("alerts"), row("warrants", applicant="a", legal_officer="l"), row("references", enrolled_by="e")),
            tuple(row("reviews", reviewer=one) for one in ("a", "l", "e")),
            row("reviews", reviewer="b"),
        ),
    ),
    "reviews_only_after_a_view": (
        _case(
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
        _case(
            (row("alerts", state="open"), row("reviews", reviewer="a", support=2)),
            (
                change("alerts", state="'confirmed-lead'"),
                (row("reviews", reviewer="b", ordinal=2, support=1), change("alerts", state="'confirmed-lead'")),
            ),
            (row("reviews", reviewer="b", ordinal=2, support=2), change("alerts", state="'confirmed-lead'")),
        ),
    ),
    "alerts_begin_open_or_dismissed": (
        _case(
            (),
            tuple(row("alerts", state=one) for one in ("confirmed-lead", "disputed")),
            tuple(row("alerts", alert_id=one, state=one) for one in ("open", "dismissed")),
        ),
    ),
    "alerts_end_once": tuple(
        _case(row("alerts", state=state), change("alerts", state="'open'"), change("alerts", joined="1"))
        for state in ("confirmed-lead", "dismissed")
    ),
    "alerts_stay_escalated": (
        _case(row("alerts", escalated=2), change("alerts", escalated="1"), change("alerts", escalated="3")),
    ),
}
"""By the guard's name. Those that are made for each table from a list have theirs made, too."""
