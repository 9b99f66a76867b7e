"""What a machine may ask to have computed: the request of `insyn evaluate metrics`, checked at the door.

One file, many asks, each with a name of its own and answered by itself. `docs/schemas/metrics-request-1.json` is made
from these classes.
"""

import json
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

Fraction = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Confidence = Annotated[float, Field(gt=0, lt=1)]
Numbers = list[float]
MaybeNumbers = list[float | None]


class Ask(BaseModel):
    """What every ask has.

    A name that its answer bears. `distances` means that less is more alike; scores and thresholds are then
    negated.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)
    id: Annotated[str, Field(min_length=1, max_length=200)]


class OfScores(Ask):
    """An ask about scores."""

    distances: bool = False


class Fmr(OfScores):
    """FMR at a threshold; with the two people of each comparison, an interval over people."""

    metric: Literal["fmr"]
    non_mated: MaybeNumbers
    threshold: float
    first: list[int] | None = None
    second: list[int] | None = None
    confidence: Confidence = 0.95


class Fnmr(OfScores):
    """FNMR at a threshold; with the person of each comparison, an interval over people."""

    metric: Literal["fnmr"]
    mated: MaybeNumbers
    threshold: float
    people: list[int] | None = None
    confidence: Confidence = 0.95


class ThresholdForFmr(OfScores):
    """The lowest threshold that keeps a target FMR."""

    metric: Literal["threshold-for-fmr"]
    non_mated: Numbers
    target: Fraction


class TarAtFmr(OfScores):
    """TAR at the threshold that keeps a target FMR."""

    metric: Literal["tar-at-fmr"]
    mated: Numbers
    non_mated: Numbers
    target: Fraction


class OfBothKinds(OfScores):
    """A figure of mated and non-mated scores."""

    metric: Literal["auc", "cllr", "d-prime", "det", "eer-convex-hull", "eer-midpoint"]
    mated: Numbers
    non_mated: Numbers


class ErrorVersusDiscard(OfScores):
    """FNMR of the pairs left after the worst quality went."""

    metric: Literal["error-versus-discard"]
    mated: Numbers
    quality: Numbers
    threshold: float
    until: Fraction = 0.2


class Acquisition(Ask):
    """Failures to acquire or to enrol."""

    metric: Literal["fta", "fte"]
    failed: Count
    attempted: Count


class SystemLevel(Ask):
    """Errors of a whole system from its failures to acquire and its matcher's errors."""

    metric: Literal["system-level"]
    fta: Fraction
    fmr: Fraction
    fnmr: Fraction


class Drawn(Ask):
    """An ask that draws people anew, where it is asked to, so many times."""

    replicates: Annotated[int, Field(ge=0, le=20_000)] = 0
    seed: Count = 0


class Identification(OfScores, Drawn):
    """Searches of an open set, a row each.

    A row of nulls gave no template. `mate` is a column from 0, or -1 for who is not enrolled.
    """

    metric: Literal["identification"]
    scores: list[MaybeNumbers]
    mate: list[int]
    people: list[int] | None = None
    threshold: float
    rank: Annotated[int, Field(ge=1)] = 1
    length: Annotated[int, Field(ge=1)] = 50


class ThresholdForFpir(OfScores):
    """The lowest threshold that keeps a target FPIR on the non-mated of these searches."""

    metric: Literal["threshold-for-fpir"]
    scores: list[MaybeNumbers]
    mate: list[int]
    target: Fraction


class MatchCharacteristic(OfScores):
    """TPIR by rank, without a threshold."""

    metric: Literal["cmc"]
    scores: list[MaybeNumbers]
    mate: list[int]
    ranks: Annotated[int, Field(ge=1)]


class Stream(OfScores):
    """False alarms on a stream by frame, track and transit; a row for each face in each frame.

    With the hours of all cameras, transits that alarmed in an hour.
    """

    metric: Literal["stream"]
    score: MaybeNumbers
    track: list[int]
    transit: list[int]
    person: list[int]
    listed: list[bool]
    threshold: float
    camera_hours: Annotated[float, Field(ge=0)] | None = None


