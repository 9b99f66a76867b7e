"""The rules of this house that no ruff rule knows, as functions over the source tree.

Each rule takes the tree's files and yields findings. The exceptions stand beside the rule that they are excepted from,
each with its reason. `test_house_rules.py` applies every rule to this tree and to a bad example.
"""

import ast
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Final

PRODUCT: Final = ("contracts", "signed_pdf", "edge", "matcher", "governance", "benchmarks", "insyn")
_ENDINGS: Final = "cfg css html ini js json mako md py sh svg toml txt yaml yml"
TEXT_SUFFIXES: Final = frozenset(f".{ending}" for ending in _ENDINGS.split())
SKIPPED_FOLDERS: Final = frozenset({"__pycache__", "build", "dist", "node_modules", "requirements", "var"})
LONGEST_MODULE: Final = 500
LONGEST_FUNCTION: Final = 80


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One place that breaks a rule."""

    path: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.sentence}"


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """One text file of the tree; `path` is relative to its root, with slashes."""

    path: str
    text: str

    @property
    def is_python(self) -> bool:
        return self.path.endswith(".py")

    @property
    def is_product(self) -> bool:
        return self.path.split("/")[0] in PRODUCT

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    @cached_property
    def imported(self) -> dict[str, str]:
        """What each imported name stands for: `{"dt": "datetime.datetime"}`."""
        names: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                names |= {
                    a.asname or a.name.split(".")[0]: a.name if a.asname else a.name.split(".")[0] for a in node.names
                }
            if isinstance(node, ast.ImportFrom) and node.module:
                names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        return names

    def full_name(self, node: ast.AST) -> str:
        """Return the dotted name that an expression spells, imports resolved, or an empty text."""
        if isinstance(node, ast.Name):
            return self.imported.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            owner = self.full_name(node.value)
            return f"{owner}.{node.attr}" if owner else ""
        return ""

    def finding(self, node: ast.AST | int, sentence: str) -> Finding:
        line = node if isinstance(node, int) else getattr(node, "lineno", 1)
        return Finding(path=self.path, line=line, sentence=sentence)


Rule = Callable[[SourceFile], Iterator[Finding]]


def read_tree(root: Path) -> list[SourceFile]:
    """Return every text file of a source tree, but what is built, locked, hidden or kept at run time."""
    found = []
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        hidden = [part for part in relative.parts if part.startswith(".") and part != ".ci"]
        skipped = SKIPPED_FOLDERS.intersection(relative.parts) or any(p.endswith(".egg-info") for p in relative.parts)
        text = path.suffix in TEXT_SUFFIXES or path.name == "Makefile" or relative.parts[0] == ".ci"
        if text and not hidden and not skipped and path.is_file():
            found.append(SourceFile(path=relative.as_posix(), text=path.read_text(encoding="utf-8")))
    return found


# -- no warrant, no inference -----------------------------------------------------------------------------------------

MAKERS_OF_AUTHORITY: Final = {
    "VerifiedAuthorisation": "contracts/authorisation.py",
    "VerifiedSearchOrder": "contracts/search_order.py",
    "VerifiedVolunteerRun": "contracts/volunteer_run.py",
}
TOKENS: Final = frozenset({"_ONLY_VERIFY", "_ONLY_VERIFY_ORDER", "_ONLY_VERIFY_RUN"})
SPEAK_OF_FORGERY: Final = frozenset(
    {
        "tests/architecture/house_rules.py",
        "tests/architecture/test_house_rules.py",
        "tests/privacy/test_authorisation_unforgeable.py",
        "tests/unit/test_contracts_search_order.py",
        "tests/unit/test_contracts_volunteer_run.py",
    }
)


def only_verify_makes_authority(file: SourceFile) -> Iterator[Finding]:
    """Each kind of authority is made in one module; nobody borrows its token, casts to it or goes around it."""
    if not file.is_python or file.path in SPEAK_OF_FORGERY.union(MAKERS_OF_AUTHORITY.values()):
        return
    for node in file.nodes:
        if isinstance(node, ast.Call) and _last(file.full_name(node.func)) in MAKERS_OF_AUTHORITY:
            yield file.finding(node, "only the verifier in its own module makes authority")
        if isinstance(node, ast.Call) and _last(file.full_name(node.func)) == "cast" and _names_authority(file, node):
            yield file.finding(node, "a cast to authority verifies nothing")
        if isinstance(node, ast.Attribute) and file.full_name(node) == "object.__new__":
            yield file.finding(node, "object.__new__ goes around a constructor that guards something")
        if any(_spells(node, token) for token in TOKENS):
            yield file.finding(node, "the token of authority is nobody else's")


def _names_authority(file: SourceFile, call: ast.Call) -> bool:
    target = call.args[0] if call.args else None
    spelt = target.value if isinstance(target, ast.Constant) else file.full_name(target) if target else ""
    return _last(str(spelt)) in MAKERS_OF_AUTHORITY


def _spells(node: ast.AST, word: str) -> bool:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name) | ast.keyword(arg=name):
            return name == word
        case ast.Constant(value=value):
            return bool(value == word)
        case _:
            return False


def _last(dotted: str) -> str:
    return dotted.rpartition(".")[2]


# -- time and chance come from outside --------------------------------------------------------------------------------

CLOCKS: Final = frozenset(
    {
        "datetime.datetime.now",
        "datetime.datetime.today",
        "datetime.datetime.utcnow",
        "datetime.date.today",
        "time.time",
        "time.time_ns",
        "time.localtime",
        "time.gmtime",
    }
)
CLOCK_READERS: Final = {
    "contracts/clock.py": "reads both clocks for the whole site",
    "governance/verifier/command.py": "the auditor's laptop has this package alone",
}
CHANCE: Final = re.compile(
    r"random(\..+)?|uuid\.uuid[14]|numpy\.random\.(rand|randn|random|seed|normal|uniform|shuffle)"
)
CHANCE_USERS: Final = {
    "edge/capture.py": "spreads the reconnects of many cameras out",
    "edge/stream_state.py": "the same: the pause that is spread out",
    "edge/supervisor.py": "spreads the restarts of many workers out",
    "insyn/demonstration/walk.py": "a seeded film: the same in every run",
    "matcher/lease_keeper.py": "spreads the requests of a site's cameras out",
    "matcher/outbox.py": "spreads repeated deliveries out",
}


def clocks_are_read_at_the_rim(file: SourceFile) -> Iterator[Finding]:
    """`now` is passed in; only the modules listed above read a wall clock."""
    if file.is_python and file.is_product and file.path not in CLOCK_READERS:
        for node in file.nodes:
            if isinstance(node, ast.Attribute | ast.Name) and file.full_name(node) in CLOCKS:
                yield file.finding(node, f"reads the clock ({file.full_name(node)}); take `now` from the caller")


def chance_is_used_at_the_rim(file: SourceFile) -> Iterator[Finding]:
    """Nothing that decides is random; identifiers and nonces come from `secrets`, never from `random` or `uuid4`."""
    if file.is_python and file.is_product and file.path not in CHANCE_USERS:
        for node in file.nodes:
            if isinstance(node, ast.Attribute | ast.Name) and file.full_name(node) in file.imported.values():
                continue
            if isinstance(node, ast.Attribute | ast.Name) and CHANCE.fullmatch(file.full_name(node)):
                yield file.finding(node, f"uses chance ({file.full_name(node)}); take it from the caller")
        for name, full in file.imported.items():
            if CHANCE.fullmatch(full):
                yield file.finding(1, f"imports chance ({full} as {name}); take it from the caller")


# -- what is logged, caught and asserted ------------------------------------------------------------------------------

LOG_METHODS: Final = frozenset({"debug", "info", "warning", "warn", "error", "critical", "exception", "log", "msg"})
LOGGER: Final = re.compile(r"(^|\.|_)log(ger)?$|structlog\.get_logger|structlog\.stdlib\.get_logger", re.IGNORECASE)


def log_calls_take_keys(file: SourceFile) -> Iterator[Finding]:
    """A log line is one constant event and keys: a text put together could carry anything, a name too."""
    if not file.is_python or not file.is_product:
        return
    for node in file.nodes:
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LOG_METHODS):
            continue
        owner = node.func.value
        spelt = file.full_name(owner.func if isinstance(owner, ast.Call) else owner)
        if LOGGER.search(spelt):
            put_together = [value for value in _arguments(node) if _is_put_together(value)]
            if put_together:
                yield file.finding(node, "puts a text together in a log call; give constants and keys")


def _arguments(call: ast.AST) -> list[ast.expr]:
    if not isinstance(call, ast.Call):
        return []
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _is_put_together(node: ast.expr) -> bool:
    match node:
        case ast.JoinedStr():
            return True
        case ast.BinOp(op=ast.Mod() | ast.Add(), left=left, right=right):
            return _is_text(left) or _is_text(right)
        case ast.Call(func=ast.Attribute(attr="format" | "join", value=value)):
            return _is_text(value)
        case _:
            return False


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


OUTERMOST_LOOPS: Final = {
    "matcher/service.py:_run_or_end": "the process's background work: it reports what broke and ends the process",
}


def only_the_outermost_loop_catches_all(file: SourceFile) -> Iterator[Finding]:
    """`except Exception` and its like stand in the outermost loops listed above and nowhere else.

    A handler that ends in a plain `raise` may tidy up after anything: it stops nothing.
    """
    if not file.is_python or not file.is_product:
        return
    excepted = {
        id(node) for function in _functions(file) if _is_outermost(file, function) for node in ast.walk(function)
    }
    for node in file.nodes:
        if id(node) in excepted:
            continue
        if isinstance(node, ast.ExceptHandler) and _catches_all(file, node) and not _lets_go_on(node):
            yield file.finding(node, "catches everything; name what can go wrong")
        suppresses = isinstance(node, ast.Call) and _last(file.full_name(node.func)) == "suppress"
        if suppresses and any(_is_broad(file, argument) for argument in _arguments(node)):
            yield file.finding(node, "suppresses everything; name what can go wrong")


def _functions(file: SourceFile) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in file.nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def _is_outermost(file: SourceFile, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return f"{file.path}:{function.name}" in OUTERMOST_LOOPS


def _catches_all(file: SourceFile, handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or _is_broad(file, kind) for kind in caught)


def _lets_go_on(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    leaves = any(isinstance(node, ast.Return | ast.Break | ast.Continue) for node in ast.walk(handler))
    return isinstance(last, ast.Raise) and last.exc is None and not leaves


def _is_broad(file: SourceFile, kind: ast.expr) -> bool:
    return _last(file.full_name(kind)) in {"Exception", "BaseException"}


def nothing_is_asserted_at_run_time(file: SourceFile) -> Iterator[Finding]:
    """`assert` is for tests: `python -O` leaves it out."""
    if file.is_python and file.is_product:
        for node in file.nodes:
            if isinstance(node, ast.Assert):
                yield file.finding(node, "asserts at run time; raise an error of the package")


# -- names, words and sizes -------------------------------------------------------------------------------------------

BROAD_NAMES: Final = frozenset(
    {"common", "helper", "helpers", "manager", "managers", "misc", "util", "utilities", "utils"}
)


def modules_have_names_that_promise_something(file: SourceFile) -> Iterator[Finding]:
    """No `utils`, `helpers`, `manager`, `misc`: neither alone nor as a part of a name."""
    if file.is_python:
        for part in PurePosixPath(file.path).with_suffix("").parts:
            broad = BROAD_NAMES.intersection(part.split("_"))
            if broad:
                yield file.finding(1, f"'{min(broad)}' in a module's name promises nothing")


def modules_and_functions_are_short(file: SourceFile) -> Iterator[Finding]:
    """At most 500 lines to a module and 80 to a function; the aims are 400 and 60."""
    if not file.is_python:
        return
    lines = len(file.text.splitlines())
    if lines > LONGEST_MODULE:
        yield file.finding(1, f"has {lines} lines; {LONGEST_MODULE} is the limit")
    for function in _functions(file):
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        if length > LONGEST_FUNCTION:
            yield file.finding(function, f"{function.name} has {length} lines; {LONGEST_FUNCTION} is the limit")


AMERICAN: Final = {
    "analyze": "analyse",
    "analyzed": "analysed",
    "analyzer": "analyser",
    "authorization": "authorisation",
    "authorizations": "authorisations",
    "authorize": "authorise",
    "authorized": "authorised",
    "authorizes": "authorises",
    "behavior": "behaviour",
    "canceled": "cancelled",
    "catalog": "catalogue",
    "center": "centre",
    "centers": "centres",
    "defense": "defence",
    "enroll": "enrol",
    "enrollment": "enrolment",
    "enrollments": "enrolments",
    "enrolls": "enrols",
    "favorite": "favourite",
    "initialize": "initialise",
    "labeled": "labelled",
    "neighbor": "neighbour",
    "neighbors": "neighbours",
    "normalize": "normalise",
    "normalized": "normalised",
    "offense": "offence",
    "offenses": "offences",
    "organization": "organisation",
    "organizations": "organisations",
    "recognize": "recognise",
    "recognized": "recognised",
    "serialize": "serialise",
    "unauthorized": "unauthorised",
}
FRAMEWORK_WORDS: Final[frozenset[str]] = frozenset()
"""Names that a library makes us define as they are (`Authorization` is a header's name, and no identifier of ours)."""


def names_are_spelt_as_the_law_spells_them(file: SourceFile) -> Iterator[Finding]:
    """British spelling in every name that we define, as the standards and the law have it."""
    if not file.is_python:
        return
    stem = PurePosixPath(file.path).stem
    for line, name in [(1, stem), *_defined_names(file)]:
        for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name):
            british = AMERICAN.get(word.lower())
            if british and name not in FRAMEWORK_WORDS:
                yield file.finding(line, f"'{name}': write '{british}'")


