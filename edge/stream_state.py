"""The state of a camera's stream, always visible, and how long to wait before it is tried again."""

import random
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique


@unique
class StreamState(StrEnum):
    """Where a stream stands."""

    CONNECTING = "connecting"
    STREAMING = "streaming"
    STALLED = "stalled"
    RECONNECTING = "reconnecting"
    ENDED = "ended"
    REFUSED = "refused"


@unique
class StreamNote(StrEnum):
    """Why a stream stands where it does: one sentence each, shown to the operator as it is."""

    OPENING = "The source is being opened."
    FRAMES_ARRIVE = "Frames arrive."
    FILE_AT_ITS_END = "The recording was read to its end."
    CANNOT_OPEN = "The source could not be opened; check that it is there, is switched on and is a video."
    CONNECTION_ENDED = "The camera ended the connection."
    DECODER_DIED = "The decoder ended unexpectedly and is started again."
    EMPTY_FILE = "The file is empty; put a recording in its place."
    ENDED_EARLY = "The recording ended before its announced length; it is truncated or damaged."
    MISSING_FILE = "There is no file at the configured path; check the camera's source."
    NO_IMAGES = "The folder holds no image that can be read (PNG or JPEG); put images in it."
    NO_FRAMES_CAME = "No frame came in time, so the decoder was ended and is started again."
    NOT_A_VIDEO = "The file holds no video that can be read; it is damaged, truncated or of a kind that is not allowed."
    NOT_REGULAR = "The configured path is neither a file nor a folder of images."
    NOT_PERMITTED = (
        "This authorisation does not permit this source: under DEMO keys only local devices, files and loopback."
    )
    OTHER_KIND = "The configured source is not of the kind that the camera's signed record names."
    REDIRECTED = "The camera's address redirects to another one, which is refused; configure the final address."
    STOPPED = "The stream was closed."
    DEMO_LIMIT = "A demonstration reads a live source for ten minutes and no longer; they are over."
    MASKS_REFUSED = "A privacy mask of the camera's record cannot be painted, so the camera is not read."
    TOO_LARGE = "The picture is larger than 33 megapixels; set the camera to a smaller one."


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamStatus:
    """A stream's state, since when it has held, and why."""

    state: StreamState
    since: datetime
    note: StreamNote
    attempt: int
    """How many times in a row the source was tried without a frame coming."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Waits that double from `first_s` up to `longest_s`, each jittered so that cameras do not return in step."""

    first_s: float = 0.5
    longest_s: float = 30.0

    def wait_s(self, attempt: int, chance: random.Random) -> float:
        """Return the wait before this attempt (counted from 1), between half and all of its step."""
        step = min(self.longest_s, self.first_s * 2.0 ** min(max(attempt, 1) - 1, 30))
        return step * (0.5 + 0.5 * chance.random())
