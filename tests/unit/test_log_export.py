"""The export: the layout that any static server can serve, whole or not at all, and the same bytes each time."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from governance.adapters.log.export import Beside, export_files, write_folder, write_zip
from governance.audit.errors import LogUnavailable, ManifestRefused
from governance.audit.manifest import Manifest, is_file_path, parse_manifest
from governance.audit.merkle import leaf_hashes
from governance.audit.problems import Severity
from governance.audit.tile_reading import TreeOfTiles
from governance.audit.tiles import tiles_of
from governance.verifier.exported import Question, audit_export
from governance.verifier.sources import FolderSource, ListedFiles, ZipSource
from tests.builders_honest_log import HonestLog, a_log_key, a_policy


@pytest.fixture(scope="module")
def log() -> HonestLog:
    return HonestLog(seed=2, seals=False).live(450)


def test_an_export_holds_exactly_the_tiles_of_its_size_and_what_lies_beside_them(
    log: HonestLog, tmp_path: Path
) -> None:
    files = log.files(folder=tmp_path, policy=a_policy(), disclosures={"a-1": b"{}"})
    tiles = {tile.path for tile in tiles_of(log.size())}
    assert {path for path in files if path.startswith("tile/")} == tiles
    assert {path for path in files if not path.startswith(("tile/", "anchors/"))} == {
        "checkpoint",
        "disclosures/a-1.json",
        "manifest",
        "policy",
        "vkeys",
    }
    read = TreeOfTiles(files.get, size=log.size(), root=log._frontier.root)
    assert [entry for bundle in read.bundles() for entry in bundle.entries] == log.leaves


def test_the_manifest_lists_the_hash_of_every_other_file(log: HonestLog, tmp_path: Path) -> None:
    files = log.files(folder=tmp_path, policy=a_policy())
    text = files["manifest"].decode().rpartition("\n\n")[0] + "\n"
    listed = parse_manifest(text).files
    assert listed == {path: hashlib.sha256(data).digest() for path, data in files.items() if path != "manifest"}


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257])
def test_exports_of_all_sizes_are_in_order(size: int, tmp_path: Path) -> None:
    log = HonestLog(seed=3, seals=False)
    if size:
        log.begin()
        while log.size() < size:
            log.lease()
    files = log.files(folder=tmp_path, policy=a_policy(quorum=0))
    report = audit_export(ListedFiles(files), Question(policy=a_policy(quorum=0), now_ms=log.now_ms))
    assert report.problems.of(Severity.WRONG) == ()
    assert report.size == size


def test_a_folder_and_a_zip_hold_the_same_and_twice_the_same_bytes(log: HonestLog, tmp_path: Path) -> None:
    files = log.files(folder=tmp_path, policy=a_policy())
    assert write_folder(files.items(), tmp_path / "folder") == len(files)
    assert write_zip(files.items(), tmp_path / "one.zip") == len(files)
    write_zip(log.files(folder=tmp_path, policy=a_policy()).items(), tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    folder, packed = FolderSource(tmp_path / "folder"), ZipSource(tmp_path / "one.zip")
    assert {path: folder.read(path) for path in folder.paths() or ()} == files
    assert {path: packed.read(path) for path in packed.paths() or ()} == files
    assert all(one.compress_type == zipfile.ZIP_STORED for one in zipfile.ZipFile(tmp_path / "one.zip").infolist())


def test_nothing_is_written_over_and_nothing_half(log: HonestLog, tmp_path: Path) -> None:
    files = list(log.files(folder=tmp_path, policy=a_policy()).items())

    def broken() -> object:
        yield from files[:3]
        raise LogUnavailable("the log went away")

    for write, name in ((write_folder, "folder"), (write_zip, "file.zip")):
        with pytest.raises(LogUnavailable, match="went away"):
            write(broken(), tmp_path / name)  # type: ignore[arg-type]
        assert {path.name for path in tmp_path.iterdir()} & {name, f"{name}.part"} == set()
        write(files, tmp_path / name)
        with pytest.raises(LogUnavailable, match="something is already"):
            write(files, tmp_path / name)


def test_a_log_that_does_not_hold_what_it_signed_is_not_exported(monkeypatch: pytest.MonkeyPatch) -> None:
    log = HonestLog(seed=4, seals=False).live(20)
    beside, signed = Beside(vkeys=[a_log_key()[1]], policy=""), log.checkpoint()
    monkeypatch.setattr(log, "checkpoint", lambda: signed)
    log.leaves[3] = log.leaves[3].replace(b'"v":1', b'"v":2')
    with pytest.raises(LogUnavailable, match="not those that the checkpoint was signed over"):
        list(export_files(log, beside, sign_note=log.sign_note))
    del log.leaves[-1]
    with pytest.raises(LogUnavailable, match="nothing was exported"):
        list(export_files(log, beside, sign_note=log.sign_note))


def test_only_anchors_of_the_exported_log_go_along(log: HonestLog, tmp_path: Path) -> None:
    anchors = tmp_path / "anchors"
    anchors.mkdir()
    size = log.size()
    for name in (
        "1.note",
        "1.tsr",
        "1.chain.pem",
        "1.renewal-1.tsr",
        f"{size}.note",
        f"{size + 1}.note",
        "x",
        "01.note",
    ):
        (anchors / name).write_bytes(b"-")
    beside = Beside(vkeys=[], policy="", anchors=anchors)
    found = {path for path, _ in export_files(log, beside, sign_note=log.sign_note) if path.startswith("anchors/")}
    assert found == {
        f"anchors/{name}" for name in ("1.note", "1.tsr", "1.chain.pem", "1.renewal-1.tsr", f"{size}.note")
    }


def test_a_disclosure_with_a_name_that_leads_elsewhere_is_not_exported(log: HonestLog) -> None:
    beside = Beside(vkeys=[], policy="", disclosures={"../up": b"{}"})
    with pytest.raises(LogUnavailable, match="can hold no file named"):
        list(export_files(log, beside, sign_note=log.sign_note))


@pytest.mark.parametrize(
    "path", ["", "/a", "a/", "a//b", ".", "..", "a/..", ".a", "a/.b", "a b", "a\\b", "a\nb", "ä", "a:b", "a" * 201]
)
def test_paths_that_no_export_has_are_refused(path: str) -> None:
    assert not is_file_path(path)
    line = f"{'0' * 64}  {path}\n"
    with pytest.raises(ManifestRefused):
        parse_manifest(f"insyn/manifest/1\norigin\n1\n{line}")


@pytest.mark.parametrize(
    "text",
    [
        "insyn/manifest/2\norigin\n1\n",
        "insyn/manifest/1\nor igin\n1\n",
        "insyn/manifest/1\norigin\n01\n",
        "insyn/manifest/1\norigin\n1",
        f"insyn/manifest/1\norigin\n1\n{'0' * 64}  b\n{'0' * 64}  a\n",
        f"insyn/manifest/1\norigin\n1\n{'0' * 64}  a\n{'0' * 64}  a\n",
        f"insyn/manifest/1\norigin\n1\n{'0' * 64} a\n",
        f"insyn/manifest/1\norigin\n1\n{'A' * 64}  a\n",
        f"insyn/manifest/1\norigin\n1\n{'0' * 63}  a\n",
    ],
)
def test_a_manifest_has_one_spelling(text: str) -> None:
    with pytest.raises(ManifestRefused):
        parse_manifest(text)


def test_a_manifest_is_read_back_as_it_was_written() -> None:
    manifest = Manifest(origin="a/b", size=7, files={"b": leaf_hashes([b"1"])[0], "a/c-1.x": leaf_hashes([b"2"])[0]})
    assert parse_manifest(manifest.to_text()) == manifest
    with pytest.raises(ManifestRefused):
        Manifest(origin="a b", size=7, files={}).to_text()
