"""Groups of commands: named at once, loaded when asked for, and none forgotten."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from insyn.command_groups import GROUPS, CommandsOf, application_of
from insyn.command_line import app

ROOT = Path(__file__).resolve().parents[2]


def test_every_group_is_loaded_from_the_module_of_its_name() -> None:
    for name in GROUPS:
        assert application_of(name).registered_commands, name
    with pytest.raises(ValueError, match="no such group"):
        application_of("nonsense")


def test_a_group_has_the_commands_that_its_module_declares() -> None:
    commands = CommandsOf("vault")
    assert (list(commands), len(commands)) == (["repair", "inventory"], 2)
    assert "nonsense" not in commands


def test_whoever_asks_for_the_names_loads_nothing_of_any_group() -> None:
    asked = "import sys; from insyn.command_line import app; from typer.main import get_command as c; c(app);"
    told = "print([one for one in sys.modules if one.startswith(('insyn.commands', 'governance', 'matcher', 'numpy'))])"
    done = subprocess.run([sys.executable, "-c", asked + told], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]", "one command waits for what another needs"


def test_the_program_names_its_own_command_and_every_group() -> None:
    assert set(get_command(app).commands) == {"setup", *GROUPS}  # type: ignore[attr-defined]
