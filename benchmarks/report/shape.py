"""What every evaluation holds, checked before a page is made of it: `docs/schemas/evaluation-1.json` is made from this.

An evaluation has more than is named here; what is named is there, of its type, and consistent where it must be.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from benchmarks.report.errors import NoEvaluation
from contracts.canonical import encode, sha256_hex

SCHEMA: Final = Path("docs/schemas/evaluation-1.json")
Count = Annotated[int, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
Standing = Literal["PASS", "FAIL", "NOT DEMONSTRATED"]


class Part(BaseModel):
    """A part of an evaluation; more may stand in it."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False, strict=True)


class Limits(Part):
    """An interval with its method."""

    lower: Fraction
    upper: Fraction
    confidence: Annotated[float, Field(gt=0, lt=1)]
    method: str


class Counted(Part):
    """A rate with its counts. Of nothing there is no rate, and then a reason."""

    numerator: Count
    denominator: Count
    value: Fraction | None
    unit: str
    people: Count | None
    interval: Limits | None

    @model_validator(mode="after")
    def _adds_up(self) -> "Counted":
        if self.numerator > self.denominator or (self.value is None) != (self.denominator == 0):
            raise ValueError("the counts of a rate contradict one another")
        if self.value is not None and abs(self.value - self.numerator / self.denominator) > 1e-8:
            raise ValueError("a rate is not what its counts give")
        return self


class Verification(Part):
    """LFW View 2."""

    accuracy: Fraction
    standard_error: Annotated[float, Field(ge=0)]
    failures_to_detect: Count
    errors: Count
    pairs: Count


class Identified(Part):
    """One length of list at one threshold; every other seed stands in `seeds`."""

    N: Annotated[int, Field(ge=1)]
    threshold: float
    fpir: Counted
    fnir: Counted
    people_ever_alarmed: Counted
    seeds: Annotated[list[dict[str, Any]], Field(min_length=1)]


class Group(Part):
    """One group of people, all labels crossed."""

    group: str
    people: Count
    searches: Count
    false_alarms: Count
    fpir: Fraction | None
    interval: Limits | None
    status: Literal["ok", "empty", "insufficient"]

    @model_validator(mode="after")
    def _adds_up(self) -> "Group":
        known = self.fpir is not None
        if self.false_alarms > self.searches or known != (self.searches > 0):
            raise ValueError("the counts of a group contradict one another")
        if self.fpir is not None and abs(self.fpir - self.false_alarms / self.searches) > 1e-8:
            raise ValueError("a group's rate is not what its counts give")
        return self


class Item(Part):
    """One item of the gate."""

    number: Annotated[int, Field(ge=1, le=15)]
    asks: str
    verdict: Standing
    found: str
    limit: str
    source: str
    why: str


class Gate(Part):
    """Fifteen items, and what they come to together."""

    verdict: Standing
    items: Annotated[list[Item], Field(min_length=15, max_length=15)]

    @model_validator(mode="after")
    def _comes_to(self) -> "Gate":
        found = {one.verdict for one in self.items}
        whole = next(one for one in ("FAIL", "NOT DEMONSTRATED", "PASS") if one in found)
        if whole != self.verdict or [one.number for one in self.items] != list(range(1, 16)):
            raise ValueError("the gate's items do not come to its verdict")
        return self


class Measured(Part):
    """One group's rate, with and without who is in both sets."""

    rate: Counted
    status: str


class GroupOfCrossing(Part):
    """One group of one way to cross the labels."""

    name: str
    without_overlap: Measured
    with_overlap: Measured
    not_acquired: Counted


class CrossingOfLabels(Part):
    """One way to cross the labels."""

    labels: list[str]
    groups: list[GroupOfCrossing]
    differences: dict[str, Any]


class Overlap(Part):
    """Who seems to be in both sets."""

    same_photograph: Count
    same_person: Count
    excluded: Count
    rule: str


class Bias(Part):
    """False alarms of groups on one list at one threshold."""

    enrolled: Annotated[int, Field(ge=1)]
    target: Annotated[float, Field(gt=0, lt=1)]
    everybody: GroupOfCrossing
    crossings: list[CrossingOfLabels]
    overlap: Overlap


class Acquisition(Part):
    """Pictures that gave no search."""

    failures_to_detect: Counted
    failures_to_acquire: Counted
    reasons: dict[str, Count]


class Sheet(Part):
    """What a reader must know of a set."""

    name: str
    caveats: list[str]


class Point(Part):
    """Both errors at one threshold."""

    threshold: float
    fpir: Fraction
    fnir: Fraction


class TradeOff(Part):
    """A curve, and the point on it at which the profile works."""

    people_not_listed: Annotated[int, Field(ge=1)]
    searches_listed: Annotated[int, Field(ge=1)]
    enrolled: Annotated[int, Field(ge=1)]
    points: list[Point]
    operating: Point


