"""An entry stands in the log before its change is committed; what was announced and did not come is voided."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text

from governance.adapters.db import tables
from governance.application.accounts import ChangeShift, change_shift
from governance.application.approve_warrant import RejectWarrant, reject_warrant
from governance.application.errors import Conflict, GovernanceError, StorageFailed
from governance.application.heartbeat import beat
from governance.application.move_warrant import Step, move
from governance.application.ports import Transaction
from governance.audit.base64_strict import decode64
from governance.audit.canonical import canonical
from governance.audit.errors import LogRolledBack
from governance.audit.leaf import Leaf
from governance.audit.state_root import state_root
from governance.domain.events import Event
from governance.domain.warrants import WarrantState
from tests.builders_governance import World, a_deployment, a_governance, a_submitted_warrant, leases, reopen


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


def voided(world: World) -> set[int]:
    return {index for leaf in world.leaves() if leaf.event == "change.void" for index in leaf.indices()}


def live_commitments(leaves: list[Leaf], not_done: set[int]) -> set[bytes]:
    """Follow the commitments as an auditor does, from the log alone."""
    live: set[bytes] = set()
    for index, leaf in enumerate(leaves):
        if index in not_done:
            continue
        live |= {decoded(one) for one in leaf.body.get("adds", ())}  # type: ignore[attr-defined]  # a tuple of texts
        live -= {decoded(one) for one in leaf.body.get("drops", ())}  # type: ignore[attr-defined]  # a tuple of texts
    return live


def decoded(text_: str) -> bytes:
    data = decode64(text_)
    assert data is not None
    return data


def state_of(world: World) -> bytes:
    with world.governance.database.transaction() as tx:
        return tx.state_root()


def commit_fails(monkeypatch: pytest.MonkeyPatch, *, after: bool) -> None:
    real: Callable[[Connection], None] = Connection.commit

    def failing(self: Connection) -> None:
        if after:
            real(self)
        raise_full()

    monkeypatch.setattr(Connection, "commit", failing)


def raise_full() -> None:
    raise StorageFailed("The disk is full. Nothing was changed or shown; free some space and try again.")


def test_a_change_that_the_database_does_not_take_is_voided_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewer = world.people.reviewers[0]
    with monkeypatch.context() as patch:
        commit_fails(patch, after=False)
        with pytest.raises(StorageFailed):
            change_shift(world.governance, ChangeShift(actor=reviewer, begin=False))
    assert world.events()[-2:] == ["shift.end", "change.void"]
    assert voided(world) == {world.log.size() - 2}
    with world.governance.database.transaction() as tx:
        assert tx.accounts.get(reviewer).is_on_shift(world.clock.now())


def test_a_change_that_was_committed_though_an_error_was_told_is_not_voided(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewer = world.people.reviewers[0]
    with monkeypatch.context() as patch:
        commit_fails(patch, after=True)
        with pytest.raises(StorageFailed):
            change_shift(world.governance, ChangeShift(actor=reviewer, begin=False))
    assert world.events()[-1] == "shift.end"
    assert not voided(world)
    with world.governance.database.transaction() as tx:
        assert not tx.accounts.get(reviewer).is_on_shift(world.clock.now())


def test_a_process_that_dies_between_entry_and_change_leaves_a_void_at_the_next_start(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class PowerCutError(BaseException):
        """The process ends here."""

    def cut(_: Connection) -> None:
        raise PowerCutError

    with monkeypatch.context() as patch:
        patch.setattr(Connection, "commit", cut)
        with pytest.raises(PowerCutError):
            change_shift(world.governance, ChangeShift(actor=world.people.reviewers[0], begin=False))
    assert world.events()[-1] == "shift.end"
    again = reopen(world.folder, world.keys, world.clock)
    assert again.events()[-2:] == ["shift.end", "change.void"]


def test_the_voids_of_one_start_are_not_voided_again_at_the_next(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        commit_fails(patch, after=False)
        with pytest.raises(StorageFailed):
            change_shift(world.governance, ChangeShift(actor=world.people.reviewers[0], begin=False))
    size = world.log.size()
    assert reopen(world.folder, world.keys, world.clock).log.size() == size


def test_a_database_that_lacks_what_the_log_calls_settled_is_refused(world: World) -> None:
    before = world.governance.journal.settled
    a_submitted_warrant(world)
    with world.engine.begin() as connection:
        connection.execute(text("UPDATE settled SET number = :number"), {"number": before})
    with pytest.raises(LogRolledBack, match="older copy"):
        reopen(world.folder, world.keys, world.clock)


def test_a_sign_of_life_settles_the_last_change_for_good(world: World) -> None:
    before = world.governance.journal.settled
    change_shift(world.governance, ChangeShift(actor=world.people.reviewers[0], begin=False))
    beat(world.governance)
    with world.engine.begin() as connection:
        connection.execute(text("UPDATE settled SET number = :number"), {"number": before})
    with pytest.raises(LogRolledBack, match="older copy"):
        reopen(world.folder, world.keys, world.clock)


def test_a_rule_of_the_database_that_says_no_leaves_no_entry(world: World) -> None:
    warrant_id = a_submitted_warrant(world)
    size = world.log.size()
    with world.governance.database.transaction() as tx:
        warrant = tx.warrants.get(warrant_id)
        tx.log.append(Event.WARRANT_APPROVE, {"warrant": warrant_id})
        with pytest.raises(Conflict):
            tx.warrants.save(replace(warrant, legal_officer=warrant.applicant))
    assert world.log.size() == size


def test_a_watched_change_without_an_entry_is_not_made(world: World) -> None:
    warrant_id = a_submitted_warrant(world)
    with world.governance.database.transaction() as tx:
        move(world.governance, tx, tx.warrants.get(warrant_id), Step(to=WarrantState.REJECTED, actor=None, why=""))
        with pytest.raises(StorageFailed, match="no entry of the log"):
            tx.commit()
    with world.governance.database.transaction() as tx:
        assert tx.warrants.get(warrant_id).state is WarrantState.SUBMITTED


def test_an_object_that_no_entry_commits_to_is_not_kept(world: World) -> None:
    from governance.application.vault import Keeping, keep  # noqa: PLC0415 (used here alone)
    from governance.domain.retention import DataClass  # noqa: PLC0415 (used here alone)

    with world.governance.database.transaction() as tx:
        keep(world.governance, tx, b"words", Keeping(data_class=DataClass.REVIEW, warrant=None))
        with pytest.raises(StorageFailed, match="no entry of the log"):
            tx.commit()


# -- the watched tables -----------------------------------------------------------------------------------------------


def test_the_log_alone_tells_what_the_watched_tables_hold(world: World) -> None:
    a_deployment(world)
    assert leases(world).authorisations
    assert state_root(live_commitments(world.leaves(), voided(world))) == state_of(world)


def test_it_still_does_after_a_change_was_voided_and_after_everything_ran_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from governance.application.erase import expire_due  # noqa: PLC0415 (used here alone)

    warrant_id = a_submitted_warrant(world)
    with monkeypatch.context() as patch:
        commit_fails(patch, after=False)
        with pytest.raises(GovernanceError):
            reject_warrant(
                world.governance,
                RejectWarrant(actor=world.people.legal_officer, warrant_id=warrant_id, why="It is over."),
            )
    assert voided(world)
    assert state_root(live_commitments(world.leaves(), voided(world))) == state_of(world)
    world.clock.advance(timedelta(days=365 * 6))
    expire_due(world.governance)
    assert state_root(live_commitments(world.leaves(), voided(world))) == state_of(world)


EDITS = {
    "a role": "UPDATE accounts SET roles = 'operator' WHERE login = 'ada'",
    "a password": "UPDATE accounts SET password_hash = 'x' WHERE login = 'ada'",
    "a reference's owner": 'UPDATE "references" SET enrolled_by ='
    " (SELECT account_id FROM accounts WHERE login = 'ola')",
    "a warrant's window": "UPDATE warrants SET not_after = not_after + 1",
    "a camera": "UPDATE cameras SET care_area = 1 WHERE camera_id = 'camera-2'",
    "a deployment": "UPDATE deployments SET started_by = (SELECT account_id FROM accounts WHERE login = 'ola')",
    "a site's key": "UPDATE sites SET opening_public = zeroblob(32)",
    "a salt": "UPDATE marks SET salt = zeroblob(32) WHERE table_name = 'warrants'",
    "a row taken away": "DELETE FROM cameras WHERE camera_id = 'camera-5'",
    "a row put in": "INSERT INTO cameras (camera_id, site_id, view, care_area, serial, opens, closes, healthcare,"
    " payload, key, signature, created_at, expires_at) SELECT 'camera-x', site_id, view, care_area, serial, opens,"
    " closes, healthcare, payload, key, signature, created_at, expires_at FROM cameras LIMIT 1",
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_behind_the_programs_back_is_a_root_that_no_entry_accounts_for(world: World, edit: str) -> None:
    a_deployment(world)
    with world.engine.begin() as connection:
        for trigger in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars():
            connection.execute(text(f"DROP TRIGGER {trigger}"))
        before = live_commitments(world.leaves(), voided(world))
        assert connection.execute(text(EDITS[edit])).rowcount
    assert state_of(world) != state_root(before)


def test_an_edit_undone_before_anybody_looks_is_found_if_a_lease_was_lent_meanwhile(world: World) -> None:
    a_deployment(world)
    with world.engine.begin() as connection:
        for trigger in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars():
            connection.execute(text(f"DROP TRIGGER {trigger}"))
        connection.execute(text("UPDATE cameras SET view = 'elsewhere' WHERE camera_id = 'camera-1'"))
    assert leases(world).authorisations
    with world.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE cameras SET view = (SELECT view FROM cameras WHERE camera_id = 'camera-2')"
                " WHERE camera_id = 'camera-1'"
            )
        )
    leaves = world.leaves()
    lease = next(index for index, leaf in enumerate(leaves) if leaf.event == "lease.issue")
    said = decoded(str(leaves[lease].body["state"]))
    assert said != state_root(live_commitments(leaves[: lease + 1], voided(world)))


_COLUMNS_OF_BEFORE = (
    "account_id",
    "login",
    "organisation",
    "password_hash",
    "demo",
    "certified_until",
    "proposed_by",
    "confirmed_by",
    "confirmed_at",
    "withdrawn_at",
    "created_at",
    "expires_at",
)


@pytest.mark.law("B14")
def test_an_account_of_before_says_in_the_log_what_it_said(world: World) -> None:
    """The known answer: the commitment over the columns that there were, by hand."""
    with world.engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM accounts WHERE login = 'ada'")).mappings().one()
        salt = connection.execute(
            select(tables.MARKS.c.salt).where(
                tables.MARKS.c.table_name == "accounts", tables.MARKS.c.row_key == row["account_id"]
            )
        ).scalar_one()
    said = {name: row[name] for name in _COLUMNS_OF_BEFORE} | {"roles": row["roles"].split(), "demo": bool(row["demo"])}
    commitment = hashlib.sha256(b"insyn/row/1\x00" + bytes(salt) + canonical(["accounts", said])).digest()
    assert commitment in live_commitments(world.leaves(), voided(world))


def test_log_ins_and_shifts_change_no_watched_row(world: World) -> None:
    before = state_of(world)
    change_shift(world.governance, ChangeShift(actor=world.people.reviewers[0], begin=False))
    assert state_of(world) == before


def test_more_changes_than_fit_into_one_entry_go_into_several(world: World) -> None:
    def add(tx: Transaction, number: int) -> None:
        account = tx.accounts.get(world.people.applicant)
        tx.accounts.add(
            replace(account, account_id=f"{number:032x}", login=f"extra-{number}", confirmed_by=None, confirmed_at=None)  # type: ignore[arg-type]  # an id
        )

    with world.governance.database.transaction() as tx:
        for number in range(150):
            add(tx, number)
        tx.log.append(Event.ACCOUNT_CREATE, {"actor": world.people.administrator})
        tx.commit()
    assert world.events()[-3:] == ["account.create", "records.change", "records.change"]
    assert state_root(live_commitments(world.leaves(), voided(world))) == state_of(world)
