"""Where an export is read from: folder, zip, server. What could only be a trap is refused before it is read."""

import gzip
import os
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from governance.audit.problems import Severity
from governance.verifier import sources
from governance.verifier.exported import Question, audit_export
from governance.verifier.sources import FolderSource, Source, SourceRefused, UrlSource, ZipSource, open_source
from tests.builders_honest_log import HonestLog, a_policy
from tests.builders_tiles import flipped

FILES = {"checkpoint": b"one", "tile/entries/000.p/1": b"two", "anchors/1.note": b"three"}


def a_folder(folder: Path, files: Mapping[str, bytes] = FILES) -> Path:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def a_zip(path: Path, files: Mapping[str, bytes] = FILES, *, compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression=compression) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return path


def read_all(source: Source) -> dict[str, bytes | None]:
    return {path: source.read(path) for path in source.paths() or FILES}


def test_a_folder_and_a_zip_give_the_same_files(tmp_path: Path) -> None:
    folder, packed = a_folder(tmp_path / "folder"), a_zip(tmp_path / "files.zip", compression=zipfile.ZIP_DEFLATED)
    assert read_all(open_source(str(folder))) == read_all(open_source(str(packed))) == FILES
    assert open_source(str(folder)).read("checkpoint2") is open_source(str(packed)).read("checkpoint2") is None


def test_links_in_a_folder_are_no_files_of_it(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "folder")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_bytes(b"secret")
    (folder / "vkeys").symlink_to(tmp_path / "outside" / "secret")
    (folder / "disclosures").symlink_to(tmp_path / "outside")
    os.mkfifo(folder / "policy")
    source = FolderSource(folder)
    assert set(source.paths() or ()) == set(FILES)
    assert [source.read(path) for path in ("vkeys", "disclosures/secret", "policy", "../outside/secret")] == [None] * 4


@pytest.mark.parametrize("name", ["/etc/passwd", "../up", "a/../../up", "a\\b"])
def test_a_zip_that_names_a_file_outside_is_refused(name: str, tmp_path: Path) -> None:
    packed = tmp_path / "files.zip"
    with zipfile.ZipFile(packed, "w") as files:
        member = zipfile.ZipInfo("x")
        member.filename = name
        files.writestr(member, b"data")
    with pytest.raises(SourceRefused, match="outside of itself"):
        ZipSource(packed)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_zip_that_names_a_file_twice_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "files.zip", "w") as packed:
        packed.writestr("checkpoint", b"one")
        packed.writestr("checkpoint", b"two")
    with pytest.raises(SourceRefused, match="one path twice"):
        ZipSource(tmp_path / "files.zip")


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    packed = a_zip(tmp_path / "bomb.zip", {"tile/0/000": bytes(8_000_000)}, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(SourceRefused, match="far more than it is"):
        ZipSource(packed)


def test_too_many_files_or_too_much_in_all_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, packed = a_folder(tmp_path / "folder"), a_zip(tmp_path / "files.zip")
    monkeypatch.setattr(sources, "MAX_FILES", 2)
    with pytest.raises(SourceRefused):
        ZipSource(packed)
    with pytest.raises(SourceRefused):
        FolderSource(folder)
    monkeypatch.setattr(sources, "MAX_FILES", 100)
    monkeypatch.setattr(sources, "MAX_TOTAL_BYTES", 5)
    with pytest.raises(SourceRefused):
        ZipSource(packed)


def test_a_file_larger_than_any_of_an_export_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = a_folder(tmp_path / "folder")
    monkeypatch.setattr(sources, "MAX_FILE_BYTES", 4)
    with pytest.raises(SourceRefused, match="is larger than any file"):
        FolderSource(folder).read("anchors/1.note")
    with pytest.raises(SourceRefused):
        ZipSource(a_zip(tmp_path / "files.zip"))


def test_a_zip_whose_bytes_were_changed_loses_that_file_and_no_other(tmp_path: Path) -> None:
    packed = a_zip(tmp_path / "files.zip")
    packed.write_bytes(packed.read_bytes().replace(b"two", b"tvo"))
    assert read_all(ZipSource(packed)) == {**FILES, "tile/entries/000.p/1": None}


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip at all"])
def test_what_is_no_zip_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(SourceRefused):
        open_source(str(tmp_path / "file"))


def test_where_nothing_is_there_is_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="no folder and no file"):
        open_source(str(tmp_path / "nothing"))


