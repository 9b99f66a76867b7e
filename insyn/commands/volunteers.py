"""`insyn volunteers`: what the trustee of seeded volunteers does alone, offline: key, consents, list (C11, C16)."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from contracts.canonical import decode, encode
from contracts.errors import ContractError, Malformed
from contracts.run_papers import Declared, RunPapers
from contracts.signature import Purpose, Signed, verified
from contracts.trust import PinnedKey, TrustedRole
from contracts.volunteer_run import VolunteerRun
from contracts.volunteers import VolunteerConsent
from insyn.commands.signing import (
    OUT,
    as_written,
    make_pinned_key,
    open_key,
    read_bytes,
    require_consent,
    stop,
    write_new,
)
from insyn.errors import InsynError
from insyn.key_files import public_half

app = typer.Typer(no_args_is_help=True)
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
        signing_key, _ = open_key(key, PinnedKey.from_json)
        _print(
            "Consent",
            ("Volunteer", consent.volunteer_id),
            ("Run", consent.run_id),
            ("Of age", "yes"),
            ("From", str(consent.given_at)),
            ("Until", str(consent.until)),
        )
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
        signing_key, _ = open_key(key, PinnedKey.from_json)
        consents = tuple(_signed(one) for one in consent)
        for one in consents:
            verified(one, Purpose.VOLUNTEER_CONSENT, {signing_key.id: signing_key.public})
        closed = None if closure is None else _signed(closure)
        rests_on = {} if closed is None else {"rests_on_sha256": closed.sha256}
        made = {**_object(file), **rests_on, "consents": [one.sha256 for one in consents]}
        run = VolunteerRun.from_bytes(encode(made))
        _print(
            "Run of volunteers",
            ("Run", run.run_id),
            ("Site", run.site_id),
            ("Cameras", ", ".join(run.cameras)),
            ("Rests on", run.mode.value),
            ("From", str(run.begins_at)),
            ("Until", str(run.ends_at)),
            ("Volunteers", str(len(run.consents))),
        )
        require_consent("Sign this list?", yes=yes)
        papers = RunPapers(
            run=signing_key.sign(Purpose.VOLUNTEER_RUN, run.to_bytes()),
            consents=consents,
            closure=closed,
            declared=() if declared is None else _declared(declared),
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


def _print(title: str, *rows: tuple[str, str]) -> None:
    table = Table("What", "As it will be signed", title=title)
    for name, value in rows:
        table.add_row(name, as_written(value))
    OUT.print(table)
