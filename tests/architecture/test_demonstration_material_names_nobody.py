"""The people of the demonstration are real; their names stand nowhere in what we write.

The names are given here by SHA-256, because to write them down would break the rule this test guards.
"""

import hashlib
import os
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("insyn", "edge", "matcher", "governance", "contracts", "benchmarks", "tests", "docs", "deploy")
WRITTEN = {".py", ".md", ".toml", ".json", ".html", ".js", ".css", ".txt", ".yaml", ".yml", ""}
NAMES = {
    "6c9d9f812df8c92a",
    "f38dea1d26aa0e11",
    "0631a609edb7c79f",
    "59cea62bbdfb4dc0",
    "5771742f0ab142bc",
}


def is_name(word: str) -> bool:
    return hashlib.sha256(word.lower().encode()).hexdigest()[:16] in NAMES


def written_files() -> Iterator[Path]:
    yield from (path for path in ROOT.iterdir() if path.is_file() and path.suffix in WRITTEN)
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.suffix in WRITTEN and "__pycache__" not in path.parts:
                yield path


def words(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z]{3,}", text))


def test_no_file_and_no_path_of_ours_names_a_person_of_the_demonstration() -> None:
    for path in written_files():
        found = words(path.read_text(encoding="utf-8", errors="replace")) | words(str(path.relative_to(ROOT)))
        assert not [word for word in found if is_name(word)], path.relative_to(ROOT)


def test_the_names_are_those_of_the_pictures_files(tmp_path: Path) -> None:
    """The list of hashes must be of the names it means: held against the file names of the archive, where it is."""
    home = Path(os.environ.get("INSYN_HOME") or ROOT / "var")
    archives = list((home / "demonstration" / "packages").glob("*.tar.gz"))
    if not archives:
        pytest.skip("the demonstration's portraits have not been fetched: run make run, or make demo-check, once")
    with tarfile.open(archives[0]) as tar:
        stems = {word for name in tar.getnames() if name.endswith(".jpg") for word in words(Path(name).stem)}
    assert sum(is_name(word) for word in stems) == 2
