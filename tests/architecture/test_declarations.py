"""Every command, job and thread of the centre declares what it writes to the log, or stands on a reviewed list."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from governance.jobs import JOBS
from insyn.command_line import app
from insyn.commands.declared import COMMANDS

ROOT = Path(__file__).resolve().parents[2]

REASONS = {
    "It reads the log, in clear, on the machine that holds it.",
    "It works on files that somebody carries; governance is elsewhere.",
    "It opens nothing of governance's.",
    "It is another organisation's, with a memory of its own; it writes into no log.",
    "It writes or reads a file that says what this machine believes; the log does not change.",
    "Nothing that is sealed was drawn.",
    "The logs that it fills are its own, and are thrown away.",
    "With --finish the old key no longer signs; the log said so before.",
    "It runs at the site, which has no log; what it finds goes through governance's routes.",
    "The demonstration's folder was founded before; all else goes by routes.",
    "It forgets a demonstration as a whole, its log included.",
}
"""Reviewed: why a command may write nothing. Whoever adds to this list says why."""

OPENS_GOVERNANCE = {"insyn/demonstration/performance.py": {"bench stop", "demo check", "demo run"}}
"""Which files of the command line plug governance in themselves, and for which commands."""

PLUGS = {"governance.bootstrap", "governance.application.journal"}

THREADS = {
    "governance/adapters/log/comparison.py": "compares tiles and database of the sequencer; it appends nothing",
    "governance/adapters/log/publisher.py": "writes tiles of what is committed; it appends nothing",
    "governance/adapters/log/sequencer.py": "writes what producers hand in, and nothing of its own",
    "governance/adapters/log/witnessing.py": "asks witnesses, and appends nothing",
    "governance/adapters/socket_service.py": "ends a process that does not stop by itself; it appends nothing",
    "governance/serve.py": "starts the jobs of governance.jobs, and no other",
}
"""Reviewed: every place in governance that starts a thread."""


def commands_of(command: Any, words: tuple[str, ...] = ()) -> Iterator[str]:
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from commands_of(inner, (*words, name))
    else:
        yield " ".join(words)


def calls_in(path: Path) -> Iterator[ast.Call]:
    yield from (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))


def test_every_command_declares_what_it_writes() -> None:
    assert set(commands_of(typer.main.get_command(app))) == set(COMMANDS)


def test_a_command_that_may_write_nothing_has_a_reviewed_reason() -> None:
    assert {declared.silent for declared in COMMANDS.values() if declared.silent} == REASONS


def test_only_commands_that_declare_an_event_open_governance() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.glob("insyn/**/*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        and node.module in {"governance.bootstrap", "governance.application.journal"}
    }
    assert found == set(OPENS_GOVERNANCE)
    for commands in OPENS_GOVERNANCE.values():
        assert all(COMMANDS[command].events for command in commands)


def test_every_thread_of_governance_stands_on_the_reviewed_list() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.glob("governance/**/*.py")
        for call in calls_in(path)
        if ast.unparse(call.func).rpartition(".")[2] in {"Thread", "Timer", "ThreadPoolExecutor", "Process"}
    }
    assert found == set(THREADS)


def test_the_server_starts_its_jobs_and_no_other() -> None:
    starts = [call for call in calls_in(ROOT / "governance/serve.py") if ast.unparse(call.func).endswith("Thread")]
    assert len(starts) == 1
    named = {one.arg: ast.unparse(one.value) for one in starts[0].keywords}
    assert named["target"] == "run"
    assert named["args"] == "(job, work)"
    (made,) = [
        node
        for node in ast.walk(ast.parse((ROOT / "governance/serve.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.ListComp) and starts[0].lineno == node.elt.lineno
    ]
    assert ast.unparse(made.generators[0]) == " for job in JOBS"
    assert len({job.name for job in JOBS}) == len(JOBS)
