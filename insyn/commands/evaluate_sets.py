"""`insyn evaluate accuracy|blufr|fetch`: sets of pairs, LFW's other protocol, and LFW itself by address."""

import gzip
import tarfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from insyn import downloads
from insyn.commands.evaluate_shared import (
    Data,
    Home,
    Out,
    ProfileName,
    embedded,
    folder,
    lfw,
    progress,
    refusals,
    write,
)
from insyn.commands.models import bytes_progress
from insyn.downloads import Published
from insyn.errors import InsynError
from insyn.published_files import LFW
from matcher.models.shipped_profiles import DEFAULT_PROFILE

if TYPE_CHECKING:
    from benchmarks.accuracy.blufr import Spread
    from benchmarks.data.pictures import PictureSet
    from benchmarks.metrics.rates import Rate

_UNPACKED_MOST: Final = 1024 * 1024 * 1024
_PIECE: Final = 1024 * 1024

PairsName = Annotated[
    str, typer.Option("--set", help="The set, and its folder: lfw, calfw, cplfw, agedb, cfp, or rfw (race by race).")
]
View = Annotated[int, typer.Option("--view", min=1, max=2, help="LFW's: 2 is reported, 1 is for development.")]
ProbesName = Annotated[
    str, typer.Option("--probes", help="The set, and its folder: utkface, fairface, rfw, bfw, demogpairs or table.")
]
LabelsFrom = Annotated[
    str,
    typer.Option(
        "--labels", help="Who said which group: self-declared, from-documents, annotated or predicted; for a table."
    ),
]
OpenSetName = Annotated[str, typer.Option("--set", help="The set, and its folder: lfw or survface.")]
FetchName = Annotated[str, typer.Argument(help="The set: lfw.")]
Into = Annotated[Path, typer.Option("--data", file_okay=False, help="The folder of all sets; a folder in it is made.")]


def accuracy(
    *,
    data: Data,
    profile: ProfileName = DEFAULT_PROFILE,
    name: PairsName = "lfw",
    view: View = 2,
    json_file: Out = None,
    home: Home = None,
) -> None:
    """Run LFW View 2, or another set of pairs, through the product's own chain of models."""
    with refusals():
        if view == 1:
            told = _view1(data, profile, name, json_file, home)
        else:
            told = _folds(data, profile, name, json_file, home)
    console = Console()
    for line in told:
        console.print(line, highlight=False)
    console.print("It says that the chain is put together rightly, and nothing about who passes a camera.")


def _folds(data: Path, profile: str, name: str, json_file: Path | None, home: Path | None) -> list[str]:
    from benchmarks.accuracy import results  # noqa: PLC0415  # it takes a second, which no other command waits
    from benchmarks.accuracy.verification_run import judge  # noqa: PLC0415
    from benchmarks.data.sets import VERIFICATION  # noqa: PLC0415

    if name not in VERIFICATION:
        raise InsynError(f"No set of pairs is called {name!r}; there are: {', '.join(VERIFICATION)}.")
    pairs = VERIFICATION[name](folder(data, name))
    run = embedded(pairs.pictures, profile, home)
    parts = judge(run, pairs)
    found = (
        {"lfw_view2": results.of_view2(parts["all"])}
        if name == "lfw"
        else {"verification": {"set": name, "parts": {part: results.of_view2(one) for part, one in parts.items()}}}
    )
    write(json_file, results.of_run(run, [pairs.pictures.sheet], **found))
    title = "LFW View 2" if name == "lfw" else pairs.pictures.sheet.name
    return [
        f"{title}{'' if part == 'all' else f', {part}'}, {profile}: accuracy {one.accuracy:.4f} ± "
        f"{one.standard_error:.4f} (S_E), {one.errors} wrong of {one.pairs} pairs, "
        f"{one.failures_to_detect} pictures without a face."
        for part, one in parts.items()
    ]


