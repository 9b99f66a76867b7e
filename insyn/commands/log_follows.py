"""`insyn log verify-succession`: two exports, and whether the second goes on where the first ended."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from contracts.clock import read_clocks
from governance.adapters.log.rotation import chain_of, log_rotations
from governance.audit.checkpoint import parse_body
from governance.audit.errors import LogUnavailable
from governance.audit.note import VerifierKey, parse_note
from governance.audit.policy import Policy, parse_policy
from governance.audit.succession import Whole, breaks
from governance.audit.tiles import ENTRIES, WIDTH, Tile, parse_entry_bundle, tiles_at
from governance.verifier.exported import Question, audit_export
from governance.verifier.report import Status
from governance.verifier.sources import Source, open_source
from governance.verifier.wording import in_words
from insyn.commands.log_keys import one_sentence

_ExportArgument = Annotated[str, typer.Argument(help="An export: a folder, a zip file or an address.")]


def add_to(app: typer.Typer) -> None:
    """Add this command to `insyn log`."""
    app.command("verify-succession")(verify_succession)


def verify_succession(
    before: _ExportArgument,
    after: _ExportArgument,
    *,
    policy: Annotated[Path, typer.Option("--policy", help="The pinned policy; it names both logs.")],
) -> None:
    """Verify two logs, and that the second takes over what the first left: its end, its key, its watched rows."""
    with one_sentence():
        pinned = parse_policy(policy.read_bytes())
        wholes = [_verified(open_source(where), pinned, where) for where in (before, after)]
        found = breaks(*wholes)
    for sentence in found:
        typer.echo(sentence)
    if found:
        raise typer.Exit(1)
    typer.echo(f"{wholes[1].head.origin} goes on where {wholes[0].head.origin} ended.")


def _verified(source: Source, policy: Policy, where: str) -> Whole:
    report = audit_export(source, Question(policy=policy, now_ms=int(read_clocks().now.timestamp() * 1000)))
    if report.status() is not Status.FINE:
        typer.echo(in_words(report))
        raise LogUnavailable(f"The log in {where} is not in order by itself; see above.")
    note = parse_note(source.read("checkpoint") or b"")
    head = parse_body(note.text)
    entries = tuple(_entries(source, head.size))
    pinned = next(log.key for log in policy.logs if log.key.name == head.origin)
    return Whole(head=head, entries=entries, key=_first_key(entries, pinned))


def _entries(source: Source, size: int) -> Iterator[bytes]:
    full, width = tiles_at(ENTRIES, size)
    for index in range(full + (width > 0)):
        tile = Tile(ENTRIES, index, WIDTH if index < full else width)
        yield from parse_entry_bundle(source.read(tile.path) or b"", width=tile.width)


def _first_key(entries: tuple[bytes, ...], pinned: VerifierKey) -> VerifierKey:
    """Return the key that the log began with, whichever of its keys is pinned."""
    return chain_of(log_rotations(entries), pinned)[0]
