"""Whoever signs has seen all of it: before a command asks, each value of what it signs stands on the screen, whole.

The values are read off the signed bytes, so a field that comes later is asked for without this being changed.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.accuracy.score_file import to_bytes
from contracts.canonical import decode, encode
from contracts.evaluation_records import DataManifest, SplitHash
from contracts.joint_signature import JointlySigned
from contracts.run_papers import RunPapers
from contracts.vocabulary import CameraClass, WarrantType
from insyn.commands.admission import app as admission
from insyn.commands.authority import app as authority
from insyn.commands.evaluate import app as evaluate
from insyn.commands.evaluate_manifest import app as manifest
from insyn.commands.officer import app as officer
from insyn.commands.region import app as region
from insyn.commands.signed_fields import field_rows
from insyn.commands.volunteers import app as volunteers
from insyn.evaluation_report import write_report
from tests.builders_admission import a_hash, an_admission
from tests.builders_commands import CommandLine, signed_in
from tests.builders_contracts import ISSUER_NAME, a_camera, a_warrant
from tests.builders_report import an_evaluation
from tests.builders_scores import good_scores
from tests.builders_volunteers import a_closure, a_consent, a_run

pytestmark = pytest.mark.law("P1", "P4", "C10", "C11")
NOW = datetime.now(UTC).replace(microsecond=0)


def leaves(value: object) -> Iterator[str]:
    """Return every value of a record as text; yes and no are told by the names of their rows."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    elif value is not None and not isinstance(value, bool):
        yield value if isinstance(value, str) else json.dumps(value)


def joined(output: str) -> str:
    """Return the tables' second column without white space: what is folded there is one text again."""
    rows = [line.strip("│┃ ") for line in output.splitlines()]
    cells = [row.replace("┃", "│").split("│")[-1] for row in rows]
    return "".join("".join(cells).split()).casefold()


def require_shown(output: str, payload: bytes) -> None:
    record = decode(payload)
    assert isinstance(record, dict)
    # Of the acts in words the title says the kind.
    record.pop("kind")
    shown = joined(output)
    missing = [value for value in leaves(record) if "".join(value.split()).casefold() not in shown]
    assert not missing, f"{missing} of what was signed was not shown:\n{output}"


def asked(line: CommandLine, *arguments: object) -> str:
    """Return what was shown until the question; a no to it signs nothing."""
    refused = line.run(*arguments, answer="n\n")
    assert refused.exit_code == 1, refused.output
    assert "Nothing was signed." in refused.output
    return line.must(*arguments, answer="y\n").output.partition("[y/N]")[0]


def by_hand(path: Path, record: bytes) -> Path:
    path.write_text(json.dumps(decode(record), indent=1), encoding="utf-8")
    return path


def test_all_of_an_admission_is_shown(tmp_path: Path) -> None:
    line, out = CommandLine(admission, tmp_path), tmp_path / "out.json"
    line.must("keygen", tmp_path / "k", "--name", "lab", "--role", "evaluator", "--use", "OPERATIONAL")
    file = by_hand(tmp_path / "a.json", an_admission(manifest_sha256s=(a_hash("one"), a_hash("two"))).to_bytes())
    shown = asked(line, "sign", file, "--key", tmp_path / "k", "--out", out)
    payload = JointlySigned.from_bytes(out.read_bytes()).payload
    for output in (shown, line.must("show", file).output, line.must("show", out).output):
        require_shown(output, payload)
        assert "up to" in output


def test_all_of_a_manifest_is_shown(tmp_path: Path) -> None:
    made = DataManifest(
        name="lfw",
        source="https://example.org/a/long/address/of/where/the/set/was/published/in/the/year/2007",
        licence="for research",
        labels="by its authors",
        pictures=13233,
        people=5749,
        pictures_sha256=a_hash("pictures"),
        labels_sha256=a_hash("labels"),
        people_sha256=a_hash("people"),
        splits=(SplitHash(name="view2", sha256=a_hash("view 2")),),
    )
    keys = CommandLine(authority, tmp_path)
    keys.must("list", "keygen", tmp_path / "k", "--name", "police", "--demo")
    (tmp_path / "m.json").write_bytes(made.to_bytes())
    out = tmp_path / "out.json"
    shown = asked(CommandLine(manifest, tmp_path), "sign", tmp_path / "m.json", "--key", tmp_path / "k", "--out", out)
    require_shown(shown, JointlySigned.from_bytes(out.read_bytes()).payload)


