"""`insyn log print`: the newest checkpoint on a sheet of paper, with a code that machines read."""

from pathlib import Path
from typing import Annotated, Final

import typer

from contracts.clock import read_clocks
from contracts.errors import ContractError
from contracts.trust import TrustedKeys, TrustedRole
from governance.adapters.log.anchors import Anchors
from governance.adapters.log.log_file import open_log_file
from governance.adapters.log.printing import Sheet, html_page, svg_page
from governance.adapters.log.published import PublishedLog
from governance.adapters.signatures import ed25519_verifies
from governance.audit.checkpoint import parse_body, verified_checkpoint
from governance.audit.errors import LogError, LogUnavailable
from governance.audit.note import ED25519, VerifierKey, parse_note
from governance.audit.policy import parse_policy
from insyn.commands.signing import OUT, stop, write_new
from insyn.errors import InsynError
from insyn.home import Home, open_home

_PAGES: Final = {".svg": svg_page, ".html": html_page}


def add_to(app: typer.Typer) -> None:
    """Add the command to `insyn log`."""
    app.command("print")(print_checkpoint)


def print_checkpoint(
    *,
    out: Annotated[Path, typer.Option("--out", help="Where to write the sheet: a new file, .svg or .html.")],
    home: Annotated[
        Path | None, typer.Option("--home", help="The system's folder; INSYN_HOME, or ./var, where not given.")
    ] = None,
) -> None:
    """Write the newest checkpoint as a sheet to print: text, a code, and how to check it later.

    Where witnesses are configured it is the newest one that they cosigned.
    """
    try:
        page = _PAGES.get(out.suffix)
        if page is None:
            raise stop(InsynError("The sheet is written as a file that ends in .svg or .html."))
        place = open_home() if home is None else Home(home.absolute())
        sheet = Sheet.of(verified_note(place))
        write_new(out, page(sheet, printed=read_clocks().now).encode())
    except (InsynError, LogError, ContractError) as error:
        raise stop(error) from error
    OUT.print(
        f"Written to {out}: {sheet.checkpoint.size} entries. Print it, and keep it where the log's people are not."
    )


def verified_note(home: Home) -> str:
    """Return the newest cosigned checkpoint of this folder's log, or the newest one where none was cosigned.

    Raises:
        LogError: there is none, or no pinned key signed it.
    """
    note = Anchors(home.log).newest() or _checkpoint(home)
    parsed = parse_note(note)
    verified_checkpoint(parsed, keys=_keys(home, parse_body(parsed.text).origin), verify=ed25519_verifies)
    return note


def _checkpoint(home: Home) -> str:
    """Return the newest checkpoint of the database file, or for another database the published one."""
    database, public = home.log / "database" / "log.db", home.log / "public"
    if public.exists() and not database.exists():
        return PublishedLog(public).checkpoint()
    with open_log_file(database) as log:
        return log.checkpoint()


def _keys(home: Home, origin: str) -> list[VerifierKey]:
    if home.log_policy.exists():
        return [one.key for one in parse_policy(home.log_policy.read_bytes()).logs]
    try:
        pinned = TrustedKeys.from_bytes(home.trust.read_bytes()).of(TrustedRole.LOG)
    except OSError as error:
        raise LogUnavailable("The file of pinned keys (trust.json) cannot be read in this folder.") from error
    return [VerifierKey(name=origin, algorithm=ED25519, public_key=key) for key in pinned.values()]