class Differences(Ask):
    """How far groups lie apart, from each eligible group's rates.

    With a target, how far from it; with accuracies, which mix both errors, what publications tell of those.
    """

    metric: Literal["differences"]
    fmr: dict[str, Fraction]
    fnmr: dict[str, Fraction] | None = None
    alpha: Fraction = 0.5
    target: Annotated[float, Field(gt=0, le=1)] | None = None
    accuracy: dict[str, Fraction] | None = None


class GroupCount(BaseModel):
    """One group's searches: how many alarmed, of how many, of how many people."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    name: str
    errors: Count
    trials: Count
    people: Count


class Groups(Drawn):
    """Which groups may bear a claim at a target rate, worst first, and how far those lie apart.

    Every cell of crossed labels belongs in it, also one without a trial: that is listed as empty. With `replicates`, an
    interval around the ratio, people drawn anew; it takes one trial for each person.
    """

    metric: Literal["groups"]
    groups: list[GroupCount]
    target: Annotated[float, Field(gt=0, lt=1)]


class Counted(Ask):
    """Intervals and one-sided limits around a count of independent trials."""

    metric: Literal["interval"]
    errors: Count
    trials: Count
    confidence: Confidence = 0.95


class PeopleForClaim(Ask):
    """How many people a claim of "not more than" needs."""

    metric: Literal["people-for-claim"]
    target: Annotated[float, Field(gt=0, lt=1)]
    alarms: Count = 0
    confidence: Confidence = 0.95


class AlarmsAllowed(Ask):
    """How many of so many people may alarm, and "not more than" holds."""

    metric: Literal["alarms-allowed"]
    target: Annotated[float, Field(gt=0, lt=1)]
    people: Annotated[int, Field(ge=1)]
    confidence: Confidence = 0.95


class WorthOfSearches(Ask):
    """How many independent searches those of people with several probes each are worth."""

    metric: Literal["worth-of-searches"]
    searches: Count
    each: Annotated[float, Field(ge=1)]
    correlation: Fraction


class AlarmsToSeeRatio(Ask):
    """Expected alarms in the better group that show a ratio between two groups."""

    metric: Literal["alarms-to-see-ratio"]
    ratio: float
    power: Confidence = 0.8
    significance: Confidence = 0.05


class SmallestRatioSeen(Ask):
    """The smallest ratio that so many expected alarms could have shown."""

    metric: Literal["smallest-ratio-seen"]
    expected: float
    power: Confidence = 0.8
    significance: Confidence = 0.05


class ListSize(Ask):
    """FPIR of a list from an FMR, the FMR that a list needs for an FPIR, and the longest list.

    Computed, not measured.
    """

    metric: Literal["list-size"]
    enrolled: Annotated[int, Field(ge=1)]
    fmr: Fraction | None = None
    fpir: Fraction | None = None


AnyAsk = Annotated[
    Acquisition
    | AlarmsAllowed
    | AlarmsToSeeRatio
    | Counted
    | Differences
    | ErrorVersusDiscard
    | Fmr
    | Fnmr
    | Groups
    | Identification
    | ListSize
    | MatchCharacteristic
    | OfBothKinds
    | PeopleForClaim
    | SmallestRatioSeen
    | Stream
    | SystemLevel
    | TarAtFmr
    | ThresholdForFmr
    | ThresholdForFpir
    | WorthOfSearches,
    Field(discriminator="metric"),
]


class Request(BaseModel):
    """A whole request."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    kind: Literal["insyn/metrics-request/1"]
    ask: Annotated[list[AnyAsk], Field(min_length=1)]


SCHEMA: Final = Path("docs/schemas/metrics-request-1.json")


def schema_text() -> str:
    """The JSON schema (draft 2020-12) of a request, as it lies in `SCHEMA`."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Request.model_json_schema()}
    return json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(schema_text(), encoding="utf-8")
