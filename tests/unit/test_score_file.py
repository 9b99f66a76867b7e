"""The score file: one spelling, whole or refused, and of the very data that two organisations signed (A17, C10, D1)."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.accuracy.errors import ManifestRefused, ScoresRefused
from benchmarks.accuracy.score_checks import open_scores, require_agreement, require_manifests
from benchmarks.accuracy.score_container import array_bytes, pack, unpack
from benchmarks.accuracy.score_file import ScoreFile, sha256_of, to_bytes
from benchmarks.data.manifest import manifest_of
from tests.builders_accuracy import a_profile
from tests.builders_scores import ALARMS_IN_GROUP, ENROLLED, NEAR, PROBES, STRANGERS, good_manifests, good_scores

pytestmark = pytest.mark.law("A17", "C10", "D1")


@pytest.fixture(scope="module")
def scores() -> ScoreFile:
    return good_scores()


@pytest.fixture(scope="module")
def data(scores: ScoreFile) -> bytes:
    return to_bytes(scores)


def test_what_is_written_is_read_and_written_again_byte_for_byte(scores: ScoreFile, data: bytes) -> None:
    read = open_scores(data)
    assert to_bytes(read) == data
    assert sha256_of(to_bytes(good_scores.__wrapped__())) == sha256_of(data), "the same scores, made anew"
    assert (read.threshold, read.profile_sha256) == (scores.threshold, a_profile().profile_sha256)
    assert read.licences == {one.licence for one in a_profile().files.values()}


def test_it_opens_with_a_zip_program_and_numpy_alone(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        best = np.load(io.BytesIO(archive.read("list000/best.npy")))
    assert best.shape == (ENROLLED + STRANGERS,)


def test_no_name_is_in_it(data: bytes) -> None:
    assert b".jpg" not in data
    assert b"person " not in data


@settings(max_examples=15)
@given(where=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_no_shorter_file_is_read_and_no_changed_byte_goes_unseen(where: float, flip: int) -> None:
    at = int(where * len(SMALL))
    with pytest.raises(ScoresRefused):
        open_scores(SMALL[:at])
    changed = bytearray(SMALL)
    changed[at] ^= flip
    assert read_again(bytes(changed)) in {bytes(changed), b""}, "read as what it is, or refused"


def read_again(data: bytes) -> bytes:
    try:
        return to_bytes(open_scores(data))
    except ScoresRefused:
        return b""


A_SMALL_FILE = replace(
    good_scores(), probes=None, same_photograph=None, same_person=None, against=(), pairs=None, calibration=None
)
SMALL = to_bytes(A_SMALL_FILE)


def test_a_zip_with_more_in_it_or_compressed_is_refused(data: bytes) -> None:
    with pytest.raises(ScoresRefused, match="nobody asked for"):
        open_scores(pack({**unpack(data), "more.npy": array_bytes(np.zeros(1), "<f8")}))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", b"0" * 10_000)
    with pytest.raises(ScoresRefused, match="compressed"):
        open_scores(out.getvalue())
    with pytest.raises(ScoresRefused, match="header"):
        open_scores(pack({"header.json": b"{}", "profile.json": b"{}"}))


def a_list_with(**columns: Any) -> Callable[[ScoreFile], ScoreFile]:
    return lambda scores: replace(scores, lists=(replace(scores.lists[0], **columns),))


def without(rows: slice | list[int]) -> Callable[[ScoreFile], ScoreFile]:
    """The same list with some searches taken out."""

    def shorter(scores: ScoreFile) -> ScoreFile:
        one = scores.lists[0]
        kept = np.delete(np.arange(one.probes.size), rows)
        columns = {name: getattr(one, name)[kept] for name in ("probes", "best", "own", "others")}
        return replace(scores, lists=(replace(one, **columns),))

    return shorter


def changed(values: np.ndarray, at: int, to: object) -> np.ndarray:
    copied = values.copy()
    copied[at] = to
    return copied


def of_list(column: str, at: int, to: object) -> Callable[[ScoreFile], ScoreFile]:
    return lambda scores: a_list_with(**{column: changed(getattr(scores.lists[0], column), at, to)})(scores)


def against_with(best: Callable[[np.ndarray], np.ndarray]) -> Callable[[ScoreFile], ScoreFile]:
    return lambda scores: replace(scores, against=(replace(scores.against[0], best=best(scores.against[0].best)),))


def pairs_with(column: str, at: int, to: object) -> Callable[[ScoreFile], ScoreFile]:
    def other(scores: ScoreFile) -> ScoreFile:
        if scores.pairs is None:
            raise ValueError
        return replace(scores, pairs=replace(scores.pairs, **{column: changed(getattr(scores.pairs, column), at, to)}))

    return other


def calibrated_with(**changes: Any) -> Callable[[ScoreFile], ScoreFile]:
    def other(scores: ScoreFile) -> ScoreFile:
        if scores.calibration is None:
            raise ValueError
        return replace(scores, calibration=replace(scores.calibration, **changes))

    return other


DISAGREEING: dict[str, tuple[Callable[[ScoreFile], ScoreFile], str]] = {
    "a stranger's search taken out": (without([ENROLLED]), "taken out"),
    "a listed person's search taken out": (without([0]), "taken out"),
    "all strangers taken out": (without(slice(ENROLLED, None)), "taken out"),
    "a search twice": (of_list("probes", ENROLLED, 2 * ENROLLED + 1), "twice"),
    "searched with itself": (of_list("probes", 0, 0), "searched with itself"),
    "a score without a number": (of_list("best", ENROLLED, np.nan), "had a template and has no score"),
    "a score without end": (of_list("best", ENROLLED, np.inf), "without end"),
    "an own score without a number": (of_list("own", 3, np.nan), "had a template and has no score"),
    "a stranger with an own score": (of_list("own", ENROLLED, NEAR), "A stranger"),
    "a rank that is not the scores'": (of_list("best", 3, NEAR + 0.05), "ranks"),
    "a rank beyond the list": (of_list("others", 3, ENROLLED), "ranks"),
    "a picture that is not there": (of_list("probes", 3, 10**6), "does not have"),
    "somebody twice on the list": (of_list("references", 1, 0), "twice"),
    "columns of other lengths": (a_list_with(best=np.zeros(3)), "equally long"),
    "a probe taken out": (against_with(lambda best: best[1:]), "taken out"),
    "a probe without a number": (against_with(lambda best: changed(best, 0, np.nan)), "taken out"),
    "a pair of one person called two": (pairs_with("same", 0, to=False), "one person"),
    "a pair without a number": (pairs_with("score", 0, np.nan), "taken out"),
    "one fold": (pairs_with("fold", slice(None), 0), "two folds"),  # type: ignore[arg-type]
    "a lower threshold than was chosen": (calibrated_with(threshold=-0.85), "edited"),
    "a calibration on nobody": (calibrated_with(best=np.array([])), "no searches"),
    "no search at all": (lambda scores: replace(scores, lists=(), against=()), "no search"),
    "no word of overlap": (lambda scores: replace(scores, same_person=None), "overlaps"),
    "a second set that is not there": (lambda scores: replace(scores, probes=None), "that set"),
}


@pytest.mark.parametrize(("spoil", "says"), DISAGREEING.values(), ids=DISAGREEING)
def test_numbers_that_do_not_agree_are_one_sentence(
    scores: ScoreFile, spoil: Callable[[ScoreFile], ScoreFile], says: str
) -> None:
    with pytest.raises(ScoresRefused, match=says) as refused:
        require_agreement(spoil(scores))
    assert str(refused.value).endswith(".")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("profile", [b"{}", b"[]", b"null", b"{", b'{"kind":"insyn/model-profile/v1"}', b'{"kind":1}'])
def test_a_profile_that_is_none_is_refused(scores: ScoreFile, profile: bytes) -> None:
    with pytest.raises(ScoresRefused, match="profile"):
        require_agreement(replace(scores, profile=profile))


def test_a_score_where_there_was_no_template_is_refused(scores: ScoreFile) -> None:
    part = scores.listed
    lost = replace(scores, listed=replace(part, accepted=changed(part.accepted, 2 * ENROLLED + 5, to=False)))
    with pytest.raises(ScoresRefused, match="no template and has a score"):
        require_agreement(lost)


def test_a_rounded_threshold_lies_on_the_side_of_fewer_alarms(scores: ScoreFile) -> None:
    require_agreement(calibrated_with(threshold=-0.5)(scores))


def test_the_manifests_of_its_own_data_are_its_own(scores: ScoreFile) -> None:
    require_manifests(scores, good_manifests())


def test_without_a_manifest_nothing_is_judged(scores: ScoreFile) -> None:
    with pytest.raises(ManifestRefused, match=PROBES.name):
        require_manifests(scores, good_manifests()[:1])


def relabelled(scores: ScoreFile) -> ScoreFile:
    """The alarms of one group moved to the other."""
    return with_probes(scores, lambda at, sex: "male" if at < 2 * ALARMS_IN_GROUP else sex)


def with_probes(scores: ScoreFile, label: Callable[[int, str], str]) -> ScoreFile:
    if scores.probes is None:
        raise ValueError
    table = scores.probes.table
    sexes = tuple(label(at, sex) for at, sex in enumerate(table.groups["sex"]))
    moved = replace(table, groups={**table.groups, "sex": sexes})
    return replace(scores, probes=replace(scores.probes, table=moved))


def dropped(scores: ScoreFile) -> ScoreFile:
    """The pictures that alarmed, taken out everywhere."""
    if scores.probes is None or scores.same_person is None or scores.same_photograph is None:
        raise ValueError
    kept = scores.against[0].best < NEAR
    table = scores.probes.table
    groups = {kind: tuple(np.array(labels)[kept].tolist()) for kind, labels in table.groups.items()}
    shorter = replace(table, hashes=table.hashes[kept], people=table.people[kept], groups=groups)
    return replace(
        scores,
        probes=replace(scores.probes, table=shorter, accepted=scores.probes.accepted[kept]),
        same_person=scores.same_person[kept],
        same_photograph=scores.same_photograph[kept],
        against=(replace(scores.against[0], best=scores.against[0].best[kept]),),
    )


def other_pairs(scores: ScoreFile) -> ScoreFile:
    if scores.pairs is None:
        raise ValueError
    names = ("fold", "first", "second", "same", "score")
    return replace(scores, pairs=replace(scores.pairs, **{name: getattr(scores.pairs, name)[4:] for name in names}))


def merged(scores: ScoreFile) -> ScoreFile:
    """Two who alarmed, called one person."""
    if scores.probes is None:
        raise ValueError
    people = scores.probes.table.people.copy()
    people[1] = people[0]
    return replace(scores, probes=replace(scores.probes, table=replace(scores.probes.table, people=people)))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [(dropped, "counts of pictures"), (relabelled, "labels"), (merged, "counts of people"), (other_pairs, "pairs")],
)
def test_errors_of_a_group_that_were_dropped_or_moved_are_found_by_the_manifest(
    scores: ScoreFile, spoil: Callable[[ScoreFile], ScoreFile], says: str
) -> None:
    spoilt = spoil(scores)
    require_agreement(spoilt)  # by itself nothing is wrong with it
    with pytest.raises(ManifestRefused, match=says):
        require_manifests(spoilt, good_manifests())


def test_a_picture_for_another_is_found_though_the_counts_agree(scores: ScoreFile) -> None:
    if scores.probes is None:
        raise ValueError
    table = scores.probes.table
    other = replace(table, hashes=changed(table.hashes, 0, np.zeros(32, dtype=np.uint8)))
    with pytest.raises(ManifestRefused, match="other pictures"):
        require_manifests(replace(scores, probes=replace(scores.probes, table=other)), good_manifests())


def test_a_manifest_depends_on_no_order(scores: ScoreFile) -> None:
    if scores.probes is None:
        raise ValueError
    table = scores.probes.table
    turned = replace(
        table,
        hashes=table.hashes[::-1],
        people=table.people[::-1],
        groups={kind: labels[::-1] for kind, labels in table.groups.items()},
    )
    assert manifest_of(PROBES, turned).sha256 == manifest_of(PROBES, table).sha256


def test_one_list_may_stand_by_itself() -> None:
    assert open_scores(SMALL).lists[0].enrolled == ENROLLED