def _view1(data: Path, profile: str, name: str, json_file: Path | None, home: Path | None) -> list[str]:
    from benchmarks.accuracy import results  # noqa: PLC0415
    from benchmarks.accuracy.verification_run import view1  # noqa: PLC0415
    from benchmarks.data.lfw import open_view1  # noqa: PLC0415
    from benchmarks.metrics.plain_values import plain  # noqa: PLC0415

    if name != "lfw":
        raise InsynError("LFW alone has a View 1; leave --view out for other sets.")
    pictures, train, test = open_view1(folder(data, name))
    run = embedded(pictures, profile, home)
    found = view1(run, train, test)
    write(json_file, results.of_run(run, [pictures.sheet], lfw_view1=plain(found)))
    said = (
        f"LFW View 1 (development, not to be reported), {profile}: {found.errors} wrong of {found.pairs} pairs at the "
        f"threshold that the other {len(train):,} chose, {found.failures_to_detect} pictures without a face."
    )
    return [said]


def people_with_groups(data: Path, name: str, labels: str) -> "PictureSet":
    """The people of a set whose groups are known, each by one picture where the set says who is who.

    Raises:
        InsynError: there is no such set, or no such origin of labels.
        DataRefused: the set is not there or cannot be used.
    """
    return _people_of(data, name, labels).one_each(seed=1)


def _people_of(data: Path, name: str, labels: str) -> "PictureSet":
    from benchmarks.data.pictures import LabelOrigin  # noqa: PLC0415
    from benchmarks.data.sets import PROBES, TABLE, open_own_table  # noqa: PLC0415

    if name == TABLE:
        origins = {one.name.lower().replace("_", "-"): one for one in LabelOrigin} | {
            "from-documents": LabelOrigin.DOCUMENT
        }
        if labels not in origins:
            raise InsynError(f"Labels come from one of: {', '.join(sorted(origins))}.")
        return open_own_table(folder(data, name), origins[labels])
    if name not in PROBES:
        raise InsynError(f"No set of people with groups is called {name!r}; there are: {', '.join(PROBES)}, {TABLE}.")
    return PROBES[name](folder(data, name))


def blufr(*, data: Data, profile: ProfileName = DEFAULT_PROFILE, json_file: Out = None, home: Home = None) -> None:
    """Run all of LFW in ten trials as BLUFR does: VR at FAR 0.1 %, and DIR at rank 1 and FAR 1 % of 1,000 people.

    The splits are ours, drawn by the seeds 1 to 10; thresholds are chosen on the pictures they are reported on.
    """
    with refusals():
        from benchmarks.accuracy import results  # noqa: PLC0415
        from benchmarks.accuracy.blufr import SEEDS, trial  # noqa: PLC0415
        from benchmarks.accuracy.blufr import blufr as run_all  # noqa: PLC0415
        from benchmarks.metrics.plain_values import plain  # noqa: PLC0415

        pictures = lfw(data)
        run = embedded(pictures, profile, home)
        with progress("comparing") as shown:
            found = run_all(run, trials=[trial(run, seed) for seed in SEEDS], progress=shown)
        write(json_file, results.of_run(run, [pictures.sheet], blufr_style=plain(found)))
    table = Table(title=f"LFW, BLUFR-style, {profile}: {len(found.trials)} trials")
    for column in ("figure", "mean", "deviation", "mean less deviation"):
        table.add_column(column)
    table.add_row("VR at FAR 0.1 %", *_spread(found.vr_at_far_1e3))
    table.add_row("DIR at rank 1, FAR 1 %, 1,000 people", *_spread(found.dir_at_far_1e2))
    Console().print(table)


