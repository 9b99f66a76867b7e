"""Fakes for tests of the matcher: clocks that are set, models that say what they are told, keys that are lent."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import numpy as np

from contracts.authorisation import VerifiedAuthorisation
from contracts.clock import Moment
from contracts.model_profile import ComparisonRule, ScoreKind
from contracts.probe import ProbeCrop
from contracts.sealing import OpeningKey
from matcher.faces.face import FloatArray
from matcher.fusion import Fusion
from matcher.gallery import Gallery, GalleryTerms, open_gallery
from matcher.gate import LentGallery, ProbeEmbedder
from tests.builders_contracts import (
    AT_NOON,
    PROFILE_SHA256,
    TrustedSite,
    a_gallery,
    a_permit,
    a_reference,
    a_template,
)

DISTANCE = ComparisonRule(
    score=ScoreKind.EUCLIDEAN_DISTANCE, threshold=0.45, margin=0.03, quiet_time=timedelta(seconds=60)
)
COSINE = ComparisonRule(score=ScoreKind.COSINE, threshold=0.5, margin=0.05, quiet_time=timedelta(seconds=60))


@dataclass(slots=True)
class SetClocks:
    """Both clocks, moved by the test."""

    at: Moment = AT_NOON

    def __call__(self) -> Moment:
        return self.at

    def pass_time(self, seconds: float) -> None:
        """Let time pass on both clocks."""
        self.at = Moment(now=self.at.now + timedelta(seconds=seconds), boot=self.at.boot + seconds)


@dataclass(slots=True)
class FakeModels:
    """A `ProbeEmbedder` that returns one template for every probe, and counts."""

    template: FloatArray = field(default_factory=a_template)
    rule: ComparisonRule = DISTANCE
    during: Callable[[], None] = lambda: None
    embedded: int = 0
    given: list[FloatArray] = field(default_factory=list)

    def embed(self, crops: Sequence[ProbeCrop]) -> Fusion:
        """Return the template; `during` happens while it is being made."""
        self.embedded += 1
        self.during()
        template = self.template.copy()
        self.given.append(template)
        return Fusion(template=template, used=tuple(range(len(crops))))


@dataclass(slots=True)
class CountingDoor:
    """Where the models are asked for; it counts who asks."""

    models: FakeModels = field(default_factory=FakeModels)
    permits: list[VerifiedAuthorisation] = field(default_factory=list)

    def __call__(self, permit: VerifiedAuthorisation) -> ProbeEmbedder:
        self.permits.append(permit)
        return self.models


def some_terms(site: TrustedSite, permit: VerifiedAuthorisation) -> GalleryTerms:
    """Return the terms under which a gallery of 128-d templates is opened."""
    return GalleryTerms(permit=permit, trusted=site.trusted, profile_sha256=PROFILE_SHA256, dimensions=128)


def an_open_gallery(site: TrustedSite, bundle: bytes, *, at: Moment = AT_NOON) -> Gallery:
    """Return an open gallery of a permit that was made for it."""
    return open_gallery(bundle, some_terms(site, a_permit(site, gallery=bundle, at=at)), site.opening, at)


def a_lent_gallery(site: TrustedSite, *templates: FloatArray, at: Moment = AT_NOON) -> LentGallery:
    """Return an authorisation and its open gallery: all templates of the one person of the warrant."""
    chosen = templates or (a_template(),)
    references = [
        a_reference(site, template, reference_id=f"reference-{number}")
        for number, template in enumerate(chosen, start=1)
    ]
    bundle = a_gallery(references, now=at.now)
    permit = a_permit(site, gallery=bundle, at=at)
    return LentGallery(permit=permit, gallery=open_gallery(bundle, some_terms(site, permit), site.opening, at))


def at_distance(template: FloatArray, distance: float) -> FloatArray:
    """Return a template at this Euclidean distance from another."""
    direction = np.zeros_like(template)
    direction[0] = 1
    return np.asarray(template + distance * direction, np.float32)


def with_rule(rule: ComparisonRule, **changes: float) -> ComparisonRule:
    """Return a rule with other numbers."""
    return replace(rule, **changes)  # type: ignore[arg-type]  # only numbers are changed


def lend(key: OpeningKey) -> Callable[[], Iterator[OpeningKey]]:
    """Return a context manager that lends this key, as `matcher.keys.opened_key` does from a file."""

    @contextmanager
    def lent() -> Iterator[OpeningKey]:
        yield key

    return lent  # type: ignore[return-value]  # contextmanager's own type is wider than a test needs
