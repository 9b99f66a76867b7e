"""Groups of commands that are loaded when somebody asks for one of them: no command waits for what others need."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final, cast

from typer import Typer
from typer.core import TyperGroup
from typer.main import get_group

GROUPS: Final[Mapping[str, str]] = {
    "admission": "What admits a model profile: sign it, pin it, offline.",
    "authority": "The issuing authority: show and sign warrants, offline.",
    "officer": "Two officers begin an urgent warrant, offline.",
    "bench": "Measure speed and memory on this machine.",
    "demo": "The demonstration: play it, check it, reset it.",
    "edge": "Edge workers: read one camera.",
    "evaluate": "Accuracy and bias: metrics of scores and counts.",
    "law": "The law: what it asks, and where the code keeps it.",
    "log": "The transparency log: verify and show it.",
    "models": "Model files: build, list, add.",
    "region": "The region: sign camera records, and that a site is closed.",
    "retention": "Was everything erased on its day? Prove it, check it.",
    "report": "Reports that the law asks for, from the server that runs.",
    "search": "Search one recording afterwards, by an approved search (A12).",
    "site": "At the site, without a log-in: stop it.",
    "supervisor": "An authority that is told of each use: sign for it.",
    "urgent-tags": "The supervisor: was the same person or case urgent before?",
    "vault": "The key vault's copies: repair them, list what they hold.",
    "volunteers": "The trustee of seeded volunteers: sign consents and their list.",
    "witness": "A witness of logs, to be run by another organisation; policies.",
}
"""Each is a module of `insyn.commands` with a typer application `app`, in the order in which `--help` lists them."""


class AllGroups(TyperGroup):
    """The program itself: its own commands, and every group by name, none of them loaded yet."""

    def __init__(self, **options: Any) -> None:
        """Take whatever typer gives its groups."""
        super().__init__(**options)
        for name, told in GROUPS.items():
            # A mapping is all that typer asks for, and a dictionary what it declares.
            commands = cast("dict[str, Any]", CommandsOf(name))
            self.add_command(TyperGroup(name=name, help=told, commands=commands, no_args_is_help=True))


class CommandsOf(Mapping[str, Any]):
    """The commands of one group by name; the first question loads its module."""

    def __init__(self, group: str) -> None:
        """Load nothing."""
        self._group = group

    def __getitem__(self, name: str) -> Any:
        """Return a command."""
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        """Go through the names, in the order in which their module declares them."""
        return iter(self._loaded)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._loaded)

    @cached_property
    def _loaded(self) -> Mapping[str, Any]:
        return get_group(application_of(self._group)).commands


def application_of(group: str) -> Typer:
    """Load a group's module. Written out, so that whoever checks imports sees them.

    Raises:
        ValueError: there is no such group.
    """
    match group:
        case "admission":
            from insyn.commands.admission import app
        case "authority":
            from insyn.commands.authority import app
        case "officer":
            from insyn.commands.officer import app
        case "bench":
            from insyn.commands.bench import app
        case "demo":
            from insyn.commands.demo import app
        case "edge":
            from insyn.commands.edge import app
        case "evaluate":
            from insyn.commands.evaluate import app
        case "law":
            from insyn.commands.law import app
        case "log":
            from insyn.commands.log import app
        case "models":
            from insyn.commands.models import app
        case "region":
            from insyn.commands.region import app
        case "retention":
            from insyn.commands.retention import app
        case "report":
            from insyn.commands.report import app
        case "search":
            from insyn.commands.search import app
        case "site":
            from insyn.commands.site import app
        case "supervisor":
            from insyn.commands.supervisor import app
        case "urgent-tags":
            from insyn.commands.urgent_tags import app
        case "vault":
            from insyn.commands.vault import app
        case "volunteers":
            from insyn.commands.volunteers import app
        case "witness":
            from insyn.commands.witness import app
        case _:
            raise ValueError("There is no such group of commands.")
    return app
