"""`insyn retention`: was everything erased on its day? For an auditor, and for whoever watches the machine."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from governance.adapters.log.log_file import open_log_file
from governance.audit.inventory import Inventory
from governance.audit.leaf import Leaf
from governance.audit.retention import RetentionReport
from governance.audit.retention_proof import RetentionProof, in_words, prove
from governance.audit.vault_keys import KeyRange
from governance.domain.retention import in_words as rules_in_words
from insyn.commands.log import database_of, verified
from insyn.commands.log_keys import HomeOption, one_sentence
from insyn.home import Home, at_home

app = typer.Typer(no_args_is_help=True)
_PAGE = 256


@app.command("prove")
def prove_retention(
    *,
    home: HomeOption = None,
    inventory: Annotated[
        Path | None, typer.Option("--inventory", help="What `insyn vault inventory` printed; held against the log.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say for each class of data what was due, erased in time, late, held, missing. Status 1: a promise was broken."""
    with one_sentence():
        proof = _proof(at_home(home), None if inventory is None else Inventory.from_bytes(inventory.read_bytes()))
    typer.echo(json.dumps(proof.to_json(), sort_keys=True) if as_json else in_words(proof), nl=as_json)
    raise typer.Exit(0 if proof.is_kept else 1)


@app.command()
def check(*, home: HomeOption = None) -> None:
    """Say in one line whether anything is late or missing: for a watchdog. Status 1: it is."""
    with one_sentence():
        proof = _proof(at_home(home), None)
    late, missing = sum(one.late for one in proof.classes), sum(one.missing for one in proof.classes)
    typer.echo(f"late {late}, missing {missing}, other lapses {len(proof.lapses) - late - missing}")
    raise typer.Exit(0 if proof.is_kept else 1)


@app.command()
def rules() -> None:
    """Print every class of data with its rule, as docs/retention.md holds it."""
    typer.echo(rules_in_words(), nl=False)


def _proof(home: Home, inventory: Inventory | None) -> RetentionProof:
    audited = verified(home, quiet=True).audited
    report = RetentionReport(counts=(), lapses=()) if audited is None else audited.retention
    return prove(report, tuple(_destroyed(home)), inventory)


def _destroyed(home: Home) -> Iterator[KeyRange]:
    """Yield what completed erasures name."""
    with open_log_file(database_of(home)) as log:
        for first in range(0, log.size, _PAGE):
            for entry in log.entries(first=first, count=min(_PAGE, log.size - first)):
                leaf = Leaf.from_bytes(entry)
                if leaf.event == "erasure.complete":
                    yield from leaf.ranges("keys")
