"""`insyn witness`: what another organisation runs, so that nobody can show two histories of one log.

And `insyn witness policy`, for whoever pins whose cosignatures count.
"""

import os
import signal
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table

from contracts.clock import read_clocks
from governance.audit.errors import LogError
from governance.audit.independence import (
    OTHERS,
    dated,
    members_below,
    organisations_policy,
    require_independent,
    with_witness,
    without_witness,
)
from governance.audit.note import VerifierKey, format_note
from governance.audit.policy import Policy, parse_policy
from governance.json_lines import set_up_logging
from governance.witness.errors import WitnessUnusable
from governance.witness.service import build_app, listen, serve
from governance.witness.state import WitnessFile
from governance.witness.witness import LARGEST_BODY, Asked, Logs, Witness, known_origins, read_logs
from insyn.commands.signing import OUT, as_written, read_bytes, require_consent, stop, write_new
from insyn.errors import InsynError

app = typer.Typer(no_args_is_help=True)

PORT: Final = 8475

_Folder = Annotated[Path, typer.Argument(help="The witness's folder: its key and what it saw last. Never back it up.")]
_FolderOption = Annotated[Path, typer.Option("--folder", help="The witness's folder.")]
_LogsOption = Annotated[
    Path | None, typer.Option("--logs", help="The vkeys of the logs to witness, one a line; FOLDER/logs if not given.")
]
_Yes = Annotated[bool, typer.Option("--yes", help="Do not ask. What is signed is shown all the same.")]


@app.command()
def keygen(
    folder: _Folder,
    *,
    name: Annotated[str, typer.Option(help="The witness's name, such as witness.example/dpo: no spaces, no '+'.")],
) -> None:
    """Make a new witness: a key, and a memory that is empty. Its folder belongs into no backup."""
    try:
        state = WitnessFile(folder).create(name)
    except LogError as error:
        raise stop(error) from error
    OUT.print(as_written(f"Witness {name} made in {folder}. Give this key to the logs and to whoever verifies them:"))
    OUT.print(as_written(state.verifier.text))
    OUT.print(
        "Never copy or back up this folder: a restored witness could cosign a second history. "
        "If it is lost, make a new one."
    )


@app.command()
def vkey(folder: _Folder) -> None:
    """Print the key by which everybody verifies this witness's cosignatures."""
    try:
        typer.echo(WitnessFile(folder).read().verifier.text)
    except LogError as error:
        raise stop(error) from error


