"""What governance writes to the log: entries whose personal parts are sealed, group by group, under keys of the vault.

An entry that records a change is written before the change is committed (`write`); one that records a reading before
anything is read (`record`). Several writers at once become one request: whoever comes first writes for all that wait.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from contracts.receipt import Disclosure, LogReceipt
from governance.application.log_errors import log_errors
from governance.application.ports import Clock, CompartmentSealer, KeyVault, Log, LogValue, Randomness, Witnesses
from governance.audit.canonical import canonical
from governance.audit.commitment import commit_key, entry_context
from governance.audit.draft import Appended, Draft
from governance.audit.errors import LogError, LogRolledBack, LogUnavailable
from governance.audit.leaf import Compartment, KeyRange, KeyRef, Leaf
from governance.domain.events import Event
from governance.domain.log_fields import Group, group_of, retention_of
from governance.domain.retention import due_day, expiry

SOURCE: Final = "governance"
"""The producer's name under which governance numbers its entries."""

_SIGNS_OF_LIFE: Final = frozenset({Event.LOG_BEAT.value, Event.LOG_BEGIN.value, Event.LOG_STOP.value})
"""They say what is settled, and no change of their own hangs on them."""
_PAGE: Final = 256
_MOST_TOGETHER: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry as a use case means it: the event, its fields by name, what stands in clear, objects that it keeps."""

    event: Event
    fields: Mapping[str, LogValue]
    body: Mapping[str, object] = field(default_factory=dict)
    objects: tuple[Compartment, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a field that the closed list does not have, in the hands of whoever named it.

        Raises:
            UnknownField: it is none of the log's.
        """
        for name in self.fields:
            group_of(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Where the lines of one call stand, and what opens each entry's own groups to whoever must be shown them."""

    first: int
    last_number: int
    disclosures: tuple[tuple[Disclosure, ...], ...] = field(repr=False)

    @property
    def count(self) -> int:
        """How many entries there are."""
        return len(self.disclosures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A durable entry with its verified receipt: what lets something be shown."""

    index: int
    receipt: LogReceipt


@dataclass(slots=True)
class _Waiting:
    """One call's lines on their way, and what became of them."""

    lines: Sequence[Line]
    changes: bool
    """Whether a change that is still to be committed hangs on them."""
    written: Written | None = None
    failed: LogError | None = None


class Journal:
    """The one writer of governance's entries. Safe to be used by many threads."""

    def __init__(
        self,
        *,
        log: Log,
        vault: KeyVault,
        witnesses: Witnesses,
        sealer: CompartmentSealer,
        clock: Clock,
        randomness: Randomness,
    ) -> None:
        self._log = log
        self._witnesses = witnesses
        self._vault = vault
        self._sealer = sealer
        self._clock = clock
        self._randomness = randomness
        self._waiting: list[_Waiting] = []
        self._list = threading.Lock()
        self._turn = threading.Lock()
        self._releasing = threading.Lock()
        # All below belongs to whoever holds `turn`, but `announced`, which belongs to the one change under way.
        self._number = 0
        self._settled = 0
        self._read_settled: Callable[[], int] = _nothing_settled
        self._unsure = True
        self._announced = range(0)

    @property
    def settled(self) -> int:
        """The number of the last change that is committed, as changes and signs of life say it."""
        return self._settled

    def start(self, settled: Callable[[], int]) -> tuple[int, ...]:
        """Take up where the log ends; void what was announced and never committed. Return the voided indices.

        `settled` reads the number of the last change that the database holds, and waits for nobody.

        Raises:
            LogRolledBack: the database is older than the log says, or the log older than the vault saw.
            LogUnavailable: log or vault do not answer.
        """
        if self._vault.seen()[0] > self._log.size():
            raise LogRolledBack(
                "The log holds less than the key vault has seen: an older copy was put in its place. "
                "Restore the newest log; nothing runs on this one."
            )
        with self._turn:
            self._read_settled = settled
            return self._take_up()

    def settle(self, number: int) -> None:
        """Note that the change up to this number is committed."""
        self._settled = max(self._settled, number)
        self._announced = range(0)

    def doubt(self) -> None:
        """Note that a change which was announced may not have been carried out; find out, and void it if so."""
        self._announced = range(0)
        self._unsure = True
        # Where the log does not answer now, the next entry of all finds out first.
        with suppress(LogError), self._turn:
            self._take_up()

    def write(self, lines: Sequence[Line]) -> Written:
        """Write the entries of one change, contiguous and durable, before the change is committed.

        Raises:
            LogUnavailable, LogFull, ClockWentBack: nothing may be changed.
        """
        return self._submit(_Waiting(lines=lines, changes=True))

    def record(
        self,
        event: Event,
        fields: Mapping[str, LogValue],
        *,
        opens: Iterable[KeyRef] = (),
        body: Mapping[str, object] | None = None,
    ) -> Recorded:
        """Write one entry that no change hangs on, and return its verified receipt. `opens` are keys it lets out.

        Raises:
            LogUnavailable: it cannot be written or proven; nothing may be shown.
        """
        clear = dict(body or {})
        ranges = ranges_of(opens)
        if ranges:
            clear["opens"] = in_clear(ranges)
        written = self._submit(_Waiting(lines=[Line(event=event, fields=fields, body=clear)], changes=False))
        return self.recorded(written, 0)

    def recorded(self, written: Written, offset: int) -> Recorded:
        """Return the receipt of one of the entries that a call wrote, with what discloses its groups.

        Raises:
            LogUnavailable: it cannot be proven now.
        """
        index = written.first + offset
        receipt = self._log.receipt(index)
        return Recorded(index=index, receipt=receipt.disclosing(written.disclosures[offset]))

    def require_cosigned(self, size: int) -> None:
        """Have the log of this size cosigned by the witnesses, where there are any.

        Raises:
            StorageFailed: their quorum was not reached; what waits for it does not take effect.
        """
        if self._witnesses.are_configured:
            with log_errors():
                self._witnesses.require_cosigned(size)

    def require_fresh_witness(self) -> None:
        """Accept that the witnesses confirmed the log lately, where there are any.

        Raises:
            StorageFailed: they did not; nothing is shown until they do.
        """
        if self._witnesses.are_configured:
            with log_errors():
                self._witnesses.require_fresh(self._clock.now())

    def release(self, keys: Sequence[KeyRef], recorded: Recorded) -> Mapping[KeyRef, bytes]:
        """Return the keys that this entry lets out; a destroyed one is missing.

        Raises:
            LogUnavailable: the vault does not answer, or does not believe the entry. Nothing may be shown.
        """
        if not keys:
            return {}
        # One at a time: each proof begins where the vault's last one ended.
        with self._releasing:
            receipt = self._log.receipt(recorded.index)
            return self._vault.release(keys, receipt, self._consistency(receipt))

    def destroy(self, ranges: Sequence[KeyRange], intent: int) -> "Destruction":
        """Destroy the keys that the entry of this intent names. Doing it again changes nothing.

        Raises:
            LogUnavailable: the vault does not answer, or does not believe that it is time.
        """
        with self._releasing:
            receipt = self._log.receipt(intent)
            done = self._vault.destroy(ranges, receipt, self._consistency(receipt), self._witnesses.newest())
        return Destruction(before=done.before, after=done.after, count=done.count)

    def _consistency(self, receipt: LogReceipt) -> tuple[bytes, ...]:
        seen, _ = self._vault.seen()
        size = receipt.size
        return () if seen in (0, size) else self._log.consistency(seen, size)

    def _submit(self, mine: _Waiting) -> Written:
        with self._list:
            self._waiting.append(mine)
        with self._turn:
            while mine.written is None and mine.failed is None:
                self._write_for_all()
        if mine.written is None:
            raise mine.failed or LogUnavailable("The log did not answer; nothing is shown or changed.")
        return mine.written

    def _write_for_all(self) -> None:
        """Write for everybody who waits at this moment, as one request."""
        with self._list:
            together, self._waiting = self._waiting[:_MOST_TOGETHER], self._waiting[_MOST_TOGETHER:]
        try:
            if self._unsure:
                self._take_up()
            self._write_together(together)
        except LogError as error:
            for one in together:
                one.failed = error
        except BaseException:
            # Nobody may wait for an answer that will not come; the error itself goes on.
            for one in together:
                one.failed = LogUnavailable("The log could not be written; nothing is shown or changed.")
            raise

    def _write_together(self, together: Sequence[_Waiting]) -> None:
        lines = [(line, self._settled if one.changes else None) for one in together for line in one.lines]
        keys = self._allot([line for line, _ in lines])
        sealed = [
            self._draft(line, number, settled, keys)
            for number, (line, settled) in enumerate(lines, start=self._number + 1)
        ]
        appended = self._append([draft for draft, _ in sealed])
        place = 0
        for one in together:
            end = place + len(one.lines)
            one.written = Written(
                first=appended.first + place,
                last_number=self._number + end,
                disclosures=tuple(disclosed for _, disclosed in sealed[place:end]),
            )
            if one.changes:
                self._announced = range(self._number + place + 1, self._number + end + 1)
            place = end
        self._number += len(lines)

    def _append(self, drafts: Sequence[Draft]) -> Appended:
        """Append; after a failure it is unknown whether the entries stand in the log, until it was looked."""
        try:
            return self._log.append(self._randomness.identifier(), drafts)
        except LogError:
            self._unsure = True
            raise

    def _allot(self, lines: Sequence[Line]) -> list[tuple[KeyRef, bytes]]:
        now = self._clock.now()
        wanted = [
            (data_class.value, due_day(expiry(data_class, created_at=now)))
            for line in lines
            for data_class in (retention_of(group) for group in _groups(line))
        ]
        allotted = list(self._vault.allot(wanted)) if wanted else []
        # Taken from the end, so that each is taken once.
        allotted.reverse()
        return allotted

    def _draft(
        self, line: Line, number: int, settled: int | None, keys: list[tuple[KeyRef, bytes]]
    ) -> tuple[Draft, tuple[Disclosure, ...]]:
        compartments, boxes, disclosures = list(line.objects), [], []
        for group, payload in _groups(line).items():
            key, secret = keys.pop()
            context = entry_context(line.event.value, group.value, SOURCE, number)
            plain = canonical(dict(payload))
            sealed = self._sealer.seal(secret, context, plain)
            compartments.append(
                Compartment(group=group.value, key=key, commitment=sealed.commitment, box_sha256=sealed.box_sha256)
            )
            boxes.append((key, sealed.box))
            disclosures.append(Disclosure(group=group.value, payload=plain, commit_key=commit_key(secret)))
        draft = Draft(
            event=line.event.value,
            src=SOURCE,
            sn=number,
            body=_body(line, settled),
            compartments=tuple(sorted(compartments, key=Compartment.order)),
            boxes=tuple(boxes),
        )
        return draft, tuple(disclosures)

    def _take_up(self) -> tuple[int, ...]:
        """Find out what stands in the log, and void what was announced and is not settled."""
        self._number = self._log.last_number(SOURCE)
        self._settled = self._read_settled()
        unsettled = self._unsettled()
        if unsettled:
            void = Line(event=Event.CHANGE_VOID, fields={}, body={"of": unsettled})
            self._write_together([_Waiting(lines=[void], changes=False)])
        self._unsure = False
        return tuple(unsettled)

    def _unsettled(self) -> list[int]:
        """Return the indices of announced changes after the last settled one, not yet voided."""
        found: list[int] = []
        voided: set[int] = set()
        end = self._log.size()
        while end > 0:
            first = max(0, end - _PAGE)
            page = self._log.entries(first=first, count=end - first)
            for index, leaf in reversed(list(enumerate(map(Leaf.from_bytes, page), start=first))):
                if leaf.src != SOURCE:
                    continue
                if leaf.sn <= self._settled:
                    return sorted(found)
                if leaf.event == Event.CHANGE_VOID.value:
                    voided.update(leaf.indices())
                elif "settled" in leaf.body and index not in voided and leaf.sn not in self._announced:
                    self._require_not_older(leaf)
                    if leaf.event not in _SIGNS_OF_LIFE:
                        found.append(index)
            end = first
        return sorted(found)

    def _require_not_older(self, leaf: Leaf) -> None:
        said = leaf.body["settled"]
        if not isinstance(said, int) or said > self._settled:
            raise LogRolledBack(
                "The database lacks changes that the log says were carried out: an older copy was put in its place. "
                "Restore the newest database; nothing runs on this one."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Destruction:
    """What the vault held before and after (inventory roots of 32 bytes), and how many keys went."""

    before: bytes
    after: bytes
    count: int


def _nothing_settled() -> int:
    return 0


def ranges_of(keys: Iterable[KeyRef]) -> tuple[KeyRange, ...]:
    """Return the fewest ranges that cover exactly these keys, in order."""
    ranges: list[KeyRange] = []
    for key in sorted(set(keys), key=lambda one: (one.data_class, one.day, one.number)):
        last = ranges[-1] if ranges else None
        if last is not None and (last.data_class, last.day, last.last + 1) == (key.data_class, key.day, key.number):
            ranges[-1] = KeyRange(data_class=last.data_class, day=last.day, first=last.first, last=key.number)
        else:
            ranges.append(KeyRange(data_class=key.data_class, day=key.day, first=key.number, last=key.number))
    return tuple(ranges)


def in_clear(ranges: Sequence[KeyRange]) -> list[object]:
    """Return ranges of keys as an entry's body spells them."""
    return [one.to_json() for one in ranges]


def _groups(line: Line) -> dict[Group, dict[str, LogValue]]:
    """Sort an entry's fields into the groups that are sealed apart; what stands in clear is left out."""
    groups: dict[Group, dict[str, LogValue]] = {}
    for name, value in line.fields.items():
        group = group_of(name)
        if group is not None:
            groups.setdefault(group, {})[name] = value
    return dict(sorted(groups.items()))


def _body(line: Line, settled: int | None) -> dict[str, object]:
    body = dict(line.body)
    body.update({name: value for name, value in line.fields.items() if group_of(name) is None})
    if settled is not None:
        body["settled"] = settled
    return body
