"""`insyn search`: search one recording at the site, under a search that was asked for and approved (A12)."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from contracts.search_records import SearchEnding
from insyn.commands.signing import OUT, stop
from insyn.errors import InsynError
from insyn.home import at_home
from insyn.recording_at_hand import take_recording
from matcher.models.shipped_profiles import DEFAULT_PROFILE

app = typer.Typer(no_args_is_help=True)

_PASSED_ON: Final = ("HOME", "LANG", "PATH", "TMPDIR", "VIRTUAL_ENV")
_SAID: Final = {
    SearchEnding.COMPLETE: "The recording was searched to its end.",
    SearchEnding.CUT_SHORT: "The recording is damaged or truncated; what could be read of it was searched.",
    SearchEnding.FAILED: "The search failed; nothing was told.",
    SearchEnding.LONGER_THAN_SAID: "The recording runs on after the approved time; what came later was not looked at.",
    SearchEnding.OUT_OF_TIME: "The order ended, or was taken back, before the search did; take a shorter recording.",
    SearchEnding.RECORDING_CHANGED: "The file changed while it was searched; nothing of it was told.",
    SearchEnding.STOPPED: "Somebody pressed stop at this site; nothing was told.",
    SearchEnding.UNREADABLE: "Not one picture could be read; this is no film, or it is damaged.",
}

_File = Annotated[
    str,
    typer.Argument(help="The recording: one video file on this machine, whose name names nobody.", show_default=False),
]


@app.callback()
def search() -> None:
    """Search a recording afterwards (A12): one file, one person, one search. Nothing live."""


@app.command()
def recording(
    file: _File,
    *,
    search_id: Annotated[str, typer.Option("--search", help="The approved search, as the console names it.")],
    site: Annotated[str, typer.Option("--site", help="This site's id.")],
    governance: Annotated[str, typer.Option("--governance", help="The address of governance, https://…")],
    home: Annotated[
        Path | None, typer.Option("--home", help="The site's data folder; INSYN_HOME if not given.")
    ] = None,
    profile: Annotated[str, typer.Option(help="The model profile of the warrant.")] = DEFAULT_PROFILE,
    threads: Annotated[int, typer.Option(min=1, max=64, help="Threads of the models.")] = 1,
) -> None:
    """Search one recording, once.

    Somebody asked for it in the console with the file's hash, and a legal officer approved it. Governance writes into
    the log what is searched for before it answers with the order; without the order nothing is read. What is found goes
    to two reviewers, as every candidate does; here only numbers are shown.
    """
    try:
        folder = at_home(home)
        path = take_recording(file).source.location
    except InsynError as error:
        raise stop(error) from error
    settings = {
        "INSYN_SEARCH_HOME": str(folder.root),
        "INSYN_SEARCH_SITE_ID": site,
        "INSYN_SEARCH_GOVERNANCE_URL": governance,
        "INSYN_SEARCH_PROFILE": profile,
        "INSYN_SEARCH_THREADS": str(threads),
        "INSYN_SEARCH_SEARCH_ID": search_id,
        "INSYN_SEARCH_RECORDING": path,
    }
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    ended = subprocess.run(  # our own program, without a shell
        [sys.executable, "-m", "insyn.search_service"],
        env={**passed_on, **settings},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise stop(InsynError(_last_line(ended.stderr)))
    _show(json.loads(_last_line(ended.stdout)))


@app.command("hash")
def hash_recording(file: _File) -> None:
    """Print the SHA-256 of a recording, as whoever asks for its search enters it."""
    try:
        OUT.print(take_recording(file).sha256)
    except InsynError as error:
        raise stop(error) from error


def _show(counts: dict[str, object]) -> None:
    ending = SearchEnding(str(counts["ending"]))
    OUT.print(_SAID[ending])
    OUT.print(
        f"Frames {counts['frames']}, faces {counts['faces']}, compared {counts['compared']}, "
        f"candidates for two reviewers {counts['candidates']}."
    )
    if ending is not SearchEnding.COMPLETE:
        raise typer.Exit(3)


def _last_line(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1] if lines else "The search ended without a word; run it again."
