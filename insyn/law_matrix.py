"""Requirement → rule → test, read from the code as it stands: what of docs/law.md is kept, by what, and who watches it.

A rule of a requirement is a function, class or constant whose docstring or denial names its number, or a trigger of the
database whose sentence does. A test of it bears the mark `law` with the number. Nothing is imported and nothing is run:
the source files are parsed, so the matrix says what is written, and the suite says whether it holds.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from insyn.errors import InsynError

_ROOMS: Final = ("contracts", "signed_pdf", "edge", "matcher", "governance", "insyn")
# A bare 0.4 is a number like any other; only behind "law.md" is it a requirement's.
_NUMBER: Final = re.compile(r"(?<=law\.md )0\.[1-6]\b|\b(?:[A-F][1-9][0-9]?b?|P[1-5])\b")
_ROW: Final = re.compile(r"^\| (?P<number>0\.[1-6]|[A-F][1-9][0-9]?b?|P[1-5]) \| (?P<demand>.+?) \| (?P<kept>.+) \|$")
_DENIALS: Final = frozenset({"all_of", "allow", "deny", "refuse_where"})
_OPEN: Final = "*Open*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One row of docs/law.md. `open` is what it says is still missing; empty where nothing is."""

    number: str
    demand: str
    open: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One requirement with the rules that name it and the tests that are marked with it, by path and name."""

    requirement: Requirement
    rules: tuple[str, ...]
    tests: tuple[str, ...]

    @property
    def is_covered(self) -> bool:
        """Whether there is a rule and a test."""
        return bool(self.rules and self.tests)

    @property
    def standing(self) -> str:
        """In a word or two: how this requirement stands."""
        if self.requirement.open:
            return "open in part" if self.is_covered else "open"
        if self.is_covered:
            return "covered"
        return "rule without a test" if self.rules else "NOT COVERED"


def read_requirements(root: Path) -> tuple[Requirement, ...]:
    """Return the requirements of docs/law.md, in its order.

    Raises:
        InsynError: the page is not there, or names a number twice.
    """
    page = root / "docs" / "law.md"
    if not page.exists():
        raise InsynError("There is no docs/law.md here: the matrix is made from a copy of the project, tests and all.")
    rows = [_ROW.match(line) for line in page.read_text(encoding="utf-8").splitlines()]
    found = tuple(
        Requirement(number=row["number"], demand=row["demand"], open=_what_is_open(row["kept"])) for row in rows if row
    )
    if len({one.number for one in found}) != len(found):
        raise InsynError("docs/law.md has one number twice.")
    return found


def make_matrix(root: Path) -> tuple[Line, ...]:
    """Return the whole matrix of the project that lies in this folder.

    Raises:
        InsynError: docs/law.md or the tests are not there, or a test is marked with a number that the page lacks.
    """
    requirements = read_requirements(root)
    rules, tests = _rules(root), _tests(root)
    unknown = sorted(set(tests) - {one.number for one in requirements})
    if unknown:
        raise InsynError(f"docs/law.md has no {', '.join(unknown)}, which {tests[unknown[0]][0]} is marked with.")
    return tuple(
        Line(requirement=one, rules=tuple(rules.get(one.number, ())), tests=tuple(tests.get(one.number, ())))
        for one in requirements
    )


def _what_is_open(kept: str) -> str:
    return kept.partition(_OPEN)[2].lstrip(":. ") or ("all of it" if _OPEN in kept else "")


def _rules(root: Path) -> Mapping[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(path for room in _ROOMS for path in (root / room).rglob("*.py")):
        for name, numbers in _named_in(ast.parse(path.read_text(encoding="utf-8"))):
            for number in sorted(numbers):
                found[number].append(f"{path.relative_to(root).as_posix()}:{name}")
    return found


def _named_in(tree: ast.Module) -> Iterator[tuple[str, set[str]]]:
    """Yield each definition of a module that names numbers: in its docstring, where it denies, or as a trigger."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            numbers = set(_NUMBER.findall(ast.get_docstring(node) or "")) | set(_denied_in(node))
            if numbers:
                yield node.name, numbers
        elif isinstance(node, ast.Assign | ast.AnnAssign) and (numbers := set(_NUMBER.findall(_sources(node)))):
            yield _text_of_name(node.target if isinstance(node, ast.AnnAssign) else node.targets[0]), numbers
        elif isinstance(node, ast.Call) and _called(node) == "Guard":
            words = {one.arg: _text(one.value) for one in node.keywords}
            numbers = set(_NUMBER.findall(words.get("sentence", "")))
            if numbers:
                yield words.get("name", "") or "a trigger for each table", numbers


def _sources(node: ast.Assign | ast.AnnAssign) -> str:
    """Return what the rows of a table give as their source: `source="C4: alerts at most 24 h"`."""
    calls = (inner for inner in ast.walk(node) if isinstance(inner, ast.Call))
    return " ".join(_text(one.value) for call in calls for one in call.keywords if one.arg == "source")


def _denied_in(node: ast.FunctionDef | ast.ClassDef) -> Iterator[str]:
    if isinstance(node, ast.ClassDef):
        return
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call) and _called(inner) in _DENIALS and inner.args:
            yield from _NUMBER.findall(_text(inner.args[0]))
        elif isinstance(inner, ast.Tuple) and len(inner.elts) == 3:
            # A case of `refuse_where`: whether it holds, its number, its sentence.
            yield from (number for number in _NUMBER.findall(_text(inner.elts[1])) if number == _text(inner.elts[1]))


def _tests(root: Path) -> Mapping[str, list[str]]:
    folder = root / "tests"
    if not folder.is_dir():
        raise InsynError("There are no tests here: the matrix is made from a copy of the project, tests and all.")
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        of_all = _marked(_module_marks(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for number in sorted(of_all | _marked(node.decorator_list)):
                    found[number].append(f"{path.relative_to(root).as_posix()}::{node.name}")
    return found


def _module_marks(tree: ast.Module) -> list[ast.expr]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(_text_of_name(target) == "pytestmark" for target in node.targets):
            return list(node.value.elts) if isinstance(node.value, ast.List) else [node.value]
    return []


def _marked(decorators: list[ast.expr]) -> set[str]:
    calls = [one for one in decorators if isinstance(one, ast.Call) and _called(one) == "law"]
    return {_text(argument) for call in calls for argument in call.args}


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else _text_of_name(node.func)


def _text_of_name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
