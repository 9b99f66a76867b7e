"""`insyn log challenge` and `drill`: an auditor's questions to the running log and its vault."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from governance.adapters.db.database import open_engine, sqlite_url
from governance.adapters.db.new_log import kept_boxes
from governance.adapters.log.challenging import Challenged, Challenger
from governance.adapters.log.client import SequencerClient
from governance.adapters.vault_client import VaultClient
from governance.audit.challenge import Judged, Outcome
from governance.audit.leaf import KeyRef
from governance.audit.note import ED25519, VerifierKey
from governance.audit.policy import NONE, parse_policy
from insyn.commands.log_keys import HomeOption, one_sentence
from insyn.errors import InsynError
from insyn.home import Home, at_home
from insyn.pinning import pinned_log_keys
from insyn.system import answers, pinned_origin

_CountOption = Annotated[int, typer.Option("--count", min=1, max=10_000, help="How many are drawn.")]
_WordsOption = Annotated[
    str, typer.Option("--words", help="Any words of the auditor's own: with them nobody else can foresee the draw.")
]
_MEANING: Final[Mapping[Outcome, str]] = {
    Outcome.OPENED: "opens to what was committed to",
    Outcome.GONE: "destroyed, and nothing opens",
    Outcome.MISSING: "SHOULD OPEN, AND DOES NOT",
    Outcome.RETURNED: "WAS DESTROYED, AND OPENS",
}


def add_to(app: typer.Typer) -> None:
    """Add these commands to `insyn log`."""
    app.command("challenge")(challenge)
    app.command("drill")(drill)


def challenge(*, home: HomeOption = None, count: _CountOption = 20, words: _WordsOption = "") -> None:
    """Draw entries by a hash of the newest checkpoint; what lives must open, what was destroyed must not.

    The system runs meanwhile. Each question is an entry of the log. Status 0: everything is as it must be.
    """
    with one_sentence(), _challenger(at_home(home)) as asking:
        done = asking.challenge(count, words=words)
    _print_table(done.judged)
    typer.echo(_sentence(done))
    raise typer.Exit(0 if all(one.outcome.is_right for one in done.judged) else 1)


def drill(
    backup: Annotated[Path, typer.Argument(metavar="FILE", help="An older copy of log.db or insyn.db.")],
    *,
    home: HomeOption = None,
    count: _CountOption = 1000,
    words: _WordsOption = "",
) -> None:
    """Try to open, with today's vault, what lies in a backup and was destroyed since. Status 0: nothing opens."""
    with one_sentence(), _challenger(at_home(home)) as asking:
        done = asking.drill(backup, count, words=words)
    typer.echo(
        f"The backup holds {done.held} sealed payloads. Of {done.destroyed} the log says that the key was destroyed; "
        f"{done.asked} of these were drawn and asked for, and {len(done.opened)} opened."
    )
    for key in done.opened:
        typer.echo(f"  {key.text}: WAS DESTROYED, AND THE VAULT GAVE ITS KEY")
    raise typer.Exit(1 if done.opened else 0)


@contextmanager
def _challenger(home: Home) -> Iterator[Challenger]:
    """Reach log and vault over their sockets.

    Raises:
        InsynError: the system does not run.
    """
    sequencer, vault = home.sockets / "sequencer.sock", home.sockets / "vault.sock"
    if not answers("http://sequencer/size", sequencer) or not answers("http://vault/health", vault):
        raise InsynError("Log and key vault do not run on this folder: start the system first (`make run`).")
    keys = [
        VerifierKey(name=pinned_origin(home), algorithm=ED25519, public_key=public) for public in pinned_log_keys(home)
    ]
    log, keys_of = SequencerClient(sequencer), VaultClient(vault)
    try:
        with _kept(home) as kept:
            yield Challenger(log, keys_of, keys=keys, witnesses=_witnesses(home), kept=kept)
    finally:
        log.close()
        keys_of.close()


def _witnesses(home: Home) -> tuple[VerifierKey, ...]:
    if not home.log_policy.exists():
        return ()
    policy = parse_policy(home.log_policy.read_bytes())
    return () if policy.quorum == NONE else tuple(policy.witness_keys.values())


@contextmanager
def _kept(home: Home) -> Iterator[Callable[[Sequence[KeyRef]], Mapping[KeyRef, bytes]]]:
    database = home.governance / "insyn.db"
    if not database.exists():
        yield lambda _keys: {}
        return
    engine = open_engine(sqlite_url(database))
    try:
        yield lambda keys: kept_boxes(engine, keys)
    finally:
        engine.dispose()


def _print_table(judged: Sequence[Judged]) -> None:
    table = Table("entry", "part", "key", "outcome", title="What was drawn")
    for one in judged:
        table.add_row(str(one.index), one.group, one.key, _MEANING[one.outcome])
    Console().print(table)


def _sentence(done: Challenged) -> str:
    found = Counter(one.outcome for one in done.judged)
    wrong = found[Outcome.MISSING] + found[Outcome.RETURNED]
    by = "that the witnesses cosigned" if done.by_witnesses else "that the log alone signed (no witnesses are asked)"
    return (
        f"By a checkpoint {by}, {len(done.entries)} of {done.size} entries were drawn, with {len(done.judged)} sealed "
        f"parts: {found[Outcome.OPENED]} open, {found[Outcome.GONE]} are destroyed as the log says, and {wrong} are "
        "not as they must be."
    )
