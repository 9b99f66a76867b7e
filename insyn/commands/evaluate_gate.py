"""`insyn evaluate sign-scores|gate`: a score file under the evaluator's signature, and whether it admits a use.

The gate believes nothing but signatures: of the evaluator on the scores, of two organisations on each set of data.
Every figure is computed anew. It ends with 0 for PASS alone, with 3 for FAIL, with 4 for NOT DEMONSTRATED.
"""

import json
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import typer
from rich.table import Table

from benchmarks.errors import BenchmarkError
from contracts.canonical import decode, encode, sha256_hex
from contracts.errors import ContractError
from contracts.evaluation_records import DataManifest, ScoreStatement, believed_statement
from contracts.signature import Purpose, Signed
from contracts.trust import PinnedKey, TrustedKeys, TrustedRole
from governance.adapters.system import SystemClock
from insyn.commands.act_in_words import print_rows
from insyn.commands.evaluate_manifest import read_signed_manifest
from insyn.commands.signed_fields import field_rows
from insyn.commands.signers import (
    KeyChoice,
    KeyOption,
    ModuleOption,
    PublicOption,
    TokenOption,
    opened_signer,
    require_role,
)
from insyn.commands.signing import (
    OUT,
    as_written,
    read_bytes,
    read_pinned,
    read_record,
    require_consent,
    stop,
    write_new,
)
from insyn.errors import InsynError
from matcher.models.shipped_profiles import shipped_names, shipped_profile

if TYPE_CHECKING:
    from benchmarks.accuracy.envelope import Envelope
    from benchmarks.accuracy.gate_values import Outcome
    from benchmarks.accuracy.score_file import ScoreFile

SIGNED: Final = ".signed.json"
"""The evaluator's statement lies beside the score file, under its name with this at the end."""
STATUS: Final = {"PASS": 0, "FAIL": 3, "NOT DEMONSTRATED": 4}
"""What the command ends with. 1 is a refusal, 2 a command line that is none."""
_SIGNS_SCORES: Final = "scores are signed with an evaluator's, which `insyn evaluate new-key` makes"
_REFUSED = (BenchmarkError, ContractError, InsynError)
_NAMES: Final = {
    "score_file_sha256": "Score file (SHA-256)",
    "profile_sha256": "Model profile (SHA-256)",
    "manifests": "Data: their manifests (SHA-256)",
    "kind": "Kind of record",
}


class ForUse(StrEnum):
    """What a profile may be admitted for; a DEMO profile needs no admission."""

    OPERATIONAL = "OPERATIONAL"
    TRIAL = "TRIAL"


class _Believed(NamedTuple):
    """A score file whose signatures hold, with its manifests; DEMO if any key is."""

    scores: "ScoreFile"
    sha256: str
    manifests: tuple[str, ...]
    demo: bool


def sign(
    file: Annotated[Path, typer.Argument(help="The score file.")],
    *,
    key: KeyOption,
    pkcs11: ModuleOption = None,
    token: TokenOption = "",
    public: PublicOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask. What is signed is shown all the same.")] = False,
) -> None:
    """Show what a score file is of, ask, and sign it as its evaluator; the signature lies beside it."""
    try:
        from benchmarks.accuracy.score_checks import open_scores  # noqa: PLC0415  # it takes a second

        content = read_bytes(file)
        payload = _statement(open_scores(content), content).to_bytes()
        choice = KeyChoice(key=key, module=pkcs11, token=token, public=public)
        with opened_signer(choice, PinnedKey.from_json) as opened:
            require_role(opened.half, TrustedRole.EVALUATOR, _SIGNS_SCORES)
            print_rows("Statement about a score file", field_rows(payload, _NAMES))
            require_consent("Did these scores come from this profile and these data?", yes=yes)
            signed = opened.signer.sign(Purpose.SCORE_FILE, payload)
        write_new(_beside(file), encode(signed.to_json()))
    except _REFUSED as error:
        raise stop(error) from error
    OUT.print(f"Signed with key {signed.key}; the signature is in {_beside(file)}.")


def gate(
    *,
    scores: Annotated[Path, typer.Option("--scores", dir_okay=False, help="The score file, its signature beside it.")],
    manifest: Annotated[list[Path], typer.Option("--manifest", help="The signed manifest of each set.")],
    use: Annotated[Path, typer.Option("--use", help="What the profile is meant for; docs/gate.md has an example.")],
    keys: Annotated[Path, typer.Option("--keys", help="The file of pinned keys: the evaluator, the organisations.")],
    json_file: Annotated[Path | None, typer.Option("--json", dir_okay=False, help="Write the outcome here.")] = None,
    admission: Annotated[
        Path | None,
        typer.Option("--admission-draft", help="For a PASS without a DEMO key: write what two roles would sign."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="The report that the draft names by its hash.")
    ] = None,
    admission_id: Annotated[str, typer.Option("--admission-id", help="The draft's own identifier.")] = "",
    profile_class: Annotated[ForUse, typer.Option("--class", help="What the draft admits for.")] = ForUse.TRIAL,
    on: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="The day of judgement; today.")
    ] = None,
) -> None:
    """Judge fifteen items from the scores alone; PASS is the only outcome that ends with status 0."""
    try:
        from benchmarks.accuracy.envelope import envelope_of  # noqa: PLC0415  # it takes a second
        from benchmarks.accuracy.evidence import evidence_of  # noqa: PLC0415
        from benchmarks.accuracy.gate import judge  # noqa: PLC0415
        from benchmarks.accuracy.gate_values import Asked  # noqa: PLC0415
        from benchmarks.accuracy.use_file import read_use  # noqa: PLC0415

        believed = _believe(scores, manifest, read_pinned(keys))
        stated = read_use(read_bytes(use))
        day = (on or SystemClock().now()).date()
        evidence = evidence_of(believed.scores, stated)
        outcome = judge(evidence, Asked(use=stated, today=day, pipeline_sha256=_running(believed.scores)))
        envelope = envelope_of(believed.scores, evidence, stated, outcome)
        draft = None
        if admission is not None and envelope is not None and not believed.demo:
            draft = _draft(believed, envelope, report, admission_id, profile_class)
        if json_file is not None:
            write_new(json_file, _as_json(outcome, envelope, believed, sha256_hex(read_bytes(use))))
        if admission is not None and draft is not None:
            write_new(admission, draft)
    except _REFUSED as error:
        raise stop(error) from error
    _print(outcome, envelope, demo=believed.demo)
    if admission is not None and (envelope is None or believed.demo):
        OUT.print("Only a PASS under keys of which none is DEMO is drafted as an admission; nothing was written.")
    raise typer.Exit(STATUS[outcome.verdict.value])


