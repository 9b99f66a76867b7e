"""`insyn evaluate keys`: the file that says whose signatures count where evaluations are judged and reports checked."""

from pathlib import Path
from typing import Annotated, Final

import typer

from contracts.canonical import decode
from contracts.errors import ContractError
from contracts.trust import PinnedKey, TrustedKeys, TrustedRole
from insyn.commands.act_in_words import print_rows
from insyn.commands.signing import OUT, read_record, require_consent, stop, write_new
from insyn.errors import InsynError

_BELIEVED: Final = (TrustedRole.EVALUATOR, TrustedRole.ORGANISATION)


def keys(
    halves: Annotated[
        list[Path],
        typer.Argument(
            help="Public halves (`….public.json`) that their holders handed over: evaluators, organisations."
        ),
    ],
    *,
    out: Annotated[Path, typer.Option("--out", dir_okay=False, help="Where to write the file; canonical JSON.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask. The keys are shown all the same.")] = False,
) -> None:
    """Pin keys for `gate`, `manifest check` and `check-report`: show whose they are, ask, and write one file of them.

    Compare each short name with its holder by another way than the file came: whoever is in here is believed.
    """
    try:
        pinned = [_half(path) for path in halves]
        content = TrustedKeys(tuple(sorted(pinned, key=lambda one: (one.role.value, one.name, one.id)))).to_bytes()
        TrustedKeys.from_bytes(content)
        print_rows("Keys to be believed", tuple((_whose(one), one.id) for one in pinned))
        require_consent("Did each holder tell you this short name?", yes=yes)
        write_new(out, content)
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(f"{len(pinned)} keys are pinned in {out}; name it with --keys.")


def _half(path: Path) -> PinnedKey:
    half = read_record(path, lambda data: PinnedKey.from_json(decode(data)), "the public half of a key")
    if half.role not in _BELIEVED:
        raise InsynError(
            f"The key of {path} is of the role {half.role.value}; here evaluators and organisations are believed."
        )
    return half


def _whose(key: PinnedKey) -> str:
    return f"{key.role.value} {key.name}{', DEMO' if key.demo else ''}"