def identify_in_own_gallery(data: Path, profile: str, name: str, json_file: Path | None, home: Path | None) -> None:
    """Search a set's own probes in its own gallery, and say how many mates are found where strangers alarm so often."""
    with refusals():
        from benchmarks.accuracy import results  # noqa: PLC0415
        from benchmarks.accuracy.open_set_run import identify_open_set  # noqa: PLC0415
        from benchmarks.data.survface import open_survface  # noqa: PLC0415
        from benchmarks.metrics.plain_values import plain  # noqa: PLC0415

        if name != "survface":
            raise InsynError(f"No set with a gallery of its own is called {name!r}; there are: lfw, survface.")
        of = open_survface(folder(data, name))
        run = embedded(of.pictures, profile, home)
        with progress("searching") as shown:
            found = identify_open_set(run, of, progress=shown)
        write(json_file, results.of_run(run, [of.pictures.sheet], open_set=plain(found)))
    table = Table(title=f"{of.pictures.sheet.name}, {profile}: a gallery of {found.enrolled:,} people")
    for column in ("strangers' searches that alarm", "mates found", f"at rank {found.rank}, threshold chosen on them"):
        table.add_column(column)
    for one in found.at_targets:
        table.add_row(_of(one.fpir), _of(one.tpir), f"at most {one.target:.0%}")
    table.add_row(_of(found.product.fpir), _of(found.product.tpir), "the product's own, rank 1")
    Console().print(table)


