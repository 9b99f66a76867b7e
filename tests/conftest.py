"""For every test: how Hypothesis searches, which files come first, the research data, the default profile's models."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from sqlalchemy import Engine

from governance.adapters.db import database
from matcher.models.dlib_weights.build import build_models
from matcher.models.shipped_profiles import shipped_profile
from matcher.models.store import ModelStore

# Properties are checked for what they say, not for how fast a busy machine says it. Every run looks at the same
# examples, so that a failure is there again at the next; `INSYN_HYPOTHESIS=explore` looks for new ones.
settings.register_profile(
    "insyn", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("explore", settings.get_profile("insyn"), derandomize=False, max_examples=500)
SEARCH = os.environ.get("INSYN_HYPOTHESIS") or "insyn"
settings.load_profile(SEARCH)


def no_constants_of_ours() -> providers.Constants:
    """Give Hypothesis no numbers and words out of our modules to try: what a test draws must not hang on the others.

    It reads every module that was imported so far, by whichever test came before.
    """
    return providers._local_constants


if SEARCH == "insyn":
    assert callable(providers._get_local_constants)
    providers._get_local_constants = no_constants_of_ours


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the torture out, unless it is asked for by its mark; and let files with slow tests be handed out first.

    Whatever is handed out last keeps one worker busy while the other has nothing left to do: that must be short.
    """
    _leave_torture_out(config, items)
    if hasattr(config, "workerinput"):
        slow = {item.path for item in items if item.get_closest_marker("slow") is not None}
        items.sort(key=lambda item: item.path not in slow)


def _leave_torture_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "torture" in config.getoption("markexpr"):
        return
    kept = [item for item in items if item.get_closest_marker("torture") is None]
    config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("torture") is not None])
    items[:] = kept


@pytest.fixture(scope="module", autouse=True)
def nothing_runs_on() -> Iterator[None]:
    """Let no thread of one file of tests run on beside the next."""
    yield
    builders = sys.modules.get("tests.builders_centre")
    if builders is not None:
        builders.end_sequencers()


@pytest.fixture(scope="session", autouse=True)
def statements_are_compiled_once() -> Iterator[None]:
    """Let the databases of a run, opened one after another by the hundred, share what was compiled for the first."""
    opened = database.create_engine
    shared: dict[str, Engine] = {}

    def open_alike(url: str, **options: Any) -> Engine:
        engine = opened(url, **options)
        if engine.dialect.name != "sqlite":
            return engine
        first = shared.setdefault(engine.dialect.name, engine)
        # What is compiled is kept by the dialect for which it was; all of them are alike.
        engine.dialect = engine.pool._dialect = first.dialect
        engine._compiled_cache = first._compiled_cache
        return engine

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(database, "create_engine", open_alike)
        yield


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