def test_all_that_an_evaluator_signs_is_shown(tmp_path: Path) -> None:
    line, key, folder = CommandLine(evaluate, tmp_path), tmp_path / "k", tmp_path / "report"
    line.must("new-key", key, "--name", "laboratory")
    write_report(folder, an_evaluation(), pdf=False)
    shown = asked(line, "sign-report", "--report", folder, "--key", key)
    require_shown(shown, signed_in(folder / "signature.json").payload)

    scores = tmp_path / "scores.zip"
    scores.write_bytes(to_bytes(good_scores(400, 0)))
    shown = asked(line, "sign-scores", scores, "--key", key)
    require_shown(shown, signed_in(tmp_path / "scores.zip.signed.json").payload)


def test_all_that_the_region_signs_is_shown(tmp_path: Path) -> None:
    line = CommandLine(region, tmp_path)
    line.must("new-key", tmp_path / "k", "--name", "region", "--demo")
    camera = a_camera(
        masks=(((0.0, 0.125), (0.25, 0.5), (0.75, 1.0)),),
        healthcare=True,
        opened_by_sha256=a_hash("decision"),
        camera_class=CameraClass.ENTRANCE,
    )
    for command, record in (("sign-camera", camera), ("sign-closure", a_closure())):
        out = tmp_path / f"{command}.json"
        file = by_hand(tmp_path / f"{command}.in.json", record.to_bytes())
        require_shown(asked(line, command, file, "--key", tmp_path / "k", "--out", out), signed_in(out).payload)


def test_all_that_the_trustee_signs_is_shown(tmp_path: Path) -> None:
    line, key = CommandLine(volunteers, tmp_path), tmp_path / "k"
    line.must("new-key", key, "--name", "trustee", "--demo")
    consent = by_hand(tmp_path / "c.json", a_consent().to_bytes())
    signed_consent = tmp_path / "consent.json"
    shown = asked(line, "sign-consent", consent, "--key", key, "--out", signed_consent)
    require_shown(shown, signed_in(signed_consent).payload)

    out, declared = tmp_path / "run.out.json", tmp_path / "declared.json"
    run = by_hand(tmp_path / "run.json", a_run().to_bytes())
    said = [{"volunteer_id": "volunteer-1", "sex": "woman", "age": "40-64", "skin": None}]
    declared.write_text(json.dumps(said), encoding="utf-8")
    shown = asked(
        *(line, "sign-run", run, "--consent", signed_consent, "--declared", declared, "--key", key, "--out", out)
    )
    require_shown(shown, RunPapers.from_bytes(out.read_bytes()).run.payload)
    assert "sex: woman" in shown


@pytest.fixture
def signing(tmp_path: Path) -> Callable[..., None]:
    """Return a check of one command of an issuer or an officer."""
    issuers, officers = CommandLine(authority, tmp_path), CommandLine(officer, tmp_path)
    issuers.must("keygen", tmp_path / "issuer.key", "--name", ISSUER_NAME, "--type", "court", "--demo")
    for name in ("one", "two"):
        officers.must("keygen", tmp_path / f"{name}.key", "--name", f"officer-{name}", "--demo")

    def check(command: str, *arguments: object, key: str = "issuer", out: str = "out.json") -> None:
        line = issuers if key == "issuer" else officers
        shown = asked(line, command, *arguments, "--key", tmp_path / f"{key}.key", "--out", tmp_path / out)
        require_shown(shown, signed_in(tmp_path / out).payload)

    return check


