"""Nobody who keeps the log can choose what is drawn, and every answer is one of four."""

import hashlib
import struct

import pytest

from governance.adapters.compartment_sealer import open_box, seal
from governance.audit.challenge import Answer, Judged, Outcome, context_of, drawn, judge, only_witnessed
from governance.audit.commitment import entry_context, object_context
from governance.audit.errors import LogError
from governance.audit.leaf import Compartment, KeyRef, Leaf
from tests.builders_vault import NOON_MS, Organisations, SmallLog, one_key

DEK = b"\x11" * 32
KEY = KeyRef(data_class="log-subject", day=20_460, number=3)
OBJECT = KeyRef(data_class="candidate", day=20_460, number=3)


def a_sealed_leaf() -> tuple[Leaf, dict[str, Answer]]:
    answers, compartments = {}, []
    for group, key, context in (
        ("object", OBJECT, object_context(OBJECT)),
        ("subject", KEY, entry_context("candidate.accept", "subject", "governance", 1)),
    ):
        sealed = seal(DEK, context, b"{}")
        answers[key.text] = Answer(dek=DEK, box=sealed.box)
        compartments.append(
            Compartment(group=group, key=key, commitment=sealed.commitment, box_sha256=sealed.box_sha256)
        )
    leaf = Leaf(event="candidate.accept", src="governance", sn=1, time_ms=NOON_MS, compartments=tuple(compartments))
    return leaf, answers


def by_outcome(leaf: Leaf, answers: dict[str, Answer], *destroyed: KeyRef) -> list[str]:
    judged = judge({5: leaf}, answers, destroyed=[one_key(key) for key in destroyed], open_box=open_box)
    assert [one.index for one in judged] == [5, 5]
    return [one.outcome.value for one in judged]


def test_what_lives_opens_and_what_was_destroyed_does_not() -> None:
    leaf, answers = a_sealed_leaf()
    assert by_outcome(leaf, answers) == ["opened", "opened"]
    assert by_outcome(leaf, {OBJECT.text: answers[OBJECT.text]}, KEY) == ["opened", "gone"]


def test_what_should_live_and_does_not_open_is_missing() -> None:
    leaf, answers = a_sealed_leaf()
    box = answers[KEY.text].box
    for wrong in (
        Answer(),
        Answer(dek=DEK),
        Answer(box=box),
        Answer(dek=bytes(32), box=box),
        Answer(dek=DEK, box=b"x"),
    ):
        assert by_outcome(leaf, {**answers, KEY.text: wrong}) == ["opened", "missing"]


def test_what_was_destroyed_and_opens_came_back() -> None:
    leaf, answers = a_sealed_leaf()
    assert by_outcome(leaf, answers, KEY, OBJECT) == ["returned", "returned"]
    assert not Outcome.RETURNED.is_right
    assert not Outcome.MISSING.is_right
    assert Outcome.GONE.is_right
    assert Outcome.OPENED.is_right


def test_a_box_that_opens_but_is_not_the_one_of_the_entry_does_not_count() -> None:
    leaf, answers = a_sealed_leaf()
    another = seal(DEK, context_of(leaf, leaf.compartments[1]), b"{}")
    assert by_outcome(leaf, {**answers, KEY.text: Answer(dek=DEK, box=another.box)}) == ["opened", "missing"]


def test_the_draw_is_sha256_over_note_words_and_counter() -> None:
    note, size = "log\n5\nAAAA\n", 1000
    framed = struct.pack(">I", len(note)) + note.encode() + struct.pack(">I", 3) + b"abc"
    expected = [
        int.from_bytes(hashlib.sha256(b"insyn/challenge/v1\x00" + framed + struct.pack(">Q", counter)).digest()[:8])
        % size
        for counter in range(5)
    ]
    assert list(drawn(note, size, 5, words="abc")) == list(dict.fromkeys(expected))[:5]
    assert drawn(note, size, 5) != drawn(note, size, 5, words="abc")
    assert drawn(note + "x", size, 5) != drawn(note, size, 5)


@pytest.mark.parametrize(("size", "count"), [(0, 5), (1, 5), (7, 7), (7, 100), (100, 0)])
def test_no_index_is_drawn_twice_and_none_beyond_the_end(size: int, count: int) -> None:
    indices = drawn("note", size, count)
    assert len(indices) == len(set(indices)) == min(size, count)
    assert all(0 <= index < size for index in indices)


def test_every_index_is_drawn_about_equally_often() -> None:
    counts = [0] * 10
    for number in range(2000):
        counts[drawn(f"note {number}", 10, 1)[0]] += 1
    assert min(counts) > 140
    assert max(counts) < 260


def test_lines_that_are_no_witness_s_do_not_move_the_draw() -> None:
    log, witnesses = SmallLog(), Organisations()
    log.append("log.begin")
    note = witnesses.cosigned(log.checkpoint(), a=1000, b=2000)
    another = witnesses.cosigned(log.checkpoint(), b=2000, a=1000)
    keys = tuple(witnesses.verifiers.values())
    assert note != another
    assert only_witnessed(note, keys) == only_witnessed(another, keys)
    stranger = "— stranger.invalid AAAAAAAAAAAA\n"
    assert only_witnessed(note + stranger, keys) == only_witnessed(note, keys)
    with pytest.raises(LogError):
        only_witnessed(log.checkpoint(), keys)


def test_a_judgement_names_the_key_and_nothing_else() -> None:
    assert set(Judged.__dataclass_fields__) == {"index", "group", "key", "outcome"}
    assert DEK.hex() not in repr(Answer(dek=DEK, box=DEK))
