"""`insyn log`: verify the whole transparency log, and show its entries. Both open the database for reading only."""

import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from contracts.errors import ContractError
from contracts.trust import TrustedKeys, TrustedRole
from governance.adapters.log_file import LogFile, open_log_file
from governance.adapters.log_guard import GuardFile
from governance.adapters.log_store import StoredEntry
from governance.audit.checkpoint import Checkpoint
from governance.audit.entry import Entry
from governance.audit.errors import LogError, LogUnavailable
from governance.audit.replay import GuardedHead, Replayed, replay
from insyn.home import Home

app = typer.Typer(no_args_is_help=True)

_HomeOption = Annotated[
    Path | None, typer.Option("--home", help="The system's folder; INSYN_HOME, or ./var, where not given.")
]
_JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command()
def verify(
    *,
    home: _HomeOption = None,
    as_json: _JsonOption = False,
) -> None:
    """Read every entry anew and hold the log against its signed checkpoint and guard file. Status 0: all is well."""
    try:
        replayed, checkpoint = _verified(_home(home), quiet=as_json)
    except (LogError, ContractError) as error:
        _say_failure(str(error), as_json=as_json)
        raise typer.Exit(1) from error
    if as_json:
        typer.echo(json.dumps(_summary(replayed, checkpoint), sort_keys=True))
        return
    typer.echo(
        f"The log verifies: {replayed.size} entries of {checkpoint.origin}, each unaltered and in its place, "
        f"{_span(replayed)}signed root {replayed.root.hex()}."
    )


@app.command()
def show(
    *,
    home: _HomeOption = None,
    as_json: _JsonOption = False,
    last: Annotated[int, typer.Option("--last", min=1, help="How many entries, counted from the end.")] = 50,
) -> None:
    """Show the newest entries: when, what, and the opaque identifiers that they carry."""
    try:
        with open_log_file(_home(home).governance / "insyn.db") as log:
            shown = [stored for stored in log.entries() if stored.index >= log.size - last]
            entries = [(stored.index, Entry.from_leaf(stored.leaf)) for stored in shown]
    except LogError as error:
        _say_failure(str(error), as_json=as_json)
        raise typer.Exit(1) from error
    if as_json:
        typer.echo(json.dumps([json.loads(entry.to_leaf()) | {"index": index} for index, entry in entries]))
        return
    _print_table(entries)


def verify_log(home: Home) -> int:
    """Replay the whole log of this folder and return how many entries it has.

    Raises:
        LogError: something does not verify.
    """
    return _verified(home, quiet=True)[0].size


def _verified(home: Home, *, quiet: bool) -> tuple[Replayed, Checkpoint]:
    guard = GuardFile(home.governance / "log-guard.json").read()
    with open_log_file(home.governance / "insyn.db") as log:
        checkpoint = log.checkpoint(origin=guard.origin, public_key=_log_key(home))
        entries = ((stored.index, stored.leaf, stored.leaf_hash) for stored in _watched(log, quiet=quiet))
        head = GuardedHead(origin=guard.origin, size=guard.size, root=guard.root)
        return replay(entries, checkpoint=checkpoint, guard=head), checkpoint


def _watched(log: LogFile, *, quiet: bool) -> Iterator[StoredEntry]:
    console = Console(stderr=True)
    yield from track(
        log.entries(),
        description="Reading the log",
        total=log.size,
        console=console,
        transient=True,
        disable=quiet or not console.is_terminal,
    )


def _home(given: Path | None) -> Home:
    return Home((given or Path(os.environ.get("INSYN_HOME") or "var")).absolute())


def _log_key(home: Home) -> bytes:
    """Return the pinned log key: what the system itself says of its key is not asked."""
    try:
        pinned = TrustedKeys.from_bytes(home.trust.read_bytes()).of(TrustedRole.LOG)
    except OSError as error:
        raise LogUnavailable("The file of pinned keys (trust.json) cannot be read in this folder.") from error
    if len(pinned) != 1:
        raise LogUnavailable("The file of pinned keys must name exactly one log key.")
    return next(iter(pinned.values()))


def _say_failure(sentence: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"problem": sentence, "verified": False}, sort_keys=True))
        return
    sys.stderr.write(f"The log does not verify. {sentence}\n")


def _summary(replayed: Replayed, checkpoint: Checkpoint) -> dict[str, object]:
    return {
        "first_ms": replayed.first_ms,
        "last_ms": replayed.last_ms,
        "origin": checkpoint.origin,
        "root": replayed.root.hex(),
        "size": replayed.size,
        "verified": True,
    }


def _span(replayed: Replayed) -> str:
    if replayed.first_ms is None or replayed.last_ms is None:
        return ""
    return f"from {_instant(replayed.first_ms)} to {_instant(replayed.last_ms)}, "


def _instant(time_ms: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=time_ms)).strftime("%Y-%m-%d %H:%M:%S UTC")


def _print_table(entries: list[tuple[int, Entry]]) -> None:
    table = Table("entry", "when", "event", "carries", title="The transparency log")
    for index, entry in entries:
        carried = ", ".join(f"{key} {value}" for key, value in sorted(entry.fields.items()))
        table.add_row(str(index), _instant(entry.time_ms), entry.event, carried)
    Console().print(table)
