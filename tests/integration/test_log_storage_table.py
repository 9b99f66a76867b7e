"""Each call to what the log stands on fails, and each fails after it was done. Each row verifies the whole log.

Whatever failed: nothing that was acknowledged is missing, what is asked again has one answer, and no two signed heads
of one size differ.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts.receipt import verify_receipt
from governance.adapters.log.guard import GuardFile
from governance.adapters.log.sequencer import Sequencer
from governance.adapters.log.sqlite_store import SqliteStore
from governance.adapters.log.store import CommitUncertain, Duplicate
from governance.audit.draft import Appended
from governance.audit.errors import LogError, LogUnavailable
from governance.audit.leaf import KeyRange
from tests.builders_sequencer import LogFolder, a_key, drafts, replay

_STORE = (
    "begin",
    "boxes",
    "claim",
    "commit",
    "erase_boxes",
    "head",
    "leaves",
    "request",
    "sources",
    "stored_size",
    "tile",
    "tile_tops",
)
_GUARD = ("advance", "begin", "exists", "read")


class Faulty:
    """Passes calls on; one call of one name fails, before or after it was done, the nth time."""

    def __init__(self, real: Any, name: str, error: LogError, *, nth: int, after: bool) -> None:
        self._real, self._name, self._error, self._left, self._after = real, name, error, nth, after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        return self._failing(found) if name == self._name else found

    def _failing(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            self._left -= 1
            if self._left == 0 and not self._after:
                raise self._error
            answer = real(*arguments)
            if self._left == 0:
                raise self._error
            return answer

        return call


class Story:
    """Starts, appends, reads and erases; keeps what was acknowledged, whatever fails meanwhile."""

    def __init__(self, folder: LogFolder) -> None:
        self.folder = folder
        self.acknowledged: dict[str, Appended] = {}
        self.roots: dict[int, bytes] = {}

    def run(self, store: Any, guard: Any) -> None:
        try:
            sequencer = self.folder.start(store=store, guard=guard)
        except LogError:
            return
        for place in range(4):
            self._append(sequencer, place)
        for ask in (
            lambda: self._see(sequencer.checkpoint()),
            lambda: sequencer.receipt(0),
            lambda: sequencer.consistency(1, sequencer.size()),
            lambda: sequencer.boxes([a_key(1)]),
            lambda: sequencer.erase_boxes([KeyRange(data_class="log-subject", day=1, first=0, last=9)]),
        ):
            try:
                ask()
            except LogError:
                continue
        sequencer.stop()

    def _append(self, sequencer: Sequencer, place: int) -> None:
        name = f"request-{place}"
        try:
            appended = sequencer.append(name, drafts(1 + 100 * place, 100))
            self._see(appended.checkpoint)
            again = sequencer.append(name, drafts(1 + 100 * place, 100))
        except LogError:
            return
        before = self.acknowledged.setdefault(name, appended)
        assert (before.first, before.leaves) == (appended.first, appended.leaves) == (again.first, again.leaves)

    def _see(self, note: str) -> None:
        head = self.folder.signer.open(note)
        assert self.roots.setdefault(head.size, head.root) == head.root

    def verify(self) -> None:
        head, _ = replay(self.folder)
        leaves = self.folder.leaves()
        for appended in self.acknowledged.values():
            assert tuple(leaves[appended.first : appended.first + len(appended.leaves)]) == appended.leaves
        for size, root in self.roots.items():
            assert size <= head.size
            assert size != head.size or root == head.root


@pytest.mark.parametrize("after", [False, True], ids=["fails", "fails after it was done"])
@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("name", [*_STORE, *(f"guard.{name}" for name in _GUARD)])
def test_whatever_fails_the_log_stands(tmp_path: Path, name: str, nth: int, after: bool) -> None:  # noqa: FBT001 - a table
    folder = LogFolder(tmp_path)
    story = Story(folder)
    for round_ in range(3):
        uncertain = name == "commit"
        error = CommitUncertain("It failed.") if uncertain else LogUnavailable("It failed.")
        store: Any = SqliteStore(folder.database)
        guard: Any = GuardFile(folder.guard_path, folder.signer)
        if round_ == 1 or (round_ == 0 and name in {"begin", "guard.begin"}):
            if name.startswith("guard."):
                guard = Faulty(guard, name.removeprefix("guard."), error, nth=nth, after=after)
            else:
                store = Faulty(store, name, error, nth=nth, after=after)
        story.run(store, guard)
    story.verify()
    # Everything that was asked, acknowledged or not, stands in the log in the end: the last round had no fault.
    assert sorted(story.acknowledged) == [f"request-{place}" for place in range(4)]
    sequencer = folder.start()
    assert sequencer.size() == 400
    verify_receipt(sequencer.receipt(399), origin=sequencer.origin, log_key=sequencer.public_key)
    sequencer.stop()


@pytest.mark.parametrize("kind", [LogUnavailable, Duplicate])
def test_a_commit_that_was_refused_cleanly_is_tried_again_on_the_same_tree(
    tmp_path: Path, kind: type[LogError]
) -> None:
    folder = LogFolder(tmp_path)
    store: Any = Faulty(SqliteStore(folder.database), "commit", kind("No."), nth=2, after=False)
    sequencer = folder.start(store=store)
    sequencer.append("one", drafts(1, 3))
    with pytest.raises(LogError):
        sequencer.append("two", drafts(4, 3))
    assert sequencer.append("two", drafts(4, 3)).first == 3
    sequencer.stop()
    assert replay(folder)[0].size == 6
