"""`insyn urgent-tags`: the supervisor answers whether the same person or case was urgent before (A7)."""

from pathlib import Path
from typing import Annotated

import typer

from contracts.canonical import decode, encode
from contracts.clock import read_clocks
from contracts.errors import ContractError
from contracts.signature import Purpose, Signed, SigningKey, verified
from contracts.trust import PinnedKey, TrustedKeys, TrustedRole
from contracts.urgent_tags import Clearance, TagRequest
from governance.domain.legal_profile import SWEDEN_2026
from insyn.commands.signing import OUT, make_key, open_own_key, read_bytes, stop, write_new
from insyn.errors import InsynError
from insyn.key_files import public_half
from insyn.urgent_tags import TagFile, as_utc

app = typer.Typer(no_args_is_help=True)

_Tags = Annotated[Path, typer.Option("--tags", help="The supervisor's own file of tags, on its own machine.")]


@app.command("new-key")
def new_key(
    out: Annotated[Path, typer.Argument(help="Where to write the secret key; its public half goes beside it.")],
    *,
    name: Annotated[str, typer.Option("--name", help="The supervisor's name, as it is pinned.")],
    demo: Annotated[bool, typer.Option("--demo", help="Mark the key DEMO.")] = False,
) -> None:
    """Make the supervisor's key. It answers questions about urgent warrants and signs nothing else."""
    key = SigningKey.generate()
    pinned = PinnedKey(role=TrustedRole.SUPERVISOR, name=name, public=key.public, demo=demo)
    try:
        make_key(out, PinnedKey.from_json(pinned.to_json()), key)
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(f"Key {key.id} written to {out}; pin {public_half(out)} at governance.")


@app.command()
def answer(
    request: Annotated[Path, typer.Argument(help="The question: the file that the legal officer downloaded.")],
    *,
    key: Annotated[Path, typer.Option("--key", help="The supervisor's secret key.")],
    trust: Annotated[Path, typer.Option("--trust", help="The pinned keys, which name governance's (trust.json).")],
    tags: _Tags,
    out: Annotated[Path, typer.Option("--out", help="Where to write the signed answer.")],
) -> None:
    """Look whether the same person or case was urgent before, and sign the answer."""
    now = read_clocks().now
    try:
        secret, public = open_own_key(key, TrustedRole.SUPERVISOR)
        trusted = TrustedKeys.from_bytes(read_bytes(trust))
        signed = Signed.from_json(decode(read_bytes(request)))
        payload = verified(signed, Purpose.URGENT_TAG_REQUEST, trusted.of(TrustedRole.GOVERNANCE))
        asked = TagRequest.from_bytes(payload)
        _require_same_kind(public, asked)
        cleared = TagFile(tags).answer(asked, SWEDEN_2026, now=now)
        clearance = Clearance(
            warrant_id=asked.warrant_id,
            request_sha256=signed.sha256,
            cleared=cleared,
            answered_at=now,
            demo=asked.demo,
        )
        write_new(out, encode(secret.sign(Purpose.URGENT_CLEARANCE, clearance.to_bytes()).to_json()))
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    said = "nobody of it was urgent before" if cleared else "the same person or case was urgent before"
    OUT.print(f"Warrant {asked.warrant_id}: {said}. Take {out} to governance.")


def _require_same_kind(public: PinnedKey, asked: TagRequest) -> None:
    if public.demo != asked.demo:
        raise InsynError("A DEMO key answers DEMO requests, and no other does.")


@app.command()
def end(
    warrant_id: Annotated[str, typer.Argument(help="The urgent warrant that ended.")],
    *,
    at: Annotated[str, typer.Option("--at", help="When it ended, with offset: 2026-03-02T12:00+01:00.")],
    tags: _Tags,
) -> None:
    """Count the thirty legal days from when an urgent use truly ended. They can only become fewer."""
    try:
        changed = TagFile(tags).end(warrant_id, as_utc(at), SWEDEN_2026, now=read_clocks().now)
    except InsynError as error:
        raise stop(error) from error
    OUT.print(f"{changed} tags end sooner now.")


@app.command()
def forget(*, tags: _Tags) -> None:
    """Destroy the tags and keys whose thirty days are over. Every other use does so first, too."""
    try:
        left = TagFile(tags).forget(now=read_clocks().now)
    except InsynError as error:
        raise stop(error) from error
    OUT.print(f"{left} tags are left.")
