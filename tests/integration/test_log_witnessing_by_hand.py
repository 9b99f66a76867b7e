"""Cosignatures that are carried by hand: from a witness without a network, and late ones."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from governance.adapters.log.witnessing import cosignatures, read_answer, witnessed_head, write_request
from governance.audit.errors import CheckpointRefused, LogUnavailable, PolicyRefused
from governance.audit.note import format_note, parse_note
from tests.builders_town import VERIFY, Town
from tests.builders_witness import SOME_TIME_S, GrowingLog


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with ExitStack() as stack:
        yield Town(tmp_path, stack)


def test_an_air_gapped_witness_completes_the_quorum_by_file(town: Town, tmp_path: Path) -> None:
    town.serve(0)
    asking = town.witnessing()
    request, answer = tmp_path / "request", tmp_path / "answer"
    checkpoint = write_request(request, log_source=town.log, old=0)
    assert checkpoint == town.log.tree.checkpoint
    answer.write_text(town.houses[2].witness().add_checkpoint(request.read_bytes()), encoding="utf-8")
    note = read_answer(request, answer, policy=town.policy, name="w2", verify=VERIFY)
    with pytest.raises(LogUnavailable, match="not yet the quorum"):
        asking.take(note)
    assert asking.head() is None
    assert town.anchors.note(5) == note, "it is kept until others have signed too"
    other = tmp_path / "other"
    other.write_text(town.houses[1].witness().add_checkpoint(request.read_bytes()), encoding="utf-8")
    head = asking.take(read_answer(request, other, policy=town.policy, name="w1", verify=VERIFY))
    assert head.checkpoint.size == 5
    assert {one.name for one in cosignatures(head.note, policy=town.policy, verify=VERIFY)} == {"w1", "w2"}
    assert asking.head() == head


def test_an_answer_that_comes_late_is_kept_and_does_not_become_the_newest(town: Town) -> None:
    old = town.log.checkpoint()
    for house in town.houses[:2]:
        old += house.witness().add_checkpoint(town.log.request(0))
    town.log.grow(2)
    town.serve(0, 1)
    asking = town.witnessing()
    asking.refresh()
    newest = asking.head()
    assert asking.take(old).checkpoint.size == 5
    assert asking.head() == newest
    assert town.anchors.newest() == asking.newest()
    assert town.anchors.sizes() == [5, 7]


def test_a_request_is_written_once_and_from_a_size_that_the_log_has(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "request"
    write_request(path, log_source=town.log, old=3)
    assert path.read_bytes() == town.log.request(3)
    with pytest.raises(LogUnavailable, match="cannot be written"):
        write_request(path, log_source=town.log, old=3)
    with pytest.raises(LogUnavailable, match="cannot have cosigned 6"):
        write_request(tmp_path / "new", log_source=town.log, old=6)


def test_an_answer_of_somebody_else_or_to_something_else_is_refused(town: Town, tmp_path: Path) -> None:
    request, answer = tmp_path / "request", tmp_path / "answer"
    write_request(request, log_source=town.log, old=0)
    answer.write_text(town.houses[1].witness().add_checkpoint(request.read_bytes()), encoding="utf-8")

    def read(name: str = "w2") -> str:
        return read_answer(request, answer, policy=town.policy, name=name, verify=VERIFY)

    with pytest.raises(LogUnavailable, match="bears another's signature"):
        read()
    with pytest.raises(LogUnavailable, match="names no witness"):
        read("nobody")
    assert read("w1")
    request.write_bytes(GrowingLog(6).request(0))
    with pytest.raises(LogUnavailable, match="not believed"):
        read("w1")
    answer.unlink()
    with pytest.raises(LogUnavailable, match="cannot be read"):
        read("w1")


def test_a_note_that_the_log_did_not_sign_is_not_taken(town: Town) -> None:
    parsed = parse_note(town.log.checkpoint())
    lines = [
        parse_note(town.log.checkpoint() + house.witness().add_checkpoint(town.log.request(0))).signatures[-1]
        for house in town.houses[:2]
    ]
    only_witnesses = format_note(type(parsed)(text=parsed.text, signatures=tuple(lines)))
    with pytest.raises(LogUnavailable, match="not believed"):
        town.witnessing().take(only_witnesses)
    assert town.anchors.sizes() == []
    with pytest.raises(PolicyRefused):
        witnessed_head(only_witnesses, policy=town.policy, verify=VERIFY)
    good = format_note(parsed.with_signatures(lines))
    assert town.witnessing().take(good).note == good
    with pytest.raises(CheckpointRefused):
        witnessed_head(good.replace("\n5\n", "\n6\n"), policy=town.policy, verify=VERIFY)


def test_of_two_notes_of_one_size_the_one_with_the_later_time_is_the_newest(town: Town) -> None:
    note = town.log.checkpoint()
    early = note + "".join(house.witness().add_checkpoint(town.log.request(0)) for house in town.houses[:2])
    town.clocks = [SOME_TIME_S + 60] * 4
    late = note + "".join(house.witness().add_checkpoint(town.log.request(5)) for house in town.houses[:2])
    asking = town.witnessing()
    for carried in (early, late, early):
        asking.take(carried)
    head = asking.head()
    assert head is not None
    assert head.time == town.now + timedelta(seconds=60)
