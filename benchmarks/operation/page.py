"""Page 12 of an evaluation: months of use as JSON, with their shares, intervals and flags; and months read back."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from benchmarks.data.errors import DataRefused
from governance.domain.in_operation import (
    Flag,
    Row,
    Share,
    Sum,
    add_up,
    by_month,
    by_threshold,
    false_per_face,
    flags,
    outcomes_changed,
    precision,
)
from governance.domain.operation_limit import MOST, lowest_share

_THOUSAND: Final = 1000
_MANY: Final = 2**53 - 1
_COUNTS: Final = ("faces", "alerts", "true", "false", "unconfirmed")


def page(rows: Sequence[Row], before: Sequence[Row] = ()) -> dict[str, Any]:
    """Return the months under `operation`, and beside them what only the single rows tell.

    `before` are months as they were told earlier; what is told otherwise now, or no more, is flagged. Sums are of rows
    that count faces in one way. Percentages of rows are never averaged.
    """
    found, months = flags(rows), by_month(rows)
    changed = outcomes_changed(before, months)
    return {
        "operation": [
            _month(month, _flags_of(month, rows, found) | _changed(month.label in changed)) for month in months
        ],
        "operation_above_limit": [_above(row) for row in rows if _is_above(row)],
        "operation_by_threshold": {
            threshold or "not stated": [_sum(one) for one in sums] for threshold, sums in by_threshold(rows).items()
        },
        "operation_changed": sorted(changed),
        "operation_flagged": [
            {"row": row.label, "flags": sorted(of)} for row, of in zip(rows, found, strict=True) if of
        ],
        "operation_sums": [_sum(one) for one in add_up(rows)],
    }


def read_months(path: Path) -> tuple[Row, ...]:
    """Read the months that `insyn report make operation` wrote, or an earlier page. Shares and flags are made anew.

    Raises:
        DataRefused: it holds no months of operation.
    """
    try:
        said = json.loads(path.read_bytes())["operation"]
        return tuple(_read(one) for one in said)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DataRefused(
            f"{path.name} holds no months of operation; make it with `insyn report make operation --format json "
            "--audience authority`."
        ) from error


def _read(said: Mapping[str, Any]) -> Row:
    month = str(said["month"])
    return Row(
        label=month,
        begins=date.fromisoformat(f"{month}-01"),
        deployments=_whole(said.get("deployments", 0)),
        faces=_whole(said["faces"]),
        counted_how=str(said["counted_how"]),
        alerts=_whole(said["alerts"]),
        true_alerts=_whole(said["true"]),
        false_alerts=_whole(said["false"]),
        unconfirmed=_whole(said["unconfirmed"]),
        overturned=None if said.get("overturned") is None else _whole(said["overturned"]),
        told_of_earlier=_whole(said.get("told_of_earlier", 0)),
        leases_taken=_whole(said.get("leases_taken", 0)),
        leases_ended=_whole(said.get("leases_ended", 0)),
    )


def _whole(said: object) -> int:
    if not isinstance(said, int) or isinstance(said, bool) or not 0 <= said <= _MANY:
        raise ValueError("not a count")
    return said


def _month(month: Row, found: Iterable[Flag]) -> dict[str, Any]:
    return {
        "alerts": month.alerts,
        "counted_how": month.counted_how,
        "deployments": month.deployments,
        "faces": month.faces,
        "false": month.false_alerts,
        "false_per_face": _share(false_per_face(month)),
        "flags": sorted(found),
        "leases_ended": month.leases_ended,
        "leases_taken": month.leases_taken,
        "month": month.label,
        "overturned": month.overturned,
        "precision": precision(month).value,
        "told_of_earlier": month.told_of_earlier,
        "true": month.true_alerts,
        "true_per_1000_faces": round(_THOUSAND * month.true_alerts / month.faces, 3) if month.faces else None,
        "unconfirmed": month.unconfirmed,
    }


def _flags_of(month: Row, rows: Sequence[Row], found: Sequence[frozenset[Flag]]) -> frozenset[Flag]:
    """Return what is wrong in the month or in any row of it."""
    own = flags([month])[0]
    return own.union(
        *(
            of
            for row, of in zip(rows, found, strict=True)
            if f"{row.begins:%Y-%m}" == month.label and row.counted_how == month.counted_how
        )
    )


def _changed(is_changed: bool) -> frozenset[Flag]:  # noqa: FBT001 (the one thing that is asked)
    return frozenset({Flag.OUTCOME_CHANGED} if is_changed else ())


def _sum(one: Sum) -> dict[str, Any]:
    return {
        "alerts": one.alerts,
        "counted_how": one.counted_how,
        "deployments": one.deployments,
        "faces": one.faces,
        "false": one.false_alerts,
        "false_per_face": _share(one.false_per_face),
        "precision": _share(one.precision),
        "precision_of_adjudicated": _share(one.precision_of_adjudicated),
        "true": one.true_alerts,
    }


def _is_above(row: Row) -> bool:
    value = false_per_face(row).value
    return value is not None and value > MOST


def _above(row: Row) -> dict[str, Any]:
    """Tell of a row whose share lies above the limit, and whether its lower limit does: only that would suspend."""
    return {
        "faces": row.faces,
        "false": row.false_alerts,
        "lower_limit_exceeds": lowest_share([row]) > MOST,
        "row": row.label,
    }


def _share(one: Share) -> dict[str, Any]:
    interval = one.limits and {
        "confidence": 0.95,
        "lower": one.limits.lower,
        "method": "Clopper-Pearson",
        "upper": one.limits.upper,
    }
    return {
        "denominator": one.whole,
        "interval": interval,
        "numerator": one.part,
        "one_in": one.one_in,
        "value": one.value,
    }
