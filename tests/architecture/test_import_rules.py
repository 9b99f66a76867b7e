"""Imports point one way (docs/adr/0002): the rules hold, and each has been seen to fail on an injected import."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("contracts", "signed_pdf", "edge", "matcher", "governance", "benchmarks", "insyn")

INJECTIONS = [
    ("contracts-leaf", "contracts/vocabulary.py", "import matcher.errors"),
    ("contracts-leaf", "contracts/probe.py", "import numpy"),
    ("governance-not-site", "governance/application/ports.py", "import matcher.errors"),
    ("governance-not-site", "governance/web/errors.py", "import edge.errors"),
    ("matcher-alone", "matcher/comparison.py", "import governance.domain.decisions"),
    ("matcher-alone", "matcher/service.py", "import sqlalchemy"),
    ("edge-blind", "edge/pipeline.py", "import matcher.embedding"),
    ("edge-blind", "edge/worker.py", "import contracts.gallery_bundle"),
    ("edge-blind", "edge/tracking.py", "import matcher.gallery"),
    ("edge-blind", "edge/gate.py", "import contracts.volunteer_gallery"),
    ("edge-blind", "edge/gate.py", "import matcher.volunteer_book"),
    ("pdf-alone", "signed_pdf/errors.py", "import matcher.errors"),
    ("pdf-alone", "signed_pdf/reading.py", "import httpx"),
    ("pdf-read-apart", "matcher/leases.py", "import pyhanko"),
    ("pdf-read-apart", "signed_pdf/process.py", "import signed_pdf.answering"),
    ("benchmarks-end", "edge/capture.py", "import benchmarks"),
    ("governance-inwards", "governance/application/ports.py", "import governance.web.errors"),
    ("governance-inwards", "governance/domain/decisions.py", "import governance.application.ports"),
    ("pure-centre", "governance/domain/warrants.py", "import contracts.warrant"),
    ("pure-centre", "governance/audit/merkle.py", "import cryptography"),
    ("verifier-alone", "governance/verifier/__init__.py", "import httpx"),
    ("verifier-alone", "governance/verifier/__init__.py", "import contracts.receipt"),
    ("vault-apart", "governance/vault/rules.py", "import governance.domain.events"),
    ("vault-apart", "governance/vault/keys.py", "import sqlalchemy"),
    ("witness-apart", "governance/witness/errors.py", "import governance.domain.events"),
    ("witness-apart", "governance/witness/witness.py", "import contracts.receipt"),
    ("one-sql-room", "governance/web/errors.py", "import sqlalchemy"),
    ("one-sql-room", "governance/application/ports.py", "import sqlalchemy.orm"),
    ("governance-opens-no-image", "governance/application/ports.py", "import cv2"),
    ("templates-made-in-two-rooms", "matcher/comparison.py", "import matcher.embedding"),
    ("audiences-apart", "governance/web/operator/__init__.py", "import governance.web.legal"),
    ("siblings", "contracts/errors.py", "import contracts.trust"),
]


def lint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def copy_of_the_code(folder: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_all_import_rules_hold() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("rule", "module", "line"), INJECTIONS, ids=str)
def test_each_rule_fails_on_an_injected_import(rule: str, module: str, line: str, tmp_path: Path) -> None:
    folder = copy_of_the_code(tmp_path)
    with (folder / module).open("a", encoding="utf-8") as source:
        source.write(f"\n{line}\n")
    result = lint(folder, "--contract", rule)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "BROKEN" in result.stdout, result.stdout + result.stderr


def test_every_rule_has_an_injection_that_breaks_it() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    rules = {line.split('"')[1] for line in text.splitlines() if line.startswith("id = ")}
    assert rules == {rule for rule, _, _ in INJECTIONS}
