"""Every picture of a set through the product's chain of models, on all cores, taken up where it stopped."""

import hashlib
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.errors import OtherProfile, ProcessEnded
from benchmarks.accuracy.pipeline_hash import pipeline_sha256
from benchmarks.accuracy.template import Sample, TemplateMaker
from benchmarks.accuracy.template_cache import TemplateCache
from benchmarks.data.pictures import Picture, PictureSet
from contracts.model_profile import ModelProfile
from matcher.embedding import likeness
from matcher.faces.face import FloatArray
from matcher.models.store import ModelStore

_PORTION: Final = 32
"""Pictures that a process is handed at once, and that are kept together."""

Progress = Callable[[int, int], None]
"""Called with the pictures that are done, and all."""


@dataclass(frozen=True)
class Embedded:
    """The pictures of a set with what became of each, in the same order.

    `templates` is (n, d) float32, NaN where there was no face. `hashes` has the SHA-256 of every picture, `manifest` is
    a hash over them in order.
    """

    pictures: tuple[Picture, ...]
    samples: tuple[Sample, ...]
    templates: FloatArray
    profile: ModelProfile
    manifest: str
    hashes: tuple[str, ...]

    @cached_property
    def detected(self) -> NDArray[np.bool_]:
        """For each picture, whether a face was found."""
        return np.asarray(~np.isnan(self.templates[:, 0]), dtype=np.bool_)

    @cached_property
    def accepted(self) -> NDArray[np.bool_]:
        """For each picture, whether the product would have compared it: a face, within the quality limits."""
        kept = [sample.failure is None and sample.refused is None for sample in self.samples]
        return np.asarray(kept, dtype=np.bool_)

    def scores(self, probes: Sequence[int], references: Sequence[int]) -> FloatArray:
        """Compare pictures by their place: (probes, references), higher is more alike, NaN without a face."""
        return self.scores_with(self, probes, references)

    def scores_with(self, gallery: "Embedded", probes: Sequence[int], references: Sequence[int]) -> FloatArray:
        """The same with the references of another set, which the same profile embedded.

        Raises:
            OtherProfile: it was another one.
        """
        if self.profile != gallery.profile:
            raise OtherProfile("Templates of two profiles cannot be compared; embed both sets by one.")
        return likeness(
            self.profile.comparison.score, self.templates[list(probes)], gallery.templates[list(references)]
        )


def embed(
    pictures: PictureSet,
    profile: ModelProfile,
    store: ModelStore,
    *,
    cache: Path,
    progress: Progress,
    processes: int | None = None,
) -> Embedded:
    """Embed a whole set. What the cache holds is not made again; what is made is kept portion by portion.

    Raises:
        DataRefused: a picture cannot be read.
        ModelMissing, ModelRefused: a model file is not there or not what its hash says.
        ProcessEnded: one of the processes was killed, or could not start.
    """
    TemplateMaker.open(profile, store)  # what is wrong with the models is said here, and not by a process that ended
    digest, hashes = hashlib.sha256(), list[str]()
    made: dict[str, Sample] = {}
    with TemplateCache(cache, pipeline_sha256(profile)) as kept, _pool(profile, store, processes) as pool:
        try:
            for portion in _in_turns(pool, _portions(pictures, kept, hashes, digest, made)):
                kept.keep(portion)
                made.update(portion)
                progress(min(len(made), len(hashes)), len(pictures.pictures))
        except BrokenProcessPool as error:
            raise ProcessEnded(
                "A process that embeds pictures ended before its work; what was done is kept, so run it again."
            ) from error
    samples = tuple(made[picture] for picture in hashes)
    progress(len(hashes), len(pictures.pictures))
    return Embedded(pictures.pictures, samples, _stacked(samples, profile), profile, digest.hexdigest(), tuple(hashes))


def _portions(
    pictures: PictureSet, kept: TemplateCache, hashes: list[str], digest: "hashlib._Hash", made: dict[str, Sample]
) -> Iterator[dict[str, bytes]]:
    """The contents that nobody has embedded yet, portion by portion; each picture's hash is noted on the way."""
    names = iter(pictures.pictures)
    while portion := list(islice(names, _PORTION)):
        contents: dict[str, bytes] = {}
        for picture in portion:
            content = pictures.files.read(picture.name)
            sha256 = hashlib.sha256(content).hexdigest()
            digest.update(bytes.fromhex(sha256))
            hashes.append(sha256)
            contents[sha256] = content
        made.update(kept.find(contents))
        missing = {sha256: content for sha256, content in contents.items() if sha256 not in made}
        if missing:
            yield missing


def _in_turns(pool: ProcessPoolExecutor, portions: Iterator[dict[str, bytes]]) -> Iterator[dict[str, Sample]]:
    """A few portions ahead of the processes, so that memory stays small."""
    waiting: set[Future[dict[str, Sample]]] = set()
    for portion in portions:
        waiting.add(pool.submit(_make, portion))
        if len(waiting) > 2 * (os.cpu_count() or 1):
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (one.result() for one in done)
    for one in waiting:
        yield one.result()


def _stacked(samples: Sequence[Sample], profile: ModelProfile) -> FloatArray:
    templates = np.full((len(samples), profile.embedder.dimensions), np.nan, dtype=np.float32)
    for row, sample in zip(templates, samples, strict=True):
        if sample.template is not None:
            row[:] = sample.template
    return templates


def _pool(profile: ModelProfile, store: ModelStore, processes: int | None) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        processes or os.cpu_count() or 1,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_open,
        initargs=(profile, store),
    )


_maker: TemplateMaker | None = None
"""The models of this process of the pool."""


def _open(profile: ModelProfile, store: ModelStore) -> None:
    cv2.setNumThreads(1)  # every core has a process of its own
    global _maker  # noqa: PLW0603 (a process of the pool has no other place)
    _maker = TemplateMaker.open(profile, store)


def _make(portion: dict[str, bytes]) -> dict[str, Sample]:
    if _maker is None:
        raise RuntimeError("the pool opens its models before it is handed pictures")
    return {sha256: _maker.of(content) for sha256, content in portion.items()}
