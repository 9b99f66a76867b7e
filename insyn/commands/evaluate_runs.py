"""The runs of `insyn evaluate` on public sets of faces, with progress, and their files."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import structlog
import typer
from rich.console import Console
from rich.table import Table

from governance.adapters.system import SystemClock
from insyn.commands.evaluate_sets import (
    LabelsFrom,
    OpenSetName,
    ProbesName,
    identify_in_own_gallery,
    people_with_groups,
)
from insyn.commands.evaluate_shared import Data, Home, Judge, Out, ProfileName
from insyn.commands.evaluate_shared import embedded as _embedded
from insyn.commands.evaluate_shared import folder as _folder
from insyn.commands.evaluate_shared import lfw as _lfw
from insyn.commands.evaluate_shared import progress as _progress
from insyn.commands.evaluate_shared import refusals as _refusals
from insyn.commands.evaluate_shared import write as _write
from insyn.errors import InsynError
from insyn.home import at_home
from insyn.whole_files import require_place, write_whole
from matcher.models.shipped_profiles import DEFAULT_PROFILE, shipped_profile
from matcher.models.store import ModelStore

if TYPE_CHECKING:
    from benchmarks.accuracy.embedding_run import Embedded
    from benchmarks.accuracy.overlap import Overlap
    from benchmarks.accuracy.sensitivity_run import Row
    from benchmarks.accuracy.stream_count import StreamResult
    from benchmarks.data.pictures import DataSheet, PictureSet
    from benchmarks.metrics.rates import Rate

PUBLISHED = (DEFAULT_PROFILE, "yunet-retail0095")
"""The profiles whose reports lie in docs/evaluation."""
_SCORES: Final = "The scores"
Day = Annotated[
    datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="The day that the report bears; today.")
]


def identify(
    *,
    data: Data,
    profile: ProfileName = DEFAULT_PROFILE,
    name: OpenSetName = "lfw",
    json_file: Out = None,
    home: Home = None,
) -> None:
    """Look for people of a list among others: ten seeds, three lengths, thresholds chosen on other people.

    Or SurvFace's own gallery and probes, with thresholds as its protocol has them.
    """
    if name != "lfw":
        identify_in_own_gallery(data, profile, name, json_file, home)
        return
    with _refusals():
        from benchmarks.accuracy import results  # noqa: PLC0415
        from benchmarks.accuracy.calibration import halved_by  # noqa: PLC0415
        from benchmarks.accuracy.identification_run import identify as run  # noqa: PLC0415

        pictures = _lfw(data)
        embedded = _embedded(pictures, profile, home)
        with _progress("searching") as progress:
            found = run(embedded, halved_by=halved_by(embedded.profile), progress=progress)
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
    probes: ProbesName = "utkface",
    labels: LabelsFrom = "annotated",
    enrolled: Annotated[int, typer.Option("--list", min=1, help="People on the list.")] = 1000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Whom the list holds.")] = 1,
    target: Annotated[
        float, typer.Option("--target", min=1e-6, max=0.5, help="The rate that a group must be large enough to show.")
    ] = 1e-3,
    json_file: Out = None,
    home: Home = None,
) -> None:
    """Count false alarms by sex, ethnicity and age: people of UTKFace, or of another set, against a list from LFW.

    Who is known by name is searched for once, by one picture. Some people are in both sets. They are looked for, left
    out, and counted beside.
    """
    with _refusals():
        from benchmarks.accuracy import bias_run, results  # noqa: PLC0415

        sets = _sets_of(data, people_with_groups(data, probes, labels), profile, other, home)
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


def calibrate(
    *,
    data: Data,
    profile: ProfileName = DEFAULT_PROFILE,
    target: Annotated[float, typer.Option("--target", min=1e-6, max=0.5, help="The FPIR to keep.")] = 1e-3,
    enrolled: Annotated[int, typer.Option("--list", min=1, help="People on the list.")] = 1000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Who calibrates, and who is on the lists.")] = 1,
    another_set: Annotated[
        bool, typer.Option("--on-another-set", help="Search for people of UTKFace to calibrate: for a claim.")
    ] = False,
    other: Judge = "",
    json_file: Out = None,
    home: Home = None,
) -> None:
    """Choose the threshold for a false-alarm rate on half of LFW's people, and count on the other half.

    What is written is a record for the profile. Where too few people were searched for, no threshold is named.
    """
    with _refusals():
        from benchmarks.accuracy import calibration, results  # noqa: PLC0415

        asked = {"enrolled": enrolled, "seed": seed}
        if another_set:
            sets = _both_sets(data, profile, other, home)
            embedded, sheets = sets.listed, sets.sheets
            found = calibration.calibrate_on_set(sets.probes, sets.overlap, embedded, target=target, **asked)
        else:
            pictures = _lfw(data)
            embedded, sheets = _embedded(pictures, profile, home), (pictures.sheet,)
            found = calibration.calibrate_on_half(embedded, target=target, **asked)
        told = calibration.of_calibration(found, embedded.profile)
        _write(json_file, results.of_run(embedded, sheets, calibration=told))
    console = Console()
    if found.record is None or found.on_others is None:
        console.print(f"Not resolvable. {found.threshold.reason}", highlight=False)
        return
    false, missed = found.on_others.fpir.system, found.on_others.fnir.system
    typer.echo(calibration.as_toml(found.record))
    console.print(
        f"Chosen on {found.record.people:,} people, {found.record.false_alarms} of whom alarm. On others: "
        f"{_counted(false)} alarm, and {_counted(missed)} pictures of people on the list are missed.",
        highlight=False,
    )


def sensitivity(
    *, data: Data, profile: ProfileName = DEFAULT_PROFILE, json_file: Out = None, home: Home = None
) -> None:
    """Change one thing at a time: threshold, face size, blur, compression, light, quality gate."""
    with _refusals():
        from benchmarks.accuracy import results  # noqa: PLC0415
        from benchmarks.metrics.plain_values import plain  # noqa: PLC0415

        pictures = _lfw(data)
        embedded = _embedded(pictures, profile, home)
        found = _sensitivity(pictures, embedded, home)
        _write(json_file, results.of_run(embedded, [pictures.sheet], sensitivity=plain(found)))
    table = Table(title=f"One thing changed at a time, {profile}: people of LFW")
    for column in ("what", "level", "not on the list, flagged", "on it, missed", "no search"):
        table.add_column(column)
    for one in found:
        flagged, missed = f"{one.false_alarms} of {one.searches}", f"{one.missed} of {one.listed_searches}"
        table.add_row(one.what, f"{one.level} {one.unit}".strip(), flagged, missed, f"{one.not_acquired}")
    Console().print(table)


def stream(*, data: Data, profile: ProfileName = DEFAULT_PROFILE, json_file: Out = None, home: Home = None) -> None:
    """Let the whole product look at a film of people who pass, under an authority of the run's own.

    The film is made of pictures of LFW in a temporary folder, and ends with the run. Who passes when is known.
    """
    with _refusals():
        from benchmarks.accuracy import results  # noqa: PLC0415
        from benchmarks.accuracy.stream_count import of_stream  # noqa: PLC0415

        pictures = _lfw(data)
        embedded = _embedded(pictures, profile, home)
        found = _stream(pictures, embedded, home)
        told = of_stream(found)
        _write(json_file, results.of_run(embedded, [pictures.sheet], stream=told))
    console = Console()
    console.print(
        f"{_counted(found.found)} passes of people on the list found; {_counted(found.others_alarmed)} passes of "
        f"others flagged; {found.false_alerts} false alerts in {told['camera_hours']:.3f} camera-hours; "
        f"{found.broken_passes} passes whose track broke, counted once; {found.never_compared} never compared.",
        highlight=False,
    )


def report(
    *,
    out: Annotated[Path, typer.Option("--out", file_okay=False, help="The folder that the report is written into.")],
    data: Annotated[
        Path | None, typer.Option("--data", exists=True, file_okay=False, help="The folder with `lfw` and `utkface`.")
    ] = None,
    numbers: Annotated[
        Path | None,
        typer.Option("--from", exists=True, dir_okay=False, help="An evaluation.json to make the pages of anew."),
    ] = None,
    parts: Annotated[
        list[Path] | None,
        typer.Option("--with", exists=True, dir_okay=False, help="What another run measured; may be given again."),
    ] = None,
    profile: ProfileName = DEFAULT_PROFILE,
    other: Judge = "",
    measured_on: Day = None,
    conditions: Annotated[
        bool, typer.Option("--conditions/--no-conditions", help="Pictures made worse, and a film: minutes more.")
    ] = True,
    pdf: Annotated[bool, typer.Option("--pdf/--no-pdf", help="Write the pages as PDF too.")] = True,
    home: Home = None,
) -> None:
    """Run everything and write the report: HTML and PDF for people, JSON and CSV for machines, each plot as SVG.

    With --from nothing is run: the pages are made anew from the numbers of an earlier run.
    """
    with _refusals():
        from insyn.evaluation_report import read_numbers, require_free, with_parts, write_report  # noqa: PLC0415

        if data is not None and numbers is None:
            require_free(out)
            found = measured(data, profile, other, measured_on, home, conditions=conditions)
        elif numbers is not None and data is None:
            found = read_numbers(numbers)
        else:
            raise InsynError("Give either --data, to measure, or --from, to make the pages anew.")
        missing = write_report(out, with_parts(found, parts or []), pdf=pdf)
    if missing is not None:
        typer.echo(f"insyn: {missing}", err=True)
    typer.echo(f"{found['gate']['verdict']}. The report lies in {out}; begin with evaluation.html.")


def publish(
    *,
    data: Data,
    out: Annotated[Path, typer.Option("--out", file_okay=False, help="The folder with a folder for each profile.")],
    measured_on: Day = None,
    home: Home = None,
) -> None:
    """Measure every published profile and write its report, without PDF, into a folder of its name."""
    with _refusals():
        from insyn.evaluation_report import require_free, write_report  # noqa: PLC0415

        for name in PUBLISHED:
            require_free(out / name)
        for name in PUBLISHED:
            found = measured(data, name, "", measured_on, home)
            write_report(out / name, found, pdf=False)
            typer.echo(f"{name}: {found['gate']['verdict']}.")


def measured(
    data: Path, profile: str, other: str, measured_on: datetime | None, home: Path | None, *, conditions: bool = True
) -> dict[str, Any]:
    """Run everything on one profile, and return what was found; without `conditions`, no worse pictures and no film.

    Raises:
        BenchmarkError, InsynError, MatcherError: something is missing, or cannot be measured.
    """
    from benchmarks.accuracy.evaluation import Material, evaluate  # noqa: PLC0415
    from benchmarks.data.lfw import read_view2  # noqa: PLC0415

    pictures = _lfw(data)
    folds = read_view2(_folder(data, "lfw") / "pairs.txt", pictures)
    sets = _both_sets(data, profile, other, home)
    material = Material(sets.listed, folds, sets.probes, sets.overlap, sets.sheets)
    if conditions:
        rows, film = _sensitivity(pictures, sets.listed, home), _stream(pictures, sets.listed, home)
        material = replace(material, sensitivity=rows, stream=film)
    day = (measured_on or SystemClock().now()).date()
    with _progress("searching") as progress:
        found = evaluate(material, measured_on=day, progress=progress)
    return found | {"bias": {**found["bias"], "overlap_by": sets.judge}}


def scores(
    *,
    data: Data,
    out: Annotated[Path, typer.Option("--out", dir_okay=False, help="The score file.")],
    profile: ProfileName = DEFAULT_PROFILE,
    other: Judge = "",
    measured_on: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="The day that the scores bear; today.")
    ] = None,
    home: Home = None,
) -> None:
    """Write every score that the gate needs, without a name; `insyn evaluate sign-scores` signs it."""
    with _refusals():
        from benchmarks.accuracy.evaluation import Material, scores_of  # noqa: PLC0415
        from benchmarks.accuracy.score_file import sha256_of, to_bytes  # noqa: PLC0415
        from benchmarks.data.lfw import read_view2  # noqa: PLC0415

        require_place(out, _SCORES)
        folds = read_view2(_folder(data, "lfw") / "pairs.txt", _lfw(data))
        sets = _both_sets(data, profile, other, home)
        material = Material(sets.listed, folds, sets.probes, sets.overlap, sets.sheets)
        with _progress("scoring") as progress:
            made = scores_of(material, measured_on=(measured_on or SystemClock().now()).date(), progress=progress)
        content = to_bytes(made)
        write_whole(out, content, _SCORES)
    typer.echo(f"{len(content) / 1e6:,.1f} MB of scores in {out}, SHA-256 {sha256_of(content)}.")
    for part in made.parts:
        typer.echo(f"It rests on the manifest {part.manifest_sha256} of {part.name}.")


def ratios(
    *,
    data: Data,
    profile: ProfileName = DEFAULT_PROFILE,
    sample: Annotated[int, typer.Option("--pictures", min=1, help="How many of LFW's pictures, evenly spread.")] = 200,
    json_file: Out = None,
    home: Home = None,
) -> None:
    """Run pictures of LFW through dlib itself and through the product in turns: how far apart, and how fast.

    dlib takes about half a second for each. Times are never twice the same, so they stand in a file of their own.
    """
    with _refusals():
        from benchmarks.accuracy.beside_dlib import beside_dlib  # noqa: PLC0415

        chain, store = shipped_profile(profile), ModelStore(at_home(home).root)
        with _progress("beside dlib") as progress:
            found = beside_dlib(_lfw(data), chain, store, sample=sample, progress=progress)
        told = {"profile": chain.name, "profile_sha256": chain.profile_sha256, "ratios": found}
        _write(json_file, {"kind": "insyn/evaluation-ratios/1", **told})
    if found["reason"] is not None:
        typer.echo(found["reason"])
        return
    table = Table(title=f"Beside dlib, {found['faces_by_both']} faces, one thread, processor time")
    for column in ("step", "Insyn, ms", "dlib, ms", "times as fast"):
        table.add_column(column)
    for name, one in (*found["steps"].items(), ("whole", found["whole"])):
        table.add_row(name, f"{one['insyn_ms']:.1f}", f"{one['dlib_ms']:.1f}", f"{one['times_as_fast']:.1f}")
    Console().print(table)
    typer.echo(
        f"Boxes lie at most {found['largest_box_difference_px']:g} px apart, chips "
        f"{found['largest_chip_difference']:g} levels of a colour, embeddings "
        f"{found['largest_descriptor_difference']:.1e}."
    )


class _BothSets(NamedTuple):
    """LFW and UTKFace by the profile that is measured, and what they share by the one that judges that."""

    listed: "Embedded"
    probes: "Embedded"
    overlap: "Overlap"
    sheets: tuple["DataSheet", ...]
    judge: str


def _both_sets(data: Path, profile: str, other: str, home: Path | None) -> _BothSets:
    return _sets_of(data, people_with_groups(data, "utkface", ""), profile, other, home)


def _sets_of(data: Path, people: "PictureSet", profile: str, other: str, home: Path | None) -> _BothSets:
    from benchmarks.accuracy.overlap import find_overlap  # noqa: PLC0415

    judge = other or ("yunet-retail0095" if profile == DEFAULT_PROFILE else DEFAULT_PROFILE)
    if judge == profile:
        raise InsynError("Shared people are found by another chain than the one that is measured; name one.")
    gallery = _lfw(data)
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


def _sensitivity(pictures: "PictureSet", embedded: "Embedded", home: Path | None) -> "tuple[Row, ...]":
    from benchmarks.accuracy import sensitivity_run  # noqa: PLC0415

    chosen = sensitivity_run.choose(embedded)
    worse = _embedded(sensitivity_run.worse_pictures(pictures, embedded, chosen), embedded.profile.name, home)
    return sensitivity_run.measure(embedded, worse, chosen)


def _stream(pictures: "PictureSet", embedded: "Embedded", home: Path | None) -> "StreamResult":
    from benchmarks.accuracy import stream_run  # noqa: PLC0415

    # What the worker and the matcher say of their states is not what is measured.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    store = ModelStore(at_home(home).root)
    with TemporaryDirectory() as folder, _progress("film, by all of the product") as progress:
        of = stream_run.cast(pictures, embedded)
        return stream_run.run_stream(of, embedded, store, Path(folder), progress=progress)
