"""Anchors as files: the newest is always there, the stamped ones for ever, and the rest not too close together."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from governance.adapters.log import anchors as module
from governance.adapters.log.anchors import Anchors
from governance.audit.cosignature import cosign
from governance.audit.errors import LogUnavailable
from governance.audit.note import parse_note
from tests.builders_witness import SOME_TIME_S, WITNESS_KEYS, GrowingLog, witness_key


def cosigned(size: int, *, minute: int = 0, witnesses: tuple[int, ...] = (0,)) -> str:
    note = GrowingLog(size).checkpoint()
    text = parse_note(note).text
    return note + "".join(
        cosign(text, time_s=SOME_TIME_S + 60 * minute, key=witness_key(number), sign=WITNESS_KEYS[number].private.sign)
        for number in witnesses
    )


def test_the_newest_note_lies_beside_and_among_the_anchors(tmp_path: Path) -> None:
    anchors = Anchors(tmp_path / "log")
    assert (anchors.sizes(), anchors.newest(), anchors.note(3)) == ([], None, None)
    note = cosigned(3)
    anchors.keep_newest(note)
    assert anchors.newest() == anchors.note(3) == note
    assert (tmp_path / "log" / "anchors" / "3.note").read_text(encoding="utf-8") == note
    assert (tmp_path / "log" / "cosigned.note").read_text(encoding="utf-8") == note


def test_anchors_that_lie_close_together_are_thinned_out_but_for_the_newest(tmp_path: Path) -> None:
    anchors = Anchors(tmp_path, spacing=timedelta(minutes=10))
    for minute in range(31):
        anchors.keep_newest(cosigned(minute + 1, minute=minute))
        assert anchors.sizes()[-1] == minute + 1
    sizes = anchors.sizes()
    assert sizes[0] == 1
    assert len(sizes) < 8
    assert all(later - earlier <= 10 for earlier, later in itertools.pairwise(sizes))


def test_a_stamped_anchor_is_never_thinned_out_nor_changed(tmp_path: Path) -> None:
    anchors = Anchors(tmp_path)
    anchors.keep(cosigned(1))
    anchors.keep(cosigned(2))
    anchors.keep_stamp(2, b"token", b"chain")
    anchors.keep(cosigned(2, witnesses=(0, 1, 2)))
    anchors.keep(cosigned(3))
    anchors.keep(cosigned(4))
    assert anchors.note(2) == cosigned(2)
    assert 2 in anchors.sizes()
    assert anchors.stamp(2) == (b"token", b"chain")


def test_of_two_notes_of_one_size_the_one_with_more_signatures_is_kept(tmp_path: Path) -> None:
    anchors = Anchors(tmp_path)
    anchors.keep(cosigned(2, witnesses=(0, 1)))
    anchors.keep(cosigned(2, minute=5, witnesses=(1, 2)))
    assert anchors.note(2) == cosigned(2, witnesses=(0, 1)), "the earlier time says more"
    anchors.keep(cosigned(2, minute=5, witnesses=(0, 1, 2)))
    assert anchors.note(2) == cosigned(2, minute=5, witnesses=(0, 1, 2))


def test_renewals_are_numbered_and_read_in_their_order(tmp_path: Path) -> None:
    anchors = Anchors(tmp_path)
    anchors.keep(cosigned(2))
    anchors.keep_stamp(2, b"token", b"chain")
    for number in range(12):
        anchors.keep_renewal(2, b"token %d" % number, b"chain %d" % number)
    assert anchors.renewals(2) == [(b"token %d" % number, b"chain %d" % number) for number in range(12)]
    assert anchors.renewals(1) == []


def test_other_files_are_no_anchors(tmp_path: Path) -> None:
    anchors = Anchors(tmp_path)
    anchors.keep(cosigned(2))
    for name in ("02.note", "+3.note", "٣.note", "3.note.new", "x.note", "3.tsr"):
        (tmp_path / "anchors" / name).write_bytes(b"")
    assert anchors.sizes() == [2]
    (tmp_path / "anchors" / "5.note").write_text("nonsense", encoding="utf-8")
    with pytest.raises(LogUnavailable, match="no checkpoint"):
        anchors.keep("nonsense")
    anchors.keep(cosigned(6))
    anchors.keep(cosigned(7))


@pytest.mark.parametrize("act", [lambda a: a.keep(cosigned(3)), lambda a: a.keep_newest(cosigned(3))])
def test_a_full_disk_loses_nothing_that_was_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: Callable[[Anchors], None]
) -> None:
    anchors = Anchors(tmp_path)
    anchors.keep_newest(cosigned(2))

    def full(*_arguments: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_durably", full)
    with pytest.raises(LogUnavailable, match="free the disk"):
        act(anchors)
    assert anchors.newest() == anchors.note(2) == cosigned(2)
