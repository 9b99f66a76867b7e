"""The stages that are measured, by name, and what each is counted in."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from matcher.models.shipped_profiles import DEFAULT_PROFILE

FAST_PROFILE: Final = "yunet-retail0095"


class Contender(StrEnum):
    """Whose code does the work."""

    INSYN = "insyn"
    DLIB = "dlib"
    FACE_RECOGNITION = "face_recognition"


class Part(StrEnum):
    """The kinds of work."""

    DETECTION = "detection"
    LANDMARKS = "landmarks"
    ALIGNMENT = "alignment"
    EMBEDDING = "embedding"
    QUALITY = "quality"
    MOTION_GATE = "motion_gate"
    MASKS = "masks"
    TRACKING = "tracking"
    COMPARISON = "comparison"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One thing to measure. `size` is a picture's size, a batch or a number of references, by `part`."""

    part: Part
    per: str
    size: str = ""
    profile: str = DEFAULT_PROFILE
    rivals: tuple[Contender, ...] = ()
    slow_rival: bool = False
    """One call of the rival takes several seconds."""

    @property
    def name(self) -> str:
        """The stage's key in the report, such as `detection_640x360` or `embedding_8.yunet-retail0095`."""
        name = f"{self.part.value}_{self.size}" if self.size else self.part.value
        return name if self.profile == DEFAULT_PROFILE else f"{name}.{self.profile}"


_DLIB: Final = (Contender.DLIB,)
_BOTH: Final = (Contender.DLIB, Contender.FACE_RECOGNITION)

DETECTION: Final = Stage(part=Part.DETECTION, per="frame", size="640x360", rivals=_BOTH)
EMBEDDING: Final = Stage(part=Part.EMBEDDING, per="face", size="1", rivals=_BOTH)

STAGES: Final = (
    DETECTION,
    Stage(part=Part.DETECTION, per="frame", size="1280x720", rivals=_DLIB, slow_rival=True),
    Stage(part=Part.LANDMARKS, per="face", rivals=_DLIB),
    Stage(part=Part.ALIGNMENT, per="face", rivals=_DLIB),
    EMBEDDING,
    Stage(part=Part.EMBEDDING, per="face", size="8", rivals=_DLIB),
    Stage(part=Part.QUALITY, per="face"),
    Stage(part=Part.MOTION_GATE, per="frame"),
    Stage(part=Part.MASKS, per="frame"),
    Stage(part=Part.TRACKING, per="frame"),
    Stage(part=Part.COMPARISON, per="probe", size="1"),
    Stage(part=Part.COMPARISON, per="probe", size="100"),
    Stage(part=Part.COMPARISON, per="probe", size="1000"),
    Stage(part=Part.COMPARISON, per="probe", size="10000"),
    Stage(part=Part.DETECTION, per="frame", size="640x360", profile=FAST_PROFILE),
    Stage(part=Part.DETECTION, per="frame", size="1280x720", profile=FAST_PROFILE),
    Stage(part=Part.ALIGNMENT, per="face", profile=FAST_PROFILE),
    Stage(part=Part.EMBEDDING, per="face", size="1", profile=FAST_PROFILE),
    Stage(part=Part.EMBEDDING, per="face", size="8", profile=FAST_PROFILE),
)

QUICK_STAGES: Final = tuple(
    stage for stage in STAGES if stage in (DETECTION, EMBEDDING) or stage.name in ("masks", "comparison_100")
)


def stage_named(name: str) -> Stage:
    """Return the stage of this name."""
    return next(stage for stage in STAGES if stage.name == name)