def _defined_names(file: SourceFile) -> Iterator[tuple[int, str]]:
    for node in file.nodes:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.arg(arg=name):
                yield node.lineno, name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.alias(asname=str() as name):
                yield node.lineno, name
            case _:
                pass


FORBIDDEN_WORDS: Final = {
    # Told what a score is not, people read it better: "never a probability" may be said.
    re.compile(r"(?<!never a )(?<!not a )\b(probabilit(y|ies)|likelihoods?)\b", re.IGNORECASE): (
        "a score is a score, never a probability"
    ),
    re.compile(r"\b(re)?identified\b", re.IGNORECASE): "the system never says that it recognised anybody",
    re.compile(r"%\s*(confidence|similar|match|sure)|\bconfidence\s*(of\s*)?[\d{]*\s*%", re.IGNORECASE): (
        "no percentage of identity"
    ),
    re.compile(r"\bsuspects?\b", re.IGNORECASE): "nobody is called a suspect",
}
SPEAKS_TO_PEOPLE: Final = frozenset({".html", ".js", ".mako", ".svg", ".txt"})


def messages_use_no_forbidden_word(file: SourceFile) -> Iterator[Finding]:
    """Texts of the product and all of its templates: no probability, no identity, no suspect (invariant 10)."""
    if not file.is_product:
        return
    texts = _texts(file) if file.is_python else enumerate(file.text.splitlines(), 1)
    if file.is_python or PurePosixPath(file.path).suffix in SPEAKS_TO_PEOPLE:
        for line, text in texts:
            for pattern, sentence in FORBIDDEN_WORDS.items():
                if pattern.search(text):
                    yield file.finding(line, sentence)


