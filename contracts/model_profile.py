"""A model profile: detector, landmarks, alignment, embedder, score and threshold, bound together by their hashes.

A threshold means something only for the chain that made the score, so the chain is one value with one hash. A warrant
pins that hash, a lease repeats it, and the matcher loads exactly the files it names (law.md P4). Written by hand as
TOML; hashed as canonical JSON, so that a comment or another order of lines changes nothing.

A threshold that was chosen by a calibration carries its record. The record is part of the hash: what a warrant pins
says, too, on whom the threshold was chosen. A profile without one has the hash that it had before there were any.
"""

import tomllib
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

from contracts import canonical
from contracts.errors import Malformed
from contracts.fields import Fields

KIND = "insyn/model-profile/v1"
CHAIN_KIND = "insyn/model-chain/v1"


class ProfileClass(StrEnum):
    """What a profile may be used for. Only a signed evaluation report can raise it above a demonstration."""

    DEMO = "DEMO"
    TRIAL = "TRIAL"
    OPERATIONAL = "OPERATIONAL"


class DetectorKind(StrEnum):
    """The detectors that the matcher can run."""

    MMOD = "mmod"
    """dlib's max-margin detector over an image pyramid."""
    YUNET = "yunet"
    """YuNet, which also gives landmarks."""


class LandmarkKind(StrEnum):
    """Where the five points come from."""

    DLIB_TREES = "dlib-trees"
    FROM_DETECTOR = "from-detector"


class LandmarkLayout(StrEnum):
    """Which five points they are."""

    EYE_CORNERS_NOSE = "eye-corners-nose"
    """Outer and inner corner of the eye on the picture's right, of the eye on its left, base of the nose (dlib)."""
    EYES_NOSE_MOUTH = "eyes-nose-mouth"
    """Eye on the picture's left, eye on its right, tip of the nose, corners of the mouth likewise (ArcFace)."""


class AlignmentKind(StrEnum):
    """How a face becomes a chip."""

    DLIB_CHIP = "dlib-chip"
    TEMPLATE = "template"
    """The similarity that brings the five points nearest to the profile's template."""


class PixelLayout(StrEnum):
    """How an embedder takes its chips."""

    NHWC_UINT8 = "nhwc-uint8"
    NCHW_FLOAT32 = "nchw-float32"


class ColourOrder(StrEnum):
    """Which colour comes first in an embedder's chips."""

    RGB = "rgb"
    BGR = "bgr"


class ChipView(StrEnum):
    """How a chip is shown to the embedder."""

    AS_IS = "as-is"
    MIRRORED = "mirrored"
    """Left and right changed over: the side that the light or a turned head favours is then no part of the mean."""


class ScoreKind(StrEnum):
    """How two embeddings are compared, and the unit of the threshold."""

    EUCLIDEAN_DISTANCE = "euclidean-distance"
    """Lower is more alike; the threshold is the largest distance."""
    COSINE = "cosine"
    """Higher is more alike; the threshold is the smallest cosine."""


@dataclass(frozen=True, kw_only=True)
class ModelFile:
    """One file, by its hash, and the licence under which it may be used (an SPDX identifier)."""

    sha256: str
    licence: str


@dataclass(frozen=True, kw_only=True)
class DetectorBinding:
    """The detector. Boxes below `least_score` (in its own unit) are dropped.

    `overlap` is the largest intersection over union of two boxes that both stay; MMOD's model states its own, and
    there it must be zero.
    """

    kind: DetectorKind
    file: ModelFile
    least_score: float
    overlap: float


@dataclass(frozen=True, kw_only=True)
class LandmarkBinding:
    """The landmarks; `file` is None where the detector gives them."""

    kind: LandmarkKind
    layout: LandmarkLayout
    file: ModelFile | None


@dataclass(frozen=True, kw_only=True)
class AlignmentBinding:
    """A square chip of `size` pixels; `padding` for dlib's chip, `template_xy` (in chip pixels) for the other kind."""

    kind: AlignmentKind
    size: int
    padding: float
    template_xy: tuple[tuple[float, float], ...]


@dataclass(frozen=True, kw_only=True)
class EmbedderBinding:
    """The embedder. A pixel enters it as `(value - mean) * scale`; an embedding is the mean over all `views`."""

    file: ModelFile
    dimensions: int
    layout: PixelLayout
    colour_order: ColourOrder
    mean: float
    scale: float
    views: tuple[ChipView, ...]


