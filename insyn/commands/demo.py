"""`insyn demo`: put the demonstration on, check it without a screen, or reset it."""

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from contracts.errors import ContractError
from governance.application.errors import GovernanceError
from governance.audit.errors import LogError
from insyn.commands.log import verify_log
from insyn.demonstration import people as cast
from insyn.demonstration.errors import DemonstrationMaterialError
from insyn.demonstration.expectations import Expectation
from insyn.demonstration.footage import render_footage
from insyn.demonstration.performance import (
    PERSON_A,
    Demonstration,
    Material,
    a_demonstration,
    forget,
    require_this_version,
)
from insyn.demonstration.photographs import prepare_photographs
from insyn.errors import InsynError
from insyn.home import Home, held_alone, open_home
from insyn.processes import ProcessGroup
from insyn.system import free_port
from matcher.errors import MatcherError

app = typer.Typer(no_args_is_help=True)

DEFAULT_PORT: Final = 8750
_EXPECTED: Final = (
    ContractError,
    DemonstrationMaterialError,
    GovernanceError,
    InsynError,
    LogError,
    MatcherError,
)
_console = Console(stderr=True)


@app.command()
def run(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where the consoles are; 0 takes a free one.")] = (
        DEFAULT_PORT
    ),
) -> None:
    """Start the whole system, play the demonstration if it was not played yet, and keep running until Ctrl-C."""
    with _one_sentence():
        home = open_home()
        with held_alone(home), ProcessGroup(home.logs) as processes:
            require_this_version(home)
            shown = a_demonstration(home, _material(home), processes, port=port or free_port(), say=_say)
            shown.found()
            shown.open()
            _tell_who_may_log_in(shown)
            if not shown.was_begun and not shown.was_played:
                _play(shown)
            else:
                how = "played before" if shown.was_played else "interrupted before its end"
                _say(f"the demonstration was {how}; nothing is replayed (`make demo-reset` forgets it)")
                shown.system.start_site(processes)
            _keep_running(shown)


@app.command()
def check(
    *,
    enrol: Annotated[
        str, typer.Option(help="Enrol another person (person-b, person-c): the check must then fail.")
    ] = PERSON_A,
    without_warrant: Annotated[
        bool, typer.Option("--without-warrant", help="Revoke the warrant before the film: the check must then fail.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the data folder of the check, to look into it.")] = False,
) -> None:
    """Play the demonstration without a screen, in a data folder of its own, and say in JSON whether all of it held."""
    with _one_sentence():
        home = open_home()
        own = _folder_for_check(home)
        try:
            expectations = _checked(home, own, enrol=enrol, without_warrant=without_warrant)
        finally:
            if keep:
                _say(f"the data folder of this check is kept at {own.root}")
            else:
                shutil.rmtree(own.root, ignore_errors=True)
    held = all(expectation.held for expectation in expectations)
    typer.echo(json.dumps({"expectations": [one.to_json() for one in expectations], "held": held}, indent=1))
    if not held:
        raise typer.Exit(1)


@app.command()
def reset() -> None:
    """Forget everything that the demonstration kept. Models, photographs and film stay."""
    with _one_sentence():
        home = open_home()
        with held_alone(home):
            forget(home)
        _say("the demonstration's data are gone; the next `make run` plays it anew")


def _checked(home: Home, own: Home, *, enrol: str, without_warrant: bool) -> list[Expectation]:
    with ProcessGroup(own.logs) as processes:
        shown = a_demonstration(own, _material(home), processes, port=free_port(), say=_say)
        shown.found()
        shown.open()
        refusals, warrant = shown.prepare(enrol)
        if without_warrant:
            shown.revoke(warrant)
        _say("the site reads the film, every frame of it")
        shown.show_film("consumer")
        alerts = shown.settle()
        filmed = [*refusals, *shown.film_expectations(alerts)]
        if not all(one.held for one in filmed):
            _say("the film did not show what it must; nothing that follows would mean anything")
            return filmed
        reviewed = shown.review(alerts)
        counted = shown.counts_expectation(len(alerts))
        _say("the film again; the warrant is revoked while it runs")
        revoked = shown.revoke_in_the_film(warrant)
        logged = _log_expectation(own)
        return [*filmed, *reviewed, counted, revoked, logged]


