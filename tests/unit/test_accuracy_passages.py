"""Walks before several cameras, by frame and by passage: nobody is searched for in the walk that enrolled them."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.accuracy.errors import NotEnoughPeople
from benchmarks.accuracy.passages_run import PassagesResult, _references, passages_run, pictures_of
from benchmarks.accuracy.template import Sample
from benchmarks.data.chokepoint import open_chokepoint
from benchmarks.data.pictures import Picture
from insyn.command_line import app
from insyn.commands import evaluate_sets
from tests.builders_accuracy import a_sample, embedded
from tests.builders_sets import a_folder
from tests.unit.test_evaluate_sets_command import stands_in

pytestmark = pytest.mark.law("D1")


def person(name: str, x: int = 40, y: int = 30) -> str:
    return f'<person id="{name}"><leftEye x="{x}" y="{y}"/><rightEye x="{x + 4}" y="{y}"/></person>'


def frames(*seen: str) -> bytes:
    told = "".join(f'<frame number="{at:08d}">{who}</frame>' for at, who in enumerate(seen))
    return f"<dataset>{told}</dataset>".encode()


def a_frame(shade: int) -> bytes:
    """Dark, with a bright spot where the eyes are."""
    picture = np.full((80, 100, 3), shade, dtype=np.uint8)
    picture[28:33, 38:47] = 250
    return cv2.imencode(".png", picture)[1].tobytes()


def a_portal(folder: Path) -> Path:
    """Four people: each walks in and out, before two cameras; in one frame two are seen, in one nobody."""
    files = {}
    for way in ("P1E_S1", "P1L_S1"):
        for camera in ("C1", "C2"):
            seen = [person(name) for name in ("1", "1", "2", "3", "4")]
            files[f"truth/{way}_{camera}.xml"] = frames(*seen, person("1") + person("2"), "")
            files |= {f"{way}_{camera}/{at:08d}.jpg": a_frame(at) for at in range(7)}
    return a_folder(folder / "chokepoint", files)


def test_whoever_is_alone_in_a_frame_is_cut_out_around_the_eyes(tmp_path: Path) -> None:
    found = pictures_of(open_chokepoint(a_portal(tmp_path)), every=1)
    assert len(found.pictures) == 4 * 5
    assert [one.person for one in found.pictures[:5]] == ["1", "1", "2", "3", "4"]
    cut = cv2.imdecode(np.frombuffer(found.files.read(found.pictures[0].name), dtype=np.uint8), cv2.IMREAD_COLOR)
    assert cut.shape == (32, 32, 3), "four distances between the eyes to each side"
    assert (cut[16, 16] == 250).all()
    assert (cut[0, 0] == 0).all()
    assert len(pictures_of(open_chokepoint(tmp_path / "chokepoint"), every=5).pictures) == 4


def test_eyes_beyond_the_frame_or_a_frame_that_is_none_are_no_picture(tmp_path: Path) -> None:
    files = {"P1E_S1_C1/00000000.jpg": a_frame(0), "P1E_S1_C1/00000001.jpg": b"none"}
    files["P1E_S1_C1.xml"] = frames(person("1", 5000, 9000), person("2"))
    found = pictures_of(open_chokepoint(a_folder(tmp_path, files)), every=1)
    assert [found.files.read(name) for name in found.files.names] == [files[name] for name in found.files.names]


ROOMS = ("P1E_S1_C1", "P1E_S1_C2", "P1L_S1_C1", "P1L_S1_C2")


def walks(rows: Sequence[tuple[str, str, Sample]]) -> Embedded:
    """Frames by room, person and what became of them."""
    whole = embedded([who for _, who, _ in rows], [sample for _, _, sample in rows])
    pictures = tuple(Picture(f"{room}/{at:08d}.jpg", who) for at, (room, who, _) in enumerate(rows))
    return replace(whole, pictures=pictures)


def a_crowd(**moved: float) -> Embedded:
    """Four people, ten units apart, twice in each of four rooms; `a_P1L_S1_C1_0` moves the first frame of a there."""
    rows = []
    for room in ROOMS:
        for at, who in enumerate("abcd"):
            rows += [(room, who, a_sample(moved.get(f"{who}_{room}_{frame}", 10.0 * at))) for frame in (0, 1)]
    return walks(rows)


def listed_of(of: Embedded, enrolled: int, seed: int) -> list[int]:
    """Whom a seed enrols, by place in the order of names."""
    return sorted(_references(of, enrolled, np.random.default_rng(seed)))


def run(of: Embedded, *, enrolled: int | None = None, seed: int = 1) -> PassagesResult:
    return passages_run(of, enrolled=enrolled, seed=seed)


def test_the_walk_that_enrolled_somebody_searches_for_nobody_of_theirs() -> None:
    found = run(a_crowd())
    assert found.enrolled == 2
    assert (found.found.numerator, found.found.denominator, found.found.people) == (4, 4, 2), "two of four rooms each"
    assert (found.by_frame.numerator, found.by_frame.denominator) == (0, 2 * 4 * 2)
    assert (found.by_passage.denominator, found.by_passage.people) == (2 * 4, 2)
    assert found.by_passage.interval is None, "four passages of one person are no four trials"
    assert found.found.interval is not None


def test_frames_passages_and_people_are_three_units() -> None:
    """A stranger comes near somebody listed in three frames: two before one camera, one before another."""
    listed = listed_of(a_crowd(), 2, 1)
    stranger = "abcd"[next(at for at in range(4) if at not in listed)]
    near = 10.0 * listed[0] + 0.01
    found = run(a_crowd(**{f"{stranger}_{one}": near for one in ("P1E_S1_C1_0", "P1E_S1_C1_1", "P1E_S1_C2_0")}))
    assert run(a_crowd()).by_frame.numerator == 0
    assert [one.numerator for one in (found.by_frame, found.by_passage, found.people_alarmed)] == [3, 2, 1]
    assert found.people_alarmed.denominator == 2
    assert found.people_alarmed.interval is not None
    assert (found.found.numerator, found.wrong_identity) == (4, 0), "of those listed nothing changed"


def test_at_the_threshold_is_an_alarm_and_a_tie_finds_nobody() -> None:
    threshold = a_crowd().profile.comparison.threshold
    two = walks([*((room, "a", a_sample(0.0)) for room in ROOMS), ("P1E_S1_C1", "b", a_sample(threshold))])
    seed = next(seed for seed in range(20) if listed_of(two, 1, seed) == [0])
    assert (run(two, enrolled=1, seed=seed).by_frame.numerator, run(two, enrolled=1, seed=seed).found.numerator) == (
        1,
        2,
    )
    twins = walks([(room, who, a_sample(0.0)) for room in ROOMS for who in "abc"])
    found = run(twins, enrolled=2)
    assert (found.found.numerator, found.wrong_identity) == (0, 4)


def test_a_frame_that_the_product_would_not_compare_alarms_nobody_and_stays_in() -> None:
    rows = [(room, who, a_sample(0.0)) for room in ROOMS for who in "ab"]
    blurred = [(room, who, a_sample(0.0, refused="blurred") if room != ROOMS[0] else one) for room, who, one in rows]
    found = run(walks(blurred), enrolled=1)
    assert (found.by_frame.numerator, found.by_frame.denominator) == (1, 4)
    assert (found.found.numerator, found.found.denominator) == (0, 2)
    assert found.never_compared == 2 + 3


def test_too_few_people_are_refused() -> None:
    with pytest.raises(NotEnoughPeople, match="more than 4"):
        run(a_crowd(), enrolled=4)
    with pytest.raises(NotEnoughPeople, match="another walk"):
        run(walks([("P1E_S1_C1", who, a_sample(0.0)) for who in "ab"]), enrolled=1)
    with pytest.raises(NotEnoughPeople, match="0 have one"):
        run(walks([(room, who, a_sample(None)) for room in ROOMS for who in "ab"]), enrolled=1)


def test_a_list_is_the_same_by_its_seed() -> None:
    assert run(a_crowd(), seed=3) == run(a_crowd(), seed=3)


def test_the_command_tells_each_unit_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate_sets, "embedded", stands_in)
    a_portal(tmp_path)
    out = tmp_path / "found.json"
    given = ["evaluate", "passages", "--data", str(tmp_path), "--every", "1", "--json", str(out)]
    result = CliRunner().invoke(app, given, env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    assert "passages of listed people, found" in result.output
    told = json.loads(out.read_text(encoding="utf-8"))["passages"]
    assert (told["enrolled"], told["found"]["numerator"], told["found"]["denominator"]) == (2, 4, 4)
    assert '"1"' not in out.read_text(encoding="utf-8"), "nobody's name in the set"
    missing = CliRunner().invoke(app, ["evaluate", "passages", "--data", str(tmp_path / "chokepoint")])
    assert missing.exit_code == 1
