"""`insyn log`: verify the transparency log where it lies, and show its entries. Its database is only read."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from contracts.clock import read_clocks
from contracts.errors import ContractError
from contracts.trust import TrustedKeys, TrustedRole
from governance.adapters.log.export import Beside, export_files
from governance.adapters.log.guard import GuardFile
from governance.adapters.log.log_file import LogFile, open_log_file
from governance.adapters.signatures import ed25519_verifies
from governance.audit.checkpoint import Checkpoint, parse_body, verified_checkpoint
from governance.audit.errors import CheckpointRefused, LogError, LogUnavailable, NoteRefused
from governance.audit.leaf import Leaf
from governance.audit.manifest import PATH as MANIFEST
from governance.audit.merkle import EMPTY, leaf_hashes
from governance.audit.note import ED25519, VerifierKey, parse_note
from governance.audit.policy import NONE, KnownLog, Policy, parse_policy
from governance.verifier.exported import Question, audit_export
from governance.verifier.report import Report, Status
from governance.verifier.wording import in_words
from insyn.commands import log_challenge, log_export, log_follows, log_keys, log_print, log_witnesses, log_year
from insyn.home import Home

app = typer.Typer(no_args_is_help=True)
log_export.add_to(app)
log_print.add_to(app)
log_witnesses.add_to(app)
log_keys.add_to(app)
log_year.add_to(app)
log_challenge.add_to(app)
log_follows.add_to(app)

_HomeOption = Annotated[
    Path | None, typer.Option("--home", help="The system's folder; INSYN_HOME, or ./var, where not given.")
]
_JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command()
def verify(*, home: _HomeOption = None, as_json: _JsonOption = False) -> None:
    """Read every entry anew and hold the log against its signed checkpoint, its guard file and its own promises.

    Status 0: all is well. To let others verify it without this machine: `insyn log export`, and there `insyn-verify`.
    """
    try:
        report = verified(_home(home), quiet=as_json)
    except (LogError, ContractError) as error:
        _say_failure(str(error), as_json=as_json)
        raise typer.Exit(1) from error
    typer.echo(json.dumps(report.to_json(), sort_keys=True) if as_json else in_words(report), nl=as_json)
    raise typer.Exit(int(report.status()))


@app.command()
def show(
    *,
    home: _HomeOption = None,
    as_json: _JsonOption = False,
    last: Annotated[int, typer.Option("--last", min=1, help="How many entries, counted from the end.")] = 50,
) -> None:
    """Show the newest entries: when, what, by whom, what they say in clear, and which groups they seal."""
    try:
        with open_log_file(database_of(_home(home))) as log:
            first = max(0, log.size - last)
            entries = [
                (index, Leaf.from_bytes(leaf))
                for index, leaf in enumerate(log.entries(first=first, count=log.size - first), start=first)
            ]
    except LogError as error:
        _say_failure(str(error), as_json=as_json)
        raise typer.Exit(1) from error
    if as_json:
        typer.echo(json.dumps([json.loads(leaf.to_bytes()) | {"index": index} for index, leaf in entries]))
        return
    _print_table(entries)


def verify_log(home: Home) -> int:
    """Verify the whole log of this folder and return how many entries it has.

    Raises:
        LogError: something does not verify.
    """
    report = verified(home, quiet=True)
    if report.status() is not Status.FINE:
        raise LogUnavailable(in_words(report))
    return report.size


def verified(home: Home, *, quiet: bool) -> Report:
    """Return what the verifier says of the log in this folder, once the database itself is seen to be whole.

    Raises:
        LogError: the database does not hold what was signed, or less than the guard file saw.
    """
    policy = pinned_policy(home)
    with open_log_file(database_of(home)) as log:
        _require_whole(log)
        _require_guarded(home, log, policy)
        size = log.size
    with _progress(size, quiet=quiet) as progress:
        question = Question(policy=policy, now_ms=_now_ms(), is_export=False, progress=progress)
        return audit_export(lying_files(home, policy), question)


def lying_files(home: Home, policy: Policy) -> "LyingFiles":
    """Return what an export of this folder's log would hold, but for the manifest: nothing leaves the machine.

    Raises:
        LogUnavailable: the entries are not those that the checkpoint was signed over.
    """
    anchors = home.log / "anchors"
    beside = Beside(vkeys=[one.key for one in policy.logs], policy="", anchors=anchors if anchors.is_dir() else None)
    with open_log_file(database_of(home)) as log:
        files = export_files(log, beside, sign_note=lambda _text: "")
        return LyingFiles({path: data for path, data in files if path not in {MANIFEST, "policy", "vkeys"}})


class LyingFiles:
    """The files that an export of this log would have, in memory."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def paths(self) -> tuple[str, ...]:
        """Return every path in order."""
        return tuple(sorted(self._files))

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes."""
        return self._files.get(path)


def pinned_policy(home: Home) -> Policy:
    """Return whom this machine believes: its policy file, or the log key pinned in `trust.json` without witnesses.

    Raises:
        LogUnavailable: neither can be read.
    """
    if home.log_policy.exists():
        return parse_policy(home.log_policy.read_bytes())
    try:
        pinned = TrustedKeys.from_bytes(home.trust.read_bytes()).of(TrustedRole.LOG)
    except OSError as error:
        raise LogUnavailable("The file of pinned keys (trust.json) cannot be read in this folder.") from error
    if len(pinned) != 1:
        raise LogUnavailable("The file of pinned keys must name exactly one log key.")
    with open_log_file(database_of(home)) as log:
        origin = parse_body(parse_note(log.checkpoint()).text).origin
    key = VerifierKey(name=origin, algorithm=ED25519, public_key=next(iter(pinned.values())))
    return Policy(logs=(KnownLog(key=key),), witnesses=(), groups=(), quorum=NONE)


def _require_whole(log: LogFile) -> None:
    difference = log.first_difference()
    if difference is not None:
        raise LogUnavailable(difference)


def _require_guarded(home: Home, log: LogFile, policy: Policy) -> None:
    """Hold the database against the largest head that this machine ever committed."""
    seen = GuardFile(home.log_guard / "log.guard", HeadReader(policy.logs)).read()
    if seen.size > log.size:
        raise LogUnavailable(
            f"The guard file saw {seen.size} entries, the database holds {log.size}: an older copy lies there."
        )
    frontier = EMPTY
    for first in range(0, seen.size, 4096):
        leaves = log.entries(first=first, count=min(4096, seen.size - first))
        frontier = frontier.extend(leaf_hashes(leaves)).frontier
    if frontier.root != seen.root:
        raise LogUnavailable("The guard file saw another beginning of the log than the database holds.")


class HeadReader:
    """Reads the heads of a log by its pinned keys alone: it signs nothing."""

    def __init__(self, logs: Sequence[KnownLog]) -> None:
        self._keys = tuple(one.key for one in logs)

    def open(self, note: str | bytes) -> Checkpoint:
        """Return the checkpoint of a note that a pinned key signed.

        Raises:
            CheckpointRefused: it is malformed, of another log, or not signed by a pinned key.
        """
        try:
            return verified_checkpoint(parse_note(note), keys=self._keys, verify=ed25519_verifies)
        except NoteRefused as error:
            raise CheckpointRefused(str(error)) from error


def database_of(home: Home) -> Path:
    """Return where the log of this folder lies."""
    return home.log / "database" / "log.db"


def _home(given: Path | None) -> Home:
    return Home((given or Path(os.environ.get("INSYN_HOME") or "var")).absolute())


def _now_ms() -> int:
    return int(read_clocks().now.timestamp() * 1000)


@contextmanager
def _progress(size: int, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=quiet or not console.is_terminal) as shown:
        task = shown.add_task("Reading the log", total=size)
        yield lambda done, of: shown.update(task, completed=done, total=of)


def _say_failure(sentence: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"problem": sentence, "verified": False}, sort_keys=True))
        return
    sys.stderr.write(f"The log does not verify. {sentence}\n")


def _instant(time_ms: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=time_ms)).strftime("%Y-%m-%d %H:%M:%S UTC")


def _print_table(entries: list[tuple[int, Leaf]]) -> None:
    table = Table("entry", "when", "event", "by", "says", "seals", title="The transparency log")
    for index, leaf in entries:
        says = ", ".join(f"{key} {_brief(value)}" for key, value in sorted(leaf.body.items()))
        seals = ", ".join(one.group for one in leaf.compartments)
        table.add_row(str(index), _instant(leaf.time_ms), leaf.event, f"{leaf.src} {leaf.sn}", says, seals)
    Console().print(table)


def _brief(value: object) -> str:
    words = str(value)
    return words if len(words) <= 24 else words[:21] + "…"
