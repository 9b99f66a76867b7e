"""Choosing among counts: the newest session of each camera, and the largest number, for a bar's full length."""

from collections.abc import Sequence
from typing import TypeVar

from governance.application.queries import CountsLine, StreamLine

Line = TypeVar("Line", CountsLine, StreamLine)


def newest(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Return the line measured last for each camera, by camera."""
    latest: dict[str, Line] = {}
    for line in sorted(lines, key=lambda line: line.counts.measured_at):
        latest[line.counts.camera_id] = line
    return tuple(latest[camera] for camera in sorted(latest))


def busiest(lines: Sequence[CountsLine] | Sequence[StreamLine]) -> int:
    """Return the largest number of faces followed, at least one."""
    return max([1, *(line.counts.tracks for line in lines)])
