"""`insyn evaluate accuracy|identify|bias`: the runs on public sets of faces, with progress, and their files."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from benchmarks.errors import BenchmarkError
from contracts.errors import ContractError
from governance.adapters.system import SystemClock
from insyn.commands.signing import stop
from insyn.errors import InsynError
from insyn.home import at_home
from matcher.errors import MatcherError
from matcher.models.shipped_profiles import DEFAULT_PROFILE, shipped_profile
from matcher.models.store import ModelStore

if TYPE_CHECKING:
    from benchmarks.accuracy.embedding_run import Embedded
    from benchmarks.accuracy.overlap import Overlap
    from benchmarks.data.pictures import DataSheet, PictureSet
    from benchmarks.metrics.rates import Rate

ProfileName = Annotated[str, typer.Option("--profile", help="Which chain of models; `insyn models list` names them.")]
Data = Annotated[
    Path,
    typer.Option("--data", exists=True, file_okay=False, help="The folder that holds `lfw` and, for bias, `utkface`."),
]
Out = Annotated[Path | None, typer.Option("--json", dir_okay=False, help="Write everything that was found here.")]
Home = Annotated[Path | None, typer.Option("--home", help="The system's folder; INSYN_HOME, or ./var, else.")]
Judge = Annotated[str, typer.Option("--overlap-by", help="The other chain, by which shared people are found.")]


def accuracy(*, data: Data, profile: ProfileName = DEFAULT_PROFILE, json_file: Out = None, home: Home = None) -> None:
    """Run LFW View 2 through the product's own detector, landmarks, alignment and embedder."""
    with _refusals():
        from benchmarks.accuracy import results  # noqa: PLC0415  # it takes a second, which no other command waits
        from benchmarks.accuracy.view2 import view2  # noqa: PLC0415
        from benchmarks.data.lfw import read_pairs  # noqa: PLC0415

        pictures = _lfw(data)
        folds = read_pairs(_folder(data, "lfw") / "pairs.txt", pictures)
        embedded = _embedded(pictures, profile, home)
        found = view2(embedded, folds)
        _write(json_file, results.of_run(embedded, [pictures.sheet], lfw_view2=results.of_view2(found)))
    console = Console()
    console.print(
        f"LFW View 2, {embedded.profile.name}: accuracy {found.accuracy:.4f} ± {found.standard_error:.4f} (S_E), "
        f"{found.errors} wrong of {found.pairs} pairs, {found.failures_to_detect} pictures without a face.",
        highlight=False,
    )
    console.print("It says that the chain is put together rightly, and nothing about who passes a camera.")


def identify(*, data: Data, profile: ProfileName = DEFAULT_PROFILE, json_file: Out = None, home: Home = None) -> None:
    """Look for people of a list among others: ten seeds, three lengths, thresholds chosen on other people."""
    with _refusals():
        from benchmarks.accuracy import results  # noqa: PLC0415
        from benchmarks.accuracy.identification_run import identify as run  # noqa: PLC0415

        pictures = _lfw(data)
        embedded = _embedded(pictures, profile, home)
        with _progress("searching") as progress:
            found = run(embedded, progress=progress)
        _write(json_file, results.of_run(embedded, [pictures.sheet], identification=results.of_lists(found)))
    table = Table(title=f"Watchlists from LFW, {profile}: at the profile's own threshold")
    for column in ("people on the list", "FPIR, seeds", "people ever alarmed", "FNIR, seeds"):
        table.add_column(column)
    for one in found:
        false, missed = one.fpir_range, one.fnir_range
        table.add_row(
            f"{one.enrolled:,}",
            f"{_one_in(false[0])} to {_one_in(false[1])}",
            _counted(one.people_ever_alarmed),
            f"{missed[0]:.3f} to {missed[1]:.3f}",
        )
    Console().print(table)


def bias(
    *,
    data: Data,
    profile: ProfileName = DEFAULT_PROFILE,
    other: Judge = "",
    enrolled: Annotated[int, typer.Option("--list", min=1, help="People on the list.")] = 1000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Whom the list holds.")] = 1,
    target: Annotated[
        float, typer.Option("--target", min=1e-6, max=0.5, help="The rate that a group must be large enough to show.")
    ] = 1e-3,
    json_file: Out = None,
    home: Home = None,
) -> None:
    """Count false alarms by sex, ethnicity and age: people of UTKFace against a list from LFW.

    Some people are in both sets. They are looked for, left out, and counted beside.
    """
    with _refusals():
        from benchmarks.accuracy import bias_run, results  # noqa: PLC0415

        sets = _both_sets(data, profile, other, home)
        best = bias_run.best_scores(sets.probes, sets.listed, bias_run.list_of(sets.listed, enrolled, seed))
        threshold = sets.probes.profile.comparison.least_likeness
        found = bias_run.measure(sets.probes, best, sets.overlap, threshold=threshold, enrolled=enrolled, target=target)
        told = {**results.of_bias(found, sets.overlap), "overlap_by": sets.judge, "seed": seed}
        _write(json_file, results.of_run(sets.probes, sets.sheets, bias=told))
    table = Table(title=f"False alarms of a list of {enrolled:,}, {profile}; worst first")
    for column in ("group", "people", "alarms", "rate", "95 % interval", "with overlap", "no template", "standing"):
        table.add_column(column)
    for one in _two_labels(found.crossings):
        false, whole = one.without_overlap.rate, one.with_overlap.rate
        table.add_row(
            one.name,
            f"{false.denominator:,}",
            f"{false.numerator}",
            _one_in(false.value),
            _interval(false),
            f"{whole.numerator} of {whole.denominator}",
            _counted(one.not_acquired),
            one.without_overlap.status.value,
        )
    Console().print(table)


