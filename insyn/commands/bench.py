"""`insyn bench`: how fast the parts are on this machine, beside dlib's, the memory of one camera, and the log.

What measures is imported by the command that measures: it takes a second, which no other command should wait.
"""

import json
import os
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from benchmarks.errors import BenchmarkError
from governance.application.errors import GovernanceError
from governance.audit.errors import LogError
from insyn.commands.demo import for_one_check
from insyn.errors import InsynError
from matcher.errors import MatcherError

if TYPE_CHECKING:
    from benchmarks.log.benchmark import Step as LogStep
    from benchmarks.speed.benchmark import Plan
    from benchmarks.speed.benchmark import Step as SpeedStep
    from insyn.stop_benchmark import StopFigures

app = typer.Typer(no_args_is_help=True)

_SHOWN: Final = {True: "met", False: "NOT MET", None: "not measured"}


@app.callback()
def options() -> None:
    """Measure speed and memory on this machine."""


@app.command(
    help=(
        "Measure each stage beside dlib, the whole edge pipeline, and the memory of one camera, in about five minutes."
        "\n\n"
        "Each stage is measured on one thread and on all, in alternating rounds with dlib on the same pictures, each "
        "in a process of its own; the shortest time counts, because other programs can only make work slower. Best "
        "let nothing else run meanwhile. Without the package dlib-bin the ratios are left out."
        "\n\n"
        "Pictures are of real faces: the astronaut of scikit-image, the demonstration's portraits where they are set "
        "up, and those under INSYN_TEST_DATA. docs/benchmarks.md says what each figure means."
    )
)
def speed(
    *,
    json_file: Annotated[
        Path | None, typer.Option("--json", dir_okay=False, help="Write everything that was measured into this file.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A few stages, once: shows that all runs, and its figures mean little.")
    ] = False,
    minutes: Annotated[
        float | None,
        typer.Option("--minutes", min=0.1, max=120, help="Watch the memory for so long; 10 to judge its growth."),
    ] = None,
    home: Annotated[
        Path | None, typer.Option("--home", help="The system's folder; INSYN_HOME, or ./var, where not given.")
    ] = None,
) -> None:
    """Measure, print two tables, and write the report where asked to."""
    if json_file is not None:
        _require_writable(json_file)
    plan = _plan(_home(home), quick=quick, minutes=minutes)
    console = Console()
    report: dict[str, Any] = {"quick": quick}

    def took(measured: Mapping[str, Any]) -> None:
        report.update(measured)
        if json_file is not None:
            _write(json_file, report)

    early = _ended_early(lambda: _measure_speed(plan, console, took), BenchmarkError, MatcherError)
    if "machine" in report:
        _show(report, console)
    _end_with(early)


@app.command(
    help=(
        "Measure the log on durable settings: appends by 64 writers on SQLite and PostgreSQL beside one unbatched "
        "writer, replay, full audit, restart and growth up to a million entries, in about five minutes."
        "\n\n"
        "The logs are made in the folder for temporary files (TMPDIR), which must lie on the disk that is to be "
        "measured, and removed again: about three gigabytes. PostgreSQL is started on a free port where it is "
        "installed. Best let nothing else run meanwhile. docs/benchmarks.md says what each figure means."
    )
)
def log(
    *,
    json_file: Annotated[
        Path | None, typer.Option("--json", dir_okay=False, help="Write the ten figures into this file.")
    ] = None,
    postgresql: Annotated[
        str | None,
        typer.Option("--postgresql", help="Measure on this empty database, and not on a server of its own."),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Short and small: shows that all runs, and its figures mean little.")
    ] = False,
) -> None:
    """Measure, print a table, and write the figures where asked to."""
    from benchmarks.log.benchmark import QUICK, LogBenchmark  # noqa: PLC0415  # see the module
    from benchmarks.log.benchmark import Plan as LogPlan  # noqa: PLC0415

    if json_file is not None:
        _require_writable(json_file)
    console = Console()
    plan = replace(QUICK if quick else LogPlan(), url=postgresql)
    figures: dict[str, float | None] = {}
    remarks: list[str] = []

    def measure() -> None:
        with tempfile.TemporaryDirectory(prefix="insyn-bench-") as folder:
            benchmark = LogBenchmark(plan, Path(folder))

            def took() -> None:
                figures.update(benchmark.report())
                remarks[:] = benchmark.remarks
                if json_file is not None:
                    _write(json_file, figures)

            _run(benchmark.steps(), console, took)

    early = _ended_early(measure, BenchmarkError, LogError)
    if figures:
        _show_log(figures, remarks, console)
    _end_with(early)