class Missed(Part):
    """People on the list who were missed, of one sex."""

    name: str
    rate: Counted
    status: str


class Condition(Part):
    """One thing changed, to one level: false alarms and misses become these."""

    what: str
    level: float | str
    unit: str | None
    searches: Count | None
    false_alarms: Count | None
    listed_searches: Count | None
    missed: Count | None
    interval: Limits | None = None
    fnir_interval: Limits | None = None
    not_acquired: Counted | Count | None = None


class OfUnit(Part):
    """The same footage, counted by another unit."""

    unit: str


class Stream(Part):
    """Footage with known passes."""

    unit: str
    passes_of_listed: Count
    found: Count
    passes_of_others: Count
    false_alarms: Count
    camera_hours: Annotated[float, Field(ge=0)]
    by_unit: list[OfUnit] = []


class Month(Part):
    """A month in operation."""

    month: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
    faces: Count | None = None
    alerts: Count | None = None
    true: Count | None = None
    false: Count | None = None
    unconfirmed: Count | None = None
    precision: Fraction | Counted | None = None
    flags: list[str] = []


class Figure(Part):
    """A number, or why there is none."""

    value: float | None
    reason: str | None


class Calibrated(Part):
    """The threshold that other people would choose."""

    people: Count
    score: str
    target_fpir: Annotated[float, Field(gt=0, lt=1)]
    threshold: Figure


class ListOfGroup(Part):
    """The longest list that a group bears."""

    group: str
    people: Count
    demonstrated: Count | None
    why: str


class ListsAtThreshold(Part):
    """The same for every group at one threshold."""

    which: str
    threshold: float
    groups: list[ListOfGroup]


class ListLimits(Part):
    """The longest lists at further thresholds."""

    thresholds: list[ListsAtThreshold]


class CountsOfGroup(Part):
    """A group's false alarms at each place along an axis."""

    group: str
    people: Count
    false_alarms: list[Count]


class CountsOnLists(CountsOfGroup):
    """The same with overlap left out, and beside it where it is counted."""

    with_overlap: CountsOfGroup | None = None


class ByThreshold(Part):
    """False alarms of groups at other thresholds, everybody first."""

    thresholds: Annotated[list[float], Field(min_length=1)]
    groups: Annotated[list[CountsOfGroup], Field(min_length=1)]


class ByList(Part):
    """False alarms of groups on shorter lists, everybody first."""

    lengths: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1)]
    groups: Annotated[list[CountsOnLists], Field(min_length=1)]


class Cause(Part):
    """Searches that failed by one cause."""

    cause: str
    searches: Count


class Worst(Part):
    """One failure under a number that stands for nobody."""

    number: str
    cause: str
    above_threshold: float


class ByCause(Part):
    """One kind of failure."""

    by_cause: list[Cause]
    worst: list[Worst]


class Failures(Part):
    """Both kinds of failure, by cause."""

    false_alarms: ByCause
    misses: ByCause


class Evaluation(Part):
    """A whole evaluation of one model profile."""

    kind: Literal["insyn/evaluation/1"]
    profile: Annotated[str, Field(min_length=1)]
    profile_sha256: Sha256
    pipeline_sha256: Sha256
    pictures_sha256: Annotated[str, Field(min_length=1)]
    files: dict[str, Sha256]
    measured_on: Day
    threshold: float
    data: list[Sheet]
    acquisition: Acquisition
    lfw_view2: Verification
    identification: Annotated[list[Identified], Field(min_length=1)]
    trade_off: TradeOff
    bias: Bias
    misses_by_sex: list[Missed]
    groups: list[Group]
    gate: Gate
    profile_record: dict[str, Any] | None = None
    calibration: Calibrated | None = None
    failures: Failures | None = None
    false_alarms_by_list: ByList | None = None
    false_alarms_by_threshold: ByThreshold | None = None
    list_limits: ListLimits | None = None
    sensitivity: list[Condition] | None = None
    stream: Stream | None = None
    operation: list[Month] | None = None

    @model_validator(mode="after")
    def _is_of_its_profile(self) -> "Evaluation":
        record = self.profile_record
        if record is not None and sha256_hex(encode(record)) != self.profile_sha256:
            raise ValueError("the profile that stands in it is another one than its hash says")
        return self


def require_shape(found: Mapping[str, Any]) -> None:
    """Refuse what is no whole evaluation.

    Raises:
        NoEvaluation: something is missing, of another type, or contradicts itself; it says where.
    """
    try:
        Evaluation.model_validate(found)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = " → ".join(str(part) for part in fault["loc"]) or "the file as a whole"
        raise NoEvaluation(f"This is no whole evaluation: at {place}: {fault['msg']}.") from error


def schema_text() -> str:
    """The file's text."""
    made = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Evaluation.model_json_schema()}
    return json.dumps(made, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(schema_text(), encoding="utf-8")
