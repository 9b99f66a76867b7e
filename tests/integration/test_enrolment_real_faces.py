"""Enrolment with the real models on real faces."""

import tarfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from contracts.enrolment import EnrolmentRequest, template_context
from contracts.model_profile import ScoreKind
from contracts.sealing import unseal
from matcher.comparison import comparison_scores
from matcher.enrolment import Enroller, EnrolmentRefused, open_enroller
from matcher.faces.face import BgrImage, FloatArray
from matcher.models.shipped_profiles import shipped_profile
from matcher.models.store import ModelStore
from tests.builders_contracts import a_trusted_site, an_enrolment_request

pytestmark = pytest.mark.slow

KEYS = a_trusted_site()
PROFILE = shipped_profile()


@pytest.fixture(scope="module")
def enroller(built_models: ModelStore) -> Enroller:
    return open_enroller(
        PROFILE,
        built_models,
        threads=1,
        signing_key=KEYS.enrolment,
        viewer_public=KEYS.viewer_opening.public,
        site_publics=frozenset({KEYS.opening.public}),
    )


def as_jpeg(image: BgrImage, quality: int = 95) -> bytes:
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def astronaut() -> BgrImage:
    return np.ascontiguousarray(data.astronaut()[:, :, ::-1])


def a_request(photograph: bytes) -> EnrolmentRequest:
    return an_enrolment_request(
        photograph, KEYS.opening.public, KEYS.viewer_opening.public, profile_sha256=PROFILE.profile_sha256
    )


def template_of(enroller: Enroller, photograph: bytes) -> FloatArray:
    request = a_request(photograph)
    answer = enroller.enrol(request, photograph)
    plain = unseal(answer.sealed_templates[KEYS.opening.id], KEYS.opening, template_context(request))
    return np.frombuffer(plain, "<f4").astype(np.float32)


def distance(first: FloatArray, second: FloatArray) -> float:
    return float(comparison_scores(first, second[np.newaxis], ScoreKind.EUCLIDEAN_DISTANCE)[0])


def test_real_face_is_enrolled(enroller: Enroller) -> None:
    photograph = as_jpeg(astronaut())
    answer = enroller.enrol(a_request(photograph), photograph)
    assert all(finding.acceptable for finding in answer.findings)


def test_same_photograph_gives_the_same_template(enroller: Enroller) -> None:
    photograph = as_jpeg(astronaut())
    assert np.array_equal(template_of(enroller, photograph), template_of(enroller, photograph))


def test_large_copy_of_a_photograph_gives_nearly_the_same_template(enroller: Enroller) -> None:
    large = cv2.resize(astronaut(), None, fx=6, fy=6, interpolation=cv2.INTER_CUBIC)
    apart = distance(template_of(enroller, as_jpeg(astronaut())), template_of(enroller, as_jpeg(large)))
    assert apart < PROFILE.comparison.threshold / 2


