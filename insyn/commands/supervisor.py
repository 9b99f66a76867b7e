"""`insyn supervisor`: what an authority that is told of each use does: make its key, sign for notifications."""

from pathlib import Path
from typing import Annotated, Final

import typer

from contracts.canonical import encode
from contracts.errors import ContractError
from contracts.notification import Authority, Notification
from contracts.trust import TrustedRole
from insyn.commands.act_in_words import print_rows
from insyn.commands.signed_fields import field_rows
from insyn.commands.signing import (
    OUT,
    make_pinned_key,
    read_bytes,
    require_consent,
    stop,
    write_new,
)
from insyn.errors import InsynError
from insyn.key_files import public_half
from insyn.supervisor_desk import open_desk, serve

app = typer.Typer(no_args_is_help=True)
_NAMES: Final = {
    "notification_id": "Notification",
    "authority": "Authority",
    "minted_at": "Written",
    "type": "Kind of warrant",
    "objective": "Objective",
    "issuer_type": "Issued by",
    "warrant_sha256": "The warrant (SHA-256)",
    "impact_assessment_sha256": "The impact assessment (SHA-256)",
    "registration_number": "Registration",
    "demo": "DEMO",
    "kind": "Kind of record",
}

_ACKNOWLEDGED: Final = {
    "acknowledged_at": "Received",
    "authority": "By the authority",
    "notification_id": "Notification",
    "notification_sha256": "Its very bytes (SHA-256)",
    "kind": "Kind of record",
}

PORT: Final = 8477
_ROLES: Final = {
    Authority.DATA_PROTECTION: TrustedRole.DATA_PROTECTION,
    Authority.MARKET_SURVEILLANCE: TrustedRole.MARKET_SURVEILLANCE,
}

_Key = Annotated[Path, typer.Option("--key", help="The authority's secret key.")]
_Of = Annotated[Authority, typer.Option("--authority", help="Which of the two authorities this is.")]
_Trust = Annotated[Path, typer.Option("--trust", help="The pinned keys, which name governance's (trust.json).")]
_File = Annotated[Path, typer.Argument(help="The notification, as governance laid it down.")]


@app.command("new-key")
def new_key(
    out: Annotated[Path, typer.Argument(help="Where to write the secret key; its public half goes beside it.")],
    *,
    authority: _Of,
    demo: Annotated[bool, typer.Option("--demo", help="Mark the key DEMO: good for the demonstration only.")] = False,
) -> None:
    """Make the authority's key. It signs for notifications and nothing else."""
    try:
        key = make_pinned_key(out, _ROLES[authority], authority.value, demo=demo)
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(
        f"Key {key.id} of the {authority.value} authority written to {out}; pin {public_half(out)} at the centre."
    )


@app.command()
def acknowledge(
    file: _File,
    *,
    key: _Key,
    authority: _Of,
    trust: _Trust,
    out: Annotated[Path, typer.Option("--out", help="Where to write the acknowledgement: beside it, as ID.ack.json.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask. The notification is shown all the same.")] = False,
) -> None:
    """Show a notification, ask, and sign that it was received."""
    try:
        desk = open_desk(key, authority, trust, None)
        signed, notification = desk.read(read_bytes(file))
        _print(notification, signed.sha256)
        acknowledgement = desk.acknowledgement_of(signed, notification)
        print_rows("What is signed", field_rows(acknowledgement.to_bytes(), _ACKNOWLEDGED))
        require_consent("Sign that this was received?", yes=yes)
        write_new(out, encode(desk.sign(acknowledgement).to_json()))
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(f"Signed; take {out} to governance.")


@app.command("serve")
def serve_desk(
    folder: Annotated[Path, typer.Argument(help="Where notifications are kept.")],
    *,
    key: _Key,
    authority: _Of,
    trust: _Trust,
    port: Annotated[int, typer.Option(min=1, max=65_535, help="The port, on loopback; put TLS before it.")] = PORT,
) -> None:
    """Take notifications over HTTP and sign for each of them at once."""
    try:
        desk = open_desk(key, authority, trust, folder)
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    serve(desk, port)


def _print(notification: Notification, sha256: str) -> None:
    own = ("Its very bytes (SHA-256), which the receipt names", sha256)
    print_rows("Notification of a use", (*field_rows(notification.to_bytes(), _NAMES), own))
