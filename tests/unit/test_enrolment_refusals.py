"""What the enrolment matcher refuses, in words; with a finder and an embedder that say what they are told."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np
import pytest

from contracts.canonical import sha256_hex
from contracts.enrolment import Enrolment, EnrolmentRequest, crop_context, request_of, template_context
from contracts.errors import SealRefused
from contracts.sealing import unseal
from contracts.signature import Purpose, key_id, verified
from contracts.trust import TrustedRole
from matcher.enrolment import Enroller, EnrolmentRefused
from matcher.enrolment_findings import Finding, findings
from matcher.faces.face import BgrImage, DetectedFace, FloatArray, RgbChip
from matcher.faces.portrait import PortraitQuality, eye_distance
from matcher.faces.quality import FaceQuality
from matcher.models.shipped_profiles import shipped_profile
from tests.builders_contracts import a_hash, a_template, a_trusted_site, an_enrolment_request, an_opening_key

KEYS = a_trusted_site()
PROFILE = shipped_profile()
RECIPIENTS = (KEYS.opening.public, KEYS.viewer_opening.public)


GOOD = FaceQuality(size_px=200, sharpness=1, turn=0.1, brightness=120, contrast=40, cut_fraction=0)
GOOD_PORTRAIT = PortraitQuality(eyes_px=80, nod=0.8, unevenness=0.1, black=0, white=0)


def all_findings(quality: FaceQuality = GOOD, portrait: PortraitQuality = GOOD_PORTRAIT) -> tuple[Finding, ...]:
    return findings(quality, portrait, PROFILE.faces, PROFILE.portrait)


def a_photograph(width: int = 640, height: int = 480) -> bytes:
    """Return a JPEG of clear shapes: sharp, evenly lit, and of nobody."""
    noise = np.random.default_rng(1).integers(60, 190, size=(height // 4, width // 4, 3), dtype=np.uint8)
    image = cv2.resize(noise, (width, height), interpolation=cv2.INTER_NEAREST)
    return cv2.imencode(".jpg", image)[1].tobytes()


def a_face(left: float = 200, top: float = 150, side: float = 160) -> DetectedFace:
    """Return a frontal face: eye corners, eye corners, nose, as the default profile's landmarks are."""
    points = np.array([[0.75, 0.4], [0.6, 0.4], [0.25, 0.4], [0.4, 0.4], [0.5, 0.65]], np.float32)
    landmarks = np.asarray(points * side + (left, top), np.float32)
    return DetectedFace(box_xyxy=(left, top, left + side, top + side), detector_score=1.0, landmarks_xy=landmarks)


@dataclass
class FakeFinder:
    """Finds the same faces in every picture, scaled with it (`width` is the picture's in which they are)."""

    faces: list[DetectedFace] = field(default_factory=lambda: [a_face()])
    seen: list[tuple[int, int]] = field(default_factory=list)

    def detect(self, image_bgr: BgrImage) -> list[DetectedFace]:
        self.seen.append((image_bgr.shape[1], image_bgr.shape[0]))
        return self.faces

    def with_landmarks(self, image_bgr: BgrImage, face: DetectedFace) -> DetectedFace:
        return face


@dataclass
class FakeEmbedder:
    """Gives one template for every chip, and keeps what it was shown."""

    shown: list[RgbChip] = field(default_factory=list)
    gave: list[FloatArray] = field(default_factory=list)

    def align(self, image_bgr: BgrImage, landmarks_xy: FloatArray) -> RgbChip:
        self.shown.append(np.array(image_bgr[:10, :10]))
        return self.shown[-1]

    def embed(self, chips_rgb: Sequence[RgbChip]) -> FloatArray:
        self.gave.append(np.stack([a_template(9) for _ in chips_rgb]))
        return self.gave[-1]


def an_enroller(finder: FakeFinder | None = None, embedder: FakeEmbedder | None = None) -> Enroller:
    return Enroller(
        profile=PROFILE,
        finder=finder or FakeFinder(),
        embedder=embedder or FakeEmbedder(),
        signing_key=KEYS.enrolment,
        viewer_public=KEYS.viewer_opening.public,
        site_publics=frozenset({KEYS.opening.public}),
    )


def a_request(photograph: bytes, **changes: Any) -> EnrolmentRequest:
    return an_enrolment_request(photograph, *RECIPIENTS, profile_sha256=PROFILE.profile_sha256, **changes)