def test_photograph_lying_on_its_side_is_enrolled_by_its_exif_orientation(enroller: Enroller) -> None:
    upright = template_of(enroller, as_jpeg(astronaut()))
    lying = as_jpeg(np.ascontiguousarray(np.rot90(astronaut())))
    # An EXIF segment that says: turn a quarter clockwise to see it upright (orientation 6).
    tiff = b"MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"
    segment = b"Exif\x00\x00" + tiff
    marked = lying[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment + lying[2:]
    assert distance(upright, template_of(enroller, marked)) < PROFILE.comparison.threshold / 2


def test_picture_without_a_face_is_refused(enroller: Enroller) -> None:
    photograph = as_jpeg(np.ascontiguousarray(data.coffee()[:, :, ::-1]))
    with pytest.raises(EnrolmentRefused, match="No face"):
        enroller.enrol(a_request(photograph), photograph)


def test_picture_of_two_faces_is_refused(enroller: Enroller) -> None:
    photograph = as_jpeg(np.hstack([astronaut(), astronaut()[:, ::-1]]))
    with pytest.raises(EnrolmentRefused, match="2 faces"):
        enroller.enrol(a_request(photograph), photograph)


def test_small_or_blurred_face_is_refused(enroller: Enroller) -> None:
    small = as_jpeg(cv2.resize(astronaut(), None, fx=0.55, fy=0.55, interpolation=cv2.INTER_AREA))
    blurred = as_jpeg(cv2.GaussianBlur(astronaut(), (0, 0), 7))
    for photograph in (small, blurred):
        with pytest.raises(EnrolmentRefused):
            enroller.enrol(a_request(photograph), photograph)


def spoilt(image: BgrImage, how: str) -> BgrImage:
    """Return the picture made worse in one way."""
    match how:
        case "blurred":
            return np.asarray(cv2.GaussianBlur(image, (0, 0), 5), np.uint8)
        case "dark":
            return np.asarray(image * 0.1, np.uint8)
        case "lit from one side":
            # The shade falls across the face alone: columns 170 to 280 of 512.
            across = np.interp(np.arange(image.shape[1]), [0, 200, 250, 512], [0.1, 0.1, 1.0, 1.0])
            return np.asarray(image * across[None, :, None], np.uint8)
        case _:
            return np.asarray(np.clip(image.astype(np.float32) + 80, 0, 255), np.uint8)


@pytest.mark.law("C2")
@pytest.mark.parametrize(
    ("how", "codes"),
    [
        ("blurred", {"sharpness"}),
        ("dark", {"light", "exposure"}),
        ("lit from one side", {"even-light"}),
        ("overexposed", {"light", "exposure"}),
    ],
)
def test_what_is_wrong_with_a_real_face_is_said_in_words(enroller: Enroller, how: str, codes: set[str]) -> None:
    photograph = as_jpeg(spoilt(astronaut(), how))
    found = enroller.examine(a_request(photograph), photograph)
    wrong = {finding.code: finding for finding in found if not finding.acceptable}
    assert codes & set(wrong), [(finding.code, finding.measured) for finding in found]
    for finding in wrong.values():
        assert finding.measured
        assert finding.limit
        assert finding.advice.endswith(".")
    with pytest.raises(EnrolmentRefused):
        enroller.enrol(a_request(photograph), photograph)


@pytest.mark.law("C2")
def test_of_real_portraits_few_are_refused_for_pose_or_light(enroller: Enroller, test_data: Path) -> None:
    """Every 180th photograph of LFW: the limits lie beyond what people's portraits have."""
    refused: dict[str, int] = {}
    seen = 0
    with tarfile.open(test_data / "lfw" / "lfw-deepfunneled.tar") as archive:
        for member in [one for one in archive.getmembers() if one.isfile()][::180]:
            file = archive.extractfile(member)
            assert file is not None
            photograph = file.read()
            try:
                found = enroller.examine(a_request(photograph), photograph)
            except EnrolmentRefused:
                continue
            seen += 1
            for finding in found:
                refused[finding.code] = refused.get(finding.code, 0) + (not finding.acceptable)
    assert seen >= 40
    assert sum(refused[code] for code in ("pose", "nod", "even-light", "exposure", "eye-distance")) <= 0.05 * seen


def test_two_pictures_of_one_person_are_nearer_than_pictures_of_two(enroller: Enroller, test_data: Path) -> None:
    """LFW's first pairs that can be enrolled: mated ones score nearer, on the whole, than non-mated ones."""
    wanted = [line.split() for line in (test_data / "lfw" / "pairs.txt").read_text().splitlines()[1:]]
    mated = [(f"{n}_{int(i):04d}", f"{n}_{int(j):04d}") for n, i, j in [w for w in wanted if len(w) == 3][:12]]
    others = [(f"{a}_{int(i):04d}", f"{b}_{int(j):04d}") for a, i, b, j in [w for w in wanted if len(w) == 4][:12]]
    names = {name for pair in mated + others for name in pair}
    photographs: dict[str, bytes] = {}
    with tarfile.open(test_data / "lfw" / "lfw-deepfunneled.tar") as archive:
        for member in archive:
            name = Path(member.name).stem
            if name in names and member.isfile():
                file = archive.extractfile(member)
                assert file is not None
                photographs[name] = file.read()
    templates: dict[str, FloatArray] = {}
    for name, photograph in photographs.items():
        try:
            templates[name] = template_of(enroller, photograph)
        except EnrolmentRefused:
            continue
    same = [distance(templates[a], templates[b]) for a, b in mated if a in templates and b in templates]
    different = [distance(templates[a], templates[b]) for a, b in others if a in templates and b in templates]
    assert len(same) >= 3
    assert len(different) >= 3
    assert np.median(same) < PROFILE.comparison.threshold < min(different)
