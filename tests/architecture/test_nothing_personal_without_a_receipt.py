"""What is personal leaves the application inside `Released` alone: held by the types that its functions declare."""

import ast
import dataclasses
import inspect
import pkgutil
import types
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest

import governance.application
from contracts.issuer_list import ListedIssuer
from contracts.lease_request import LeaseAnswer
from contracts.trust import PinnedKey
from governance.application import ports
from governance.application.governance import Governance
from governance.application.journal import Journal
from governance.application.log_reading import OpenedLine
from governance.application.picture_ports import Pictures
from governance.application.ports import Log, Transaction
from governance.application.queries import AlertPage, Told, WarrantPage
from governance.application.released import Released
from governance.audit.leaf import Leaf
from governance.domain.publications import Publication

ROOT = Path(__file__).resolve().parents[2]
OUTSIDE = ("governance/web", "governance/jobs.py", "governance/serve.py", "insyn")
"""Whoever answers somebody."""

PERSONAL = (LeaseAnswer, OpenedLine, Pictures, Told, WarrantPage, bytes)
DATA_FREE = (Leaf, ListedIssuer, PinnedKey, Publication)
"""A leaf holds commitments, and by its own tests nothing about anybody; pinned and listed keys are public.

A publication is what everybody may read, made in its public version by `publish_records` alone.
"""
CAN_OPEN = (Governance, Transaction, Journal, Log, ports.KeyVault)
"""Whoever is handed none of these opens nothing that was not open before."""

REVIEWED = {
    "governance.application.lasting_proofs.lasting_receipts": "leaves with proofs, which are free of data",
    "governance.application.log_files.LogFiles.content": "tiles and bundles of leaves, which are free of data",
    "governance.application.log_files.LogFiles.proof": "hashes of such leaves",
    "governance.application.named_cameras.earlier_named": "a camera's record, which the region signed",
    "governance.application.queries.list_site_stops": "stops at sites, which name a site and a time",
    "governance.application.stop_at_site.take_site_stop": "a release, which names a site and a stop",
    "governance.application.stop_leases.stops_for": "orders to stop, which name a camera and a deployment",
    "governance.application.stop_runs.answer_about_stops": "both kinds of orders, in one answer",
    "governance.application.stop_runs.run_stops_for": "the same of volunteers' runs, which name a lease of one",
    "governance.application.tell_endings.endings_for": "what issuers rejected or took back, which names a warrant",
}
INWARD = {
    "governance.application.journal.Journal.record": "the receipt itself, of which `release` makes the type",
    "governance.application.journal.Journal.recorded": "the same",
    "governance.application.journal.Journal.release": "keys, for the two modules that open what they open",
    "governance.application.journal.Journal.write": "what discloses an entry to the viewer, beside its receipt",
    "governance.application.journal.Journal.destroy": "roots of the inventory",
    "governance.application.application_file.require_reader": "the record of opaque ids, for whoever may read it",
    "governance.application.lend_runs.lend_runs": "runs with their lists, for the answer that is released next",
    "governance.application.papers.open_act": "the same as `reveal_all`, with the papers of an act",
    "governance.application.move_warrant.move": "the record of opaque ids that the caller gave, in its new state",
    "governance.application.run_conditions.papers_of_run": "what trustee and region signed of a run: pseudonyms",
    "governance.application.vault.reveal": "a step of a procedure opens what it needs, after an entry",
    "governance.application.vault.reveal_all": "the same, and for what is released next",
    "governance.application.vault.reveal_held": "the same, for what a hold keeps past its end",
    "governance.application.withdrawals.with_withdrawal": "what governance itself signs: a pseudonym and a time",
}
"""Reviewed: these return personal bytes to the application itself, and nobody outside may call them."""


def public_functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield every public function and method of the application by its full name; protocols promise and do nothing."""
    for found in pkgutil.iter_modules(governance.application.__path__):
        module = pkgutil.resolve_name(f"governance.application.{found.name}")
        for name, value in vars(module).items():
            if name.startswith("_") or getattr(value, "__module__", "") != module.__name__:
                continue
            if inspect.isfunction(value):
                yield f"{module.__name__}.{name}", value
            if inspect.isclass(value) and not getattr(value, "_is_protocol", False):
                for method, function in vars(value).items():
                    if inspect.isfunction(function) and not method.startswith("_"):
                        yield f"{module.__name__}.{name}.{method}", function


def bare_personal_types(annotation: Any, seen: frozenset[Any] = frozenset()) -> set[str]:
    """Return the personal types that an annotation holds outside `Released`, in the fields of dataclasses too."""
    if annotation in PERSONAL:
        return {annotation.__name__}
    origin = get_origin(annotation)
    if origin is Released or annotation in DATA_FREE or annotation in seen:
        return set()
    inner = list(get_args(annotation)) if origin is not None or isinstance(annotation, types.UnionType) else []
    if dataclasses.is_dataclass(annotation) and isinstance(annotation, type):
        inner += [typing.get_type_hints(annotation)[one.name] for one in dataclasses.fields(annotation)]
    return set().union(*(bare_personal_types(one, seen | {annotation}) for one in inner))


def opens(name: str, function: Callable[..., Any]) -> bool:
    """Say whether a function is handed, or its object holds, what can open something."""
    if name.count(".") > len(["a", "b", "c"]):
        return True
    taken = typing.get_type_hints(function)
    return any(taken.get(one) in CAN_OPEN for one in inspect.signature(function).parameters)


def returns_personal(name: str, function: Callable[..., Any]) -> bool:
    hints = typing.get_type_hints(function)
    return opens(name, function) and bool(bare_personal_types(hints.get("return")))


def test_whatever_returns_something_personal_returns_it_released() -> None:
    found = {name for name, function in public_functions() if returns_personal(name, function)}
    # Values that turn themselves into bytes open nothing.
    found = {name for name in found if not name.endswith((".to_bytes", ".from_bytes"))}
    assert found == set(REVIEWED) | set(INWARD)


def test_nobody_who_answers_somebody_calls_what_is_for_the_application_alone() -> None:
    names = {name.rpartition(".")[2] for name in INWARD}
    for path in outside():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "governance.application.vault":
                assert not names.intersection(alias.name for alias in node.names), path
            if isinstance(node, ast.Attribute) and node.attr in names:
                assert "journal" not in ast.unparse(node.value), path
                assert ast.unparse(node.value) != "vault", path


def outside() -> list[Path]:
    files: list[Path] = []
    for place in OUTSIDE:
        path = ROOT / place
        files += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return files


@dataclasses.dataclass
class Careless:
    """An example of a value that carries something personal two steps down."""

    pages: tuple[WarrantPage | None, ...]


@pytest.mark.parametrize(
    ("annotation", "found"),
    [
        (bytes, {"bytes"}),
        (Pictures, {"Pictures"}),
        (Released[Pictures], set()),
        (Pictures | None, {"Pictures"}),
        (tuple[Released[Told], OpenedLine], {"OpenedLine"}),
        (dict[str, tuple[bytes, ...]], {"bytes"}),
        (AlertPage, set()),
        (Careless, {"WarrantPage"}),
        (Leaf, set()),
        (None, set()),
    ],
)
def test_the_check_sees_through_containers_and_records(annotation: Any, found: set[str]) -> None:
    assert bare_personal_types(annotation) == found
