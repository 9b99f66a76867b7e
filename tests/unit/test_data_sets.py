"""Public sets as their users have them: folders and archives, hostile ones too, and labels not believed blindly."""

import os
import zipfile
from pathlib import Path

import pytest

from benchmarks.data.errors import DataRefused
from benchmarks.data.files import open_files
from benchmarks.data.lfw import open_lfw, read_pairs
from benchmarks.data.pictures import LabelOrigin
from benchmarks.data.table import open_table
from benchmarks.data.utkface import age_band, labels, open_utkface
from tests.builders_sets import a_folder, a_tar, a_zip

PICTURES = {"set/A/A_0001.jpg": b"one", "set/A/A_0002.jpg": b"", "set/B/B_0001.jpg": b"three"}


@pytest.mark.parametrize("make", [a_tar, a_zip, a_folder])
def test_the_same_files_come_from_a_folder_and_from_archives(tmp_path: Path, make: object) -> None:
    files = open_files(make(tmp_path / "data", PICTURES))  # type: ignore[operator]
    assert files.names == tuple(sorted(PICTURES))
    assert {name: files.read(name) for name in files.names} == PICTURES
    with pytest.raises(DataRefused, match="no file"):
        files.read("set/C.jpg")


@pytest.mark.parametrize("make", [a_tar, a_zip, a_folder])
def test_what_a_desktop_leaves_beside_pictures_is_no_picture(tmp_path: Path, make: object) -> None:
    left = {"set/A/._A_0001.jpg": b"x", "__MACOSX/set/A/A_0001.jpg": b"x", "set/.DS_Store": b"x"}
    files = open_files(make(tmp_path / "data", {**PICTURES, **left}))  # type: ignore[operator]
    assert files.names == tuple(sorted(PICTURES))


@pytest.mark.parametrize("name", ["../climbs.jpg", "/root.jpg", "a/../../b.jpg", "C:/windows.jpg", "back\\slash.jpg"])
@pytest.mark.parametrize("make", [a_tar, a_zip])
def test_an_archive_with_a_path_that_climbs_out_is_refused_whole(tmp_path: Path, make: object, name: str) -> None:
    with pytest.raises(DataRefused, match="climb out"):
        open_files(make(tmp_path / "data", {**PICTURES, name: b"x"}))  # type: ignore[operator]


def test_links_are_refused_in_archives_and_not_followed_in_folders(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="links"):
        open_files(a_tar(tmp_path / "data.tar", PICTURES, link="/etc/passwd"))
    folder = a_folder(tmp_path / "folder", PICTURES)
    (folder / "link.jpg").symlink_to("/etc/passwd")
    assert "link.jpg" not in open_files(folder).names
    with pytest.raises(DataRefused, match="outside"):
        open_files(folder).read("../data.tar")


def test_a_zip_with_a_link_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        info = zipfile.ZipInfo("link.jpg")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(DataRefused, match="links"):
        open_files(tmp_path / "data.zip")


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("make", [a_tar, a_zip])
def test_a_download_that_broke_off_is_refused(tmp_path: Path, make: object, keep: float) -> None:
    path = make(tmp_path / "data", {f"{at}.jpg": os.urandom(30_000) for at in range(5)})  # type: ignore[operator]
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    with pytest.raises(DataRefused, match="download it again"):
        open_files(path)


def test_a_tar_that_is_cut_within_its_last_file_is_refused(tmp_path: Path) -> None:
    path = a_tar(tmp_path / "data.tar", {"a.jpg": bytes(100_000)})
    path.write_bytes(path.read_bytes()[:50_000])
    with pytest.raises(DataRefused, match="cut off"):
        open_files(path)


def test_what_is_nowhere_or_no_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="There is no folder"):
        open_files(tmp_path / "nowhere")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(DataRefused, match="no tar or zip"):
        open_files(tmp_path / "text")


def test_a_zip_whose_file_is_damaged_says_so(tmp_path: Path) -> None:
    path = a_zip(tmp_path / "data.zip", {"a.jpg": b"hello hello"})
    path.write_bytes(path.read_bytes().replace(b"hello hello", b"hullo hello"))
    with pytest.raises(DataRefused, match="damaged"):
        open_files(path).read("a.jpg")


def test_what_is_larger_than_any_picture_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    with pytest.raises(DataRefused, match="no picture"):
        open_files(tmp_path).read("large")


def some_lfw(folder: Path, *, pairs: str | None = None) -> Path:
    names = {"AA": 3, "BB": 2, "CC": 1, "DD": 1}
    a_folder(
        folder / "lfw", {f"{who}/{who}_{at:04d}.jpg": b"x" for who, many in names.items() for at in range(1, many + 1)}
    )
    a_folder(folder, {"lfw/AA/notes.txt": b"", "lfw/AA/ZZ_0001.jpg": b"not in its own folder"})
    (folder / "male_names.txt").write_text("AA_0001.jpg\nAA_0002.jpg\nDD_0001.jpg\n")
    (folder / "female_names.txt").write_text("BB_0001.jpg\nDD_0001.jpg\n")
    if pairs is not None:
        (folder / "pairs.txt").write_text(pairs)
    return folder


def test_lfw_is_read_in_its_official_layout(tmp_path: Path) -> None:
    lfw = open_lfw(some_lfw(tmp_path))
    assert [len(pictures) for pictures in lfw.by_person().values()] == [3, 2, 1, 1]
    sexes = {one.name: one.groups["sex"] for one in lfw.pictures}
    assert sexes["AA/AA_0001.jpg"] == "male"
    assert sexes["AA/AA_0003.jpg"] == "unknown", "it stands in no list"
    assert sexes["DD/DD_0001.jpg"] == "unknown", "it stands in both"