def _beside(file: Path) -> Path:
    return file.with_name(file.name + SIGNED)


def _statement(scores: "ScoreFile", content: bytes) -> ScoreStatement:
    return ScoreStatement(
        score_file_sha256=sha256_hex(content),
        profile_sha256=scores.profile_sha256,
        manifests=tuple(sorted(part.manifest_sha256 for part in scores.parts)),
    )


def _believe(path: Path, manifests: list[Path], trusted: TrustedKeys) -> _Believed:
    """Signatures first; nothing of a file that nobody answers for is looked into.

    Raises:
        BenchmarkError, ContractError, InsynError: one sentence each.
    """
    from benchmarks.accuracy.score_checks import open_scores, require_manifests  # noqa: PLC0415

    content = read_bytes(path)
    if not _beside(path).exists():
        raise InsynError(
            f"The scores are not signed: {_beside(path)} is missing. Their evaluator makes it with "
            "`insyn evaluate sign-scores`."
        )
    signed = read_record(_beside(path), lambda data: Signed.from_json(decode(data)), "the signature of a score file")
    said, demo = believed_statement(signed, trusted)
    if said.score_file_sha256 != sha256_hex(content):
        raise InsynError("The score file is not the one that its evaluator signed: a number in it was changed.")
    told: list[tuple[DataManifest, bool]] = [read_signed_manifest(one, trusted) for one in manifests]
    scores = open_scores(content)
    if said != _statement(scores, content):
        raise InsynError("The evaluator signed for another profile or other data than the score file names.")
    require_manifests(scores, [one for one, _ in told])
    is_demo = demo or any(of_demo for _, of_demo in told)
    return _Believed(scores, said.score_file_sha256, said.manifests, is_demo)


def _running(scores: "ScoreFile") -> str | None:
    """The hash of the code that would run the profile here; None for a profile that is not shipped with it."""
    from benchmarks.accuracy.pipeline_hash import pipeline_sha256  # noqa: PLC0415

    shipped = (shipped_profile(name) for name in shipped_names())
    profile = next((one for one in shipped if one.profile_sha256 == scores.profile_sha256), None)
    return None if profile is None else pipeline_sha256(profile)


def _as_json(outcome: "Outcome", envelope: "Envelope | None", believed: _Believed, use_sha256: str) -> bytes:
    from benchmarks.metrics.plain_values import plain  # noqa: PLC0415

    told = {
        "kind": "insyn/gate-outcome/1",
        "demo": believed.demo,
        "profile_sha256": believed.scores.profile_sha256,
        "score_file_sha256": believed.sha256,
        "manifests": list(believed.manifests),
        "use_sha256": use_sha256,
        "verdict": outcome.verdict.value,
        "items": plain(outcome.items),
        "envelope": None if envelope is None else {**plain(envelope), **_days(envelope)},
    }
    return (json.dumps(told, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False) + "\n").encode()


def _days(envelope: "Envelope") -> dict[str, str]:
    return {"expires_on": envelope.expires_on.isoformat(), "measured_on": envelope.measured_on.isoformat()}


def _draft(
    believed: _Believed, envelope: "Envelope", report: Path | None, admission_id: str, profile_class: ForUse
) -> bytes:
    from benchmarks.accuracy.envelope import Drafted, admission_draft  # noqa: PLC0415

    if report is None or not admission_id:
        raise InsynError("An admission names its report and itself: give --report and --admission-id.")
    drafted = Drafted(
        admission_id=admission_id,
        profile_class=profile_class.value,
        score_file_sha256=believed.sha256,
        manifest_sha256s=believed.manifests,
        report_sha256=sha256_hex(read_bytes(report)),
        admitted_at=SystemClock().now(),
    )
    return admission_draft(believed.scores, envelope, drafted)


def _print(outcome: "Outcome", envelope: "Envelope | None", *, demo: bool) -> None:
    table = Table("No.", "Asks", "Verdict", "Found", "Why", title="Fifteen items; FAIL and NOT DEMONSTRATED both block")
    for one in outcome.items:
        table.add_row(str(one.number), one.asks, one.verdict.value, as_written(one.found), as_written(one.why))
    OUT.print(table)
    if demo:
        OUT.print("A key under the scores or their data is DEMO: whatever the verdict, it admits nothing.")
    if envelope is not None:
        OUT.print(
            f"Up to {envelope.largest_list:,} people on the list, {envelope.passages_a_day:,} passages a day, "
            f"until {envelope.expires_on.isoformat()}."
        )
    OUT.print(f"{outcome.verdict.value}.")