def refusal(photograph: bytes, enroller: Enroller | None = None, **changes: Any) -> EnrolmentRefused:
    with pytest.raises(EnrolmentRefused) as caught:
        (enroller or an_enroller()).enrol(a_request(photograph, **changes), photograph)
    return caught.value


def test_enrolment_binds_boxes_to_warrant_slot_photograph_and_profile() -> None:
    photograph = a_photograph()
    request = a_request(photograph)
    answer = an_enroller().enrol(request, photograph)
    payload = verified(answer.enrolment, Purpose.ENROLMENT, KEYS.trusted.of(TrustedRole.ENROLMENT))
    enrolment = Enrolment.from_bytes(payload)
    assert request_of(enrolment) == replace(request, recipients=())
    assert dict(enrolment.template_sha256) == {key: sha256_hex(box) for key, box in answer.sealed_templates.items()}
    assert set(answer.sealed_templates) == {key_id(public) for public in RECIPIENTS}
    assert enrolment.crop_sha256 == sha256_hex(answer.sealed_crop)


def test_each_recipient_opens_its_own_box_and_nobody_elses() -> None:
    photograph = a_photograph()
    request = a_request(photograph)
    answer = an_enroller().enrol(request, photograph)
    for key in (KEYS.opening, KEYS.viewer_opening):
        plain = unseal(answer.sealed_templates[key.id], key, template_context(request))
        assert np.array_equal(np.frombuffer(plain, "<f4"), a_template(9))
    with pytest.raises(SealRefused):
        unseal(answer.sealed_templates[KEYS.opening.id], KEYS.viewer_opening, template_context(request))
    with pytest.raises(SealRefused):
        unseal(answer.sealed_crop, KEYS.opening, crop_context(request))


def test_crop_is_a_png_without_metadata_and_shows_the_face_with_a_margin() -> None:
    photograph = a_photograph()
    request = a_request(photograph)
    sealed = an_enroller().enrol(request, photograph).sealed_crop
    png = unseal(sealed, KEYS.viewer_opening, crop_context(request))
    image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert 160 < max(image.shape[:2]) <= 512
    assert not any(chunk in png for chunk in (b"tEXt", b"iTXt", b"zTXt", b"eXIf", b"tIME"))


@pytest.mark.parametrize("count", [0, 2, 5])
def test_photograph_without_exactly_one_face_is_refused_in_words(count: int) -> None:
    error = refusal(a_photograph(), an_enroller(FakeFinder([a_face()] * count)))
    assert [finding.acceptable for finding in error.findings] == [False]
    assert ("No face" in str(error)) is (count == 0)
    assert (str(count) in str(error)) is (count > 0)


@pytest.mark.parametrize("content", [b"", b"not a picture", a_photograph()[:200], b"\x89PNG\r\n\x1a\n" + bytes(100)])
def test_what_is_no_photograph_is_refused(content: bytes) -> None:
    assert str(refusal(content))


def test_photograph_other_than_the_requests_is_refused() -> None:
    assert "not the photograph" in str(refusal(a_photograph(), photograph_sha256=a_hash("other")))


def test_request_for_another_profile_is_refused() -> None:
    photograph = a_photograph()
    request = replace(a_request(photograph), profile_sha256=a_hash("other"))
    with pytest.raises(EnrolmentRefused, match="profile"):
        an_enroller().enrol(request, photograph)


@pytest.mark.parametrize(
    "recipients",
    [
        (),
        (KEYS.opening.public,),
        (KEYS.viewer_opening.public, KEYS.viewer_opening.public),
    ],
)
def test_viewer_must_be_among_different_recipients(recipients: tuple[bytes, ...]) -> None:
    photograph = a_photograph()
    request = an_enrolment_request(photograph, *recipients, profile_sha256=PROFILE.profile_sha256)
    with pytest.raises(EnrolmentRefused, match="recipients"):
        an_enroller().enrol(request, photograph)


def test_small_face_is_refused_with_its_size() -> None:
    error = refusal(a_photograph(), an_enroller(FakeFinder([a_face(side=60)])))
    wrong = [finding for finding in error.findings if not finding.acceptable]
    assert wrong[0].code == "size"
    assert "60 pixels" in wrong[0].sentence
    assert "80" in wrong[0].sentence


