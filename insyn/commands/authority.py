"""`insyn authority`: what the issuing authority does by itself, offline: file in, file out (law.md A3, A6, A7, A8, P1).

Everything that is signed is shown first, in words and whole. Nothing is sent anywhere.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from contracts.canonical import encode, sha256_hex
from contracts.clock import read_clocks
from contracts.errors import ContractError
from contracts.issuer_list import ListedIssuer
from contracts.signature import Purpose, SigningKey
from contracts.vocabulary import IssuerType, SlotId, WarrantType
from contracts.warrant import Warrant
from contracts.warrant_acts import Amendment, ApplicationReceipt, Rejection, Revocation
from insyn.commands import authority_list, authority_pdf
from insyn.commands.act_in_words import print_act, print_rows, record_rows
from insyn.commands.signers import KeyChoice, KeyOption, ModuleOption, PublicOption, TokenOption, opened_signer
from insyn.commands.signing import (
    OUT,
    make_key,
    payload_of,
    read_bytes,
    require_consent,
    stop,
    write_new,
)
from insyn.errors import InsynError
from insyn.key_files import public_half

app = typer.Typer(no_args_is_help=True)
app.add_typer(authority_pdf.app, name="pdf", help="A warrant as PDF, as courts sign it: made, and signed.")
app.add_typer(authority_list.app, name="list", help="Who may issue: the list that two organisations sign.")

OutOption = Annotated[Path, typer.Option("--out", help="Where to write what was signed.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask. What is signed is shown all the same.")]
ActArgument = Annotated[
    Path, typer.Argument(help="The act: the file that the legal officer downloaded, or a signed one.")
]
DecisionOption = Annotated[Path, typer.Option("--decision", help="The written decision; only its SHA-256 is signed.")]
Record = Amendment | Revocation | Rejection | ApplicationReceipt
_PURPOSES = {
    Amendment: Purpose.AMENDMENT,
    ApplicationReceipt: Purpose.APPLICATION_RECEIPT,
    Rejection: Purpose.REJECTION,
    Revocation: Purpose.REVOCATION,
}

_TITLES = {
    Amendment: "More photographs of one person",
    ApplicationReceipt: "Receipt of the application",
    Rejection: "No to the warrant: it stops, and all that came of it is erased",
    Revocation: "The warrant is taken back, for good",
}


@app.command()
def keygen(
    out: Annotated[Path, typer.Argument(help="Where to write the secret key; its public half goes beside it.")],
    *,
    name: Annotated[str, typer.Option(help="The authority's name, as warrants will bear it: one word.")],
    issuer_type: Annotated[IssuerType, typer.Option("--type", help="Court or prosecutor.")],
    days: Annotated[int, typer.Option(min=1, max=3650, help="For how many days it may be listed.")] = 730,
    demo: Annotated[bool, typer.Option("--demo", help="Mark the key DEMO: good for the demonstration only.")] = False,
) -> None:
    """Make the authority's key. The secret half stays where it is; the public half goes into the list of issuers."""
    key = SigningKey.generate()
    begin = read_clocks().now.replace(microsecond=0)
    try:
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
    OUT.print(f"{mark} {key.id} of {name} written to {out}; have {public_half(out)} put on the list of issuers.")


@app.command()
def show(
    file: Annotated[Path, typer.Argument(help="The file that the legal officer downloaded, or a signed one.")],
) -> None:
    """Show exactly what is, or would be, signed: every field, in words."""
    try:
        data = read_bytes(file)
        payload, signed = payload_of(data)
        print_act(Warrant.from_bytes(payload))
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    if data.startswith(b"%PDF-"):
        OUT.print(authority_pdf.signature_in_words(data))
        return
    OUT.print("Not signed yet." if signed is None else f"Signed with key {signed.key} (not verified here).")


@app.command()
def sign(
    file: Annotated[Path, typer.Argument(help="The file that the legal officer downloaded.")],
    *,
    key: KeyOption,
    out: OutOption,
    pkcs11: ModuleOption = None,
    token: TokenOption = "",
    public: PublicOption = None,
    yes: YesOption = False,
) -> None:
    """Show the warrant, ask, and sign exactly these bytes. Nothing is sent anywhere."""
    try:
        payload = read_bytes(file)
        warrant = Warrant.from_bytes(payload)
        with opened_signer(_choice(key, pkcs11, token, public), ListedIssuer.from_json) as opened:
            print_act(warrant)
            _require_own(warrant, opened.half)
            _require_issuable(warrant)
            require_consent("Issue this warrant?", yes=yes)
            write_new(out, encode(opened.signer.sign(Purpose.WARRANT, payload).to_json()))
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(f"Signed with key {opened.signer.id}; take {out} back to governance.")


@app.command()
def confirm(
    act: ActArgument,
    *,
    key: KeyOption,
    out: OutOption,
    pkcs11: ModuleOption = None,
    token: TokenOption = "",
    public: PublicOption = None,
    yes: YesOption = False,
) -> None:
    """Say yes to an urgent warrant that two officers have begun (A7). That makes it no longer than it is."""
    try:
        payload, _ = payload_of(read_bytes(act))
        warrant = Warrant.from_bytes(payload)
        with opened_signer(_choice(key, pkcs11, token, public), ListedIssuer.from_json) as opened:
            print_act(warrant)
            _require_own(warrant, opened.half)
            _require_urgent(warrant)
            require_consent("Confirm this urgent warrant?", yes=yes)
            write_new(out, encode(opened.signer.sign(Purpose.WARRANT, payload).to_json()))
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(f"Signed with key {opened.signer.id}; take {out} to governance.")


