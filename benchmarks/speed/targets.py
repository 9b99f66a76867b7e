"""What is to be reached, and whether it was."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

#: What counts as no growth: our own line, about 1.5 % of what a camera takes. The processes warm up for some minutes.
_LARGEST_GROWTH_MB: Final = 6.0
LEAST_MINUTES_FOR_GROWTH: Final = 10.0


class Direction(StrEnum):
    """On which side of the target the good values are."""

    AT_LEAST = "at least"
    BELOW = "below"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One figure to reach. `key` is its key at the top of the report."""

    key: str
    title: str
    direction: Direction
    value: float
    unit: str

    def met_by(self, measured: float | None) -> bool | None:
        """Say whether a value reaches the target; None where nothing was measured."""
        if measured is None:
            return None
        return measured >= self.value if self.direction is Direction.AT_LEAST else measured < self.value

    def to_json(self, measured: float | None) -> dict[str, object]:
        """Return the target beside what was measured."""
        return {
            "direction": self.direction.value,
            "key": self.key,
            "measured": measured,
            "met": self.met_by(measured),
            "target": self.value,
            "title": self.title,
            "unit": self.unit,
        }


GROWTH_KEY: Final = "memory_growth_mb"

TARGETS: Final = (
    Target(
        key="embedding_ratio_1t",
        title="Embedding, one thread, beside dlib",
        direction=Direction.AT_LEAST,
        value=10,
        unit="times as fast",
    ),
    Target(
        key="embedding_ratio_2t",
        title="Embedding, two threads, beside dlib",
        direction=Direction.AT_LEAST,
        value=20,
        unit="times as fast",
    ),
    Target(
        key="detection_ratio_1t",
        title="Detection, one thread, beside dlib",
        direction=Direction.AT_LEAST,
        value=15,
        unit="times as fast",
    ),
    Target(
        key="pipeline_fps_default",
        title="Edge pipeline, default models",
        direction=Direction.AT_LEAST,
        value=10,
        unit="analysed frames/s",
    ),
    Target(
        key="pipeline_fps_yunet",
        title="Edge pipeline, YuNet",
        direction=Direction.AT_LEAST,
        value=40,
        unit="analysed frames/s",
    ),
    Target(key="pss_mb", title="Memory of one camera (PSS)", direction=Direction.BELOW, value=600, unit="MiB"),
    Target(
        key=GROWTH_KEY,
        title="Growth of memory over ten minutes",
        direction=Direction.BELOW,
        value=_LARGEST_GROWTH_MB,
        unit="MiB",
    ),
)
