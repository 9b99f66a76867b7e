"""What a profile is meant for, as an authority states it for the gate: one file, checked at the door.

What is left out is not said, and what is not said does not pass. `docs/schemas/gate-use-1.json` is made from these
classes.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from benchmarks.accuracy.errors import UseRefused

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Words = Annotated[str, Field(min_length=1, max_length=4000)]
Identifier = Annotated[str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Whole = Annotated[int, Field(ge=0, le=10**12)]
AtLeastOne = Annotated[int, Field(ge=1, le=10**12)]


class Stated(BaseModel):
    """What every part has in common."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)


class Document(Stated):
    """A document by its title and the SHA-256 of its file."""

    title: Words
    sha256: Sha256


class ExpectedGroups(Stated):
    """Who passes the site, from travel or census data and never from a classifier; each group by its labels."""

    origin: Literal["census", "travel-data"]
    document: Document
    groups: Annotated[list[Annotated[dict[Words, Words], Field(min_length=1)]], Field(min_length=1)]


class AgeBand(Stated):
    """An age band of a warrant's slots, and the labels of the tested people that it stands for."""

    band: Identifier
    labels: Annotated[list[Words], Field(min_length=1)]


class Budget(Stated):
    """The deployment's signed budget of false alerts, and the passages that were measured, over the same time."""

    false_alerts: Annotated[float, Field(gt=0)]
    passages: AtLeastOne
    document: Document


class Traffic(Stated):
    """One site's day."""

    passages_a_day: AtLeastOne
    camera_hours_a_day: AtLeastOne


class Confirmation(Stated):
    """Whether two people confirm each alert separately, and whether there is a record of who reviewed what."""

    two_people_separately: bool
    reviewer_record: bool


class Month(Stated):
    """A month in operation. `drift` is against the report; an explanation is written or there is none."""

    month: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
    faces: Whole
    false_alerts: Whole
    drift: bool
    explanation: Words | None = None

    @property
    def number(self) -> int:
        """Months since the year 0, to tell which follow one another."""
        year, month = self.month.split("-")
        return int(year) * 12 + int(month)


class Operation(Stated):
    """What came of it so far; no month is a profile that is not in operation yet."""

    months: list[Month]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        numbers = [one.number for one in self.months]
        if numbers != sorted(set(numbers)):
            raise ValueError("the months are not in order, or one stands twice")
        if any(one.false_alerts > one.faces for one in self.months):
            raise ValueError("a month has more false alerts than faces")
        return self


class Use(Stated):
    """The use. `threshold` is in the profile's own unit, as in the profile."""

    kind: Literal["insyn/gate-use/1"] = "insyn/gate-use/1"
    list_length: AtLeastOne
    threshold: float
    profile_sha256: Sha256 | None = None
    one_threshold_for_all: bool | None = None
    camera_classes: Annotated[list[Identifier], Field(min_length=1)] | None = None
    changed_since_tested: list[Literal["camera-class", "population"]] | None = None
    expected_groups: ExpectedGroups | None = None
    age_bands: list[AgeBand] = []
    budget: Budget | None = None
    traffic: Traffic | None = None
    reviewed_a_day: Whole | None = None
    claims_no_difference: bool | None = None
    ratio_justification: Document | None = None
    confirmation: Confirmation | None = None
    operation: Operation | None = None


SCHEMA: Final = Path("docs/schemas/gate-use-1.json")


def read_use(data: bytes) -> Use:
    """Read the file.

    Raises:
        UseRefused: a field is missing, unknown, there twice, or not what it must be.
    """
    try:
        json.loads(data, object_pairs_hook=_each_once)
        return Use.model_validate_json(data)
    except (UnicodeDecodeError, RecursionError, json.JSONDecodeError) as error:
        raise UseRefused(
            "This is no statement of a use: the file as a whole is no JSON in UTF-8. See docs/gate.md."
        ) from error
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = " → ".join(str(part) for part in fault["loc"]) or "the file as a whole"
        raise UseRefused(f"This is no statement of a use: at {place}: {fault['msg']}. See docs/gate.md.") from error


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse a name that stands twice in one object: whoever reads the file would see the one, and the other count."""
    for name, times in Counter(name for name, _ in pairs).items():
        if times > 1:
            raise UseRefused(
                f"This is no statement of a use: {name!r} stands in one place {times} times. See docs/gate.md."
            )
    return dict(pairs)


def schema_text() -> str:
    """The JSON schema (draft 2020-12) of a use, as it lies in `SCHEMA`."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Use.model_json_schema()}
    schema["required"] = sorted({*schema["required"], "kind"})
    return json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(schema_text(), encoding="utf-8")