def _play(shown: Demonstration) -> None:
    shown.mark_begun()
    refusals, _ = shown.prepare(PERSON_A)
    _say("the site reads its camera, in real time (a good minute); alerts appear on the operators' page")
    with _console.status("faces are compared with one person's reference, and forgotten"):
        shown.show_film("real-time")
        alerts = shown.settle()
    _say(f"{len(alerts)} alerts; two reviewers work, each by themselves")
    expectations = [*refusals, *shown.film_expectations(alerts), *shown.review(alerts), _log_expectation(shown.home)]
    _show(expectations)
    shown.mark_played()


def _keep_running(shown: Demonstration) -> None:
    try:
        _say(f"running: {shown.system.address} (Ctrl-C stops everything)")
        while True:
            shown.processes.watch()
            time.sleep(0.5)
    except KeyboardInterrupt:
        _say("stopping")


def _log_expectation(home: Home) -> Expectation:
    try:
        size = verify_log(home)
    except LogError as error:
        return Expectation(name="the log verifies", held=False, detail=str(error))
    return Expectation(name="the log verifies", held=True, detail=f"{size} entries, each in its place")


def _material(home: Home) -> Material:
    photographs = prepare_photographs(home.root, report=lambda _done, _of: None)
    footage = render_footage(home.root, photographs, report=lambda _done, _of: None)
    return Material(photographs=photographs, footage=footage)


@contextmanager
def for_one_check() -> Iterator[Demonstration]:
    """Lend a demonstration of nothing but its material, in a folder of its own that goes afterwards.

    Raises:
        InsynError: the material is not there; the sentence says what to run first.
    """
    home = open_home()
    own = _folder_for_check(home)
    try:
        with ProcessGroup(own.logs) as processes:
            yield a_demonstration(own, _material(home), processes, port=free_port(), say=lambda _words: None)
    finally:
        shutil.rmtree(own.root, ignore_errors=True)


def _folder_for_check(home: Home) -> Home:
    """Make an empty data folder for one check, which shares nothing with the visitor's but the models.

    It is a temporary one, so that checks do not meet, and its short path leaves room for the names of sockets.
    """
    own = Home(Path(tempfile.mkdtemp(prefix="insyn-check-")))
    (own.root / "models").symlink_to(home.root / "models")
    return own


def _tell_who_may_log_in(shown: Demonstration) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("log in as", "password", "to see"):
        table.add_column(column)
    for login, sees in _SEES.items():
        table.add_row(login, shown.people.passwords[login], sees)
    _console.print(Panel(table, title=f"DEMONSTRATION – {shown.system.address}", expand=False), highlight=False)


_SEES: Final = {
    cast.VISITORS[0]: "the alert that is left for you …",
    cast.VISITORS[1]: "… and your colleague: it takes two",
    cast.PATROL: "what was handed to it, as on a telephone",
    cast.APPLICANT: "the application for a warrant",
    cast.LEGAL_OFFICER: "warrants, leases, the stop button",
    cast.AUDITOR: "the log, every proof, every refusal",
    cast.SITE_MANAGER: "the region's cameras, and never a face",
    cast.ADMINISTRATOR: "accounts, and nothing else",
}


def _show(expectations: list[Expectation]) -> None:
    for expectation in expectations:
        mark = "[green]held[/green]" if expectation.held else "[bold red]did not hold[/bold red]"
        _console.print(f"  {mark} {expectation.name} ({expectation.detail})", highlight=False)


def _say(words: str) -> None:
    _console.print(f"[bold]·[/bold] {words}", highlight=False)


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Turn an expected failure into one sentence and exit status 1."""
    try:
        yield
    except _EXPECTED as error:
        typer.secho(str(error), err=True, fg=typer.colors.RED)
        raise typer.Exit(1) from error
