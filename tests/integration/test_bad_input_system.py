"""The front door on a full disk, twice on one folder, and killed: what whoever types `make run` sees."""

import errno
import os
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from contracts.trust import TrustedKeys
from insyn import command_line, key_files
from insyn.demonstration import keys as demo_keys
from insyn.demonstration.errors import FootageNotRenderedError
from insyn.demonstration.footage import write_film
from insyn.demonstration.keys import load_demo_keys, make_demo_keys
from insyn.demonstration.performance import Demonstration, Material, a_demonstration, forget
from insyn.errors import InsynError
from insyn.home import Home, held_alone
from insyn.key_files import write_key
from insyn.processes import ProcessGroup
from insyn.system import require_free
from matcher.models.store import ModelStore
from tests.builders_disk import a_small_disk, needs_mount
from tests.builders_edge import background

ROOT = Path(__file__).parents[2]


def insyn(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    ran = subprocess.run(
        [sys.executable, "-m", "insyn", *arguments],
        env={**os.environ, "INSYN_HOME": str(home)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in ran.stderr + ran.stdout
    return ran


@pytest.mark.slow
@pytest.mark.parametrize("command", ["run", "reset"])
def test_a_second_system_on_the_same_folder_is_one_sentence_and_changes_nothing(tmp_path: Path, command: str) -> None:
    with held_alone(Home(tmp_path)):
        (tmp_path / "trust.json").write_text("kept")
        ran = insyn(tmp_path, "demo", command)
    assert ran.returncode == 1
    assert "A system runs on the folder" in ran.stderr
    assert "end it first" in ran.stderr
    assert (tmp_path / "trust.json").read_text() == "kept"


@pytest.mark.slow
def test_a_folder_whose_log_lies_inside_its_database_is_one_sentence_and_forgotten_by_a_reset(tmp_path: Path) -> None:
    database = tmp_path / "governance" / "insyn.db"
    database.parent.mkdir()
    (tmp_path / "trust.json").write_text("of that version too")
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE log_entries (place INTEGER PRIMARY KEY, leaf BLOB)")
    ran = insyn(tmp_path, "demo", "run")
    assert ran.returncode == 1
    said = " ".join(ran.stderr.split())
    assert said.startswith("This data folder was written by a version that kept its log inside the database")
    assert "run `make demo-reset`, then start again." in said
    assert not (tmp_path / "log").exists()
    assert insyn(tmp_path, "demo", "reset").returncode == 0
    assert not database.exists()
    assert not (tmp_path / "trust.json").exists()


def test_the_folder_is_free_again_when_its_system_was_killed(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from insyn.home import Home, held_alone\n"
        f"with held_alone(Home(Path({str(tmp_path)!r}))): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(InsynError, match="already"), held_alone(Home(tmp_path)):
            pass
        holder.kill()
        holder.wait()
        with held_alone(Home(tmp_path)):
            pass


def test_a_port_in_use_is_one_sentence() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(InsynError, match="choose another with `--port`"),
    ):
        require_free(taken.getsockname()[1])


@pytest.mark.parametrize("at_once", [False, True])
def test_no_process_outlives_a_system_that_was_killed(tmp_path: Path, at_once: bool) -> None:  # noqa: FBT001  # a parameter of the test
    mark = tmp_path / "runs"
    ready = f"lambda: {at_once} or Path({str(mark)!r}).exists()"
    child_code = f"import pathlib, time; pathlib.Path({str(mark)!r}).touch(); time.sleep(600)"
    code = (
        "import sys; from pathlib import Path; from insyn.processes import ProcessGroup, Program\n"
        f"group = ProcessGroup(Path({str(tmp_path)!r}))\n"
        f"group.start(Program(name='child', arguments=['-c', {child_code!r}], settings={{}}, ready={ready}))\n"
        "print(group.pid('child'), flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as system:
        assert system.stdout is not None
        child = psutil.Process(int(system.stdout.readline()))
        system.kill()
        system.wait()
        gone, _ = psutil.wait_procs([child], timeout=20)
    assert gone or child.status() == psutil.STATUS_ZOMBIE


DEMO_KEYS = 17


@pytest.mark.parametrize("interrupted_at", range(DEMO_KEYS + 1))
def test_keys_whose_making_was_interrupted_anywhere_are_completed_by_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interrupted_at: int
) -> None:
    home, written = Home(tmp_path), []

    def interrupted(path: Path, secret: bytes) -> None:
        if len(written) == interrupted_at:
            raise KeyboardInterrupt
        written.append(path)
        write_key(path, secret)

    with monkeypatch.context() as patch:
        patch.setattr(demo_keys, "write_key", interrupted)
        if interrupted_at < DEMO_KEYS:
            with pytest.raises(KeyboardInterrupt):
                make_demo_keys(home)
        else:
            make_demo_keys(home)
            assert len(written) == DEMO_KEYS
            assert len(written) == DEMO_KEYS
    first = {path: path.read_bytes() for path in written}
    make_demo_keys(home)
    assert {path: path.read_bytes() for path in written} == first
    pinned = TrustedKeys.from_bytes(home.trust.read_bytes())
    assert load_demo_keys(home).region.public in {key.public for key in pinned.keys}


def test_a_key_that_does_not_fit_on_the_disk_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(key_files.os, "fsync", full)
    with pytest.raises(InsynError, match="No space left"):
        write_key(tmp_path / "a.key", b"k" * 32)
    assert list(tmp_path.iterdir()) == []


def test_log_ins_of_an_interrupted_start_are_taken_up_again(tmp_path: Path) -> None:
    def demonstration() -> Demonstration:
        material = Material(photographs=(), footage=None)  # type: ignore[arg-type]  # no film is shown here
        with ProcessGroup(tmp_path / "logs") as processes:
            return a_demonstration(Home(tmp_path), material, processes, port=1, say=lambda _words: None)

    first = demonstration()._people_to_be()
    assert demonstration()._people_to_be() == first
    assert first.passwords["administrator"] != ""
    assert not demonstration().was_begun
    demonstration().mark_begun()
    assert demonstration().was_begun
    forget(Home(tmp_path))
    assert not demonstration().was_begun
    assert demonstration()._people_to_be() != first


def test_a_full_disk_that_no_command_foresaw_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(command_line, "app", full)
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    assert ended.value.code == 1
    assert "No space left on device. Free some space" in capsys.readouterr().err


@pytest.mark.slow
@needs_mount
def test_models_and_set_up_on_a_full_disk_are_each_one_sentence_and_leave_nothing_half_written(tmp_path: Path) -> None:
    with a_small_disk(tmp_path / "disk", "64k") as disk:
        for command in (("models", "build"), ("setup",)):
            ran = insyn(disk, *command)
            assert ran.returncode == 1
            assert "free some space" in ran.stderr.lower()
            assert [path for path in disk.rglob("*") if path.is_file()] == []


@pytest.mark.slow
@needs_mount
def test_photographs_and_system_on_a_full_disk_are_each_one_sentence(tmp_path: Path, built_models: ModelStore) -> None:
    with a_small_disk(tmp_path / "disk", "64k") as disk:
        (disk / "models").symlink_to(built_models.path("0" * 64).absolute().parent)
        for command in (("setup",), ("demo", "run")):
            ran = insyn(disk, *command)
            assert ran.returncode == 1
            said = " ".join(ran.stderr.split())
            assert "free 10 MB" in said, said


class _Painter:
    """Paints a wall."""

    def paint(self, _number: int) -> object:
        return background(1280, 720)


@needs_mount
def test_a_film_that_does_not_fit_on_the_disk_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    with a_small_disk(tmp_path / "disk", "32k") as disk:
        with pytest.raises(FootageNotRenderedError, match="500 MB free"):
            write_film(disk / "camera.mp4", _Painter(), range(40), report=lambda _done, _of: None)  # type: ignore[arg-type]  # it paints
        assert list(disk.iterdir()) == []
