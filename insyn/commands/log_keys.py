"""`insyn log rotate-key`, `vkey` and `pin`: a new signing key for the log, and what people carry to be believed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from contracts.clock import read_clocks
from contracts.errors import ContractError
from governance.adapters.log.log_file import open_log_file
from governance.adapters.log.place import LogPlace
from governance.adapters.log.rotation import OVERLAP_DAYS, Rotated, chain_of, finish, log_rotations, rotate
from governance.application.errors import GovernanceError
from governance.audit.errors import LogError
from governance.audit.note import VerifierKey
from insyn.errors import InsynError
from insyn.home import at_home, held_alone
from insyn.log_succession import running_place
from insyn.pinning import pin_log, pinned_log_keys

HomeOption = Annotated[
    Path | None, typer.Option("--home", help="The system's folder; INSYN_HOME, or ./var, where not given.")
]


def add_to(app: typer.Typer) -> None:
    """Add these commands to `insyn log`."""
    app.command("rotate-key")(rotate_key)
    app.command("vkey")(vkey)
    app.command("pin")(pin)


def rotate_key(
    *,
    home: HomeOption = None,
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="How many days both keys count.")] = OVERLAP_DAYS,
    ends: Annotated[
        bool, typer.Option("--finish", help="End the overlap: the old key is destroyed. Pin the new one first.")
    ] = False,
) -> None:
    """Give the log a new signing key, while the system is stopped. Both sign until `--finish`."""
    with one_sentence():
        here = at_home(home)
        with held_alone(here):
            place = running_place(here)
            if ends:
                key = finish(place, pinned=pinned_log_keys(here))
                typer.echo(f"The old key is destroyed; the log is signed by this one alone:\n{key.text}")
                return
            _tell(rotate(place, now=lambda: read_clocks().now, days=days))


def vkey(*, home: HomeOption = None) -> None:
    """Print the line by which others believe this log: its origin and its newest key."""
    with one_sentence():
        typer.echo(_chain(running_place(at_home(home)))[-1].text)


def pin(
    line: Annotated[str, typer.Argument(metavar="VKEY", help="What `insyn log vkey` printed, carried here by people.")],
    *,
    home: HomeOption = None,
) -> None:
    """Believe this log and key on this machine, instead of the one before. Processes see it at their next start."""
    with one_sentence():
        key = pin_log(at_home(home), line)
    typer.echo(f"This machine believes the log {key.name} under the key {key.id.hex()}.")


@contextmanager
def one_sentence() -> Iterator[None]:
    """Say an expected failure in one sentence, and end with status 1."""
    try:
        yield
    except (ContractError, GovernanceError, InsynError, LogError) as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(1) from error


def _chain(place: LogPlace) -> tuple[VerifierKey, ...]:
    newest = place.verifier(place.signing_keys()[0])
    if not place.database.exists():
        return (newest,)
    with open_log_file(place.database) as log:
        entries = (entry for first in range(0, log.size, 4096) for entry in log.entries(first=first, count=4096))
        return chain_of(log_rotations(entries), newest)


def _tell(done: Rotated) -> None:
    last = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=done.until)).strftime("%Y-%m-%d")
    typer.echo(
        f"The log has a new key (entry {done.index}). Both keys sign now; the old one counts until {last}.\n"
        "Carry this line to every machine that believes the log, and pin it there with `insyn log pin`:\n"
        f"{done.new.text}\n"
        "Auditors keep the line that they pinned first: the log itself leads from it to the new key.\n"
        "When everybody has pinned it: `insyn log rotate-key --finish`."
    )
