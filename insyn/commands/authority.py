"""`insyn authority`: what the issuing authority does by itself, offline: file in, file out (law.md A6, P1)."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from contracts.canonical import encode
from contracts.clock import read_clocks
from contracts.errors import ContractError
from contracts.fields import format_instant
from contracts.issuer_list import ListedIssuer
from contracts.signature import Purpose, SigningKey
from contracts.vocabulary import IssuerType
from contracts.warrant import Warrant
from insyn.commands.signing import (
    OUT,
    as_written,
    make_key,
    open_key,
    payload_of,
    public_half,
    read_bytes,
    require_consent,
    stop,
    write_new,
)
from insyn.errors import InsynError

app = typer.Typer(no_args_is_help=True)


@app.command("new-key")
def new_key(
    out: Annotated[Path, typer.Argument(help="Where to write the secret key; its public half goes beside it.")],
    *,
    name: Annotated[str, typer.Option(help="The authority's name, as warrants will bear it: one word.")],
    issuer_type: Annotated[IssuerType, typer.Option("--type", help="Court or prosecutor.")],
    days: Annotated[int, typer.Option(min=1, max=3650, help="For how many days it may be listed.")] = 730,
    demo: Annotated[bool, typer.Option("--demo", help="Mark the key DEMO: good for the demonstration only.")] = False,
) -> None:
    """Make the authority's key. The secret half stays where it is; the public half goes into the list of issuers."""
    key = SigningKey.generate()
    try:
        begin = read_clocks().now.replace(microsecond=0)
        issuer = ListedIssuer(
            name=name,
            issuer_type=issuer_type,
            public=key.public,
            demo=demo,
            valid_from=begin,
            valid_to=begin + timedelta(days=days),
        )
        make_key(out, ListedIssuer.from_json(issuer.to_json()), key)
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    mark = "DEMO key" if demo else "Key"
    OUT.print(f"{mark} {key.id} of {name} written to {out}; have {public_half(out)} put on the list.")


@app.command()
def show(
    file: Annotated[Path, typer.Argument(help="The approved warrant as governance exported it, or a signed one.")],
) -> None:
    """Show exactly what is, or would be, signed: every field, in words."""
    try:
        payload, signed = payload_of(read_bytes(file))
        _print_warrant(Warrant.from_bytes(payload))
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print("Not signed yet." if signed is None else f"Signed with key {signed.key} (not verified here).")


@app.command()
def sign(
    file: Annotated[Path, typer.Argument(help="The approved warrant as governance exported it.")],
    *,
    key: Annotated[Path, typer.Option(help="The authority's secret key.")],
    out: Annotated[Path, typer.Option(help="Where to write the signed warrant.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask. The warrant is shown all the same.")] = False,
) -> None:
    """Show the warrant, ask, and sign exactly these bytes. Nothing is sent anywhere."""
    try:
        payload = read_bytes(file)
        warrant = Warrant.from_bytes(payload)
        signing_key, pinned = open_key(key, ListedIssuer.from_json)
        _print_warrant(warrant)
        _require_own(warrant, pinned)
        require_consent("Issue this warrant?", yes=yes)
        write_new(out, encode(signing_key.sign(Purpose.WARRANT, payload).to_json()))
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(f"Signed with key {signing_key.id}; take {out} back to governance.")


def _require_own(warrant: Warrant, pinned: ListedIssuer | None) -> None:
    """Refuse to sign what names another issuer, or mixes DEMO with what is not."""
    if pinned is None:
        return
    if (warrant.issuer, warrant.issuer_type) != (pinned.name, pinned.issuer_type):
        raise InsynError("This warrant names another issuing authority than this key's; nothing was signed.")
    if warrant.demo is not pinned.demo:
        raise InsynError("A DEMO key signs DEMO warrants only, and another key signs no DEMO warrant.")


def _print_warrant(warrant: Warrant) -> None:
    title = "DEMO WARRANT: good for the demonstration only" if warrant.demo else "Warrant"
    table = Table("What", "As it will be signed", title=title, show_lines=True)
    for name, value in _words(warrant):
        table.add_row(name, as_written(value))
    for slot in warrant.slots:
        table.add_row("Person", as_written(_slot_words(slot.to_json())))
    for camera in warrant.cameras:
        table.add_row("Camera", as_written(f"{camera.camera_id}, because: {camera.reason}"))
    OUT.print(table)


def _words(warrant: Warrant) -> tuple[tuple[str, str], ...]:
    return (
        ("Warrant", warrant.warrant_id),
        ("Type", warrant.type.value),
        ("Case", warrant.case_reference),
        ("Led by", warrant.case_leader),
        ("Objective", warrant.objective.value),
        ("Offence", f"{warrant.offence_code}, {warrant.statute}, at most {warrant.maximum_penalty_years} years"),
        ("From (inclusive)", format_instant(warrant.not_before)),
        ("To (exclusive)", format_instant(warrant.not_after)),
        ("Applicant", warrant.applicant),
        ("Approved by", warrant.legal_officer),
        ("Issuer", f"{warrant.issuer} ({warrant.issuer_type.value})"),
        ("Persons and cameras", f"{len(warrant.slots)} and {len(warrant.cameras)}"),
        ("Impact assessment", warrant.impact_assessment_sha256),
        ("EU registration", warrant.registration_number),
        ("Reasoned request", warrant.decision_sha256),
        ("Model profile", warrant.profile_sha256),
        ("Legal parameters (SHA-256)", warrant.legal_profile),
        ("DEMO", "yes" if warrant.demo else "no"),
    )


def _slot_words(slot: dict[str, object]) -> str:
    photographs = slot["photographs"]
    listed = "\n  ".join(photographs) if isinstance(photographs, list) else ""
    return (
        f"slot {slot['slot_id']}, age band {slot['age_band']}\nbecause: {slot['necessity']}\n"
        f"who it is: commitment {slot['commitment']}\nphotographs (SHA-256):\n  {listed}"
    )
