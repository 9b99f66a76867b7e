"""Child processes: started, watched, started again, and none left behind."""

import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from insyn.errors import ProcessFailed
from insyn.processes import ProcessGroup, Program


def a_program(code: str, *, name: str = "child", **more: object) -> Program:
    return Program(name=name, arguments=["-c", code], settings={}, **more)  # type: ignore[arg-type]  # forwarded


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_a_child_sees_only_its_own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSYN_SECRET_OF_ANOTHER", "x")
    done = tmp_path / "seen"
    code = f"import os, pathlib; pathlib.Path({str(done)!r}).write_text(' '.join(sorted(os.environ)))"
    with ProcessGroup(tmp_path / "logs") as group:
        group.start(a_program(code, ready=done.exists, restart=False))
        assert wait_for(lambda: "PATH" in done.read_text())
    assert "INSYN_SECRET_OF_ANOTHER" not in done.read_text()


def test_a_child_that_ends_at_its_start_is_one_sentence_with_its_last_words(tmp_path: Path) -> None:
    code = "import sys; print('The key is missing.', file=sys.stderr); sys.exit(1)"
    with ProcessGroup(tmp_path) as group, pytest.raises(ProcessFailed, match=r"The key is missing\."):
        group.start(a_program(code, ready=lambda: False))


def test_children_that_do_not_wait_for_one_another_start_together(tmp_path: Path) -> None:
    marks = [tmp_path / "one", tmp_path / "other"]

    def a_child(mine: int) -> Program:
        code = f"import pathlib, time; pathlib.Path({str(marks[mine])!r}).touch(); time.sleep(600)"
        # Each is ready when the other one runs, so that one after the other neither would ever be.
        return a_program(code, name=f"child-{mine}", ready=marks[1 - mine].exists)

    with ProcessGroup(tmp_path / "logs") as group:
        group.start_together([a_child(0), a_child(1)])
        assert group.is_running("child-0")
        assert group.is_running("child-1")


def test_what_ends_last_outlives_all_others(tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    code = (
        "import pathlib, signal, sys, time\n"
        "def end(*_):\n"
        "    time.sleep({pause})\n"
        f"    pathlib.Path({str(ended)!r}).open('a').write('{{name}} ')\n"
        "    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "pathlib.Path('{ready}').touch()\n"
        "time.sleep(600)\n"
    )

    def a_child(name: str, pause: float, **more: object) -> Program:
        ready = tmp_path / name
        return a_program(code.format(pause=pause, name=name, ready=ready), name=name, ready=ready.exists, **more)

    group = ProcessGroup(tmp_path / "logs")
    group.start(a_child("log", 0.0, ends_last=True))
    group.start(a_child("server", 0.5))
    group.stop()
    assert ended.read_text() == "server log "


def test_a_child_that_ends_as_expected_is_started_again_at_once(tmp_path: Path) -> None:
    with ProcessGroup(tmp_path) as group:
        group.start(a_program("import sys, time; time.sleep(0.2); sys.exit(75)", expected_exits=frozenset({75})))
        first = group.pid("child")

        def started_again() -> bool:
            group.watch()
            return group.pid("child") != first

        assert wait_for(started_again)


def test_a_child_that_keeps_failing_stops_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("insyn.processes._LONGEST_PAUSE", 0.01)

    def watch_for_long(group: ProcessGroup) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            group.watch()
            time.sleep(0.01)

    with ProcessGroup(tmp_path) as group:
        group.start(a_program("raise SystemExit('no disk')"))
        with pytest.raises(ProcessFailed, match="no disk"):
            watch_for_long(group)


@pytest.mark.slow
def test_stopping_ends_grandchildren_too_even_those_that_do_not_listen(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    code = (
        "import pathlib, signal, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', "
        "'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)'])\n"
        f"pathlib.Path({str(mark)!r}).write_text(str(child.pid))\n"
        "time.sleep(600)\n"
    )
    with ProcessGroup(tmp_path / "logs") as group:
        group.start(a_program(code, ready=lambda: mark.exists() and mark.read_text() != ""))
        grandchild = int(mark.read_text())
        assert psutil.pid_exists(grandchild)
    assert wait_for(lambda: not psutil.pid_exists(grandchild) or psutil.Process(grandchild).status() == "zombie")
