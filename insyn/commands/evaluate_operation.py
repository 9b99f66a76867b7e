"""`insyn evaluate operation`: what use came to, by the definitions of the tests, from a table or from the log."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchmarks.errors import BenchmarkError
from insyn.commands.signing import stop
from insyn.errors import InsynError
from insyn.whole_files import write_whole

if TYPE_CHECKING:
    from governance.domain.in_operation import Row

_Reader = Callable[[Path], "tuple[Row, ...]"]


def operation(
    *,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", exists=True, dir_okay=False, help="A table; docs/operation.md has its layout."),
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option(
            "--log", exists=True, dir_okay=False, help="What `insyn report make operation --format json` counted."
        ),
    ] = None,
    before: Annotated[
        Path | None,
        typer.Option("--before", exists=True, dir_okay=False, help="What was told earlier: what changed is flagged."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--json", dir_okay=False, help="Write everything here.")] = None,
) -> None:
    """Count deployments, faces, alerts and outcomes by month, with exact intervals; flag the rows that do not agree."""
    from benchmarks.operation.page import page, read_months  # noqa: PLC0415  # as all commands that compute
    from benchmarks.operation.table import read_rows  # noqa: PLC0415

    try:
        found = page(_one_of(csv, log, read_rows, read_months), () if before is None else read_months(before))
        if out is not None:
            text = json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
            write_whole(out, text.encode(), "The months")
    except (BenchmarkError, InsynError) as error:
        raise stop(InsynError(str(error))) from error
    _tell(found)


def _one_of(csv: Path | None, log: Path | None, read_rows: _Reader, read_months: _Reader) -> "tuple[Row, ...]":
    if csv is not None and log is None:
        return read_rows(csv)
    if log is not None and csv is None:
        return read_months(log)
    raise InsynError("Give either a table (--csv) or what was counted from the log (--log).")


def _tell(found: dict[str, Any]) -> None:
    for one in found["operation_sums"]:
        share = one["false_per_face"]
        often = "none" if not one["false"] else f"1 in {share['one_in']:,}" if share["one_in"] else "no rate"
        typer.echo(
            f"{one['deployments']:,} deployments, {one['faces']:,} faces ({one['counted_how']}): "
            f"{one['alerts']:,} alerts, {one['true']:,} true, {one['false']:,} false; false alerts over faces: {often}"
            + ("." if share["interval"] is None else f", {_interval(share['interval'])}.")
        )
    if len(found["operation_sums"]) > 1:
        typer.echo("Faces were counted in more than one way: these lines cannot be added up or compared.")
    for one in found["operation_flagged"]:
        typer.echo(f"Row {one['row']}: {', '.join(one['flags'])}.")
    for month in found["operation_changed"]:
        typer.echo(f"{month} is told otherwise than before.")
    above = found["operation_above_limit"]
    if above:
        sure = sum(one["lower_limit_exceeds"] for one in above)
        typer.echo(f"{len(above)} rows lie above 1 in 1,000; of {sure} the lower limit does, which alone suspends.")


def _interval(interval: dict[str, Any]) -> str:
    low, high = interval["lower"], interval["upper"]
    return f"95 of 100: {'nought' if not low else f'1 in {1 / low:,.0f}'} to 1 in {1 / high:,.0f}"
