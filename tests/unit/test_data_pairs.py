"""Sets with pairs in folds, in the layouts that their users have; what does not fit is refused by its line."""

import hashlib
import random
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.data.errors import DataRefused
from benchmarks.data.lfw import open_view1, open_view2
from benchmarks.data.lists import Listed
from benchmarks.data.pairs import Pair, Verification, in_order
from benchmarks.data.rfw import RACES
from benchmarks.data.sets import VERIFICATION
from tests.builders_sets import a_folder, a_tar, a_zip, pictures, rfw


def cross_lfw(name: str, room: str) -> dict[str, bytes]:
    """Ten pairs of one person, then ten of two, as CALFW and CPLFW list them."""
    people = [f"P_{at}" for at in range(10)]
    same = "".join(f"{who}_0001.jpg {at + 1}\n{who}_0002.jpg {at + 1}\n" for at, who in enumerate(people))
    other = "".join(f"{who}_0001.jpg 0\n{people[at - 1]}_0002.jpg 0\n" for at, who in enumerate(people))
    named = pictures(f"{room}/{who}_{at:04d}.jpg" for who in people for at in (1, 2, 3))
    return {**named, name: (same + other).encode()}


def agedb() -> dict[str, bytes]:
    names = [f"{at}_MariaCallas{at}_{20 + at}_f.jpg" for at in range(20)] + ["0001.jpg"]
    lines = [f"{names[at]} {names[19 - at]} {1 if at % 2 else -1}\n" for at in range(20)]
    return {**pictures(f"AgeDB/{name}" for name in names), "agedb_30_pair.txt": "".join(lines).encode()}


def cfp() -> dict[str, bytes]:
    views = [("F", "frontal", 10), ("P", "profile", 4)]
    made: dict[str, bytes] = {}
    for letter, view, each in views:
        paths = [f"Data/Images/{who:03d}/{view}/{at:02d}.jpg" for who in range(1, 6) for at in range(1, each + 1)]
        made |= pictures(f"cfp/{path}" for path in paths)
        listed = "".join(f"{at} ../{path}\n" for at, path in enumerate(paths, start=1))
        made[f"cfp/Protocol/Pair_list_{letter}.txt"] = listed.encode()
    for fold in range(1, 11):
        made[f"cfp/Protocol/Split/FP/{fold:02d}/same.txt"] = b"1,1\n11,5\n"
        made[f"cfp/Protocol/Split/FP/{fold:02d}/diff.txt"] = b"1,5\n11,1\n"
    return made


def lfw() -> dict[str, bytes]:
    fold = "AA\t1\t2\nAA\t1\tBB\t2\n"
    people = pictures(f"lfw/{who}/{who}_{at:04d}.jpg" for who in ("AA", "BB") for at in (1, 2))
    return {**people, "pairs.txt": f"10\t1\n{fold * 10}".encode()}


LAYOUTS: Mapping[str, Callable[[], dict[str, bytes]]] = {
    "agedb": agedb,
    "calfw": lambda: cross_lfw("calfw/pairs_CALFW.txt", "calfw/images&landmarks/images&landmarks/images"),
    "cfp": cfp,
    "cplfw": lambda: cross_lfw("pairs_CPLFW.txt", "images"),
    "lfw": lfw,
    "rfw": rfw,
}


def opened(name: str, folder: Path, contents: Mapping[str, bytes] | None = None) -> Verification:
    return VERIFICATION[name](a_folder(folder, LAYOUTS[name]() if contents is None else contents))


def test_every_set_with_pairs_has_a_layout_here() -> None:
    assert LAYOUTS.keys() == VERIFICATION.keys()