def test_dark_or_cut_face_is_refused() -> None:
    image = cv2.imdecode(np.frombuffer(a_photograph(), np.uint8), cv2.IMREAD_COLOR)
    dark = cv2.imencode(".png", image // 12)[1].tobytes()
    assert {finding.code for finding in refusal(dark).findings if not finding.acceptable} >= {"light"}
    cut = an_enroller(FakeFinder([a_face(left=-60)]))
    assert {finding.code for finding in refusal(a_photograph(), cut).findings if not finding.acceptable} == {"whole"}


def test_refused_photograph_is_never_embedded() -> None:
    embedder = FakeEmbedder()
    refusal(a_photograph(), an_enroller(FakeFinder([a_face(side=60)]), embedder))
    assert not embedder.gave


def test_huge_photograph_is_shrunk_before_the_detector_sees_it_and_its_face_before_the_embedder() -> None:
    finder = FakeFinder([a_face()])
    photograph = a_photograph(5120, 3840)
    an_enroller(finder).enrol(a_request(photograph), photograph)
    assert finder.seen == [(1280, 960)]


def test_chips_and_templates_are_overwritten_after_sealing() -> None:
    embedder = FakeEmbedder()
    photograph = a_photograph()
    an_enroller(embedder=embedder).enrol(a_request(photograph), photograph)
    assert not any(chip.any() for chip in embedder.shown)
    assert not any(vectors.any() for vectors in embedder.gave)


def test_every_check_speaks_and_nothing_names_anybody() -> None:
    photograph = a_photograph()
    answer = an_enroller().enrol(a_request(photograph), photograph)
    codes = [finding.code for finding in answer.findings]
    assert codes == [
        "face-count",
        "size",
        "eye-distance",
        "whole",
        "pose",
        "nod",
        "light",
        "even-light",
        "exposure",
        "sharpness",
    ]
    assert all(finding.acceptable and finding.sentence.endswith(".") for finding in answer.findings)
    assert json.dumps([finding.to_json() for finding in answer.findings])


@pytest.mark.parametrize(
    ("measure", "value", "code"),
    [
        ("size_px", 79.0, "size"),
        ("sharpness", 0.0, "sharpness"),
        ("turn", 0.8, "pose"),
        ("turn", float("inf"), "pose"),
        ("brightness", 20.0, "light"),
        ("brightness", 240.0, "light"),
        ("contrast", 1.0, "light"),
        ("cut_fraction", 0.2, "whole"),
    ],
)
def test_each_measure_below_its_limit_is_refused_by_itself(measure: str, value: float, code: str) -> None:
    assert all(finding.acceptable for finding in all_findings(GOOD))
    wrong = [finding for finding in all_findings(replace(GOOD, **{measure: value})) if not finding.acceptable]
    assert [finding.code for finding in wrong] == [code]
    assert wrong[0].advice.endswith(".")


@pytest.mark.parametrize(
    ("measure", "value", "code"),
    [
        ("eyes_px", 23.0, "eye-distance"),
        ("nod", 0.44, "nod"),
        ("nod", 1.21, "nod"),
        ("nod", float("inf"), "nod"),
        ("unevenness", 0.76, "even-light"),
        ("black", 0.26, "exposure"),
        ("white", 0.16, "exposure"),
    ],
)
@pytest.mark.law("C2")
def test_each_measure_of_a_portrait_is_refused_by_itself_in_words(measure: str, value: float, code: str) -> None:
    wrong = [
        finding
        for finding in all_findings(portrait=replace(GOOD_PORTRAIT, **{measure: value}))
        if not finding.acceptable
    ]
    assert [finding.code for finding in wrong] == [code]
    assert wrong[0].measured
    assert wrong[0].limit
    assert wrong[0].advice.endswith(".")


@pytest.mark.law("C2")
def test_an_examination_tells_the_bad_and_makes_nothing_of_it() -> None:
    photograph, embedder = a_photograph(), FakeEmbedder()
    found = an_enroller(FakeFinder([a_face(side=60)]), embedder).examine(a_request(photograph), photograph)
    assert {finding.code for finding in found if not finding.acceptable} >= {"size", "eye-distance"}
    assert not embedder.gave
    with pytest.raises(EnrolmentRefused, match="not the photograph"):
        an_enroller().examine(a_request(photograph, photograph_sha256=a_hash("other")), photograph)


def test_eyes_are_measured_between_their_middles() -> None:
    landmarks = a_face(side=100).landmarks_xy
    assert landmarks is not None
    assert eye_distance(landmarks, PROFILE.landmarks.layout) == pytest.approx(35, abs=1e-3)


def test_unknown_recipient_gets_nothing_by_accident() -> None:
    photograph = a_photograph()
    answer = an_enroller().enrol(a_request(photograph), photograph)
    assert an_opening_key("stranger").id not in answer.sealed_templates
