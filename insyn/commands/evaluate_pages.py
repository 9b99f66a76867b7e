"""`insyn evaluate sign-report|check-report|new-key`: who answers for a report, and whether it is what was signed."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from benchmarks.errors import BenchmarkError
from contracts.errors import ContractError
from contracts.signature import Purpose, Signed
from contracts.trust import PinnedKey, TrustedRole
from governance.adapters.system import SystemClock
from insyn.commands.act_in_words import print_rows
from insyn.commands.signed_fields import field_rows
from insyn.commands.signers import (
    KeyChoice,
    KeyOption,
    ModuleOption,
    PublicOption,
    Signer,
    TokenOption,
    opened_signer,
    require_role,
)
from insyn.commands.signing import OUT, make_pinned_key, read_pinned, require_consent, stop
from insyn.errors import InsynError
from insyn.key_files import public_half
from matcher.errors import MatcherError
from matcher.models.shipped_profiles import shipped_profile

SIGNS_REPORT: Final = "a report is signed with an evaluator's, which `insyn evaluate new-key` makes"
_NAMES: Final = {
    "profile_sha256": "Model profile (SHA-256)",
    "measured_on": "Measured on",
    "files": "Files (name, SHA-256)",
    "kind": "Kind of record",
}
ReportFolder = Annotated[Path, typer.Option("--report", file_okay=False, help="The folder with the report's files.")]


def new_key(
    out: Annotated[Path, typer.Argument(help="Where to write the secret key; its public half goes beside it.")],
    *,
    name: Annotated[str, typer.Option(help="The evaluator's name: one word.")],
    demo: Annotated[bool, typer.Option("--demo", help="Mark the key DEMO: good for the demonstration only.")] = False,
) -> None:
    """Make an evaluator's key. It signs what was measured of a model profile, and nothing else."""
    try:
        key = make_pinned_key(out, TrustedRole.EVALUATOR, name, demo=demo)
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(f"Key {key.id} of {name} written to {out}; pin {public_half(out)} where reports are believed.")


def sign(
    *,
    report: ReportFolder,
    key: KeyOption,
    pkcs11: ModuleOption = None,
    token: TokenOption = "",
    public: PublicOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask. The verdict is shown all the same.")] = False,
) -> None:
    """Answer for a report: sign its numbers, every file of its folder, and the profile that it is of.

    What is signed cannot be changed any more without that being seen. A page that does not say what the numbers say
    is not signed.
    """
    from benchmarks.report.files import JSON_FILE  # noqa: PLC0415  # it takes a second
    from insyn.evaluation_report import read_numbers, sign_report  # noqa: PLC0415

    try:
        choice = KeyChoice(key=key, module=pkcs11, token=token, public=public)
        with opened_signer(choice, PinnedKey.from_json) as opened:
            require_role(opened.half, TrustedRole.EVALUATOR, SIGNS_REPORT)
            found = read_numbers(report / JSON_FILE)
            OUT.print(f"{found['profile']}, measured on {found['measured_on']}: {found['gate']['verdict']}.")
            said = sign_report(report, lambda payload: _signed(opened.signer, payload, yes=yes))
    except (BenchmarkError, InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(f"Signed with key {opened.signer.id}: {len(said.files)} files, SHA-256 {said.report_sha256}.")


def _signed(signer: Signer, payload: bytes, *, yes: bool) -> Signed:
    """Show the statement on the report, ask, and sign it."""
    print_rows("Statement about a report", field_rows(payload, _NAMES))
    require_consent("Answer for this report?", yes=yes)
    return signer.sign(Purpose.EVALUATION_REPORT, payload)


def check(
    *,
    report: ReportFolder,
    keys: Annotated[Path, typer.Option("--keys", dir_okay=False, help="The pinned keys, evaluators among them.")],
    profile: Annotated[str, typer.Option("--profile", help="The profile that it must be of, by name.")] = "",
    on: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="The day on which it must still hold; today."),
    ] = None,
) -> None:
    """Say whether a report is what an evaluator signed, and still holds: nothing edited, missing or too old."""
    from insyn.evaluation_report import check_report, require_in_time  # noqa: PLC0415  # it takes a second

    try:
        trusted = read_pinned(keys)
        wanted = shipped_profile(profile).profile_sha256 if profile else None
        said, signer = check_report(report, trusted.of(TrustedRole.EVALUATOR), profile_sha256=wanted)
        require_in_time(said, (on or SystemClock().now()).date())
    except (BenchmarkError, InsynError, ContractError, MatcherError) as error:
        raise stop(error) from error
    name = pinned.name if (pinned := trusted.find(TrustedRole.EVALUATOR, signer)) is not None else signer
    OUT.print(
        f"The report is as {name} signed it: {len(said.files)} files, measured on {said.measured_on.isoformat()}, "
        f"of the profile {said.profile_sha256[:12]}…; report SHA-256 {said.report_sha256}."
    )