@dataclass(frozen=True, kw_only=True)
class ComparisonRule:
    """What makes a candidate.

    `threshold` is in the score's own unit. The best candidate must be more alike than the second *person* by `margin`,
    in the same unit. A further candidate within `quiet_time` joins the alert.
    """

    score: ScoreKind
    threshold: float
    margin: float
    quiet_time: timedelta

    @property
    def least_likeness(self) -> float:
        """The threshold where higher is more alike, as `matcher.embedding` scores: a distance is negated."""
        return -self.threshold if self.score is ScoreKind.EUCLIDEAN_DISTANCE else self.threshold


@dataclass(frozen=True, kw_only=True)
class FaceLimits:
    """What a face needs in order to be compared; the fields are those of `matcher.faces.quality.QualityLimits`."""

    least_size_px: float
    least_sharpness: float
    most_turn: float
    least_brightness: float
    most_brightness: float
    least_contrast: float
    most_cut_fraction: float


@dataclass(frozen=True, kw_only=True)
class PortraitLimits:
    """What a photograph needs beside that in order to be enrolled (C2): `matcher.faces.portrait` measures it.

    `least_nod` and `most_nod` belong to the landmarks' layout.
    """

    least_eyes_px: float
    least_nod: float
    most_nod: float
    most_unevenness: float
    most_black: float
    most_white: float


@dataclass(frozen=True, kw_only=True)
class Pacing:
    """Hints for the edge: detect in every so manieth analysed frame, track between."""

    detect_every: int


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """On whom a threshold was chosen, and what it reached on them: `false_alarms` of `people`, one search each.

    `threshold` is in the score's own unit, for a list of `enrolled` people and a `target_fpir`. `lower` and `upper`
    hold the rate in `confidence` of repetitions (Clopper and Pearson). The hashes bind the chain of models (the
    profile's `chain_sha256`), the content of all pictures, and who the people were: none of them may be in a test.
    """

    threshold: float
    enrolled: int
    target_fpir: float
    false_alarms: int
    people: int
    lower: float
    upper: float
    confidence: float
    chain_sha256: str
    data_sha256: str
    people_sha256: str
    seed: int


@dataclass(frozen=True, kw_only=True)
class ModelProfile:
    """One admitted or demonstrated chain of models."""

    name: str
    profile_class: ProfileClass
    detector: DetectorBinding
    landmarks: LandmarkBinding
    alignment: AlignmentBinding
    embedder: EmbedderBinding
    comparison: ComparisonRule
    faces: FaceLimits
    portrait: PortraitLimits
    pacing: Pacing
    calibration: Calibration | None = None
    """None where nobody has recorded on whom the threshold was chosen."""

    @property
    def files(self) -> dict[str, ModelFile]:
        """Every file that the chain loads, by its part."""
        found = {"detector": self.detector.file, "embedder": self.embedder.file}
        if self.landmarks.file is not None:
            found["landmarks"] = self.landmarks.file
        return dict(sorted(found.items()))

    @property
    def profile_sha256(self) -> str:
        """The SHA-256 of the profile's canonical bytes."""
        return canonical.sha256_hex(self.canonical_bytes())

    @property
    def chain_sha256(self) -> str:
        """The SHA-256 of what makes a score, whatever threshold, name or class it is used under."""
        fields = self._fields()
        for part in ("name", "profile_class", "calibration"):
            fields.pop(part, None)
        del fields["comparison"]["threshold"]
        return canonical.sha256_hex(canonical.encode({"kind": CHAIN_KIND, **fields}))

    def canonical_bytes(self) -> bytes:
        """The profile as canonical JSON (RFC 8785)."""
        return canonical.encode({"kind": KIND, **self._fields()})

    def _fields(self) -> dict[str, Any]:
        fields = asdict(self)
        fields["comparison"]["quiet_time"] = self.comparison.quiet_time / timedelta(seconds=1)
        if self.calibration is None:
            # Absent, not null: a profile that has none keeps the hash under which warrants pin it.
            del fields["calibration"]
        return fields


