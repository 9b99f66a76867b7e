"""`insyn authority list`: who may issue. Made by one, signed by two of three organisations, carried by people (P1)."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from contracts.canonical import decode
from contracts.clock import read_clocks
from contracts.errors import ContractError
from contracts.fields import format_bytes
from contracts.issuer_list import IssuerList, ListedCertificate, ListedIssuer
from contracts.joint_signature import JointlySigned
from contracts.trust import PinnedKey, TrustedRole
from insyn.commands.act_in_words import instant_in_words, print_rows
from insyn.commands.signers import KeyChoice, KeyOption, ModuleOption, PublicOption, TokenOption, opened_signer
from insyn.commands.signing import OUT, make_pinned_key, read_bytes, require_consent, stop, write_new
from insyn.errors import InsynError
from insyn.home import at_home
from insyn.key_files import public_half
from insyn.pinning import pin_issuers

app = typer.Typer(no_args_is_help=True)


@app.command()
def keygen(
    out: Annotated[Path, typer.Argument(help="Where to write the secret key; its public half goes beside it.")],
    *,
    name: Annotated[str, typer.Option(help="The organisation's name: one word.")],
    demo: Annotated[bool, typer.Option("--demo", help="Mark the key DEMO: good for the demonstration only.")] = False,
) -> None:
    """Make the key of an organisation that signs the list. Its public half is pinned at every machine."""
    try:
        key = make_pinned_key(out, TrustedRole.ORGANISATION, name, demo=demo)
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(f"Key {key.id} of {name} written to {out}; pin {public_half(out)} at every machine.")


@app.command()
def make(
    issuers: Annotated[
        list[Path],
        typer.Argument(help="The public halves of those who may issue, and courts' certificates beside them."),
    ],
    *,
    version: Annotated[int, typer.Option(min=1, help="One more than the list that is pinned now.")],
    days: Annotated[int, typer.Option(min=1, max=3650, help="For how many days the list holds.")],
    out: Annotated[Path, typer.Option(help="Where to write the list, not signed yet.")],
) -> None:
    """Put a list together. It says nothing before two organisations have signed it."""
    begin = read_clocks().now.replace(microsecond=0)
    try:
        halves = [_half(decode(read_bytes(path))) for path in issuers]
        made = IssuerList(
            version=version,
            issued_at=begin,
            expires_at=begin + timedelta(days=days),
            issuers=tuple(half for half in halves if isinstance(half, ListedIssuer)),
            certificates=tuple(half for half in halves if isinstance(half, ListedCertificate)),
        )
        made = IssuerList.from_bytes(made.to_bytes())
        write_new(out, made.to_bytes())
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    _print(made)


@app.command()
def show(file: Annotated[Path, typer.Argument(help="A list, signed or not.")]) -> None:
    """Show a list: every issuer, and by which keys it is signed (not verified here)."""
    try:
        payload, signed = _list_of(read_bytes(file))
        _print(IssuerList.from_bytes(payload))
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    keys = ", ".join(one.key for one in signed.signatures) if signed is not None else ""
    OUT.print(f"Signed with {keys} (not verified here)." if keys else "Not signed yet.")


@app.command()
def sign(
    file: Annotated[Path, typer.Argument(help="The list, or one that another organisation signed already.")],
    *,
    key: KeyOption,
    out: Annotated[Path, typer.Option(help="Where to write it with this signature added.")],
    pkcs11: ModuleOption = None,
    token: TokenOption = "",
    public: PublicOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask. The list is shown all the same.")] = False,
) -> None:
    """Show the list, ask, and add one organisation's signature. Two different ones make it count."""
    try:
        payload, before = _list_of(read_bytes(file))
        listed = IssuerList.from_bytes(payload)
        choice = KeyChoice(key=key, module=pkcs11, token=token, public=public)
        with opened_signer(choice, PinnedKey.from_json) as opened:
            _print(listed)
            _require_own(listed, opened.half)
            require_consent("May these issue warrants?", yes=yes)
            own = opened.signer.sign(listed.purpose, payload)
        others = () if before is None else before.signatures
        write_new(out, JointlySigned.of(*others, own).to_bytes())
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(f"Signed with key {own.key}; {len(others) + 1} signature(s) so far, two organisations are needed.")


@app.command()
def pin(
    file: Annotated[Path, typer.Argument(help="The list, signed by two organisations.")],
    *,
    home: Annotated[Path | None, typer.Option(help="This machine's folder; else INSYN_HOME, or ./var.")] = None,
) -> None:
    """Believe this list on this machine. An older one than the one that lies here is refused."""
    place = at_home(home)
    try:
        listed = pin_issuers(place, read_bytes(file), read_clocks().now)
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(f"Version {listed.version} is pinned in {place.issuers}; restart what runs here.")


def _half(value: object) -> ListedIssuer | ListedCertificate:
    bears = isinstance(value, dict) and "certificate_sha256" in value
    return ListedCertificate.from_json(value) if bears else ListedIssuer.from_json(value)


def _list_of(data: bytes) -> tuple[bytes, JointlySigned | None]:
    value = decode(data)
    if isinstance(value, dict) and "payload" in value:
        joint = JointlySigned.from_bytes(data)
        return joint.payload, joint
    return data, None


def _require_own(listed: IssuerList, own: PinnedKey) -> None:
    if own.role is not TrustedRole.ORGANISATION:
        raise InsynError("This key is not an organisation's; it signs no list of issuers.")
    if ({issuer.demo for issuer in listed.issuers} | {one.demo for one in listed.certificates}) - {own.demo}:
        raise InsynError("A DEMO organisation lists DEMO issuers only, and another lists none.")


def _print(listed: IssuerList) -> None:
    issuers = [("DEMO issuer" if issuer.demo else "Issuer", _issuer_words(issuer)) for issuer in listed.issuers]
    head = (
        ("Version", str(listed.version)),
        ("From (inclusive)", instant_in_words(listed.issued_at)),
        ("To (exclusive)", instant_in_words(listed.expires_at)),
        ("SHA-256, as leases name it", listed.sha256),
    )
    certificates = [("Signs PDF files under", _certificate_words(one)) for one in listed.certificates]
    print_rows("Who may issue warrants", (*head, *issuers, *certificates))


def _issuer_words(issuer: ListedIssuer) -> str:
    return (
        f"{issuer.name} ({issuer.issuer_type.value}), key {issuer.id}\npublic key {format_bytes(issuer.public)}\n"
        f"from {instant_in_words(issuer.valid_from)}\nto {instant_in_words(issuer.valid_to)}"
    )


def _certificate_words(listed: ListedCertificate) -> str:
    return (
        f"{listed.name} ({listed.issuer_type.value}), certificate (SHA-256) {listed.certificate_sha256}\n"
        f"from {instant_in_words(listed.valid_from)}\nto {instant_in_words(listed.valid_to)}"
    )