@pytest.mark.parametrize("url", ["ftp://host/log", "file:///etc", "http://", "https://host/log?x=1", "http://host/#x"])
def test_only_plain_addresses_of_http_are_taken(url: str) -> None:
    with pytest.raises(SourceRefused):
        open_source(url)


@contextmanager
def served(
    files: Mapping[str, bytes], **special: tuple[int, Mapping[str, str], bytes]
) -> Iterator[tuple[str, list[str]]]:
    """Serve files on loopback below /log/. Return the address, and the list of what was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            path = self.path.removeprefix("/log/")
            status, headers, body = special.get(path, (200, {}, files.get(path, b"")))
            if path not in files and path not in special:
                status = 404
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/log", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_served_log_is_fetched_file_by_file_and_each_once() -> None:
    with served(FILES) as (url, asked):
        source = UrlSource(url)
        assert [source.read(path) for path in (*FILES, "checkpoint", "vkeys", "vkeys")] == [
            *FILES.values(),
            b"one",
            None,
            None,
        ]
        assert sorted(asked) == sorted(f"/log/{path}" for path in (*FILES, "vkeys"))
        assert source.paths() is None
        assert source.read("../checkpoint") is None
        source.close()


def test_an_answer_may_be_packed_but_is_no_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_FILE_BYTES", 100_000)
    packed = {"Content-Encoding": "gzip"}
    special = {
        "checkpoint": (200, packed, gzip.compress(b"hello")),
        "policy": (200, packed, gzip.compress(bytes(10_000_000))),
        "vkeys": (200, packed, b"no gzip"),
    }
    with served({}, **special) as (url, _):
        source = UrlSource(url)
        assert source.read("checkpoint") == b"hello"
        for path in ("policy", "vkeys"):
            with pytest.raises(SourceRefused):
                source.read(path)
        source.close()


@pytest.mark.parametrize("status", [301, 302, 401, 403, 500, 503])
def test_a_server_that_does_not_answer_as_it_must_is_refused_and_not_followed(status: int) -> None:
    with served({}, checkpoint=(status, {"Location": "/log/other"}, b"")) as (url, asked):
        source = UrlSource(url)
        with pytest.raises(SourceRefused):
            source.read("checkpoint")
        assert asked == ["/log/checkpoint"]
        source.close()


def test_a_server_that_is_not_there_is_refused() -> None:
    with served({}) as (url, _):
        pass
    source = UrlSource(url)
    with pytest.raises(SourceRefused, match="does not answer"):
        source.read("checkpoint")
    source.close()


@pytest.mark.parametrize("manifest", [True, False])
def test_a_served_log_is_audited_as_a_folder_is(manifest: bool, tmp_path: Path) -> None:  # noqa: FBT001
    log = HonestLog(seed=6).live(320)
    files = log.files(folder=tmp_path, policy=a_policy(quorum=0))
    if not manifest:
        del files["manifest"]
    question = Question(policy=a_policy(quorum=0), now_ms=log.now_ms)
    with served(files) as (url, _):
        source = UrlSource(url)
        report = audit_export(source, question)
        source.close()
    assert report.problems.of(Severity.WRONG) == ()
    assert report.size == log.size()
    assert any("Manifest" in one for one in report.not_checked) is not manifest
    files["tile/0/000"] = flipped(files["tile/0/000"], 7)
    with served(files) as (url, _):
        source = UrlSource(url)
        report = audit_export(source, question)
        source.close()
    assert {one.file for one in report.problems.of(Severity.WRONG)} == {"tile/0/000"}
