"""`insyn edge`: run a worker on one camera, beside a running system."""

import time
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from contracts.errors import ContractError
from contracts.vocabulary import SourceKind
from edge.errors import EdgeError
from edge.source import CameraSource, parse_source
from edge.worker_exit import WorkerExit
from insyn.demonstration.keys import SITE
from insyn.demonstration.register import VISITORS
from insyn.demonstration.volunteer import Volunteering, enrol_volunteer
from insyn.errors import InsynError
from insyn.home import Home, open_home
from insyn.processes import ProcessGroup, Program
from insyn.system import CameraProgram, System, answers
from insyn.worker_state import last_reason, newest_state
from matcher.models.shipped_profiles import DEFAULT_PROFILE

app = typer.Typer(no_args_is_help=True)

_MOST_ATTEMPTS: Final = 3

_console = Console(stderr=True)
_SHOWN: Final = (
    ("stream", "state"),
    ("", "note"),
    ("authorised", "authorised"),
    ("frames analysed", "frames_analysed"),
    ("frames dropped", "frames_dropped"),
    ("faces followed", "tracks_seen"),
    ("of these compared", "tracks_probed"),
    ("seconds for volunteers alone", "seconds_for_volunteers"),
    ("seconds without a warrant", "seconds_without_warrant"),
)


@app.callback()
def edge() -> None:
    """Edge workers: one process reads one camera."""


@app.command()
def run(
    *,
    camera: Annotated[
        str,
        typer.Option(help="A file, a folder of images, a webcam's number, or an RTSP or HTTP address."),
    ],
    camera_id: Annotated[
        str | None,
        typer.Option(help="The camera's id in the register. Under DEMO keys: the visitor's camera of this kind."),
    ] = None,
    profile: Annotated[str, typer.Option(help="The model profile; authorisations of another are refused.")] = (
        DEFAULT_PROFILE
    ),
    site: Annotated[str, typer.Option(help="The site whose matcher runs on this machine.")] = SITE,
    enrol_me: Annotated[
        bool,
        typer.Option("--enrol-me", help="DEMO, webcam only: be enrolled, after consenting, for ten minutes at most."),
    ] = False,
) -> None:
    """Read one camera and send probes to this site's matcher, as long as an authorisation is live.

    Without a warrant, or volunteers on a closed site, nothing is analysed; the time is counted. Under DEMO keys only
    local devices, files and loopback addresses are read, and a live source for ten minutes at most. Ctrl-C ends the
    worker.
    """
    try:
        home, source = open_home(), parse_source(camera)
        name = camera_id or _visitors_camera(source)
        system = System(home=home, site_id=site, cameras=(name,), port=0, profile=profile)
        _require_matcher(system)
        if enrol_me:
            with enrol_volunteer(home, source, _console) as volunteering:
                _read(home, system, CameraProgram(camera_id=name, source=camera, pace=_pace(source)), volunteering)
        else:
            _read(home, system, CameraProgram(camera_id=name, source=camera, pace=_pace(source)), None)
    except (InsynError, EdgeError, ContractError) as error:
        typer.secho(str(error), err=True, fg=typer.colors.RED)
        raise typer.Exit(1) from error


def _require_matcher(system: System) -> None:
    if not answers("http://matcher/health", system.matcher_socket):
        raise InsynError("No matcher runs here: start the system with `make run` in another terminal first.")


def _visitors_camera(source: CameraSource) -> str:
    name = VISITORS.get(source.kind)
    if name is None:
        raise InsynError("The demonstration's register has no camera of this kind; name one with --camera-id.")
    return name


def _pace(source: CameraSource) -> str:
    """A recording waits for its reader, so that no frame of it is dropped; whatever is live does not wait."""
    return "real-time" if source.is_live else "consumer"


def _read(home: Home, system: System, camera: CameraProgram, volunteering: Volunteering | None) -> None:
    program = system.edge(camera)
    words = home.logs / f"{program.name}.log"
    words.unlink(missing_ok=True)
    with ProcessGroup(home.logs) as processes:
        processes.start(program)
        _watch(processes, program, words, parse_source(camera.source), volunteering)
        status = processes.exit_status(program.name)
    state = newest_state(words)
    _console.print()
    if status == WorkerExit.REFUSED and "note" in state:
        raise InsynError(str(state["note"]))
    if status not in {WorkerExit.ENDED, None}:
        raise InsynError(last_reason(words))


def _watch(
    processes: ProcessGroup, program: Program, words: Path, source: CameraSource, volunteering: Volunteering | None
) -> None:
    with Live(console=_console, auto_refresh=False) as live:
        try:
            while processes.is_running(program.name):
                state = newest_state(words)
                live.update(_table(state), refresh=True)
                _give_up_on_a_missing_webcam(state, source)
                if volunteering is not None and volunteering.is_over():
                    return
                time.sleep(0.5)
        except KeyboardInterrupt:
            return
        finally:
            live.update(_table(newest_state(words)), refresh=True)


def _give_up_on_a_missing_webcam(state: dict[str, object], source: CameraSource) -> None:
    """A network camera may come back; a webcam that never opened is not there."""
    attempt = state.get("attempt")
    never = state.get("frames_analysed") == 0 and isinstance(attempt, int) and attempt >= _MOST_ATTEMPTS
    if source.kind is SourceKind.DEVICE and never:
        raise InsynError("This webcam cannot be opened: check its number, and that no other program uses it.")


def _table(state: dict[str, object]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    if state.get("authorised") is False and state.get("state") == "connecting":
        state = {**state, "note": "No warrant is live for this camera: nothing is opened, the time is counted."}
    for words, key in _SHOWN:
        if key in state:
            table.add_row(words, str(state[key]))
    return table
