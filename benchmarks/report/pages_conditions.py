"""Pages 10 to 12: sensitivity, failures by cause, and what operation shows."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from benchmarks.report.blocks import Block, Lead, Table, Text
from benchmarks.report.words import NOT_KNOWN, counted, fixed, one_in

Found = Mapping[str, Any]
_CONDITIONS: Final = (
    "what",
    "level",
    "not on the list, flagged",
    "95 % interval",
    "on it, missed",
    "95 % interval",
    "no search",
)
_UNITS: Final = ("counted by", "passes of others", "flagged", "rate")
_OF_FILM: Final = (
    ("enrolled", "people on the list"),
    ("wrong_identity", "passes of listed people told as somebody else"),
    ("never_compared", "passes in which no face was good enough to compare"),
    ("broken_passes", "passes whose track broke, counted once"),
    ("slipped_tracks", "tracks that slipped from one person to another"),
)
_MONTHS: Final = (
    "month",
    "faces",
    "how counted",
    "alerts",
    "true",
    "false",
    "unconfirmed",
    "true of decided",
    "overturned",
    "not consistent",
)


def sensitivity(found: Found) -> list[Block]:
    """Page 10. It takes `sensitivity` and `stream`, where they were measured."""
    return [*_conditions(found.get("sensitivity")), *_stream(found.get("stream"))]


def _conditions(told: Sequence[Found] | None) -> list[Block]:
    if not told:
        return [
            Lead(
                "Sensitivity was not measured: thresholds nearby, smaller faces, blur, compression and light.", "open"
            ),
            Text(
                "So nothing here says what happens at a distance, in the dark or through a poor lens. A face that is "
                "smaller or less sharp than those of the test is outside what was shown."
            ),
        ]
    return [
        Text(
            "One thing was changed at a time; everything else is as on the other pages. LFW and UTKFace, made worse "
            "by us."
        ),
        Table("What false alarms and misses become", _CONDITIONS, [_condition(one) for one in told]),
        Text(
            "Distance and masks were not measured, nor any camera's own light: these are pictures that were made worse."
        ),
    ]


def _condition(one: Found) -> tuple[str, ...]:
    return (
        str(one["what"]),
        f"{_level(one['level'])} {one['unit'] or ''}".strip(),
        _part(one["false_alarms"], one["searches"]),
        _limits(one.get("interval")),
        _part(one["missed"], one["listed_searches"]),
        _limits(one.get("fnir_interval")),
        _plain(one.get("not_acquired")),
    )


def _level(level: object) -> str:
    return f"{level:g}" if isinstance(level, int | float) else str(level)


def _part(part: int | None, whole: int | None) -> str:
    return f"{part:,} of {whole:,}" if part is not None and whole else NOT_KNOWN


def _limits(limits: Found | None) -> str:
    if limits is None:
        return "not given: the trials share people"
    return f"{one_in(limits['lower']) if limits['lower'] else 'none'} to {one_in(limits['upper'])}"


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return counted(dict(value))
    return f"{value:,}" if isinstance(value, int) else NOT_KNOWN


def _stream(told: Found | None) -> list[Block]:
    if not told:
        return [Lead("Video was not measured: no camera's footage was part of the test.", "open")]
    hours, alarms = told["camera_hours"], told["false_alarms"]
    rows = [
        ("unit", str(told["unit"])),
        ("passes of people on the list, found", _part(told["found"], told["passes_of_listed"])),
        ("passes of others, flagged", _part(alarms, told["passes_of_others"])),
        *([("the same, 95 % interval", _limits(told["interval"]))] if told.get("interval") else []),
        *((words, _plain(told[name])) for name, words in _OF_FILM if isinstance(told.get(name), int)),
        ("camera-hours", fixed(hours, 2)),
        ("false alarms in a camera-hour", fixed(alarms / hours, 2) if hours else NOT_KNOWN),
    ]
    blocks: list[Block] = [Table("Video: rendered footage with known passes", ("", ""), rows)]
    if told.get("by_unit"):
        blocks.append(
            Table("The same footage by other units: never compare across them", _UNITS, _units(told["by_unit"]))
        )
    return blocks


def _units(told: Sequence[Found]) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = []
    for one in told:
        others = one.get("passes_of_others", one.get("searches"))
        alarms = one.get("false_alarms")
        rate = one_in(alarms / others) if others and alarms is not None else NOT_KNOWN
        rows.append((str(one["unit"]), _plain(others), _plain(alarms), rate))
    return rows


def failures(found: Found) -> list[Block]:
    """Page 11."""
    told, seen = found["acquisition"], found.get("failures")
    reasons = sorted(told["reasons"].items(), key=lambda one: (-one[1], one[0]))
    blocks: list[Block] = [
        Text(
            f"In LFW no face was found in {counted(told['failures_to_detect'])} pictures; with the quality limits, "
            f"{counted(told['failures_to_acquire'])} gave no search."
        ),
        Table(
            "Why a picture gave no search (LFW)", ("reason", "pictures"), [(_said(why), f"{n:,}") for why, n in reasons]
        ),
    ]
    if seen is None:
        blocks.append(Lead("False alarms and misses were not sorted by cause.", "open"))
    else:
        blocks += _by_cause("False alarms (UTKFace, overlap counted)", seen["false_alarms"])
        blocks += _by_cause("Misses (LFW, first seed, by search)", seen["misses"])
        blocks.append(
            Text(
                "A cause is what the program can see of itself; it does not say why two people look alike. F1, M1 "
                "and so on stand for nobody: no name of a person or a picture is in this report or its files."
            )
        )
    return [*blocks, Text("No photograph is shown: the sets' licences and the people in them forbid it.")]


def _said(reason: str) -> str:
    return reason.replace("_", " ")


def _by_cause(title: str, told: Found) -> list[Block]:
    causes = [(_said(one["cause"]), f"{one['searches']:,}") for one in told["by_cause"]]
    worst = [(one["number"], _said(one["cause"]), fixed(one["above_threshold"], 4)) for one in told["worst"]]
    return [
        Table(f"{title}: by cause", ("cause", "searches"), causes),
        Table(f"{title}: the worst {len(worst)}", ("no.", "cause", "score minus threshold"), worst),
    ]


def operation(found: Found) -> list[Block]:
    """Page 12. It takes `operation`, where there is any."""
    months = found.get("operation")
    if not months:
        return [
            Lead("Operation was not measured: there are no deployments to count.", "open"),
            Text(
                "Once there are, this page has for each month the faces and how they were counted, alerts, how many "
                "were true, false or never confirmed, and how often one reviewer overturned another."
            ),
        ]
    return [
        Text("From the log. Precision depends on how many listed people pass: it is no accuracy of the model."),
        Table("By month", _MONTHS, [_month(one) for one in months]),
    ]


def _month(one: Found) -> tuple[str, ...]:
    precision = one.get("precision")
    value = precision.get("value") if isinstance(precision, Mapping) else precision
    return (
        str(one["month"]),
        _plain(one.get("faces")),
        str(one.get("counted_how") or NOT_KNOWN),
        *(_plain(one.get(name)) for name in ("alerts", "true", "false", "unconfirmed")),
        NOT_KNOWN if value is None else f"{100 * value:.0f} of 100",
        _plain(one.get("overturned")),
        "; ".join(str(flag) for flag in one.get("flags") or ()) or "nothing",
    )
