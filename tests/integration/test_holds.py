"""Legal holds (B15): three people, a reason, an end; set before the due time; then everything goes as it would have."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from governance.adapters.db.new_log import Records
from governance.application.deployments import RevokeWarrant, revoke_warrant
from governance.application.erase import expire_due
from governance.application.errors import NotFound, Refused
from governance.application.holds import AskHold, AtHold, approve_hold, ask_hold, clear_hold, read_held
from governance.application.journal import ranges_of
from governance.application.vault import for_step, is_standing, reveal
from governance.audit.leaf import KeyRef
from governance.audit.retention import Destruction, Hold, Kind, Retention, RetentionReport, end_of_day
from governance.domain.holds import Basis
from governance.domain.identifiers import AccountId, ObjectId, WarrantId
from governance.domain.retention import due_day
from governance.domain.roles import Role
from tests.builders_governance import World, a_deployment, a_governance, an_account, another_alert

pytestmark = pytest.mark.law("B15", "F3")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = a_governance(tmp_path)
    a_deployment(world)
    another_alert(world, report_id="one")
    return world


def second_officer(world: World) -> AccountId:
    return an_account(world, "liv", Role.LEGAL_OFFICER)


def a_third_officer(world: World) -> AccountId:
    return an_account(world, "lea", Role.LEGAL_OFFICER)


def protection_officer(world: World) -> AccountId:
    return an_account(world, "dora", Role.DATA_PROTECTION_OFFICER)


def scalars(world: World, query: str) -> list[object]:
    with world.engine.connect() as connection:
        return list(connection.execute(text(query)).scalars())


def report_of(world: World) -> ObjectId:
    return ObjectId(str(scalars(world, "SELECT report FROM alerts")[0]))


def asked(world: World, *, days: int = 5, by: AccountId | None = None) -> ObjectId:
    held = report_of(world)
    command = AskHold(
        actor=by or world.people.legal_officer,
        object_id=held,
        basis=Basis.COMPLAINT,
        until_day=due_day(world.clock.now()) + days,
        why="A complaint was made about this alert.",
    )
    ask_hold(world.governance, command)
    return held


def in_force(world: World, *, days: int = 5) -> ObjectId:
    held = asked(world, days=days)
    for actor in (second_officer(world), world.people.auditor):
        approve_hold(world.governance, AtHold(actor=actor, object_id=held))
    return held


def lives(world: World, held: ObjectId) -> bool:
    """Say whether the vault still has the key: past the vault's own rules, as a test may."""
    key = KeyRef.parse(held)
    return (key.data_class, key.day) in set(world.governance.vault.days())


def pass_days(world: World, days: int) -> None:
    for _ in range(days):
        world.clock.advance(timedelta(days=1))
        expire_due(world.governance)


def test_what_is_held_outlives_its_day_and_goes_when_the_hold_ends(world: World) -> None:
    held = in_force(world, days=5)
    crops = str(scalars(world, "SELECT crops FROM alerts")[0])
    pass_days(world, 3)
    # Its key, its box and its row are there; whatever else was due that day is gone.
    assert lives(world, held)
    kept = scalars(world, "SELECT object_id FROM objects WHERE data_class = 'candidate'")
    assert kept == [held]
    assert crops not in kept
    for reader in (world.people.auditor, world.people.legal_officer):
        assert read_held(world.governance, AtHold(actor=reader, object_id=held)).value.startswith(b"{")
        assert world.entries()[-1].leaf.event == "object.read"
    # Another of the police, who did not ask for it, opens nothing.
    with pytest.raises(Refused, match="whoever asked"):
        read_held(world.governance, AtHold(actor=a_third_officer(world), object_id=held))
    pass_days(world, 4)
    assert not lives(world, held)
    assert scalars(world, "SELECT count(*) FROM objects WHERE data_class = 'candidate'") == [0]
    assert scalars(world, "SELECT state FROM holds") == ["cleared"]
    assert world.events().count("hold.clear") == 1


