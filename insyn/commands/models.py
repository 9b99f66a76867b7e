"""`insyn models`: build the default models, fetch published ones, list all files, add one that was carried in."""

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from contracts.errors import ContractError
from contracts.model_profile import ModelProfile
from insyn import downloads
from insyn.downloads import Published
from insyn.errors import InsynError
from insyn.home import Home
from insyn.published_files import MODELS
from matcher.errors import MatcherError, ModelRefused
from matcher.models.dlib_weights.build import RECIPES, Built, build_models
from matcher.models.shipped_profiles import shipped_names, shipped_profile
from matcher.models.store import LARGEST_BYTES, ModelStore, check_self_contained

app = typer.Typer(no_args_is_help=True)

_HomeOption = Annotated[
    Path | None, typer.Option("--home", help="The system's folder; INSYN_HOME, or ./var, where not given.")
]
_JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON array.")]


@app.command()
def build(*, home: _HomeOption = None) -> None:
    """Build the default profile's models from dlib's weights (package face_recognition_models). Takes seconds."""
    try:
        for built in build_default_models(_home(home)):
            typer.echo(f"{built.source}  {built.source_sha256[:16]}…  →  {built.sha256[:16]}…  {built.size:,} bytes")
    except (MatcherError, ContractError) as error:
        raise _failure(error) from error


@app.command("list")
def list_files(*, home: _HomeOption = None, as_json: _JsonOption = False) -> None:
    """Name every model file with path, hash, licence and the profiles that bind it."""
    try:
        rows = _rows(_home(home))
    except (MatcherError, ContractError) as error:
        raise _failure(error) from error
    if as_json:
        typer.echo(json.dumps(rows, sort_keys=True))
        return
    _print_table(rows)


@app.command()
def add(
    file: Annotated[Path, typer.Argument(help="An ONNX file that a profile binds by its SHA-256.")],
    *,
    home: _HomeOption = None,
) -> None:
    """Check a model file and copy it into the store under its SHA-256. One that nothing here names is refused."""
    try:
        content = _read(file)
        check_self_contained(content)
        _require_named(hashlib.sha256(content).hexdigest())
        sha256 = ModelStore(_home(home).root).add(content)
    except (MatcherError, ContractError) as error:
        raise _failure(error) from error
    typer.echo(f"Added {sha256}.")
    typer.echo(_who_binds(sha256))


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help=f"One of: {', '.join(MODELS)}.")],
    *,
    home: _HomeOption = None,
) -> None:
    """Fetch a published model file, believed by its SHA-256 alone, and add it. What breaks off is taken up again."""
    try:
        sha256 = fetch_model(name, _home(home), MODELS)
    except (MatcherError, ContractError, InsynError) as error:
        raise _failure(error) from error
    typer.echo(f"Added {sha256}.")
    typer.echo(_who_binds(sha256))


def fetch_model(name: str, home: Home, published: Mapping[str, Published]) -> str:
    """Bring a published file into the store and return its SHA-256; nothing is asked for that is there.

    Raises:
        InsynError: nothing is published under this name, or the download was refused or broke off.
        ModelRefused: the file is no model that the store takes.
    """
    if name not in published:
        raise InsynError(f"No model file is published as {name!r} here; there are: {', '.join(published)}.")
    file, store = published[name], ModelStore(home.root)
    if not store.has(file.sha256):
        with bytes_progress(file.name) as progress:
            came = downloads.fetch(file, home.root / "downloads", progress=progress)
        store.add(_read(came))
        came.unlink()
    return file.sha256


@contextmanager
def bytes_progress(what: str) -> Iterator[downloads.Progress]:
    """A bar of bytes on standard error, where that is a terminal."""
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda have, whole: bar.update(task, completed=have, total=whole)


def build_default_models(home: Home) -> list[Built]:
    """Build the models of the default profile into the store, showing progress on a terminal.

    Raises:
        MatcherError: dlib's weights are missing or other than the published ones.
    """
    bound = frozenset(file.sha256 for file in shipped_profile().files.values())
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    console = Console(stderr=True)
    done = []
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Building models", total=len(RECIPES))
        for built in build_models(ModelStore(home.root), bound):
            done.append(built)
            progress.advance(task)
    return done


def _home(given: Path | None) -> Home:
    return Home((given or Path(os.environ.get("INSYN_HOME") or "var")).absolute())


def _failure(error: MatcherError | ContractError | InsynError) -> typer.Exit:
    sys.stderr.write(f"{error}\n")
    return typer.Exit(1)


def _read(file: Path) -> bytes:
    try:
        if file.stat().st_size > LARGEST_BYTES:
            raise ModelRefused(f"The model file is larger than {LARGEST_BYTES // 2**20} MiB.")
        return file.read_bytes()
    except OSError as error:
        raise ModelRefused("This model file cannot be read; check its name and its permissions.") from error


def _require_named(sha256: str) -> None:
    if sha256 not in _bound() and all(file.sha256 != sha256 for file in MODELS.values()):
        raise ModelRefused(
            f"No profile names this file, SHA-256 {sha256}; only what a profile binds, or `insyn models fetch` names, "
            "is taken."
        )


def _who_binds(sha256: str) -> str:
    binding = [profile.name for profile, _part in _bound().get(sha256, [])]
    return f"Bound by: {', '.join(binding)}." if binding else "No shipped profile binds it."


def _bound() -> dict[str, list[tuple[ModelProfile, str]]]:
    """Which shipped profiles bind which hash, and as which part."""
    found: dict[str, list[tuple[ModelProfile, str]]] = {}
    for profile in map(shipped_profile, shipped_names()):
        for part, file in profile.files.items():
            found.setdefault(file.sha256, []).append((profile, part))
    return found


def _rows(home: Home) -> list[dict[str, object]]:
    store = ModelStore(home.root)
    bound = _bound()
    rows = []
    for sha256 in sorted({*bound, *store.stored()}):
        bindings = bound.get(sha256, [])
        rows.append(
            {
                "sha256": sha256,
                "path": str(store.path(sha256)),
                "present": store.has(sha256),
                "licence": bindings[0][0].files[bindings[0][1]].licence if bindings else None,
                "part": bindings[0][1] if bindings else None,
                "profiles": [profile.name for profile, _part in bindings],
            }
        )
    return rows


def _print_table(rows: list[dict[str, object]]) -> None:
    table = Table("Part", "Profiles", "Licence", "Present", "SHA-256")
    for row in rows:
        profiles = row["profiles"]
        table.add_row(
            str(row["part"] or "–"),
            ", ".join(profiles) if isinstance(profiles, list) and profiles else "none",
            str(row["licence"] or "unknown"),
            "yes" if row["present"] else "no",
            f"{str(row['sha256'])[:16]}…",
        )
    Console().print(table)
