"""The quality of real faces, and of the same faces made worse."""

import tarfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from contracts.model_profile import LandmarkLayout
from matcher.faces.face import BgrImage, FloatArray
from matcher.faces.quality import (
    FaceQuality,
    QualityFinding,
    QualityLimits,
    QualityReason,
    judge,
    measure,
    overall,
)
from tests.builders_edge import FACE_XYXY, a_face, astronaut_bgr

LIMITS = QualityLimits()

#: The astronaut's eyes, tip of the nose and corners of the mouth, read off the photograph by eye.
POINTS = np.array([[204, 110], [245, 109], [225, 133], [207, 148], [245, 147]], np.float32)


def of(image: BgrImage, scale: float = 1.0, points: FloatArray = POINTS) -> FaceQuality:
    left, top, right, bottom = (part * scale for part in FACE_XYXY)
    return measure(image, (left, top, right, bottom), points * scale, LandmarkLayout.EYES_NOSE_MOUTH)


def finding_of(image: BgrImage, scale: float = 1.0, points: FloatArray = POINTS) -> QualityFinding | None:
    return judge(of(image, scale, points), LIMITS)


def reason_of(image: BgrImage, scale: float = 1.0, points: FloatArray = POINTS) -> QualityReason | None:
    finding = finding_of(image, scale, points)
    return None if finding is None else finding.reason


def test_the_photograph_is_good_enough() -> None:
    assert finding_of(astronaut_bgr()) is None


def test_a_smaller_copy_is_too_small_and_says_by_how_much() -> None:
    small = cv2.resize(astronaut_bgr(), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    finding = finding_of(small, 0.5)
    assert finding is not None
    assert finding.reason is QualityReason.TOO_SMALL
    assert finding.sentence == "The face is too small: 52 pixels where at least 80 are needed."


@pytest.mark.parametrize("spread", [4.0, 6.0])
def test_a_blurred_copy_is_blurred(spread: float) -> None:
    assert reason_of(cv2.GaussianBlur(astronaut_bgr(), (0, 0), spread)) is QualityReason.BLURRED


def test_a_small_face_made_larger_is_no_better_than_it_was() -> None:
    tiny = cv2.resize(astronaut_bgr(), None, fx=0.12, fy=0.12, interpolation=cv2.INTER_AREA)
    assert reason_of(cv2.resize(tiny, (512, 512), interpolation=cv2.INTER_CUBIC)) is QualityReason.BLURRED


def test_sharpness_falls_as_blur_grows() -> None:
    spreads = [0.5, 1, 2, 3, 4, 6]
    sharp = [of(cv2.GaussianBlur(astronaut_bgr(), (0, 0), spread)).sharpness for spread in spreads]
    assert sharp == sorted(sharp, reverse=True)


def test_a_dark_and_a_bright_copy_are_too_dark_and_too_bright() -> None:
    assert reason_of((astronaut_bgr() * 0.12).astype(np.uint8)) is QualityReason.TOO_DARK
    bright = np.clip(astronaut_bgr().astype(np.int16) + 150, 0, 255).astype(np.uint8)
    assert reason_of(bright) is QualityReason.TOO_BRIGHT


def test_a_picture_without_contrast_is_not_compared() -> None:
    flat = np.full((512, 512, 3), 120, np.uint8)
    assert reason_of(flat) is not None


def test_a_nose_beside_the_eyes_is_a_face_turned_away() -> None:
    turned = POINTS.copy()
    turned[2, 0] = 250
    assert reason_of(astronaut_bgr(), points=turned) is QualityReason.TURNED_AWAY


def test_eyes_in_one_place_are_a_face_turned_away() -> None:
    turned = POINTS.copy()
    turned[1] = turned[0]
    assert reason_of(astronaut_bgr(), points=turned) is QualityReason.TURNED_AWAY


@pytest.mark.parametrize("shift", [(-200, 0), (0, -90), (300, 0), (0, 420)])
def test_a_face_cut_by_the_edge_is_told(shift: tuple[int, int]) -> None:
    move = np.float32([[1, 0, shift[0]], [0, 1, shift[1]]])
    moved = cv2.warpAffine(astronaut_bgr(), move, (512, 512))
    box = tuple(part + shift[index % 2] for index, part in enumerate(FACE_XYXY))
    quality = measure(moved, box, POINTS + np.float32(shift), LandmarkLayout.EYES_NOSE_MOUTH)  # type: ignore[arg-type]  # four floats
    finding = judge(quality, LIMITS)
    assert finding is not None
    assert finding.reason is QualityReason.CUT_BY_EDGE


def test_a_box_outside_of_the_picture_is_refused_without_error() -> None:
    face = a_face((600.0, 600.0, 700.0, 700.0))
    assert face.landmarks_xy is not None
    quality = measure(astronaut_bgr(), face.box_xyxy, face.landmarks_xy, LandmarkLayout.EYES_NOSE_MOUTH)
    assert judge(quality, LIMITS) is not None


def test_both_layouts_see_the_same_turn() -> None:
    corners = np.array([[196, 110], [212, 110], [237, 109], [253, 109], [225, 138]], np.float32)
    dlib = measure(astronaut_bgr(), FACE_XYXY, corners, LandmarkLayout.EYE_CORNERS_NOSE)
    assert dlib.turn == pytest.approx(of(astronaut_bgr()).turn, abs=0.05)


def test_the_overall_figure_orders_pictures_of_one_face() -> None:
    good = overall(of(astronaut_bgr()), LIMITS)
    worse = overall(of(cv2.GaussianBlur(astronaut_bgr(), (0, 0), 3)), LIMITS)
    small = overall(of(cv2.resize(astronaut_bgr(), None, fx=0.4, fy=0.4), 0.4), LIMITS)
    assert 0 <= worse < good <= 1
    assert 0 <= small < good


@pytest.mark.slow
def test_of_the_faces_of_lfw_few_are_refused_and_of_blurred_ones_most(test_data: Path) -> None:
    """Calibration on real photographs with YuNet's boxes, which are tighter than dlib's and so look sharper."""
    detector = cv2.FaceDetectorYN.create(
        str(test_data / "models/face_detection_yunet_2023mar.onnx"), "", (250, 250), 0.7
    )
    passed = {"as they are": 0, "blurred": 0}
    count = 0
    with tarfile.open(test_data / "lfw/lfw-deepfunneled.tar") as archive:
        members = [member for member in archive.getmembers() if member.name.endswith(".jpg")][::130]
        for member in members:
            file = archive.extractfile(member)
            assert file is not None
            image = cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_COLOR)
            _, faces = detector.detect(image)
            if faces is None:
                continue
            face = max(faces, key=lambda row: row[2] * row[3])
            left, top, width, height = (float(part) for part in face[:4])
            count += 1
            for name, picture in (("as they are", image), ("blurred", cv2.GaussianBlur(image, (0, 0), 4))):
                quality = measure(
                    picture,  # type: ignore[arg-type]  # cv2 says any number, imdecode gives uint8
                    (left, top, left + width, top + height),
                    face[4:14].reshape(5, 2),
                    LandmarkLayout.EYES_NOSE_MOUTH,
                )
                finding = judge(quality, QualityLimits(least_size_px=60, least_sharpness=0.012))
                passed[name] += finding is None
    assert count >= 90
    assert passed["as they are"] >= 0.95 * count
    assert passed["blurred"] <= 0.15 * count