def test_the_log_alone_shows_that_nothing_was_late_and_nothing_destroyed_while_held(world: World) -> None:
    in_force(world, days=5)
    pass_days(world, 9)
    told = audited(world)
    assert [lapse for lapse in told.lapses if lapse.kind in {Kind.WHILE_HELD, Kind.MISSING, Kind.LATE}] == []
    candidate = next(count for count in told.counts if count.data_class == "candidate")
    assert candidate.due == candidate.on_time


def audited(world: World) -> RetentionReport:
    """Count as the auditor's tool does, from the leaves alone."""
    retention = Retention()
    for index, leaf in enumerate(world.leaves()):
        for one in leaf.compartments:
            retention.oblige(index, one.key.data_class, one.key.day, one.key.number)
        if leaf.event == "erasure.complete":
            retention.destroyed(
                Destruction(
                    index=index,
                    ranges=leaf.ranges("keys"),
                    reason=str(leaf.body["reason"]),
                    said_ms=leaf.time_ms,
                    confirmed_ms=None,
                )
            )
        if leaf.event == "hold.set":
            until = leaf.body["until"]
            assert isinstance(until, int)
            retention.hold(
                Hold(index=index, ranges=leaf.ranges("keys"), from_ms=leaf.time_ms, until_ms=end_of_day(until))
            )
        if leaf.event == "hold.clear":
            retention.clear(at_ms=leaf.time_ms, of=leaf.indices(), ranges=leaf.ranges("keys"))
    now_ms = (world.clock.now() - EPOCH) // timedelta(milliseconds=1)
    return retention.report(now_ms=now_ms)


def test_a_hold_forgets_its_place_when_a_new_log_begins(world: World) -> None:
    in_force(world)
    assert scalars(world, "SELECT placed_at FROM holds") != [None]
    Records(world.engine).begin_new_log()
    assert scalars(world, "SELECT placed_at FROM holds") == [None]


def test_a_hold_that_ends_in_another_log_than_it_was_set_in_is_named_by_its_key(world: World) -> None:
    held = in_force(world)
    with world.engine.begin() as connection:
        connection.execute(text("UPDATE holds SET placed_at = NULL"))
    clear_hold(world.governance, AtHold(actor=world.people.legal_officer, object_id=held))
    (ended,) = [leaf for leaf in world.leaves() if leaf.event == "hold.clear"]
    assert ended.indices() == ()
    assert ended.ranges("keys") == ranges_of([KeyRef.parse(held)])
    assert not audited(world).lapses


def test_what_people_decide_to_erase_waits_for_the_hold_and_no_longer(world: World) -> None:
    held = in_force(world)
    warrant = WarrantId(str(scalars(world, "SELECT warrant_id FROM warrants")[0]))
    revoke_warrant(
        world.governance, RevokeWarrant(actor=world.people.legal_officer, warrant_id=warrant, why="It is over.")
    )
    assert held in scalars(world, "SELECT object_id FROM objects")
    clear_hold(world.governance, AtHold(actor=world.people.auditor, object_id=held))
    assert held not in scalars(world, "SELECT object_id FROM objects")


@pytest.mark.law("A8")
def test_what_waits_for_its_hold_to_be_erased_is_opened_by_nobody_but_the_auditor(world: World) -> None:
    held = in_force(world)
    warrant = WarrantId(str(scalars(world, "SELECT warrant_id FROM warrants")[0]))
    with world.governance.database.transaction() as tx:
        assert is_standing(world.governance, tx, held)
    revoke_warrant(
        world.governance, RevokeWarrant(actor=world.people.legal_officer, warrant_id=warrant, why="It is over.")
    )
    with world.governance.database.transaction() as tx:
        assert not is_standing(world.governance, tx, held)
        with pytest.raises(NotFound):
            reveal(world.governance, tx, held, for_step("test", {}))
    assert read_held(world.governance, AtHold(actor=world.people.auditor, object_id=held)).value.startswith(b"{")


