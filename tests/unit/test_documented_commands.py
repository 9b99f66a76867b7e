"""Every command line that a document or a sentence of ours names is one that there is, with options that it has."""

import ast
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import EnumType
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from insyn.command_line import app

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
PACKAGES = ("benchmarks", "contracts", "edge", "governance", "insyn", "matcher", "signed_pdf")
ROOM = re.compile(r"^ {0,3}(```|~~~)")
INDENTED = re.compile(r"^(?: {4,}|\t)")
INLINE = re.compile(r"`([^`]+)`")
BEGINS = re.compile(r"^\s*(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?(insyn|make)(?: |$)")
BRACKETS = re.compile(r"[][]")
"""Around what may be left out."""
ENDS = frozenset({">", ">>", "|", "&&", "&", ";", "||", "2>&1", "<"})
"""Where a shell goes on with something else."""
LEFT_OUT = "…"
"""What a document leaves to its reader, who is not told of every option again."""


@dataclass(frozen=True)
class Named:
    """A command line where it stands; `whole` in a block of code, where somebody would copy it."""

    place: str
    text: str
    whole: bool


def blocks_and_words(place: str, text: str) -> Iterator[Named]:
    """The command lines of a document: in blocks with fences or by indentation, and between backticks in its text."""
    fenced = False
    lines = iter(enumerate(text.splitlines(), start=1))
    for number, line in lines:
        if ROOM.match(line):
            fenced = not fenced
            continue
        if fenced or INDENTED.match(line):
            while line.endswith("\\"):
                line = line[:-1] + next(lines)[1]  # noqa: PLW2901  # the rest of what is one line to a shell
            yield Named(f"{place}:{number}", line, whole=True)
        for inline in [] if fenced else INLINE.findall(line):
            yield Named(f"{place}:{number}", inline, whole=False)


def sentences(path: Path) -> Iterator[Named]:
    """What the strings of a module have between backticks; what is put in when it runs is a word of somebody's."""
    text = path.read_text(encoding="utf-8")
    if "`insyn " not in text and "`make " not in text:
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.JoinedStr):
            said = "".join(str(one.value) if isinstance(one, ast.Constant) else "WORD" for one in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            said = node.value
        else:
            continue
        for inline in INLINE.findall(said):
            yield Named(f"{path.relative_to(ROOT)}:{node.lineno}", " ".join(inline.split()), whole=False)


def faults(named: Iterable[Named]) -> list[str]:
    """What is wrong, line by line."""
    return [
        f"{one.place}: `{one.text.strip()}`: {fault}" for one in named if (fault := fault_of(one.text, whole=one.whole))
    ]


def fault_of(text: str, *, whole: bool = False) -> str:
    """What is wrong with a command line; nothing, where it is none of ours."""
    begin = BEGINS.match(text)
    if begin is None:
        return ""
    try:
        words = shlex.split(BRACKETS.sub(" ", text[begin.start(1) :]), comments=True)
    except ValueError:
        return "its quotes do not close"
    end = next((at for at, word in enumerate(words) if word in ENDS), len(words))
    first, *rest = words[:end]
    return fault_of_make(rest) if first == "make" else fault_of_command(rest, whole=whole)


def fault_of_make(words: list[str]) -> str:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, flags=re.MULTILINE))
    known = set(re.findall(r"\$[({]([A-Z_]+)", makefile))
    strange = [word for word in words if word.partition("=")[0] not in targets | known]
    return f"make has no {', '.join(strange)}" if strange else ""


@cache
def root() -> Any:
    return typer.main.get_command(app)


def fault_of_command(words: list[str], *, whole: bool) -> str:
    """Walk down from `insyn`; `a|b` names two commands, and a word in capitals any."""
    command = root()
    while hasattr(command, "commands") and words:
        name, *rest = words
        if name in {"--help", LEFT_OUT} or name.isupper():
            return ""
        if name.startswith("--"):
            return "" if name in options(command) else f"no option {name}"
        found = [command.commands.get(one) for one in name.split("|")]
        if None in found:
            return f"there is no command {name}"
        if len(found) > 1:
            return ""
        (command,), words = found, rest
    return "" if hasattr(command, "commands") else fault_of_options(command, words, whole=whole)


def options(command: Any) -> dict[str, Any]:
    return {name: one for one in command.params for name in (*one.opts, *one.secondary_opts) if name.startswith("-")}


def fault_of_options(command: Any, words: list[str], *, whole: bool) -> str:
    known, given, loose = options(command), set[str](), 0
    rest = iter(words)
    for word in rest:
        name, _, value = word.partition("=")
        if word in {"--help", LEFT_OUT}:
            whole = False
        elif not word.startswith("-"):
            loose += 1
        elif name not in known:
            return f"no option {name}"
        else:
            given.add(known[name].name)
            if not getattr(known[name], "is_flag", False):
                value = value or next(rest, "")
                if fault := fault_of_value(known[name], name, value):
                    return fault if whole or value else ""
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    if loose > len(arguments) and all(one.nargs == 1 for one in arguments):
        return f"takes {len(arguments)} words and not {loose}"
    needed = [one.opts[0] for one in command.params if one.required and one.name not in given and one not in arguments]
    if whole and (needed or loose < sum(one.required for one in arguments)):
        return f"lacks {', '.join(needed) or 'a word'}"
    return ""


def fault_of_value(option: Any, name: str, value: str) -> str:
    if not value:
        return f"{name} needs a value"
    if value == LEFT_OUT:
        return ""
    kind = option.type_descriptor.annotation
    choices = {one.value for one in kind} if isinstance(kind, EnumType) else set[str]()
    return f"{name} is never {value}" if choices and value not in choices and not value.isupper() else ""


@pytest.mark.parametrize("path", dict.fromkeys(DOCUMENTS), ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_document_says_to_type_can_be_typed(path: Path) -> None:
    named = blocks_and_words(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
    assert faults(named) == []


def test_what_a_sentence_says_to_type_can_be_typed() -> None:
    modules = (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))
    assert faults(one for path in modules for one in sentences(path)) == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("insyn evaluate sign scores.zip", "there is no command sign"),
        (".venv/bin/insyn evaluate sign-scores|gates", "there is no command sign-scores|gates"),
        ("insyn evaluate gate --score x", "no option --score"),
        ("insyn evaluate fetch lfw cfp --data DIR", "takes 1 words and not 2"),
        ("insyn evaluate fetch lfw  # without its folder", "lacks --data"),
        ("insyn evaluate fetch --data DIR", "lacks a word"),
        ("insyn evaluate fetch lfw --data", "--data needs a value"),
        ("insyn --versions", "no option --versions"),
        ("$ make evaluations", "make has no evaluations"),
        ("make evaluation DATUM=x", "make has no DATUM=x"),
        ("insyn admission keygen k --name x --role lawyer --use DEMO", "--role is never lawyer"),
        ("insyn evaluate report 'x", "its quotes do not close"),
    ],
)
def test_a_wrong_line_is_found(line: str, fault: str) -> None:
    assert fault_of(line, whole=True) == fault


@pytest.mark.parametrize(
    "line",
    [
        "insyn evaluate fetch lfw --data=DIR > /dev/null",
        "insyn evaluate report … --with x",
        "insyn evaluate",
        "insyn evaluate operation --csv FILE [--json OUT]",
        "insyn COMMAND --help",
        "insyn --version",
        "INSYN_HOME=x .venv/bin/insyn models list --json",
        "make evaluation DATA=FOLDER",
        "insynctl no command of ours",
    ],
)
def test_a_right_line_is_none(line: str) -> None:
    assert fault_of(line, whole=True) == ""