def within_groups(
    *,
    data: Data,
    profile: ProfileName = DEFAULT_PROFILE,
    name: Annotated[
        str, typer.Option("--set", help="The set, and its folder: lfw, bfw, demogpairs, rfw or table.")
    ] = "lfw",
    by: Annotated[
        str, typer.Option("--by", help="The label, or several parted by commas, such as sex,ethnicity.")
    ] = "sex",
    labels: LabelsFrom = "annotated",
    enrolled: Annotated[
        int, typer.Option("--list", min=0, help="People on each list; 0: as many as there may be.")
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Whom the lists hold.")] = 1,
    target: Annotated[
        float, typer.Option("--target", min=1e-6, max=0.5, help="The rate that a group must be large enough to show.")
    ] = 1e-3,
    json_file: Out = None,
    home: Home = None,
) -> None:
    """Make a list of each group and search for everybody else: same group and other groups, and who is missed.

    It needs a set that says who is who. Every list has as many people.
    """
    with refusals():
        from benchmarks.accuracy import results  # noqa: PLC0415
        from benchmarks.accuracy.within_groups_run import within_groups as run_all  # noqa: PLC0415
        from benchmarks.metrics.plain_values import plain  # noqa: PLC0415

        pictures = lfw(data) if name == "lfw" else _people_of(data, name, labels)
        kinds = _kinds(pictures, by)
        run = embedded(pictures, profile, home)
        found = run_all(run, kinds, enrolled=enrolled or None, seed=seed, target=target)
        write(json_file, results.of_run(run, [pictures.sheet], within_groups=plain(found)))
    table = Table(title=f"{pictures.sheet.name}, {profile}: lists of {found.enrolled:,} people of one group")
    for column in ("list of", "searched: people who alarm", "of the list: people missed"):
        table.add_column(column)
    for one in found.lists:
        alarms = "; ".join(f"{group.name} {_of(group.rate)}" for group in one.false_alarms)
        table.add_row(one.group, alarms, _of(one.misses.rate))
    Console().print(table)


def passages(
    *,
    data: Data,
    profile: ProfileName = DEFAULT_PROFILE,
    every: Annotated[int, typer.Option("--every", min=1, help="One of so many labelled frames is looked at.")] = 5,
    enrolled: Annotated[int, typer.Option("--list", min=0, help="People on the list; 0: half of them.")] = 0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Whom the list holds.")] = 1,
    json_file: Out = None,
    home: Home = None,
) -> None:
    """Count false alarms and finds of ChokePoint's people by frame and by passage, each frame compared alone.

    A few dozen actors bear no claim about a rate: it shows how far a rate by frame lies from one by passage.
    """
    with refusals():
        from benchmarks.accuracy import results  # noqa: PLC0415
        from benchmarks.accuracy.passages_run import passages_run, pictures_of  # noqa: PLC0415
        from benchmarks.data.chokepoint import open_chokepoint  # noqa: PLC0415
        from benchmarks.metrics.plain_values import plain  # noqa: PLC0415

        pictures = pictures_of(open_chokepoint(folder(data, "chokepoint")), every)
        run = embedded(pictures, profile, home)
        found = passages_run(run, enrolled=enrolled or None, seed=seed)
        write(json_file, results.of_run(run, [pictures.sheet], passages=plain(found)))
    table = Table(title=f"{pictures.sheet.name}, {profile}: a list of {found.enrolled:,} people")
    for column in ("never compared across", "how many"):
        table.add_column(column)
    table.add_row("frames of others that alarm", _of(found.by_frame))
    table.add_row("passages of others that alarm", _of(found.by_passage))
    table.add_row("other people who alarm", _of(found.people_alarmed))
    table.add_row("passages of listed people, found", _of(found.found))
    table.add_row("of those, somebody else came first in a frame", f"{found.wrong_identity:,}")
    table.add_row("passages of which no frame was compared", f"{found.never_compared:,}")
    Console().print(table)


def _kinds(pictures: "PictureSet", by: str) -> list[str]:
    """The labels that lists are made by, if the set has them; asked before anything is measured."""
    named, known = by.split(","), sorted({kind for one in pictures.pictures for kind in one.groups})
    if not set(named) <= set(known) or len(set(named)) != len(named):
        there = ", ".join(known) or "none"
        raise InsynError(f"--by names labels of {pictures.sheet.name}, each once; there are: {there}.")
    return named


def _of(rate: "Rate") -> str:
    return f"{rate.numerator:,} of {rate.denominator:,}"


def _spread(one: "Spread") -> tuple[str, str, str]:
    mean, deviation, less = (
        "–" if value is None else f"{value:.4f}" for value in (one.mean, one.deviation, one.mean_less_deviation)
    )
    return mean, deviation, less


def fetch(name: FetchName, *, data: Into) -> None:
    """Fetch LFW and the lists of its two views, believed by their SHA-256; what breaks off is taken up again."""
    with refusals():
        if name != "lfw":
            raise InsynError(
                f"Nothing is fetched as {name!r}; only lfw has a stable address and no licence to ask for."
            )
        place = fetch_lfw(data / "lfw", LFW)
    typer.echo(f"LFW lies in {place}.")


def fetch_lfw(into: Path, published: Sequence[Published]) -> Path:
    """Bring LFW's files into a folder, its archive unpacked once from .tgz to .tar, in which files are read by place.

    Raises:
        InsynError: a download was refused or broke off, or the archive cannot be unpacked.
    """
    for file in published:
        unpacked = into / f"{Path(file.name).stem}.tar"
        if file.name.endswith(".tgz") and unpacked.is_file():
            continue
        with bytes_progress(file.name) as shown:
            came = downloads.fetch(file, into, progress=shown)
        if file.name.endswith(".tgz"):
            _unpack(came, unpacked)
            came.unlink()
    return into


def _unpack(packed: Path, tar: Path) -> None:
    """Undo the compression alone: what is inside stays inside. A bomb ends where no set of pictures would."""
    beside = tar.with_name(f"{tar.name}.part")
    length = 0
    try:
        with gzip.open(packed) as source, beside.open("wb") as out:
            while piece := source.read(_PIECE):
                length += out.write(piece)
                if length > _UNPACKED_MOST:
                    raise InsynError(f"{packed.name} unpacks to more than a set of pictures has; do not use it.")
        if not tarfile.is_tarfile(beside):
            raise InsynError(f"{packed.name} is no tar archive; do not use it.")
        beside.replace(tar)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InsynError(f"{packed.name} is cut off or not compressed as it should be; do not use it.") from error
    except OSError as error:
        raise InsynError(f"{packed.name} cannot be unpacked into {tar.parent}: {error.strerror}.") from error
    finally:
        beside.unlink(missing_ok=True)
