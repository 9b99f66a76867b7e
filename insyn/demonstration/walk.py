"""Who walks where and when in the demonstration: a plan of straight walks, pure, the same for the same seed.

The camera looks straight ahead at a little over head height. A person's *face height* in pixels says how near they
are: `distance = 1 / face height`. Everyone walks straight ahead at an even speed, so distance changes evenly and the
place in the picture follows by perspective; bobbing, swaying and leaning come on top.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

WIDTH, HEIGHT, FRAMES_PER_SECOND = 1280, 720, 25
DURATION_SECONDS: Final = 66
FRAME_COUNT: Final = DURATION_SECONDS * FRAMES_PER_SECOND
DEFAULT_SEED: Final = 20_250
HORIZON_Y: Final = 205.0
_BELOW_HORIZON: Final = 0.42
"""How far below the horizon a face's centre lies, in face heights."""


@dataclass(frozen=True, kw_only=True)
class Pass:
    """One person's walk past the camera, from one point in the picture (or beside it) to another.

    Times in seconds of the film; `x` in pixels, of the face's centre; `face_px` the face's height.
    """

    person: str
    photograph: int
    starts_at: float
    ends_at: float
    x: tuple[float, float]
    face_px: tuple[float, float]
    step_phase: float = 0.0
    paces_per_second: float = 1.8
    taller: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Stance:
    """Where and how somebody stands in one frame. Angles in radians, lengths in pixels."""

    x: float
    y: float
    face_px: float
    lean: float

    @property
    def face_xyxy(self) -> tuple[float, float, float, float]:
        """The face's box, square, upright."""
        half = self.face_px / 2
        return (self.x - half, self.y - half, self.x + half, self.y + half)

    @property
    def is_whole(self) -> bool:
        """Whether the face's box lies wholly inside the picture."""
        x1, y1, x2, y2 = self.face_xyxy
        return x1 >= 0 and y1 >= 0 and x2 <= WIDTH and y2 <= HEIGHT

    @property
    def is_in_picture(self) -> bool:
        """Whether any of the face's box lies inside the picture."""
        x1, y1, x2, y2 = self.face_xyxy
        return x2 > 0 and y2 > 0 and x1 < WIDTH and y1 < HEIGHT


def plan(seed: int = DEFAULT_SEED) -> tuple[Pass, ...]:
    """Return the walks of the whole film, in the order of their beginning; only the gait depends on the seed."""
    dice = random.Random(seed)  # noqa: S311 - a film's small variations, nothing secret
    return tuple(_with_gait(walk, dice) for walk in _WALKS)


def stance(walk: Pass, frame: int) -> Stance | None:
    """Return where the walker is in that frame, or nothing when the walk has not begun or is over."""
    seconds = frame / FRAMES_PER_SECOND
    if not walk.starts_at <= seconds <= walk.ends_at:
        return None
    done = (seconds - walk.starts_at) / (walk.ends_at - walk.starts_at)
    near, far = 1 / walk.face_px[0], 1 / walk.face_px[1]
    distance = near + (far - near) * done
    face_px = 1 / distance
    # The place beside the line of sight, in the world, changes evenly: x in the picture is that over the distance.
    start, end = (walk.x[0] - WIDTH / 2) * near, (walk.x[1] - WIDTH / 2) * far
    pace = 2 * math.pi * walk.paces_per_second * (seconds - walk.starts_at) + walk.step_phase
    return Stance(
        x=WIDTH / 2 + (start + (end - start) * done) / distance + 0.02 * face_px * math.sin(pace / 2),
        y=HORIZON_Y + face_px * (_BELOW_HORIZON - walk.taller + 0.03 * math.sin(pace)),
        face_px=face_px,
        lean=math.radians(1.5) * math.sin(pace / 2 + 0.7),
    )


def stances(walk: Pass) -> Iterator[tuple[int, Stance]]:
    """Yield every frame in which any of the walker's face is in the picture, with the stance in it."""
    first = max(0, math.floor(walk.starts_at * FRAMES_PER_SECOND))
    last = min(FRAME_COUNT - 1, math.ceil(walk.ends_at * FRAMES_PER_SECOND))
    for frame in range(first, last + 1):
        there = stance(walk, frame)
        if there is not None and there.is_in_picture:
            yield frame, there


def _with_gait(walk: Pass, dice: random.Random) -> Pass:
    return Pass(
        person=walk.person,
        photograph=walk.photograph,
        starts_at=walk.starts_at,
        ends_at=walk.ends_at,
        x=walk.x,
        face_px=walk.face_px,
        step_phase=dice.uniform(0, 2 * math.pi),
        paces_per_second=dice.uniform(1.65, 1.95),
        taller=dice.uniform(-0.08, 0.08),
    )


def _walk(who: str, starts: float, lasts: float, x: tuple[float, float], face_px: tuple[float, float]) -> Pass:
    person, _, number = who.partition("/")
    return Pass(
        person=f"person-{person}",
        photograph=int(number),
        starts_at=starts,
        ends_at=starts + lasts,
        x=x,
        face_px=face_px,
    )


_WALKS: Final = (
    _walk("a/2", 4.0, 5.5, (-160, 1450), (95, 150)),
    _walk("b/1", 10.5, 5.0, (1450, -160), (72, 120)),
    _walk("a/3", 19.0, 5.5, (1500, -260), (110, 235)),
    _walk("c/1", 25.5, 5.5, (-150, 1420), (80, 115)),
    _walk("b/1", 27.0, 4.5, (1480, -200), (150, 200)),
    _walk("a/2", 34.5, 6.0, (-80, 1360), (50, 56)),
    _walk("c/1", 42.0, 4.5, (1400, -130), (90, 125)),
    _walk("b/1", 50.5, 5.5, (1400, -120), (75, 95)),
    _walk("a/3", 49.5, 5.5, (-200, 1450), (130, 190)),
    _walk("b/1", 58.5, 4.5, (-300, 1600), (200, 250)),
)