def test_asking_for_a_day_keeps_nobody_from_holding_it_for_longer(world: World) -> None:
    held = asked(world, days=2)
    with pytest.raises(Refused, match="held twice"):
        asked(world, days=2, by=world.people.auditor)
    asked(world, days=5, by=world.people.auditor)
    for actor in (world.people.legal_officer, protection_officer(world)):
        approve_hold(world.governance, AtHold(actor=actor, object_id=held))
    # What the supervisory authority asked for, nobody of the police ends before its day.
    with pytest.raises(Refused, match="supervisory authority"):
        clear_hold(world.governance, AtHold(actor=world.people.legal_officer, object_id=held))
    pass_days(world, 3)
    assert lives(world, held)
    clear_hold(world.governance, AtHold(actor=world.people.auditor, object_id=held))
    expire_due(world.governance)
    assert not lives(world, held)


def test_one_approval_holds_nothing(world: World) -> None:
    held = asked(world)
    approve_hold(world.governance, AtHold(actor=world.people.auditor, object_id=held))
    pass_days(world, 3)
    assert scalars(world, "SELECT count(*) FROM objects WHERE data_class = 'candidate'") == [0]
    assert not lives(world, held)


def test_who_asks_does_not_approve_and_nobody_approves_twice(world: World) -> None:
    held = asked(world)
    with pytest.raises(Refused, match="does not approve it"):
        approve_hold(world.governance, AtHold(actor=world.people.legal_officer, object_id=held))
    approve_hold(world.governance, AtHold(actor=world.people.auditor, object_id=held))
    with pytest.raises(Refused, match="second person"):
        approve_hold(world.governance, AtHold(actor=world.people.auditor, object_id=held))
    with pytest.raises(Refused):
        approve_hold(world.governance, AtHold(actor=world.people.reviewers[0], object_id=held))


def test_a_hold_is_set_before_the_due_time_only(world: World) -> None:
    held = asked(world)
    approve_hold(world.governance, AtHold(actor=world.people.auditor, object_id=held))
    officer = second_officer(world)
    world.clock.advance(timedelta(hours=24))
    with pytest.raises(Refused, match="before the due time"):
        approve_hold(world.governance, AtHold(actor=officer, object_id=held))


@pytest.mark.parametrize("days", [-1, 0, 184, 100_000])
def test_a_hold_has_an_end_within_the_longest(world: World, days: int) -> None:
    with pytest.raises(Refused):
        asked(world, days=days)


def test_nothing_is_held_twice(world: World) -> None:
    held = in_force(world)
    clear_hold(world.governance, AtHold(actor=world.people.auditor, object_id=held))
    with pytest.raises(Refused, match="held before"):
        asked(world)


def asking(world: World, held: str, by: AccountId | None = None) -> None:
    command = AskHold(
        actor=by or world.people.legal_officer,
        object_id=ObjectId(held),
        basis=Basis.DEFENCE,
        until_day=due_day(world.clock.now()) + 100,
        why="A defence asked for it.",
    )
    ask_hold(world.governance, command)


@pytest.mark.law("A8", "C1")
@pytest.mark.parametrize(
    "of",
    [
        'SELECT boxes FROM "references"',
        'SELECT origin FROM "references"',
        "SELECT report FROM list_reports",
        "SELECT crops FROM alerts",
    ],
)
def test_no_photograph_template_or_picture_is_held(world: World, of: str) -> None:
    with pytest.raises(Refused, match=r"Nothing of this kind|picture is not held"):
        asking(world, str(scalars(world, of)[0]))
    assert scalars(world, "SELECT count(*) FROM holds") == [0]


def test_an_applications_words_and_its_decision_can_be_held_and_a_holds_own_reason_not(world: World) -> None:
    (details, decision) = (str(scalars(world, f"SELECT {one} FROM warrants")[0]) for one in ("details", "decision"))  # noqa: S608
    with world.governance.database.transaction() as tx:
        ends = tx.objects.get(ObjectId(details)).expires_at
    # Nothing is held to a day before its own end.
    world.clock.at = ends - timedelta(days=50)
    for one in (details, decision):
        asking(world, one)
    with pytest.raises(Refused, match="Nothing of this kind"):
        asking(world, str(scalars(world, "SELECT reason FROM holds")[0]))


