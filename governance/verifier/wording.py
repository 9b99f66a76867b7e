"""The report in plain words, for a person who is not a programmer."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from governance.audit.full_replay import Audited
from governance.audit.problems import Problem, Severity
from governance.audit.retention import Count
from governance.verifier.matched import State, Verdict
from governance.verifier.report import Report, Status

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
LIMIT: Final = (
    "No cryptography proves that no copy of a key exists elsewhere. What is proven is what the log says, when it said "
    "it, and that it says it of everything that it had promised."
)


def in_words(report: Report) -> str:
    """Return the report as text."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield from _log(report)
    yield from _confirmed(report)
    if report.audited is not None:
        yield from _state(report.audited)
        yield from _retention(report.audited.retention.counts)
    yield from _list("Opened", report.opened)
    yield from _list("Not checked", report.not_checked)
    yield from _problems("Wrong", report, Severity.WRONG)
    yield from _problems("To be asked about", report, Severity.FINDING)
    yield ""
    yield verdict(report)


def verdict(report: Report) -> str:
    """Return the one sentence that the report comes to."""
    wrong, findings = report.problems.count(Severity.WRONG), report.problems.count(Severity.FINDING)
    asked = "nothing is to be asked about." if not findings else f"{_number(findings, 'thing')} to be asked about."
    if report.status() is Status.FINE:
        return f"Result: the log is what it was signed to be; {asked}"
    return f"Result: NOT IN ORDER. {_number(wrong, 'thing')} wrong, {asked}"


def _log(report: Report) -> Iterator[str]:
    if report.audited is None or report.root is None:
        yield f"Log: {report.origin or 'unknown'}. Its signed head could not be believed."
        return
    span = ""
    if report.audited.first_ms is not None and report.audited.last_ms is not None:
        span = f", from {instant(report.audited.first_ms)} to {instant(report.audited.last_ms)}"
    yield f"Log: {report.origin}, {_number(report.size, 'entry', 'entries')}{span}."
    yield f"Signed root: {report.root.hex()}"


def _confirmed(report: Report) -> Iterator[str]:
    anchors = report.brackets.anchors
    if not anchors:
        yield "Confirmed by others: nothing. Every time in this report is the log's own."
        return
    newest = anchors[-1]
    widest = max(report.brackets.widths_ms, default=0)
    yield (
        f"Confirmed by others: {_number(len(anchors), 'checkpoint')}, the newest of {newest.size} entries "
        f"at {instant(newest.time_ms)} by {newest.said_by}; between two of them lie at most {duration(widest)}."
    )
    newer = _number(report.size - newest.size, "entry", "entries")
    yield f"Newer than that, and vouched for by the log alone: {newer}."


def _state(audited: Audited) -> Iterator[str]:
    yield (
        f"Watched tables: compared {_number(audited.roots_compared, 'time')}; "
        f"{_number(audited.rows_live, 'row')} stand. Producers: {audited.producers}. Voided changes: {audited.voided}."
    )


def _retention(counts: Sequence[Count]) -> Iterator[str]:
    if not counts:
        return
    heads = ("class", "due", "on time", "unconfirmed", "late", "held", "in grace", "missing", "early", "not due")
    rows = [heads, *(tuple(map(str, _row(one))) for one in counts)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(heads))]
    yield ""
    yield "Erasure, by class of data (keys):"
    for row in rows:
        yield "  " + "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
    yield from (
        f"  {one.data_class}: the latest went {duration(one.latest_ms)} after its day had ended."
        for one in counts
        if one.late
    )
    yield f"  {LIMIT}"


def _row(count: Count) -> tuple[object, ...]:
    return (
        count.data_class,
        count.due,
        count.on_time,
        count.unconfirmed,
        count.late,
        count.held,
        count.in_grace,
        count.missing,
        count.early,
        count.not_due,
    )


def _list(title: str, items: Sequence[str]) -> Iterator[str]:
    if items:
        yield ""
        yield f"{title}:"
        yield from (f"  {item}" for item in items)


def _problems(title: str, report: Report, severity: Severity) -> Iterator[str]:
    problems = report.problems.of(severity)
    if not problems:
        return
    yield ""
    yield f"{title} ({report.problems.count(severity)}):"
    yield from map(_problem, problems)
    more = {kind: count for kind, count in report.problems.uncounted.items() if kind.startswith(severity.value)}
    yield from (f"  … and {count} more ({kind})." for kind, count in more.items())


def _problem(problem: Problem) -> str:
    return f"  [{problem.layer.value}] {problem.file}: {problem.sentence}"


def _number(count: int, one: str, many: str | None = None) -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def instant(time_ms: int) -> str:
    """Return an instant as people read it, in UTC."""
    return (_EPOCH + timedelta(milliseconds=time_ms)).strftime("%Y-%m-%d %H:%M:%S UTC")


def duration(milliseconds: int) -> str:
    """Return a length of time in its two largest units."""
    minutes, seconds = divmod(milliseconds // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"


_MARKS: Final = {
    State.PROVEN: "proven     ",
    State.NOT_OPENED: "not opened ",
    State.NOT_CHECKED: "not checked",
    State.ABSENT: "absent     ",
    State.WRONG: "WRONG      ",
}


def bundle_in_words(verdict: Verdict) -> str:
    """Return what is to be said of a proof bundle as text."""
    lines = [f"Proof bundle of one match in the log {verdict.origin}."]
    lines += [f"  {_MARKS[one.state]}  {one.sentence}" for one in verdict.links]
    lines += ["", *(_problem(one) for one in verdict.problems.of(Severity.WRONG))]
    wrong = verdict.problems.count(Severity.WRONG)
    opened = sum(one.state is State.PROVEN for one in verdict.links)
    end = f"{_number(opened, 'link')} proven, nothing wrong." if not wrong else f"NOT IN ORDER. {wrong} wrong."
    return "\n".join([*lines, f"Result: {end}"]) + "\n"
