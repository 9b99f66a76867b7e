"""The key vault killed in the middle, many times: what it confirmed holds, and what it did not is old or new."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from governance.audit.inventory import Inventory, require_only_shrinks
from governance.audit.leaf import KeyRef
from governance.vault.keys import KeyStore
from governance.vault.pair import Pair

pytestmark = pytest.mark.slow

ROUNDS = 25


def test_a_vault_that_is_killed_25_times_brings_no_key_back_and_gives_none_out_twice(tmp_path: Path) -> None:
    home, twin = tmp_path / "home", tmp_path / "twin"
    given: dict[KeyRef, bytes] = {}
    gone: set[KeyRef] = set()
    open_ended: set[KeyRef] = set()
    inventory = Inventory(days=())
    for number in range(ROUNDS):
        for line in lines_until_killed(home, twin, lines=3 + 5 * number):
            word, name, *rest = line.split()
            key = KeyRef.parse(name)
            if word == "key":
                assert key not in given, "a number was given out twice"
                given[key] = bytes.fromhex(rest[0])
            elif word == "destroying":
                open_ended.add(key)
            else:
                gone.add(key)
        pair = Pair(home, twin)
        store = KeyStore(pair)  # whatever was cut off is completed here, and nothing has to be repaired
        found = store.derive(list(given))
        require_only_shrinks(inventory, store.inventory())
        inventory = store.inventory()
        pair.close()
        missing = given.keys() - found.keys()
        assert gone <= missing <= gone | open_ended
        assert all(found[key] == given[key] for key in found)
        gone |= missing
        assert sorted(path.name for path in home.iterdir()) == ["keys", "seen", "vault.lock"]
        assert (home / "keys").read_bytes() == (twin / "keys").read_bytes()
    assert len(given) > 100
    assert len(gone) > 20


def lines_until_killed(home: Path, twin: Path, *, lines: int) -> list[str]:
    """Start the worker, kill it when it has said so many lines, and return all the whole lines that it said."""
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.integration.vault_worker", str(home), str(twin)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(root)},
        cwd=root,
        stdout=subprocess.PIPE,
        text=True,
    ) as worker:
        assert worker.stdout is not None
        said = [worker.stdout.readline() for _ in range(lines)]
        worker.kill()
        said += worker.stdout.readlines()
    assert said[-1], "the worker ended by itself"
    return [line for line in said if line.endswith("\n")]
