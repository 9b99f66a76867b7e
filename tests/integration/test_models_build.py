"""Building the default models from dlib's files."""

import hashlib
from pathlib import Path

import onnx
import pytest

from matcher.errors import ModelRefused
from matcher.models.dlib_weights import sources
from matcher.models.dlib_weights.build import LICENCE_KEY, RECIPES, SOURCE_HASH_KEY, Recipe, build_models
from matcher.models.shipped_profiles import shipped_profile
from matcher.models.store import ModelStore

RECIPE_NAMES = [recipe.source.name for recipe in RECIPES]


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES, ids=RECIPE_NAMES)
def test_two_builds_give_the_same_bytes_and_those_that_the_profile_binds(recipe: Recipe) -> None:
    first, second = recipe.run(), recipe.run()
    assert first == second
    bound = {file.sha256 for file in shipped_profile().files.values()}
    assert hashlib.sha256(first).hexdigest() in bound


def test_a_built_model_states_its_source_and_licence_and_no_date(built_models: ModelStore) -> None:
    for file in shipped_profile().files.values():
        model = onnx.ModelProto.FromString(built_models.read(file.sha256))
        stated = {entry.key: entry.value for entry in model.metadata_props}
        known = {sources.DETECTOR.sha256, sources.EMBEDDER.sha256, sources.LANDMARKS.sha256}
        assert stated[SOURCE_HASH_KEY] in known
        assert stated[LICENCE_KEY] == file.licence
        assert (model.doc_string, model.producer_version, model.graph.doc_string) == ("", "", "")


@pytest.mark.parametrize("recipe", RECIPES, ids=RECIPE_NAMES)
def test_weights_with_one_flipped_bit_are_refused(recipe: Recipe) -> None:
    content = bytearray(sources.locate(recipe.source).read_bytes())
    content[len(content) // 2] ^= 1
    with pytest.raises(ModelRefused, match="not the published file"):
        sources.check(recipe.source, bytes(content))


@pytest.mark.parametrize("recipe", RECIPES[::2], ids=RECIPE_NAMES[::2])
def test_a_damaged_layout_is_refused_even_without_the_hash(recipe: Recipe) -> None:
    content = sources.read(recipe.source)
    for damaged in (content[:-1], content + b"\0", content[: len(content) // 2], content[1:]):
        with pytest.raises(ModelRefused):
            recipe.convert(damaged, {})


def test_a_build_that_comes_out_otherwise_is_not_kept(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    with pytest.raises(ModelRefused, match="not the one that the profile binds"):
        list(build_models(store, frozenset()))
    assert store.stored() == []
