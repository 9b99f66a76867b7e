"""`insyn region`: what the cameras' owner does by itself, offline: its key, camera records, a site declared closed."""

import json
from pathlib import Path
from typing import Annotated, Final

import typer

from contracts.camera import CameraRecord
from contracts.canonical import encode
from contracts.errors import ContractError, Malformed
from contracts.signature import Purpose
from contracts.trust import TrustedRole
from contracts.volunteers import SiteClosure
from insyn.commands.act_in_words import print_rows
from insyn.commands.signed_fields import field_rows
from insyn.commands.signing import (
    OUT,
    make_pinned_key,
    open_own_key,
    read_bytes,
    require_consent,
    stop,
    write_new,
)
from insyn.errors import InsynError
from insyn.key_files import public_half

app = typer.Typer(no_args_is_help=True)
_CLOSURE: Final = {
    "site_id": "Site",
    "cameras": "Cameras",
    "closed_from": "Closed from (inclusive)",
    "closed_until": "Closed until (exclusive)",
    "kind": "Kind of record",
}
_CAMERA: Final = {
    "camera_id": "Camera",
    "site_id": "Site",
    "serial": "Serial",
    "source_kind": "Source",
    "loopback_only": "Loopback only",
    "view": "Looks at",
    "camera_class": "Class",
    "masks": "Masks: corners as parts of width and height",
    "care_area": "Care area",
    "healthcare": "Healthcare site",
    "opened_by_sha256": "Opened by the decision (SHA-256)",
    "opens": "Used from (minute of the local day)",
    "closes": "Used until (minute of the local day)",
    "kind": "Kind of record",
}


@app.command("new-key")
def new_key(
    out: Annotated[Path, typer.Argument(help="Where to write the secret key; its public half goes beside it.")],
    *,
    name: Annotated[str, typer.Option(help="The region's name: one word.")],
    demo: Annotated[bool, typer.Option("--demo", help="Mark the key DEMO: good for the demonstration only.")] = False,
) -> None:
    """Make the region's key. It signs cameras, and that a site is closed."""
    try:
        key = make_pinned_key(out, TrustedRole.REGION, name, demo=demo)
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    mark = "DEMO key" if demo else "Key"
    OUT.print(f"{mark} {key.id} of {name} written to {out}; pin {public_half(out)} at every site and at the centre.")


@app.command("sign-camera")
def sign_camera(
    file: Annotated[Path, typer.Argument(help="The camera's record as JSON (docs/governance.md says its fields).")],
    *,
    key: Annotated[Path, typer.Option(help="The region's secret key.")],
    out: Annotated[Path, typer.Option(help="Where to write the signed record.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask. The record is shown all the same.")] = False,
) -> None:
    """Show a camera's record, ask, and sign it."""
    try:
        record = CameraRecord.from_bytes(_canonical(read_bytes(file)))
        signing_key, _ = open_own_key(key, TrustedRole.REGION)
        _print_record(record)
        require_consent("Sign this record?", yes=yes)
        write_new(out, encode(signing_key.sign(Purpose.CAMERA, record.to_bytes()).to_json()))
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(f"Signed with key {signing_key.id}; take {out} to governance.")


@app.command("sign-closure")
def sign_closure(
    file: Annotated[Path, typer.Argument(help="Which cameras nobody passes who did not consent, from when to when.")],
    *,
    key: Annotated[Path, typer.Option(help="The region's secret key.")],
    out: Annotated[Path, typer.Option(help="Where to write the signed declaration.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask. The declaration is shown all the same.")] = False,
) -> None:
    """Show the declaration that a site is closed to the public, ask, and sign it (C16)."""
    try:
        closure = SiteClosure.from_bytes(_canonical(read_bytes(file)))
        signing_key, _ = open_own_key(key, TrustedRole.REGION)
        print_rows("Closed site", field_rows(closure.to_bytes(), _CLOSURE))
        require_consent("Does nobody pass there who did not consent, staff included?", yes=yes)
        write_new(out, encode(signing_key.sign(Purpose.SITE_CLOSURE, closure.to_bytes()).to_json()))
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(f"Signed with key {signing_key.id}; hand {out} to the volunteers' trustee.")


def _canonical(data: bytes) -> bytes:
    """Return the one canonical spelling of a file that somebody wrote by hand."""
    try:
        return encode(json.loads(data))
    except (ValueError, RecursionError) as error:
        raise Malformed("This file is not JSON.") from error


def _print_record(record: CameraRecord) -> None:
    """Print every field of the record, and under them what the ones that restrict or open the camera come to."""
    in_words = (
        ("So it is opened at", "loopback addresses only" if record.loopback_only else "any address of its kind"),
        ("So it is used from", f"{_hour(record.opens)} to {_hour(record.closes)} (local time)"),
        ("So painted over are", f"{len(record.masks)} parts of the picture"),
        ("As a care area", "it is never lent, and no later record can change that" if record.care_area else "no"),
        ("As a healthcare site", _healthcare(record)),
        ("For evaluations", "no class is stated: none holds" if record.camera_class is None else "the class above"),
    )
    print_rows("Camera", (*field_rows(record.to_bytes(), _CAMERA), *in_words))


def _hour(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _healthcare(record: CameraRecord) -> str:
    if not record.healthcare:
        return "no"
    decision = record.opened_by_sha256
    return "yes: it is not lent" if decision is None else f"yes, opened by the decision {decision}"
