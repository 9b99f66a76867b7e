"""The model files of a profile, gathered into a store of the benchmark's own.

They come from the machine's own store, from dlib's weights, or from the folder INSYN_TEST_DATA; wherever from, they are
the bytes whose hash the profile binds, or they are not used.
"""

import hashlib
from pathlib import Path

from benchmarks.errors import ModelFilesMissing
from contracts.model_profile import ModelProfile
from matcher.errors import MatcherError
from matcher.models.dlib_weights.build import RECIPES
from matcher.models.store import ModelStore


def gather(profile: ModelProfile, *, into: ModelStore, home: Path, test_data: Path | None) -> None:
    """Put every file of the profile into the store `into`.

    Raises:
        ModelFilesMissing: one of them is nowhere to be found.
    """
    wanted = {file.sha256 for file in profile.files.values()}
    missing = {sha256 for sha256 in wanted if not into.has(sha256)}
    missing -= _from_store(ModelStore(home), missing, into)
    missing -= _from_test_data(test_data, missing, into)
    missing -= _from_dlib_weights(missing, into)
    if missing:
        raise ModelFilesMissing(
            f"{len(missing)} model files of the profile {profile.name} are missing; add them with "
            "`insyn models add FILE`, or set INSYN_TEST_DATA to a folder whose `models` holds them."
        )


def _from_store(store: ModelStore, wanted: set[str], into: ModelStore) -> set[str]:
    return {into.add(store.read(sha256)) for sha256 in wanted if store.has(sha256)}


def _from_test_data(test_data: Path | None, wanted: set[str], into: ModelStore) -> set[str]:
    files = [] if test_data is None or not wanted else sorted((test_data / "models").glob("*.onnx"))
    contents = [file.read_bytes() for file in files]
    return {into.add(content) for content in contents if hashlib.sha256(content).hexdigest() in wanted}


def _from_dlib_weights(wanted: set[str], into: ModelStore) -> set[str]:
    if not wanted:
        return set()
    try:
        built = [recipe.run() for recipe in RECIPES]
    except MatcherError as error:
        raise ModelFilesMissing(str(error)) from error
    return {into.add(content) for content in built if hashlib.sha256(content).hexdigest() in wanted}
