"""A list of issuers that was replaced is not believed again where the newer one was, here or at the centre (P1)."""

import errno
import os
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.trust import TrustedKeys
from governance.adapters import key_files
from governance.application.errors import StorageFailed
from matcher import keys
from tests.builders_contracts import a_trusted_site

pytestmark = pytest.mark.law("P1")
Guard = Callable[[TrustedKeys, Path], None]
BOTH = [(keys.require_newest_issuers, keys.KeyRefused), (key_files.require_newest_issuers, StorageFailed)]


def version(number: int) -> TrustedKeys:
    trusted = a_trusted_site().trusted
    assert trusted.issuers is not None
    return replace(trusted, issuers=replace(trusted.issuers, version=number))


@pytest.mark.parametrize(("guard", "refusal"), BOTH)
def test_an_older_list_is_refused_after_a_newer_one(tmp_path: Path, guard: Guard, refusal: type[Exception]) -> None:
    memory = tmp_path / "issuers-version"
    for number in (1, 1, 3, 3):
        guard(version(number), memory)
    with pytest.raises(refusal, match="version 3 was believed"):
        guard(version(2), memory)
    guard(version(3), memory)


@pytest.mark.parametrize(("guard", "refusal"), BOTH)
def test_what_was_believed_is_durable_before_it_is_believed(
    tmp_path: Path, guard: Guard, refusal: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    del refusal
    done: list[str] = []
    fsync, replaced = os.fsync, Path.replace

    def synced(descriptor: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", lambda path, target: (done.append("replace"), replaced(path, target))[1])
    guard(version(3), tmp_path / "issuers-version")
    assert done == ["file", "replace", "folder"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize(("guard", "refusal"), BOTH)
def test_a_disk_that_refuses_leaves_the_version_before(
    tmp_path: Path, guard: Guard, refusal: type[Exception], call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = tmp_path / "issuers-version"
    guard(version(1), memory)

    def fail(*_given: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(*((os, "fsync") if call == "fsync" else (Path, "replace")), fail)
        with pytest.raises(refusal, match="not usable"):
            guard(version(2), memory)
    assert memory.read_text(encoding="ascii") == "1\n"


@pytest.mark.parametrize(("guard", "refusal"), BOTH)
def test_a_damaged_memory_believes_no_list(tmp_path: Path, guard: Guard, refusal: type[Exception]) -> None:
    memory = tmp_path / "issuers-version"
    memory.write_text("many", encoding="ascii")
    with pytest.raises(refusal, match="not usable"):
        guard(version(1), memory)


@pytest.mark.parametrize(("guard", "refusal"), BOTH)
def test_without_a_list_nothing_is_remembered(tmp_path: Path, guard: Guard, refusal: type[Exception]) -> None:
    del refusal
    guard(TrustedKeys(()), tmp_path / "issuers-version")
    assert not (tmp_path / "issuers-version").exists()


def test_both_read_the_list_beside_the_pinned_keys(tmp_path: Path) -> None:
    site = a_trusted_site()
    site.pin_in(tmp_path)
    for read in (keys.load_trusted_keys, key_files.read_trusted_keys):
        assert read(tmp_path / "trust.json") == site.trusted
    (tmp_path / "issuers.json").unlink()
    for read in (keys.load_trusted_keys, key_files.read_trusted_keys):
        assert read(tmp_path / "trust.json").issuers is None


@pytest.mark.parametrize("data", [b"", b"{}", b"no list"])
def test_a_damaged_list_starts_nothing(tmp_path: Path, data: bytes) -> None:
    a_trusted_site().pin_in(tmp_path)
    (tmp_path / "issuers.json").write_bytes(data)
    with pytest.raises(keys.KeyRefused):
        keys.load_trusted_keys(tmp_path / "trust.json")
    with pytest.raises(StorageFailed):
        key_files.read_trusted_keys(tmp_path / "trust.json")
