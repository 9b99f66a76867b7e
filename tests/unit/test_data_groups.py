"""Sets whose people have groups, or that come from cameras: labels are the set's words, `unknown`, or refused."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.data.chokepoint import open_chokepoint
from benchmarks.data.errors import DataRefused
from benchmarks.data.pictures import LabelOrigin, Picture, PictureSet
from benchmarks.data.sets import PROBES, open_own_table
from benchmarks.data.survface import open_survface
from tests.builders_accuracy import SHEET, MadeFiles
from tests.builders_sets import a_folder, a_mat, a_zip, pictures, rfw, survface

DEMOGPAIRS_GROUPS = [f"{race}_{sex}" for race in ("Asian", "Black", "White") for sex in ("Females", "Males")]


def fairface(
    rows: Sequence[str] = ("val/1.jpg,20-29,Male,East Asian,True", "val/2.jpg,more than 70,,Black,False"),
) -> dict[str, bytes]:
    head = "file,age,gender,race,service_test"
    return {**pictures(["val/1.jpg", "val/2.jpg"]), "fairface_label_val.csv": "\n".join([head, *rows]).encode()}


def bfw() -> dict[str, bytes]:
    return pictures(
        f"bfw/{race}_{sex}/n{at:06d}/{shot:04d}_01.jpg"
        for at, race in enumerate(("asian", "black", "indian", "white"))
        for sex in ("females", "males")
        for shot in (1, 2)
    )


def demogpairs() -> dict[str, bytes]:
    made: dict[str, bytes] = {}
    for at, group in enumerate(DEMOGPAIRS_GROUPS):
        made |= pictures(f"DemogPairs/who_{at}/{shot:03d}.jpg" for shot in (2, 4))
        made[f"Metadata/{group}.txt"] = f"db_code image_path\nCWF who_{at}/002.jpg\nVGG who_{at}/004.jpg\n".encode()
    return made


LAYOUTS: Mapping[str, Callable[[], dict[str, bytes]]] = {
    "bfw": bfw,
    "demogpairs": demogpairs,
    "fairface": fairface,
    "rfw": rfw,
    "utkface": lambda: pictures(["26_1_2_20170104.jpg", "70_0_0_20170105.jpg"]),
}


def opened(name: str, folder: Path, contents: Mapping[str, bytes] | None = None) -> PictureSet:
    return PROBES[name](a_folder(folder, LAYOUTS[name]() if contents is None else contents))


def test_every_set_with_groups_has_a_layout_here() -> None:
    assert LAYOUTS.keys() == PROBES.keys()


@pytest.mark.parametrize("name", LAYOUTS)
def test_each_set_comes_from_a_folder_and_from_an_archive_alike(tmp_path: Path, name: str) -> None:
    (tmp_path / "packed").mkdir()
    a_zip(tmp_path / "packed" / "set.zip", LAYOUTS[name]())
    assert PROBES[name](tmp_path / "packed").pictures == opened(name, tmp_path / "open").pictures


@pytest.mark.parametrize("name", LAYOUTS)
def test_each_set_says_where_it_comes_from_and_what_is_wrong_with_it(tmp_path: Path, name: str) -> None:
    sheet = opened(name, tmp_path).sheet
    assert sheet.source
    assert sheet.licence
    assert sheet.labels is not LabelOrigin.NONE
    assert len(sheet.caveats) >= 2


@pytest.mark.parametrize("name", sorted(set(LAYOUTS) - {"utkface"}))
def test_a_folder_without_the_set_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataRefused):
        opened(name, tmp_path, {"x.txt": b"other"})


def test_fairface_has_the_groups_of_its_list_and_unknown_for_none(tmp_path: Path) -> None:
    one, other = opened("fairface", tmp_path).pictures
    assert one.groups == {"sex": "male", "ethnicity": "East Asian", "age": "20–29"}
    assert other.groups == {"sex": "unknown", "ethnicity": "Black", "age": "70–120"}
    assert (one.person, other.person) == (None, None)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("val/1.jpg,20-29,Mael,East Asian,True", r"Line 3 of fairface_label_val\.csv has a label .* 'Mael'"),
        ("val/1.jpg,20-29,male,East Asian,True", "Line 3 of .* 'male'"),
        ("val/1.jpg,20–29,Male,East Asian,True", "Line 3 of .* '20–29'"),
        ("val/1.jpg,20-29,Male,Martian,True", "Line 3 of .* 'Martian'"),
        ("val/9.jpg,20-29,Male,Black,True", "1 lines, first in 3"),
        ("val/1.jpg,20-29,Male", "Line 3 of .* another number of columns"),
    ],
)
def test_a_misspelt_label_is_refused_by_its_line(tmp_path: Path, row: str, sentence: str) -> None:
    rows = ("val/1.jpg,20-29,Male,White,True", row)
    with pytest.raises(DataRefused, match=sentence):
        opened("fairface", tmp_path, fairface(rows))


def test_a_list_without_a_column_says_which_it_needs(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="columns file, age, gender, race"):
        opened("fairface", tmp_path, {"fairface_label_val.csv": b"file,age\nval/1.jpg,20-29\n"})


def test_bfw_has_person_and_group_from_its_folders(tmp_path: Path) -> None:
    found = opened("bfw", tmp_path)
    assert Counter((one.groups["ethnicity"], one.groups["sex"]) for one in found.pictures)["Asian", "female"] == 2
    assert len(found.by_person()) == 4


def test_a_misspelt_group_of_bfw_is_refused_and_not_guessed(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="1 of 17 pictures lie in none of BFW's eight groups"):
        opened("bfw", tmp_path, {**bfw(), "bfw/asain_males/n000009/0001_01.jpg": b""})


def test_demogpairs_has_groups_from_its_lists_and_people_from_its_folders(tmp_path: Path) -> None:
    found = opened("demogpairs", tmp_path)
    assert {one.person: one.groups for one in found.pictures}["who_2"] == {"ethnicity": "Black", "sex": "female"}
    assert len(found.sheet.read) == 6
    with pytest.raises(DataRefused, match=r"Line 3 of Black_Males\.txt"):
        opened("demogpairs", tmp_path, {"Metadata/Black_Males.txt": b"db_code image_path\nCWF who_3/002.jpg\nVGG\n"})
    with pytest.raises(DataRefused, match="2 lines, first in 2, 3"):
        opened("demogpairs", tmp_path, {"Metadata/Black_Males.txt": b"db_code image_path\nX a/1.jpg\nX b/2.jpg\n"})


def test_rfw_has_race_as_its_group(tmp_path: Path) -> None:
    assert {one.groups["ethnicity"] for one in opened("rfw", tmp_path).pictures} == {
        "African",
        "Asian",
        "Caucasian",
        "Indian",
    }


@given(people=st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1, max_size=20), seed=st.integers(0, 1000))
def test_each_person_is_searched_for_once(people: list[str | None], seed: int) -> None:
    many = tuple(Picture(f"{at:02d}.jpg", person) for at, person in enumerate(people))
    kept = PictureSet(SHEET, many, MadeFiles({})).one_each(seed)
    counts = Counter(one.person for one in kept.pictures)
    assert counts.pop(None, 0) == people.count(None)
    assert counts == dict.fromkeys(set(people) - {None}, 1)
    assert kept.pictures == PictureSet(SHEET, many, MadeFiles({})).one_each(seed).pictures


def test_a_table_of_ones_own_has_its_pictures_beside_it_or_in_an_archive(tmp_path: Path) -> None:
    table = {"own.csv": b"image,person,sex\na.jpg,p1,female\n"}
    beside = a_folder(tmp_path / "beside", {**table, "a.jpg": b""})
    packed = a_folder(tmp_path / "packed", table)
    a_zip(packed / "pictures.zip", {"a.jpg": b""})
    for folder in (beside, packed):
        assert open_own_table(folder, LabelOrigin.SELF_DECLARED).pictures[0].groups == {"sex": "female"}
    (beside / "other.csv").write_text("image,person\n")
    with pytest.raises(DataRefused, match="one table"):
        open_own_table(beside, LabelOrigin.ANNOTATED)


def test_survface_has_a_gallery_mated_probes_and_strangers(tmp_path: Path) -> None:
    found = open_survface(a_folder(tmp_path, survface()))
    people = {one.name: one.person for one in found.pictures.pictures}
    assert [people[name] for name in found.gallery] == ["7", "7", "8"]
    assert [people[name] for name in found.mated] == ["7", "8"]
    assert [people[name] for name in found.strangers] == [None, None]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "no MATLAB file"),
        (b"hello", "no MATLAB file"),
        (a_mat(mated_probe_set=["1_cam2_1.jpg"], mated_probe_ids=[7])[:-30], "no MATLAB file"),
        (a_mat(other_set=["x"]), "lacks the names or the numbers"),
        (a_mat(mated_probe_set=["1_cam2_1.jpg"], mated_probe_ids=[7, 8]), "1 names and 2 numbers"),
        (a_mat(mated_probe_set=["x.jpg", "1_cam2_1.jpg"], mated_probe_ids=[7, 8]), "1 lines, first in 1"),
        (a_mat(mated_probe_set=["1_cam2_1.jpg"], mated_probe_ids=[9]), "of whom the gallery has nobody"),
    ],
)
def test_a_list_of_survface_that_does_not_fit_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = "QMUL-SurvFace/Face_Identification_Test_Set/mated_probe_img_ID_pairs.mat"
    with pytest.raises(DataRefused, match=sentence):
        open_survface(a_folder(tmp_path, {**survface(), path: content}))


EYES = '<person id="0003"><leftEye x="10" y="20"/><rightEye x="5.5" y="21"/></person>'


def chokepoint(
    labels: str = f'<dataset><frame number="00000000"/><frame number="00000001">{EYES}</frame></dataset>',
) -> dict[str, bytes]:
    frames = pictures(f"P1E_S1/P1E_S1_C1/{at:08d}.jpg" for at in range(2)) | pictures(["P2E_S1/P2E_S1_C1/00000000.jpg"])
    second = b'<dataset><frame number="00000000"/></dataset>'
    return {**frames, "groundtruth/P1E_S1_C1.xml": labels.encode(), "groundtruth/P2E_S1_C1.1.xml": second}


def test_chokepoint_has_sequences_with_people_and_their_eyes(tmp_path: Path) -> None:
    found = open_chokepoint(a_folder(tmp_path, chokepoint()))
    assert sorted(found.sequences) == ["P1E_S1_C1", "P2E_S1_C1.1"]
    nobody, somebody = found.sequences["P1E_S1_C1"]
    assert nobody.seen == ()
    (seen,) = somebody.seen
    assert (seen.person, seen.left_eye_xy, seen.right_eye_xy) == ("0003", (10.0, 20.0), (5.5, 21.0))
    assert found.files.read(somebody.name) == b""


BOMB = '<!DOCTYPE a [<!ENTITY b "bbbb">]><dataset><frame number="&b;"/></dataset>'


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ("<dataset><frame", "no list of frames"),
        ("<dataset><frame/></dataset>", "no list of frames"),
        ('<dataset><frame number="00000001"><person id="1"/></frame></dataset>', "no list of frames"),
        ('<dataset><frame number="00000001"/><frame number="00000009"/></dataset>', "1 lines, first in 2"),
        (EYES.join(['<dataset><frame number="00000001">', "</frame></dataset>"]).replace("10", "left"), "no list"),
        (BOMB, "defines words of its own"),
    ],
)
def test_labels_of_chokepoint_that_do_not_fit_are_refused(tmp_path: Path, labels: str, sentence: str) -> None:
    with pytest.raises(DataRefused, match=sentence):
        open_chokepoint(a_folder(tmp_path, chokepoint(labels)))


def test_frames_without_labels_are_no_sequence(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="no sequence of ChokePoint"):
        open_chokepoint(a_folder(tmp_path, pictures(["P1E_S1_C1/00000000.jpg"])))
