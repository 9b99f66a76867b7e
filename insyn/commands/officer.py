"""`insyn officer`: how two officers begin an urgent warrant, each with a key of their own, offline (law.md A7)."""

from pathlib import Path
from typing import Annotated, Final

import typer

from contracts.canonical import decode, encode
from contracts.clock import read_clocks
from contracts.errors import ContractError
from contracts.signature import Purpose, Signed, verified
from contracts.trust import PinnedKey, TrustedRole
from contracts.vocabulary import WarrantType
from contracts.warrant import Warrant
from contracts.warrant_acts import Countersignature
from insyn.commands.act_in_words import print_act, print_rows
from insyn.commands.signed_fields import field_rows
from insyn.commands.signers import KeyChoice, KeyOption, ModuleOption, PublicOption, TokenOption, opened_signer
from insyn.commands.signing import OUT, make_pinned_key, read_bytes, require_consent, stop, write_new
from insyn.errors import InsynError
from insyn.key_files import public_half

app = typer.Typer(no_args_is_help=True)
_NAMES: Final = {
    "warrant_id": "Warrant",
    "warrant_sha256": "Its very bytes (SHA-256)",
    "first_key": "Signed first with key",
    "officer": "Second officer",
    "signed_at": "At",
    "demo": "DEMO",
    "kind": "Kind of record",
}
OutOption = Annotated[Path, typer.Option("--out", help="Where to write what was signed.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask. The warrant is shown all the same.")]


@app.command()
def keygen(
    out: Annotated[Path, typer.Argument(help="Where to write the secret key; its public half goes beside it.")],
    *,
    name: Annotated[str, typer.Option(help="The officer's opaque name: one word.")],
    demo: Annotated[bool, typer.Option("--demo", help="Mark the key DEMO: good for the demonstration only.")] = False,
) -> None:
    """Make an officer's key. Its public half is pinned at every site and at the centre."""
    try:
        key = make_pinned_key(out, TrustedRole.OFFICER, name, demo=demo)
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(f"Key {key.id} of {name} written to {out}; pin {public_half(out)} at every site and at the centre.")


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
    """The first officer's signature: over exactly these bytes."""
    try:
        payload = read_bytes(file)
        warrant = Warrant.from_bytes(payload)
        choice = KeyChoice(key=key, module=pkcs11, token=token, public=public)
        with opened_signer(choice, PinnedKey.from_json) as opened:
            print_act(warrant)
            _require_fit(warrant, opened.half)
            require_consent("Begin this urgent warrant, if a second officer agrees?", yes=yes)
            write_new(out, encode(opened.signer.sign(Purpose.WARRANT, payload).to_json()))
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(f"Signed with key {opened.signer.id}; a second officer countersigns {out}.")


@app.command()
def countersign(
    file: Annotated[Path, typer.Argument(help="The urgent warrant that the first officer signed.")],
    *,
    first: Annotated[Path, typer.Option(help="The public half of the first officer's key.")],
    key: KeyOption,
    out: OutOption,
    pkcs11: ModuleOption = None,
    token: TokenOption = "",
    public: PublicOption = None,
    yes: YesOption = False,
) -> None:
    """The second officer's signature. The 24 and 72 hours run from this moment."""
    try:
        act = Signed.from_json(decode(read_bytes(file)))
        one = PinnedKey.from_json(decode(read_bytes(first)))
        warrant = Warrant.from_bytes(verified(act, Purpose.WARRANT, {one.id: one.public}))
        choice = KeyChoice(key=key, module=pkcs11, token=token, public=public)
        with opened_signer(choice, PinnedKey.from_json) as opened:
            print_act(warrant)
            _require_fit(warrant, opened.half)
            _require_other(one, opened.half)
            agreed = _agreed(warrant, act, opened.half)
            print_rows("Countersignature", field_rows(agreed.to_bytes(), _NAMES))
            require_consent("Begin this urgent warrant now?", yes=yes)
            write_new(out, encode(opened.signer.sign(Purpose.COUNTERSIGNATURE, agreed.to_bytes()).to_json()))
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(f"Countersigned with key {opened.signer.id}; take both files to governance, and the application on.")


def _agreed(warrant: Warrant, act: Signed, second: PinnedKey) -> Countersignature:
    now = read_clocks().now
    return Countersignature(
        warrant_id=warrant.warrant_id,
        warrant_sha256=act.sha256,
        first_key=act.key,
        officer=second.name,
        signed_at=now.replace(microsecond=now.microsecond // 1000 * 1000),
        demo=warrant.demo,
    )


def _require_fit(warrant: Warrant, own: PinnedKey) -> None:
    if own.role is not TrustedRole.OFFICER:
        raise InsynError("This key is not an officer's; nothing was signed.")
    if warrant.type is not WarrantType.URGENT:
        raise InsynError("Officers begin urgent warrants only; this one is signed by its issuer.")
    if warrant.demo is not own.demo:
        raise InsynError("A DEMO key signs DEMO warrants only, and another key signs no DEMO warrant.")


def _require_other(first: PinnedKey, second: PinnedKey) -> None:
    """A7: two officers are two people."""
    if first.role is not TrustedRole.OFFICER or first.name == second.name or first.public == second.public:
        raise InsynError("The second officer is another person than the first; nothing was signed.")
