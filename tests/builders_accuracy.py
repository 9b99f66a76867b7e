"""Embedded sets without models: templates that a test sets, on a circle where closeness is seen by eye."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.accuracy.template import NO_FACE, Sample
from benchmarks.data.pictures import DataSheet, LabelOrigin, Picture, PictureSet
from contracts.canonical import sha256_hex
from contracts.model_profile import ModelProfile
from matcher.models.shipped_profiles import shipped_profile

SHEET = DataSheet(name="made", source="a test", licence="ours", labels=LabelOrigin.NONE, what="points", caveats=())
PLAIN = np.arange(576, dtype=np.uint8).reshape(24, 24)


def a_profile() -> ModelProfile:
    """The default profile, which compares by distance: 0.44 is its threshold."""
    return shipped_profile()


def a_sample(at: float | None, *, refused: str | None = None, thumbnail: np.ndarray | None = None) -> Sample:
    """A face whose template lies at one place of a line; None is no face."""
    if at is None:
        return Sample(0, NO_FACE, None, np.nan, np.nan, np.nan, np.nan, None, None)
    template = np.zeros(a_profile().embedder.dimensions, dtype=np.float32)
    template[0] = at
    seen = np.random.default_rng(int(abs(at) * 1e6)).integers(0, 256, (24, 24), dtype=np.uint8)
    return Sample(1, None, refused, 120.0, 0.02, 0.1, 120.0, template, seen if thumbnail is None else thumbnail)


def embedded(
    people: Sequence[str | None],
    samples: Sequence[Sample],
    groups: Sequence[Mapping[str, str]] | None = None,
    profile: ModelProfile | None = None,
) -> Embedded:
    """A set as it is after its run."""
    labels = groups or [{}] * len(people)
    pictures = tuple(Picture(f"{at:05d}.jpg", person, labels[at]) for at, person in enumerate(people))
    width = a_profile().embedder.dimensions
    rows = [np.full(width, np.nan) if one.template is None else one.template for one in samples]
    hashes = tuple(sha256_hex(f"{person} {one.name}".encode()) for one, person in zip(pictures, people, strict=True))
    of = profile or a_profile()
    return Embedded(pictures, tuple(samples), np.stack(rows).astype(np.float32), of, "manifest", hashes)


def another_profile() -> ModelProfile:
    """One that differs in its name and in the margin around a face."""
    return replace(a_profile(), name="another", alignment=replace(a_profile().alignment, padding=0.3))


class MadeFiles:
    """Files that a test holds in memory."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self.contents = dict(contents)

    @property
    def names(self) -> tuple[str, ...]:
        """All names."""
        return tuple(sorted(self.contents))

    def read(self, name: str) -> bytes:
        """The content of one."""
        return self.contents[name]


def a_set(contents: Mapping[str, bytes]) -> PictureSet:
    """A set of these files, each of a person of its own."""
    files = MadeFiles(contents)
    return PictureSet(SHEET, tuple(Picture(name, Path(name).stem) for name in files.names), files)
