"""`kill -9` at random moments, with 64 writers: what was acknowledged is there, and only one log was ever signed."""

import os
from pathlib import Path

import pytest

from tests.torture_log import kill_rounds

pytestmark = pytest.mark.slow


@pytest.mark.timeout(900)
def test_a_sequencer_killed_at_any_moment_lost_nothing(tmp_path: Path) -> None:
    acknowledged, entries = kill_rounds(tmp_path, rounds=12, seed=3)
    assert 12 <= acknowledged <= entries


@pytest.mark.torture
@pytest.mark.timeout(7200)
def test_a_sequencer_killed_500_times_lost_nothing(tmp_path: Path) -> None:
    rounds = int(os.environ.get("INSYN_KILL_ROUNDS", "500"))
    acknowledged, entries = kill_rounds(tmp_path, rounds=rounds, seed=4)
    print(f"kill -9: {rounds} rounds, {acknowledged} acknowledged requests, {entries} entries")  # noqa: T201 - a record
    assert rounds <= acknowledged <= entries