@pytest.mark.parametrize("name", LAYOUTS)
def test_each_has_ten_folds_with_as_many_pairs_of_one_person_as_of_two(tmp_path: Path, name: str) -> None:
    found = opened(name, tmp_path)
    assert set(found.parts) == (set(RACES) if name == "rfw" else {"all"})
    known = {one.name for one in found.pictures.pictures}
    for folds in found.parts.values():
        assert len(folds) == 10
        for fold in folds:
            assert [pair.same for pair in fold] == [True] * (len(fold) // 2) + [False] * (len(fold) // 2)
            assert {name for pair in fold for name in (pair.first, pair.second)} <= known


@pytest.mark.parametrize("name", sorted(set(LAYOUTS) - {"agedb"}))
def test_pairs_of_one_person_are_of_one_person(tmp_path: Path, name: str) -> None:
    found = opened(name, tmp_path)
    people = {one.name: one.person for one in found.pictures.pictures}
    for pair in (pair for folds in found.parts.values() for fold in folds for pair in fold):
        assert (people[pair.first] == people[pair.second]) is pair.same


def test_cfp_compares_a_front_with_a_profile(tmp_path: Path) -> None:
    pairs = [pair for fold in opened("cfp", tmp_path).parts["all"] for pair in fold]
    assert {(Path(pair.first).parent.name, Path(pair.second).parent.name) for pair in pairs} == {("frontal", "profile")}


@pytest.mark.parametrize("name", sorted(set(LAYOUTS) - {"lfw"}))
@pytest.mark.parametrize("make", [a_zip, a_tar])
def test_an_archive_gives_what_its_folder_gives(tmp_path: Path, name: str, make: Callable[..., Path]) -> None:
    (tmp_path / "packed").mkdir()
    make(tmp_path / "packed" / ("set.zip" if make is a_zip else "set.tar"), LAYOUTS[name]())
    from_archive, from_folder = VERIFICATION[name](tmp_path / "packed"), opened(name, tmp_path / "open")
    assert from_archive.parts == from_folder.parts
    assert from_archive.pictures.pictures == from_folder.pictures.pictures


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_sheet_has_the_hash_of_each_list_that_was_read(tmp_path: Path, name: str) -> None:
    read = opened(name, tmp_path).pictures.sheet.read
    lists = {hashlib.sha256(text).hexdigest() for path, text in LAYOUTS[name]().items() if path.endswith(".txt")}
    assert set(read.values()) == lists


@pytest.mark.parametrize("name", LAYOUTS)
def test_missing_pictures_are_refused_by_number_and_lines_and_nobody_is_named(tmp_path: Path, name: str) -> None:
    contents = LAYOUTS[name]()
    lists = {path: content for path, content in contents.items() if path.endswith(".txt")}
    some = next(path for path in contents if path.endswith(".jpg"))
    with pytest.raises(DataRefused) as refused:
        opened(name, tmp_path, {**lists, some.replace("0001", "0009").replace("/01", "/77"): b""})
    sentence = str(refused.value)
    assert "names pictures that are not there" in sentence or "no pictures of" in sentence
    assert not any(who in sentence for who in ("P_", "Maria", "m.A", "AA", "frontal"))


@pytest.mark.parametrize("name", sorted(set(LAYOUTS) - {"lfw"}))
def test_without_its_list_a_set_says_which_belongs_to_it(tmp_path: Path, name: str) -> None:
    contents = {path: content for path, content in LAYOUTS[name]().items() if path.endswith(".jpg")}
    with pytest.raises(DataRefused, match=r"There is no \w+\.txt"):
        opened(name, tmp_path, contents)


@pytest.mark.parametrize("name", LAYOUTS)
def test_lists_that_are_no_text_are_refused(tmp_path: Path, name: str) -> None:
    contents = {path: b"\xff\xfe\x00" if path.endswith(".txt") else text for path, text in LAYOUTS[name]().items()}
    with pytest.raises(DataRefused, match="UTF-8"):
        opened(name, tmp_path, contents)


@pytest.mark.parametrize(
    ("name", "path", "change", "sentence"),
    [
        ("calfw", "calfw/pairs_CALFW.txt", (b" 1\n", b"\n", 1), "Lines 1 and the next"),
        ("calfw", "calfw/pairs_CALFW.txt", (b"_0001.jpg 1\n", b"_0001.jpg 2\n", 1), "Lines 1 and the next"),
        ("calfw", "calfw/pairs_CALFW.txt", (b"P_0_0001.jpg 1\n", b"", 1), "a pair takes two"),
        ("cplfw", "pairs_CPLFW.txt", (b" 0\n", b" 1\n", -1), "20 pairs of one person and 0 of two"),
        ("agedb", "agedb_30_pair.txt", (b" -1\n", b" -2\n", 1), "Line 1 of"),
        ("agedb", "agedb_30_pair.txt", (b" -1\n", b" 1\n", 1), "11 pairs of one person and 9 of two"),
        ("cfp", "cfp/Protocol/Pair_list_F.txt", (b"1 ..", b"x ..", 1), "Line 1 of Pair_list_F.txt"),
        ("cfp", "cfp/Protocol/Split/FP/03/diff.txt", (b"1,5", b"1;5", 1), "Line 1 of diff.txt"),
        ("cfp", "cfp/Protocol/Split/FP/03/diff.txt", (b"1,5", b"1,500", 1), "1 lines, first in 1"),
        ("rfw", "test/txts/Asian/Asian_pairs.txt", (b"\t1\t2\n", b"\t1\n", 1), "Line 1 of Asian_pairs.txt"),
        ("lfw", "pairs.txt", (b"10\t1", b"ten", 1), "no list of pairs of LFW"),
    ],
)
def test_a_line_that_is_no_pair_is_refused_by_its_number(
    tmp_path: Path, name: str, path: str, change: tuple[bytes, bytes, int], sentence: str
) -> None:
    contents = LAYOUTS[name]()
    changed = contents[path].replace(*change)
    assert changed != contents[path]
    with pytest.raises(DataRefused, match=sentence):
        opened(name, tmp_path, {**contents, path: changed})


def test_originals_are_taken_where_cut_ones_lie_beside_them(tmp_path: Path) -> None:
    cut = {
        path.replace("images&landmarks/images&landmarks/images", "aligned images"): b"" for path in LAYOUTS["calfw"]()
    }
    found = opened("calfw", tmp_path, {**cut, **LAYOUTS["calfw"]()})
    assert all("aligned" not in one.name for one in found.pictures.pictures)
    only_cut = opened(
        "calfw", tmp_path / "cut", {**cut, "pairs_CALFW.txt": LAYOUTS["calfw"]()["calfw/pairs_CALFW.txt"]}
    )
    assert all("aligned images" in one.name for one in only_cut.pictures.pictures)


def test_only_pictures_that_a_pair_names_are_embedded(tmp_path: Path) -> None:
    names = {Path(one.name).name for one in opened("calfw", tmp_path).pictures.pictures}
    assert names == {f"P_{who}_{at:04d}.jpg" for who in range(10) for at in (1, 2)}


def test_two_lists_of_one_name_that_differ_are_refused_and_copies_are_not(tmp_path: Path) -> None:
    contents = LAYOUTS["cplfw"]()
    copied = {**contents, "old/pairs_CPLFW.txt": contents["pairs_CPLFW.txt"]}
    del copied["pairs_CPLFW.txt"]
    assert opened("cplfw", tmp_path / "one", {**copied, "new/pairs_CPLFW.txt": copied["old/pairs_CPLFW.txt"]})
    with pytest.raises(DataRefused, match=r"2 files pairs_CPLFW\.txt that differ"):
        opened("cplfw", tmp_path / "two", {**copied, "new/pairs_CPLFW.txt": b"other"})


def test_several_archives_are_not_chosen_from(tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        a_zip(tmp_path / name, LAYOUTS["cplfw"]())
    with pytest.raises(DataRefused, match="2 archives"):
        VERIFICATION["cplfw"](tmp_path)


def test_agedb_says_person_sex_and_age_where_a_name_does(tmp_path: Path) -> None:
    found = {Path(one.name).name: one for one in opened("agedb", tmp_path).pictures.pictures}
    assert found["3_MariaCallas3_23_f.jpg"].person == "MariaCallas3"
    assert found["3_MariaCallas3_23_f.jpg"].groups == {"sex": "female", "age": "18–24"}


def test_a_pickle_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="pickle and is not opened"):
        opened("agedb", tmp_path, {"agedb_30.bin": b"\x80\x04."})


def test_view_1_has_pairs_to_choose_on_and_pairs_to_judge(tmp_path: Path) -> None:
    lists = {"pairsDevTrain.txt": b"1\nAA\t1\t2\nAA\t1\tBB\t1\n", "pairsDevTest.txt": b"1\nBB\t1\t2\nAA\t2\tBB\t1\n"}
    found, train, test = open_view1(a_folder(tmp_path, {**LAYOUTS["lfw"](), **lists}))
    assert [pair.same for pair in train] == [pair.same for pair in test] == [True, False]
    assert set(found.sheet.read) == set(lists)
    assert set(train).isdisjoint(test)


def test_view_2_of_the_set_at_hand_is_read_whole(test_data: Path) -> None:
    found = open_view2(test_data / "lfw")
    assert [len(fold) for fold in found.parts["all"]] == [600] * 10
    assert found.pictures.sheet.read == {
        "pairs.txt": "ea42330c62c92989f9d7c03237ed5d591365e89b3e649747777b70e692dc1592"
    }


@given(each=st.integers(1, 4), folds=st.integers(1, 5), order=st.randoms(use_true_random=False))
def test_folds_in_order_keep_every_pair_once(each: int, folds: int, order: random.Random) -> None:
    pairs = [Pair(f"{at}", "x", same) for at in range(each * folds) for same in (True, False)]
    order.shuffle(pairs)
    found = in_order(Listed("pairs", b""), pairs, folds)
    assert sorted(map(str, pairs)) == sorted(str(pair) for fold in found for pair in fold)
    assert [sum(pair.same for pair in fold) for fold in found] == [each] * folds
    same = [pair for fold in found for pair in fold if pair.same]
    assert same == [pair for pair in pairs if pair.same], "in the list's order"
