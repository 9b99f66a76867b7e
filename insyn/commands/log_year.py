"""`insyn log close-year` and `declare-fork`: one log ends and another begins, in plain words for those who do it."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from contracts.signature import SigningKey
from governance.adapters.key_files import read_signing_key
from governance.adapters.log.place import LogPlace, write_seed
from governance.adapters.log.succession import HandedOver, Handover, clean, close_year, declare_fork
from governance.adapters.signatures import ed25519_verifies
from governance.audit.checkpoint import verified_checkpoint
from governance.audit.errors import CheckpointRefused, NoteRefused
from governance.audit.note import VerifierKey, parse_note
from insyn.commands.log_keys import HomeOption, one_sentence
from insyn.errors import InsynError
from insyn.home import Home, at_home, held_alone
from insyn.log_succession import (
    CLOSE,
    FORK,
    Plan,
    VaultElsewhere,
    VaultHere,
    archive_of,
    finish,
    handover,
    is_switched,
    last_accepted,
    new_place,
    old_place,
    planned,
)
from insyn.pinning import pin_log

_OriginOption = Annotated[str, typer.Option("--origin", help="The new log's origin, such as host/deployment/2027.")]
_PinOption = Annotated[
    bool, typer.Option("--pin", help="Also pin the new log on this machine, where its people stand at the keyboard.")
]
_SeenOption = Annotated[
    int | None,
    typer.Option(
        "--vault-seen", min=0, help="The vault is elsewhere; this is the size that its command `seen` prints there."
    ),
]
_STEPS: Final = {
    "key": "the new log has a key",
    "settled": "every announced change is settled",
    "closed": "the old log is closed",
    "given up": "the old log is given up; its key signs nothing more",
    "begun": "the new log is begun",
    "boxes": "sealed payloads are carried over",
    "archived": "the old log is archived, for reading only",
    "records": "governance's records count from the beginning",
    "vault": "the key vault follows",
    "switched": "the new log is the running one",
    "cleaned": "the old log's key is destroyed",
}
_console = Console(stderr=True)


def add_to(app: typer.Typer) -> None:
    """Add these commands to `insyn log`."""
    app.command("close-year")(close)
    app.command("declare-fork")(fork)


def close(
    *, origin: _OriginOption, home: HomeOption = None, pin: _PinOption = False, vault_seen: _SeenOption = None
) -> None:
    """Close the log and begin the next one, while the system is stopped. If it is cut off, give the command again."""
    with one_sentence():
        here = at_home(home)
        with held_alone(here):
            plan = planned(here, CLOSE, origin)
            vault = _vault(here, plan, vault_seen, origin=plan.old_origin)
            done = _carry_out(here, plan, vault, close_year)
            key = _key(new_place(here, plan))
            finish(here)
        if pin:
            pin_log(here, key.text)
    _tell_of_year(here, plan, key, done, pinned=pin)


def fork(
    *,
    origin: _OriginOption,
    home: HomeOption = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option("--checkpoint", help="The last checkpoint that is trusted, where no witness cosigned one."),
    ] = None,
    pin: _PinOption = False,
    vault_seen: _SeenOption = None,
) -> None:
    """Declare that the log's key is not trusted any more, the system stopped; begin a new log on the part that is."""
    with one_sentence():
        here = at_home(home)
        with held_alone(here):
            plan = planned(here, FORK, origin)
            trusted = _trusted(here, plan, checkpoint)
            key = _prepared_key(here, plan)
            if pin:
                pin_log(here, key.text)
            vault = _vault(here, plan, vault_seen, origin=plan.new_origin)
            done = _carry_out(here, plan, vault, lambda job: declare_fork(job, trusted))
            finish(here)
    _tell_of_fork(here, plan, key, done, pinned=pin)


def _vault(home: Home, plan: Plan, seen: int | None, *, origin: str) -> VaultHere | VaultElsewhere:
    if seen is None and home.vault.is_dir():
        return VaultHere(home, origin=origin)
    return VaultElsewhere(_carried_file(home, plan), seen or 0)


def _carried_file(home: Home, plan: Plan) -> Path:
    archive = archive_of(home, plan)
    return archive.with_name(archive.name + ".succession.json")


