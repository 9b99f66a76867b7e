"""What others publish is believed by its hash alone, taken up where it broke off, and refused in one sentence."""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insyn.downloads import DownloadBroken, DownloadRefused, Published, fetch
from insyn.errors import InsynError
from insyn.published_files import LFW, MODELS
from tests.builders_downloads import Serving, a_server

CONTENT = random.Random(5).randbytes(700_000)  # noqa: S311 (a file's content, no secret)


@pytest.fixture
def server() -> Iterator[Serving]:
    with a_server(CONTENT) as serving:
        yield serving


def nothing(have: int, whole: int | None) -> None:
    """Show no progress."""


def part_of(folder: Path) -> Path:
    return folder / "model.onnx.part"


def test_a_file_comes_whole_with_progress_and_is_not_asked_for_twice(server: Serving, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    path = fetch(server.published(), tmp_path / "new", progress=lambda have, whole: seen.append((have, whole)))
    assert path.read_bytes() == CONTENT
    assert not part_of(tmp_path / "new").exists()
    assert seen == sorted(seen)
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    fetch(server.published(), tmp_path / "new", progress=nothing)
    assert server.ranges == [None]


def test_another_hash_is_refused_and_deleted(server: Serving, tmp_path: Path) -> None:
    pinned = server.published(content=bytes(len(CONTENT)))
    with pytest.raises(DownloadRefused, match=r"SHA-256 is another; it was deleted"):
        fetch(pinned, tmp_path, progress=nothing)
    assert list(tmp_path.iterdir()) == []


def test_what_broke_off_is_kept_and_taken_up(server: Serving, tmp_path: Path) -> None:
    server.stops_after = 300_000
    with pytest.raises(DownloadBroken, match="broke off; what came is kept"):
        fetch(server.published(), tmp_path, progress=nothing)
    assert part_of(tmp_path).read_bytes() == CONTENT[:300_000]
    server.stops_after = None
    assert fetch(server.published(), tmp_path, progress=nothing).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=300000-"]


def test_an_answer_that_ends_early_without_saying_its_length_is_taken_up_too(server: Serving, tmp_path: Path) -> None:
    server.states_length, server.stops_after = False, 300_000
    with pytest.raises(DownloadBroken, match="broke off"):
        fetch(server.published(), tmp_path, progress=nothing)
    server.stops_after = None
    assert fetch(server.published(), tmp_path, progress=nothing).read_bytes() == CONTENT


def test_a_server_that_cannot_go_on_in_the_middle_gives_the_whole_anew(server: Serving, tmp_path: Path) -> None:
    part_of(tmp_path).write_bytes(CONTENT[:1000])
    server.honours_range = False
    assert fetch(server.published(), tmp_path, progress=nothing).read_bytes() == CONTENT


def test_what_was_spoilt_on_the_disk_meanwhile_is_not_believed(server: Serving, tmp_path: Path) -> None:
    part_of(tmp_path).write_bytes(b"spoilt" + CONTENT[6:1000])
    with pytest.raises(DownloadRefused, match="deleted"):
        fetch(server.published(), tmp_path, progress=nothing)
    assert fetch(server.published(), tmp_path, progress=nothing).read_bytes() == CONTENT


def test_a_part_that_is_whole_is_not_asked_for(server: Serving, tmp_path: Path) -> None:
    part_of(tmp_path).write_bytes(CONTENT)
    assert fetch(server.published(), tmp_path, progress=nothing).read_bytes() == CONTENT
    assert server.ranges == []


def test_a_part_of_unstated_length_that_is_whole_is_asked_for_once_more(server: Serving, tmp_path: Path) -> None:
    part_of(tmp_path).write_bytes(CONTENT)
    assert fetch(server.published(size=None), tmp_path, progress=nothing).read_bytes() == CONTENT


def test_a_part_that_is_too_long_is_thrown_away(server: Serving, tmp_path: Path) -> None:
    part_of(tmp_path).write_bytes(CONTENT + b"more")
    assert fetch(server.published(), tmp_path, progress=nothing).read_bytes() == CONTENT


@pytest.mark.parametrize("states_length", [True, False])
def test_more_than_the_pinned_length_is_refused(server: Serving, tmp_path: Path, *, states_length: bool) -> None:
    server.states_length = states_length
    with pytest.raises(DownloadRefused, match="more than the 1,000 bytes"):
        fetch(server.published(size=1000), tmp_path, progress=nothing)
    assert list(tmp_path.iterdir()) == []


def test_a_list_of_unstated_length_has_a_bound_too(tmp_path: Path) -> None:
    with a_server(bytes(1024 * 1024 + 1)) as server, pytest.raises(DownloadRefused, match="more than the 1,048,576"):
        fetch(server.published(size=None), tmp_path, progress=nothing)


@pytest.mark.parametrize(
    ("elsewhere", "sentence"),
    [
        ("https://other.invalid/model.onnx", "another host"),
        ("http://localhost:1/model.onnx", "another host"),
        ("ftp://127.0.0.1/model.onnx", "without https"),
        ("/model.onnx", "in circles"),
    ],
)
def test_a_redirect_elsewhere_is_refused_unasked(
    server: Serving, tmp_path: Path, elsewhere: str, sentence: str
) -> None:
    server.sends_on_to = elsewhere
    with pytest.raises(DownloadRefused, match=sentence):
        fetch(server.published(), tmp_path, progress=nothing)
    assert list(tmp_path.iterdir()) == []


def test_a_host_that_is_named_may_be_sent_on_to_but_over_https_alone(server: Serving, tmp_path: Path) -> None:
    server.sends_on_to = "http://store.invalid/model.onnx"
    named = replace(server.published(), sent_on_to=frozenset({"store.invalid"}))
    with pytest.raises(DownloadRefused, match="without https"):
        fetch(named, tmp_path, progress=nothing)


def test_an_address_without_https_is_refused_unless_it_is_this_machine(tmp_path: Path) -> None:
    file = Published(name="a.onnx", address="http://models.invalid/a.onnx", sha256="0" * 64, licence="CC0", size=1)
    with pytest.raises(DownloadRefused, match="without https"):
        fetch(file, tmp_path, progress=nothing)


def test_without_a_network_one_sentence_says_so(server: Serving, tmp_path: Path) -> None:
    file = replace(server.published(), address="http://127.0.0.1:1/model.onnx")
    with pytest.raises(DownloadBroken, match="cannot be reached; look at the network, or carry the file in"):
        fetch(file, tmp_path, progress=nothing)


@pytest.mark.parametrize("status", [404, 403, 500])
def test_an_answer_that_is_not_the_file_keeps_what_there_was(server: Serving, tmp_path: Path, status: int) -> None:
    part_of(tmp_path).write_bytes(CONTENT[:1000])
    server.status = status
    with pytest.raises(DownloadBroken, match=f"answered with {status}"):
        fetch(server.published(), tmp_path, progress=nothing)
    assert part_of(tmp_path).read_bytes() == CONTENT[:1000]


def test_what_comes_compressed_unasked_is_refused(server: Serving, tmp_path: Path) -> None:
    server.encoding = "gzip"
    with pytest.raises(DownloadRefused, match="compressed"):
        fetch(server.published(), tmp_path, progress=nothing)


def test_a_folder_that_cannot_be_written_is_said_to_be_so(server: Serving, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(InsynError, match="cannot be written"):
        fetch(server.published(), tmp_path / "file", progress=nothing)


@settings(max_examples=20)  # each starts a server
@given(cuts=st.lists(st.integers(1, 3000), max_size=4), content=st.binary(min_size=1, max_size=3000))
def test_however_often_it_breaks_off_the_file_is_the_pinned_one(
    cuts: list[int], content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("cuts")
    with a_server(content) as server:
        for cut in cuts:
            server.stops_after = cut
            try:
                fetch(server.published(), folder, progress=nothing)
            except DownloadBroken:
                assert content.startswith(part_of(folder).read_bytes())
        server.stops_after = None
        path = fetch(server.published(), folder, progress=nothing)
        assert hashlib.sha256(path.read_bytes()).hexdigest() == server.published().sha256


def test_every_published_file_is_pinned_and_lies_behind_https() -> None:
    for file in (*MODELS.values(), *LFW):
        assert file.address.startswith("https://")
        assert len(file.sha256) == 64
        assert file.licence
        assert file.most <= 200_000_000
