"""A signed PDF is no warrant, and whoever brings one hears what to do (ADR 10)."""

from pathlib import Path

from insyn.commands.authority import app
from tests.builders_commands import CommandLine


def test_the_authority_signs_and_shows_no_pdf(tmp_path: Path) -> None:
    path = tmp_path / "act.pdf"
    path.write_bytes(b"%PDF-1.7\nsigned by a court")
    line = CommandLine(app, tmp_path)
    assert "This is a PDF" in line.refused("show", path)
