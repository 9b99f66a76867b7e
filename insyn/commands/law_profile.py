"""`insyn law profile`, `insyn law attest`: the table of legal parameters as a file that lawyers and organisations sign.

All of it works offline, on files that people carry. What is signed is shown first, always.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table

from contracts.canonical import encode, sha256_hex
from contracts.clock import read_clocks
from contracts.errors import ContractError
from contracts.joint_signature import JointlySigned
from contracts.legal_attestation import LegalAttestation
from contracts.signature import Purpose
from contracts.trust import TrustedRole
from governance.domain.legal_profile import ENTRIES, LegalProfile, builtin_profiles, plainly
from governance.domain.legal_profile_file import ProfileRefused, parse_profile, read_profile
from insyn.commands.act_in_words import print_rows
from insyn.commands.signed_fields import field_rows
from insyn.commands.signing import (
    OUT,
    as_written,
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
_ATTESTATION: Final = {
    "lawyer": "Lawyer",
    "statute": "Enacted text",
    "statute_sha256": "as read in the file (SHA-256)",
    "profile_sha256": "kept by the table (SHA-256)",
    "controller": "for operation by",
    "attested_at": "At",
    "kind": "Kind of record",
}

_LONGEST_CELL = 160


class KeyFor(StrEnum):
    """Whose keys these commands make."""

    LAWYER = "lawyer"
    ORGANISATION = "organisation"


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="A built-in profile, or a profile file.")] = "sweden-police",
) -> None:
    """Print the table: each parameter, its requirement, its status and its source."""
    try:
        profile = _profile(name)
    except (InsynError, ContractError, ProfileRefused) as error:
        raise stop(error) from error
    _print(profile)


@app.command("export")
def export(
    out: Annotated[Path, typer.Argument(help="Where to write the table.")],
    *,
    name: Annotated[str, typer.Option(help="The built-in profile to begin from.")] = "sweden-police",
) -> None:
    """Write a built-in profile as a file, to be narrowed or corrected by a lawyer."""
    try:
        write_new(out, _built_in(name).to_bytes())
    except InsynError as error:
        raise stop(error) from error
    OUT.print(
        f"Written to {out}. Narrow it, see it checked with `insyn law profile check`, have two organisations sign."
    )


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="The profile file, as somebody wrote it.")],
    *,
    out: Annotated[Path | None, typer.Option(help="Where to write it in its one canonical spelling.")] = None,
) -> None:
    """Say whether a profile file only narrows what is built in, and what it changes."""
    try:
        profile = parse_profile(_payload(read_bytes(file)))
        if out is not None:
            write_new(out, profile.to_bytes())
    except (InsynError, ContractError, ProfileRefused) as error:
        raise stop(error) from error
    _print(profile, changes_only=True)


@app.command("sign")
def sign(
    file: Annotated[Path, typer.Argument(help="The canonical profile file, or one that another organisation signed.")],
    *,
    key: Annotated[Path, typer.Option(help="The organisation's secret key.")],
    out: Annotated[Path, typer.Option(help="Where to write the signed file.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask. The table is shown all the same.")] = False,
) -> None:
    """Show what a profile changes, ask, and sign it. Two different organisations must."""
    try:
        content = read_bytes(file)
        payload = _payload(content)
        _print(read_profile(payload), changes_only=True)
        signing_key, _ = open_own_key(key, TrustedRole.ORGANISATION)
        require_consent("Sign this legal profile?", yes=yes)
        before = () if payload == content else JointlySigned.from_bytes(content).signatures
        signed = JointlySigned.of(*before, signing_key.sign(Purpose.LEGAL_PROFILE, payload))
        write_new(out, signed.to_bytes())
    except (InsynError, ContractError, ProfileRefused) as error:
        raise stop(error) from error
    OUT.print(f"Signed by {len(signed.signatures)} of 2 with key {signing_key.id}; it is in {out}.")


@app.command("new-key")
def new_key(
    out: Annotated[Path, typer.Argument(help="Where to write the secret key; its public half goes beside it.")],
    *,
    name: Annotated[str, typer.Option(help="The organisation's or the lawyer's name: one word.")],
    role: Annotated[KeyFor, typer.Option(help="What the key signs.")],
    demo: Annotated[bool, typer.Option("--demo", help="Mark the key DEMO: good for the demonstration only.")] = False,
) -> None:
    """Make the key of an organisation (it signs profiles) or of a lawyer (it attests one)."""
    try:
        key = make_pinned_key(out, TrustedRole(role.value), name, demo=demo)
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(f"Key {key.id} of {name} written to {out}; pin {public_half(out)} at the centre.")


def attest(
    profile: Annotated[str, typer.Argument(help="A built-in profile, or the profile file that is attested.")],
    *,
    lawyer: Annotated[str, typer.Option(help="The lawyer's name and title.")],
    statute: Annotated[str, typer.Option(help="The enacted text: its name and number.")],
    text: Annotated[Path, typer.Option(help="The file in which the lawyer read it.")],
    controller: Annotated[str, typer.Option(help="The kind of authority that may operate.")],
    key: Annotated[Path, typer.Option(help="The lawyer's secret key.")],
    out: Annotated[Path, typer.Option(help="Where to write the signed attestation.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask. The table is shown all the same.")] = False,
) -> None:
    """A lawyer attests that a legal profile keeps the enacted text; without it the profile is a DRAFT."""
    try:
        table = _profile(profile)
        payload = _attestation(
            table, lawyer=lawyer, statute=statute, text=read_bytes(text), controller=controller
        ).to_bytes()
        signing_key, _ = open_own_key(key, TrustedRole.LAWYER)
        _print(table)
        print_rows(f"Attestation that this table keeps the text in {text}", field_rows(payload, _ATTESTATION))
        require_consent("Attest it?", yes=yes)
        write_new(out, encode(signing_key.sign(Purpose.LEGAL_ATTESTATION, payload).to_json()))
    except (InsynError, ContractError, ProfileRefused) as error:
        raise stop(error) from error
    OUT.print(
        f"Attested with key {signing_key.id}; put {out} beside the centre's trust.json, as legal-attestation.json."
    )


def _attestation(table: LegalProfile, *, lawyer: str, statute: str, text: bytes, controller: str) -> LegalAttestation:
    if controller not in table.controllers:
        raise InsynError(f"This profile lets these operate, and no other: {', '.join(sorted(table.controllers))}.")
    said = LegalAttestation(
        lawyer=lawyer,
        profile_sha256=table.sha256,
        statute=statute,
        statute_sha256=sha256_hex(text),
        controller=controller,
        attested_at=read_clocks().now,
    )
    # Read back at once: what a centre would refuse is not signed.
    return LegalAttestation.from_bytes(said.to_bytes())


def _profile(name: str) -> LegalProfile:
    return builtin_profiles().get(name) or read_profile(_payload(read_bytes(Path(name))))


def _built_in(name: str) -> LegalProfile:
    profile = builtin_profiles().get(name)
    if profile is None:
        raise InsynError(f"The built-in profiles are: {', '.join(sorted(builtin_profiles()))}.")
    return profile


def _payload(content: bytes) -> bytes:
    """Return the table of a file that is either the table itself or one that organisations signed."""
    return JointlySigned.from_bytes(content).payload if b'"insyn/jointly-signed/1"' in content else content


def _print(profile: LegalProfile, *, changes_only: bool = False) -> None:
    base = builtin_profiles()[profile.name]
    title = f"{profile.name} {profile.version}: SHA-256 {profile.sha256}"
    table = Table("Parameter", "No.", "Status", "Value", "Source", title=title)
    for name in ENTRIES:
        same = getattr(profile, name) == getattr(base, name) and profile.basis(name) == base.basis(name)
        if not (changes_only and same):
            basis = profile.basis(name)
            said = _cell(profile, name)
            table.add_row(name, basis.law, basis.status.value, as_written(said), as_written(basis.source))
    OUT.print(table if table.row_count else f"{title}: nothing differs from what is built in.")


def _cell(profile: LegalProfile, name: str) -> str:
    value = getattr(profile, name)
    if name == "offences":
        return "\n".join(f"{row.code}: {row.statute}, {row.maximum_penalty_years} years" for row in value)
    said = plainly(value)
    words = ", ".join(said) if isinstance(said, list) else str(value)
    return words if len(words) <= _LONGEST_CELL else f"{words[:_LONGEST_CELL]} …"
