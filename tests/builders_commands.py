"""Command lines for tests: run one, and read what it signed."""

import json
from dataclasses import dataclass
from pathlib import Path

import typer
from typer.testing import CliRunner, Result

from contracts.signature import Signed


@dataclass(frozen=True, slots=True)
class CommandLine:
    """One family of commands, in a folder of its own."""

    app: typer.Typer
    folder: Path

    def run(self, *arguments: object, answer: str | None = None) -> Result:
        """Run a command; paths are given as they are."""
        return CliRunner().invoke(self.app, [str(argument) for argument in arguments], input=answer)

    def must(self, *arguments: object, answer: str | None = None) -> Result:
        """Run a command that has to succeed."""
        result = self.run(*arguments, answer=answer)
        assert result.exit_code == 0, result.output
        return result

    def refused(self, *arguments: object) -> str:
        """Run a command that has to end with one sentence, and return that."""
        result = self.run(*arguments)
        assert result.exit_code == 1, result.output
        assert "Traceback" not in result.output
        return result.output


def signed_in(path: Path) -> Signed:
    """Return the envelope that a command wrote."""
    return Signed.from_json(json.loads(path.read_bytes()))
