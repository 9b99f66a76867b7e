"""An embedding is the mean over the views that the profile binds, of unit length where the score is a cosine."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.model_profile import ChipView, ModelProfile
from matcher.embedding import Embedder
from matcher.models.shipped_profiles import shipped_profile

SIDE = 32
BOTH = (ChipView.AS_IS, ChipView.MIRRORED)


class LeftHalf:
    """A model that gives the mean colour of the left half of what it sees; whoever stands right is not seen."""

    name = "chips"

    def __init__(self, dimensions: int) -> None:
        self.sizes: list[int] = []
        self._dimensions = dimensions

    def get_inputs(self) -> Sequence["LeftHalf"]:
        """One input."""
        return [self]

    def run(self, _outputs: None, given: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        """One row for each chip."""
        (chips,) = given.values()
        self.sizes.append(len(chips))
        last = chips if chips.shape[3] == 3 else chips.transpose(0, 2, 3, 1)
        means = last[:, :, : SIDE // 2].astype(np.float32).mean(axis=(1, 2))
        return [np.pad(means, ((0, 0), (0, self._dimensions - 3))).astype(np.float32)]


def seen_by(profile: ModelProfile) -> tuple[Embedder, LeftHalf]:
    profile = replace(profile, alignment=replace(profile.alignment, size=SIDE))
    model = LeftHalf(profile.embedder.dimensions)
    return Embedder(model, profile), model  # type: ignore[arg-type]


def with_views(name: str, views: tuple[ChipView, ...]) -> ModelProfile:
    profile = shipped_profile(name)
    return replace(profile, embedder=replace(profile.embedder, views=views))


def a_chip(left: Sequence[int], right: Sequence[int]) -> np.ndarray:
    chip = np.empty((SIDE, SIDE, 3), dtype=np.uint8)
    chip[:, : SIDE // 2], chip[:, SIDE // 2 :] = left, right
    return chip


def test_the_default_profile_looks_at_the_chip_and_at_its_mirror_image() -> None:
    assert shipped_profile().embedder.views == BOTH


def test_a_distance_profile_averages_its_views_as_they_are() -> None:
    embedder, _ = seen_by(with_views("dlib-resnet", BOTH))
    chip = a_chip(left=(10, 0, 0), right=(0, 30, 0))
    assert embedder.embed([chip])[0, :3].tolist() == [5, 15, 0]


def test_a_cosine_profile_averages_unit_vectors_to_a_unit_vector() -> None:
    embedder, _ = seen_by(with_views("yunet-retail0095", BOTH))
    chip = a_chip(left=(10, 0, 0), right=(0, 200, 0))
    half = np.sqrt(0.5)
    assert embedder.embed([chip])[0, :3] == pytest.approx([0, half, half])  # blue first; length counts for nothing


@pytest.mark.parametrize("name", ["yunet-dlib", "yunet-retail0095"])
def test_a_profile_of_one_view_embeds_the_chip_alone(name: str) -> None:
    profile = shipped_profile(name)
    embedder, model = seen_by(profile)
    embedder.embed([a_chip(left=(9, 9, 9), right=(7, 7, 7))] * 3)
    assert (profile.embedder.views, model.sizes) == ((ChipView.AS_IS,), [3])


def test_views_together_are_never_more_than_a_batch() -> None:
    embedder, model = seen_by(shipped_profile())
    chips = [a_chip(left=(at, 0, 0), right=(0, at, 0)) for at in range(9)]
    embeddings = embedder.embed(chips)
    assert model.sizes == [8, 8, 2]
    assert embeddings[:, :2].tolist() == [[at / 2, at / 2] for at in range(9)]


@given(left=st.tuples(*[st.integers(0, 255)] * 3), right=st.tuples(*[st.integers(0, 255)] * 3))
def test_a_face_and_its_mirror_image_are_one_to_the_default_profile(left: Sequence[int], right: Sequence[int]) -> None:
    embedder, _ = seen_by(shipped_profile())
    chip = a_chip(left, right)
    one, other = embedder.embed([chip])[0], embedder.embed([np.ascontiguousarray(chip[:, ::-1])])[0]
    assert np.allclose(one, other)
