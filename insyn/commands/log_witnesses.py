"""`insyn log ask-witness` and `insyn log take-answer`: the log's side of a witness that has no network."""

from pathlib import Path
from typing import Annotated

import typer

from contracts.clock import read_clocks
from governance.adapters.log.anchors import Anchors
from governance.adapters.log.published import PublishedLog
from governance.adapters.log.witness_http import WitnessHttp
from governance.adapters.log.witnessing import Witnessing, cosignatures, read_answer, write_request
from governance.adapters.signatures import VERIFIERS
from governance.audit.errors import LogError, LogUnavailable
from governance.audit.policy import Policy, parse_policy
from insyn.commands.signing import OUT, stop
from insyn.errors import InsynError
from insyn.home import Home, open_home

_HomeOption = Annotated[
    Path | None, typer.Option("--home", help="The system's folder; INSYN_HOME, or ./var, where not given.")
]
_Name = Annotated[str, typer.Argument(help="The witness's name in the pinned policy.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands to `insyn log`."""
    app.command("ask-witness")(ask_witness)
    app.command("take-answer")(take_answer)


def ask_witness(
    name: _Name,
    *,
    out: Annotated[Path, typer.Option("--out", help="Where to write the request: a new file, to be carried there.")],
    old: Annotated[
        int | None, typer.Option("--old", help="The size that the witness cosigned last, if it says another.", min=0)
    ] = None,
    home: _HomeOption = None,
) -> None:
    """Write a request for a witness without a network, proven from what it cosigned last."""
    try:
        place = _home(home)
        policy = _policy(place)
        if name not in policy.witness_keys:
            raise stop(LogUnavailable(f"The policy names no witness {name!a}."))
        known = last_cosigned(Anchors(place.log), policy, name) if old is None else old
        checkpoint = write_request(out, log_source=PublishedLog(place.log / "public"), old=known)
    except (InsynError, LogError) as error:
        raise stop(error) from error
    OUT.print(
        f"Written to {out}: {checkpoint.size} entries, proven from {known}. There: insyn witness sign {out.name}; "
        "bring its answer back to insyn log take-answer."
    )


def take_answer(
    name: _Name,
    request: Annotated[Path, typer.Argument(help="The request that was carried there.")],
    answer: Annotated[Path, typer.Argument(help="The answer that came back.")],
    *,
    home: _HomeOption = None,
) -> None:
    """Keep the cosignature that was brought back. It counts once the policy's quorum is there."""
    http = WitnessHttp()
    try:
        place = _home(home)
        policy = _policy(place)
        note = read_answer(request, answer, policy=policy, name=name, verify=VERIFIERS)
        witnessing = Witnessing(
            policy=policy,
            log_source=PublishedLog(place.log / "public"),
            anchors=Anchors(place.log),
            verify=VERIFIERS,
            ask=http,
            now=lambda: read_clocks().now,
        )
        head = witnessing.take(note)
    except (InsynError, LogError) as error:
        raise stop(error) from error
    finally:
        http.close()
    OUT.print(f"Kept: the quorum has cosigned {head.checkpoint.size} entries, at {head.time:%Y-%m-%d %H:%M:%S} UTC.")


def last_cosigned(anchors: Anchors, policy: Policy, name: str) -> int:
    """Return the greatest size that this witness is known to have cosigned; 0 where none is kept.

    Raises:
        LogUnavailable: an anchor is not what it was.
    """
    for size in reversed(anchors.sizes()):
        if any(one.name == name for one in cosignatures(anchors.note(size) or "", policy=policy, verify=VERIFIERS)):
            return size
    return 0


def _home(given: Path | None) -> Home:
    return open_home() if given is None else Home(given.absolute())


def _policy(home: Home) -> Policy:
    try:
        return parse_policy(home.log_policy.read_bytes())
    except OSError as error:
        raise LogUnavailable(f"The pinned policy {home.log_policy} cannot be read: {error.strerror}.") from error