def _carry_out(
    home: Home, plan: Plan, vault: VaultHere | VaultElsewhere, begin: Callable[[Handover], HandedOver]
) -> HandedOver | None:
    """Do what is left to do; nothing is returned where only the old log's remains were left."""
    if is_switched(home, plan):
        clean(old_place(home, plan))
        return None
    with handover(home, plan, reached=_say_step, vault=vault) as job:
        return begin(job)


def _say_step(step: str) -> None:
    if step in _STEPS:
        _console.print(f"  {_STEPS[step]}")


def _key(place: LogPlace) -> VerifierKey:
    return place.verifier(place.signing_keys()[0])


def _prepared_key(home: Home, plan: Plan) -> VerifierKey:
    """Return the new log's key, made now if it is not there: people must pin it before the vault follows."""
    place = new_place(home, plan)
    place.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not place.key.exists():
        write_seed(place.key, SigningKey.generate().seed)
    key = _key(place)
    _console.print(f"The new log's key, to be pinned (`insyn log pin`):\n{key.text}", soft_wrap=True)
    return key


def _trusted(home: Home, plan: Plan, given: Path | None) -> str:
    """Return the checkpoint up to which the old log is trusted.

    Raises:
        InsynError: nobody cosigned one and none is given, or the one that is given was not signed by the log.
    """
    note = last_accepted(home, plan)
    if given is None and note is not None:
        return note
    if given is None:
        raise InsynError(
            "No checkpoint of this log was cosigned by the pinned policy's witnesses, so nothing says what is still to "
            "be trusted. Name the last checkpoint that people kept, printed or filed: --checkpoint FILE."
        )
    if is_switched(home, plan):
        return ""
    kept, old = given.read_text(encoding="utf-8"), old_place(home, plan)
    key = old.key if old.key.exists() else old.given_up_key
    try:
        verified_checkpoint(parse_note(kept), keys=[old.verifier(read_signing_key(key))], verify=ed25519_verifies)
    except (CheckpointRefused, NoteRefused) as error:
        raise InsynError(f"The checkpoint in {given} is none of this log. {error}") from error
    return kept


def _tell_of_year(home: Home, plan: Plan, key: VerifierKey, done: HandedOver | None, *, pinned: bool) -> None:
    if done is not None:
        typer.echo(
            f"{plan.old_origin} is closed with {done.before.size} entries and lies, for reading only, in "
            f"{archive_of(home, plan)}. {plan.new_origin} begins on it and takes over {done.rows} rows of the watched "
            "tables."
        )
    _tell_what_to_pin(home, plan, key, pinned=pinned)
    typer.echo("Give the archive to the auditors, and the new line to the witnesses, who add the new log to theirs.")


def _tell_of_fork(home: Home, plan: Plan, key: VerifierKey, done: HandedOver | None, *, pinned: bool) -> None:
    if done is not None:
        typer.echo(
            f"Trusted of {plan.old_origin}: its first {done.before.size} entries, as the checkpoint says on which "
            f"{plan.new_origin} begins.\n"
            f"Not trusted: every later entry and every other checkpoint of {plan.old_origin}, whoever shows it. They "
            f"are not copied; as they lay here they are kept in {archive_of(home, plan)}.\n"
            f"{done.rows} rows of the watched tables stand at the beginning of the new log. Look at each that is "
            "younger than the trusted checkpoint: accounts, warrants, deployments. A thief may have put it there."
        )
    _tell_what_to_pin(home, plan, key, pinned=pinned)
    typer.echo(
        "Then tell everybody: witnesses take the old line out and put the new one in; auditors pin the new line and "
        "keep the old log's trusted part; sites and viewers pin the new line before they believe anything again. Find "
        "out how the key got away before the system starts."
    )


def _tell_what_to_pin(home: Home, plan: Plan, key: VerifierKey, *, pinned: bool) -> None:
    where = "every other machine" if pinned else "every machine, this one too,"
    typer.echo(f"Pin this line on {where} with `insyn log pin`:\n{key.text}")
    if _carried_file(home, plan).exists():
        typer.echo(
            f"Carry {_carried_file(home, plan)} to the key vault's machine; there: "
            "`python -m governance.vault_service follow FILE`, then its start with the new log's origin and key."
        )