def parse_profile(toml: bytes) -> ModelProfile:
    """Read a profile, strictly: every field present and in bounds, none unknown.

    Raises:
        Malformed: the file is not such a profile.
    """
    try:
        table = tomllib.loads(toml.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Malformed("This model profile is not TOML.") from error
    fields = Fields(table, "model profile")
    fields.kind(KIND)
    profile = ModelProfile(
        name=fields.identifier("name"),
        profile_class=fields.choice("class", ProfileClass),
        detector=fields.record("detector", _detector),
        landmarks=fields.record("landmarks", _landmarks),
        alignment=fields.record("alignment", _alignment),
        embedder=fields.record("embedder", _embedder),
        comparison=fields.record("comparison", _comparison),
        faces=fields.record("faces", _faces),
        portrait=fields.record("portrait", _portrait),
        pacing=fields.record("pacing", _pacing),
        calibration=fields.record("calibration", _calibration) if "calibration" in table else None,
    )
    fields.end()
    _check_chain(profile)
    if profile.calibration is not None:
        _check_calibration(profile, profile.calibration)
    return profile


def _check_calibration(profile: ModelProfile, calibration: Calibration) -> None:
    """Refuse a record of another chain, of a stricter threshold than is used, or with counts that cannot be."""
    if calibration.chain_sha256 != profile.chain_sha256:
        raise Malformed("The calibration of this model profile is of another chain of models; calibrate this one.")
    rule = profile.comparison
    if replace(rule, threshold=calibration.threshold).least_likeness > rule.least_likeness:
        raise Malformed("The threshold of this model profile is looser than its calibration allows.")
    reached = calibration.false_alarms / calibration.people
    if not reached <= calibration.target_fpir or not calibration.lower <= reached <= calibration.upper:
        raise Malformed(
            "The counts of this model profile's calibration do not reach its target or lie outside its interval."
        )
    if calibration.people * calibration.target_fpir < 1:
        raise Malformed("The calibration of this model profile is of too few people to know anything of its target.")


def _check_chain(profile: ModelProfile) -> None:
    """Refuse parts that cannot work together."""
    gives_landmarks = profile.detector.kind is DetectorKind.YUNET
    if profile.landmarks.kind is LandmarkKind.FROM_DETECTOR and not gives_landmarks:
        raise Malformed("This model profile takes landmarks from a detector that gives none.")
    needed = (
        LandmarkLayout.EYE_CORNERS_NOSE
        if profile.alignment.kind is AlignmentKind.DLIB_CHIP
        else LandmarkLayout.EYES_NOSE_MOUTH
    )
    given = (
        LandmarkLayout.EYE_CORNERS_NOSE
        if profile.landmarks.kind is LandmarkKind.DLIB_TREES
        else LandmarkLayout.EYES_NOSE_MOUTH
    )
    if not needed is given is profile.landmarks.layout:
        raise Malformed("This model profile aligns by other points than its landmarks are.")


def _file(fields: Fields) -> ModelFile:
    return ModelFile(sha256=fields.sha256("sha256"), licence=fields.text("licence"))


def _detector(value: object) -> DetectorBinding:
    fields = Fields(value, "model profile's detector")
    binding = DetectorBinding(
        kind=fields.choice("kind", DetectorKind),
        file=_file(fields),
        least_score=fields.number("least_score", minimum=-10, maximum=10),
        overlap=fields.number("overlap", minimum=0, maximum=1),
    )
    fields.end()
    return binding


def _landmarks(value: object) -> LandmarkBinding:
    fields = Fields(value, "model profile's landmarks")
    kind = fields.choice("kind", LandmarkKind)
    binding = LandmarkBinding(
        kind=kind,
        layout=fields.choice("layout", LandmarkLayout),
        file=None if kind is LandmarkKind.FROM_DETECTOR else _file(fields),
    )
    fields.end()
    return binding


def _alignment(value: object) -> AlignmentBinding:
    fields = Fields(value, "model profile's alignment")
    kind = fields.choice("kind", AlignmentKind)
    size = fields.integer("size", minimum=32, maximum=512)
    is_dlib = kind is AlignmentKind.DLIB_CHIP
    padding = fields.number("padding", minimum=0, maximum=2) if is_dlib else 0.0
    template = () if is_dlib else fields.items("template_xy", _point)
    fields.end()
    if not is_dlib and len(template) != 5:
        raise Malformed("The template of this model profile does not have five points.")
    return AlignmentBinding(kind=kind, size=size, padding=padding, template_xy=template)


def _point(value: object) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2 or not all(type(n) in (int, float) for n in value):
        raise Malformed("A template point of this model profile is not a pair of numbers.")
    return float(value[0]), float(value[1])


def _embedder(value: object) -> EmbedderBinding:
    fields = Fields(value, "model profile's embedder")
    binding = EmbedderBinding(
        file=_file(fields),
        dimensions=fields.integer("dimensions", minimum=16, maximum=4096),
        layout=fields.choice("layout", PixelLayout),
        colour_order=fields.choice("colour_order", ColourOrder),
        mean=fields.number("mean", minimum=0, maximum=255),
        scale=fields.number("scale", minimum=1e-6, maximum=255),
        views=fields.items("views", _view),
    )
    fields.end()
    if binding.layout is PixelLayout.NHWC_UINT8 and (binding.mean, binding.scale) != (0.0, 1.0):
        raise Malformed("This model profile scales whole numbers; mean must be 0 and scale 1.")
    if binding.views not in ((ChipView.AS_IS,), (ChipView.AS_IS, ChipView.MIRRORED)):
        raise Malformed("The views of this model profile are not 'as-is', alone or followed by 'mirrored'.")
    return binding


def _view(value: object) -> ChipView:
    if value not in tuple(ChipView):
        raise Malformed("A view of this model profile is not one of " + ", ".join(ChipView) + ".")
    return ChipView(str(value))


def _comparison(value: object) -> ComparisonRule:
    fields = Fields(value, "model profile's comparison")
    score = fields.choice("score", ScoreKind)
    lowest = 0.0 if score is ScoreKind.EUCLIDEAN_DISTANCE else -1.0
    highest = 4.0 if score is ScoreKind.EUCLIDEAN_DISTANCE else 1.0
    rule = ComparisonRule(
        score=score,
        threshold=fields.number("threshold", minimum=lowest, maximum=highest),
        margin=fields.number("margin", minimum=0, maximum=2),
        quiet_time=timedelta(seconds=fields.number("quiet_time", minimum=0, maximum=3600)),
    )
    fields.end()
    return rule


def _faces(value: object) -> FaceLimits:
    fields = Fields(value, "model profile's face limits")
    limits = FaceLimits(
        least_size_px=fields.number("least_size_px", minimum=16, maximum=1000),
        least_sharpness=fields.number("least_sharpness", minimum=0, maximum=100),
        most_turn=fields.number("most_turn", minimum=0, maximum=10),
        least_brightness=fields.number("least_brightness", minimum=0, maximum=255),
        most_brightness=fields.number("most_brightness", minimum=0, maximum=255),
        least_contrast=fields.number("least_contrast", minimum=0, maximum=255),
        most_cut_fraction=fields.number("most_cut_fraction", minimum=0, maximum=1),
    )
    fields.end()
    return limits


def _portrait(value: object) -> PortraitLimits:
    fields = Fields(value, "model profile's portrait limits")
    limits = PortraitLimits(
        least_eyes_px=fields.number("least_eyes_px", minimum=8, maximum=1000),
        least_nod=fields.number("least_nod", minimum=-10, maximum=10),
        most_nod=fields.number("most_nod", minimum=-10, maximum=10),
        most_unevenness=fields.number("most_unevenness", minimum=0, maximum=2),
        most_black=fields.number("most_black", minimum=0, maximum=1),
        most_white=fields.number("most_white", minimum=0, maximum=1),
    )
    fields.end()
    return limits


def _pacing(value: object) -> Pacing:
    fields = Fields(value, "model profile's pacing")
    pacing = Pacing(detect_every=fields.integer("detect_every", minimum=1, maximum=100))
    fields.end()
    return pacing


def _calibration(value: object) -> Calibration:
    fields = Fields(value, "model profile's calibration")
    record = Calibration(
        threshold=fields.number("threshold", minimum=-1, maximum=4),
        enrolled=fields.integer("enrolled", minimum=1, maximum=10_000_000),
        target_fpir=fields.number("target_fpir", minimum=1e-9, maximum=0.5),
        false_alarms=fields.integer("false_alarms", minimum=0, maximum=10**9),
        people=fields.integer("people", minimum=1, maximum=10**9),
        lower=fields.number("lower", minimum=0, maximum=1),
        upper=fields.number("upper", minimum=0, maximum=1),
        confidence=fields.number("confidence", minimum=0.5, maximum=0.999),
        chain_sha256=fields.sha256("chain_sha256"),
        data_sha256=fields.sha256("data_sha256"),
        people_sha256=fields.sha256("people_sha256"),
        seed=fields.integer("seed", minimum=0, maximum=2**32),
    )
    fields.end()
    return record
