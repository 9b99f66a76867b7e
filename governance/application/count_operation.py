"""Count what use came to, from what the log says in clear: no sealed part is opened, and no table is asked (A18, C7).

Faces are the comparisons that the sites' signed receipts tell of leases that ended. An entry that was announced and not
carried out counts for nothing.
"""

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

from governance.application.governance import Governance
from governance.application.log_errors import log_errors
from governance.application.log_reading import LogLine, read_lines
from governance.application.log_search import first_index_at
from governance.domain.events import Event
from governance.domain.in_operation import DISMISSED_BY_REVIEWERS, FOUND_WRONG, REVIEWERS_DISAGREE, UNSEEN, Row
from governance.domain.legal_time import legal_day
from governance.domain.model_announcements import Period
from governance.domain.post_remote import AFTERWARDS

COUNTED_HOW: Final = "comparisons of one picture of a face each, by the sites' signed receipts of leases"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PAGE: Final = 1_000
_MAY_BE_VOIDED: Final = 10_000
"""So many entries back a change can still turn out not to have been carried out; it says so next of all."""
_One = Mapping[str, int]
_OTHERWISE: Final = ""
_ALERT: Final[_One] = {"alerts": 1}
_LEASE_ENDED: Final[_One] = {"leases_ended": 1}
_COUNTS: Final[Mapping[str, Mapping[str, _One]]] = {
    Event.CANDIDATE_DISMISS.value: {
        _OTHERWISE: _ALERT,
        DISMISSED_BY_REVIEWERS: {"alerts": 1, "false": 1},
        **{rule: {"unseen": 1} for rule in UNSEEN},
    },
    Event.CANDIDATE_REVIEW.value: {REVIEWERS_DISAGREE: {"overturned": 1}},
    Event.DEPLOYMENT_START.value: {_OTHERWISE: {"deployments": 1}},
    Event.HAND_OFF_CONCLUDE.value: {FOUND_WRONG: {"false": 1}},
    Event.HAND_OFF_CONFIRM.value: {_OTHERWISE: {"true": 1}},
    Event.LEAD_CONFIRM.value: {_OTHERWISE: _ALERT},
    Event.LEASE_ACKNOWLEDGE.value: {_OTHERWISE: {"leases_taken": 1}},
    Event.LEASE_END.value: {_OTHERWISE: _LEASE_ENDED},
}
"""What an entry counts for, by its event and the rule that it names."""


class OperationCount:
    """The months of use in these periods (`None`: always), as far as the log was read. Reading goes on from there.

    What is told of an alert counts in the period in which it is told.
    """

    def __init__(self, periods: tuple[Period, ...] | None) -> None:
        self.periods = periods
        self._next: int | None = None
        self._months: dict[str, Counter[str]] = defaultdict(Counter)
        self._latest: OrderedDict[int, tuple[str, _One]] = OrderedDict()

    def read_on(self, governance: Governance, *, most: int | None = None) -> None:
        """Read what was written since, up to so many entries; all of it where no limit is given.

        Raises:
            StorageFailed: the log cannot be read now; what was read stays read.
        """
        first = self._first(governance) if self._next is None else self._next
        left = most
        while left is None or left > 0:
            lines = read_lines(governance, first=first, count=_PAGE if left is None else min(_PAGE, left))
            if not lines:
                break
            for line in lines:
                self._take(governance, line)
            first += len(lines)
            left = None if left is None else left - len(lines)
        self._next = first

    def rows(self) -> tuple[Row, ...]:
        """Return the months in which anything happened, in their order."""
        return tuple(_row(month, counted) for month, counted in sorted(self._months.items()) if any(counted.values()))

    def _first(self, governance: Governance) -> int:
        if not self.periods:
            return 0
        since = self.periods[0].begins_at
        with log_errors():
            size = governance.log.size()
        return first_index_at(since, size, lambda index: _written_at(read_lines(governance, first=index, count=1)[0]))

    def _take(self, governance: Governance, line: LogLine) -> None:
        if line.leaf.event == Event.CHANGE_VOID.value:
            for index in line.leaf.indices():
                self._take_back(index)
            return
        one = _counts_of(line)
        if one is None or not self._holds(_written_at(line)):
            return
        month = f"{legal_day(_written_at(line), governance.legal):%Y-%m}"
        self._months[month].update(one)
        self._latest[line.index] = month, one
        while self._latest and next(iter(self._latest)) < line.index - _MAY_BE_VOIDED:
            self._latest.popitem(last=False)

    def _holds(self, at: datetime) -> bool:
        return self.periods is None or any(one.holds(at) for one in self.periods)

    def _take_back(self, index: int) -> None:
        month, one = self._latest.pop(index, ("", {}))
        if one:
            self._months[month].subtract(one)


def _counts_of(line: LogLine) -> _One | None:
    """Return what an entry counts for; nothing where it is about a search afterwards, or about something else."""
    body, of_event = line.leaf.body, _COUNTS.get(line.leaf.event)
    if of_event is None or body.get("method") == AFTERWARDS:
        return None
    one = of_event.get(str(body.get("rule")), of_event.get(_OTHERWISE))
    compared = body.get("count")
    return {**one, "faces": compared} if one is _LEASE_ENDED and isinstance(compared, int) else one


def _row(month: str, counted: Counter[str]) -> Row:
    """Return a month. Outcomes are told later than their alerts end, so a month may tell of more than ended in it."""
    alerts, told = counted["alerts"], counted["true"] + counted["false"]
    return Row(
        label=month,
        begins=date.fromisoformat(f"{month}-01"),
        deployments=counted["deployments"],
        faces=counted["faces"],
        counted_how=COUNTED_HOW,
        alerts=alerts,
        true_alerts=counted["true"],
        false_alerts=counted["false"],
        unconfirmed=max(0, alerts - told),
        overturned=counted["overturned"],
        told_of_earlier=max(0, told - alerts),
        leases_taken=counted["leases_taken"],
        leases_ended=counted["leases_ended"],
    )


def _written_at(line: LogLine) -> datetime:
    return _EPOCH + timedelta(milliseconds=line.leaf.time_ms)
