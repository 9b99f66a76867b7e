"""`insyn volunteers`: what the trustee of seeded volunteers does alone, offline: key, consents, list (C11, C16)."""

import json
from pathlib import Path
from typing import Annotated, Final

import typer

from contracts.canonical import decode, encode
from contracts.errors import ContractError, Malformed
from contracts.run_papers import Declared, RunPapers
from contracts.signature import Purpose, Signed, verified
from contracts.trust import TrustedRole
from contracts.volunteer_run import VolunteerRun
from contracts.volunteers import VolunteerConsent
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
_CONSENT: Final = {
    "volunteer_id": "Volunteer",
    "run_id": "Run",
    "reference_id": "Reference",
    "of_age": "Of age",
    "given_at": "From (inclusive)",
    "until": "Until (exclusive)",
    "photograph_sha256": "The one photograph (SHA-256)",
    "text_sha256": "The text that they read (SHA-256)",
    "paper_sha256": "The paper that they signed (SHA-256)",
    "kind": "Kind of record",
}
_RUN: Final = {
    "run_id": "Run",
    "site_id": "Site",
    "cameras": "Cameras",
    "mode": "Rests on",
    "rests_on_sha256": "namely on (SHA-256)",
    "begins_at": "From (inclusive)",
    "ends_at": "Until (exclusive)",
    "profile_sha256": "Model profile (SHA-256)",
    "consents": "Consents (SHA-256)",
    "kind": "Kind of record",
}
KeyFile = Annotated[Path, typer.Option("--key", help="The trustee's secret key.")]
OutFile = Annotated[Path, typer.Option("--out", help="Where to write what was signed.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask. What is signed is shown all the same.")]


@app.command("new-key")
def new_key(
    out: Annotated[Path, typer.Argument(help="Where to write the secret key; its public half goes beside it.")],
    *,
    name: Annotated[str, typer.Option(help="The trustee's opaque name: one word.")],
    demo: Annotated[bool, typer.Option("--demo", help="Mark the key DEMO: good for the demonstration only.")] = False,
) -> None:
    """Make the trustee's key. It signs consents and runs and nothing else."""
    try:
        key = make_pinned_key(out, TrustedRole.VOLUNTEERS, name, demo=demo)
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(f"Key {key.id} of {name} written to {out}; pin {public_half(out)} at every site and at the centre.")


@app.command("sign-consent")
def sign_consent(
    file: Annotated[Path, typer.Argument(help="The consent as JSON: the fields of docs/volunteers.md.")],
    *,
    key: KeyFile,
    out: OutFile,
    yes: Yes = False,
) -> None:
    """Sign that a volunteer, whose paper lies before you, consented to one run."""
    try:
        consent = VolunteerConsent.from_bytes(encode(_object(file)))
        signing_key, _ = open_own_key(key, TrustedRole.VOLUNTEERS)
        print_rows("Consent", field_rows(consent.to_bytes(), _CONSENT))
        require_consent("Did this person sign the paper, after reading the text?", yes=yes)
        write_new(out, encode(signing_key.sign(Purpose.VOLUNTEER_CONSENT, consent.to_bytes()).to_json()))
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(f"Signed with key {signing_key.id}.")


@app.command("sign-run")
def sign_run(
    file: Annotated[Path, typer.Argument(help="The run as JSON, without its consents, which come from their files.")],
    *,
    consent: Annotated[list[Path], typer.Option(help="A signed consent; once for each volunteer.")],
    closure: Annotated[Path | None, typer.Option(help="The region's signed word that the site is closed.")] = None,
    declared: Annotated[Path | None, typer.Option(help="What volunteers say of themselves, as a JSON list.")] = None,
    key: KeyFile,
    out: OutFile,
    yes: Yes = False,
) -> None:
    """Sign a run, and write the one file that is taken to governance."""
    try:
        signing_key, _ = open_own_key(key, TrustedRole.VOLUNTEERS)
        consents = tuple(_signed(one) for one in consent)
        for one in consents:
            verified(one, Purpose.VOLUNTEER_CONSENT, {signing_key.id: signing_key.public})
        closed = None if closure is None else _signed(closure)
        rests_on = {} if closed is None else {"rests_on_sha256": closed.sha256}
        made = {**_object(file), **rests_on, "consents": [one.sha256 for one in consents]}
        run = VolunteerRun.from_bytes(encode(made))
        print_rows("Run of volunteers", field_rows(run.to_bytes(), _RUN))
        own_words = () if declared is None else _declared(declared)
        if own_words:
            print_rows("Beside it, not signed: what they say of themselves", tuple(map(_own_words, own_words)))
        require_consent("Sign this list?", yes=yes)
        papers = RunPapers(
            run=signing_key.sign(Purpose.VOLUNTEER_RUN, run.to_bytes()),
            consents=consents,
            closure=closed,
            declared=own_words,
        )
        write_new(out, papers.to_bytes())
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(f"Signed with key {signing_key.id}; take {out} to governance.")


def _signed(path: Path) -> Signed:
    return Signed.from_json(decode(read_bytes(path)))


def _declared(path: Path) -> tuple[Declared, ...]:
    said = _json(path)
    if not isinstance(said, list):
        raise Malformed("What volunteers say of themselves is a JSON list.")
    return tuple(map(Declared.from_json, said))


def _object(path: Path) -> dict[str, object]:
    value = _json(path)
    if not isinstance(value, dict):
        raise Malformed("This file is not a JSON object.")
    return value


def _json(path: Path) -> object:
    try:
        read: object = json.loads(read_bytes(path))
    except (ValueError, RecursionError) as error:
        raise Malformed("This file is not JSON.") from error
    return read


def _own_words(one: Declared) -> tuple[str, str]:
    said = {name: value for name, value in one.to_json().items() if name != "volunteer_id"}
    return one.volunteer_id, ", ".join(f"{name}: {value or 'not said'}" for name, value in sorted(said.items()))
