"""Requirement → rule → test: the matrix is made from the code, and a gap that docs/law.md does not tell fails here."""

import re
from pathlib import Path

import pytest

from insyn.commands.law import hidden_gaps
from insyn.errors import InsynError
from insyn.law_matrix import make_matrix, read_requirements

ROOT = Path(__file__).resolve().parents[2]

WANTED = {f"A{n}" for n in range(1, 21)} | {"A9b"} | {f"B{n}" for n in range(1, 16)} | {f"C{n}" for n in range(1, 17)}
TOLD_WHATEVER_THEY_ARE = {f"D{n}" for n in range(1, 9)} | {f"E{n}" for n in range(1, 9)}

LAW = """
| no. | requirement | how |
|---|---|---|
| A1 | One of three. t | A closed list. |
| A2 | Sixteen kinds. t | *Open*: none yet. |
| B1 | An end. g | A rule. |
"""
RULES = '''
def has_lawful_objective(application):
    """A1: the objective is one of the closed list."""


def has_listed_offence(application):
    return refuse_where("A6", (True, "A2", "Not in the table."))
'''
TESTS = """
@pytest.mark.law("A1")
def test_an_objective_of_ones_own_is_refused():
    pass
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of three files."""
    for name, text in (("docs/law.md", LAW), ("governance/domain/rules.py", RULES), ("tests/test_rules.py", TESTS)):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_every_requirement_is_covered_or_said_to_be_open() -> None:
    lines = make_matrix(ROOT)
    numbers = {line.requirement.number for line in lines}
    assert numbers >= WANTED | TOLD_WHATEVER_THEY_ARE
    assert [line.requirement.number for line in hidden_gaps(lines)] == []


def test_no_number_is_named_that_the_law_does_not_have() -> None:
    numbers = {one.number for one in read_requirements(ROOT)}
    named = {
        number
        for room in ("contracts", "governance", "matcher", "edge")
        for path in (ROOT / room).rglob("*.py")
        for number in re.findall(r'(?:deny|allow)\(\s*"([A-F][0-9]+b?)"', path.read_text(encoding="utf-8"))
    }
    assert named
    assert named <= numbers


def test_a_matrix_names_rule_and_test_and_says_what_is_open(project: Path) -> None:
    first, second, third = make_matrix(project)
    assert first.standing == "covered"
    assert first.rules == ("governance/domain/rules.py:has_lawful_objective",)
    assert first.tests == ("tests/test_rules.py::test_an_objective_of_ones_own_is_refused",)
    assert (second.standing, second.requirement.open) == ("open", "none yet.")
    assert second.rules == ("governance/domain/rules.py:has_listed_offence",)
    assert third.standing == "NOT COVERED"


def test_a_gap_that_nobody_tells_is_found(project: Path) -> None:
    assert [line.requirement.number for line in hidden_gaps(make_matrix(project))] == ["B1"]


def test_a_rule_whose_test_is_gone_is_a_gap(project: Path) -> None:
    (project / "tests" / "test_rules.py").write_text("", encoding="utf-8")
    assert [line.requirement.number for line in hidden_gaps(make_matrix(project))] == ["A1", "B1"]


def test_a_mark_with_a_number_that_does_not_exist_is_refused(project: Path) -> None:
    (project / "tests" / "test_rules.py").write_text(TESTS.replace("A1", "A99"), encoding="utf-8")
    with pytest.raises(InsynError, match="has no A99"):
        make_matrix(project)


def test_a_number_that_stands_twice_in_the_law_is_refused(project: Path) -> None:
    (project / "docs" / "law.md").write_text(LAW + "| A1 | Again. t | Again. |\n", encoding="utf-8")
    with pytest.raises(InsynError, match="one number twice"):
        make_matrix(project)


def test_without_tests_there_is_no_matrix(project: Path) -> None:
    (project / "tests" / "test_rules.py").unlink()
    (project / "tests").rmdir()
    with pytest.raises(InsynError, match="no tests here"):
        make_matrix(project)
