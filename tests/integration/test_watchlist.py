"""A deployment's list in a real governance: built at the start, anew each day, gone at the end (C1, C2, C13)."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from contracts.canonical import sha256_hex
from contracts.gallery_bundle import GalleryBundle
from contracts.signature import Purpose, Signed
from governance.application import deployments
from governance.application.approve_watchlist import (
    ApproveList,
    PrepareListReport,
    approve_list,
    prepare_list_report,
    read_list_report,
)
from governance.application.build_watchlist import renew_watchlists
from governance.application.deployments import (
    ResumeDeployment,
    RevokeWarrant,
    StartDeployment,
    SuspendDeployment,
    resume_deployment,
    revoke_warrant,
    start_deployment,
    suspend_deployment,
)
from governance.application.enrol_reference import EnrolReference, enrol_reference
from governance.application.errors import Conflict, NotUnderstood, Refused
from governance.application.notify_authorities import deliver_due
from governance.application.queries import read_warrant
from governance.domain.decisions import allow
from governance.domain.identifiers import DeploymentId, ListReportId, WarrantId
from governance.domain.watchlists import Watchlist
from tests.builders_applications import PHOTOGRAPH, a_slot_application
from tests.builders_governance import (
    World,
    a_deployment,
    a_governance,
    admit_bands,
    an_enrolled_warrant,
    an_issued_warrant,
    leases,
    slot_of,
)
from tests.builders_passages import give_budget, have_passed
from tests.builders_watchlist import an_origin, approve_the_list

pytestmark = pytest.mark.law("C1")

RENEWAL = timedelta(hours=12)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


def lists(world: World) -> tuple[Watchlist, ...]:
    with world.governance.database.transaction() as tx:
        return tx.watchlists.where()


def keep_on_shift(world: World) -> None:
    """Shifts end after some hours; these tests are about lists."""
    with world.engine.begin() as connection:
        connection.execute(text("UPDATE accounts SET on_shift_until = 4102444800000 WHERE on_shift_until IS NOT NULL"))


def lent(world: World, nonce: str) -> int:
    return len(leases(world, nonce=nonce).authorisations)


def revoke(world: World, warrant_id: WarrantId) -> None:
    command = RevokeWarrant(actor=world.people.legal_officer, warrant_id=warrant_id, why="It is over.")
    revoke_warrant(world.governance, command)


def refusal(world: World) -> str:
    return str([entry.fields for entry in world.entries() if entry.event == "lease.refuse"][-1]["rule"])


def test_the_start_builds_a_list_and_the_log_names_its_gallery(world: World) -> None:
    a_deployment(world)
    (built,) = lists(world)
    assert built.ends_at - built.created_at <= timedelta(hours=24)
    entry = next(entry for entry in world.entries() if entry.event == "watchlist.build")
    assert entry.fields["gallery"] == built.gallery_sha256
    assert entry.fields["count"] == 1
    ((_, gallery),) = leases(world, nonce="n").authorisations
    assert GalleryBundle.from_bytes(gallery).built_at == built.created_at
    lease = next(entry for entry in world.entries() if entry.event == "lease.issue")
    assert lease.fields["gallery"] == built.gallery_sha256


def test_without_a_list_of_the_day_nothing_is_lent_and_a_new_one_is_built(world: World) -> None:
    a_deployment(world, not_after=world.clock.now() + timedelta(days=5))
    # Else the authorities' silence would stop it after a day as well (A10).
    assert deliver_due(world.governance) == 2
    keep_on_shift(world)
    world.clock.advance(timedelta(hours=24))
    assert lent(world, "old") == 0
    assert refusal(world) == "C1"
    assert renew_watchlists(world.governance) == 1
    assert lent(world, "new") == 1
    old, new = lists(world)
    assert old.destroyed_at == new.created_at == world.clock.now()
    assert old.gallery_sha256 != new.gallery_sha256


def test_a_list_is_built_anew_long_before_it_is_over_and_not_twice(world: World) -> None:
    a_deployment(world, not_after=world.clock.now() + timedelta(days=5))
    assert renew_watchlists(world.governance) == 0
    world.clock.advance(RENEWAL - timedelta(seconds=1))
    assert renew_watchlists(world.governance) == 0
    world.clock.advance(timedelta(seconds=1))
    assert renew_watchlists(world.governance) == 1
    assert renew_watchlists(world.governance) == 0


def test_at_the_end_the_list_is_destroyed_with_a_receipt(world: World) -> None:
    _, warrant_id = a_deployment(world)
    revoke_warrant(
        world.governance, RevokeWarrant(actor=world.people.legal_officer, warrant_id=warrant_id, why="It is over.")
    )
    assert all(one.destroyed_at is not None for one in lists(world))
    entry = next(entry for entry in world.entries() if entry.event == "watchlist.destroy")
    assert (entry.fields["count"], entry.fields["warrant"]) == (1, warrant_id)
    assert renew_watchlists(world.governance) == 0


def test_a_stop_that_lasted_builds_the_list_anew(world: World) -> None:
    deployment_id, _ = a_deployment(world)
    officer = world.people.legal_officer
    suspend_deployment(world.governance, SuspendDeployment(actor=officer, deployment_id=deployment_id))
    world.clock.advance(timedelta(hours=3))
    assert renew_watchlists(world.governance) == 0
    resume_deployment(world.governance, ResumeDeployment(actor=officer, deployment_id=deployment_id))
    assert lists(world)[-1].created_at == world.clock.now()


def an_ageing_person(world: World) -> tuple[DeploymentId, WarrantId]:
    """Somebody who is 39 today and 40 tomorrow."""
    admit_bands(world, "18-39")
    now = world.clock.now()
    warrant_id = an_issued_warrant(
        world, slots=(a_slot_application(age_band="18-39"),), not_after=now + timedelta(days=5)
    )
    tomorrow = (now + timedelta(days=1)).date()
    command = EnrolReference(
        actor=world.people.enroller,
        warrant_id=warrant_id,
        slot_id=slot_of(world, warrant_id),
        photograph=PHOTOGRAPH,
        origin=an_origin(born_on=date(tomorrow.year - 40, tomorrow.month, tomorrow.day)),
    )
    enrol_reference(world.governance, command)
    officer = world.people.legal_officer
    approve_the_list(world.governance, officer, warrant_id)
    give_budget(world, warrant_id, 1000)
    deployment = start_deployment(world.governance, StartDeployment(actor=officer, warrant_id=warrant_id))
    have_passed(world, 20_000)
    return deployment, warrant_id


@pytest.mark.law("C2", "C13")
def test_age_counts_anew_when_the_list_is_built_anew(world: World) -> None:
    """39 today and 40 tomorrow: of a band that is admitted no longer."""
    an_ageing_person(world)
    keep_on_shift(world)
    assert lent(world, "today") == 1
    world.clock.advance(timedelta(hours=13))
    assert renew_watchlists(world.governance) == 1
    assert lent(world, "tomorrow") == 0
    entry = next(entry for entry in world.entries() if entry.event == "watchlist.refuse")
    assert (entry.fields["rule"], entry.fields["allowed"]) == ("C13", False)
    assert lists(world)[-1].listed == frozenset()
    # It is not tried again each minute.
    assert renew_watchlists(world.governance) == 0


@pytest.mark.parametrize(
    "change",
    [
        "ends_at = created_at + 86400001",
        "created_at = created_at + 1",
        "listed = 'somebody'",
        "gallery_sha256 = 'another'",
    ],
)
def test_the_database_keeps_a_list_as_it_was_built(world: World, change: str) -> None:
    a_deployment(world)
    with world.engine.begin() as connection, pytest.raises(IntegrityError):
        connection.execute(text(f"UPDATE watchlists SET {change}"))  # noqa: S608 (the table above)


def test_the_database_lets_no_destroyed_list_come_back(world: World) -> None:
    _, warrant_id = a_deployment(world)
    revoke_warrant(
        world.governance, RevokeWarrant(actor=world.people.legal_officer, warrant_id=warrant_id, why="It is over.")
    )
    with world.engine.begin() as connection, pytest.raises(IntegrityError):
        connection.execute(text("UPDATE watchlists SET destroyed_at = NULL"))


@pytest.mark.parametrize("change", ["destroyed_at = created_at", "left_out = 'x'"])
def test_the_database_lends_no_list_but_a_live_one(world: World, change: str) -> None:
    a_deployment(world)
    assert lent(world, "n") == 1
    columns = _columns(world)
    values = ", ".join("'another'" if name == "lease_id" else name for name in columns)
    insert = f"INSERT INTO leases ({', '.join(columns)}) SELECT {values} FROM leases"  # noqa: S608 (our own columns)
    with world.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER watchlists_keeps_what_was_written"))
        connection.execute(text(f"UPDATE watchlists SET {change}"))  # noqa: S608 (the table above)
        if change.startswith("left_out"):
            connection.execute(text(insert))
        else:
            with pytest.raises(IntegrityError):
                connection.execute(text(insert))


def _columns(world: World) -> list[str]:
    with world.engine.connect() as connection:
        rows: Any = connection.execute(text("SELECT * FROM leases"))
        return list(rows.keys())


# -- the report and its approval --------------------------------------------------------------------------------------


def prepared(world: World, warrant_id: WarrantId) -> ListReportId:
    command = PrepareListReport(actor=world.people.legal_officer, warrant_id=warrant_id, passages_per_day=200_000)
    return prepare_list_report(world.governance, command)


def approval(world: World, report_id: ListReportId, **changes: Any) -> ApproveList:
    return ApproveList(**{"actor": world.people.legal_officer, "report_id": report_id, "reason": "", **changes})


def two_persons(world: World) -> WarrantId:
    """Two persons, each from a photograph of their own."""
    warrant_id, second = half_of_two_persons(world)
    enrol_reference(world.governance, second)
    return warrant_id


def half_of_two_persons(world: World) -> tuple[WarrantId, EnrolReference]:
    """Two persons, the first enrolled, and the command that enrols the second."""
    photographs = [PHOTOGRAPH, b"the other's photograph"]
    slots = tuple(
        a_slot_application(
            person=f"Person {name}, born 1990-01-01",
            necessity=f"Taken from home with the other; person {name} was last seen at the station.",
            photographs=(sha256_hex(photograph),),
        )
        for name, photograph in zip("AB", photographs, strict=True)
    )
    warrant_id = an_issued_warrant(world, slots=slots)
    standing = read_warrant(world.governance, world.people.applicant, warrant_id).value.slots
    first, second = (
        EnrolReference(
            actor=world.people.enroller,
            warrant_id=warrant_id,
            slot_id=slot.slot_id,
            photograph=photograph,
            origin=an_origin(),
        )
        for slot, photograph in zip(standing, photographs, strict=True)
    )
    enrol_reference(world.governance, first)
    return warrant_id, second


@pytest.mark.law("C2", "C5")
def test_nothing_is_put_into_use_before_its_list_was_approved(world: World) -> None:
    warrant_id, _ = an_enrolled_warrant(world)
    start = StartDeployment(actor=world.people.legal_officer, warrant_id=warrant_id)
    with pytest.raises(Refused) as refused:
        start_deployment(world.governance, start)
    assert refused.value.rule == "C2"
    report_id = prepared(world, warrant_id)
    with pytest.raises(Refused):
        start_deployment(world.governance, start)
    approve_list(world.governance, approval(world, report_id))
    start_deployment(world.governance, start)
    events = [event for event in world.events() if event.startswith(("watchlist", "deployment.start"))]
    assert events == ["watchlist.report", "watchlist.approve", "deployment.start", "watchlist.build"]


@pytest.mark.law("C2", "C5")
def test_the_report_is_read_by_an_entry_and_says_what_is_known(world: World) -> None:
    warrant_id, _ = an_enrolled_warrant(world)
    prepared(world, warrant_id)
    page = read_list_report(world.governance, world.people.legal_officer, warrant_id).value
    assert world.events()[-1] == "watchlist.read"
    assert page.is_current
    assert (page.expected.likely, page.expected.most_allowed_rate) == (None, 1 / 200_000)
    assert [line.known.origin for line in page.lines] == [an_origin()]
    assert [line.nearest for line in page.lines] == [None]


@pytest.mark.law("A3", "C2")
def test_two_who_look_alike_are_approved_for_a_reason_only(world: World) -> None:
    warrant_id = two_persons(world)
    world.viewer.near = True
    report_id = prepared(world, warrant_id)
    with pytest.raises(Refused) as refused:
        approve_list(world.governance, approval(world, report_id))
    assert refused.value.rule == "A3"
    approve_list(world.governance, approval(world, report_id, reason="They are twins, and both were taken."))
    world.governance.database.scrub()
    assert b"twins" not in (world.folder / "insyn.db").read_bytes()


@pytest.mark.law("C2")
def test_whoever_is_enrolled_later_is_on_no_list_before_it_is_approved_anew(world: World) -> None:
    warrant_id, enrol_second = half_of_two_persons(world)
    officer = world.people.legal_officer
    approve_the_list(world.governance, officer, warrant_id)
    start_deployment(world.governance, StartDeployment(actor=officer, warrant_id=warrant_id))
    enrol_reference(world.governance, enrol_second)
    world.clock.advance(timedelta(minutes=1))
    renew_watchlists(world.governance)
    assert [(len(one.listed), len(one.left_out)) for one in lists(world)] == [(1, 0), (1, 1)]
    assert [entry.fields["rule"] for entry in world.entries() if entry.event == "watchlist.refuse"] == ["C2"]
    world.clock.advance(timedelta(minutes=1))
    approve_the_list(world.governance, officer, warrant_id)
    assert (len(lists(world)[-1].listed), len(lists(world)[-1].left_out)) == (2, 0)


@pytest.mark.law("C2")
def test_a_list_that_grew_needs_another_approval(world: World) -> None:
    warrant_id, _ = an_enrolled_warrant(world)
    report_id = prepared(world, warrant_id)
    with world.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER list_reports_keeps_what_was_written"))
        connection.execute(text("UPDATE list_reports SET listed = 'somebody-else'"))
    with pytest.raises(Refused) as refused:
        approve_list(world.governance, approval(world, report_id))
    assert refused.value.rule == "C1"


@pytest.mark.law("C2")
def test_nobody_but_a_legal_officer_reads_or_approves_a_list(world: World) -> None:
    warrant_id, _ = an_enrolled_warrant(world)
    report_id = prepared(world, warrant_id)
    people = world.people
    for actor in (people.applicant, people.enroller, people.auditor, people.site_manager, people.administrator):
        with pytest.raises(Refused):
            approve_list(world.governance, approval(world, report_id, actor=actor))
        with pytest.raises(Refused):
            read_list_report(world.governance, actor, warrant_id)


@pytest.mark.law("C2")
def test_an_answer_that_is_not_the_viewers_is_not_believed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    warrant_id, _ = an_enrolled_warrant(world)
    honest = world.viewer.look_alikes

    def of_another(listed: Any) -> Signed:
        return world.keys.site.sign(Purpose.LOOK_ALIKES, honest(listed).payload)

    monkeypatch.setattr(world.viewer, "look_alikes", of_another)
    with pytest.raises(NotUnderstood):
        prepared(world, warrant_id)
    with world.governance.database.transaction() as tx:
        assert tx.list_reports.where() == ()


@pytest.mark.law("C2")
@pytest.mark.parametrize(
    "statement",
    [
        'UPDATE list_reports SET approved_by = (SELECT enrolled_by FROM "references"), approved_at = created_at',
        "UPDATE list_reports SET near = 1, approved_by = prepared_by, approved_at = created_at",
        "UPDATE list_reports SET approved_by = prepared_by",
        "UPDATE list_reports SET listed = ''",
    ],
)
def test_the_database_refuses_an_approval_that_is_none(world: World, statement: str) -> None:
    warrant_id, _ = an_enrolled_warrant(world)
    prepared(world, warrant_id)
    with world.engine.begin() as connection, pytest.raises(IntegrityError):
        connection.execute(text(statement))


@pytest.mark.law("C2")
def test_the_database_keeps_an_approval(world: World) -> None:
    a_deployment(world)
    for change in ("approved_by = NULL, approved_at = NULL", "approved_by = (SELECT applicant FROM warrants)"):
        with world.engine.begin() as connection, pytest.raises(IntegrityError):
            connection.execute(text(f"UPDATE list_reports SET {change}"))  # noqa: S608 (the two above)


@pytest.mark.law("C2")
def test_the_database_puts_nothing_into_use_without_an_approved_list(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    warrant_id, _ = an_enrolled_warrant(world)
    monkeypatch.setattr(deployments, "has_approved_list", lambda *_: allow("C2"))
    with pytest.raises(Conflict):
        start_deployment(world.governance, StartDeployment(actor=world.people.legal_officer, warrant_id=warrant_id))