@app.command()
def amend(
    act: ActArgument,
    photographs: Annotated[list[Path], typer.Argument(help="The photographs that the issuer has now seen.")],
    *,
    slot: Annotated[str, typer.Option(help="The person slot that they belong to.")],
    key: KeyOption,
    out: OutOption,
    pkcs11: ModuleOption = None,
    token: TokenOption = "",
    public: PublicOption = None,
    yes: YesOption = False,
) -> None:
    """Add photographs of a person whom the warrant names already (A3). Only their SHA-256 is signed."""

    def record(warrant: Warrant, warrant_sha256: str) -> Amendment:
        if slot not in {one.slot_id for one in warrant.slots}:
            raise InsynError("The warrant has no such person slot; an amendment adds no person.")
        return Amendment(
            warrant_id=warrant.warrant_id,
            warrant_sha256=warrant_sha256,
            issuer=warrant.issuer,
            issued_at=_now(),
            demo=warrant.demo,
            slot_id=SlotId(slot),
            photographs=tuple(sha256_hex(read_bytes(photograph)) for photograph in photographs),
        )

    _sign_record(act, record, _choice(key, pkcs11, token, public), out=out, yes=yes)


@app.command()
def revoke(
    act: ActArgument,
    *,
    decision: DecisionOption,
    key: KeyOption,
    out: OutOption,
    pkcs11: ModuleOption = None,
    token: TokenOption = "",
    public: PublicOption = None,
    yes: YesOption = False,
) -> None:
    """Take the warrant back, for good."""
    _sign_record(act, _ending(Revocation, decision), _choice(key, pkcs11, token, public), out=out, yes=yes)


@app.command()
def reject(
    act: ActArgument,
    *,
    decision: DecisionOption,
    key: KeyOption,
    out: OutOption,
    pkcs11: ModuleOption = None,
    token: TokenOption = "",
    public: PublicOption = None,
    yes: YesOption = False,
) -> None:
    """Say no to an urgent warrant that has begun (A8): it stops, and all that came of it is erased."""
    _sign_record(act, _ending(Rejection, decision), _choice(key, pkcs11, token, public), out=out, yes=yes)


@app.command()
def receipt(
    act: ActArgument,
    *,
    number: Annotated[str, typer.Option(help="The authority's own number for the application: one word.")],
    key: KeyOption,
    out: OutOption,
    pkcs11: ModuleOption = None,
    token: TokenOption = "",
    public: PublicOption = None,
    yes: YesOption = False,
) -> None:
    """Say that the application for an urgent warrant has come in (A7). It decides nothing."""

    def record(warrant: Warrant, warrant_sha256: str) -> ApplicationReceipt:
        _require_urgent(warrant)
        return ApplicationReceipt(
            warrant_id=warrant.warrant_id,
            warrant_sha256=warrant_sha256,
            issuer=warrant.issuer,
            issued_at=_now(),
            demo=warrant.demo,
            diary_number=number,
        )

    _sign_record(act, record, _choice(key, pkcs11, token, public), out=out, yes=yes)


def _choice(key: str, module: Path | None, token: str, public: Path | None) -> KeyChoice:
    return KeyChoice(key=key, module=module, token=token, public=public)


def _now() -> datetime:
    now = read_clocks().now
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _ending(kind: type[Revocation | Rejection], decision: Path) -> Callable[[Warrant, str], Record]:
    def record(warrant: Warrant, warrant_sha256: str) -> Record:
        return kind(
            warrant_id=warrant.warrant_id,
            warrant_sha256=warrant_sha256,
            issuer=warrant.issuer,
            issued_at=_now(),
            demo=warrant.demo,
            not_after=warrant.not_after,
            decision_sha256=sha256_hex(read_bytes(decision)),
        )

    return record


def _sign_record(act: Path, make: Callable[[Warrant, str], Record], choice: KeyChoice, *, out: Path, yes: bool) -> None:
    """Show the act and the record, ask, and sign the record."""
    try:
        payload, _ = payload_of(read_bytes(act))
        warrant = Warrant.from_bytes(payload)
        made = make(warrant, sha256_hex(payload))
        # What others will read is read here first: an odd number or an empty amendment is found now.
        record = type(made).from_bytes(made.to_bytes())
        with opened_signer(choice, ListedIssuer.from_json) as opened:
            print_act(warrant)
            print_rows(_TITLES[type(record)], record_rows(record))
            _require_own(warrant, opened.half)
            require_consent("Sign this record about the warrant above?", yes=yes)
            write_new(out, encode(opened.signer.sign(_PURPOSES[type(record)], record.to_bytes()).to_json()))
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(f"Signed with key {opened.signer.id}; take {out} to governance.")


def _require_issuable(warrant: Warrant) -> None:
    """A7: no issuer begins an urgent warrant; its signature under one confirms what two officers began."""
    if warrant.type is WarrantType.URGENT:
        raise InsynError("An urgent warrant is begun by two officers; the issuer answers with 'receipt' and 'confirm'.")


def _require_urgent(warrant: Warrant) -> None:
    if warrant.type is not WarrantType.URGENT:
        raise InsynError("Only an urgent warrant begins before the issuer speaks; this one is not urgent.")


def _require_own(warrant: Warrant, own: ListedIssuer) -> None:
    """P1: refuse to sign what names another issuer, or mixes DEMO with what is not."""
    if (warrant.issuer, warrant.issuer_type) != (own.name, own.issuer_type):
        raise InsynError("This warrant names another issuing authority than this key's; nothing was signed.")
    if warrant.demo is not own.demo:
        raise InsynError("A DEMO key signs DEMO warrants only, and another key signs no DEMO warrant.")