def test_pairs_come_in_folds(tmp_path: Path) -> None:
    lfw = open_lfw(some_lfw(tmp_path, pairs="2\t1\nAA\t1\t2\nAA\t1\tBB\t2\nBB\t1\t2\nCC\t1\tDD\t1\n"))
    one, two = read_pairs(tmp_path / "pairs.txt", lfw)
    assert [pair.same for pair in one + two] == [True, False, True, False]
    assert (two[1].first, two[1].second) == ("CC/CC_0001.jpg", "DD/DD_0001.jpg")


@pytest.mark.parametrize(
    ("pairs", "sentence"),
    [
        ("hello\n", "no list of pairs"),
        ("", "is empty"),
        ("1\t1\nAA\t1\t2\n", "promises 2"),
        ("1\t1\nAA\t1\t2\nAA\t1\n", "Line 3 of pairs.txt is no pair"),
        ("1\t1\nAA\t1\t9\nAA\t1\tBB\t2\n", "in 1 lines, first in 2; this copy of the set is not whole"),
        ("1\t1\nAA\t1\tx\nAA\t1\tBB\t2\n", "Line 2 of pairs.txt is no pair"),
    ],
)
def test_pairs_that_are_none_are_refused(tmp_path: Path, pairs: str, sentence: str) -> None:
    lfw = open_lfw(some_lfw(tmp_path, pairs=pairs))
    with pytest.raises(DataRefused, match=sentence):
        read_pairs(tmp_path / "pairs.txt", lfw)


def test_a_folder_without_lfw_says_how_it_should_look(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="Person_Name_0001"):
        open_lfw(tmp_path)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("26_1_2_20170104.jpg.chip.jpg", {"sex": "female", "ethnicity": "Asian", "age": "25–34"}),
        ("8_0_4_20170104.jpg", {"sex": "male", "ethnicity": "other", "age": "0–12"}),
        ("26_1_20170104.jpg.chip.jpg", "a name without three labels"),
        ("26_3_2_20170104.jpg", "a sex that is not in the list"),
        ("26_1_7_20170104.jpg", "an ethnicity that is not in the list"),
        ("130_1_2_20170104.jpg", "an age that nobody reaches"),
        ("notes.txt", "a name without three labels"),
    ],
)
def test_labels_are_read_from_names_or_refused_with_a_reason(name: str, expected: object) -> None:
    assert labels(name) == expected


def test_pictures_without_usable_labels_are_counted_and_left_out(tmp_path: Path) -> None:
    a_zip(tmp_path / "part.zip", {"utk/26_1_2_1.jpg": b"", "utk/26_9_2_1.jpg": b"", "utk/x.jpg": b"", "utk/y.jpg": b""})
    found = open_utkface(tmp_path)
    assert len(found.pictures) == 1
    assert found.pictures[0].person is None
    assert found.refused == {"a sex that is not in the list": 1, "a name without three labels": 2}


def test_a_folder_without_utkface_says_how_its_names_look(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="age_sex_ethnicity"):
        open_utkface(a_folder(tmp_path, {"x.jpg": b""}))


def test_age_bands_follow_one_another_without_a_gap() -> None:
    bands = [age_band(age) for age in range(121)]
    assert None not in bands
    assert bands == sorted(bands, key=lambda band: int((band or "").split("–")[0]))
    assert age_band(17) == "13–17"
    assert age_band(18) == "18–24"
    assert age_band(121) is None


def test_a_table_tells_person_and_groups(tmp_path: Path) -> None:
    a_folder(tmp_path / "pictures", {"b.jpg": b"", "a.jpg": b""})
    (tmp_path / "own.csv").write_text("image,person,sex,skin\nb.jpg,p1,female,V\na.jpg,,,II\n", encoding="utf-8-sig")
    found = open_table(tmp_path / "own.csv", tmp_path / "pictures", labels=LabelOrigin.SELF_DECLARED)
    assert [one.name for one in found.pictures] == ["a.jpg", "b.jpg"]
    assert found.pictures[0].groups == {"sex": "unknown", "skin": "II"}
    assert (found.pictures[0].person, found.pictures[1].person) == (None, "p1")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"image,sex\na.jpg,f\n", "columns image, person"),
        (b"image,person\n", "no row"),
        (b"image,person\na.jpg\n", "Line 2"),
        (b"image,person\na.jpg,p,q\n", "Line 2"),
        (b"image,person\na.jpg,p\na.jpg,q\n", "Line 3 of own.csv names the picture of line 2 once more"),
        (b"image,person\nz.jpg,p\na.jpg,p\ny.jpg,q\n", "not there in 2 lines, first in 2, 4"),
        (
            b"image,person,sex\na.jpg,p,female\nz.jpg,q,Female \n",
            "Line 3 of own.csv spells a label of the column `sex`",
        ),
        (b"\xff\xfe\x00", "UTF-8"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(tmp_path: Path, text: bytes, sentence: str) -> None:
    a_folder(tmp_path / "pictures", {"a.jpg": b""})
    (tmp_path / "own.csv").write_bytes(text)
    with pytest.raises(DataRefused, match=sentence):
        open_table(tmp_path / "own.csv", tmp_path / "pictures", labels=LabelOrigin.ANNOTATED)
