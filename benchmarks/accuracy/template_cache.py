"""Templates of pictures of public sets, kept so that a run can be taken up: by the hashes of picture and pipeline.

They are biometric data, if of celebrities: the file lies in the folder that the user names, holds no name, and
`forget` removes it.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np

from benchmarks.accuracy.template import THUMBNAIL_SIDE, Sample

_TABLE: Final = """
create table if not exists sample (
    picture text not null, pipeline text not null, faces integer not null, failure text, refused text,
    size_px real, sharpness real, turn real, brightness real, template blob, thumbnail blob,
    primary key (picture, pipeline)
) without rowid
"""
_FIND: Final = """
select faces, failure, refused, size_px, sharpness, turn, brightness, template, thumbnail from sample
where picture = ? and pipeline = ?
"""
_KEEP: Final = """
insert or replace into sample
    (picture, pipeline, faces, failure, refused, size_px, sharpness, turn, brightness, template, thumbnail)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


class TemplateCache:
    """Samples by the SHA-256 of their picture, for one pipeline. For one process."""

    def __init__(self, path: Path, pipeline: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._rows = sqlite3.connect(path)
        self._rows.execute("pragma journal_mode = wal")
        self._rows.execute("pragma synchronous = normal")
        self._rows.execute(_TABLE)
        self._pipeline = pipeline

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rows.close()

    def find(self, pictures: Iterable[str]) -> dict[str, Sample]:
        """The kept samples of those pictures."""
        kept: dict[str, Sample] = {}
        for picture in pictures:
            row = self._rows.execute(_FIND, (picture, self._pipeline)).fetchone()
            if row is not None:
                kept[picture] = _sample(row)
        return kept

    def keep(self, samples: Mapping[str, Sample]) -> None:
        """Keep samples by their picture's hash, all or none."""
        with self._rows:
            self._rows.executemany(_KEEP, [(one, self._pipeline, *_row(sample)) for one, sample in samples.items()])


def forget(path: Path) -> None:
    """Remove every kept template."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _row(sample: Sample) -> tuple[object, ...]:
    numbers = (_none(number) for number in (sample.size_px, sample.sharpness, sample.turn, sample.brightness))
    template = None if sample.template is None else sample.template.astype("<f4").tobytes()
    thumbnail = None if sample.thumbnail is None else sample.thumbnail.tobytes()
    return (sample.faces, sample.failure, sample.refused, *numbers, template, thumbnail)


def _none(number: float) -> float | None:
    return number if np.isfinite(number) else None


def _sample(row: tuple[Any, ...]) -> Sample:
    faces, failure, refused, *numbers, template, thumbnail = row
    size, sharpness, turn, brightness = (float("nan") if number is None else float(number) for number in numbers)
    made = None if template is None else np.frombuffer(template, dtype="<f4").astype(np.float32)
    side = THUMBNAIL_SIDE
    seen = None if thumbnail is None else np.frombuffer(thumbnail, dtype=np.uint8).reshape(side, side)
    return Sample(faces, failure, refused, size, sharpness, turn, brightness, made, seen)