def _show_log(figures: Mapping[str, float | None], remarks: Sequence[str], console: Console) -> None:
    from benchmarks.log.targets import TARGETS  # noqa: PLC0415  # see the module

    table = Table("figure", "target", "measured", "", title="The log")
    for target in TARGETS:
        measured = figures[target.key]
        met = target.met_by(measured)
        verdict = "" if met is None and measured is not None else _SHOWN[met]
        table.add_row(target.title, target.wanted, _figure(measured), verdict)
    console.print(table)
    for remark in remarks:
        console.print(remark, highlight=False)


def _plan(home: Path, *, quick: bool, minutes: float | None) -> "Plan":
    from benchmarks.speed.benchmark import Plan, quick_plan  # noqa: PLC0415  # see the module

    data = os.environ.get("INSYN_TEST_DATA")
    test_data = Path(data) if data and Path(data).is_dir() else None
    if quick:
        return quick_plan(home, test_data)
    memory_s = 60.0 if minutes is None else minutes * 60
    return Plan(home=home, test_data=test_data, memory_s=memory_s)


def _home(given: Path | None) -> Path:
    return (given or Path(os.environ.get("INSYN_HOME") or "var")).absolute()


def _measure_speed(plan: "Plan", console: Console, took: Callable[[Mapping[str, Any]], None]) -> None:
    from benchmarks.speed.benchmark import SpeedBenchmark  # noqa: PLC0415  # see the module

    with tempfile.TemporaryDirectory(prefix="insyn-bench-") as folder:
        benchmark = SpeedBenchmark(plan, Path(folder))
        _run(benchmark.steps(), console, lambda: took(benchmark.report()))


def _run(steps: "Sequence[SpeedStep | LogStep]", console: Console, took: Callable[[], None]) -> None:
    with _progress(console) as progress:
        bar = progress.add_task("", total=sum(step.expected_s for step in steps))
        done = 0.0
        for step in steps:
            progress.update(bar, description=step.title)
            begun = done
            done += step.expected_s

            def tick(seconds: float, begun: float = begun, end: float = done) -> None:
                progress.update(bar, completed=min(begun + seconds, end))

            step.run(tick)
            took()
            progress.update(bar, completed=done)


def _ended_early(measure: Callable[[], None], *expected: type[Exception]) -> str:
    """Measure; return the sentence that says what ended it before its end, or nothing."""
    try:
        with _interruptible():
            measure()
    except KeyboardInterrupt:
        return "Interrupted. What was measured until then is told; nothing else was."
    except expected as error:
        return str(error)
    return ""


