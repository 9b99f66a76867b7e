"""`insyn log export` and `insyn log tool`, on a system's own folder."""

import json
import subprocess
import sys
from pathlib import Path

from governance.audit.policy import NONE, KnownLog, Policy
from governance.audit.problems import Severity
from governance.verifier.exported import Question, audit_export
from governance.verifier.sources import ZipSource
from insyn.log_succession import running_place
from tests.builders_contracts import NOON
from tests.builders_governance import World, an_alert
from tests.builders_home import a_home, audited, insyn, newest_key


def live(world: World) -> None:
    """Let a whole case happen up to an alert."""
    an_alert(world)


NOW_MS = int(NOON.timestamp() * 1000) + 600_000


def test_a_real_log_is_exported_and_verified_by_the_pinned_key(tmp_path: Path) -> None:
    home = a_home(tmp_path / "home", live=live)
    told = insyn("log", "export", str(tmp_path / "out"), "--home", str(home.root))
    assert told.status == 0, told.err
    key = newest_key(running_place(home))
    report = audited(tmp_path / "out", key, now_ms=NOW_MS)
    assert report.problems.of(Severity.WRONG) == ()
    assert report.problems.of(Severity.FINDING) == ()
    assert report.audited is not None
    assert report.audited.roots_compared > 0
    assert f"Exported {report.size} entries" in told.out
    assert (tmp_path / "out" / "policy").read_text() == Policy(logs=(KnownLog(key=key),), quorum=NONE).to_text()


def test_a_zip_holds_the_same_and_nothing_is_written_over(tmp_path: Path) -> None:
    home = a_home(tmp_path / "home")
    words = ("log", "export", str(tmp_path / "out.zip"), "--home", str(home.root))
    assert insyn(*words).status == 0
    again = insyn(*words)
    assert (again.status, again.out) == (1, "")
    assert "something is already" in again.err
    policy = Policy(logs=(KnownLog(key=newest_key(running_place(home))),), quorum=NONE)
    report = audit_export(ZipSource(tmp_path / "out.zip"), Question(policy=policy, now_ms=NOW_MS))
    assert report.problems.of(Severity.WRONG) == ()


def test_the_tool_that_is_written_reads_what_is_exported(tmp_path: Path) -> None:
    home = a_home(tmp_path / "home")
    assert insyn("log", "export", str(tmp_path / "out"), "--home", str(home.root)).status == 0
    told = insyn("log", "tool", "--out", str(tmp_path / "insyn-verify.pyz"))
    assert told.status == 0, told.err
    words = ["out", "--policy", "out/policy", "--json", "--now", "2026-06-01T12:10:00Z"]
    result = subprocess.run(
        [sys.executable, "insyn-verify.pyz", *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert json.loads(result.stdout)["verified"] is True
    assert insyn("log", "tool", "--out", str(tmp_path / "insyn-verify.pyz")).status == 1
