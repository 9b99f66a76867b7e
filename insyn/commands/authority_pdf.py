"""`insyn authority pdf`: a warrant as PDF, as courts sign it (PAdES): the file to be signed, and a signature (A6, P1).

What the pages show is not what counts; the attached canonical bytes are, and they are shown here in words before
anything is signed.
"""

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from contracts.canonical import decode, encode
from contracts.clock import read_clocks
from contracts.errors import ContractError
from contracts.issuer_list import ListedCertificate, ListedIssuer
from contracts.vocabulary import WarrantType
from contracts.warrant import Warrant
from insyn.commands.act_in_words import act_rows, instant_in_words, print_act
from insyn.commands.signing import OUT, as_written, payload_of, read_bytes, require_consent, stop, write_new
from insyn.court_pdf import make_pdf, read_certificate, sign_pdf
from insyn.errors import InsynError
from signed_pdf.process import ConfinedReader, carried_act

app = typer.Typer(no_args_is_help=True)

PASSWORD: Final = "INSYN_PKCS12_PASSWORD"  # noqa: S105 -- a name, no secret
"""Where the password of a PKCS#12 file is taken from, if it is not to be asked for. Never an argument."""


@app.command()
def certificate(
    file: Annotated[Path, typer.Argument(help="The court's certificate for signing documents (PEM or DER).")],
    *,
    beside: Annotated[
        Path, typer.Option(help="The public half of the same authority's key, which takes back what is issued as PDF.")
    ],
    out: Annotated[Path, typer.Option(help="Where to write it for the list of issuers.")],
) -> None:
    """Prepare a certificate for the list of issuers, by its SHA-256. Compare that with what the court says it is."""
    begin = read_clocks().now.replace(microsecond=0)
    try:
        sha256, read = read_certificate(read_bytes(file))
        key = ListedIssuer.from_json(decode(read_bytes(beside)))
        listed = ListedCertificate(
            name=key.name,
            issuer_type=key.issuer_type,
            certificate_sha256=sha256,
            demo=key.demo,
            valid_from=max(begin, read.not_valid_before_utc, key.valid_from),
            valid_to=min(read.not_valid_after_utc, key.valid_to),
        )
        write_new(out, encode(ListedCertificate.from_json(listed.to_json()).to_json()))
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(as_written(f"Certificate of {read.subject.rfc4514_string()}, SHA-256 {sha256}."))
    OUT.print(
        f"Written to {out}; it is listed beside key {key.id} of {key.name}, until {instant_in_words(listed.valid_to)}."
    )


@app.command()
def make(
    file: Annotated[Path, typer.Argument(help="The file that the legal officer downloaded.")],
    *,
    out: Annotated[Path, typer.Option(help="Where to write the PDF, not signed yet.")],
) -> None:
    """Write the PDF that the court signs with its own program: the act in words, and its very bytes attached."""
    try:
        payload, _ = payload_of(read_bytes(file))
        warrant = Warrant.from_bytes(payload)
        _require_issuable(warrant)
        print_act(warrant)
        made = make_pdf("DEMO WARRANT" if warrant.demo else "Warrant", act_rows(warrant), payload)
        _require_same(carried_act(made) == payload, "The PDF does not carry the act as it stands; nothing was written.")
        write_new(out, made)
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(f"Written to {out}; have it signed as PAdES (ETSI.CAdES.detached), once, with nothing added afterwards.")


@app.command()
def sign(
    file: Annotated[Path, typer.Argument(help="The PDF, not signed yet.")],
    *,
    key: Annotated[Path, typer.Option("--key", help="The key and its certificate in one file (PKCS#12).")],
    listed: Annotated[Path, typer.Option("--listed", help="The certificate as prepared for the list of issuers.")],
    out: Annotated[Path, typer.Option("--out", help="Where to write the signed PDF.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask. What is signed is shown all the same.")] = False,
) -> None:
    """Show the act that lies in the PDF, ask, and sign the whole file. Courts use their own program."""
    try:
        data = read_bytes(file)
        payload = carried_act(data)
        warrant, half = Warrant.from_bytes(payload), ListedCertificate.from_json(decode(read_bytes(listed)))
        print_act(warrant)
        _require_issuable(warrant)
        _require_own(warrant, half)
        require_consent("Issue this warrant?", yes=yes)
        signed = sign_pdf(data, key, _password)
        read = ConfinedReader()(signed)
        same = (read.payload, read.certificate) == (payload, half.certificate_sha256)
        _require_same(same, "The key's certificate is another one than is listed; nothing was written.")
        write_new(out, signed)
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(f"Signed under certificate {half.id}; take {out} back to governance.")


def signature_in_words(data: bytes) -> str:
    """Say under which certificate a PDF is signed, or why it would not be believed."""
    try:
        read = ConfinedReader()(data)
    except ContractError as error:
        return f"Nobody would believe this PDF as it is. {error}"
    return (
        f"The whole PDF is signed under the certificate with the SHA-256 {read.certificate}, valid until "
        f"{instant_in_words(read.valid_to)}. Whether that is listed is not asked here."
    )


def _password() -> str:
    return os.environ.get(PASSWORD) or str(typer.prompt("Password of the key", hide_input=True))


def _require_same(same: bool, sentence: str) -> None:  # noqa: FBT001 -- said by the sentence
    if not same:
        raise InsynError(sentence)


def _require_issuable(warrant: Warrant) -> None:
    if warrant.type is WarrantType.URGENT:
        raise InsynError(
            "An urgent warrant is begun by two officers with their keys; no PDF begins or confirms it (A7)."
        )


def _require_own(warrant: Warrant, own: ListedCertificate) -> None:
    """P1: refuse to sign what names another issuer, or mixes DEMO with what is not."""
    if (warrant.issuer, warrant.issuer_type) != (own.name, own.issuer_type):
        raise InsynError("This warrant names another issuing authority than this certificate's; nothing was signed.")
    if warrant.demo is not own.demo:
        raise InsynError("A DEMO certificate signs DEMO warrants only, and another one signs no DEMO warrant.")
