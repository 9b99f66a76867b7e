"""The auditor's tool as one file, on a machine that has Python, two libraries and nothing of this project."""

import importlib.metadata
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from insyn.errors import InsynError
from insyn.verifier_tool import build_tool
from tests.builders_honest_log import HonestLog, a_policy

NEEDED = ("cryptography", "rfc3161-client")


def with_needs(names: tuple[str, ...]) -> set[str]:
    """The distributions of these names, and what they need themselves."""
    found: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        if name in found:
            continue
        found.add(name)
        requires = importlib.metadata.requires(name) or []
        left.extend(
            one.split(";")[0].split(">")[0].split("=")[0].split("!")[0].strip()
            for one in requires
            if "extra" not in one and "python_full_version" not in one
        )
    return found


def copy_of(name: str, folder: Path) -> None:
    """Copy the files of one installed distribution."""
    for file in importlib.metadata.files(name) or []:
        if ".." not in file.parts and "__pycache__" not in file.parts:
            target = folder / str(file)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(str(file.locate()), target)


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the two libraries and what they need: no pip, nothing else."""
    folder = tmp_path_factory.mktemp("laptop")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True, timeout=120)
    (packages,) = (folder / "venv").glob("lib/python*/site-packages")
    for name in with_needs(NEEDED):
        copy_of(name, packages)
    build_tool(folder / "insyn-verify.pyz")
    (folder / "policy").write_text(a_policy().to_text(), encoding="utf-8")
    return folder


def export(folder: Path, log: HonestLog, *, broken: str = "") -> Path:
    files = log.files(folder=folder / "anchors-of-it", policy=a_policy())
    if broken:
        files[broken] = files[broken].replace(b"log.begin", b"log.begun")
    return laid_out(folder / "export", files)


def laid_out(folder: Path, files: Mapping[str, bytes]) -> Path:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def run_it(laptop: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [laptop / "venv" / "bin" / "python", "-I", laptop / "insyn-verify.pyz", *words]
    command += ["--policy", laptop / "policy"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=laptop)


def test_the_tool_verifies_an_export_without_the_rest(laptop: Path, tmp_path: Path) -> None:
    result = run_it(laptop, export(tmp_path, HonestLog(seed=1).live(30)), "--now", "2026-01-02T12:00:00Z")
    assert (result.returncode, result.stderr) == (0, "")
    assert "Result: the log is what it was signed to be" in result.stdout


def test_the_tool_names_what_is_wrong_and_ends_with_status_one(laptop: Path, tmp_path: Path) -> None:
    log = HonestLog(seed=1).live(30)
    result = run_it(laptop, export(tmp_path, log, broken=f"tile/entries/000.p/{log.size()}"), "--json")
    assert result.returncode == 1
    told = json.loads(result.stdout)
    assert told["verified"] is False
    assert f"tile/entries/000.p/{log.size()}" in {one["file"] for one in told["wrong"]}
    assert any(one["sentence"].startswith("Entry 0 was altered") for one in told["wrong"])


def test_what_cannot_be_read_ends_with_status_two(laptop: Path, tmp_path: Path) -> None:
    assert run_it(laptop, tmp_path / "nothing").returncode == 2
    assert run_it(laptop, tmp_path).returncode == 2


def test_the_laptop_has_nothing_of_this_project(laptop: Path) -> None:
    script = "import cryptography, rfc3161_client\ntry:\n import governance\nexcept ImportError:\n print('alone')"
    command = [laptop / "venv" / "bin" / "python", "-I", "-c", script]
    assert subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout == "alone\n"


def test_the_same_sources_give_the_same_tool(laptop: Path, tmp_path: Path) -> None:
    build_tool(tmp_path / "again.pyz")
    assert (tmp_path / "again.pyz").read_bytes() == (laptop / "insyn-verify.pyz").read_bytes()
    with pytest.raises(InsynError, match="something is already"):
        build_tool(tmp_path / "again.pyz")