@app.command("serve")
def serve_witness(
    folder: _Folder,
    *,
    logs: _LogsOption = None,
    host: Annotated[str, typer.Option(help="The address to listen on; only this machine, where not given.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(help="The port to listen on; 0 takes a free one.", min=0, max=65_535)] = PORT,
) -> None:
    """Cosign over HTTP until a signal: POST …/add-checkpoint (C2SP tlog-witness)."""
    try:
        known = _logs(folder, logs)
        state = WitnessFile(folder).read()
        state.require_in_office()
        with listen(host, port) as listening:
            bound, number = listening.getsockname()[:2]
            where = f"[{bound}]" if ":" in bound else bound
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            os.umask(0o077)
            set_up_logging()
            origins = ", ".join(known_origins(known))
            OUT.print(
                as_written(f"Witness {state.name} cosigns {origins} at http://{where}:{number} (add-checkpoint).")
            )
            sys.stdout.flush()
            serve(build_app(_witness(folder, known), vkey=state.verifier.text), listening)
    except KeyboardInterrupt:
        return
    except LogError as error:
        raise stop(error) from error


@app.command()
def sign(
    file: Annotated[Path, typer.Argument(help="The request that the log wrote: the body of an add-checkpoint.")],
    *,
    folder: _FolderOption,
    out: Annotated[Path, typer.Option(help="Where to write the cosignature line; take it back to the log.")],
    logs: _LogsOption = None,
    yes: _Yes = False,
) -> None:
    """Show what a log asks to be cosigned, ask, and cosign it. Nothing is sent anywhere."""
    try:
        body = _request(file, out)
        witness = _witness(folder, _logs(folder, logs))
        _print_asked(witness.ask(body))
        require_consent("Cosign this checkpoint?", yes=yes)
        write_new(out, witness.add_checkpoint(body).encode())
    except (InsynError, LogError) as error:
        raise stop(error) from error
    OUT.print(f"Cosigned. Take {out} back to the log.")


@app.command()
def retire(folder: _Folder, *, yes: _Yes = False) -> None:
    """Overwrite the witness's key, for good. Its name, key and memory stay, so that what it cosigned can be told."""
    try:
        state = WitnessFile(folder).read()
        OUT.print(as_written(f"Witness {state.name}: {state.verifier.text}"))
        require_consent("Retire this witness? It will never sign again.", yes=yes)
        WitnessFile(folder).retire()
    except (InsynError, LogError) as error:
        raise stop(error) from error
    OUT.print("Retired. Tell the logs, so that they take it out of their policies.")


@app.command()
def policy(
    *,
    log: Annotated[list[str], typer.Option("--log", help="The log's vkey; again for each further key.")],
    organisation: Annotated[
        list[str],
        typer.Option("--organisation", help="NAME=VKEY, or NAME=VKEY@ADDRESS; again for each further witness."),
    ],
    quorum: Annotated[int, typer.Option(help="How many organisations must cosign, the controller not counted.", min=1)],
    controller: Annotated[
        list[str] | None, typer.Option("--controller", help="The organisation that runs the log: it never counts.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write it to this new file too.")] = None,
) -> None:
    """Make the policy that says whose cosignatures count, and say in a sentence what it means."""
    try:
        made = organisations_policy(
            [VerifierKey.parse(key) for key in log],
            _organisations(organisation),
            quorum=quorum,
            controllers=controller or (),
        )
        text = dated(made, _today(), _made(controller or []))
        if out is not None:
            write_new(out, text.encode())
    except (InsynError, LogError) as error:
        raise stop(error) from error
    typer.echo(text, nl=False)
    typer.echo(meaning(made), err=True)


@app.command()
def amend(
    file: Annotated[Path, typer.Argument(help="The policy as it is.")],
    *,
    out: Annotated[Path, typer.Option(help="Where to write the policy as it will be.")],
    add: Annotated[
        list[str] | None, typer.Option("--add", help="NAME=VKEY[@ADDRESS]: one more witness of an organisation.")
    ] = None,
    remove: Annotated[
        list[str] | None, typer.Option("--remove", help="The name of a witness whose word counts no more.")
    ] = None,
    controller: Annotated[
        list[str] | None, typer.Option("--controller", help="The organisation that runs the log: it never counts.")
    ] = None,
) -> None:
    """Put a witness in another one's place, dated. A lost witness is added to; one in wrong hands is also removed."""
    try:
        text = read_bytes(file).decode("utf-8", "surrogateescape")
        changed = parse_policy(text)
        for name, (key, url) in _named(add or []):
            new_name = _free_name(changed, name)
            changed = with_witness(changed, name, name=new_name, key=key, url=url)
            text = dated(changed, _today(), f"witness {new_name} of {name} added", before=text)
        for name in remove or []:
            changed = without_witness(changed, name)
            text = dated(changed, _today(), f"witness {name} removed", before=text)
        require_independent(changed, controller or ())
        write_new(out, text.encode("utf-8", "surrogateescape"))
    except (InsynError, LogError) as error:
        raise stop(error) from error
    typer.echo(text, nl=False)
    typer.echo(meaning(changed), err=True)


def meaning(policy: Policy) -> str:
    """Say in a sentence what a policy asks for."""
    groups = {group.name: group for group in policy.groups}
    if policy.quorum not in groups:
        return f"A checkpoint counts once {policy.quorum} has cosigned it."
    asked = groups[policy.quorum]
    counted = members_below(policy, policy.quorum)
    left_out = [witness.name for witness in policy.witnesses if witness.name not in counted]
    aside = f" {', '.join(left_out)} may cosign too and never count." if left_out else ""
    what = "organisations" if asked.name == OTHERS else "members"
    return (
        f"A checkpoint counts once {asked.threshold} of these {len(asked.members)} {what} have cosigned it: "
        f"{', '.join(asked.members)}.{aside}"
    )


def _witness(folder: Path, logs: Logs) -> Witness:
    return Witness(WitnessFile(folder), logs, now_s=_now_s, evidence=folder / "forks")


def _logs(folder: Path, logs: Path | None) -> Logs:
    try:
        return read_logs((logs or folder / "logs").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise WitnessUnusable(
            f"The file of the logs' keys {logs or folder / 'logs'} cannot be read; write each log's vkey on a line."
        ) from error


def _request(file: Path, out: Path) -> bytes:
    """Return a request, once it is sure that its answer can be written: what is cosigned is never forgotten."""
    if out.exists():
        raise InsynError(f"There is a file already at {out}; it is not overwritten.")
    body = read_bytes(file)
    if len(body) > LARGEST_BODY:
        raise InsynError(f"The file {file} is larger than any request.")
    return body


def _print_asked(asked: Asked) -> None:
    table = Table("What", "As it will be cosigned", title="Checkpoint", show_lines=True)
    seen = asked.seen
    last = "nothing: this is the first one" if not seen.time_s else f"{seen.size} entries, {_instant(seen.time_s)}"
    for name, value in (
        ("Log", asked.checkpoint.origin),
        ("Entries", str(asked.checkpoint.size)),
        ("Root", asked.checkpoint.root.hex()),
        ("Cosigned last", last),
        ("Proven from", f"{asked.request.old} entries"),
        ("Signed note", format_note(asked.note)),
    ):
        table.add_row(name, as_written(value))
    OUT.print(table)


def _organisations(
    given: list[str],
) -> list[tuple[str, tuple[tuple[VerifierKey, str | None], ...]]]:
    found: dict[str, tuple[tuple[VerifierKey, str | None], ...]] = {}
    for name, witness in _named(given):
        found[name] = (*found.get(name, ()), witness)
    return list(found.items())


def _named(given: list[str]) -> list[tuple[str, tuple[VerifierKey, str | None]]]:
    """Read NAME=VKEY or NAME=VKEY@ADDRESS. In a vkey's last part stands no '@'."""
    found = []
    for one in given:
        name, _, rest = one.partition("=")
        parts = rest.split("+", 2)
        data, at, url = parts[-1].partition("@")
        if not name or len(parts) != 3 or (at and not url):
            raise InsynError("An organisation is written NAME=VKEY or NAME=VKEY@ADDRESS.")
        found.append((name, (VerifierKey.parse("+".join([*parts[:2], data])), url or None)))
    return found


def _free_name(policy: Policy, organisation: str) -> str:
    taken = {*policy.witness_keys, *(group.name for group in policy.groups)}
    number = 2
    while f"{organisation}-{number}" in taken:
        number += 1
    return f"{organisation}-{number}"


def _made(controllers: list[str]) -> str:
    return "made; run by " + (", ".join(controllers) if controllers else "nobody among the witnesses")


def _today() -> date:
    return read_clocks().now.date()


def _now_s() -> int:
    return int(read_clocks().now.timestamp())


def _instant(time_s: int) -> str:
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
