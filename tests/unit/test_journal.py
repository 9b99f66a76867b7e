"""What governance writes to the log: sealed, numbered without a gap, voided where it was announced and not done."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.receipt import disclosed, verify_receipt
from contracts.signature import SigningKey
from governance.application.journal import SOURCE, Journal, Line, ranges_of
from governance.audit.errors import LogRolledBack, LogUnavailable
from governance.audit.leaf import KeyRef, Leaf
from governance.domain.events import Event
from governance.domain.log_fields import UnknownField
from tests.builders_journal import MemoryLog, MemoryVault, a_journal

ORIGIN = "insyn.invalid/test/2026"
KEY = SigningKey.from_seed(b"\x05" * 32)
ALERT, ACTOR = "a1b2c3d4e5f60718293a4b5c6d7e8f90", "00112233445566778899aabbccddeeff"


@dataclass
class _Clock:
    at: datetime = datetime(2026, 6, 1, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@dataclass
class Desk:
    """A journal with its log and vault, and what the database would say is settled."""

    log: MemoryLog
    vault: MemoryVault
    settled: int = 0

    def open(self) -> Journal:
        return a_journal(self.log, self.vault, _Clock(), lambda: self.settled)

    def leaves(self) -> list[Leaf]:
        return [Leaf.from_bytes(leaf) for leaf in self.log.leaves]


@pytest.fixture
def desk() -> Desk:
    return Desk(log=MemoryLog(ORIGIN, KEY, _Clock()), vault=MemoryVault(origin=ORIGIN, log_key=KEY.public))


def a_line(event: Event = Event.CANDIDATE_REVIEW) -> Line:
    return Line(event=event, fields={"actor": ACTOR, "alert": ALERT, "camera": "camera-1"})


def test_an_entry_says_nothing_of_its_fields_and_its_boxes_open_to_them(desk: Desk) -> None:
    journal = desk.open()
    recorded = journal.record(Event.CANDIDATE_VIEW, {"actor": ACTOR, "alert": ALERT, "camera": "camera-1"})
    leaf = Leaf.from_bytes(verify_receipt(recorded.receipt, origin=ORIGIN, log_key=KEY.public))
    assert [one.group for one in leaf.compartments] == ["context", "operator", "subject"]
    assert all(word.encode() not in desk.log.leaves[0] for word in (ACTOR, ALERT, "camera-1"))
    assert disclosed(recorded.receipt, "subject") == {"alert": ALERT}
    assert disclosed(recorded.receipt, "operator") == {"actor": ACTOR}
    assert len(desk.log.stored) == 3


def test_what_stands_in_clear_is_rule_and_answer_alone(desk: Desk) -> None:
    recorded = desk.open().record(Event.REQUEST_REFUSE, {"actor": ACTOR, "allowed": False, "rule": "A2"})
    assert dict(Leaf.from_bytes(recorded.receipt.leaf).body) == {"allowed": False, "rule": "A2"}


def test_a_field_that_is_not_on_the_list_is_not_written(desk: Desk) -> None:
    with pytest.raises(UnknownField, match="no field 'name'"):
        desk.open().record(Event.CANDIDATE_VIEW, {"name": "Person A"})
    assert desk.log.leaves == []


def test_the_same_words_look_different_in_every_entry(desk: Desk) -> None:
    journal = desk.open()
    first, second = (journal.record(Event.WARRANT_READ, {"actor": ACTOR}) for _ in range(2))
    one, other = (Leaf.from_bytes(recorded.receipt.leaf).compartments[0] for recorded in (first, second))
    assert one.commitment != other.commitment
    assert one.key != other.key


def test_a_change_says_which_change_before_it_is_settled(desk: Desk) -> None:
    journal = desk.open()
    first = journal.write([a_line(), a_line()])
    journal.settle(first.last_number)
    journal.write([a_line()])
    assert [leaf.body["settled"] for leaf in desk.leaves()] == [0, 0, 2]


def test_a_change_that_was_announced_and_not_settled_is_voided_at_the_next_start(desk: Desk) -> None:
    desk.open().write([a_line(), a_line()])
    assert desk.open().start(lambda: desk.settled) == ()  # voided when it was opened
    assert [leaf.event for leaf in desk.leaves()] == ["candidate.review", "candidate.review", "change.void"]
    assert desk.leaves()[-1].indices() == (0, 1)


def test_a_reading_is_never_voided(desk: Desk) -> None:
    desk.open().record(Event.WARRANT_READ, {"actor": ACTOR})
    desk.open()
    assert [leaf.event for leaf in desk.leaves()] == ["warrant.read"]


def test_a_database_older_than_the_log_says_is_refused(desk: Desk) -> None:
    journal = desk.open()
    for _ in range(3):
        journal.settle(journal.write([a_line()]).last_number)
    journal.write([a_line()])
    desk.settled = 1
    with pytest.raises(LogRolledBack, match="older copy"):
        desk.open()
    desk.settled = 3
    desk.open()


def test_a_log_shorter_than_the_vault_saw_is_refused(desk: Desk) -> None:
    desk.vault.last_seen = (1, b"\x00" * 32)
    with pytest.raises(LogRolledBack, match="less than the key vault has seen"):
        desk.open()


def test_a_failure_without_storing_leaves_no_gap(desk: Desk) -> None:
    journal = desk.open()
    desk.log.fails = "before"
    with pytest.raises(LogUnavailable):
        journal.write([a_line()])
    desk.log.fails = None
    journal.write([a_line()])
    assert [(leaf.src, leaf.sn) for leaf in desk.leaves()] == [(SOURCE, 1)]


def test_a_failure_after_storing_is_found_and_voided_before_the_next_entry(desk: Desk) -> None:
    journal = desk.open()
    desk.log.fails = "after"
    with pytest.raises(LogUnavailable):
        journal.write([a_line()])
    desk.log.fails = None
    journal.write([a_line()])
    assert [leaf.event for leaf in desk.leaves()] == ["candidate.review", "change.void", "candidate.review"]
    assert desk.leaves()[1].indices() == (0,)
    assert [leaf.sn for leaf in desk.leaves()] == [1, 2, 3]


def test_a_change_under_way_is_not_voided_by_anothers_doubt(desk: Desk) -> None:
    journal = desk.open()
    under_way = journal.write([a_line()])
    desk.log.fails = "after"
    with pytest.raises(LogUnavailable):
        journal.record(Event.WARRANT_READ, {"actor": ACTOR})
    desk.log.fails = None
    journal.record(Event.WARRANT_READ, {"actor": ACTOR})
    assert "change.void" not in [leaf.event for leaf in desk.leaves()]
    desk.settled = under_way.last_number
    journal.settle(under_way.last_number)


def test_a_change_that_is_doubted_is_voided_at_once_if_the_database_lacks_it(desk: Desk) -> None:
    journal = desk.open()
    journal.write([a_line()])
    journal.doubt()
    assert desk.leaves()[-1].event == "change.void"


def test_a_change_that_is_doubted_and_was_carried_out_after_all_is_not_voided(desk: Desk) -> None:
    journal = desk.open()
    desk.settled = journal.write([a_line()]).last_number
    journal.doubt()
    assert [leaf.event for leaf in desk.leaves()] == ["candidate.review"]
    journal.write([a_line()])
    assert desk.leaves()[-1].body["settled"] == desk.settled


@pytest.mark.parametrize("breaks", ["log", "vault"])
def test_nothing_is_written_while_log_or_vault_do_not_answer(desk: Desk, breaks: str) -> None:
    journal = desk.open()
    desk.log.fails, desk.vault.fails = ("before", False) if breaks == "log" else (None, True)
    with pytest.raises(LogUnavailable):
        journal.record(Event.WARRANT_READ, {"actor": ACTOR})
    assert desk.log.leaves == []


def test_many_writers_at_once_have_places_of_their_own_and_numbers_without_a_gap(desk: Desk) -> None:
    journal = desk.open()

    def record(number: int) -> tuple[int, int]:
        return number, journal.record(Event.WARRANT_READ, {"actor": f"actor-{number}"}).index

    with ThreadPoolExecutor(16) as pool:
        places = dict(pool.map(record, range(200)))
    assert sorted(places.values()) == list(range(200))
    assert [leaf.sn for leaf in desk.leaves()] == list(range(1, 201))


def test_a_key_comes_only_with_the_entry_that_lets_it_out(desk: Desk) -> None:
    journal = desk.open()
    ((key, secret),) = desk.vault.allot([("candidate", 20_600)])
    silent = journal.record(Event.OBJECT_READ, {"actor": ACTOR})
    with pytest.raises(LogUnavailable):
        journal.release([key], silent)
    telling = journal.record(Event.OBJECT_READ, {"actor": ACTOR}, opens=[key])
    assert journal.release([key], telling) == {key: secret}


KEYS = st.builds(
    KeyRef,
    data_class=st.sampled_from(["candidate", "log-context", "review"]),
    day=st.integers(0, 3),
    number=st.integers(0, 40),
)


@given(st.lists(KEYS, max_size=60))
def test_ranges_cover_exactly_the_keys_and_are_as_few_as_can_be(keys: list[KeyRef]) -> None:
    ranges = ranges_of(keys)
    covered = [KeyRef(data_class=r.data_class, day=r.day, number=n) for r in ranges for n in range(r.first, r.last + 1)]
    assert len(covered) == len(set(covered))
    assert set(covered) == set(keys)
    neighbours: Callable[[KeyRef], bool] = lambda key: key in set(keys)  # noqa: E731 (a name for a test)
    assert all(
        r.last == 2**32 - 1 or not neighbours(KeyRef(data_class=r.data_class, day=r.day, number=r.last + 1))
        for r in ranges
    )