def test_three_of_the_police_hold_nothing(world: World) -> None:
    held = asked(world)
    approve_hold(world.governance, AtHold(actor=second_officer(world), object_id=held))
    third = a_third_officer(world)
    for actor in (third, protection_officer(world)):
        # The data protection officer is of the police too, and there is an auditor who is not.
        with pytest.raises(Refused, match="supervisory authority"):
            approve_hold(world.governance, AtHold(actor=actor, object_id=held))
    assert scalars(world, "SELECT state FROM holds") == ["asked"]
    approve_hold(world.governance, AtHold(actor=world.people.auditor, object_id=held))
    assert scalars(world, "SELECT state FROM holds") == ["in-force"]


def test_what_the_auditor_asks_for_is_approved_by_who_watches_inside(world: World) -> None:
    held = asked(world, by=world.people.auditor)
    dora = protection_officer(world)
    approve_hold(world.governance, AtHold(actor=world.people.legal_officer, object_id=held))
    with pytest.raises(Refused, match="data protection officer"):
        approve_hold(world.governance, AtHold(actor=second_officer(world), object_id=held))
    approve_hold(world.governance, AtHold(actor=dora, object_id=held))
    assert scalars(world, "SELECT state FROM holds") == ["in-force"]


def test_nothing_past_its_end_is_opened_unless_it_is_held(world: World) -> None:
    held = asked(world)
    with pytest.raises(Refused, match="unless it is held"):
        read_held(world.governance, AtHold(actor=world.people.auditor, object_id=held))


_HELD = (
    "INSERT INTO holds SELECT o.object_id, 'asked', basis, reason, until_day, asked_by, NULL, NULL,"
    " NULL, NULL, FALSE, '', h.created_at, h.expires_at FROM holds h {}"
)


@pytest.mark.parametrize("of_auditor", [True, False])
def test_the_database_sets_no_hold_by_the_police_alone(world: World, of_auditor: bool) -> None:  # noqa: FBT001
    dora, lea = protection_officer(world), a_third_officer(world)
    held = asked(world, by=world.people.auditor if of_auditor else None)
    # For an auditor who asks, the data protection officer is from elsewhere; for the police there is an auditor.
    pair = (second_officer(world), lea) if of_auditor else (dora, lea)
    setting = text(
        "UPDATE holds SET state = 'in-force', first_approver = :a, second_approver = :b, in_force_at = created_at"
    )
    with pytest.raises(DatabaseError, match="from elsewhere"), world.engine.begin() as connection:
        connection.execute(setting, {"a": pair[0], "b": pair[1]})
    other = dora if of_auditor else world.people.auditor
    with world.engine.begin() as connection:
        connection.execute(setting, {"a": other, "b": lea})
    assert held in scalars(world, "SELECT object_id FROM holds WHERE state = 'in-force'")


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE holds SET until_day = until_day + 1", "does not change"),
        ("DELETE FROM objects WHERE object_id IN (SELECT object_id FROM holds)", "what is held is not removed"),
        ("UPDATE holds SET state = 'asked'", "holds nothing again"),
        (
            (
                "INSERT INTO holds SELECT o.object_id, 'asked', basis, reason, until_day + 184, asked_by, NULL, NULL,"
                " NULL, NULL, FALSE, '', h.created_at, h.expires_at FROM holds h JOIN warrants w ON TRUE"
                " JOIN objects o ON o.object_id = w.details"
            ),
            "within the longest",
        ),
        (_HELD.format('JOIN "references" r ON TRUE JOIN objects o ON o.object_id = r.boxes'), "no photograph"),
        (_HELD.format("JOIN alerts a ON TRUE JOIN objects o ON o.object_id = a.crops"), "no photograph"),
        (_HELD.format("JOIN objects o ON o.object_id = h.reason"), "no photograph"),
        ("UPDATE holds SET second_approver = first_approver", "set_by_three"),
        (
            "INSERT INTO erasures SELECT object_id, NULL, 'decision', created_at, expires_at FROM holds",
            "what is held is not erased",
        ),
    ],
)
def test_the_database_refuses(world: World, statement: str, sentence: str) -> None:
    in_force(world)
    with pytest.raises(DatabaseError, match=sentence), world.engine.begin() as connection:
        connection.execute(text(statement))
