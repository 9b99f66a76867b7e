"""`insyn law`: what the law asks, and where the code keeps it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from insyn.commands import law_profile
from insyn.commands.signing import OUT, stop
from insyn.errors import InsynError
from insyn.law_matrix import Line, make_matrix

app = typer.Typer(no_args_is_help=True)
app.add_typer(law_profile.app, name="profile", help="The table of legal parameters: show, narrow, sign.")
app.command("attest")(law_profile.attest)

_PROJECT = Path(__file__).resolve().parents[2]
_MUST_BE_KNOWN = ("A", "B", "C")
"""A gap in these must stand as open in docs/law.md; D and E are told, whatever they are."""


@app.command("matrix")
def matrix(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with every rule and test.")] = False,
    whole: Annotated[bool, typer.Option("--whole", help="Name every rule and every test.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 1 if a requirement of A to C is neither covered nor said open.")
    ] = False,
) -> None:
    """Print requirement → rule → test, as the code and the tests of this copy of the project say it."""
    try:
        lines = make_matrix(_PROJECT)
    except InsynError as error:
        raise stop(error) from error
    if as_json:
        print(json.dumps([{**asdict(line), "standing": line.standing} for line in lines], indent=2))
    else:
        OUT.print(_table(lines, whole=whole))
    gaps = hidden_gaps(lines)
    if check and gaps:
        names = ", ".join(line.requirement.number for line in gaps)
        raise stop(InsynError(f"Neither covered nor said to be open in docs/law.md: {names}."))


def hidden_gaps(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Return the requirements of A, B and C without a rule or without a test, that docs/law.md does not call open."""
    return tuple(
        line
        for line in lines
        if line.requirement.number.startswith(_MUST_BE_KNOWN) and not line.is_covered and not line.requirement.open
    )


def _table(lines: tuple[Line, ...], *, whole: bool) -> Table:
    table = Table(title="What the law asks, and where it is kept", show_lines=whole)
    for heading in ("no.", "requirement", "rules", "tests", "standing"):
        table.add_column(heading, overflow="fold")
    for line in lines:
        one = line.requirement
        standing = f"{line.standing}: {one.open}" if one.open else line.standing
        table.add_row(one.number, one.demand, _cell(line.rules, whole), _cell(line.tests, whole), standing)
    return table


def _cell(names: tuple[str, ...], whole: bool) -> str:  # noqa: FBT001 (a cell of the one table above)
    if whole:
        return "\n".join(names)
    return names[0].rpartition(":")[2] + (f" and {len(names) - 1} more" if len(names) > 1 else "") if names else "–"
