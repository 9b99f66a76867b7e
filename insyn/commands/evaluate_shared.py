"""What the commands of `insyn evaluate` share: their options, progress, files that are whole or not there, refusals."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.errors import BenchmarkError
from contracts.errors import ContractError
from insyn.commands.signing import stop
from insyn.errors import InsynError
from insyn.home import at_home
from insyn.whole_files import require_place, write_whole
from matcher.errors import MatcherError
from matcher.models.shipped_profiles import shipped_profile
from matcher.models.store import ModelStore

if TYPE_CHECKING:
    from benchmarks.accuracy.embedding_run import Embedded
    from benchmarks.data.pictures import PictureSet

_FIGURES: Final = "The figures"


def _shipped(name: str) -> str:
    """Ask whether there is such a profile before another one is run for hours beside it."""
    if name:
        try:
            shipped_profile(name)
        except MatcherError as error:
            raise stop(error) from error
    return name


ProfileName = Annotated[
    str,
    typer.Option("--profile", callback=_shipped, help="Which chain of models; `insyn models list` names them."),
]
Data = Annotated[
    Path,
    typer.Option("--data", exists=True, file_okay=False, help="The folder with one for each set: `lfw`, `utkface` …"),
]


def _placed(path: Path | None) -> Path | None:
    """Ask for the place before anything is measured: what was measured for hours is not lost by a slip of the pen."""
    if path is not None:
        try:
            require_place(path, _FIGURES)
        except InsynError as error:
            raise stop(error) from error
    return path


Out = Annotated[
    Path | None,
    typer.Option("--json", dir_okay=False, callback=_placed, help="Write everything that was found here."),
]
Home = Annotated[Path | None, typer.Option("--home", help="The system's folder; INSYN_HOME, or ./var, else.")]
Judge = Annotated[
    str,
    typer.Option("--overlap-by", callback=_shipped, help="The other chain, by which shared people are found."),
]


def lfw(data: Path) -> "PictureSet":
    """LFW out of the folder of all sets."""
    from benchmarks.data.lfw import open_lfw  # noqa: PLC0415

    return open_lfw(folder(data, "lfw"))


def folder(data: Path, name: str) -> Path:
    """The folder of one set.

    Raises:
        InsynError: it is not there.
    """
    found = data / name
    if not found.is_dir():
        raise InsynError(f"There is no folder {name} in {data}; download the set and put it there.")
    return found


def embedded(pictures: "PictureSet", name: str, home: Path | None) -> "Embedded":
    """A whole set through a profile's chain, with progress; what was done before is not done again.

    Raises:
        InsynError: no face was found in any picture, so that whatever is counted would be made of nothing.
    """
    from benchmarks.accuracy.embedding_run import embed  # noqa: PLC0415

    root = at_home(home).root
    with progress(f"{pictures.sheet.name} by {name}") as shown:
        cache = root / "evaluation" / "templates"
        found = embed(pictures, shipped_profile(name), ModelStore(root), cache=cache, progress=shown)
    if not found.detected.any():
        raise InsynError(
            f"{name} found no face in any of the {len(found.pictures):,} pictures of {pictures.sheet.name}; "
            "look at the pictures, and whether they belong to the set."
        )
    return found


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, everything: bar.update(task, completed=done, total=everything)


def write(path: Path | None, found: dict[str, Any]) -> None:
    """What was found, as JSON, where a file was asked for."""
    if path is not None:
        text = json.dumps(found, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False) + "\n"
        write_whole(path, text.encode(), _FIGURES)


@contextmanager
def refusals() -> Iterator[None]:
    """What cannot be measured is one sentence."""
    try:
        yield
    except (BenchmarkError, ContractError, InsynError, MatcherError) as error:
        raise stop(error) from error
