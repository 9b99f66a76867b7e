"""Fixtures for every test: the shared test data, and the models of the default profile."""

import os
from pathlib import Path

import pytest

from matcher.models.dlib_weights.build import build_models
from matcher.models.shipped_profiles import shipped_profile
from matcher.models.store import ModelStore


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the torture out, unless it is asked for by its mark."""
    if "torture" in config.getoption("markexpr"):
        return
    kept = [item for item in items if item.get_closest_marker("torture") is None]
    config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("torture") is not None])
    items[:] = kept


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of research data, read only; a test that needs it skips where there is none."""
    folder = os.environ.get("INSYN_TEST_DATA")
    if folder and Path(folder).is_dir():
        return Path(folder)
    sentence = "INSYN_TEST_DATA names no folder: this test needs the shared research data"
    if os.environ.get("INSYN_REQUIRE_DATA") == "1":
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def built_models() -> ModelStore:
    """A store that holds every model of the default profile; built once and kept."""
    home = Path(os.environ.get("INSYN_HOME") or Path(__file__).parents[1] / "var")
    store = ModelStore(home)
    bound = frozenset(file.sha256 for file in shipped_profile().files.values())
    if not all(store.has(sha256) for sha256 in bound):
        list(build_models(store, bound))
    return store