def an_act(folder: Path, **changes: object) -> Path:
    window = {"not_before": NOW - timedelta(minutes=1), "not_after": NOW + timedelta(hours=70)}
    path = folder / f"act-{len(list(folder.iterdir()))}.json"
    path.write_bytes(a_warrant(**{"demo": True, **window, **changes}).to_bytes())
    return path


def test_all_that_an_issuer_signs_is_shown(tmp_path: Path, signing: Callable[..., None]) -> None:
    act, decision, photograph = an_act(tmp_path), tmp_path / "decision.txt", tmp_path / "more.jpg"
    decision.write_text("no", encoding="utf-8")
    photograph.write_bytes(b"a picture")
    slot = json.loads(act.read_bytes())["slots"][0]["slot_id"]
    signing("sign", act)
    signing("revoke", act, "--decision", decision, out="revoked.json")
    signing("amend", act, photograph, "--slot", slot, out="amended.json")


def test_all_of_an_urgent_warrant_is_shown(tmp_path: Path, signing: Callable[..., None]) -> None:
    act, decision = an_act(tmp_path, type=WarrantType.URGENT), tmp_path / "decision.txt"
    decision.write_text("no", encoding="utf-8")
    signing("sign", act, key="one", out="first.json")
    first = ("--first", tmp_path / "one.key.public.json")
    signing("countersign", tmp_path / "first.json", *first, key="two", out="second.json")
    signing("receipt", act, "--number", "B-123-26", out="receipt.json")
    signing("confirm", act, out="confirmed.json")
    signing("reject", act, "--decision", decision, out="rejected.json")


def test_all_of_a_list_of_issuers_is_shown(tmp_path: Path) -> None:
    line, out = CommandLine(authority, tmp_path), tmp_path / "out.json"
    line.must("keygen", tmp_path / "issuer.key", "--name", "court", "--type", "court", "--demo")
    line.must("list", "keygen", tmp_path / "k", "--name", "police", "--demo")
    made = tmp_path / "list.json"
    line.must("list", "make", tmp_path / "issuer.key.public.json", "--version", 7, "--days", 30, "--out", made)
    shown = asked(line, "list", "sign", made, "--key", tmp_path / "k", "--out", out)
    require_shown(shown, JointlySigned.from_bytes(out.read_bytes()).payload)


def test_no_command_signs_for_a_purpose_that_nobody_asked_about_here() -> None:
    found = {
        purpose
        for path in Path("insyn/commands").glob("*.py")
        for purpose in re.findall(r"Purpose\.([A-Z_]+)", path.read_text(encoding="utf-8"))
    }
    shown = {
        *("AMENDMENT", "APPLICATION_RECEIPT", "CAMERA", "COUNTERSIGNATURE", "DATA_MANIFEST", "EVALUATION_REPORT"),
        *("PROFILE_ADMISSION", "REJECTION", "REVOCATION", "SCORE_FILE", "SITE_CLOSURE"),
        *("VOLUNTEER_CONSENT", "VOLUNTEER_RUN", "WARRANT"),
    }
    # A legal profile is shown by what it changes, its attestation beside it (test_law_profile_commands).
    in_tables = {"LEGAL_ATTESTATION", "LEGAL_PROFILE"}
    # A rule answers the supervisor's question, not a person; the question is verified, not signed.
    by_rule = {"URGENT_CLEARANCE", "URGENT_TAG_REQUEST"}
    assert found == shown | in_tables | by_rule


def test_a_field_that_nobody_named_is_shown_under_its_own_name() -> None:
    record = {"kind": "insyn/test/1", "new": True, "within": {"list": [], "none": None, "of": [[0.5, 1]]}, "named": "x"}
    rows = dict(field_rows(encode(record), {"named": "In words"}))
    assert rows == {
        "In words": "x",
        "kind": "insyn/test/1",
        "new": "yes",
        "within.list": "none",
        "within.none": "none is named",
        "within.of": "[0.5, 1]",
    }
    assert next(iter(rows)) == "In words"
