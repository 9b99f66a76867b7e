"""The rules of the house hold in this tree, and each has been seen to catch a bad example."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture import house_rules
from tests.architecture.house_rules import (
    LONGEST_FUNCTION,
    LONGEST_MODULE,
    OUTERMOST_LOOPS,
    RULES,
    Finding,
    Rule,
    SourceFile,
    chance_is_used_at_the_rim,
    clocks_are_read_at_the_rim,
    log_calls_take_keys,
    messages_use_no_forbidden_word,
    modules_and_functions_are_short,
    modules_have_names_that_promise_something,
    names_are_spelt_as_the_law_spells_them,
    no_path_of_a_machine,
    nobody_on_a_photograph_is_named,
    nothing_is_asserted_at_run_time,
    only_the_outermost_loop_catches_all,
    only_verify_makes_authority,
    read_tree,
)

ROOT = Path(__file__).resolve().parents[2]
ANYWHERE = "edge/pipeline.py"
ROOM = "/" + "tmp"  # put together, so that this file keeps the rule that it tests
HOUSE = "/" + "home"


@pytest.fixture(scope="module")
def tree() -> list[SourceFile]:
    return read_tree(ROOT)


def broken(rule: Rule, text: str, path: str = ANYWHERE) -> list[Finding]:
    return list(rule(SourceFile(path=path, text=text)))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_this_tree_keeps_the_rule(rule: Rule, tree: list[SourceFile]) -> None:
    findings = [str(finding) for file in tree for finding in rule(file)]
    assert not findings, "\n" + "\n".join(findings)


BAD: dict[Rule, list[str]] = {
    only_verify_makes_authority: [
        "from contracts.authorisation import VerifiedAuthorisation\npermit = VerifiedAuthorisation(warrant=w)",
        "from contracts import authorisation\npermit = authorisation.VerifiedAuthorisation(warrant=w)",
        "from contracts.authorisation import VerifiedAuthorisation as Permit\npermit = Permit(warrant=w)",
        "import contracts.authorisation as a\npermit = a.VerifiedAuthorisation()",
        "from typing import cast\npermit = cast(VerifiedAuthorisation, object())",
        "import typing\npermit = typing.cast('VerifiedAuthorisation', object())",
        "permit = object.__new__(VerifiedAuthorisation)",
        "from contracts.authorisation import _ONLY_VERIFY",
        "from contracts import authorisation\ntoken = authorisation._ONLY_VERIFY",
        "token = getattr(authorisation, '_ONLY_VERIFY')",
        "from contracts.search_order import VerifiedSearchOrder\norder = VerifiedSearchOrder(order=o)",
        "from typing import cast\norder = cast(VerifiedSearchOrder, object())",
        "from contracts.search_order import _ONLY_VERIFY_ORDER",
        "from contracts.volunteer_run import VerifiedVolunteerRun\nrun = VerifiedVolunteerRun(run=r)",
        "from contracts.volunteer_run import _ONLY_VERIFY_RUN",
    ],
    clocks_are_read_at_the_rim: [
        "from datetime import UTC, datetime\nnow = datetime.now(UTC)",
        "import datetime\nnow = datetime.datetime.now()",
        "import datetime as dt\nnow = dt.datetime.utcnow()",
        "from datetime import datetime as clock\nnow = clock.today()",
        "import time\nnow = time.time()",
        "from time import time\nnow = time()",
        "from time import time_ns as read\nclock = read",
        "import time\nfrom dataclasses import field\nat = field(default_factory=time.time)",
        "from datetime import date\nday = date.today()",
    ],
    chance_is_used_at_the_rim: [
        "import random",
        "import random as dice\nx = dice.random()",
        "from random import choice",
        "import uuid\nid = uuid.uuid4()",
        "from uuid import uuid4",
        "import uuid\nfrom dataclasses import field\nid = field(default_factory=uuid.uuid4)",
        "import numpy as np\nx = np.random.rand(3)",
    ],
    log_calls_take_keys: [
        "log.info(f'probe of {name}')",
        "log.info('probe of %s' % name)",
        "log.info('probe of {}'.format(name))",
        "log.info('probe of ' + name)",
        "log.info(name + ' was seen')",
        "log.info(', '.join(names))",
        "_log.warning(f'{name}')",
        "self._log.error('seen', who=f'{name}')",
        "logger.exception(f'{name}')",
        "LOG.debug(f'{name}')",
        "import structlog\nstructlog.get_logger().info(f'{name}')",
        "from structlog import get_logger\nget_logger(__name__).info('%s' % name)",
    ],
    only_the_outermost_loop_catches_all: [
        "try:\n    go()\nexcept Exception:\n    pass",
        "try:\n    go()\nexcept:\n    pass",
        "try:\n    go()\nexcept BaseException as error:\n    raise ValueError from error",
        "try:\n    go()\nexcept BaseException:\n    if late:\n        raise",
        "def f():\n    try:\n        go()\n    except Exception:\n        if late:\n            return\n        raise",
        "try:\n    go()\nexcept (ValueError, Exception):\n    pass",
        "import builtins\ntry:\n    go()\nexcept builtins.Exception:\n    pass",
        "from contextlib import suppress\nwith suppress(Exception):\n    go()",
        "import contextlib\nwith contextlib.suppress(ValueError, BaseException):\n    go()",
    ],
    nothing_is_asserted_at_run_time: ["assert permit", "def f():\n    assert permit, 'none'"],
    modules_and_functions_are_short: [
        "\n" * (LONGEST_MODULE + 1),
        "def f():\n" + "    go()\n" * LONGEST_FUNCTION,
        "class A:\n    async def f(self):\n" + "        go()\n" * LONGEST_FUNCTION,
    ],
    names_are_spelt_as_the_law_spells_them: [
        "def authorize(): ...",
        "class AuthorizationRefused: ...",
        "class HTTPAuthorization: ...",
        "ENROLLMENT = 1",
        "def f(enrollment_request): ...",
        "def f(*, unauthorized): ...",
        "self.is_authorized = True",
        "for center in (): ...",
        "import x as normalize",
        "x: int\nenroll: int = 1",
        "with f() as catalog: ...",
    ],
    messages_use_no_forbidden_word: [
        "print('The probability is high.')",
        "raise ValueError('Person identified.')",
        "x = f'{score:.0f} % confidence'",
        "x = f'confidence {score}%'",
        "x = 'The suspect was seen.'",
        "x = 'two SUSPECTS'",
        "x = 'Identified'",
        "x = {'Probabilities': 1}",
    ],
    no_path_of_a_machine: [
        f"path = '{ROOM}/x'",
        f"path = '{ROOM}'",
        f"{HOUSE}/somebody/insyn",
        f"see `{ROOM}`",
        f"cd {ROOM}",
        "path = '/" + "root/.cache'",
        "INSYN_HOME=/" + "work/main",
    ],
}

GOOD: dict[Rule, list[str]] = {
    only_verify_makes_authority: [
        "from contracts.authorisation import VerifiedAuthorisation, verify\npermit = verify(u)",
        "def f(permit: VerifiedAuthorisation) -> None:\n    isinstance(permit, VerifiedAuthorisation)",
        "from typing import cast\nx = cast(int, 1)",
    ],
    clocks_are_read_at_the_rim: [
        "import time\nbegun = time.monotonic()",
        "import time\ntime.sleep(1)",
        "def f(now): return now.time()",
        "from contracts.clock import read_clocks\nat = read_clocks()",
    ],
    chance_is_used_at_the_rim: [
        "import secrets\nnonce = secrets.token_hex(32)",
        "import numpy as np\nx = np.random.default_rng(1)",
        "# random\nx = 'random'",
    ],
    log_calls_take_keys: [
        "log.info('probe compared', candidates=len(found))",
        "log.append(f'{entry}')",
        "math.log(f'{x}')",
        "dialog.info(f'{name}')",
        "log.info('sum', total=1 + 2)",
    ],
    only_the_outermost_loop_catches_all: [
        "try:\n    go()\nexcept (ValueError, OSError):\n    pass",
        "try:\n    go()\nexcept BaseException:\n    release()\n    raise",
        "from contextlib import suppress\nwith suppress(ValueError):\n    go()",
    ],
    nothing_is_asserted_at_run_time: ["if not permit:\n    raise ValueError", "x = 'assert'"],
    modules_and_functions_are_short: [
        "\n" * LONGEST_MODULE,
        "def f():\n" + "    go()\n" * (LONGEST_FUNCTION - 1),
    ],
    names_are_spelt_as_the_law_spells_them: [
        "def authorise(enrolment, enrolled, enrolling): ...",
        "headers['Authorization'] = x",
        "x = cv2.COLOR_BGR2GRAY",
        "f(color=1)",
        "def renormalised(): ...",
    ],
    messages_use_no_forbidden_word: [
        '"""Never a probability, never identified, never a suspect."""',
        "def f():\n    'A docstring may say that probability is forbidden.'",
        "x = 'An unidentified format.'",
        "x = 'A score is a score, never a probability.'",
        "x = 1  # a suspect value",
    ],
    no_path_of_a_machine: [
        "https://example.org/" + "home/x",
        "path = root / 'work'",
        "var" + ROOM + "/x",
        "GET /" + "works",
    ],
}


def pairs(examples: dict[Rule, list[str]]) -> list[tuple[Rule, str]]:
    return [(rule, text) for rule, texts in examples.items() for text in texts]


def shortly(part: object) -> str:
    return part.__name__ if isinstance(part, Callable) else repr(part)[-40:]  # type: ignore[arg-type]  # a rule or a text


@pytest.mark.parametrize(("rule", "text"), pairs(BAD), ids=shortly)
def test_the_rule_catches_a_bad_example(rule: Rule, text: str) -> None:
    assert broken(rule, text)


@pytest.mark.parametrize(("rule", "text"), pairs(GOOD), ids=shortly)
def test_the_rule_lets_a_good_example_pass(rule: Rule, text: str) -> None:
    assert broken(rule, text) == []


@pytest.mark.parametrize(
    "path",
    [
        "edge/utils.py",
        "edge/utils/x.py",
        "matcher/key_manager.py",
        "tests/helpers.py",
        "insyn/misc.py",
        "edge/common.py",
    ],
)
def test_a_broad_module_name_is_caught(path: str) -> None:
    assert broken(modules_have_names_that_promise_something, "", path)


@pytest.mark.parametrize("path", ["edge/masks.py", "edge/management.py", "README.md", "docs/utils.md"])
def test_a_name_that_promises_something_passes(path: str) -> None:
    assert broken(modules_have_names_that_promise_something, "", path) == []


def test_a_module_is_named_in_british_spelling() -> None:
    assert broken(names_are_spelt_as_the_law_spells_them, "", "contracts/authorization.py")
    assert broken(names_are_spelt_as_the_law_spells_them, "", "contracts/authorisation.py") == []


@pytest.mark.parametrize("path", ["governance/web/review.html", "governance/web/static/review.js"])
def test_a_template_says_no_forbidden_word(path: str) -> None:
    for text in ("<p>The suspect</p>", "<p>97 % confidence</p>", "<th>Probability</th>", "<p>was identified</p>"):
        assert broken(messages_use_no_forbidden_word, text, path)
    assert broken(messages_use_no_forbidden_word, "<p>A candidate: a lead for two people.</p>", path) == []


def test_documents_may_say_what_is_forbidden() -> None:
    for path in ("docs/glossary.md", "README.md", "tests/unit/test_x.py"):
        assert broken(messages_use_no_forbidden_word, "x = 'never a probability'", path) == []


def test_a_name_is_caught_in_texts_and_in_file_names(monkeypatch: pytest.MonkeyPatch) -> None:
    of_nobody = house_rules.hashlib.sha256(b"nobodysname").hexdigest()
    monkeypatch.setattr(house_rules, "NAMES_BY_HASH", frozenset({of_nobody}))
    rule = nobody_on_a_photograph_is_named
    assert broken(rule, "x = 'NobodysName_small.jpg'", "tests/unit/test_x.py")
    assert broken(rule, "", "docs/nobodysname.md")
    assert broken(rule, "x = 'somebody'") == []


def test_the_names_are_kept_as_hashes() -> None:
    assert house_rules.NAMES_BY_HASH
    assert all(len(name) == 64 and int(name, 16) >= 0 for name in house_rules.NAMES_BY_HASH)


def test_every_rule_has_a_bad_example() -> None:
    elsewhere = {modules_have_names_that_promise_something, nobody_on_a_photograph_is_named}
    assert set(BAD) | elsewhere == set(RULES)


@pytest.mark.parametrize(
    ("rule", "listed"),
    [
        (clocks_are_read_at_the_rim, "CLOCK_READERS"),
        (chance_is_used_at_the_rim, "CHANCE_USERS"),
        (only_the_outermost_loop_catches_all, "OUTERMOST_LOOPS"),
    ],
    ids=["clocks", "chance", "outermost loops"],
)
def test_every_exception_has_a_reason_and_is_still_needed(
    rule: Rule, listed: str, tree: list[SourceFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    exceptions: dict[str, str] = getattr(house_rules, listed)
    assert all(exceptions.values())
    monkeypatch.setattr(house_rules, listed, {})
    needed = {finding.path for file in tree for finding in rule(file)}
    assert {exception.split(":")[0] for exception in exceptions} <= needed


def test_only_the_named_function_of_a_module_catches_all() -> None:
    path, function = next(iter(OUTERMOST_LOOPS)).split(":")
    body = "(service):\n    try:\n        go()\n    except Exception:\n        pass\n"
    assert broken(only_the_outermost_loop_catches_all, f"async def {function}{body}", path) == []
    assert broken(only_the_outermost_loop_catches_all, f"def another{body}", path)
    assert broken(only_the_outermost_loop_catches_all, f"def {function}{body}", "edge/worker.py")


def test_the_tree_is_read_without_what_is_built_or_hidden(tmp_path: Path) -> None:
    for name in (
        ".venv/x.py",
        "var/x.py",
        "edge/__pycache__/x.py",
        "requirements/run.txt",
        ".git/x.py",
        "a.egg-info/x.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    for name in ("edge/x.py", "Makefile", ".ci/run", "README.md", "picture.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    assert sorted(file.path for file in read_tree(tmp_path)) == [".ci/run", "Makefile", "README.md", "edge/x.py"]


def test_the_tree_holds_all_packages(tree: list[SourceFile]) -> None:
    packages = {file.path.split("/")[0] for file in tree if file.is_product}
    assert packages == set(house_rules.PRODUCT)