def report(
    *,
    data: Data,
    out: Annotated[Path, typer.Option("--out", file_okay=False, help="The folder that the report is written into.")],
    profile: ProfileName = DEFAULT_PROFILE,
    other: Judge = "",
    measured_on: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="The day that the report bears; today.")
    ] = None,
    home: Home = None,
) -> None:
    """Run everything and write the report: HTML for people, JSON for machines, each plot as SVG."""
    with _refusals():
        from benchmarks.accuracy.evaluation import Material, evaluate  # noqa: PLC0415
        from benchmarks.data.lfw import read_pairs  # noqa: PLC0415
        from benchmarks.report.files import report_files  # noqa: PLC0415

        folds = read_pairs(_folder(data, "lfw") / "pairs.txt", _lfw(data))
        sets = _both_sets(data, profile, other, home)
        material = Material(sets.listed, folds, sets.probes, sets.overlap, sets.sheets)
        day = (measured_on or SystemClock().now()).date()
        with _progress("searching") as progress:
            found = evaluate(material, measured_on=day, progress=progress)
        for name, content in report_files(found).items():
            _write_bytes(out / name, content)
    typer.echo(f"{found['gate']['verdict']}. The report lies in {out}; begin with evaluation.html.")


class _BothSets(NamedTuple):
    """LFW and UTKFace by the profile that is measured, and what they share by the one that judges that."""

    listed: "Embedded"
    probes: "Embedded"
    overlap: "Overlap"
    sheets: tuple["DataSheet", ...]
    judge: str


def _both_sets(data: Path, profile: str, other: str, home: Path | None) -> _BothSets:
    from benchmarks.accuracy.overlap import find_overlap  # noqa: PLC0415
    from benchmarks.data.utkface import open_utkface  # noqa: PLC0415

    judge = other or ("yunet-retail0095" if profile == DEFAULT_PROFILE else DEFAULT_PROFILE)
    if judge == profile:
        raise InsynError("Shared people are found by another chain than the one that is measured; name one.")
    gallery, people = _lfw(data), open_utkface(_folder(data, "utkface"))
    overlap = find_overlap(_embedded(people, judge, home), _embedded(gallery, judge, home))
    listed, probes = _embedded(gallery, profile, home), _embedded(people, profile, home)
    return _BothSets(listed, probes, overlap, (gallery.sheet, people.sheet), judge)


def _two_labels(crossings: Sequence[Any]) -> Sequence[Any]:
    """The groups of sex and ethnicity crossed, which is what is looked at first."""
    return next((one.groups for one in crossings if one.labels == ("ethnicity", "sex")), crossings[-1].groups)


def _counted(rate: "Rate") -> str:
    return f"{rate.numerator} of {rate.denominator}"


def _one_in(rate: float | None) -> str:
    return "–" if rate is None else (f"1 in {1 / rate:,.0f}" if rate else "none")


def _interval(rate: "Rate") -> str:
    interval = rate.interval
    return "–" if interval is None else f"{_one_in(interval.upper)} to {_one_in(interval.lower)}"


def _lfw(data: Path) -> "PictureSet":
    from benchmarks.data.lfw import open_lfw  # noqa: PLC0415

    return open_lfw(_folder(data, "lfw"))


def _folder(data: Path, name: str) -> Path:
    folder = data / name
    if not folder.is_dir():
        raise InsynError(f"There is no folder {name} in {data}; download the set and put it there.")
    return folder


def _embedded(pictures: "PictureSet", name: str, home: Path | None) -> "Embedded":
    from benchmarks.accuracy.embedding_run import embed  # noqa: PLC0415

    folder = at_home(home).root
    with _progress(f"{pictures.sheet.name} by {name}") as progress:
        cache = folder / "evaluation" / "templates"
        return embed(pictures, shipped_profile(name), ModelStore(folder), cache=cache, progress=progress)


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, everything: bar.update(task, completed=done, total=everything)


def _write(path: Path | None, found: dict[str, Any]) -> None:
    if path is not None:
        text = json.dumps(found, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False) + "\n"
        _write_bytes(path, text.encode())


def _write_bytes(path: Path, content: bytes) -> None:
    """All or nothing: a file that is half written would be believed."""
    beside = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        raise InsynError(f"The figures cannot be written to {path}: {error.strerror}.") from error


@contextmanager
def _refusals() -> Iterator[None]:
    """What cannot be measured is one sentence."""
    try:
        yield
    except (BenchmarkError, ContractError, InsynError, MatcherError) as error:
        raise stop(error) from error
