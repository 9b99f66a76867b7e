"""`insyn report`: have a report made by the server that runs, as the person who logs in, and write it to a file.

It goes the way that the pages go: the same forms, the same permission, the same entries in the log.
"""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final, NamedTuple

import typer

from insyn.commands.signing import OUT, stop, write_new
from insyn.errors import InsynError

app = typer.Typer(no_args_is_help=True)


class Kind(StrEnum):
    """Which reports there are."""

    ANNUAL = "annual"
    DEPLOYMENT = "deployment"
    DISCLOSURE = "disclosure"
    INCIDENT = "incident"
    NOTIFICATION = "notification"
    OPERATION = "operation"
    TECHNICAL = "technical"


class Format(StrEnum):
    """What a report is written as."""

    HTML = "html"
    JSON = "json"
    PDF = "pdf"


class Language(StrEnum):
    """In which language. The JSON holds both."""

    ENGLISH = "en"
    SWEDISH = "sv"


class _Way(NamedTuple):
    """How a report is asked for: the page with its form, where the form goes, and which options it needs."""

    law: str
    what: str
    page: str
    path: str
    needs: tuple[str, ...]


_REPORTS: Final = "/reports"
_WAYS: Final[Mapping[Kind, _Way]] = MappingProxyType(
    {
        Kind.ANNUAL: _Way("A11, A12", "the annual report", _REPORTS, "/reports/annual", ("year",)),
        Kind.DEPLOYMENT: _Way(
            "C7, C15", "the record of a deployment", _REPORTS, "/reports/deployment", ("deployment",)
        ),
        Kind.DISCLOSURE: _Way(
            "E8", "the file for the defence of a lead, always a zip", _REPORTS, "/reports/disclosure", ("alert",)
        ),
        Kind.INCIDENT: _Way(
            "A18",
            "the report of a serious incident",
            "/reports/incidents",
            "/reports/incidents/report",
            ("incident",),
        ),
        Kind.NOTIFICATION: _Way(
            "A10", "the letter to an authority", _REPORTS, "/reports/notification", ("deployment", "authority")
        ),
        Kind.OPERATION: _Way("A18, C7", "what use came to, month by month", _REPORTS, "/reports/operation", ()),
        Kind.TECHNICAL: _Way("A20", "the technical documentation", _REPORTS, "/reports/technical", ()),
    }
)

_GIVEN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "alert": "--alert ID",
        "authority": "--authority data-protection|market-surveillance",
        "deployment": "--deployment ID",
        "incident": "--incident ID",
        "year": "--year YYYY",
    }
)
_ALWAYS: Final = "--address URL --login LOGIN --out FILE"


@app.command("list")
def list_reports() -> None:
    """Say which reports there are, which requirement asks for them, and how each is asked for."""
    for kind, way in _WAYS.items():
        OUT.print(f"{kind.value}: {way.what} ({way.law})")
        OUT.print(" ".join(["    insyn report make", kind.value, *(_GIVEN[name] for name in way.needs), _ALWAYS]))


@app.command()
def make(
    kind: Annotated[Kind, typer.Argument(help="Which report; `insyn report list` names them.")],
    *,
    address: Annotated[str, typer.Option(help="Where the server answers, such as https://insyn.example.")],
    login: Annotated[str, typer.Option(help="Who asks. The password is asked for, never given as an option.")],
    out: Annotated[Path, typer.Option(help="Where to write it. Nothing is overwritten.")],
    format: Annotated[Format, typer.Option("--format", help="As what.")] = Format.HTML,  # noqa: A002 (the option's name)
    language: Annotated[Language, typer.Option(help="In which language.")] = Language.SWEDISH,
    audience: Annotated[str, typer.Option(help="`public` (small counts withheld) or `authority`.")] = "public",
    year: Annotated[str, typer.Option(help="Of which year.")] = "",
    deployment: Annotated[str, typer.Option(help="Of which deployment: its opaque id.")] = "",
    authority: Annotated[str, typer.Option(help="`data-protection` or `market-surveillance`.")] = "",
    alert: Annotated[str, typer.Option(help="Of which lead: its opaque id.")] = "",
    incident: Annotated[str, typer.Option(help="Of which incident: its opaque id.")] = "",
) -> None:
    """Have a report made, and write it to a new file. The log says so, as for the page."""
    given = {"year": year, "deployment": deployment, "authority": authority, "alert": alert, "incident": incident}
    form = {"format": format.value, "language": language.value, "audience": audience, **given}
    try:
        _require_needed(kind, given, out)
        content = _asked(kind, form, address, login, typer.prompt("Password", hide_input=True, err=True))
        write_new(out, content)
    except InsynError as error:
        raise stop(error) from error
    OUT.print(f"Written to {out}.")


def _require_needed(kind: Kind, given: Mapping[str, str], out: Path) -> None:
    if out.exists():
        raise InsynError(f"There is a file already at {out}; it is not overwritten.")
    missing = [name for name in _WAYS[kind].needs if not given[name]]
    if missing:
        raise InsynError(f"This report needs --{missing[0]}; `insyn report list` says what each needs.")


def _asked(kind: Kind, form: Mapping[str, str], address: str, login: str, password: str) -> bytes:
    # Only here: the client takes its time to import, and no other command of this module needs it.
    import httpx  # noqa: PLC0415

    from insyn.demonstration import visitor  # noqa: PLC0415

    way = _WAYS[kind]
    try:
        with visitor.Visitor(address, login, password) as person:
            made: bytes = person.post(way.path, form, page=way.page).content
            person.post("/logout", page=way.page)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise InsynError(f"No server answers at {address}; start it, or give its address.") from error
    return made
