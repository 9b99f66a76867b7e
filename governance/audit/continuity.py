"""Is anything missing between the entries? Producers' numbers, announced changes, heartbeats, the numbers of counts.

A plain log shows that nothing was changed, but not what was never written. Numbers without a gap and a pulse do.
"""

from collections.abc import Mapping
from typing import Final

from governance.audit.leaf import Leaf
from governance.audit.problems import EntryFile, Layer, Problems, entry_name

MOST_SILENCE_MS: Final = 90_000
"""The heartbeat comes every minute; half a minute more is silence."""

PATIENCE_MS: Final = 60_000
"""So long after its announcement nobody asks yet what became of a change."""

_BEATS: Final = frozenset({"log.begin", "log.beat"})
_ENDS: Final = frozenset({"log.stop", "log.close"})


class Numbers:
    """Each producer's own numbers (`sn`): from 1, without a gap, none twice."""

    def __init__(self, problems: Problems, file_of: EntryFile) -> None:
        self._problems, self._file_of = problems, file_of
        self._last: dict[str, int] = {}
        self._is_torn = False
        self._unsure: set[str] = set()

    def take(self, index: int, src: str, number: int) -> None:
        """Take the next entry's producer and number."""
        last = self._last.get(src, 0)
        self._last[src] = max(last, number)
        if number == last + 1:
            return
        if src in self._unsure or (self._is_torn and not last):
            self._unsure.discard(src)
            return
        self._problems.wrong(
            Layer.NUMBERS, self._file_of(index), entry_name(index), self._sentence(index, last, number)
        )

    def tear(self) -> None:
        """An entry could not be read: whose it was is unknown, so each producer may go on with any number, once."""
        self._is_torn = True
        self._unsure = set(self._last)

    def _sentence(self, index: int, last: int, number: int) -> str:
        if number <= last:
            return (
                f"Entry {index} bears its producer's number {number} again, after {last}: "
                "it was put in a second time, or out of its order."
            )
        missing = f"number {last + 1} is" if number == last + 2 else f"numbers {last + 1} to {number - 1} are"
        return f"Before entry {index}, its producer's {missing} missing: what was written there is not in the log."


class Announcements:
    """Changes that were announced (`settled` stands in their entries): each is carried out, or said to be void."""

    def __init__(self, problems: Problems, file_of: EntryFile) -> None:
        self._problems, self._file_of = problems, file_of
        self._open: dict[str, dict[int, tuple[int, int]]] = {}

    def take(self, index: int, src: str, number: int, time_ms: int, settled: object, *, announces: bool) -> None:
        """Take an entry that says how far its producer's changes are settled; a sign of life announces none itself."""
        waiting = self._open.get(src)
        if waiting is None:
            waiting = self._open[src] = {}
        # Announced in the order of their numbers, so the settled ones stand first.
        while waiting and isinstance(settled, int) and (first := next(iter(waiting))) <= settled:
            del waiting[first]
        if announces:
            waiting[number] = (index, time_ms)

    def void(self, index: int, leaf: Leaf) -> None:
        """Take an entry that says which announced changes were not carried out."""
        waiting = self._open.get(leaf.src, {})
        by_index = {of: number for number, (of, _) in waiting.items()}
        for of in leaf.indices():
            number = by_index.get(of)
            if number is None:
                self._problems.finding(
                    Layer.CHANGES, self._file_of(index), entry_name(index), _void_of_nothing(index, of)
                )
                continue
            del waiting[number]
            self._problems.finding(
                Layer.CHANGES,
                self._file_of(index),
                entry_name(index),
                f"Entry {index} says that the change announced in entry {of} was not carried out; ask why.",
            )

    def finish(self, last_ms: int) -> None:
        """Name the changes of which nothing more was said, though there was time to."""
        for waiting in self._open.values():
            for index, at_ms in waiting.values():
                if last_ms - at_ms > PATIENCE_MS:
                    self._problems.finding(
                        Layer.CHANGES,
                        self._file_of(index),
                        entry_name(index),
                        f"Entry {index} announces a change, and nothing after it says whether it was carried out.",
                    )


def _void_of_nothing(index: int, of: int) -> str:
    return (
        f"Entry {index} voids entry {of}, which announced nothing that was still open: "
        "either it announced no change, or a later entry had said that it was carried out."
    )


class Pulse:
    """The heartbeat: where none was for longer than a minute and a half, the log was silent and nobody says why."""

    def __init__(self, problems: Problems, file_of: EntryFile) -> None:
        self._problems, self._file_of = problems, file_of
        self._last: tuple[int, int] | None = None
        self._runs = True

    def take(self, index: int, event: str, time_ms: int) -> None:
        """Take a beginning, a beat or an end."""
        if self._runs:
            self._listen(index, time_ms)
        if event in _BEATS:
            self._last, self._runs = (index, time_ms), True
        elif event in _ENDS:
            self._last, self._runs = (index, time_ms), False

    def finish(self, index: int, time_ms: int) -> None:
        """Hold the last entry against the last beat."""
        if self._runs:
            self._listen(index, time_ms)

    def begins(self, time_ms: int) -> None:
        """Take the time of the first entry: the first beat is awaited from there."""
        self._last = self._last or (0, time_ms)

    def _listen(self, index: int, time_ms: int) -> None:
        if self._last is None:
            return
        since, since_ms = self._last
        silent_ms = time_ms - since_ms
        if silent_ms > MOST_SILENCE_MS:
            self._problems.finding(
                Layer.SILENCE,
                self._file_of(index),
                entry_name(index),
                f"Between entry {since} and entry {index} no heartbeat was written for {silent_ms // 1000} s "
                f"(at most {MOST_SILENCE_MS // 1000} s are usual), and no entry says that the system was stopped.",
            )


class Counts:
    """The numbers of a site's counts (`from`, `n`): one after the other."""

    def __init__(self, problems: Problems, file_of: EntryFile) -> None:
        self._problems, self._file_of = problems, file_of
        self._last: dict[str, int] = {}
        self._goes_on = False

    def go_on(self) -> None:
        """The log follows another one: sessions may have begun in that one, and go on with any number."""
        self._goes_on = True

    def take(self, index: int, body: Mapping[str, object]) -> None:
        """Take the body of an entry that accepts counts."""
        session, number = body.get("from"), body.get("n")
        if not isinstance(session, str) or not isinstance(number, int):
            return
        last = self._last.get(session)
        self._last[session] = number
        if number == (last + 1 if last is not None else min(number, 1)) or (last is None and self._goes_on):
            return
        said = f"counts number {number} of a session follow number {last}"
        if last is None:
            said = f"the first counts of a session have the number {number}"
        self._problems.finding(
            Layer.NUMBERS,
            self._file_of(index),
            entry_name(index),
            f"In entry {index} {said}: ask the site for what lies between, or why one came twice.",
        )


LISTENED_TO: Final = _BEATS | _ENDS
"""The events that the pulse is taken from."""
