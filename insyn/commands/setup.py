"""`insyn setup`: everything that is built once under INSYN_HOME, with progress; what is there already takes no time."""

from collections.abc import Callable
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from insyn.demonstration.errors import DemonstrationMaterialError
from insyn.demonstration.footage import Footage, render_footage
from insyn.demonstration.photographs import Photograph, prepare_photographs
from insyn.errors import InsynError
from insyn.home import open_home
from matcher.errors import MatcherError
from matcher.models.dlib_weights.build import RECIPES, build_models
from matcher.models.shipped_profiles import shipped_profile
from matcher.models.store import ModelStore

Report = Callable[[int, int], None]


def setup() -> None:
    """Build the models, fetch the demonstration's photographs and render its camera, where they are missing."""
    try:
        home = open_home()
        with _progress() as progress:
            prepare_models(home.root, _reporting(progress, "building the models"))
            prepare_demonstration(home.root, progress)
    except (InsynError, MatcherError, DemonstrationMaterialError) as error:
        typer.secho(str(error), err=True, fg=typer.colors.RED)
        raise typer.Exit(1) from error


def prepare_models(home: Path, report: Report) -> None:
    """Build the ONNX models of the default profile into the store of this home, where they are missing."""
    store = ModelStore(home)
    bound = frozenset(file.sha256 for file in shipped_profile().files.values())
    if all(store.has(sha256) for sha256 in bound):
        report(len(RECIPES), len(RECIPES))
        return
    report(0, len(RECIPES))
    for done, _ in enumerate(build_models(store, bound), start=1):
        report(done, len(RECIPES))


def prepare_demonstration(home: Path, progress: Progress) -> tuple[tuple[Photograph, ...], Footage]:
    """Fetch the photographs and render the camera, where they are missing."""
    photographs = prepare_photographs(home, report=_reporting(progress, "fetching the photographs"))
    footage = render_footage(home, photographs, report=_reporting(progress, "rendering the camera"))
    return photographs, footage


def _progress() -> Progress:
    columns = (TextColumn("{task.description:<26}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))


def _reporting(progress: Progress, words: str) -> Report:
    task = progress.add_task(words, total=None)

    def report(done: int, of: int) -> None:
        progress.update(task, completed=done, total=of)

    return report