@contextmanager
def _interruptible() -> Iterator[None]:
    """Have SIGTERM end a measurement as Ctrl-C does, so that its figures are told and nothing is left behind."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end_with(sentence: str) -> None:
    if sentence:
        Console(stderr=True).print(sentence, highlight=False)
        raise typer.Exit(1)


@app.command(
    help=(
        "Measure the time from a legal officer's stop to the last comparison at a site that is reached, and at one "
        "whose line is cut, in about five minutes. It plays the demonstration's beginning in a folder of its own; run "
        "`insyn setup` first. Each round is kept as it comes: whoever interrupts it loses none. Best let nothing else "
        "run meanwhile. docs/benchmarks.md says what each figure means."
    )
)
def stop(
    *,
    rounds: Annotated[int, typer.Option(min=0, max=10_000, help="Rounds at a site that is reached.")] = 200,
    offline_rounds: Annotated[int, typer.Option(min=0, max=100, help="Rounds on a cut line, a minute each.")] = 2,
    json_file: Annotated[
        Path | None, typer.Option("--json", dir_okay=False, help="Write the figures into this file, round by round.")
    ] = None,
) -> None:
    """Measure, print the figures, and write them where asked to."""
    from insyn.stop_benchmark import OFFLINE, ONLINE, StopFigures  # noqa: PLC0415  # see the module

    if json_file is not None:
        _require_writable(json_file)
    console = Console()
    figures = StopFigures(asked={ONLINE: rounds, OFFLINE: offline_rounds})
    measure = partial(_measure_stops, figures, console, json_file)
    early = _ended_early(measure, InsynError, MatcherError, GovernanceError)
    if figures.rounds:
        console.print_json(json.dumps(figures.report()))
    _end_with(early)


def _measure_stops(figures: "StopFigures", console: Console, json_file: Path | None) -> None:
    from insyn.stop_benchmark import measure_stops  # noqa: PLC0415  # see the module

    with for_one_check() as shown, _progress(console) as progress:
        bar = progress.add_task("stop, resume, stop …", total=sum(figures.asked.values()))

        def took() -> None:
            progress.update(bar, completed=figures.rounds)
            if json_file is not None:
                _write(json_file, figures.report())

        measure_stops(shown, figures, took)


def _progress(console: Console) -> Progress:
    columns = (SpinnerColumn(), BarColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _require_writable(path: Path) -> None:
    """Find out before the measurements, not after them, that the report has nowhere to go. No empty file stays."""
    was_there = path.exists()
    try:
        path.open("a", encoding="utf-8").close()
        if not was_there:
            path.unlink()
    except OSError as error:
        raise typer.BadParameter(f"The report cannot be written there: {error.strerror}.") from error


def _write(path: Path, report: Mapping[str, Any]) -> None:
    """Write the report, whole or not at all: it is written anew after each part."""
    partial_file = path.with_name(f"{path.name}.partial")
    try:
        partial_file.write_text(json.dumps(report, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        partial_file.replace(path)
    except OSError as error:
        raise typer.BadParameter(f"The report cannot be written there: {error.strerror}.") from error


def _show(report: Mapping[str, Any], console: Console) -> None:
    console.print(_stage_table(report))
    console.print(_target_table(report))
    machine = report["machine"]
    console.print(f"{machine['cpu']}, {machine['cores']} cores, {machine['ram_gib']} GiB, {machine['os']}.")
    if machine["load_before"][0] > machine["cores"] / 2:
        console.print(
            f"Other programs kept the machine busy (load {machine['load_before'][0]:g} before the first measurement): "
            "on a quiet one the figures are better, those on several threads and of the pipeline most of all."
        )
    for key, sentence in report["reasons"].items():
        console.print(f"{key}: {sentence}", highlight=False)


def _stage_table(report: Mapping[str, Any]) -> Table:
    table = Table(title="Milliseconds by stage (shortest of several calls)")
    for name, justify in (("stage", "left"), ("per", "left"), ("threads", "right")):
        table.add_column(name, justify="right" if justify == "right" else "left")
    for name in ("Insyn", "dlib", "times as fast"):
        table.add_column(name, justify="right")
    for stage, told in report["stages"].items():
        for threads, taken in told["threads"].items():
            dlib = taken.get("dlib")
            table.add_row(
                stage,
                told["per"],
                threads,
                _figure(taken["insyn"]["min_ms"]),
                _figure(dlib["min_ms"] if dlib else None),
                _figure(taken["ratio"]),
            )
    return table


def _target_table(report: Mapping[str, Any]) -> Table:
    table = Table("figure", "target", "measured", "", title="Targets")
    for target in report["targets"]:
        wanted = f"{target['direction']} {target['target']:g} {target['unit']}"
        table.add_row(target["title"], wanted, _figure(target["measured"]), _SHOWN[target["met"]])
    return table


def _figure(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if abs(value) < 1 else f"{value:.1f}"
