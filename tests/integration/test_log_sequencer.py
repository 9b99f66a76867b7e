"""The sequencer on SQLite: groups, numbers, retries, time, its bounded queue, and whom it lets read what."""

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from contracts.receipt import verify_receipt
from governance.adapters.log.guard import GuardFile
from governance.adapters.log.intake import Intake
from governance.adapters.log.sequencer import Sequencer
from governance.adapters.log.sqlite_store import SqliteStore
from governance.adapters.log.store import Change
from governance.audit.checkpoint import Checkpoint
from governance.audit.errors import ClockWentBack, EntryRefused, LogFull, LogRolledBack, LogUnavailable
from governance.audit.leaf import KeyRange, Leaf
from governance.audit.merkle import tree_root
from governance.audit.verify import verify_consistency
from tests.builders_sequencer import NOON, LogFolder, a_draft, drafts, replay


@pytest.fixture
def folder(tmp_path: Path) -> LogFolder:
    return LogFolder(tmp_path)


@pytest.fixture
def sequencer(folder: LogFolder) -> Iterator[Sequencer]:
    running = folder.start()
    yield running
    running.stop()


class SlowStore(SqliteStore):
    """Waits before each commit until it is let go on."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.reached = threading.Semaphore(0)
        self.go_on = threading.Event()
        self.groups: list[int] = []

    def commit(self, change: Change) -> None:
        self.reached.release()
        assert self.go_on.wait(timeout=30)
        self.groups.append(len(change.requests))
        super().commit(change)


def test_a_request_stands_contiguous_under_a_signed_checkpoint(sequencer: Sequencer, folder: LogFolder) -> None:
    sequencer.append("first", drafts(1, 2))
    appended = sequencer.append("second", drafts(3, 3))
    assert appended.first == 2
    assert appended.leaves == tuple(folder.leaves()[2:])
    assert [Leaf.from_bytes(leaf).sn for leaf in appended.leaves] == [3, 4, 5]
    assert folder.signer.open(appended.checkpoint).root == tree_root(folder.leaves())
    assert sequencer.last_number("governance") == 5
    assert sequencer.last_number("nobody") == 0
    assert sequencer.cosigned() is None


def test_every_entry_has_a_receipt_that_others_believe(sequencer: Sequencer) -> None:
    for sn in range(1, 12):
        sequencer.append(f"request-{sn}", [a_draft(sn)])
    for index in range(11):
        receipt = sequencer.receipt(index)
        leaf = verify_receipt(receipt, origin=sequencer.origin, log_key=sequencer.public_key)
        assert Leaf.from_bytes(leaf).sn == index + 1


@pytest.mark.parametrize("index", [-1, 1, 2**40])
def test_there_is_no_receipt_for_what_is_not_in_the_log(sequencer: Sequencer, index: int) -> None:
    sequencer.append("request", [a_draft(1)])
    with pytest.raises(LogUnavailable):
        sequencer.receipt(index)


def test_an_edited_entry_gets_no_receipt(sequencer: Sequencer, folder: LogFolder) -> None:
    sequencer.append("request", drafts(1, 3))
    folder.execute(
        "UPDATE log_entries SET leaf = CAST(replace(leaf, 'alert.view', 'alert.skip') AS BLOB) WHERE place = 1"
    )
    with pytest.raises(LogUnavailable, match="prove"):
        sequencer.receipt(1)
    assert sequencer.receipt(2).index == 2
    folder.execute("UPDATE log_entries SET leaf = 'a text' WHERE place = 2")
    with pytest.raises(LogUnavailable, match="altered"):
        sequencer.receipt(2)


def test_the_log_extends_what_it_was(sequencer: Sequencer, folder: LogFolder) -> None:
    roots = {0: tree_root([])}
    for sn in range(1, 10):
        sequencer.append(f"request-{sn}", [a_draft(sn)])
        roots[sn] = folder.signer.open(sequencer.checkpoint()).root
    for new in range(10):
        for old in range(new + 1):
            proof = sequencer.consistency(old, new)
            verify_consistency(old=old, old_root=roots[old], new=new, new_root=roots[new], proof=proof)
    with pytest.raises(LogUnavailable):
        sequencer.consistency(3, 10)
    with pytest.raises(LogUnavailable):
        sequencer.consistency(4, 3)


def test_entries_are_read_by_the_page(sequencer: Sequencer) -> None:
    leaves = sequencer.append("request", drafts(1, 5)).leaves
    assert sequencer.entries(first=0, count=100) == leaves
    assert sequencer.entries(first=3, count=1) == leaves[3:4]
    assert sequencer.entries(first=5, count=1) == ()
    assert sequencer.entries(first=-1, count=3) == ()
    assert sequencer.entries(first=0, count=-1) == ()


def test_many_writers_share_commits_and_lose_nothing(sequencer: Sequencer, folder: LogFolder) -> None:
    def write(writer: int) -> list[bytes]:
        src = f"writer-{writer}"
        return [sequencer.append(f"{src}-{sn}", [a_draft(sn, src=src)]).leaves[0] for sn in range(1, 6)]

    with ThreadPoolExecutor(32) as pool:
        written = [leaf for leaves in pool.map(write, range(32)) for leaf in leaves]
    head, entries = replay(folder)
    assert head.size == len(entries) == 160
    assert sorted(written) == sorted(folder.leaves())
    assert sequencer.commits < 160


def test_what_waits_during_a_commit_is_one_group(folder: LogFolder) -> None:
    store = SlowStore(folder.database)
    sequencer = folder.start(store=store)
    first = sequencer.submit("first", [a_draft(1, src="first")])
    assert store.reached.acquire(timeout=30)
    waiting = [sequencer.submit(f"w{place}", [a_draft(1, src=f"w{place}")]) for place in range(40)]
    store.go_on.set()
    assert first.result(timeout=30).first == 0
    assert [one.result(timeout=30).first for one in waiting] == list(range(1, 41))
    assert store.groups == [1, 40]
    sequencer.stop()


def test_a_group_has_at_most_2048_entries(folder: LogFolder) -> None:
    store = SlowStore(folder.database)
    sequencer = folder.start(store=store)
    first = sequencer.submit("first", [a_draft(1, src="first")])
    assert store.reached.acquire(timeout=30)
    waiting = [sequencer.submit(f"w{place}", drafts(1, 700, src=f"w{place}")) for place in range(4)]
    store.go_on.set()
    for one in (first, *waiting):
        one.result(timeout=30)
    assert store.groups == [1, 2, 2]
    sequencer.stop()


def test_a_full_queue_says_so_at_once_and_writes_nothing_of_it(folder: LogFolder) -> None:
    store = SlowStore(folder.database)
    sequencer = folder.start(store=store, intake=Intake(most_waiting=3))
    first = sequencer.submit("first", [a_draft(1, src="first")])
    assert store.reached.acquire(timeout=30)
    waiting = sequencer.submit("waiting", drafts(1, 2, src="waiting"))
    with pytest.raises(LogFull):
        sequencer.append("too-much", drafts(1, 2, src="too-much"))
    store.go_on.set()
    first.result(timeout=30)
    waiting.result(timeout=30)
    assert sequencer.last_number("too-much") == 0
    # Afterwards there is room again.
    assert sequencer.append("too-much", drafts(1, 2, src="too-much")).first == 3
    sequencer.stop()


def test_what_was_taken_out_of_the_queue_leaves_room(folder: LogFolder) -> None:
    store = SlowStore(folder.database)
    sequencer = folder.start(store=store, intake=Intake(most_waiting=3))
    for turn in range(1, 4):
        store.go_on.clear()
        first = sequencer.submit(f"first-{turn}", [a_draft(turn, src="first")])
        assert store.reached.acquire(timeout=30)
        waiting = [sequencer.submit(f"w{place}-{turn}", [a_draft(turn, src=f"w{place}")]) for place in range(3)]
        store.go_on.set()
        for one in (first, *waiting):
            one.result(timeout=30)
        assert store.reached.acquire(timeout=30)
    assert sequencer.size() == 12
    sequencer.stop()


def test_a_request_larger_than_the_queue_is_taken_when_nothing_waits(folder: LogFolder) -> None:
    sequencer = folder.start(intake=Intake(most_waiting=3))
    assert sequencer.append("large", drafts(1, 10)).first == 0
    sequencer.stop()


def test_the_same_request_again_has_the_same_answer(sequencer: Sequencer, folder: LogFolder) -> None:
    once = sequencer.append("request", drafts(1, 3))
    sequencer.append("another", [a_draft(4)])
    again = sequencer.append("request", drafts(1, 3))
    assert (again.first, again.leaves) == (once.first, once.leaves)
    assert folder.signer.open(again.checkpoint).size == 4
    assert sequencer.size() == 4


def test_a_request_is_known_again_after_a_restart(folder: LogFolder) -> None:
    sequencer = folder.start()
    once = sequencer.append("request", drafts(1, 2))
    sequencer.stop()
    sequencer = folder.start()
    assert sequencer.append("request", drafts(1, 2)) == once
    assert sequencer.append("next", [a_draft(3)]).first == 2
    sequencer.stop()


def test_a_request_sent_twice_at_once_is_written_once(folder: LogFolder) -> None:
    store = SlowStore(folder.database)
    sequencer = folder.start(store=store)
    first = sequencer.submit("first", [a_draft(1, src="first")])
    assert store.reached.acquire(timeout=30)
    twins = [sequencer.submit("twin", [a_draft(1, src="twin")]) for _ in range(2)]
    store.go_on.set()
    first.result(timeout=30)
    assert twins[0].result(timeout=30) == twins[1].result(timeout=30)
    assert sequencer.size() == 2
    sequencer.stop()


@pytest.mark.parametrize("sn", [1, 2, 4, 5])
def test_a_number_that_is_not_the_next_is_refused(sequencer: Sequencer, sn: int) -> None:
    sequencer.append("request", drafts(1, 2))
    with pytest.raises(EntryRefused, match="number"):
        sequencer.append("gap", [a_draft(sn)])
    assert sequencer.append("next", [a_draft(3)]).first == 2


def test_a_gap_within_a_request_is_refused_as_a_whole(sequencer: Sequencer) -> None:
    with pytest.raises(EntryRefused):
        sequencer.append("gap", [a_draft(1), a_draft(3)])
    assert sequencer.size() == 0


def test_a_requests_id_does_not_stand_for_other_entries(sequencer: Sequencer) -> None:
    sequencer.append("request", drafts(1, 2))
    for other in ([a_draft(1)], [a_draft(1), a_draft(2, box=b"another box")]):
        with pytest.raises(EntryRefused, match="other entries"):
            sequencer.append("request", other)


def test_a_refused_request_does_not_spoil_its_group(folder: LogFolder) -> None:
    sequencer = folder.start()
    sequencer.append("taken", [a_draft(1, src="taken", number=7)])
    sequencer.stop()
    store = SlowStore(folder.database)
    sequencer = folder.start(store=store)
    first = sequencer.submit("first", [a_draft(1, src="first")])
    assert store.reached.acquire(timeout=30)
    good = [sequencer.submit(f"good-{place}", [a_draft(1, src=f"good-{place}")]) for place in range(3)]
    # A key's number is allotted once; its box cannot be there twice.
    bad = sequencer.submit("bad", [a_draft(1, src="bad", number=7)])
    store.go_on.set()
    assert [one.result(timeout=30).first for one in (first, *good)] == [1, 2, 3, 4]
    with pytest.raises(EntryRefused):
        bad.result(timeout=30)
    sequencer.stop()
    assert replay(folder)[0].size == 5


def test_time_never_decreases_and_a_long_step_back_stops_the_log(folder: LogFolder) -> None:
    shown = [NOON]
    sequencer = folder.start(now=lambda: shown[0])

    def appended(sn: int, now: datetime) -> int:
        shown[0] = now
        return Leaf.from_bytes(sequencer.append(f"r{sn}", [a_draft(sn)]).leaves[0]).time_ms

    first = appended(1, NOON)
    assert appended(2, NOON - timedelta(milliseconds=1000)) == first
    with pytest.raises(ClockWentBack):
        appended(3, NOON - timedelta(milliseconds=1001))
    assert appended(3, NOON + timedelta(milliseconds=5)) == first + 5
    sequencer.stop()
    with pytest.raises(ClockWentBack):
        folder.start(now=lambda: NOON - timedelta(seconds=5))


def test_boxes_are_kept_found_and_erased(sequencer: Sequencer) -> None:
    made = drafts(1, 5)
    sequencer.append("request", made)
    keys = [draft.boxes[0][0] for draft in made]
    assert sequencer.boxes(keys) == {draft.boxes[0][0]: draft.boxes[0][1] for draft in made}
    gone = KeyRange(data_class="log-subject", day=keys[0].day, first=keys[1].number, last=keys[2].number)
    assert sequencer.erase_boxes([gone]) == 2
    assert sequencer.erase_boxes([gone]) == 0
    assert set(sequencer.boxes(keys)) == {keys[0], keys[3], keys[4]}
    # The entries stay, and so do their proofs.
    assert sequencer.receipt(1).leaf


def test_an_erased_box_is_in_no_file_of_the_database(sequencer: Sequencer, folder: LogFolder) -> None:
    draft = a_draft(1, box=b"what was sealed and must go" * 20)
    sequencer.append("request", [draft, a_draft(2)])
    key = draft.boxes[0][0]
    assert _holds(folder, draft.boxes[0][1])
    sequencer.erase_boxes([KeyRange(data_class=key.data_class, day=key.day, first=key.number, last=key.number)])
    assert not _holds(folder, draft.boxes[0][1])


def _holds(folder: LogFolder, content: bytes) -> bool:
    return any(content[:64] in path.read_bytes() for path in folder.database.parent.iterdir())


def test_a_later_sequencer_shuts_the_earlier_one_out(folder: LogFolder) -> None:
    ended = threading.Event()
    earlier = folder.start(ended=lambda _error: ended.set())
    earlier.append("one", [a_draft(1)])
    later = folder.start()
    with pytest.raises(LogUnavailable, match="taken the log over"):
        earlier.append("two", [a_draft(2)])
    assert ended.wait(timeout=30)
    for ask in (earlier.size, earlier.checkpoint, lambda: earlier.receipt(0), lambda: earlier.last_number("x")):
        with pytest.raises(LogUnavailable):
            ask()
    with pytest.raises(LogUnavailable):
        earlier.append("three", [a_draft(2)])
    assert later.append("two", [a_draft(2)]).first == 1
    later.stop()
    earlier.stop()
    assert replay(folder)[0].size == 2


def test_the_guard_does_not_go_back_when_a_late_sequencer_writes_it(folder: LogFolder) -> None:
    sequencer = folder.start()
    sequencer.append("one", [a_draft(1)])
    old = sequencer.checkpoint()
    sequencer.append("two", [a_draft(2)])
    folder.guard().advance(folder.signer.open(old), old)
    assert folder.guard().read().size == 2
    sequencer.stop()


class HeldGuard(GuardFile):
    """Waits before it moves until it is let go on."""

    def __init__(self, folder: LogFolder) -> None:
        super().__init__(folder.guard_path, folder.signer)
        self.reached = threading.Semaphore(0)
        self.go_on = threading.Event()

    def advance(self, head: Checkpoint, note: str) -> None:
        if head.size:
            self.reached.release()
            assert self.go_on.wait(timeout=30)
        super().advance(head, note)


def test_nobody_sees_an_entry_before_the_guard_covers_it(folder: LogFolder) -> None:
    guard = HeldGuard(folder)
    sequencer = folder.start(guard=guard)
    waiting = sequencer.submit("request", [a_draft(1)])
    assert guard.reached.acquire(timeout=30)
    assert folder.leaves() != []
    assert not waiting.done()
    assert (sequencer.size(), sequencer.last_number("governance"), sequencer.entries(first=0, count=9)) == (0, 0, ())
    assert folder.signer.open(sequencer.checkpoint()).size == 0
    with pytest.raises(LogUnavailable):
        sequencer.receipt(0)
    guard.go_on.set()
    waiting.result(timeout=30)
    assert sequencer.receipt(0).index == 0
    sequencer.stop()


def test_a_stopped_sequencer_refuses(folder: LogFolder) -> None:
    sequencer = folder.start()
    sequencer.stop()
    with pytest.raises(LogUnavailable):
        sequencer.append("request", [a_draft(1)])
    with pytest.raises(LogUnavailable):
        sequencer.size()


def test_the_triggers_refuse_to_change_an_entry(folder: LogFolder) -> None:
    sequencer = folder.start()
    sequencer.append("request", drafts(1, 3))
    sequencer.stop()
    database = sqlite3.connect(folder.database)
    for statement in ("UPDATE log_entries SET leaf = x'00'", "DELETE FROM log_entries", "DELETE FROM log_requests"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            database.execute(statement)
    database.close()


def test_a_log_grows_past_a_tile_and_starts_again(folder: LogFolder) -> None:
    sequencer = folder.start()
    sequencer.append("a", drafts(1, 200))
    sequencer.append("b", drafts(201, 400))
    sequencer.stop()
    sequencer = folder.start()
    sequencer.append("c", drafts(601, 424))
    for index in (0, 255, 256, 511, 512, 600, 1023):
        verify_receipt(sequencer.receipt(index), origin=sequencer.origin, log_key=sequencer.public_key)
    sequencer.stop()
    assert replay(folder)[0].size == 1024


def test_a_draft_of_another_kind_is_refused_before_it_is_queued(sequencer: Sequencer) -> None:
    with pytest.raises(EntryRefused):
        sequencer.append("request", [replace(a_draft(1), event="Not An Event")])


def test_a_rolled_back_guard_of_another_log_ends_the_sequencer(folder: LogFolder) -> None:
    sequencer = folder.start()
    other = LogFolder(folder.path / "other")
    elsewhere = other.start()
    elsewhere.append("one", [a_draft(1, src="elsewhere")])
    elsewhere.stop()
    folder.guard_path.write_bytes(other.guard_path.read_bytes())
    with pytest.raises(LogRolledBack):
        sequencer.append("one", [a_draft(1)])
    with pytest.raises(LogUnavailable):
        sequencer.size()
    sequencer.stop()