def _texts(file: SourceFile) -> Iterator[tuple[int, str]]:
    """Yield the texts of a module that are no docstrings; an f-string is one text, its gaps closed."""
    apart = {id(node.value) for node in file.nodes if isinstance(node, ast.Expr)}
    for node in file.nodes:
        if isinstance(node, ast.JoinedStr):
            pieces = [piece.value for piece in node.values if isinstance(piece, ast.Constant)]
            apart |= {id(piece) for piece in node.values}
            yield node.lineno, "".join(str(piece) for piece in pieces)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in apart:
            yield node.lineno, node.value


# -- nothing of a machine, nothing of a person ------------------------------------------------------------------------

MACHINE_PATH: Final = re.compile(r"(?<![\w.~}/-])/(work|home|root|tmp)(/|(?=[\"'`\s):,;]|$))")


def no_path_of_a_machine(file: SourceFile) -> Iterator[Finding]:
    """No absolute path of somebody's machine stands anywhere in the tree; temporary folders come from `tempfile`."""
    for line, text in enumerate(file.text.splitlines(), 1):
        if MACHINE_PATH.search(text):
            yield file.finding(line, "names a path of one machine")


NAMES_BY_HASH: Final = frozenset(
    {
        "0631a609edb7c79f3a051b935ddb0927818ebd03964a4d18f316d2dadf216894",
        "5771742f0ab142bcf6defd21acfdba5539e62633afb3ccaf7b9931ae1367e9e5",
        "59cea62bbdfb4dc0ccac8a9b92f35bf8b4d96762871626956217907c09fc035b",
        "6c9d9f812df8c92abac66b3debe37580df358b6ecd807a5e28bd1a1bf7fdc484",
        "f38dea1d26aa0e11443c295dec4a4f8738f69433be2169f2dd3cd5a82f1194e5",
    }
)
"""SHA-256 of the small-letter names of the persons on the demonstration's photographs: named nowhere, not even here."""


def nobody_on_a_photograph_is_named(file: SourceFile) -> Iterator[Finding]:
    """No real name of a person on a demonstration photograph stands anywhere in the tree, file names included."""
    for line, text in [(1, file.path), *enumerate(file.text.splitlines(), 1)]:
        for word in re.findall(r"[a-z]+", text.lower()):
            if hashlib.sha256(word.encode()).hexdigest() in NAMES_BY_HASH:
                yield file.finding(line, "names a person on a demonstration photograph")


RULES: Final[tuple[Rule, ...]] = (
    only_verify_makes_authority,
    clocks_are_read_at_the_rim,
    chance_is_used_at_the_rim,
    log_calls_take_keys,
    only_the_outermost_loop_catches_all,
    nothing_is_asserted_at_run_time,
    modules_have_names_that_promise_something,
    modules_and_functions_are_short,
    names_are_spelt_as_the_law_spells_them,
    messages_use_no_forbidden_word,
    no_path_of_a_machine,
    nobody_on_a_photograph_is_named,
)
