"""`insyn admission`: what admits a model profile. Signed by who measured and by who answers for it, carried by people.

All of it works offline. What is signed is shown first, always (P4, C10).
"""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from contracts.admission import ProfileAdmission
from contracts.canonical import encode
from contracts.clock import read_clocks
from contracts.errors import ContractError, Malformed
from contracts.joint_signature import JointlySigned
from contracts.model_profile import ProfileClass
from contracts.signature import Purpose
from contracts.trust import PinnedKey, TrustedRole
from insyn.commands.act_in_words import print_rows
from insyn.commands.signed_fields import field_rows
from insyn.commands.signers import KeyChoice, KeyOption, ModuleOption, PublicOption, TokenOption, opened_signer
from insyn.commands.signing import (
    OUT,
    jointly,
    make_pinned_key,
    read_bytes,
    read_record,
    require_consent,
    stop,
    write_new,
)
from insyn.errors import InsynError
from insyn.home import at_home
from insyn.key_files import public_half
from insyn.pinning import pin_admission

app = typer.Typer(no_args_is_help=True)
_SIGNERS = (TrustedRole.EVALUATOR, TrustedRole.MODEL_OFFICER)
_NAMES: Final = {
    "admission_id": "Admission",
    "profile_sha256": "Model profile (SHA-256)",
    "profile_class": "Class",
    "verdict": "Verdict",
    "measured_on": "Measured on",
    "admitted_at": "From (inclusive)",
    "expires_at": "Until (exclusive)",
    "envelope.tested_list": "Persons in the test",
    "envelope.threshold": "Tested threshold",
    "envelope.score": "of the score",
    "envelope.camera_classes": "Camera classes",
    "envelope.age_bands": "Age bands",
    "envelope.groups": "Groups",
    "envelope.passages_a_day": "Passages a day at one site",
    "envelope.camera_hours_a_day": "Camera hours a day at one site",
    "envelope.people_searched": "People searched for who were not on the list",
    "envelope.false_alarms": "of whom alarmed",
    "score_file_sha256": "Scores (SHA-256)",
    "manifest_sha256s": "Data: their manifests (SHA-256)",
    "report_sha256": "Report (SHA-256)",
    "kind": "Kind of record",
}


class KeyFor(StrEnum):
    """Whose keys these commands make."""

    EVALUATOR = "evaluator"
    MODEL_OFFICER = "model-officer"


@app.command()
def keygen(
    out: Annotated[Path, typer.Argument(help="Where to write the secret key; its public half goes beside it.")],
    *,
    name: Annotated[str, typer.Option(help="The holder's name: one word.")],
    role: Annotated[KeyFor, typer.Option(help="Who measured, or the officer who answers for the authority.")],
    use: Annotated[ProfileClass, typer.Option(help="Which class of profile the key admits, and no other.")],
) -> None:
    """Make the key of an evaluator or of a model officer. Its public half is pinned at every machine."""
    try:
        key = make_pinned_key(
            out,
            TrustedRole(role.value),
            name,
            demo=use is not ProfileClass.OPERATIONAL,
            trial=use is ProfileClass.TRIAL,
        )
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(f"Key {key.id} of {name} written to {out}; pin {public_half(out)} at every machine.")


@app.command()
def show(file: Annotated[Path, typer.Argument(help="An admission, signed or not.")]) -> None:
    """Show what an admission admits, and by which keys it is signed (not verified here)."""
    try:
        admission, signed = read_record(file, _admission_of, "an admission")
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    _print(admission)
    keys = ", ".join(one.key for one in signed.signatures) if signed is not None else ""
    OUT.print(f"Signed with {keys} (not verified here)." if keys else "Not signed yet.")


@app.command()
def sign(
    file: Annotated[Path, typer.Argument(help="The admission, or one that the other role signed already.")],
    *,
    key: KeyOption,
    out: Annotated[Path, typer.Option(help="Where to write it with this signature added.")],
    pkcs11: ModuleOption = None,
    token: TokenOption = "",
    public: PublicOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask. The admission is shown all the same.")] = False,
) -> None:
    """Show an admission, ask, and add one signature. An evaluator and a model officer make it count."""
    try:
        admission, before = read_record(file, _admission_of, "an admission")
        choice = KeyChoice(key=key, module=pkcs11, token=token, public=public)
        with opened_signer(choice, PinnedKey.from_json) as opened:
            _require_own(admission, opened.half)
            _print(admission)
            require_consent("May this model profile be used so?", yes=yes)
            own = opened.signer.sign(Purpose.PROFILE_ADMISSION, admission.to_bytes())
        others = () if before is None else before.signatures
        write_new(out, jointly(others, own).to_bytes())
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(f"Signed with key {own.key}; {len(others) + 1} signature(s) so far, both roles are needed.")


@app.command()
def pin(
    file: Annotated[Path, typer.Argument(help="The admission, signed by both roles.")],
    *,
    home: Annotated[Path | None, typer.Option(help="This machine's folder; else INSYN_HOME, or ./var.")] = None,
) -> None:
    """Believe this admission on this machine: both signatures are verified, and it is in its time."""
    place = at_home(home)
    try:
        read_record(file, JointlySigned.from_bytes, "an admission that `insyn admission sign` signed")
        admission = pin_admission(place, read_bytes(file), read_clocks().now)
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(f"Admission {admission.admission_id} is pinned in {place.admission}; restart what runs here.")


def _admission_of(data: bytes) -> tuple[ProfileAdmission, JointlySigned | None]:
    """Read an admission in any spelling of JSON, or a signed one in its only spelling."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Malformed("It is not JSON.") from error
    if isinstance(value, dict) and "payload" in value:
        joint = JointlySigned.from_bytes(data)
        return ProfileAdmission.from_bytes(joint.payload), joint
    return ProfileAdmission.from_bytes(encode(value)), None


def _require_own(admission: ProfileAdmission, own: PinnedKey) -> None:
    if own.role not in _SIGNERS:
        raise InsynError("This key is neither an evaluator's nor a model officer's; it admits nothing.")
    if own.use is not admission.profile_class:
        raise InsynError(f"This key is for {own.use.value} use; it admits no {admission.profile_class.value} profile.")


def _print(admission: ProfileAdmission) -> None:
    longest = ("So on a list", f"up to {admission.envelope.largest_list} persons")
    print_rows("Admission of a model profile", (*field_rows(admission.to_bytes(), _NAMES), longest))
